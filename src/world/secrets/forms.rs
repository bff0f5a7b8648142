//! The forms in which a secret is repeated.

use std::fmt::Write as _;

/// How base64 is folded: by MIME and the `base64` program, and by PEM.
const FOLDS: [usize; 2] = [76, 64];

/// The last part of folded base64 is short; below this it is too short to be told from other text.
const SHORTEST_FOLD: usize = 8;

/// The value and its encodings. A form is never shorter than the value.
pub(super) fn of(value: &str) -> Vec<String> {
    let mut forms = vec![value.to_owned(), hex(value, false), hex(value, true), xml(value)];
    let json = json(value);
    forms.extend([json.replace('/', "\\/"), self::json(&json), json]);
    for kept in ["-._~", "-._~/", "-._*", "-._~!*'()", "-._~/:?#[]@!$&'()*+,;="] {
        let upper = percent(value, kept, false);
        forms.extend([upper.replace("%20", "+"), percent(value, kept, true), upper]);
    }
    for base64 in base64(value) {
        let safe = base64.replace('+', "-").replace('/', "_");
        // In an address, `+`, `/` and `=` are encoded once more.
        forms.extend([percent(&base64, "", false), percent(&base64, "", true), safe, base64]);
    }
    forms
}

/// The value encoded by itself, whole and folded, and inside something longer, where it can begin at any of three places in a group:
/// of those, the characters that depend on nothing but the value.
fn base64(value: &str) -> Vec<String> {
    let whole = aws_smithy_types::base64::encode(value);
    // A program that adds a line end to the value changes the last characters.
    let firm = &whole.as_bytes()[..value.len() * 8 / 6];
    let folded = FOLDS.iter().filter(|width| firm.len() > **width).flat_map(|width| firm.chunks(*width));
    let folded = folded.filter(|part| part.len() >= SHORTEST_FOLD).map(|part| String::from_utf8_lossy(part).into_owned());
    let mut encoded: Vec<String> = folded.collect();
    for before in 0..3 {
        let shifted = aws_smithy_types::base64::encode([&[0; 2][..before], value.as_bytes()].concat());
        // Six bits a character: from the first that holds no bit of what stands before to the last that is full.
        let (from, to) = ((before * 8).div_ceil(6), (before + value.len()) * 8 / 6);
        encoded.push(shifted[from..to].to_owned());
    }
    encoded.push(whole);
    encoded
}

fn percent(value: &str, kept: &str, lower: bool) -> String {
    let mut text = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || kept.as_bytes().contains(&byte) {
            text.push(char::from(byte));
        } else if lower {
            write!(text, "%{byte:02x}").expect("writing to a String cannot fail");
        } else {
            write!(text, "%{byte:02X}").expect("writing to a String cannot fail");
        }
    }
    text
}

fn hex(value: &str, upper: bool) -> String {
    value.bytes().map(|byte| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") }).collect()
}

fn xml(value: &str) -> String {
    let text = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&apos;")
}

/// As inside the quotes of a JSON string.
fn json(value: &str) -> String {
    let text = serde_json::Value::from(value).to_string();
    text[1..text.len() - 1].to_owned()
}
