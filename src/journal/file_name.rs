//! Names of things as names of files.

use std::fmt::Write as _;

use crate::id::Digest;

/// File systems take 255 bytes; this leaves room for a fingerprint and an ending.
const LIMIT: usize = 200;

/// A file name for parts of any text, joined with `@`: letters, digits, `_`, `-` and inner dots stand for themselves, everything else
/// is written as its bytes in hex, `deploy%5Bapi%5D`. Two lists of parts never share a name.
pub(super) fn file_name(parts: &[&str]) -> String {
    let mut name = String::new();
    for (number, part) in parts.iter().enumerate() {
        if number > 0 {
            name.push('@');
        }
        for (place, byte) in part.bytes().enumerate() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || (byte == b'.' && place > 0) {
                name.push(char::from(byte));
            } else {
                write!(name, "%{byte:02X}").expect("writing to a String cannot fail");
            }
        }
    }
    if name.len() > LIMIT {
        let whole = Digest::of(name.as_bytes());
        name.truncate(LIMIT);
        name.push('~');
        name.push_str(whole.short());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_and_distinct() {
        assert_eq!(file_name(&["promote_db"]), "promote_db");
        assert_eq!(file_name(&["deploy[api v1.2]"]), "deploy%5Bapi%20v1.2%5D");
        assert_eq!(file_name(&["../../etc/passwd"]), "%2E.%2F..%2Fetc%2Fpasswd");
        assert_eq!(file_name(&["fail@over", "123"]), "fail%40over@123");
        assert_ne!(file_name(&["a", "b@c"]), file_name(&["a@b", "c"]));
        let long = |end: char| file_name(&[&format!("deploy[{}{end}]", "ä".repeat(300))]);
        assert!(long('a').len() < 255);
        assert_ne!(long('a'), long('b'));
    }
}
