//! A program's output as lines for a log: bounded, and without anything that could move a terminal's cursor.

/// The longest line, in characters; the rest of it is dropped.
pub(super) const LINE_LIMIT: usize = 1_000;

/// Cuts bytes into lines. Escape sequences are dropped, other control characters become spaces, `\r` ends a line as `\n` does.
#[derive(Debug, Default)]
pub(super) struct Lines {
    line: Vec<u8>,
    cut: bool,
    escape: Escape,
    after_return: bool,
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
        let mut clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LINE_LIMIT).collect();
        if self.cut || text.chars().nth(LINE_LIMIT).is_some() {
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
