//! Names as Route 53 compares them, and hosted zones as people name them.

/// A name in lower case, without its last dot, escapes undone (`\052` is `*`) and letters beyond ASCII as the DNS has them (`xn--…`).
///
/// Source: Route 53 developer guide, "DNS domain name format": names are compared without regard to case, a last dot is optional, and
/// other signs than letters, digits and `-_.` are written as a backslash and three octal digits.
pub fn plain_name(name: &str) -> String {
    let ascii = if name.is_ascii() { None } else { idna::domain_to_ascii(name).ok() };
    let name = ascii.as_deref().unwrap_or(name).trim_end_matches('.');
    let mut plain = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        match after.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok()).filter(|byte| (0x21..0x7f).contains(byte)) {
            // An escaped dot or backslash is no separator: it stays as it is written.
            Some(byte) if byte != b'.' && byte != b'\\' => {
                plain.push(char::from(byte));
                rest = &after[3..];
            }
            _ => {
                plain.push('\\');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain.to_lowercase()
}

/// Whether a name lies in a zone: is the zone's own, or ends with it.
pub fn in_zone(name: &str, zone: &str) -> bool {
    let (name, zone) = (plain_name(name), plain_name(zone));
    zone.is_empty() || name == zone || name.strip_suffix(&zone).is_some_and(|left| left.ends_with('.'))
}

/// `Z0123456789EXAMPLE` where the text is a hosted zone's id, with or without `/hostedzone/`, and not a name.
pub fn zone_id(text: &str) -> Option<&str> {
    let id = text.strip_prefix("/hostedzone/").unwrap_or(text);
    let looks_so = id.starts_with('Z') && id.len() > 4 && id.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    (looks_so || id.len() < text.len()).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_as_route_53_does() {
        for (written, plain) in [
            ("\\052.Example.COM.", "*.example.com"),
            ("a\\100b.example.com", "a@b.example.com"),
            ("a\\056b.example.com", "a\\056b.example.com"),
            ("a\\999.example.com", "a\\999.example.com"),
            ("a\\", "a\\"),
            ("b\u{fc}cher.example.", "xn--bcher-kva.example"),
            ("_sip._tcp.Example.com", "_sip._tcp.example.com"),
        ] {
            assert_eq!(plain_name(written), plain, "{written}");
        }
    }

    #[test]
    fn a_record_lies_in_its_zone() {
        for (name, zone) in [("api.Shop.example.", "shop.EXAMPLE"), ("shop.example", "shop.example."), ("*.shop.example", "shop.example")] {
            assert!(in_zone(name, zone), "{name} {zone}");
        }
        for (name, zone) in [("api", "shop.example"), ("api.other.example", "shop.example"), ("myshop.example", "shop.example")] {
            assert!(!in_zone(name, zone), "{name} {zone}");
        }
    }

    #[test]
    fn ids_are_told_from_names() {
        assert_eq!(zone_id("Z0123456789EXAMPLE"), Some("Z0123456789EXAMPLE"));
        assert_eq!(zone_id("/hostedzone/Z1"), Some("Z1"));
        assert_eq!(zone_id("example.com"), None);
        assert_eq!(zone_id("ZEBRA.com"), None);
    }
}
