//! The shared AWS configuration, as far as lifeboat must know it itself: which profiles there are, what one of them needs that the SDK
//! does not do, and whether the files have changed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use aws_config::profile::{Profile, ProfileSet};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_types::os_shim_internal::{Env, Fs};

use crate::plan::{Failure, FailureKind, Target};

/// How many names a message offers.
const NAMES: usize = 8;

/// The files that profiles, keys and sessions are in.
#[derive(Debug, Clone)]
pub(super) struct Files {
    config: PathBuf,
    credentials: PathBuf,
    /// Folders in which `aws sso login` and `aws login` keep their sessions.
    sessions: Vec<PathBuf>,
    /// They are not where the environment says: tests.
    given: bool,
}

impl Files {
    /// Those that the environment names, or the usual ones.
    pub(super) fn of_environment() -> Self {
        let home = std::env::home_dir().unwrap_or_default().join(".aws");
        let of = |variable: &str, name: &str| {
            let named = std::env::var_os(variable).filter(|path| !path.is_empty()).map(PathBuf::from);
            named.unwrap_or_else(|| home.join(name))
        };
        Self {
            config: of("AWS_CONFIG_FILE", "config"),
            credentials: of("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
            sessions: vec![home.join("sso/cache"), home.join("login/cache")],
            given: false,
        }
    }

    #[cfg(test)]
    pub(super) fn within(folder: &Path) -> Self {
        let (config, credentials) = (folder.join("config"), folder.join("credentials"));
        Self { config, credentials, sessions: Vec::new(), given: true }
    }

    /// As the SDK takes them.
    pub(super) fn for_sdk(&self) -> EnvConfigFiles {
        if !self.given {
            return EnvConfigFiles::default();
        }
        let files = EnvConfigFiles::builder().with_file(EnvConfigFileKind::Config, &self.config);
        files.with_file(EnvConfigFileKind::Credentials, &self.credentials).build()
    }

    /// What they are now. When it differs from before, somebody may have logged in.
    pub(super) async fn stamps(&self) -> Vec<Stamp> {
        let files = self.clone();
        let look = move || {
            let sessions = files.sessions.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().flatten();
            let mut paths: Vec<PathBuf> = sessions.map(|entry| entry.path()).chain([files.config, files.credentials]).collect();
            paths.sort();
            paths.into_iter().map(|path| (look_at(&path), path)).collect()
        };
        // Where the look itself fails, nothing is known to be as before.
        tokio::task::spawn_blocking(look).await.unwrap_or_default()
    }

    fn shown(&self) -> String {
        format!("{} and {}", self.config.display(), self.credentials.display())
    }
}

/// What a file was when it was looked at: when it was written and how long it is.
pub(super) type Stamp = (Option<(SystemTime, u64)>, PathBuf);

fn look_at(path: &Path) -> Option<(SystemTime, u64)> {
    let found = std::fs::metadata(path).ok()?;
    Some((found.modified().ok()?, found.len()))
}

/// The profiles, as the files had them when they were read.
#[derive(Debug)]
pub(super) struct Profiles {
    set: ProfileSet,
    files: Files,
}

/// A profile that assumes a role with a code of a device.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Mfa {
    /// The profile that says so; the target's own, or one on the way from there to the keys.
    pub(super) profile: String,
    /// `arn:aws:iam::123456789012:mfa/alice`, or the number of a device.
    pub(super) serial: String,
}

/// A role that a profile assumes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assumes {
    pub(super) role: String,
    pub(super) external_id: Option<String>,
    pub(super) session: Option<String>,
    pub(super) seconds: Option<i32>,
    /// Whose credentials assume it: another profile, or the keys of the same.
    pub(super) source: Source,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    Profile(String),
    /// Access key, secret key, session token.
    Keys(String, String, Option<String>),
}

impl Profiles {
    /// Reads the files.
    ///
    /// # Errors
    /// They are not of the form that the SDKs read.
    pub(super) async fn read(files: &Files) -> Result<Self, Failure> {
        let set = aws_config::profile::load(&Fs::real(), &Env::real(), &files.for_sdk(), None).await.map_err(|error| {
            let message = format!("the shared AWS configuration cannot be read: {}", crate::world::aws_error::root(&error));
            Failure::new(FailureKind::Credentials, message, format!("correct {}, then try again", files.shown()))
        })?;
        Ok(Self { set, files: files.clone() })
    }

    #[cfg(test)]
    async fn of(config: &str) -> Self {
        let files = EnvConfigFiles::builder().with_contents(EnvConfigFileKind::Config, config).build();
        let set = aws_config::profile::load(&Fs::from_slice(&[]), &Env::from_slice(&[]), &files, None).await.unwrap();
        Self { set, files: Files::within(Path::new("/home/alice/.aws")) }
    }

    /// The profile that a target means: its own, or that of `AWS_PROFILE`, or `default`.
    pub(super) fn name_for<'a>(&'a self, target: &'a Target) -> &'a str {
        target.profile.as_deref().unwrap_or_else(|| self.set.selected_profile())
    }

    /// One value of a profile.
    pub(super) fn value(&self, profile: &str, key: &str) -> Option<&str> {
        self.set.get_profile(profile).and_then(|profile| profile.get(key)).filter(|value| !value.trim().is_empty())
    }

    /// That a target's profile is not there; `None` when it is, or when nobody names one.
    pub(super) fn missing(&self, target: &Target) -> Option<Failure> {
        let named = target.profile.is_some() || std::env::var_os("AWS_PROFILE").is_some_and(|name| !name.is_empty());
        let name = self.name_for(target);
        if !named || self.set.get_profile(name).is_some() {
            return None;
        }
        let message = format!("there is no profile `{name}` in {}; {}", self.files.shown(), self.others(name));
        let hint = match &target.profile {
            Some(_) => format!("correct `profile` of target {}, or make it: `aws configure --profile {name}`", target.id),
            None => "AWS_PROFILE names it: correct that, or leave it out".into(),
        };
        Some(Failure::new(FailureKind::Credentials, message, hint))
    }

    /// The profiles that there are, the nearest to a wrong name first.
    fn others(&self, wrong: &str) -> String {
        let mut names: Vec<(f64, &str)> = self.set.profiles().map(|name| (strsim::jaro_winkler(wrong, name), name)).collect();
        names.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        if names.is_empty() {
            return "there are none".into();
        }
        let more = names.len().saturating_sub(NAMES);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let names: Vec<&str> = names.into_iter().take(NAMES).map(|(_, name)| name).collect();
        format!("there are: {}{more}", names.join(", "))
    }

    /// The first profile on the way from `name` to its keys that wants a code. Without a role a device is nobody's business: the aws CLI
    /// does not ask then, either.
    pub(super) fn mfa(&self, name: &str) -> Option<Mfa> {
        self.way(name).find_map(|profile| {
            let serial = profile.get("mfa_serial").filter(|serial| !serial.trim().is_empty() && profile.get("role_arn").is_some())?;
            Some(Mfa { profile: profile.name().to_owned(), serial: serial.trim().to_owned() })
        })
    }

    /// The first profile on the way that has a key of these.
    pub(super) fn having(&self, name: &str, keys: &[&str]) -> Option<&str> {
        self.way(name).find(|profile| keys.iter().any(|key| profile.get(key).is_some())).map(Profile::name)
    }

    /// A profile and those that it takes its credentials from.
    fn way<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Profile> {
        let mut seen = BTreeSet::new();
        std::iter::successors(self.set.get_profile(name), |profile| {
            profile.get("source_profile").and_then(|source| self.set.get_profile(source))
        })
        .take_while(move |profile| seen.insert(profile.name().to_owned()))
    }

    /// The role that a profile assumes.
    pub(super) fn assumes(&self, name: &str) -> Option<Assumes> {
        let text = |key: &str| self.value(name, key).map(str::to_owned);
        let source = match text("source_profile") {
            Some(source) if source != name => Source::Profile(source),
            _ => Source::Keys(text("aws_access_key_id")?, text("aws_secret_access_key")?, text("aws_session_token")),
        };
        Some(Assumes {
            role: text("role_arn")?,
            external_id: text("external_id"),
            session: text("role_session_name"),
            seconds: text("duration_seconds").and_then(|seconds| seconds.parse().ok()),
            source,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::testing::target;

    const CONFIG: &str = "[default]\nregion = us-east-1\n[profile base]\naws_access_key_id = A\naws_secret_access_key = B\n\
        [profile dr-operator]\nrole_arn = arn:aws:iam::123456789012:role/dr\nsource_profile = base\nmfa_serial = arn:aws:iam::123456789012:mfa/alice\n\
        [profile deeper]\nrole_arn = arn:aws:iam::210987654321:role/x\nsource_profile = dr-operator\n\
        [profile round]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = trip\n[profile trip]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = round\n\
        [profile idle]\nmfa_serial = arn:aws:iam::123456789012:mfa/alice\n[profile sso]\nsso_session = corp\n";

    #[tokio::test]
    async fn a_code_is_wanted_where_a_role_is_assumed_with_one_on_the_way() {
        let profiles = Profiles::of(CONFIG).await;
        let mfa = Mfa { profile: "dr-operator".into(), serial: "arn:aws:iam::123456789012:mfa/alice".into() };
        assert_eq!(profiles.mfa("dr-operator"), Some(mfa.clone()));
        assert_eq!(profiles.mfa("deeper"), Some(mfa));
        for without in ["base", "idle", "round", "nobody"] {
            assert_eq!(profiles.mfa(without), None, "{without}");
        }
        assert_eq!(profiles.assumes("dr-operator").unwrap().source, Source::Profile("base".into()));
        assert_eq!(profiles.having("sso", &["sso_session"]), Some("sso"));
    }

    #[tokio::test]
    async fn a_missing_profile_is_named_with_those_that_are_nearest() {
        let profiles = Profiles::of(CONFIG).await;
        let wrong = Target { profile: Some("dr-operater".into()), ..target() };
        let failure = profiles.missing(&wrong).unwrap();
        assert!(failure.message.starts_with("there is no profile `dr-operater` in /home/alice/.aws/config and "), "{}", failure.message);
        assert!(failure.message.contains("there are: dr-operator, "), "{}", failure.message);
        assert!(failure.hint.contains("`profile` of target dr"), "{}", failure.hint);
        assert_eq!(profiles.missing(&target()), None);
    }
}
