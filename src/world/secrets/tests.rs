//! A known secret never survives; everything else is left alone.

use proptest::prelude::*;

use super::*;

const KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

fn knowing(values: &[&str]) -> Secrets {
    let secrets = Secrets::default();
    values.iter().for_each(|value| secrets.learn(value));
    secrets
}

#[test]
fn text_without_secrets_is_borrowed() {
    assert!(matches!(Secrets::default().hide("anything at all"), Cow::Borrowed("anything at all")));
    assert!(matches!(knowing(&[KEY]).hide("anything at all"), Cow::Borrowed("anything at all")));
}

#[test]
fn a_secret_is_hidden_wherever_it_stands() {
    let secrets = knowing(&[KEY]);
    assert_eq!(secrets.hide(&format!("key={KEY}; and {KEY}.")), "key=[redacted]; and [redacted].");
    assert_eq!(secrets.hide(&format!("{KEY}{KEY}")), "[redacted]");
    assert_eq!(secrets.clone().hide(KEY), MARK, "a clone knows what the other knows");
    assert!(!format!("{secrets:?}").contains(KEY));
}

#[test]
fn short_values_and_the_mark_itself_are_not_learned() {
    let secrets = knowing(&["test", "", "sixteen", "redacted", " padded  \n"]);
    assert!(matches!(secrets.hide("a test of sixteen [redacted] things, padded"), Cow::Borrowed(_)));
}

#[test]
fn overlapping_secrets_leave_nothing_over() {
    let secrets = knowing(&["aaaabbbbcccc", "bbbbccccdddd", "ccccdddd"]);
    assert_eq!(secrets.hide("x aaaabbbbccccdddd y"), "x [redacted] y");
}

#[test]
fn a_key_of_many_lines_is_hidden_line_by_line() {
    let secrets = knowing(&["-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END KEY-----\n"]);
    assert_eq!(secrets.hide("MIIEvQIBADANBg"), MARK);
    assert_eq!(secrets.hide(" kqhkiG9w0BAQEF"), " [redacted]");
    assert!(matches!(secrets.hide("-----BEGIN KEY-----"), Cow::Borrowed(_)));
}

#[test]
fn folded_base64_is_hidden_line_by_line() {
    let token = "FwoGZXIvYXdzE".repeat(20);
    let secrets = knowing(&[&token]);
    let encoded = aws_smithy_types::base64::encode(format!("{token}\n"));
    for width in [64, 76] {
        for line in encoded.as_bytes().chunks(width) {
            let shown = secrets.hide(std::str::from_utf8(line).unwrap()).into_owned();
            assert!(shown.starts_with(MARK) && shown.len() <= MARK.len() + 4, "folded at {width}: {shown}");
        }
    }
}

#[test]
fn base64_folded_anywhere_inside_something_longer_is_hidden() {
    let value = "Kx9<q&Z'w\"/+é=Tr0ub4dor$3 \\end";
    let secrets = knowing(&[value]);
    for before in (0..80).step_by(7) {
        let encoded = aws_smithy_types::base64::encode(format!("{}{value}{}", "x".repeat(before), "y".repeat(50)));
        for (width, end) in [(76, "\n"), (64, "\r\n"), (60, "\\n")] {
            let lines: Vec<&str> = encoded.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap()).collect();
            let shown = secrets.hide(&lines.join(end)).into_owned();
            let line_by_line: Vec<_> = lines.iter().map(|line| secrets.hide(line)).collect();
            for shown in [shown, line_by_line.join("\n")] {
                // What is left of it is shorter than what can be told from other text.
                let decoded: Vec<u8> = shown.split(end).flat_map(|line| line.split(MARK)).flat_map(|piece| piece.bytes()).collect();
                for piece in forms::base64(value).iter().flat_map(|text| text.as_bytes().windows(8).map(<[u8]>::to_vec).collect::<Vec<_>>())
                {
                    assert!(!decoded.windows(8).any(|window| window == piece), "{before} {width}: {shown}");
                }
            }
        }
    }
}

#[test]
fn every_form_that_is_promised_is_found() {
    let value = "Kx9<q&Z'w\"/+é=Tr0ub4dor$3 \\end";
    let secrets = knowing(&[value]);
    for form in [
        r#"Kx9\u003cq\u0026Z'w\"/+é=Tr0ub4dor$3 \\end"#,
        r#"Kx9<q&Z'w\"/+\u00e9=Tr0ub4dor$3 \\end"#,
        r#"Kx9<q&Z'w\"\/+\u00E9=Tr0ub4dor$3 \\end"#,
        r#"{\"a\":\"Kx9<q&Z'w\\\"/+é=Tr0ub4dor$3 \\\\end\"}"#,
        r#"Kx9&lt;q&amp;Z'w"/+é=Tr0ub4dor$3 \end"#,
        r#"Kx9&lt;q&amp;Z&#x27;w&quot;/+é=Tr0ub4dor$3 \end"#,
        r#"Kx9&lt;q&amp;Z&#39;w&#34;/+é=Tr0ub4dor$3 \end"#,
        "KX9<Q&Z'W\"/+É=TR0UB4DOR$3 \\END",
        "kx9<q&z'w\"/+é=tr0ub4dor$3 \\end",
        "Kx9%3cq%26Z%27w%22%2f%2b%c3%a9%3dTr0ub4dor%243%20%5cend",
        "Kx9%253Cq%2526Z%2527w%2522%252F%252B%25C3%25A9%253DTr0ub4dor%25243%2520%255Cend",
        "4B78393C71265A2777222F2BC3A93D547230756234646F722433205C656E64",
        r#"'Kx9<q&Z\'w"/+é=Tr0ub4dor$3 \\end'"#,
        r#"'Kx9<q&Z'\''w"/+é=Tr0ub4dor$3 \end'"#,
        "S3g5PHEmWid3Ii8rw6k9VHIwdWI0ZG9yJDMgXGVuZA==",
    ] {
        let shown = secrets.hide(form);
        assert!(shown.contains(MARK) && !shown.to_lowercase().contains("tr0ub4dor") && shown.len() < 30, "{form}: {shown}");
    }
}

#[test]
fn the_beginning_of_a_secret_at_a_cut_goes_too() {
    let secrets = knowing(&[KEY]);
    assert_eq!(secrets.hide_cut(&format!("{KEY} is {}", &KEY[..20])), "[redacted] is ");
    assert_eq!(secrets.hide_cut("nothing here"), "nothing here");
    assert_eq!(Secrets::default().hide_cut("nothing here"), "nothing here");
}

/// Text around a secret. No letters of the mark's brackets, so that nothing is put together from a mark and its neighbours.
fn around() -> impl Strategy<Value = String> {
    proptest::string::string_regex("[a-z0-9=:/ \"äß{}.]{0,40}").unwrap()
}

fn secret() -> impl Strategy<Value = String> {
    proptest::string::string_regex("[A-Za-z0-9+/=_.~!&<>\"'\\\\ü€-]{8,120}").unwrap()
}

proptest! {
    #[test]
    fn no_known_secret_survives_in_any_form(
        first in secret(), second in secret(), before in around(), between in around(), after in around(), form in any::<prop::sample::Index>(),
    ) {
        let secrets = knowing(&[&first, &second]);
        let forms = [forms::of(&first), forms::base64(&first)].concat();
        let form = form.get(&forms);
        let shown = secrets.hide(&format!("{before}{form}{between}{second}{after}")).into_owned();
        prop_assert!(shown.contains(MARK));
        for value in [&first, &second] {
            for form in forms::of(value).into_iter().chain(forms::base64(value)) {
                prop_assert!(!shown.contains(&form), "{form:?} in {shown:?}");
            }
        }
        prop_assert_eq!(secrets.hide(&shown), shown.as_str(), "hiding twice is hiding once");
    }

    #[test]
    fn base64_of_anything_around_a_secret_shows_none_of_it(value in "[ -~]{8,60}", before in "[ -~]{0,9}", after in "[ -~]{0,9}") {
        prop_assume!(value.trim() == value);
        let secrets = knowing(&[&value]);
        let encoded = aws_smithy_types::base64::encode(format!("{before}{value}{after}"));
        let shown = secrets.hide(&encoded).into_owned();
        prop_assert!(shown.contains(MARK), "{encoded} stays {shown}");
        // At most the characters that hold bits of a neighbour are left beside the mark.
        prop_assert!(shown.len() <= encoded.len() - (value.len() * 8 / 6 - 1) + MARK.len(), "{shown}");
    }

    #[test]
    fn text_that_holds_no_secret_is_unchanged(text in "[a-z \\n{}\":]{0,200}", value in "[A-Z0-9]{8,40}") {
        prop_assert!(matches!(knowing(&[&value]).hide(&text), Cow::Borrowed(same) if same == text));
    }

    #[test]
    fn a_cut_anywhere_shows_no_beginning(value in "[A-Z0-9]{8,40}", before in "[a-z ]{0,20}", length in 0_usize..60) {
        let text = format!("{before}{value}");
        let cut = &text[..length.min(text.len())];
        let shown = knowing(&[&value]).hide_cut(cut).into_owned();
        prop_assert!(!shown.replace(MARK, "").chars().any(|c| c.is_ascii_uppercase() || c.is_ascii_digit()), "{shown}");
    }
}

#[test]
fn only_what_a_machine_made_stands_against_a_runbook() {
    for name in ["us-east-1", "orders-replica", "regional_failover", "INC-4711", "correct-horse-battery-staple", "20241121"] {
        assert!(!looks_random(name), "{name}");
    }
    for token in ["wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "9f86d081884c7d659a2feaa0c55ad015", "Tr0ub4dor"] {
        assert!(looks_random(token), "{token}");
    }
}
