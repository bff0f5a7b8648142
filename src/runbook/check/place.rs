//! From the bytes of a value to the bytes of the file.

use std::cell::OnceCell;
use std::ops::Range;

use crate::diag::{Source, Span};

/// The way from one value to its place. What it costs to find is paid once, however many places of the value are asked for.
pub(super) struct Place<'a> {
    raw: &'a str,
    text: &'a str,
    span: &'a Span,
    /// Where the value stands in the file as it is read, when it does.
    base: OnceCell<Option<usize>>,
    /// The bytes of each `{{` in the value, and in the file; with a dollar sign or, by mistake, without.
    opens: OnceCell<(Vec<usize>, Vec<usize>)>,
}

impl<'a> Place<'a> {
    pub(super) fn new(source: &'a Source, text: &'a str, span: &'a Span) -> Self {
        let raw = source.text.get(span.clone()).unwrap_or("");
        Self { raw, text, span, base: OnceCell::new(), opens: OnceCell::new() }
    }

    /// The bytes of the file that are bytes `within` of the value. A value in quotes or over several lines is not written as it is read;
    /// then the expression is looked for by its number. When even that does not find it, the place of the value has to do.
    pub(super) fn of(&self, within: &Range<usize>) -> Span {
        let Some(wanted) = self.text.get(within.clone()) else { return self.span.clone() };
        if let Some(at) = *self.base.get_or_init(|| self.raw.find(self.text)) {
            return self.span.start + at + within.start..self.span.start + at + within.end;
        }
        let opens = |text: &str| text.match_indices("{{").map(|(at, _)| at).collect::<Vec<_>>();
        let (in_text, in_raw) = self.opens.get_or_init(|| (opens(self.text), opens(self.raw)));
        let number = in_text.partition_point(|open| *open <= within.start);
        let nth = |opens: &[usize]| number.checked_sub(1).and_then(|at| opens.get(at)).copied();
        let (Some(open), Some(written)) = (nth(in_text), nth(in_raw)) else { return self.span.clone() };
        let start = written + within.start.saturating_sub(open);
        if self.raw.get(start..start + wanted.len()) == Some(wanted) {
            self.span.start + start..self.span.start + start + wanted.len()
        } else {
            self.span.clone()
        }
    }
}
