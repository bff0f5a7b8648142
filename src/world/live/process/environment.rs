//! What a program finds in its environment: nothing of AWS but what its target says.
//!
//! Where AWS's tools look for credentials, and in which order, is in
//! <https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html> and
//! <https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-quickstart.html#cli-configure-quickstart-precedence>.

use std::ffi::OsStr;

use tokio::process::Command;

use super::started::MARK;
use crate::world::{ProcessRequest, ProgramAws};

/// How AWS is reached from this machine. It says nothing of as whom, and goes along with a target.
const HOW: [&str; 5] =
    ["AWS_CA_BUNDLE", "AWS_ENDPOINT_URL", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_USE_DUALSTACK_ENDPOINT", "AWS_USE_FIPS_ENDPOINT"];
/// The files of profiles: where a target's own profile is.
const FILES: [&str; 2] = ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"];
/// A file that has nothing in it.
const NOTHING: &str = "/dev/null";

/// Gives a program its environment.
pub(super) fn prepare(command: &mut Command, request: &ProcessRequest, mark: &str) {
    let inherited: Vec<_> = std::env::vars_os().map(|(name, _)| name).filter(|name| is_of_aws(name)).collect();
    for name in inherited.iter().filter(|name| !stays(name, &request.aws)) {
        command.env_remove(name);
    }
    for (name, value) in said(&request.aws) {
        command.env(name, value);
    }
    command.env(MARK, mark);
    // The author's own words come last.
    command.envs(request.env.iter().map(|(name, value)| (name, value)));
}

fn is_of_aws(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b"AWS_")
}

/// Whether a variable of this process's own environment is for the program too.
fn stays(name: &OsStr, aws: &ProgramAws) -> bool {
    let ProgramAws::Target(variables) = aws else { return false };
    let Some(name) = name.to_str() else { return false };
    let by_profile = variables.iter().any(|(name, _)| name == "AWS_PROFILE");
    HOW.contains(&name) || name.starts_with("AWS_ENDPOINT_URL_") || by_profile && FILES.contains(&name)
}

/// What is said of AWS. A profile's files are left where they are only for the one profile that the program is to act as: some tools take
/// a profile before the keys of the environment, others the default profile when none is named, and then that must be the same identity.
fn said(aws: &ProgramAws) -> Vec<(&str, &str)> {
    let mut said: Vec<(&str, &str)> = match aws {
        ProgramAws::Nobody => Vec::new(),
        ProgramAws::Target(variables) => variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
    };
    if !said.iter().any(|(name, _)| *name == "AWS_PROFILE") {
        said.extend(FILES.map(|file| (file, NOTHING)));
    }
    // Neither a machine's role nor a container's is the target's. Of containers the variables are gone.
    said.push(("AWS_EC2_METADATA_DISABLED", "true"));
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_shells_own_identity_stays() {
        let variables = |names: &[&str]| ProgramAws::Target(names.iter().map(|name| ((*name).to_owned(), "x".to_owned())).collect());
        let (nobody, keys) = (ProgramAws::Nobody, variables(&["AWS_ACCESS_KEY_ID"]));
        let profile = variables(&["AWS_ACCESS_KEY_ID", "AWS_PROFILE"]);
        let stays = |name: &str, aws: &ProgramAws| stays(OsStr::new(name), aws);
        let who = ["AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"];
        for name in who.into_iter().chain(["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_DEFAULT_PROFILE", "AWS_SDK_LOAD_CONFIG"]) {
            assert!(!stays(name, &nobody) && !stays(name, &keys) && !stays(name, &profile), "{name}");
        }
        for name in ["AWS_CA_BUNDLE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_RDS"] {
            assert!(!stays(name, &nobody) && stays(name, &keys) && stays(name, &profile), "{name}");
        }
        for name in FILES {
            assert!(!stays(name, &nobody) && !stays(name, &keys) && stays(name, &profile), "{name}");
        }
    }

    #[test]
    fn without_a_target_there_is_nothing_to_find() {
        let expected = [("AWS_CONFIG_FILE", NOTHING), ("AWS_SHARED_CREDENTIALS_FILE", NOTHING), ("AWS_EC2_METADATA_DISABLED", "true")];
        assert_eq!(said(&ProgramAws::Nobody), expected);
    }
}
