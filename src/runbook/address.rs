//! Addresses, as far as their form goes.

/// Whether a text is a whole http or https address.
pub(super) fn is_url(text: &str) -> bool {
    let Ok(uri) = text.parse::<http::Uri>() else { return false };
    matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
}

/// Whether a text can be the name of a host or of a record: parts with dots between them, and nothing of an address around it.
pub(super) fn is_host(text: &str) -> bool {
    let part = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || "/:?#@".contains(c));
    text.strip_suffix('.').unwrap_or(text).split('.').all(part)
}

/// What was meant by a text that is no [`is_url`].
pub(super) fn meant_url(text: &str) -> String {
    let whole = format!("https://{}", text.trim().trim_start_matches('/'));
    let meant = !text.contains("://") && is_url(&whole);
    if meant { format!("write `{whole}`") } else { "write it like `https://api.example.com/healthz`".into() }
}

/// What was meant by a text that is no [`is_host`].
pub(super) fn meant_host(text: &str) -> String {
    let behind = text.split_once("://").map_or(text, |(_, rest)| rest).trim();
    let host = behind.split(['/', ':', '?', '#']).next().unwrap_or_default();
    if is_host(host) { format!("write `{host}`") } else { "write it like `api.example.com`".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_whole() {
        for good in ["https://api.example.com/healthz", "http://127.0.0.1:8080", "http://[::1]:80/x?y=z", "https://api"] {
            assert!(is_url(good), "{good}");
        }
        for (bad, help) in [
            ("x.y/health", "write `https://x.y/health`"),
            ("//x.y", "write `https://x.y`"),
            ("localhost:8080/x", "write `https://localhost:8080/x`"),
            ("ftp://x.y", "write it like `https://api.example.com/healthz`"),
            ("https://", "write it like `https://api.example.com/healthz`"),
            ("two words", "write it like `https://api.example.com/healthz`"),
            ("", "write it like `https://api.example.com/healthz`"),
        ] {
            assert!(!is_url(bad), "{bad}");
            assert_eq!(meant_url(bad), help);
        }
    }

    #[test]
    fn hosts_are_names_only() {
        for good in ["api.example.com", "api.example.com.", "localhost", "*.example.com", "_sip._tcp.example.com", "4.3.2.1.in-addr.arpa"] {
            assert!(is_host(good), "{good}");
        }
        for (bad, help) in [
            ("https://api.example.com/x", "write `api.example.com`"),
            ("api.example.com:443", "write `api.example.com`"),
            ("api..example.com", "write it like `api.example.com`"),
            ("", "write it like `api.example.com`"),
            (".", "write it like `api.example.com`"),
        ] {
            assert!(!is_host(bad), "{bad}");
            assert_eq!(meant_host(bad), help);
        }
    }
}
