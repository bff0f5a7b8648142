//! Where the credentials of a profile come from, as this machine's AWS configuration says: whether a region that is lost is on the way. Only
//! read, and what cannot be read says nothing: the run itself finds out what is wrong with a configuration.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::Value;

/// Most profiles that lead to each other by `source_profile`.
const LONGEST_CHAIN: usize = 8;
/// Largest file of the cache that is looked at, in bytes.
const LARGEST: u64 = 64 * 1024;

/// What of a profile's credentials depends on a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayIn {
    /// In words: `profile dr-operator signs in by IAM Identity Center in eu-west-1 (sso-session corp)`.
    pub how: String,
    /// Until when what was had there is good, where that is known.
    pub until: Option<Timestamp>,
}

/// What of the credentials of a profile is had from a region. Without a profile, those that the environment or the default profile gives.
pub fn way_in(profile: Option<&str>, region: &str) -> Option<WayIn> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let profile = match profile {
        Some(profile) => profile.to_owned(),
        None if variable("AWS_ACCESS_KEY_ID").is_some() => return None,
        None => variable("AWS_PROFILE").unwrap_or_else(|| "default".to_owned()),
    };
    let home = variable("HOME").map(PathBuf::from);
    let file = variable("AWS_CONFIG_FILE").map(PathBuf::from).or_else(|| Some(home.as_ref()?.join(".aws/config")))?;
    let sections = sections(&std::fs::read_to_string(file).ok()?);
    let Found { how, start_url } = depends(&sections, &profile, region)?;
    let cache = home.map(|home| home.join(".aws/sso/cache"));
    let until = start_url.zip(cache).and_then(|(url, folder)| good_until(&folder, &url));
    Some(WayIn { how, until })
}

type Sections = HashMap<String, HashMap<String, String>>;

/// The sections of a configuration: `[profile x]`, `[default]`, `[sso-session y]`.
fn sections(text: &str) -> Sections {
    let mut all = Sections::new();
    let mut name = None;
    for line in text.lines() {
        let plain = line.trim();
        if plain.is_empty() || plain.starts_with(['#', ';']) {
            continue;
        }
        if let Some(head) = plain.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            name = Some(head.0.split_whitespace().collect::<Vec<_>>().join(" "));
        } else if let (Some(name), Some((key, value))) = (&name, plain.split_once('='))
            // What is indented belongs to the value above.
            && !line.starts_with([' ', '\t'])
        {
            let value = value.split(" #").next().unwrap_or_default().trim();
            all.entry(name.clone()).or_default().insert(key.trim().to_lowercase(), value.to_owned());
        }
    }
    all
}

struct Found {
    how: String,
    start_url: Option<String>,
}

fn depends(sections: &Sections, profile: &str, region: &str) -> Option<Found> {
    let mut name = profile.to_owned();
    for _ in 0..LONGEST_CHAIN {
        let section = sections.get(&format!("profile {name}")).or_else(|| sections.get(&name).filter(|_| name == "default"))?;
        let via = if name == profile { format!("profile {profile}") } else { format!("profile {profile} (by profile {name})") };
        let session = section.get("sso_session");
        let sso = session.and_then(|session| sections.get(&format!("sso-session {session}"))).unwrap_or(section);
        if sso.get("sso_region").is_some_and(|found| found == region) {
            let session = session.map(|session| format!(" (sso-session {session})")).unwrap_or_default();
            let how = format!("{via} signs in by IAM Identity Center (SSO) in {region}{session}");
            return Some(Found { how, start_url: sso.get("sso_start_url").cloned() });
        }
        if section.get("region").is_some_and(|found| found == region) {
            if section.contains_key("login_session") {
                return Some(Found { how: format!("{via} is logged in (`aws login`) in {region}"), start_url: None });
            }
            if section.contains_key("role_arn") {
                return Some(Found { how: format!("{via} has its role from STS in {region}"), start_url: None });
            }
        }
        name = section.get("source_profile").filter(|source| **source != name)?.clone();
    }
    None
}

/// Until when the newest token of a start page is good.
fn good_until(cache: &Path, start_url: &str) -> Option<Timestamp> {
    let files = std::fs::read_dir(cache).ok()?.filter_map(Result::ok).map(|entry| entry.path());
    let small = |path: &PathBuf| std::fs::metadata(path).is_ok_and(|about| about.is_file() && about.len() <= LARGEST);
    let token = |path: PathBuf| {
        let token: Value = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
        (token["startUrl"] == start_url).then(|| token["expiresAt"].as_str()?.parse().ok())?
    };
    files.filter(small).filter_map(token).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "\
# people
[sso-session corp]
sso_region = eu-west-1   # Dublin
sso_start_url = https://corp.awsapps.com/start
[profile dr-operator]
sso_session = corp
region = us-east-1
[ profile  old ]
sso_region=eu-west-1
sso_start_url = https://old.awsapps.com/start
[profile through]
role_arn = arn:aws:iam::123456789012:role/x
source_profile = dr-operator
region = us-east-1
[profile here]
role_arn = arn:aws:iam::123456789012:role/x
source_profile = here
region = eu-west-1
s3 =
  region = eu-west-1
[default]
login_session = arn:aws:iam::123456789012:user/a
region = eu-west-1
[profile round]
source_profile = about
[profile about]
source_profile = round
";

    fn how(profile: &str, region: &str) -> Option<String> {
        depends(&sections(CONFIG), profile, region).map(|found| found.how)
    }

    #[test]
    fn what_leads_through_the_region_is_named() {
        let lost = "eu-west-1";
        assert_eq!(
            how("dr-operator", lost).as_deref(),
            Some("profile dr-operator signs in by IAM Identity Center (SSO) in eu-west-1 (sso-session corp)")
        );
        assert_eq!(how("old", lost).as_deref(), Some("profile old signs in by IAM Identity Center (SSO) in eu-west-1"));
        assert_eq!(
            how("through", lost).as_deref(),
            Some("profile through (by profile dr-operator) signs in by IAM Identity Center (SSO) in eu-west-1 (sso-session corp)")
        );
        assert_eq!(how("here", lost).as_deref(), Some("profile here has its role from STS in eu-west-1"));
        assert_eq!(how("default", lost).as_deref(), Some("profile default is logged in (`aws login`) in eu-west-1"));
        for (profile, region) in [("dr-operator", "us-east-1"), ("round", lost), ("nobody", lost), ("corp", lost)] {
            assert_eq!(how(profile, region), None, "{profile}");
        }
    }

    #[test]
    fn the_newest_token_says_how_long_it_is_good() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        let url = "https://corp.awsapps.com/start";
        write("a.json", &format!(r#"{{"startUrl":"{url}","expiresAt":"2026-03-12T02:00:00Z"}}"#));
        write("b.json", &format!(r#"{{"startUrl":"{url}","expiresAt":"2026-03-12T10:00:00Z"}}"#));
        write("c.json", r#"{"startUrl":"https://other","expiresAt":"2027-03-12T10:00:00Z"}"#);
        write("d.json", "not JSON");
        assert_eq!(good_until(folder.path(), url), Some("2026-03-12T10:00:00Z".parse().unwrap()));
        assert_eq!(good_until(&folder.path().join("none"), url), None);
    }
}
