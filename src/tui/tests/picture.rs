//! A frame as text and style: below its lines the same lines again, each cell named by a letter for how it looks, and what the letters
//! mean. The letter of a look is that of the first role that looks so; a line like the one above it is a `"`.

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Position;
use ratatui::style::{Color, Modifier, Style};

use crate::engine::RunKind;
use crate::tui::theme::{Role, Theme};

/// The letter of each role. On a reversed line they are capitals.
fn letter(role: Role) -> char {
    match role {
        Role::Text => ' ',
        Role::Dim => 'd',
        Role::Strong => 's',
        Role::Good => 'g',
        Role::Bad => 'b',
        Role::Attention => 'a',
        Role::Running => 'r',
        Role::Heading => 'h',
        Role::Selected => '_',
        Role::Key => 'k',
        Role::Input => 'i',
        Role::BadgeGood => '1',
        Role::BadgeBad => '2',
        Role::BadgeAttention => '3',
        Role::Match => 'm',
    }
}

/// The looks of a theme and their letters; the first that fits a cell names it.
fn letters(theme: &Theme, kind: Option<RunKind>) -> Vec<(Style, char)> {
    let mut all: Vec<(Style, char)> = Role::ALL.into_iter().map(|role| (theme.style(role), letter(role))).collect();
    all.push((theme.kind_border(kind, false), '.'));
    all.push((theme.kind_border(kind, true), '+'));
    if let Some(kind) = kind {
        all.push((theme.kind_badge(kind), '4'));
    }
    all
}

/// A cell's look, spelled out; nothing for the terminal's own.
fn words(cell: (Color, Color, Modifier)) -> String {
    let (fg, bg, modifier) = cell;
    let name = |color: Color| format!("{color:?}").to_lowercase();
    let mut words = Vec::new();
    if fg != Color::Reset {
        words.push(name(fg));
    }
    if bg != Color::Reset {
        words.push(format!("on {}", name(bg)));
    }
    for (one, word) in [(Modifier::BOLD, "bold"), (Modifier::UNDERLINED, "underlined"), (Modifier::REVERSED, "reversed")] {
        if modifier.contains(one) {
            words.push(word.to_owned());
        }
    }
    assert!((modifier - Modifier::BOLD - Modifier::UNDERLINED - Modifier::REVERSED).is_empty(), "{modifier:?}: write it down here");
    words.join(" ")
}

/// The frame, and how its cells look.
pub(in crate::tui) fn picture(text: &str, buffer: &Buffer, cursor: Option<Position>, theme: &Theme, kind: Option<RunKind>) -> String {
    let (ground_fg, ground_bg) = theme.ground().unwrap_or((Color::Reset, Color::Reset));
    let looks = |style: Style| (style.fg.unwrap_or(ground_fg), style.bg.unwrap_or(ground_bg), style.add_modifier);
    let letters: Vec<_> = letters(theme, kind).into_iter().map(|(style, letter)| (looks(style), letter)).collect();
    let mut meanings: Vec<(char, String)> = Vec::new();
    let mut name = |cell: &Cell| {
        let look = (cell.fg, cell.bg, cell.modifier);
        let upright = (cell.fg, cell.bg, cell.modifier - Modifier::REVERSED);
        let known = |look| letters.iter().find(|(known, _)| *known == look).map(|(_, letter)| *letter);
        let letter = match known(look) {
            Some(letter) => letter,
            None if cell.modifier.contains(Modifier::REVERSED) => match known(upright) {
                Some(letter) if letter.is_ascii_lowercase() => letter.to_ascii_uppercase(),
                // A digit, or a mixture: told by its words.
                _ => other(&meanings, &words(look)),
            },
            None => other(&meanings, &words(look)),
        };
        if letter != ' ' && !meanings.iter().any(|(known, _)| *known == letter) {
            meanings.push((letter, words(look)));
        }
        letter
    };
    let mut lines: Vec<String> = Vec::new();
    for row in buffer.content.chunks(usize::from(buffer.area.width)) {
        let line: String = row.iter().map(&mut name).collect();
        lines.push(line.trim_end().to_owned());
    }
    let same = |at: usize| at > 0 && !lines[at].is_empty() && lines[at] == lines[at - 1];
    let map: Vec<&str> = (0..lines.len()).map(|at| if same(at) { "\"" } else { lines[at].as_str() }).collect();
    meanings.sort_unstable();
    let meanings: Vec<String> = meanings.into_iter().map(|(letter, words)| format!("{letter} {words}")).collect();
    let cursor = cursor.map_or(String::new(), |at| format!("; the cursor in column {} of line {}", at.x + 1, at.y + 1));
    format!("{text}\n==== {}{cursor}\n{}", meanings.join(", "), map.join("\n"))
}

/// A letter for a look that is no role's: the same for the same words.
fn other(meanings: &[(char, String)], words: &str) -> char {
    let known = meanings.iter().find(|(letter, known)| ('v'..='z').contains(letter) && known == words).map(|(letter, _)| *letter);
    let free = || ('v'..='z').find(|letter| !meanings.iter().any(|(known, _)| known == letter));
    known.or_else(free).unwrap_or_else(|| panic!("more looks than letters: {words}"))
}
