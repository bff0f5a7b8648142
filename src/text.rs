//! Texts from outside, made safe to show: the one place that says which characters a terminal is never sent.

use std::borrow::Cow;

/// The longest line the timeline shows; the journal has the rest.
const LINE_LIMIT: usize = 2_000;

/// Foreign text as one harmless line: line ends and tabs become spaces, every other control character, and the invisible ones that
/// reorder or hide what stands beside them, become `U+FFFD`.
pub fn one_line(text: &str) -> String {
    one_line_within(text, LINE_LIMIT)
}

/// The same, of so many characters at the most.
pub fn one_line_within(text: &str, limit: usize) -> String {
    let mut line = String::with_capacity(text.len());
    for (count, char) in text.trim().chars().enumerate() {
        if count == limit {
            line.push('…');
            break;
        }
        match char {
            '\n' | '\t' | '\u{2028}' | '\u{2029}' => line.push(' '),
            '\r' => {}
            char if char.is_control() || is_invisible(char) => line.push('\u{FFFD}'),
            char => line.push(char),
        }
    }
    line
}

/// Whether a character shows nothing, and reorders or hides what stands beside it.
pub fn is_invisible(char: char) -> bool {
    matches!(char, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Foreign text as it is, with its lines, and without what moves a terminal's cursor, sends it commands, or reorders and hides what stands
/// beside it: each such character becomes `U+FFFD`.
pub fn harmless(text: &str) -> Cow<'_, str> {
    let harmful = |char: char| char != '\n' && char != '\t' && (char.is_control() || is_invisible(char));
    if text.contains(harmful) {
        Cow::Owned(text.replace("\r\n", "\n").chars().map(|char| if harmful(char) { '\u{FFFD}' } else { char }).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// The same for a text with our own colours in it: `ESC [ … m` stays.
pub fn harmless_in_colour(text: &str) -> Cow<'_, str> {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("\u{1b}[") {
        let end = behind.find(|char: char| !char.is_ascii_digit() && char != ';');
        let Some((end, 'm')) = end.and_then(|end| Some((end, behind[end..].chars().next()?))) else {
            shown.push_str(&harmless(before));
            shown.push('\u{FFFD}');
            rest = &rest[before.len() + 1..];
            continue;
        };
        shown.push_str(&harmless(before));
        shown.push_str(&rest[before.len()..before.len() + 2 + end + 1]);
        rest = &behind[end + 1..];
    }
    shown.push_str(&harmless(rest));
    if shown == text { Cow::Borrowed(text) } else { Cow::Owned(shown) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_leave_its_line_or_hide() {
        assert_eq!(
            one_line("two\r\nlines\tand \u{1b}[31mred\u{202e}txt\u{7f}\u{9b}\u{200b}"),
            "two lines and \u{FFFD}[31mred\u{FFFD}txt\u{FFFD}\u{FFFD}\u{FFFD}"
        );
        assert_eq!(one_line("größer → 日本"), "größer → 日本");
        assert_eq!(one_line(&"x".repeat(5_000)).chars().count(), LINE_LIMIT + 1);
    }

    #[test]
    fn lines_stay_and_what_a_terminal_obeys_does_not() {
        assert!(matches!(harmless("a\n\tb größer 日本"), Cow::Borrowed(_)));
        assert_eq!(
            harmless("a\r\nb\r\u{1b}]52;c;eA==\u{7}\u{9b}31m\u{202e}\u{200b}"),
            "a\nb\u{FFFD}\u{FFFD}]52;c;eA==\u{FFFD}\u{FFFD}31m\u{FFFD}\u{FFFD}"
        );
        let coloured = "\u{1b}[1;31merror\u{1b}[0m: x\n";
        assert!(matches!(harmless_in_colour(coloured), Cow::Borrowed(_)));
        assert_eq!(harmless_in_colour("\u{1b}[2J\u{1b}[31mx\u{1b}]0;t\u{7}\u{1b}["), "\u{FFFD}[2J\u{1b}[31mx\u{FFFD}]0;t\u{FFFD}\u{FFFD}[");
    }
}
