//! From bytes to lines and columns, for many places of one text.

/// Where the lines of a text begin.
#[derive(Debug, Clone)]
pub struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// Goes through the text once.
    pub fn new(text: &'a str) -> Self {
        Self { text, starts: std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect() }
    }

    /// Line and column, both from 1, the column in characters, of the byte at `offset`.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let offset = self.text.floor_char_boundary(offset);
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        (line, self.text[self.starts[line - 1]..offset].chars().count() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::position;

    #[test]
    fn every_place_is_where_the_slow_way_finds_it() {
        for text in ["", "\n", "a\näb\n", "a\r\nö\r\n\r\nend"] {
            let lines = Lines::new(text);
            for offset in 0..text.len() + 2 {
                assert_eq!(lines.position(offset), position(text, offset), "{text:?} {offset}");
            }
        }
    }
}
