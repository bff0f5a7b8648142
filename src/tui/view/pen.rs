//! Writes lines that fit a width: everything that comes from outside is made harmless on the way.

use std::borrow::Cow;

use ratatui::text::{Line, Span};

use crate::tui::text;
use crate::tui::theme::{Role, Theme};

/// Lines being written.
pub(in crate::tui) struct Pen<'a> {
    /// The look.
    pub theme: &'a Theme,
    /// Columns there are.
    pub width: usize,
    /// What was written.
    pub lines: Vec<Line<'static>>,
}

impl<'a> Pen<'a> {
    /// An empty page.
    pub(in crate::tui) fn new(theme: &'a Theme, width: usize) -> Self {
        Self { theme, width, lines: Vec::new() }
    }

    /// A short piece of text.
    pub(in crate::tui) fn span<'t>(&self, role: Role, content: impl Into<Cow<'t, str>>) -> Span<'static> {
        let content = content.into();
        let content = match text::clean(&content) {
            Cow::Owned(cleaned) => cleaned,
            Cow::Borrowed(_) => content.into_owned(),
        };
        Span::styled(content, self.theme.style(role))
    }

    /// An empty line, unless the page begins or one is there already.
    pub(in crate::tui) fn blank(&mut self) {
        if self.lines.last().is_some_and(|line| line.width() > 0) {
            self.lines.push(Line::default());
        }
    }

    /// A heading, with an empty line before it.
    pub(in crate::tui) fn heading(&mut self, title: &str) {
        self.blank();
        self.text(Role::Heading, 0, title);
    }

    /// Wrapped text, `indent` columns from the left.
    pub(in crate::tui) fn text(&mut self, role: Role, indent: usize, content: &str) {
        self.hang(role, &" ".repeat(indent), Role::Text, content);
    }

    /// Wrapped text after a lead (a symbol, a label); what follows hangs under it.
    pub(in crate::tui) fn hang(&mut self, role: Role, lead: &str, lead_role: Role, content: &str) {
        let lead = text::fit(lead, self.width / 2, self.theme.glyphs.ellipsis);
        let indent = text::width(&lead);
        let style = self.theme.style(role);
        for (i, line) in text::wrap(content, self.width.saturating_sub(indent)).into_iter().enumerate() {
            let front = if i == 0 { Span::styled(lead.clone(), self.theme.style(lead_role)) } else { Span::raw(" ".repeat(indent)) };
            self.lines.push(Line::from(vec![front, Span::styled(line, style)]));
        }
    }

    /// A label and its value, the values in one column.
    pub(in crate::tui) fn pair(&mut self, label: &str, column: usize, role: Role, value: &str) {
        let lead = text::pad(label, column, self.theme.glyphs.ellipsis);
        self.hang(role, &format!("{lead} "), Role::Dim, value);
    }

    /// One line: text on the left, cut when it must be, and text on the right.
    pub(in crate::tui) fn both(&mut self, left: Vec<Span<'static>>, right: Vec<Span<'static>>) {
        let line = both(left, right, self.width, self.theme.glyphs.ellipsis);
        self.lines.push(line);
    }
}

/// One line of `width` columns: what stands on the right is kept, what stands on the left is cut.
pub(in crate::tui) fn both(left: Vec<Span<'static>>, right: Vec<Span<'static>>, width: usize, mark: &str) -> Line<'static> {
    let kept: usize = right.iter().map(Span::width).sum();
    let room = width.saturating_sub(kept + usize::from(kept > 0));
    let mut spans = cut(left, room, mark);
    let used: usize = spans.iter().map(Span::width).sum();
    spans.push(Span::raw(" ".repeat(width.saturating_sub(used + kept))));
    spans.extend(right);
    Line::from(spans)
}

/// The spans cut to `room` columns.
pub(in crate::tui) fn cut(spans: Vec<Span<'static>>, room: usize, mark: &str) -> Vec<Span<'static>> {
    let mut out = Vec::with_capacity(spans.len());
    let mut used = 0;
    for span in spans {
        let width = span.width();
        if used + width <= room {
            used += width;
            out.push(span);
        } else {
            let content = text::fit(&span.content, room - used, mark);
            out.push(Span::styled(content, span.style));
            break;
        }
    }
    out
}
