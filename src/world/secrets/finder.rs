//! Finds every form of every secret in one pass over a text.

use std::collections::BTreeSet;
use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

/// How long the blocks are by which base64 is found, and how far apart.
const BLOCK: usize = 8;
const STRIDE: usize = 4;

/// The shortest piece of base64 that is hidden where it is not all of a secret: it holds eight bytes of it.
const SHORTEST_PIECE: usize = BLOCK + STRIDE - 1;

/// Base64 is folded anywhere, and then joined to something else: of a long one, a line has only a piece. Blocks of it are looked for, and
/// what is around a block that was found is compared.
#[derive(Debug)]
pub(super) struct Finder {
    automaton: AhoCorasick,
    /// How many patterns are whole forms. Those behind them are blocks.
    forms: usize,
    /// Of each block: of which text in base64, and where in it.
    blocks: Vec<(usize, usize)>,
    encoded: Vec<String>,
}

impl Finder {
    pub(super) fn new(forms: &BTreeSet<String>, encoded: &BTreeSet<String>) -> Self {
        let encoded: Vec<String> = encoded.iter().filter(|text| text.len() >= BLOCK).cloned().collect();
        let starts = |text: &String| (0..text.len() - BLOCK).step_by(STRIDE).chain([text.len() - BLOCK]);
        let blocks: Vec<(usize, usize)> =
            encoded.iter().enumerate().flat_map(|(number, text)| starts(text).map(move |start| (number, start))).collect();
        let texts = blocks.iter().map(|(number, start)| &encoded[*number][*start..start + BLOCK]);
        let patterns = forms.iter().map(String::as_str).chain(texts);
        // A session token has a thousand characters and a dozen forms: a DFA would take megabytes for each.
        let builder = AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).ascii_case_insensitive(true).build(patterns);
        let automaton = builder.expect("it fails beyond 2^31 states, and an environment is bounded to a few million characters");
        Self { automaton, forms: forms.len(), blocks, encoded }
    }

    /// Where secrets are, in the order of the ends of what was found of them.
    pub(super) fn find(&self, text: &str) -> impl Iterator<Item = Range<usize>> {
        self.automaton.find_overlapping_iter(text).filter_map(move |found| match found.pattern().as_usize().checked_sub(self.forms) {
            None => Some(found.range()),
            Some(block) => self.piece(text.as_bytes(), found.range(), self.blocks[block]),
        })
    }

    /// The piece of base64 around a block, as far as it goes on in both directions. Here case counts.
    fn piece(&self, text: &[u8], found: Range<usize>, (number, start): (usize, usize)) -> Option<Range<usize>> {
        let whole = self.encoded[number].as_bytes();
        let same = |(a, b): &(&u8, &u8)| a == b;
        if text[found.clone()] != whole[start..start + BLOCK] {
            return None;
        }
        let before = text[..found.start].iter().rev().zip(whole[..start].iter().rev()).take_while(same).count();
        let behind = text[found.end..].iter().zip(&whole[start + BLOCK..]).take_while(same).count();
        let piece = found.start - before..found.end + behind;
        // Where a line was folded, a shorter piece is left of the beginning or the end.
        let begins = start == before && text.get(piece.end).is_none_or(|byte| !byte.is_ascii_alphanumeric());
        let ends = start + BLOCK + behind == whole.len();
        (piece.len() >= SHORTEST_PIECE.min(whole.len()) || begins || ends).then_some(piece)
    }
}
