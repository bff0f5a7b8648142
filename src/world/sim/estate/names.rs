//! Domain names as Route 53 takes, keeps, shows and orders them.
//!
//! Source: Route 53 Developer Guide, "DNS domain name format".

use std::fmt::Write as _;

/// Of a name, and of a label of it. Source: "DNS domain name format", and RFC 1035, section 2.3.4.
const NAME: usize = 255;
const LABEL: usize = 63;

/// Characters that Route 53 shows as they are; all others it shows as three octal digits.
fn is_plain(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_')
}

/// In lower case, without the last dot, and Route 53's escapes of visible characters undone. A dot within a label stays an escape.
pub(crate) fn normal_name(name: &str) -> String {
    let name = name.strip_suffix('.').unwrap_or(name);
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(c) = rest.chars().next() {
        let octal = (c == '\\').then(|| rest.get(1..4)).flatten().and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match octal {
            Some(byte) if byte.is_ascii_graphic() && byte != b'.' && byte != b'\\' => {
                out.push(char::from(byte.to_ascii_lowercase()));
                rest = &rest[4..];
            }
            _ => {
                out.push(c.to_ascii_lowercase());
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    out
}

/// As Route 53 keeps and shows it: with its last dot, and with escapes.
pub(crate) fn display_name(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 1);
    for c in normal_name(name).chars() {
        if is_plain(c) || matches!(c, '.' | '\\') {
            out.push(c);
        } else {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                write!(out, "\\{byte:03o}").expect("writing to a String cannot fail");
            }
        }
    }
    out.push('.');
    out
}

/// The name as Route 53 orders names: the labels from the top level down, each with its dot.
/// Source: ListResourceRecordSets: `com.example.www.`: "Note the trailing dot, which can change the sort order when the record name contains
/// characters that appear before . (decimal 46) in the ASCII table." ListHostedZonesByName: "alphabetizes using the escaped or Punycoded
/// value, which is the format that Amazon Route 53 saves in its database."
pub(crate) fn order(name: &str) -> String {
    let shown = display_name(name);
    let labels: Vec<&str> = shown.trim_end_matches('.').split('.').rev().collect();
    labels.join(".") + "."
}

/// What is wrong with a name, in Route 53's words.
pub(crate) fn name_problem(name: &str) -> Option<String> {
    let normal = normal_name(name);
    let fatal = |what: &str| Some(format!("FATAL problem: {what} encountered with '{name}'"));
    if normal.is_empty() {
        return fatal("DomainNameEmpty (Domain name is empty)");
    }
    if normal.len() > NAME {
        return fatal("DomainNameTooLong (Domain name is too long)");
    }
    for label in normal.split('.') {
        // An escape that stays is one octet.
        let octets = label.len() - 3 * label.matches('\\').count().min(label.len() / 4);
        if label.is_empty() {
            return fatal("DomainLabelEmpty (Domain label is empty)");
        }
        if octets > LABEL {
            return fatal("DomainLabelTooLong (Domain label is too long)");
        }
    }
    let escaped = |at: usize| normal.get(at + 1..at + 4).is_some_and(|digits| u8::from_str_radix(digits, 8).is_ok());
    let wrong = normal.char_indices().any(|(at, c)| if c == '\\' { !escaped(at) } else { !c.is_ascii_graphic() });
    if wrong { fatal("UnsupportedCharacter (Value contains unsupported characters)") } else { None }
}

/// Whether `name` is the zone's own name or below it; both normal.
pub(crate) fn is_within(name: &str, zone: &str) -> bool {
    name == zone || name.strip_suffix(zone).is_some_and(|left| left.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_and_made_again() {
        assert_eq!(normal_name("\\052.Example.COM."), "*.example.com");
        assert_eq!(display_name("*.example.com"), "\\052.example.com.");
        assert_eq!(display_name("a\\100b.example.com"), "a\\100b.example.com.");
        assert_eq!(normal_name("a\\056b.example.com"), "a\\056b.example.com", "a dot in a label stays one");
        assert_eq!(display_name("ex\\344mple.com"), "ex\\344mple.com.");
    }

    #[test]
    fn order_is_by_reversed_labels_with_their_dots() {
        let mut names = ["a.example.com", "a-b.example.com", "example.com", "*.example.com", "b.a.example.com", "_x.example.com"];
        names.sort_by_key(|name| order(name));
        assert_eq!(names, ["example.com", "*.example.com", "_x.example.com", "a-b.example.com", "a.example.com", "b.a.example.com"]);
    }

    #[test]
    fn names_that_cannot_be() {
        for right in ["a.example.com", "*.example.com.", "_acme-challenge.example.com", "a\\100b.com", "\\052.x", &"a".repeat(63)] {
            assert_eq!(name_problem(right), None, "{right}");
        }
        let long = vec!["a".repeat(60); 5].join(".");
        for (wrong, why) in [
            ("", "empty"),
            ("a..b", "DomainLabelEmpty"),
            (".a", "DomainLabelEmpty"),
            (&"a".repeat(64), "DomainLabelTooLong"),
            (&long, "DomainNameTooLong"),
            ("ä.example.com", "UnsupportedCharacter"),
            ("a b.com", "UnsupportedCharacter"),
            ("a\\9.com", "UnsupportedCharacter"),
        ] {
            assert!(name_problem(wrong).is_some_and(|said| said.contains(why)), "{wrong}: {:?}", name_problem(wrong));
        }
    }
}
