//! The steps over time: what each one waited, worked and proved, against how long it usually takes.

use std::time::Duration;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::pane;
use super::pen::both;
use crate::engine::{State, StepPhase, StepState};
use crate::plan::Step;
use crate::tui::gantt::{Axis, seconds};
use crate::tui::model::Model;
use crate::tui::rows::Row;
use crate::tui::text::{clean, clock, fit, pad, short, width};
use crate::tui::theme::Role;
use crate::tui::words;
use crate::view::{RecoveryTime, began, worked};

/// Lines of the pane that show no row: its borders, the times, the marks.
pub(in crate::tui) const GANTT_LINES: usize = 4;

/// Columns left of the chart and right of it.
fn sides(width: u16) -> (usize, usize) {
    match width {
        0..=99 => (28, 0),
        100..=159 => (38, 17),
        _ => (52, 17),
    }
}

/// Columns of the chart on a screen of so many.
pub(in crate::tui) fn columns(width: u16) -> usize {
    let (left, right) = sides(width);
    usize::from(width.saturating_sub(2)).saturating_sub(left + right)
}

/// Draws it on the whole body.
pub(in crate::tui) fn draw(model: &Model, frame: &mut Frame, area: Rect) {
    let Some(state) = model.state() else { return };
    let axis = Axis::of(model, state, columns(area.width));
    let scale = short(Duration::from_secs_f64(axis.scale));
    let fits = if model.gantt.zoom.is_none() { ", all of it" } else { "" };
    let title = format!("Gantt: a column is {scale}{fits}; times since the outage");
    let mut block = pane::block(model, &title, true, area.width);
    let inner = block.inner(area);
    let height = usize::from(area.height).saturating_sub(GANTT_LINES);
    let top = model.gantt.top.min(model.rows.len().saturating_sub(height));
    let foot = pane::more(model, top, model.rows.len().saturating_sub(top + height));
    let room = usize::from(inner.width).saturating_sub(foot.as_ref().map_or(0, Line::width) + 1);
    block = block.title_bottom(legend(model, room));
    if let Some(foot) = foot {
        block = block.title_bottom(foot.right_aligned());
    }
    frame.render_widget(block, area);
    frame.render_widget(Paragraph::new(vec![times(model, &axis, area.width), marks(model, state, &axis, area.width)]), inner);
    for (row, place) in model.rows.iter().skip(top).take(height).zip(inner.rows().skip(2)) {
        write_row(model, state, row, &axis, (frame.buffer_mut(), place));
    }
}

/// What the cells mean, as many as there is room for.
fn legend(model: &Model, room: usize) -> Line<'static> {
    let theme = &model.theme;
    let gantt = &theme.glyphs.gantt;
    let all = [
        (gantt.working, Role::Running, "works"),
        (gantt.proving, Role::Running, "proves"),
        (gantt.waiting, Role::Dim, "waits"),
        (gantt.expected, Role::Dim, "expected"),
        (gantt.usual, Role::Attention, "usual end"),
        (gantt.critical, Role::Strong, "critical path"),
    ];
    let mut spans = vec![Span::raw(" ")];
    let mut used = 2;
    for (symbol, role, word) in all {
        used += width(symbol) + width(word) + 3;
        if used > room {
            break;
        }
        spans.push(Span::styled(symbol, theme.style(role)));
        spans.push(Span::styled(format!(" {word}  "), theme.style(Role::Dim)));
    }
    Line::from(spans)
}

/// The times along the top.
fn times(model: &Model, axis: &Axis, width: u16) -> Line<'static> {
    let theme = &model.theme;
    let mut text = String::new();
    // Long enough apart for the longest label, and round.
    let apart = [1.0, 2.0, 3.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0].map(|n| n * if axis.scale < 5.0 { 10.0 } else { 60.0 });
    let apart = apart.into_iter().find(|apart| *apart / axis.scale >= 10.0).unwrap_or(axis.scale * 12.0);
    let mut cell = 0;
    while cell < axis.columns {
        let at = axis.lead + axis.left + cell as f64 * axis.scale;
        let starts = (at / apart).floor() > ((at - axis.scale) / apart).floor();
        let label = format!("{}{}", theme.glyphs.gantt.tick, since((at / apart).floor() * apart));
        if starts && cell + label.chars().count() <= axis.columns {
            cell += label.chars().count();
            text.push_str(&label);
        } else {
            text.push(' ');
            cell += 1;
        }
    }
    let (left, _) = sides(width);
    Line::from(vec![Span::raw(" ".repeat(left)), Span::styled(text, theme.style(Role::Dim))])
}

fn since(seconds: f64) -> String {
    let sign = if seconds < 0.0 { '-' } else { '+' };
    format!("{sign}{}", clock(Duration::try_from_secs_f64(seconds.abs()).unwrap_or_default()))
}

/// Where now is, and where the objective ends.
fn marks(model: &Model, state: &State, axis: &Axis, screen: u16) -> Line<'static> {
    let theme = &model.theme;
    let glyphs = theme.glyphs;
    let (left, right) = sides(screen);
    let mut cells: Vec<(String, Role)> = vec![(" ".into(), Role::Text); axis.columns];
    // Where something stands already nothing is written over it: what does not fit is left out, but never read as something else.
    let mut write = |at: usize, text: &str, role: Role| {
        let length = text.chars().count();
        let at = at.min(axis.columns.saturating_sub(length));
        let free = cells.iter().skip(at.saturating_sub(1)).take(length + 2).all(|(cell, _)| cell == " ");
        if free {
            for (cell, c) in cells.iter_mut().skip(at).zip(text.chars()) {
                *cell = (c.to_string(), role);
            }
        }
        free
    };
    if let Some(at) = axis.column(axis.now) {
        let word = if model.finished() { "end" } else { "now" };
        // Left of its line, so that the objective's label, which stands right of its own, is not covered.
        let text = format!("{word} {}", glyphs.gantt.now);
        match at.checked_sub(text.chars().count() - 1) {
            Some(begin) => write(begin, &text, Role::Strong),
            None => write(at, &format!("{}{word}", glyphs.gantt.now), Role::Strong),
        };
    }
    if let Some(rto) = axis.rto {
        let missed = matches!(RecoveryTime::of(state, &model.run.watch, model.now).left(), Some(Err(_)));
        let role = if missed { Role::Bad } else { Role::Attention };
        let long = format!("RTO {}", since(axis.lead + rto));
        for label in [long.as_str(), "RTO"] {
            let done = match axis.column(rto) {
                // Right of its line, else left of it.
                Some(at) => {
                    write(at, &format!("{}{label}", glyphs.gantt.rto), role)
                        || write(at.saturating_sub(label.chars().count()), &format!("{label}{}", glyphs.gantt.rto), role)
                }
                None if rto > axis.left => write(axis.columns, &format!("{label} {}", glyphs.arrow), role),
                None => write(0, &format!("{} {label}", glyphs.gantt.before), role),
            };
            if done {
                break;
            }
        }
    }
    let mut spans = vec![Span::raw(" ".repeat(left))];
    spans.extend(cells.into_iter().map(|(text, role)| Span::styled(text, theme.style(role))));
    if right > 0 {
        spans.push(Span::styled(format!("{:>right$}", "took of usual"), theme.style(Role::Dim)));
    }
    Line::from(spans)
}

/// A row goes to its cells directly: a paragraph would take a chart of thousands of cells apart into characters again.
fn write_row(model: &Model, state: &State, row: &Row, axis: &Axis, (buffer, place): (&mut Buffer, Rect)) {
    let theme = &model.theme;
    let glyphs = theme.glyphs;
    let (left, right) = sides(place.width + 2);
    let selected = model.selected.is(row);
    let pointer = if selected { glyphs.pointer } else { " " };
    let mut cells = Cells::new(model, axis);
    let (name, took, role) = match row {
        Row::Heading(phase) => {
            let heading = fit(&format!(" {phase}"), left, glyphs.ellipsis);
            buffer.set_stringn(place.x, place.y, heading, usize::from(place.width), theme.style(Role::Heading));
            return;
        }
        Row::Run => {
            let end = axis.now + model.forecast.as_ref().map_or(0.0, |forecast| forecast.left.as_secs_f64());
            cells.fill(axis.now, end, glyphs.gantt.expected, Role::Dim);
            cells.fill(0.0, axis.now, glyphs.gantt.run, Role::Text);
            (vec![Span::raw(format!("{pointer} ")), Span::styled("The run", theme.style(Role::Strong))], String::new(), Role::Text)
        }
        Row::Step { index, .. } => {
            let Some((plan, step)) = model.step(*index) else { return };
            cells.step(model, state, *index, plan, step);
            let (took, role) = took(model, plan, step);
            (name(model, pointer, *index, plan, step), took, role)
        }
    };
    let mut name = both(name, vec![Span::raw(" ")], left, glyphs.ellipsis);
    if selected {
        // Only the name is turned over: the bar must stay readable.
        name.spans = name.spans.into_iter().map(|span| span.patch_style(theme.style(Role::Selected))).collect();
    }
    let (x, _) = buffer.set_line(place.x, place.y, &name, place.width);
    let x = cells.write(model, (buffer, place), x);
    if right > 0 {
        let room = usize::from(place.right().saturating_sub(x));
        buffer.set_stringn(x, place.y, format!("{took:>right$}"), room, theme.style(role));
    }
}

fn name(model: &Model, pointer: &str, index: usize, plan: &Step, step: &StepState) -> Vec<Span<'static>> {
    let theme = &model.theme;
    let glyphs = theme.glyphs;
    let shown = words::of(model, index, step);
    let critical = model.gantt.critical.get(index).copied().unwrap_or(false);
    let digits = model.state().map_or(1, |run| run.plan.steps.len().to_string().len());
    let forward = model.state().is_none_or(|run| index < run.plan.steps.len());
    let number = if forward {
        pad("", digits - (index + 1).to_string().len().min(digits), "") + &(index + 1).to_string()
    } else {
        format!("{:>digits$}", glyphs.rollback)
    };
    vec![
        Span::raw(pointer.to_owned()),
        Span::styled(if critical { glyphs.gantt.critical } else { " " }, theme.style(Role::Strong)),
        Span::styled(format!("{} ", shown.symbol), theme.style(shown.role)),
        Span::styled(format!("{number} "), theme.style(Role::Dim)),
        Span::styled(clean(&plan.title).into_owned(), theme.style(if critical { Role::Strong } else { Role::Text })),
    ]
}

/// How long it took, against what is usual.
fn took(model: &Model, plan: &Step, step: &StepState) -> (String, Role) {
    let usual = Duration::try_from_secs_f64(plan.expected).unwrap_or_default();
    match worked(plan, step, &model.run.watch, model.now) {
        _ if matches!(step.phase, StepPhase::Skipped { .. }) => ("left out".into(), Role::Dim),
        Some(took) if step.phase != StepPhase::Waiting => {
            let late = took > usual;
            (format!("{} of {}", clock(took), clock(usual)), if late { Role::Attention } else { Role::Text })
        }
        _ => (format!("about {}", clock(usual)), Role::Dim),
    }
}

/// The cells of one row of the chart.
struct Cells<'a> {
    axis: &'a Axis,
    cells: Vec<(&'static str, Role)>,
}

impl<'a> Cells<'a> {
    /// Empty, but for the lines of now and of the objective.
    fn new(model: &Model, axis: &'a Axis) -> Self {
        let mut cells = Self { axis, cells: vec![(" ", Role::Text); axis.columns] };
        let gantt = &model.theme.glyphs.gantt;
        if let Some(rto) = axis.rto {
            cells.put(rto, gantt.rto, Role::Attention);
        }
        cells.put(axis.now, gantt.now, Role::Dim);
        cells
    }

    fn put(&mut self, at: f64, symbol: &'static str, role: Role) {
        if let Some(cell) = self.axis.column(at).and_then(|at| self.cells.get_mut(at)) {
            *cell = (symbol, role);
        }
    }

    fn fill(&mut self, from: f64, to: f64, symbol: &'static str, role: Role) {
        if let Some(cells) = self.cells.get_mut(self.axis.range(from, to)) {
            cells.fill((symbol, role));
        }
    }

    /// What it usually takes lies below what it took, so that the longer of the two shows.
    fn step(&mut self, model: &Model, state: &State, index: usize, plan: &Step, step: &StepState) {
        let glyphs = model.theme.glyphs;
        let gantt = &glyphs.gantt;
        let at = |stamp| seconds(model, state, stamp);
        let now = self.axis.now;
        let critical = model.gantt.critical.get(index).copied().unwrap_or(false);
        let ghost = if critical { Role::Strong } else { Role::Dim };
        let ended = step.times.ended.map(at);
        let end = ended.unwrap_or(now);
        let began = began(plan, step).map(at).filter(|_| !matches!(step.phase, StepPhase::Waiting | StepPhase::Skipped { .. }));
        if let Some(began) = began {
            let usual = began + plan.expected;
            let ahead = model.forecast.as_ref().and_then(|forecast| forecast.spans.get(index)).map_or(0.0, |span| span.1);
            self.fill(began, if ended.is_none() { usual.max(now + ahead) } else { usual }, gantt.expected, ghost);
            self.wait(step.times.ready.map(at), began, gantt.waiting);
            let role = match &step.phase {
                StepPhase::Failed => Role::Bad,
                StepPhase::InDoubt { .. } | StepPhase::Retrying => Role::Attention,
                phase if phase.is_ended() => Role::Good,
                _ => Role::Running,
            };
            let settled = step.times.settled.map_or(end, at);
            self.fill(began, settled, gantt.working, role);
            if step.times.settled.is_some() && settled < end {
                self.fill(settled + self.axis.scale.min(end - settled), end, gantt.proving, role);
            }
            if end > usual {
                // What is past its usual time says so; the mark is where that ended.
                self.tint(usual, end);
                self.put(usual, gantt.usual, Role::Attention);
            }
        } else if let Some(ready) = step.times.ready.map(at).filter(|_| !matches!(step.phase, StepPhase::Skipped { .. })) {
            self.ahead(model, index, now, gantt.expected, ghost);
            self.wait(Some(ready), now, gantt.waiting);
        } else if !step.phase.is_ended() || step.phase == StepPhase::Dormant {
            self.ahead(model, index, now, gantt.expected, ghost);
        }
        let mark = match &step.phase {
            StepPhase::Failed => (glyphs.failed, Role::Bad),
            StepPhase::Skipped { .. } => (glyphs.skipped, Role::Dim),
            StepPhase::InDoubt { .. } => (glyphs.unknown, Role::Attention),
            StepPhase::Retrying => (glyphs.retrying, Role::Attention),
            StepPhase::Proposed if model.waits(index) => (glyphs.attention, Role::Attention),
            StepPhase::Planned => (glyphs.planned, Role::Good),
            _ => return,
        };
        self.put(end, mark.0, mark.1);
    }

    /// It could have begun and did not: it waited for a person or for a look at the world.
    fn wait(&mut self, ready: Option<f64>, began: f64, symbol: &'static str) {
        if let Some(ready) = ready.filter(|ready| *ready < began) {
            self.fill(ready, began, symbol, Role::Dim);
        }
    }

    /// When it will probably be done.
    fn ahead(&mut self, model: &Model, index: usize, now: f64, symbol: &'static str, role: Role) {
        let span = model.forecast.as_ref().and_then(|forecast| forecast.spans.get(index));
        if let Some((from, to)) = span.filter(|(from, to)| from < to) {
            // The next begins where this ends: the column they share is the next one's.
            let end = (now + to - self.axis.scale).max(now + from);
            self.fill(now + from, end, symbol, role);
        }
    }

    fn tint(&mut self, from: f64, to: f64) {
        if let Some(cells) = self.cells.get_mut(self.axis.range(from, to)) {
            cells.iter_mut().filter(|(_, role)| *role != Role::Bad).for_each(|(_, role)| *role = Role::Attention);
        }
    }

    /// Writes them into their row from column `x` on, and gives the column behind them.
    fn write(self, model: &Model, (buffer, place): (&mut Buffer, Rect), x: u16) -> u16 {
        let mut columns = x..place.right();
        for ((symbol, role), x) in self.cells.into_iter().zip(&mut columns) {
            if let Some(cell) = buffer.cell_mut((x, place.y)) {
                cell.set_symbol(symbol).set_style(model.theme.style(role));
            }
        }
        columns.start
    }
}
