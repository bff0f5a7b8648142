//! Which entries of the timeline are shown, and how many lines they take: kept as entries come, so that a timeline of days scrolls as
//! quickly as one of minutes.

use std::borrow::Cow;

use super::text::{lines_of, utc_on};
use crate::view::{Entry, RunView};

/// The shown entries and where their lines end.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Entries {
    columns: usize,
    filter: String,
    /// How many of the run's entries were looked at.
    seen: usize,
    places: Vec<usize>,
    ends: Vec<usize>,
}

impl Entries {
    /// Brings it up to date: entries that hold `filter`, in lines of `columns`. Gives how many lines were added at the end.
    pub(super) fn update(&mut self, run: &RunView, filter: &str, columns: usize) -> usize {
        let filter = filter.to_lowercase();
        let anew = columns != self.columns || filter != self.filter;
        let before = self.lines();
        if anew {
            // What holds a longer text is among what held its beginning.
            let narrower = filter.starts_with(&self.filter).then(|| std::mem::take(&mut self.places));
            let seen = if narrower.is_some() { self.seen } else { 0 };
            *self = Self { columns, filter, seen, ..Self::default() };
            for place in narrower.into_iter().flatten() {
                self.take(run, place);
            }
        }
        for place in self.seen..run.timeline.len() {
            self.take(run, place);
        }
        self.seen = run.timeline.len();
        if anew { 0 } else { self.lines() - before }
    }

    fn take(&mut self, run: &RunView, place: usize) {
        let Some(entry) = run.timeline.get(place) else { return };
        let text = text(entry, run);
        if self.filter.is_empty() || text.to_lowercase().contains(&self.filter) {
            self.places.push(place);
            self.ends.push(self.lines() + lines_of(&text, self.columns));
        }
    }

    /// How many lines there are in all.
    pub(super) fn lines(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }

    /// How many entries are shown.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// The place in the timeline of a shown entry.
    pub(super) fn place(&self, at: usize) -> Option<usize> {
        self.places.get(at).copied()
    }

    /// The shown entry at a place in the timeline, or the last before it, or the first.
    pub(super) fn nearest(&self, place: usize) -> usize {
        self.places.partition_point(|shown| *shown <= place).saturating_sub(1)
    }

    /// The lines of a shown entry.
    pub(super) fn lines_at(&self, at: usize) -> std::ops::Range<usize> {
        let end = |at: usize| self.ends.get(at).copied().unwrap_or(0);
        at.checked_sub(1).map_or(0, end)..end(at)
    }

    /// The shown entry that has a line.
    pub(super) fn on(&self, line: usize) -> Option<usize> {
        let at = self.ends.partition_point(|end| *end <= line);
        (at < self.ends.len()).then_some(at)
    }

    /// The entries that have a line in `lines`, by their places in the timeline, and how many lines of the first are before it.
    pub(super) fn within(&self, lines: std::ops::Range<usize>) -> (&[usize], usize) {
        let first = self.ends.partition_point(|end| *end <= lines.start);
        let begin = first.checked_sub(1).map_or(0, |before| self.ends[before]);
        let last = self.ends.partition_point(|end| *end < lines.end) + 1;
        (self.places.get(first..last.min(self.places.len())).unwrap_or_default(), lines.start.saturating_sub(begin))
    }
}

/// An entry's words, with its date where that is not the day on which the run began, the name of who did it where they do not tell, and
/// when it was written where that was later.
pub(super) fn text<'a>(entry: &'a Entry, run: &RunView) -> Cow<'a, str> {
    let day = run.state.as_ref().map_or(entry.happened, |state| state.started.wall);
    let date = |at: jiff::Timestamp| at.to_zoned(jiff::tz::TimeZone::UTC).date();
    let words = words(entry);
    if date(day) == date(entry.happened) { words } else { format!("[{}] {words}", date(entry.happened)).into() }
}

fn words(entry: &Entry) -> Cow<'_, str> {
    match &entry.by {
        _ if entry.happened != entry.at.wall => format!("{} (written at {})", entry.text, utc_on(entry.at.wall, entry.happened)).into(),
        Some(by) if !entry.text.contains(&by.name) => format!("{} ({})", entry.text, by.name).into(),
        _ => entry.text.as_str().into(),
    }
}
