//! Dialogs of the home screen: the text above scrolls, what is to be filled in or chosen is always in sight.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph};

use super::form;
use crate::engine::RunKind;
use crate::plan::endpoint_words;
use crate::tui::home::data::{Book, Run, Target};
use crate::tui::home::dialog::{About, Choice, Dialog, Kind, Report};
use crate::tui::home::keymap::{Group, KEYMAP};
use crate::tui::home::model::{Model, Start};
use crate::tui::text::{fit, pad};
use crate::tui::theme::Role;
use crate::tui::view::pane;
use crate::tui::view::pen::Pen;

/// The widest a dialog gets that is not a text to read.
const WIDEST: u16 = 92;

/// What a dialog consists of.
struct Parts {
    title: String,
    keys: &'static str,
    /// What can be scrolled.
    text: Vec<Line<'static>>,
    /// What is to be filled in or chosen.
    below: Below,
    /// Why the last Enter was not taken.
    complaint: Vec<Line<'static>>,
}

/// Lines of which some must be seen, and the cursor in them.
#[derive(Default)]
pub(super) struct Below {
    pub(super) lines: Vec<Line<'static>>,
    /// The first and the last line that must be seen.
    pub(super) wanted: (usize, usize),
    pub(super) cursor: Option<(usize, usize)>,
}

/// Where the parts go.
struct Areas {
    whole: Rect,
    text: Rect,
    below: Rect,
    complaint: Rect,
}

/// Draws the dialog on top.
pub(super) fn draw(model: &Model, frame: &mut Frame, screen: Rect) {
    let Some(dialog) = model.dialogs.last() else { return };
    let theme = &model.theme;
    let parts = parts(model, dialog, screen);
    let areas = areas(dialog, &parts, screen);
    frame.render_widget(Clear, areas.whole);
    let kind = dialog.run_kind();
    let mut block = Block::bordered().border_set(theme.border(kind)).border_style(theme.kind_border(kind, true));
    let title = fit(&parts.title, usize::from(areas.whole.width.saturating_sub(18)), theme.glyphs.ellipsis);
    block = block.title(Line::from(Span::styled(format!(" {title} "), theme.style(Role::Strong))));
    if let Some(kind) = kind {
        block = block.title(Line::from(Span::styled(format!(" {} ", kind.word()), theme.kind_badge(kind))).right_aligned());
    }
    block = block.title_bottom(Line::from(Span::styled(format!(" {} ", parts.keys), theme.style(Role::Key))));

    let height = usize::from(areas.text.height);
    let scroll = dialog.scroll.min(parts.text.len().saturating_sub(height));
    let mut hidden = (scroll, parts.text.len().saturating_sub(scroll + height));
    let room = usize::from(areas.below.height);
    let most = parts.below.lines.len().saturating_sub(room);
    // As little as is needed to see the last line that must be seen, but never past the first.
    let skip = (parts.below.wanted.1 + 1).saturating_sub(room).min(parts.below.wanted.0).min(most);
    if hidden == (0, 0) {
        hidden = (skip, most - skip);
    }
    if let Some(foot) = pane::hidden(theme, hidden.0, hidden.1) {
        block = block.title_bottom(foot.right_aligned());
    }
    frame.render_widget(block, areas.whole);
    let shown: Vec<Line> = parts.text.into_iter().skip(scroll).take(height).collect();
    frame.render_widget(Paragraph::new(shown), areas.text);
    let shown: Vec<Line> = parts.below.lines.into_iter().skip(skip).take(room).collect();
    frame.render_widget(Paragraph::new(shown), areas.below);
    frame.render_widget(Paragraph::new(parts.complaint), areas.complaint);
    if let Some((line, column)) = parts.below.cursor
        && let (Ok(x), Some(Ok(y))) = (u16::try_from(column), line.checked_sub(skip).map(u16::try_from))
        && y < areas.below.height
    {
        frame.set_cursor_position((areas.below.x + x.min(areas.below.width.saturating_sub(1)), areas.below.y + y));
    }
}

/// How far the text of the dialog on top can be scrolled.
pub(in crate::tui::home) fn overflow(model: &Model) -> usize {
    let Some(dialog) = model.dialogs.last() else { return 0 };
    let screen = Rect::new(0, 0, model.size.width, model.size.height);
    let parts = parts(model, dialog, screen);
    parts.text.len().saturating_sub(usize::from(areas(dialog, &parts, screen).text.height))
}

fn columns(dialog: &Dialog, screen: Rect) -> u16 {
    match dialog.kind {
        Kind::Report(_) => screen.width,
        _ => screen.width.saturating_sub(4).min(WIDEST),
    }
}

fn areas(dialog: &Dialog, parts: &Parts, screen: Rect) -> Areas {
    let columns = columns(dialog, screen);
    let most = usize::from(screen.height.saturating_sub(2));
    let complaint = parts.complaint.len().min(most);
    let room = most - complaint;
    // What is to be filled in comes first; the text has what is left, and at least a third.
    let below = parts.below.lines.len().min((room * 2 / 3).max(room.saturating_sub(parts.text.len())));
    let text = parts.text.len().min(room - below);
    let height = |lines: usize| u16::try_from(lines).unwrap_or(0);
    let tall = if matches!(dialog.kind, Kind::Report(_)) { screen.height } else { height(text + below + complaint + 2).min(screen.height) };
    let whole = Rect { x: screen.x + (screen.width - columns) / 2, y: screen.y + (screen.height - tall) / 2, width: columns, height: tall };
    let within = Rect { x: whole.x + 2, y: whole.y + 1, width: columns.saturating_sub(4), height: tall.saturating_sub(2) };
    let split = [Constraint::Length(height(text)), Constraint::Length(height(below)), Constraint::Length(height(complaint))];
    let [text, below, complaint] = Layout::vertical(split).areas(within);
    Areas { whole, text, below, complaint }
}

fn parts(model: &Model, dialog: &Dialog, screen: Rect) -> Parts {
    let inner = usize::from(columns(dialog, screen).saturating_sub(4));
    let mut pen = Pen::new(&model.theme, inner);
    let mut below = Below::default();
    let (title, keys) = match &dialog.kind {
        Kind::Menu { title, choices, at, .. } => {
            below = menu(model, choices, *at, inner);
            (title.clone(), "enter choose  esc close")
        }
        Kind::Form { kind, form } => {
            form::intro(&mut pen, *kind, form, model.options.elsewhere.as_deref());
            below = form::fields(model, form, inner);
            (form.book.title.clone(), "tab next  enter start  esc back")
        }
        Kind::Live { start, about, field } => {
            let recorded = match about {
                About::Again(run) => run.info.as_ref().map(|info| endpoint_words(&info.endpoints)).unwrap_or_default(),
                About::New(..) => model.options.elsewhere.clone().unwrap_or_default(),
            };
            let acts = match recorded.as_str() {
                "" => "This is LIVE: it acts on the real AWS.".to_owned(),
                url => format!("This is LIVE, and it acts on {url}, which is not AWS."),
            };
            pen.text(Role::Bad, 0, &acts);
            let title = match about {
                About::New(book, targets) => {
                    live_new(&mut pen, book, targets, start);
                    format!("Start a live run: {}", book.title)
                }
                About::Again(run) => {
                    live_again(&mut pen, run);
                    "Go on with a live run".to_owned()
                }
            };
            below = form::typed(model, field, inner);
            (title, "enter start  esc back")
        }
        Kind::Report(report) => {
            read(&mut pen, model, report);
            (format!("Report of {}", report.run), "up, down, pgup, pgdn, g, G  esc close")
        }
        Kind::Help => {
            help(&mut pen);
            ("The keys".to_owned(), "up, down  esc close")
        }
    };
    let mut complaint = Pen::new(&model.theme, inner);
    if let Some(why) = &dialog.complaint {
        complaint.lines.push(Line::default());
        complaint.hang(Role::Bad, &format!("{} ", model.theme.glyphs.failed), Role::Bad, why);
    }
    Parts { title, keys, text: pen.lines, below, complaint: complaint.lines }
}

fn menu(model: &Model, choices: &[Choice], at: usize, columns: usize) -> Below {
    let theme = &model.theme;
    let lines = choices.iter().enumerate().map(|(i, choice)| {
        let marked = i == at;
        let pointer = if marked { theme.glyphs.pointer } else { " " };
        let line = Line::from(vec![
            Span::raw(format!("{pointer} ")),
            Span::styled(format!("{} ", choice.key), theme.style(Role::Key)),
            Span::raw(fit(&choice.label, columns.saturating_sub(4), theme.glyphs.ellipsis)),
        ]);
        if marked { line.patch_style(theme.style(Role::Selected)) } else { line }
    });
    Below { lines: lines.collect(), wanted: (at, at), cursor: None }
}

/// What a person must know before a live run begins.
fn live_new(pen: &mut Pen, book: &Book, targets: &[Target], start: &Start) {
    pen.text(
        Role::Text,
        0,
        "Nothing is changed before you have seen the preconditions of the run and begun it; its steps then ask as the runbook says.",
    );
    pen.blank();
    pen.pair("Runbook", 10, Role::Text, &book.file.display().to_string());
    for target in targets {
        let account = target.account.as_ref().map_or("whatever account the credentials are for".to_owned(), |id| format!("account {id}"));
        pen.pair("Acts on", 10, Role::Strong, &format!("{}: {} in {account}", target.id, target.region));
    }
    if let Start::Run { params, .. } = start {
        for param in &book.params {
            let given = params.iter().find(|(name, _)| *name == param.name).map(|(_, value)| value.clone());
            let (role, value) = match given {
                Some(value) => (Role::Strong, value),
                None => (Role::Text, format!("{} (default)", param.default.clone().unwrap_or_default())),
            };
            pen.pair(&param.name, 16, role, &value);
        }
    }
    pen.blank();
    pen.hang(Role::Text, "", Role::Text, "To rehearse it instead press esc: a drill and a dry run change nothing real.");
}

fn live_again(pen: &mut Pen, run: &Run) {
    pen.text(Role::Text, 0, "What was under way when it stopped is looked at first; nothing is called twice. Then the run goes on.");
    pen.blank();
    pen.pair("Run", 10, Role::Text, run.run.as_str());
    if let Ok(info) = &run.info {
        pen.pair("Runbook", 10, Role::Text, &format!("{} ({})", info.title, info.name));
        pen.pair("Begun by", 10, Role::Text, &format!("{} on {}", info.by.name, info.by.host));
    }
}

/// Only the lines from the top to the last that can be seen are needed, but the foot tells how many there are.
fn read(pen: &mut Pen, model: &Model, report: &Report) {
    match &report.text {
        None => {
            let spinner = model.theme.glyphs.spinner;
            pen.text(Role::Running, 0, &format!("{} reading the record", spinner[model.frame() % spinner.len()]));
        }
        Some(Err(why)) => {
            pen.hang(Role::Bad, &format!("{} ", model.theme.glyphs.failed), Role::Bad, why);
            pen.blank();
            pen.text(Role::Text, 2, &format!("What is wrong, and where: lifeboat verify {}", report.run));
        }
        Some(Ok(_)) => {
            let role = |line: &str| if line.starts_with('#') { Role::Heading } else { Role::Text };
            pen.lines.extend(report.lines.iter().map(|line| Line::styled(line.clone(), model.theme.style(role(line)))));
        }
    }
}

fn help(pen: &mut Pen) {
    for group in Group::ALL {
        pen.heading(group.title());
        for binding in KEYMAP.iter().filter(|binding| binding.group == group) {
            let keys = binding.keys.iter().map(|key| key.name).collect::<Vec<_>>().join(", ");
            pen.hang(Role::Text, &format!("  {}", pad(&keys, 16, "")), Role::Key, binding.help);
        }
    }
    pen.heading("The three ways to run a runbook");
    let kinds = [
        (RunKind::Drill, "in a simulated AWS on this machine: no account, no network"),
        (RunKind::DryRun, "against the real AWS: every read is made, every change shown, none made"),
        (RunKind::Live, "against the real AWS: what it changes is changed"),
    ];
    for (kind, meaning) in kinds {
        pen.hang(Role::Text, &format!("  {}", pad(kind.word(), 16, "")), Role::Strong, meaning);
    }
}
