//! The forms in which a secret is repeated. Capitals and small letters are not told apart by who looks for them.

use std::fmt::Write as _;

/// The value and what programs and services make of it, but for base64.
pub(super) fn of(value: &str) -> Vec<String> {
    let mut forms = vec![value.to_owned(), value.to_lowercase(), value.to_uppercase(), hex(value, ""), hex(value, ":")];
    forms.extend(xml(value));
    forms.extend(json(value));
    // As a shell writes it that says what it does (`set -x`), and as Python and SQL do.
    forms.extend(["'\\''", "''"].map(|quote| value.replace('\'', quote)));
    forms.push(value.replace('\\', "\\\\").replace('\'', "\\'"));
    for kept in ["-._~", "-._~/", "-._*", "-._~!*'()", "-._~/:?#[]@!$&'()*+,;="] {
        let text = percent(value, kept);
        forms.extend([text.replace("%20", "+"), percent(&text, "-._~"), text]);
    }
    // In an address, `+`, `/` and `=` of base64 are encoded once more.
    forms.extend(base64(value).iter().map(|base64| percent(base64, "-_")));
    forms
}

/// The value encoded by itself and inside something longer, where it can begin at any of three places in a group: of those, the characters
/// that depend on nothing but the value.
pub(super) fn base64(value: &str) -> Vec<String> {
    let shifted = (0..3).map(|before| {
        let whole = aws_smithy_types::base64::encode([&[0; 2][..before], value.as_bytes()].concat());
        // Six bits a character: from the first that holds no bit of what stands before to the last that is full.
        let (from, to) = ((before * 8).div_ceil(6), (before + value.len()) * 8 / 6);
        whole[from..to].to_owned()
    });
    let texts = shifted.chain([aws_smithy_types::base64::encode(value)]);
    texts.flat_map(|text| [text.replace('+', "-").replace('/', "_"), text]).collect()
}

fn percent(value: &str, kept: &str) -> String {
    let mut text = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || kept.as_bytes().contains(&byte) {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02X}").expect("writing to a String cannot fail");
        }
    }
    text
}

fn hex(value: &str, between: &str) -> String {
    value.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(between)
}

/// As a text or an attribute of XML or HTML: quotes are written in more than one way, or left as they are, and so is `>`.
fn xml(value: &str) -> Vec<String> {
    let text = value.replace('&', "&amp;").replace('<', "&lt;");
    let mut forms = vec![text.replace('>', "&gt;"), text];
    for (letter, ways) in [('"', ["&quot;", "&#34;", "&#x22;"]), ('\'', ["&apos;", "&#39;", "&#x27;"])] {
        if value.contains(letter) {
            forms = forms.iter().flat_map(|form| ways.map(|way| form.replace(letter, way)).into_iter().chain([form.clone()])).collect();
        }
    }
    forms
}

/// As inside the quotes of a JSON string, and that inside of another: with `/`, with what HTML would understand (Go), and with what is not
/// ASCII (Python) as it is or escaped.
fn json(value: &str) -> Vec<String> {
    let quoted = |text: &str| {
        let text = serde_json::Value::from(text).to_string();
        text[1..text.len() - 1].to_owned()
    };
    let mut forms = vec![quoted(value)];
    for escape in [slashes, for_html, ascii] {
        let more: Vec<String> = forms.iter().map(|form| escape(form)).filter(|form| !forms.contains(form)).collect();
        forms.extend(more);
    }
    let again: Vec<String> = forms.iter().map(|form| quoted(form)).collect();
    forms.extend(again);
    forms
}

fn slashes(text: &str) -> String {
    text.replace('/', "\\/")
}

fn for_html(text: &str) -> String {
    text.replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e")
}

fn ascii(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        if letter.is_ascii() {
            escaped.push(letter);
        } else {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                write!(escaped, "\\u{unit:04x}").expect("writing to a String cannot fail");
            }
        }
    }
    escaped
}
