//! What is executed is what was shown, but for the secrets, each in the place where its name stood.

use serde_json::Value;

/// How often JSON may be made of JSON with a secret in it.
const MOST_NESTED: usize = 4;

/// The beginning of what stands for a secret.
const MARK: &str = "[secret ";

/// What stands for a secret in everything that is shown and recorded.
pub(super) fn secret_mark(name: &str) -> String {
    format!("{MARK}{name}]")
}

/// Whether `real` is `shown`, byte for byte, with the value of a secret in the place of its mark: as it is, or as JSON has it where an
/// expression made JSON of it. `secret` gives the value of a name. A mark may also stand for itself: a text that somebody wrote.
pub fn is_placed(shown: &Value, real: &Value, secret: &dyn Fn(&str) -> Option<String>) -> bool {
    match (shown, real) {
        (Value::String(shown), Value::String(real)) => text_is_placed(shown, real, secret),
        (Value::Array(shown), Value::Array(real)) => {
            shown.len() == real.len() && shown.iter().zip(real).all(|(shown, real)| is_placed(shown, real, secret))
        }
        (Value::Object(shown), Value::Object(real)) => {
            shown.len() == real.len() && shown.iter().all(|(key, shown)| real.get(key).is_some_and(|real| is_placed(shown, real, secret)))
        }
        (shown, real) => shown == real,
    }
}

fn text_is_placed(shown: &str, real: &str, secret: &dyn Fn(&str) -> Option<String>) -> bool {
    // All the places of `real` that what was read of `shown` can have brought us to.
    let mut at = vec![0];
    let mut rest = shown;
    while let Some((before, name, behind)) = next_mark(rest) {
        let forms = forms(name, secret);
        let step = |from: usize| {
            let left = real.get(from..)?.strip_prefix(before)?;
            let start = real.len() - left.len();
            Some(forms.iter().filter_map(|form| left.starts_with(form.as_str()).then_some(start + form.len())).collect::<Vec<_>>())
        };
        at = at.into_iter().filter_map(step).flatten().collect();
        at.sort_unstable();
        at.dedup();
        rest = behind;
    }
    at.into_iter().any(|from| real.get(from..) == Some(rest))
}

/// What stands before a mark, the name in it, and what stands behind it.
fn next_mark(text: &str) -> Option<(&str, &str, &str)> {
    let close = text.find(MARK).and_then(|open| Some(open + text[open..].find(']')?))?;
    let open = text[..close].rfind(MARK)?;
    Some((&text[..open], &text[open + MARK.len()..close], &text[close + 1..]))
}

/// What may stand in the place of a mark.
fn forms(name: &str, secret: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
    let mut forms = vec![secret_mark(name)];
    let mut value = secret(name);
    while let Some(form) = value.filter(|form| forms.len() <= MOST_NESTED && forms.last() != Some(form)) {
        let quoted = Value::from(form.as_str()).to_string();
        value = quoted.get(1..quoted.len() - 1).map(str::to_owned);
        forms.push(form);
    }
    forms
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::expr;

    fn secret(name: &str) -> Option<String> {
        match name {
            "x" => Some("Canary\"Q7\\x9".into()),
            "params.y" => Some("[secret x]".into()),
            _ => None,
        }
    }

    fn placed(shown: &Value, real: &Value) -> bool {
        is_placed(shown, real, &secret)
    }

    #[test]
    fn a_secret_in_its_place_is_what_was_shown() {
        let x = secret("x").unwrap();
        let json = json!({ "a": x }).to_string();
        let twice = json!({ "body": json }).to_string();
        for (shown, real) in [
            (json!("[secret x]"), json!(x)),
            (json!({"argv": ["curl", "Bearer [secret x][secret x]."]}), json!({"argv": ["curl", format!("Bearer {x}{x}.")]})),
            (json!("{\"a\":\"[secret x]\"}"), json!(json)),
            (json!(r#"{"body":"{\"a\":\"[secret x]\"}"}"#), json!(twice)),
            (json!("[secret params.y]"), json!("[secret x]")),
            (json!("no [secret] at all, [secret z] neither"), json!("no [secret] at all, [secret z] neither")),
            (json!("[secret of [secret x]"), json!(format!("[secret of {x}"))),
            (json!([1, true, null]), json!([1, true, null])),
        ] {
            assert!(placed(&shown, &real), "{shown} {real}");
        }
    }

    #[test]
    fn anything_else_is_not() {
        let x = secret("x").unwrap();
        for (shown, real) in [
            (json!("touch GOOD"), json!("touch EVIL")),
            (json!("[secret x]"), json!(x[1..])),
            (json!("[secret x]"), json!(format!("{x} "))),
            (json!("a [secret x]"), json!(format!("b {x}"))),
            (json!("[secret z]"), json!(x)),
            (json!(10), json!(11)),
            (json!("10"), json!(10)),
            (json!(["a"]), json!(["a", "b"])),
            (json!({"a": 1}), json!({"b": 1})),
            (json!({"a": 1}), json!({"a": 1, "b": 1})),
        ] {
            assert!(!placed(&shown, &real), "{shown} {real}");
        }
    }

    proptest! {
        /// Whatever an expression does: what differs in more than the places of secrets is never taken for what was shown.
        #[test]
        fn what_passes_differs_in_the_places_of_secrets_only(
            parts in prop::collection::vec(prop_oneof![Just("${{ secrets.x }}".to_owned()), "[a-z\\]\\[ ]{0,6}",
                Just("${{ 'a' if secrets.x == value else 'b' }}".to_owned()), Just("${{ secrets.x | length }}".to_owned())], 0..6),
            value in "[ -~]{8,20}",
        ) {
            let text = Value::from(parts.concat());
            let fill = |x: &str| expr::render(&text, &json!({ "secrets": { "x": x }, "value": value })).unwrap();
            let (shown, real) = (fill("[secret x]"), fill(&value));
            let decides = parts.iter().any(|part| part.contains("==") || (part.contains("length") && value.len() != "[secret x]".len()));
            prop_assert_eq!(is_placed(&shown, &real, &|name| (name == "x").then(|| value.clone())), !decides, "{} {}", shown, real);
        }
    }
}
