//! Findings as text for people: file, line, column, the excerpt, a caret, and the help.

use std::borrow::Cow;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::model::{Diagnostic, Severity, Source, Span};

/// Lines shown before and after the line with the caret.
const CONTEXT_LINES: usize = 1;

/// Bytes of a line that the renderer is given on either side of the caret: it shows 140 columns, and goes through all that it is given.
const MOST_OF_A_LINE: usize = 2_000;

/// The findings, one block each with an empty line between, as they stand in `diagnostics`. Without a `source` (the file could
/// not be read) each is its message and help. Control characters in what the file says are shown as pictures, so that a file
/// cannot write to the terminal.
pub fn render(source: Option<&Source>, diagnostics: &[Diagnostic], color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let path = source.map(|source| clean(&source.path.display().to_string()).into_owned());
    let text = source.map(|source| concealed(&source.text, diagnostics));
    let mut out = String::new();
    for diagnostic in diagnostics {
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut moved = None;
        let mut group = Group::with_title(level.primary_title(clean(&diagnostic.message)).id(diagnostic.code));
        if let (Some(text), Some(path), Some(span)) = (&text, &path, &diagnostic.span) {
            let window = window(text, span);
            if window.cut {
                // The renderer counts the column from where the line is cut.
                let ((_, cut), (line, column)) = (position(&window.text, window.span.start), position(text, span.start));
                moved = Some((format!("{path}:{line}:{cut}"), format!("{path}:{line}:{column}")));
            }
            let mut annotation = AnnotationKind::Primary.span(window.span);
            if !diagnostic.label.is_empty() {
                annotation = annotation.label(clean(&diagnostic.label));
            }
            group = group
                .element(Snippet::source(window.text).path(path.as_str()).line_start(window.first_line).fold(false).annotation(annotation));
        } else if let Some(path) = &path {
            group = group.element(Origin::path(path.as_str()));
        }
        if let Some(help) = &diagnostic.help {
            group = group.element(Level::HELP.message(clean(help)));
        }
        if !out.is_empty() {
            out.push('\n');
        }
        let block = renderer.render(&[group]);
        match moved {
            Some((from, to)) => out.push_str(&block.replacen(&from, &to, 1)),
            None => out.push_str(&block),
        }
        out.push('\n');
    }
    out
}

/// The text with stars in place of what must not be shown, by whichever finding: another one may be about the same line. A star for each
/// byte, so that every place stays where it is.
fn concealed<'a>(text: &'a str, diagnostics: &[Diagnostic]) -> Cow<'a, str> {
    let mut shown = Cow::Borrowed(text);
    for span in diagnostics.iter().filter_map(|diagnostic| diagnostic.concealed.as_ref()) {
        let (start, end) = (floor_boundary(text, span.start), floor_boundary(text, span.end));
        let stars: String = text[start..end.max(start)].bytes().map(|byte| if byte == b'\n' { '\n' } else { '*' }).collect();
        shown.to_mut().replace_range(start..end.max(start), &stars);
    }
    shown
}

/// Line and column, both from 1, the column in characters, of the byte at `offset`.
pub fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..floor_boundary(text, offset)];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.bytes().filter(|byte| *byte == b'\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// A few lines of the file around a span, with the span moved to match. Only these lines are handed to the renderer: its cost
/// grows with the text, and a file may have many findings.
struct Window {
    text: String,
    first_line: usize,
    span: Span,
    /// Whether the beginning of the line with the caret is left out.
    cut: bool,
}

fn window(text: &str, span: &Span) -> Window {
    let start = floor_boundary(text, span.start);
    // One line only: the beginning of a long value says enough.
    let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let end = floor_boundary(text, span.end).clamp(start, line_end);
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let (mut from, mut to) = (line_start, line_end);
    for _ in 0..CONTEXT_LINES {
        from = text[..from.saturating_sub(1)].rfind('\n').map_or(0, |at| at + 1);
        to = text.get(to + 1..).map_or(text.len(), |rest| rest.find('\n').map_or(text.len(), |at| to + 1 + at));
    }
    let first_line = text[..from].bytes().filter(|byte| *byte == b'\n').count() + 1;
    let (near, far) = (start.saturating_sub(MOST_OF_A_LINE), floor_boundary(text, start + MOST_OF_A_LINE).max(start));
    let (near, far) = (text.ceil_char_boundary(near).max(line_start), far.min(line_end));
    let mut shown: String = text[from..line_start].split_inclusive('\n').map(beginning).collect();
    excerpt(text, near..start, &mut shown);
    let caret = shown.len();
    excerpt(text, start..end.min(far), &mut shown);
    let caret = caret..shown.len();
    excerpt(text, end.min(far)..far, &mut shown);
    text[line_end..to].split_inclusive('\n').for_each(|line| shown.push_str(&beginning(line)));
    let whole = shown.trim_end_matches('\r').len();
    shown.truncate(whole);
    Window { first_line, span: caret.start.min(whole)..caret.end.min(whole), text: shown, cut: near > line_start }
}

/// The beginning of a line, with its end.
fn beginning(line: &str) -> String {
    let mut out = String::new();
    excerpt(line, 0..floor_boundary(line, MOST_OF_A_LINE), &mut out);
    if line.len() > MOST_OF_A_LINE && line.ends_with('\n') {
        out.push('\n');
    }
    out
}

/// A piece of the file as it is shown. Line ends of Windows are shown as any other. Of control characters the renderer makes pictures by
/// itself, but for those that 8-bit terminals knew.
fn excerpt(text: &str, piece: Span, out: &mut String) {
    for (at, c) in text[piece.clone()].char_indices() {
        match c {
            '\r' if text[piece.start + at..].starts_with("\r\n") => {}
            '\u{80}'..='\u{9f}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
}

fn floor_boundary(text: &str, mut offset: usize) -> usize {
    offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

fn clean(text: &str) -> Cow<'_, str> {
    // Text that is shown in another order than it is written says something else than it says.
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if !text.chars().any(|c| c.is_control() && c != '\n' || turns(c)) {
        return Cow::Borrowed(text);
    }
    let picture = |c: char| match c {
        '\n' => '\n',
        '\t' => ' ',
        c if (c as u32) < 0x20 => char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}'),
        c if c.is_control() || turns(c) => '\u{fffd}',
        c => c,
    };
    Cow::Owned(text.chars().map(picture).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::code;

    fn source(text: &str) -> Source {
        Source { path: "runbook.yaml".into(), text: text.into() }
    }

    #[test]
    fn an_excerpt_has_line_column_caret_label_and_help() {
        let text = "lifeboat: 1\nname: x\nsteps: 3\ntitle: y\nowners: []\n";
        let at = text.find('3').unwrap();
        let finding = Diagnostic::error(code::WRONG_TYPE, at..at + 1, "`steps` takes a list").label("a number").help("write `steps:`");
        insta::assert_snapshot!(render(Some(&source(text)), &[finding], false), @r"
        error[LB0203]: `steps` takes a list
         --> runbook.yaml:3:8
          |
        2 | name: x
        3 | steps: 3
          |        ^ a number
        4 | title: y
          |
          = help: write `steps:`
        ");
    }

    #[test]
    fn what_is_concealed_is_in_no_excerpt() {
        let text = "a: 1\ntoken: {default: hünter2, of: x}\nb: 2\n";
        let (from, to) = (text.find('h').unwrap(), text.find(", of").unwrap());
        let first = Diagnostic::error(code::BAD_SECRET, from..to, "no place").conceal(from..to);
        let at = text.find("of").unwrap();
        let same_line = Diagnostic::warning(code::BAD_PARAM, at..at + 2, "not for secrets");
        let next_line = Diagnostic::warning(code::UNUSED_PARAM, text.find('b').unwrap()..text.len(), "unused");
        let shown = render(Some(&source(text)), &[next_line, same_line, first], false);
        assert!(!shown.contains("nter") && shown.matches("default: ********, of: x").count() == 3, "{shown}");
    }

    #[test]
    fn without_a_source_the_message_stands_alone() {
        let finding = Diagnostic::error(code::UNREADABLE, None, "no such file: x.yaml").help("check the path");
        let text = render(None, &[finding], false);
        assert!(text.contains("no such file: x.yaml") && text.contains("check the path"), "{text}");
    }

    #[test]
    fn spans_at_any_place_are_rendered() {
        for text in ["", "\n", "a", "a\r\nb\r\n", "ä\n\nö", "\u{1b}[31mred", "a\u{9b}b\u{85}\n\u{202e}c\r"] {
            for start in 0..=text.len() + 2 {
                for end in start..=text.len() + 3 {
                    let finding = Diagnostic::warning(code::WRONG_TYPE, start..end, "x\u{1b}\u{9b}\u{202e}y");
                    let out = render(Some(&source(text)), &[finding], false);
                    assert!(!out.contains(|c: char| c.is_control() && c != '\n' || c == '\u{202e}'), "{out:?}");
                }
            }
        }
    }

    #[test]
    fn of_a_very_long_line_the_part_at_the_caret_is_shown() {
        let text = format!("{}\n{}here{}\n{}\n", "b".repeat(5_000), "ä".repeat(3_000), "c".repeat(9_000), "d".repeat(5_000));
        let at = text.find("here").unwrap();
        let finding = Diagnostic::error(code::WRONG_TYPE, at..at + 4, "wrong").label("this");
        let out = render(Some(&source(&text)), &[finding], false);
        assert!(out.contains("runbook.yaml:2:3001\n") && out.contains("here") && out.contains("^^^^ this"), "{out}");
        assert!(out.len() < 1_500, "{out}");
    }

    #[test]
    fn positions_count_characters() {
        assert_eq!(position("a\näb\n", 4), (2, 2));
        assert_eq!(position("", 9), (1, 1));
    }
}
