//! Text for the clipboard of the person's own terminal: OSC 52, which goes through ssh, and through tmux and screen where it is wrapped
//! for them.

use crossterm::Command;
use crossterm::clipboard::CopyToClipboard;

/// The most bytes of text that are sent: terminals take some 75,000 bytes of base64 and drop a longer sequence silently.
const MOST: usize = 48 * 1_024;

/// The last line of a text that was cut.
const CUT: &str = "\n(cut here: too long for a clipboard)\n";

/// Bytes GNU screen passes on at once.
const SCREEN_CHUNK: usize = 240;

/// What stands between us and the terminal that has the clipboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Between {
    /// Nothing that minds.
    Nothing,
    /// tmux takes the sequence itself (`set-clipboard on`) or passes on what is wrapped (`allow-passthrough on`).
    Tmux,
    /// GNU screen passes on what is wrapped, in small pieces.
    Screen,
}

impl Between {
    /// What the environment tells.
    pub(super) fn of(tmux: bool, screen: bool) -> Self {
        match (tmux, screen) {
            (true, _) => Self::Tmux,
            (false, true) => Self::Screen,
            (false, false) => Self::Nothing,
        }
    }
}

impl Between {
    /// A sequence as whatever stands between passes it on.
    pub(super) fn wrap(self, plain: &str) -> String {
        match self {
            Self::Nothing => plain.to_owned(),
            Self::Tmux => format!("\u{1b}Ptmux;{}\u{1b}\\", plain.replace('\u{1b}', "\u{1b}\u{1b}")),
            Self::Screen => {
                // Its own wrapping ends at the first ESC \, so the sequence inside ends with BEL.
                let inner = plain.strip_suffix("\u{1b}\\").map_or_else(|| plain.to_owned(), |begin| format!("{begin}\u{7}"));
                let (mut out, mut rest) = (String::new(), inner.as_str());
                while !rest.is_empty() {
                    let end = (1..=rest.len().min(SCREEN_CHUNK)).rev().find(|end| rest.is_char_boundary(*end)).unwrap_or(rest.len());
                    let (piece, after) = rest.split_at(end);
                    out.push_str(&format!("\u{1b}P{piece}\u{1b}\\"));
                    rest = after;
                }
                out
            }
        }
    }
}

/// The text as it is sent: no control character but line ends, and no longer than terminals take.
pub(super) fn bounded(text: &str) -> String {
    let harmless: String = text.split('\n').map(super::text::clean).collect::<Vec<_>>().join("\n");
    if harmless.len() <= MOST {
        return harmless;
    }
    let room = MOST - CUT.len();
    let end = (0..=room).rev().find(|end| harmless.is_char_boundary(*end)).unwrap_or(0);
    format!("{}{CUT}", &harmless[..end])
}

/// The bytes that put the text on the clipboard. All of it that came from outside is base64.
pub(super) fn sequence(text: &str, between: Between) -> String {
    let mut plain = String::new();
    // Writing to a string does not fail.
    CopyToClipboard::to_clipboard_from(bounded(text)).write_ansi(&mut plain).unwrap_or_default();
    match between {
        // Which of the two tmux heeds is its settings' choice; the other is dropped.
        Between::Tmux => format!("{plain}{}", between.wrap(&plain)),
        Between::Nothing | Between::Screen => between.wrap(&plain),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_sequence_is_what_terminals_expect() {
        assert_eq!(sequence("foo", Between::Nothing), "\u{1b}]52;c;Zm9v\u{1b}\\");
        let tmux = "\u{1b}]52;c;Zm9v\u{1b}\\\u{1b}Ptmux;\u{1b}\u{1b}]52;c;Zm9v\u{1b}\u{1b}\\\u{1b}\\";
        assert_eq!(sequence("foo", Between::Tmux), tmux);
        assert_eq!(sequence("foo", Between::Screen), "\u{1b}P\u{1b}]52;c;Zm9v\u{7}\u{1b}\\");
    }

    #[test]
    fn a_long_text_is_cut_and_says_so() {
        let long = "é".repeat(MOST);
        let sent = bounded(&long);
        assert!(sent.len() <= MOST && sent.ends_with(CUT), "{}", sent.len());
        assert!(sequence(&long, Between::Nothing).len() < 75_000);
        let screen = sequence(&long, Between::Screen);
        assert!(screen.split("\u{1b}\\").all(|piece| piece.len() <= SCREEN_CHUNK + 2));
    }

    proptest! {
        #[test]
        fn nothing_from_outside_controls_the_terminal(text in any::<String>()) {
            let sent = sequence(&text, Between::Nothing);
            let inside = sent.strip_prefix("\u{1b}]52;c;").and_then(|rest| rest.strip_suffix("\u{1b}\\")).expect("the frame of the sequence");
            prop_assert!(inside.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=')));
            prop_assert!(bounded(&text).chars().all(|c| c == '\n' || !c.is_control()));
        }
    }
}
