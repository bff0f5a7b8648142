//! A program's output as lines for a log: bounded, without secrets, and without anything that could move a terminal's cursor.

use crate::world::Secrets;

/// The longest line, in characters; the rest of it is dropped.
pub(super) const LINE_LIMIT: usize = 1_000;

/// Cuts bytes into lines. Secrets and escape sequences are dropped, other control characters become spaces, `\r` ends a line as
/// `\n` does.
#[derive(Debug, Default)]
pub(super) struct Lines {
    line: Vec<u8>,
    cut: bool,
    escape: Escape,
    after_return: bool,
    secrets: Secrets,
}

/// Where in an escape sequence we are.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
enum Escape {
    #[default]
    None,
    /// After ESC.
    Begun,
    /// Inside `ESC [ …`, until a byte from `@` to `~`.
    Control,
    /// Inside `ESC ] …` and the like, until BEL or ESC.
    Text,
}

impl Lines {
    pub(super) fn new(secrets: Secrets) -> Self {
        Self { secrets, ..Self::default() }
    }

    /// Takes more output; gives each whole line to `emit`.
    pub(super) fn push(&mut self, bytes: &[u8], emit: &mut impl FnMut(&str)) {
        for &byte in bytes {
            let newline_of_return = byte == b'\n' && self.after_return;
            self.after_return = byte == b'\r';
            match byte {
                b'\n' if newline_of_return => {}
                b'\n' | b'\r' => self.end(emit),
                _ => self.take(byte),
            }
        }
    }

    /// The output is over: what is left is a line.
    pub(super) fn finish(mut self, emit: &mut impl FnMut(&str)) {
        if !self.line.is_empty() {
            self.end(emit);
        }
    }

    fn take(&mut self, byte: u8) {
        self.escape = match (self.escape, byte) {
            (Escape::None | Escape::Text, 0x1b) => Escape::Begun,
            (Escape::None, _) => {
                self.keep(if byte < 0x20 || byte == 0x7f { b' ' } else { byte });
                Escape::None
            }
            (Escape::Begun, b'[') => Escape::Control,
            (Escape::Begun, b']' | b'P' | b'X' | b'^' | b'_') => Escape::Text,
            (Escape::Begun, _) => Escape::None,
            (Escape::Control, 0x40..=0x7e) | (Escape::Text, 0x07) => Escape::None,
            (inside, _) => inside,
        };
    }

    fn keep(&mut self, byte: u8) {
        // Four bytes to a character at most.
        if self.line.len() < LINE_LIMIT * 4 {
            self.line.push(byte);
        } else {
            self.cut = true;
        }
    }

    fn end(&mut self, emit: &mut impl FnMut(&str)) {
        let text = String::from_utf8_lossy(&self.line);
        // C1 controls are control characters too, and come as two bytes.
        let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        // Before the line is shortened: half a secret would not be known again.
        let hidden = match self.cut {
            // A character that was cut in two is no part of a secret's beginning.
            true => self.secrets.hide_cut(clean.trim_end_matches(char::REPLACEMENT_CHARACTER)),
            false => self.secrets.hide(&clean),
        };
        let mut clean: String = hidden.chars().take(LINE_LIMIT).collect();
        if self.cut || hidden.chars().nth(LINE_LIMIT).is_some() {
            clean.push('…');
        }
        emit(clean.trim_end());
        self.line.clear();
        self.cut = false;
        self.escape = Escape::None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(chunks: &[&[u8]]) -> Vec<String> {
        let mut out = Vec::new();
        let mut lines = Lines::default();
        let mut emit = |line: &str| out.push(line.to_owned());
        for chunk in chunks {
            lines.push(chunk, &mut emit);
        }
        lines.finish(&mut emit);
        out
    }

    #[test]
    fn lines_end_at_either_sign_and_need_no_last_one() {
        assert_eq!(lines(&[b"a\nb\r\nc\rd", b"e\n\nf"]), ["a", "b", "c", "de", "", "f"]);
        assert_eq!(lines(&[b"a\r", b"\nb\n"]), ["a", "b"]);
    }

    #[test]
    fn a_secret_is_hidden_whatever_pieces_it_comes_in() {
        let secrets = Secrets::default();
        secrets.learn("hunter2-hunter2");
        let cut = |output: &[u8], size: usize| {
            let mut out = Vec::new();
            let mut lines = Lines::new(secrets.clone());
            let mut emit = |line: &str| out.push(line.to_owned());
            output.chunks(size).for_each(|chunk| lines.push(chunk, &mut emit));
            lines.finish(&mut emit);
            out
        };
        // In colours, as grep shows what it found.
        let output = b"token=hunter2-hunter2;\nhun\x1b[31mter2\x1b[0m-hunter2 end";
        for size in 1..=output.len() {
            assert_eq!(cut(output, size), ["token=[redacted];", "[redacted] end"]);
        }
        // On both sides of where a line is shortened, and of where no more of it is kept.
        for before in [LINE_LIMIT - 7, LINE_LIMIT * 4 - 7] {
            let long = format!("{}hunter2-hunter2", "x".repeat(before));
            assert!(!cut(long.as_bytes(), 8_192).concat().contains("hun"), "after {before}");
            let wide = format!("{}hunter2-hunter2", "\u{1f600}".repeat(before / 4));
            assert!(!cut(wide.as_bytes(), 8_192).concat().contains("hun"), "after {before}");
        }
    }

    #[test]
    fn nothing_moves_the_cursor() {
        assert_eq!(lines(&[b"\x1b[31mred\x1b[0m \x1b]0;title\x07ok\x1b(B \x07bell\ttab\x7f."]), ["red okB  bell tab ."]);
        assert_eq!(lines(&[b"\x1b]0;no end\nnext"]), ["", "next"]);
        assert_eq!(lines(&["\u{9b}2Jx".as_bytes()]), [" 2Jx"]);
        assert_eq!(lines(&[b"\xff\xfe"]), ["\u{fffd}\u{fffd}"]);
    }

    #[test]
    fn a_line_without_end_is_cut_and_takes_bounded_memory() {
        let mut out = Vec::new();
        let mut cutter = Lines::default();
        let mut emit = |line: &str| out.push(line.to_owned());
        for _ in 0..10_000 {
            cutter.push(&[b'x'; 1_000], &mut emit);
        }
        assert!(cutter.line.capacity() <= LINE_LIMIT * 8);
        cutter.finish(&mut emit);
        assert_eq!(out.len(), 1);
        assert_eq!(out[0].chars().count(), LINE_LIMIT + 1);
        assert!(out[0].ends_with("x…"));
    }
}
