//! Text for cells: made harmless, measured in columns, cut, wrapped; durations and ages for people.

use std::borrow::Cow;
use std::time::Duration;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The text with everything replaced that a terminal would act on or that turns the reading direction: control characters become
/// their visible pictures. Tabs and line ends become blanks; variation selectors, which change a character's width, are left out.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let kept = text.chars().filter(|c| !matches!(c, '\u{fe00}'..='\u{fe0f}'));
    Cow::Owned(kept.map(|c| if is_unsafe(c) { picture(c) } else { c }).collect())
}

/// Controls, what turns the reading direction, and what is not seen but hides or joins what stands beside it.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

fn picture(c: char) -> char {
    match c {
        '\t' | '\n' | '\r' => ' ',
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        _ => '\u{fffd}',
    }
}

/// Columns a text takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// The text cut to `most` columns, with `mark` at the end where something is missing.
pub(super) fn fit(text: &str, most: usize, mark: &str) -> String {
    let text = clean(text);
    if width(&text) <= most {
        return text.into_owned();
    }
    if most == 0 {
        return String::new();
    }
    let room = most.saturating_sub(width(mark));
    let mut out = take_columns(&text, room).to_owned();
    out.push_str(mark);
    out
}

/// The text cut or filled with blanks to exactly `columns`.
pub(super) fn pad(text: &str, columns: usize, mark: &str) -> String {
    let mut out = fit(text, columns, mark);
    out.extend(std::iter::repeat_n(' ', columns.saturating_sub(width(&out))));
    out
}

/// The longest beginning of `text` that takes at most `most` columns.
pub(super) fn take_columns(text: &str, most: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        let w = c.width().unwrap_or(0);
        if used + w > most {
            return &text[..at];
        }
        used += w;
    }
    text
}

/// The text in lines of at most `columns`, broken between words where that is possible. Never empty.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        wrap_one(&clean(paragraph), columns, &mut lines);
    }
    while lines.len() > 1 && lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// How many lines [`wrap`] makes of it.
pub(super) fn lines_of(text: &str, columns: usize) -> usize {
    // What fits is not taken apart; most lines of a timeline do.
    let short = text.len() <= columns && text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    if short { 1 } else { wrap(text, columns).len() }
}

fn wrap_one(text: &str, columns: usize, lines: &mut Vec<String>) {
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let mut word = word;
        let gap = usize::from(!line.is_empty());
        if used + gap + width(word) > columns && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        while width(word) > columns {
            let head = take_columns(word, columns);
            // A character wider than the whole line: leave it out rather than loop.
            let head = if head.is_empty() { &word[..word.chars().next().map_or(word.len(), char::len_utf8)] } else { head };
            lines.push(head.to_owned());
            word = &word[head.len()..];
        }
        if !line.is_empty() {
            line.push(' ');
            used += 1;
        }
        line.push_str(word);
        used += width(word);
    }
    lines.push(line);
}

/// `0:41`, `24:31`, `1:02:03`.
pub(super) fn clock(duration: Duration) -> String {
    let s = duration.as_secs();
    let (h, m, s) = (s / 3600, s / 60 % 60, s % 60);
    if h > 0 { format!("{h}:{m:02}:{s:02}") } else { format!("{m}:{s:02}") }
}

/// `40ms`, `12s`, `5m`, `1h30m`: how an objective is written in a runbook.
pub(super) fn short(duration: Duration) -> String {
    let s = duration.as_secs();
    let (h, m, s) = (s / 3600, s / 60 % 60, s % 60);
    match (h, m, s) {
        (0, 0, 0) if duration.is_zero() => "0s".into(),
        (0, 0, 0) => format!("{}ms", duration.as_millis()),
        (0, 0, s) => format!("{s}s"),
        (0, m, 0) => format!("{m}m"),
        (0, m, s) => format!("{m}m{s:02}s"),
        (1, 0, 0) => "60m".into(),
        (h, 0, _) => format!("{h}h"),
        (h, m, _) => format!("{h}h{m:02}m"),
    }
}

/// `now`, `2s ago`, `3m ago`.
pub(super) fn ago(age: Duration) -> String {
    match age.as_secs() {
        0 => "now".into(),
        s @ 1..=99 => format!("{s}s ago"),
        s @ 100..=5_999 => format!("{}m ago", s / 60),
        s => format!("{}h ago", s / 3_600),
    }
}

/// `12:04:31Z`.
pub(super) fn utc(at: jiff::Timestamp) -> String {
    at.strftime("%H:%M:%SZ").to_string()
}

/// The same; with the date, where it is on another day than `day`.
pub(super) fn utc_on(at: jiff::Timestamp, day: jiff::Timestamp) -> String {
    let date = |at: jiff::Timestamp| at.to_zoned(jiff::tz::TimeZone::UTC).date();
    if date(at) == date(day) { utc(at) } else { at.strftime("%Y-%m-%d %H:%M:%SZ").to_string() }
}

/// `dr-operator/alice` of `arn:aws:sts::123456789012:assumed-role/dr-operator/alice`: the role, and the session where there is one.
pub(super) fn who(arn: &str) -> (&str, &str) {
    let name = arn.rsplit(':').next().unwrap_or(arn);
    let mut parts = name.split('/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some("assumed-role"), Some(role), session) => (role, session.unwrap_or("")),
        (Some("user"), Some(_), _) => (name.rsplit('/').next().unwrap_or(name), ""),
        _ => (name, ""),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn control_sequences_become_visible() {
        assert_eq!(clean("\u{1b}[31mred\u{7}\u{9b}x\u{202e}"), "␛[31mred␇\u{fffd}x\u{fffd}");
        assert!(matches!(clean("plain Grüße"), Cow::Borrowed(_)));
    }

    #[test]
    fn wide_characters_are_cut_whole() {
        assert_eq!(fit("日本語テスト", 5, "…"), "日本…");
        assert_eq!(pad("日本", 5, "…"), "日本 ");
    }

    #[test]
    fn words_are_kept_whole_where_they_fit() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("", 4), [""]);
    }

    #[test]
    fn durations_read_well() {
        assert_eq!(clock(Duration::from_secs(3_723)), "1:02:03");
        assert_eq!(clock(Duration::from_secs(41)), "0:41");
        assert_eq!(short(Duration::from_secs(3_600)), "60m");
        assert_eq!(short(Duration::from_secs(300)), "5m");
        assert_eq!(short(Duration::from_secs(12)), "12s");
    }

    #[test]
    fn identities_are_named_by_role_and_session() {
        assert_eq!(who("arn:aws:sts::123456789012:assumed-role/dr-operator/alice"), ("dr-operator", "alice"));
        assert_eq!(who("arn:aws:iam::123456789012:user/ops/bob"), ("bob", ""));
        assert_eq!(who("nonsense"), ("nonsense", ""));
    }

    proptest! {
        #[test]
        fn wrapped_and_cut_text_keeps_to_its_columns(text in ".{0,200}", columns in 2usize..40) {
            for line in wrap(&text, columns) {
                prop_assert!(width(&line) <= columns, "{line:?}");
            }
            prop_assert_eq!(lines_of(&text, columns), wrap(&text, columns).len());
            prop_assert!(width(&fit(&text, columns, "…")) <= columns);
            prop_assert_eq!(width(&pad(&text, columns, "…")), columns);
        }
    }
}
