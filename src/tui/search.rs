//! Looking for a text in the timeline or in the plan: only the lines that hold it (the timeline's filter), or all of them with the text
//! marked wherever it stands, and the way from one place to the next.

use std::ops::Range;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use tui_input::Input;

use super::entries;
use super::keymap::{Do, name};
use super::model::{Model, Screen};
use super::rows::Row;
use super::text::{clean, fit};
use super::{dialog, mark, moving};
use crate::plan::Change;
use crate::view::RunView;

/// Columns of the text where it is named again.
const NAMED: usize = 40;

/// What is looked for.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// The text.
    pub text: Input,
    /// It is being typed.
    pub typing: bool,
    /// The timeline shows only what holds it.
    pub only: bool,
    /// Where it was found: places in the timeline, or rows of the plan.
    hits: Vec<usize>,
    /// What was looked at for that.
    of: Of,
    /// Where it began.
    origin: Option<usize>,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Of {
    text: String,
    plan: bool,
    /// Entries of the timeline, or records of the run.
    seen: usize,
}

impl Search {
    /// The timeline's filter, empty where there is none.
    pub fn filter(&self) -> &str {
        if self.only { self.text.value() } else { "" }
    }

    /// How often it was found.
    pub fn hits(&self) -> usize {
        self.hits.len()
    }
}

/// A view in which a text can be looked for.
pub(super) fn is_possible(model: &Model) -> bool {
    matches!(model.screen, Screen::Timeline | Screen::Plan)
}

/// A text is looked for here.
pub(super) fn is_on(model: &Model) -> bool {
    is_possible(model) && !model.search.text.value().is_empty()
}

/// Begins to look for a text; `only`: what does not hold it goes away meanwhile.
pub(super) fn begin(model: &mut Model, only: bool) {
    model.search.typing = true;
    model.search.only = only;
    model.search.origin = at(model);
}

/// Nothing is looked for any more.
pub(super) fn end(model: &mut Model) {
    (model.search.typing, model.search.only) = (false, false);
    model.search.text.reset();
}

/// A key while the text is being typed.
pub(super) fn key(model: &mut Model, event: &KeyEvent) {
    match event.code {
        KeyCode::Enter => model.search.typing = false,
        KeyCode::Esc => {
            let origin = model.search.origin.filter(|_| !model.search.only);
            end(model);
            model.refresh();
            origin.into_iter().for_each(|place| go(model, place));
        }
        _ => {
            let Some(request) = dialog::edit(event) else { return };
            model.search.text.handle(request);
            if model.search.only {
                (model.timeline_back, model.marked) = (0, None);
            } else {
                refresh(model);
                // The nearest before where one is: the newest entry is the last.
                let origin = model.search.origin.unwrap_or(0);
                let before = model.search.hits.partition_point(|hit| *hit <= origin).saturating_sub(1);
                let place = model.search.hits.get(before).copied().filter(|_| is_on(model)).unwrap_or(origin);
                go(model, place);
            }
        }
    }
}

/// Brings up to date where the text stands.
pub(super) fn refresh(model: &mut Model) {
    if !is_on(model) {
        model.search.hits.clear();
        model.search.of = Of::default();
        return;
    }
    let plan = model.screen == Screen::Plan;
    let text = model.search.text.value().to_lowercase();
    let (known, from) = (&model.search.of, model.search.of.seen);
    let same = known.text == text && known.plan == plan;
    let seen = if plan { usize::try_from(model.run.records).unwrap_or(usize::MAX) } else { model.run.timeline.len() };
    if same && from == seen {
        return;
    }
    if plan {
        model.search.hits = (0..model.rows.len()).filter(|row| row_holds(model, *row, &text)).collect();
    } else {
        // Entries only come at the end.
        let from = if same { from } else { 0 };
        let found = found_from(&model.run, from, &text);
        model.search.hits.truncate(if same { usize::MAX } else { 0 });
        model.search.hits.extend(found);
    }
    model.search.of = Of { text, plan, seen };
}

fn found_from(run: &RunView, from: usize, text: &str) -> Vec<usize> {
    let entries = run.timeline.iter().enumerate().skip(from);
    entries.filter(|(_, entry)| entries::text(entry, run).to_lowercase().contains(text)).map(|(place, _)| place).collect()
}

/// What a row of the plan says of a step, without what is the same for all.
fn row_holds(model: &Model, row: usize, text: &str) -> bool {
    let Some(Row::Step { index, .. }) = model.rows.get(row) else { return false };
    let Some((plan, step)) = model.step(*index) else { return false };
    let holds = |words: &str| words.to_lowercase().contains(text);
    let changes = |change: &Change| {
        let fields = change.fields.iter().flat_map(|field| [&field.name, &field.before, &field.after]);
        let mut rest = change.costs().chain(change.remarks());
        [&change.operation, &change.resource, &change.region].into_iter().chain(fields).any(|words| holds(words))
            || rest.any(|words| holds(&words))
    };
    holds(&plan.title) || step.change.as_ref().map_or_else(|| holds(&plan.action), changes)
}

/// Where one is: a place in the timeline, or a row of the plan.
fn at(model: &Model) -> Option<usize> {
    match model.screen {
        Screen::Plan => model.rows.iter().position(|row| model.selected.is(row)),
        _ => mark::at(model).and_then(|at| model.entries.place(at)),
    }
}

fn go(model: &mut Model, place: usize) {
    match model.screen {
        Screen::Plan => moving::select_row(model, place),
        _ => mark::go_to(model, place),
    }
}

/// To the next or the previous place; round about, and that is said.
pub(super) fn step(model: &mut Model, what: Do) {
    refresh(model);
    let here = at(model);
    let hits = &model.search.hits;
    let (Some(first), Some(last)) = (hits.first().copied(), hits.last().copied()) else {
        model.complain(format!("Nothing here holds \"{}\".", named(model)));
        return;
    };
    let all = hits.len();
    let (next, round) = if what == Do::NextMatch {
        (hits.iter().find(|hit| here.is_none_or(|here| **hit > here)).copied(), first)
    } else {
        (hits.iter().rev().find(|hit| here.is_none_or(|here| **hit < here)).copied(), last)
    };
    match next {
        Some(place) => go(model, place),
        None => {
            let only = all == 1 && here == Some(first);
            go(model, round);
            model.say(match (what, only) {
                (_, true) => "This is the only match.".to_owned(),
                (Do::NextMatch, _) => format!("That was the last of {all}: round to the first."),
                _ => format!("That was the first of {all}: round to the last."),
            });
        }
    }
}

/// The text, short enough to stand among others.
pub(super) fn named(model: &Model) -> String {
    fit(&clean(model.search.text.value()), NAMED, model.theme.glyphs.ellipsis)
}

/// Which of how many, or how many.
pub(super) fn count(model: &Model) -> String {
    let hits = &model.search.hits;
    match (hits.len(), at(model).and_then(|at| hits.binary_search(&at).ok())) {
        (0, _) => "no match".into(),
        (all, Some(place)) => format!("{} of {all}", place + 1),
        (1, None) => "1 match".into(),
        (all, None) => format!("{all} matches"),
    }
}

/// Why there is nowhere to go.
pub(super) fn why_not(model: &Model) -> Option<String> {
    is_possible(model).then(|| format!("Nothing is looked for: press {} and type it.", name(Do::Search)))
}

/// The line with the text marked wherever it stands in one of its pieces.
pub(super) fn marked(line: Line<'static>, text: &str, style: Style) -> Line<'static> {
    let text = text.to_lowercase();
    if text.is_empty() {
        return line;
    }
    let (whole, alignment) = (line.style, line.alignment);
    let mut spans = Vec::with_capacity(line.spans.len());
    for span in line.spans {
        let mut from = 0;
        for place in places(&span.content, &text) {
            spans.push(Span::styled(span.content[from..place.start].to_owned(), span.style));
            spans.push(Span::styled(span.content[place.clone()].to_owned(), style));
            from = place.end;
        }
        if from == 0 { spans.push(span) } else { spans.push(Span::styled(span.content[from..].to_owned(), span.style)) }
    }
    Line { style: whole, alignment, spans }
}

/// Where a text in small letters stands, whatever its letters are there. A letter may be longer in the other case.
fn places(content: &str, text: &str) -> Vec<Range<usize>> {
    let mut small = String::with_capacity(content.len());
    let mut from: Vec<usize> = Vec::with_capacity(content.len());
    for (at, c) in content.char_indices() {
        small.extend(c.to_lowercase());
        from.resize(small.len(), at);
    }
    let found = small.match_indices(text).map(|(begin, text)| {
        let last = from[begin + text.len() - 1];
        from[begin]..last + content[last..].chars().next().map_or(0, char::len_utf8)
    });
    let mut places: Vec<Range<usize>> = Vec::new();
    for place in found {
        // Two that share a letter are one.
        match places.last_mut().filter(|last| last.end > place.start) {
            Some(last) => last.end = last.end.max(place.end),
            None => places.push(place),
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_found_in_either_case_and_cut_whole() {
        let found =
            |content: &str, text: &str| places(content, text).into_iter().map(|place| content[place].to_owned()).collect::<Vec<_>>();
        assert_eq!(found("Freeze, freeze FREEZE", "freeze"), ["Freeze", "freeze", "FREEZE"]);
        assert_eq!(found("ÄRGER mit Ärger", "ärger"), ["ÄRGER", "Ärger"]);
        // One letter there, two in small letters.
        assert_eq!(found("xİx", "i"), ["İ"]);
        assert_eq!(found("xİx", "\u{307}x"), ["İx"]);
        assert_eq!(found("宣言する", "言"), ["言"]);
        assert_eq!(found("aaa", "aa"), ["aa"]);
        assert!(found("nothing", "x").is_empty());
    }

    #[test]
    fn what_is_marked_says_the_same() {
        let line = Line::from(vec![Span::raw("02:47 "), Span::raw("freeze done, unfreeze ready")]);
        let marked = marked(line.clone(), "FREEZE", Style::new().bold());
        assert_eq!(marked.to_string(), line.to_string());
        assert_eq!(marked.spans.iter().filter(|span| span.style == Style::new().bold()).count(), 2);
    }
}
