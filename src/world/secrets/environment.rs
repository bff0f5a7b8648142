//! Which variables of the environment hold secrets.

/// Parts of names that say so.
const SAYS_SO: [&str; 10] =
    ["TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "API_KEY", "APIKEY", "PRIVATE_KEY", "AUTHORIZATION"];

/// Ends of names that say that the value is about a secret and not one: `AWS_WEB_IDENTITY_TOKEN_FILE`.
const ABOUT_ONE: [&str; 11] = ["_FILE", "_FILES", "_PATH", "_DIR", "_ID", "_ARN", "_NAME", "_ENDPOINT", "_URI", "_TTL", "_EXPIRATION"];

/// Whether the value of a variable or header of this name is a secret, by its name.
pub fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_uppercase().replace('-', "_");
    SAYS_SO.iter().any(|word| name.contains(word)) && !ABOUT_ONE.iter().any(|end| name.ends_with(end))
}

/// The secrets of one variable.
pub(super) fn secrets_of<'a>(name: &str, value: &'a str) -> impl Iterator<Item = &'a str> + use<'a> {
    is_secret_name(name).then_some(value).into_iter().chain(password_of(value))
}

/// The password in an address, `postgres://user:password@host/`.
fn password_of(value: &str) -> Option<&str> {
    let (_, rest) = value.split_once("://")?;
    let (user, _) = rest.split(['/', '?', '#']).next()?.rsplit_once('@')?;
    user.split_once(':').map(|(_, password)| password)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell() {
        let secret = ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "GITHUB_TOKEN", "PGPASSWORD", "my_api_key", "npm_config__authToken"];
        for name in secret.into_iter().chain(["X-Auth-Token", "TOKEN_GITHUB", "SSH_PASSPHRASE", "SNYK_APIKEY", "DB_CREDENTIALS"]) {
            assert!(is_secret_name(name), "{name}");
        }
        let plain = ["AWS_ACCESS_KEY_ID", "AWS_PROFILE", "PWD", "PATH", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_SHARED_CREDENTIALS_FILE"];
        for name in plain.into_iter().chain(["content-type", "SSH_AUTH_SOCK", "SECRET_ARN", "LIFEBOAT_STATE_DIR", "KEYBOARD"]) {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn passwords_in_addresses_are_found() {
        let of = |value: &'static str| secrets_of("DATABASE_URL", value).collect::<Vec<_>>();
        assert_eq!(of("postgres://app:s3cr3t-pass@db.example.com:5432/orders?x=1"), ["s3cr3t-pass"]);
        assert_eq!(of("http://u:p@ss@w0rd@proxy"), ["p@ss@w0rd"]);
        for plain in ["https://example.com/a:b@c", "postgres://app@db/orders", "a:b@c", ""] {
            assert!(of(plain).is_empty(), "{plain}");
        }
    }
}
