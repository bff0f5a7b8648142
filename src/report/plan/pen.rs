//! Lines of a drawing: pieces of text in roles, wrapped to a width and coloured where that is wanted.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How a drawing looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Columns there are; fewer than 60 are taken as 60.
    pub width: usize,
    /// Whether to colour. Colour never carries a meaning alone.
    pub color: bool,
    /// Whether to draw with ASCII alone. What the runbook says stays as it is.
    pub ascii: bool,
}

/// What a piece of text is, which decides its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Text,
    /// A heading, a name.
    Strong,
    /// What is read second.
    Dim,
    /// Asks for a person.
    Attention,
    /// Cannot be undone, does not fit.
    Bad,
    /// Fits.
    Good,
}

impl Role {
    fn code(self) -> &'static str {
        match self {
            Self::Text => "",
            Self::Strong => "1",
            Self::Dim => "2",
            Self::Attention => "33",
            Self::Bad => "1;31",
            Self::Good => "32",
        }
    }
}

/// Some text in a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) role: Role,
    pub(super) text: String,
}

pub(super) fn piece(role: Role, text: impl Into<String>) -> Piece {
    Piece { role, text: text.into() }
}

/// One line.
pub(super) type Line = Vec<Piece>;

pub(super) fn width(line: &[Piece]) -> usize {
    line.iter().map(|piece| piece.text.width()).sum()
}

/// Puts pieces behind each other, with `between` in between, in lines of at most `columns`: broken between pieces where that is possible,
/// otherwise between words.
pub(super) fn wrap(pieces: Vec<Piece>, between: &str, columns: usize) -> Vec<Line> {
    let mut lines: Vec<Line> = vec![Vec::new()];
    let mut used = 0;
    for piece in pieces {
        let gap = if used == 0 { 0 } else { between.width() };
        let needed = piece.text.width();
        if used > 0 && used + gap + needed > columns {
            lines.push(Vec::new());
            used = 0;
        } else if used > 0 {
            push(&mut lines, Role::Dim, between);
            used += gap;
        }
        if used + needed <= columns {
            used += needed;
            push(&mut lines, piece.role, &piece.text);
            continue;
        }
        for (at, text) in words(&piece.text, columns).into_iter().enumerate() {
            if at > 0 {
                lines.push(Vec::new());
            }
            used = text.width();
            push(&mut lines, piece.role, &text);
        }
    }
    lines
}

fn push(lines: &mut [Line], role: Role, text: &str) {
    if let Some(line) = lines.last_mut() {
        line.push(piece(role, text));
    }
}

/// A text in lines of at most `columns`; a word that is longer is cut up.
pub(super) fn words(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(2);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in kept_together(text).split_whitespace() {
        let (used, needed) = (line.width(), word.width());
        if !line.is_empty() && used + 1 + needed > columns {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        if needed <= columns {
            line.push_str(word);
            continue;
        }
        for char in word.chars() {
            if line.width() + char.width().unwrap_or(0) > columns {
                lines.push(std::mem::take(&mut line));
            }
            line.push(char);
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    for line in &mut lines {
        *line = line.replace(KEPT, " ");
    }
    lines
}

/// Stands for a blank that is no place to break a line: a character that no text has.
const KEPT: char = '\u{f8ff}';

/// The text with its expressions in one piece each.
fn kept_together(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${{") {
        let end = rest[at..].find("}}").map_or(rest.len(), |end| at + end);
        kept.push_str(&rest[..at]);
        kept.extend(rest[at..end].chars().map(|char| if char == ' ' { KEPT } else { char }));
        rest = &rest[end..];
    }
    kept + rest
}

/// The first `most` lines of a text; a mark at the end where there are more.
pub(super) fn some_words(text: &str, columns: usize, most: usize, look: Look) -> Vec<String> {
    let mark = if look.ascii { "..." } else { "…" };
    let mut lines = words(text, columns);
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            while last.width() + mark.width() > columns {
                last.pop();
            }
            last.push_str(mark);
        }
    }
    lines
}

/// The lines as text.
pub(super) fn render(lines: &[Line], look: Look) -> String {
    let mut text = String::new();
    for line in lines {
        let begin = text.len();
        for piece in line {
            let code = if look.color { piece.role.code() } else { "" };
            if code.is_empty() || piece.text.trim().is_empty() {
                text.push_str(&piece.text);
            } else {
                text.extend(["\x1b[", code, "m", &piece.text, "\x1b[0m"]);
            }
        }
        text.truncate(begin + text[begin..].trim_end_matches(' ').len());
        text.push('\n');
    }
    text
}
