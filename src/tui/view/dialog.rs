//! Dialogs: the text above scrolls, what is to be filled in or chosen is always in sight.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph};

use super::dialog_text::{self, Words};
use super::pen::Pen;
use super::{options, pane};
use crate::plan::Step;
use crate::tui::dialog::{Dialog, Kind, Menu};
use crate::tui::explain;
use crate::tui::keymap::{Do, name};
use crate::tui::layout;
use crate::tui::model::Model;
use crate::tui::palette;
use crate::tui::text::{clean, fit, take_columns, width};
use crate::tui::theme::Role;

/// The widest a dialog gets.
const WIDEST: u16 = 92;

/// Lines of the palette that are shown at once.
const PALETTE_LINES: usize = 12;

/// From this height on, each choice has room for what it will do.
const ROOMY: u16 = 36;

/// Where everything of the dialog on top goes.
struct Parts {
    area: Rect,
    text: Rect,
    below: Rect,
    words: Words,
    lines: Vec<Line<'static>>,
    bottom: Bottom,
}

/// What is to be filled in or chosen, with the place of the cursor.
struct Bottom {
    lines: Vec<Line<'static>>,
    cursor: Option<(usize, usize)>,
    /// The last line that belongs to where the cursor is.
    last: usize,
}

/// Draws the dialog on top.
pub(in crate::tui) fn draw(model: &Model, frame: &mut Frame, screen: Rect) {
    let Some(dialog) = model.dialogs.last() else { return };
    let parts = parts(model, dialog, screen);
    let theme = &model.theme;
    let glyphs = theme.glyphs;
    frame.render_widget(Clear, parts.area);
    let title = fit(&parts.words.title, usize::from(parts.area.width.saturating_sub(6)), glyphs.ellipsis);
    let kind = model.kind();
    let mut block = Block::bordered()
        .border_set(theme.border(kind))
        .border_style(theme.kind_border(kind, true))
        .title(Line::from(Span::styled(format!(" {title} "), theme.style(Role::Strong))));
    if let Some(kind) = kind {
        block = block.title(Line::from(Span::styled(format!(" {} ", kind.word()), theme.kind_badge(kind))).right_aligned());
    }
    let keys = format!(" {} ", parts.words.keys);
    block = block.title_bottom(Line::from(Span::styled(keys, theme.style(Role::Key))));
    let height = usize::from(parts.text.height);
    let scroll = dialog.scroll.min(parts.lines.len().saturating_sub(height));
    let hidden = parts.lines.len().saturating_sub(scroll + height);
    let mut foot = pane::more(model, scroll, hidden).unwrap_or_default();
    if model.size.height < ROOMY && flagged(model).is_some() {
        // Where lines are few the border has it: what is being confirmed keeps its lines.
        let short = format!(" {} NEW: esc, {} ", glyphs.attention, name(Do::Waiting));
        foot.spans.insert(0, Span::styled(short, theme.style(Role::Attention)));
    }
    if !foot.spans.is_empty() {
        block = block.title_bottom(foot.right_aligned());
    }
    frame.render_widget(block, parts.area);
    let shown: Vec<Line> = parts.lines.into_iter().skip(scroll).take(height).collect();
    frame.render_widget(Paragraph::new(shown), parts.text);
    // A long form shows the part with the cursor.
    let room = usize::from(parts.below.height);
    let fits = parts.bottom.lines.len() <= room;
    let skip = parts.bottom.cursor.map_or(0, |(line, _)| if fits { 0 } else { (parts.bottom.last + 1).saturating_sub(room).min(line) });
    let lines: Vec<Line> = parts.bottom.lines.into_iter().skip(skip).take(room).collect();
    frame.render_widget(Paragraph::new(lines), parts.below);
    if let Some((line, column)) = parts.bottom.cursor
        && let (Ok(x), Ok(y)) = (u16::try_from(column), u16::try_from(line - skip))
        && y < parts.below.height
    {
        frame.set_cursor_position((parts.below.x + x.min(parts.below.width.saturating_sub(1)), parts.below.y + y));
    }
}

/// How many lines of the dialog's text are one page.
pub(in crate::tui) fn page(model: &Model) -> usize {
    let Some(dialog) = model.dialogs.last() else { return 1 };
    let parts = parts(model, dialog, Rect::new(0, 0, model.size.width, model.size.height));
    usize::from(parts.text.height).saturating_sub(1).max(1)
}

/// How far the dialog's text can be scrolled.
pub(in crate::tui) fn overflow(model: &Model) -> usize {
    let Some(dialog) = model.dialogs.last() else { return 0 };
    let parts = parts(model, dialog, Rect::new(0, 0, model.size.width, model.size.height));
    parts.lines.len().saturating_sub(usize::from(parts.text.height))
}

fn parts(model: &Model, dialog: &Dialog, screen: Rect) -> Parts {
    let screen = whole(model, dialog).unwrap_or(screen);
    let full = matches!(dialog.kind, Kind::Failed { .. });
    let columns = if full { screen.width } else { screen.width.saturating_sub(4).min(WIDEST) };
    let inner = usize::from(columns.saturating_sub(4));
    let mut pen = Pen::new(&model.theme, inner);
    let mut words = dialog_text::write(&mut pen, model, dialog, usize::MAX);
    let mut lines = pen.lines;
    let mut bottom = bottom(model, dialog, inner, model.size.height >= ROOMY);
    let most = usize::from(screen.height.saturating_sub(if full { 0 } else { 2 })).saturating_sub(2);
    if full && lines.len() + bottom.lines.len() > most {
        // What the choices will do is said of the marked one alone; and of a log it is the last lines that count. Where even that is not
        // enough all of it is there, to be scrolled through.
        bottom = self::bottom(model, dialog, inner, false);
        let fitting = (1..=explain::LOG_LINES).rev().find_map(|log| {
            let mut pen = Pen::new(&model.theme, inner);
            let words = dialog_text::write(&mut pen, model, dialog, log);
            (pen.lines.len() + bottom.lines.len() <= most).then_some((words, pen.lines))
        });
        if let Some(fitting) = fitting {
            (words, lines) = fitting;
        }
    }
    let below = bottom.lines.len().min(most * 2 / 3).max(bottom.lines.len().min(most.saturating_sub(lines.len())));
    let text = lines.len().min(most.saturating_sub(below));
    let text = if full { most.saturating_sub(below) } else { text };
    let height = u16::try_from(text + below + 2).unwrap_or(screen.height).min(screen.height);
    let area = Rect { x: screen.x + (screen.width - columns) / 2, y: screen.y + (screen.height - height) / 2, width: columns, height };
    let within = Rect { x: area.x + 2, y: area.y + 1, width: columns.saturating_sub(4), height: height.saturating_sub(2) };
    let split = [Constraint::Length(u16::try_from(text).unwrap_or(0)), Constraint::Min(0)];
    let [text, below] = Layout::vertical(split).areas(within);
    Parts { area, text, below, words, lines, bottom }
}

/// A failure has the whole width, below the header and above what is said at the foot of the screen: the clocks go on being seen.
fn whole(model: &Model, dialog: &Dialog) -> Option<Rect> {
    let areas = layout::areas(model);
    let height = areas.flash.y.saturating_sub(areas.header.bottom());
    matches!(dialog.kind, Kind::Failed { .. }).then(|| Rect::new(0, areas.header.bottom(), model.size.width, height))
}

fn bottom(model: &Model, dialog: &Dialog, columns: usize, roomy: bool) -> Bottom {
    let mut pen = Pen::new(&model.theme, columns);
    let (mut cursor, mut last) = (None, 0);
    if matches!(dialog.kind, Kind::Confirm { outdated: true, .. }) {
        return Bottom { lines: Vec::new(), cursor, last };
    }
    if matches!(dialog.kind, Kind::Palette { .. }) {
        cursor = write_palette(&mut pen, model, dialog);
        return Bottom { lines: pen.lines, cursor, last };
    }
    for (i, field) in dialog.form.fields.iter().enumerate() {
        pen.lines.push(Line::default());
        let has_keys = i == dialog.form.focus;
        let glyphs = pen.theme.glyphs;
        let problem = field.problem();
        let (mark, role) = if problem.is_none() { (glyphs.done, Role::Good) } else { (glyphs.waiting, Role::Attention) };
        let label = vec![
            pen.span(role, format!("{mark} ")),
            pen.span(if has_keys { Role::Strong } else { Role::Text }, clean(&field.label).into_owned()),
        ];
        let hint = problem.map(|problem| vec![pen.span(Role::Dim, problem)]).unwrap_or_default();
        pen.both(label, hint);
        let pointer = if has_keys { glyphs.pointer } else { " " };
        let room = columns.saturating_sub(5).max(1);
        let start = field.input.visual_scroll(room);
        let before = take_columns(field.input.value(), start).len();
        let visible = fit(&field.input.value()[before..], room, "");
        let filled = format!("{visible}{}", "_".repeat(room.saturating_sub(width(&visible)).min(24)));
        let line = Line::from(vec![pen.span(Role::Key, format!("{pointer} ")), pen.span(Role::Input, filled)]);
        if has_keys {
            cursor = Some((pen.lines.len(), 2 + field.input.visual_cursor().saturating_sub(start)));
        }
        pen.lines.push(line);
        options::write(&mut pen, field);
        if has_keys {
            last = pen.lines.len().saturating_sub(1);
        }
    }
    if let Some(menu) = &dialog.menu {
        // Where there is room, what each choice will do; else what the marked one will do.
        write_menu(&mut pen, menu, roomy);
    }
    if model.size.height >= ROOMY {
        flag(&mut pen, model);
    }
    if let Some(complaint) = &dialog.complaint {
        pen.lines.push(Line::default());
        let lead = format!("{} ", pen.theme.glyphs.failed);
        pen.hang(Role::Bad, &lead, Role::Bad, complaint);
    }
    Bottom { lines: pen.lines, cursor, last }
}

fn flagged(model: &Model) -> Option<&Step> {
    model.flag.and_then(|index| model.step(index)).map(|(plan, _)| plan)
}

/// What began to wait elsewhere meanwhile: named, never opened by itself.
fn flag(pen: &mut Pen, model: &Model) {
    let Some(plan) = flagged(model) else { return };
    pen.lines.push(Line::default());
    let what = if model.watching() { "Another step waits for a person" } else { "Another step waits for you" };
    let lead = format!("{} ", pen.theme.glyphs.attention);
    let there = format!("{what}: {} (esc, then {} goes there)", plan.title, name(Do::Waiting));
    pen.hang(Role::Attention, &lead, Role::Attention, &there);
}

fn write_menu(pen: &mut Pen, menu: &Menu, all: bool) {
    pen.lines.push(Line::default());
    for (i, choice) in menu.choices.iter().enumerate() {
        let marked = i == menu.at;
        let pointer = if marked { pen.theme.glyphs.pointer } else { " " };
        let line = Line::from(vec![
            Span::raw(format!("{pointer} ")),
            pen.span(Role::Key, format!("{} ", choice.key)),
            pen.span(Role::Text, fit(&choice.label, pen.width.saturating_sub(4), pen.theme.glyphs.ellipsis)),
        ]);
        pen.lines.push(if marked { line.patch_style(pen.theme.style(Role::Selected)) } else { line });
        if (all || marked) && !choice.then.is_empty() {
            pen.text(Role::Text, 6, &choice.then);
        }
    }
}

fn write_palette(pen: &mut Pen, model: &Model, dialog: &Dialog) -> Option<(usize, usize)> {
    let Kind::Palette { at } = dialog.kind else { return None };
    let field = dialog.form.fields.first()?;
    let value = fit(field.input.value(), pen.width.saturating_sub(4), "");
    let line = Line::from(vec![pen.span(Role::Key, ": "), pen.span(Role::Input, value)]);
    pen.lines.push(line);
    pen.lines.push(Line::default());
    let lines = palette::lines(model);
    let glyphs = pen.theme.glyphs;
    let first = (at + 1).saturating_sub(PALETTE_LINES);
    for (i, offer) in lines.iter().enumerate().skip(first).take(PALETTE_LINES) {
        let marked = i == at;
        let pointer = if marked { glyphs.pointer } else { " " };
        let mut left = vec![Span::raw(format!("{pointer} "))];
        match &offer.not_now {
            None => left.push(pen.span(Role::Text, offer.words.clone())),
            Some(why) => left.push(pen.span(Role::Dim, format!("{} NOT NOW: {}", glyphs.skipped, clean(why)))),
        }
        let right = vec![pen.span(Role::Key, offer.key)];
        let line = super::pen::both(left, right, pen.width, glyphs.ellipsis);
        pen.lines.push(if marked { line.patch_style(pen.theme.style(Role::Selected)) } else { line });
    }
    if lines.is_empty() {
        pen.text(Role::Dim, 2, "Nothing that can be done now has these words.");
    } else if let hidden @ 1.. = lines.len().saturating_sub(first + PALETTE_LINES) {
        pen.text(Role::Attention, 2, &format!("{} {hidden} more", glyphs.more_down));
    }
    if let Some(complaint) = &dialog.complaint {
        pen.hang(Role::Bad, &format!("{} ", glyphs.failed), Role::Bad, complaint);
    }
    Some((0, 2 + field.input.visual_cursor()))
}
