//! The selected line in full.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::details_run;
use super::words::{age, check, standing};
use crate::engine::RunKind;
use crate::tui::home::data::{Book, Run};
use crate::tui::home::keymap::{Do, name};
use crate::tui::home::layout;
use crate::tui::home::model::{Model, Pane};
use crate::tui::text::{clock, short};
use crate::tui::theme::Role;
use crate::tui::view::pen::Pen;
use crate::tui::view::{markdown, pane};

/// Findings that are shown in full.
const FINDINGS: usize = 5;
/// Earlier runs of a runbook that are named.
const EARLIER: usize = 5;
/// Columns of the labels.
pub(super) const LABEL: usize = 10;

/// Draws the pane.
pub(super) fn draw(model: &Model, frame: &mut Frame, area: Rect) {
    let (title, lines) = content(model, usize::from(area.width.saturating_sub(2)));
    let mut block = pane::framed(&model.theme, None, &title, model.focus == Pane::Details, area.width);
    let inner = block.inner(area);
    let height = usize::from(inner.height);
    let scroll = model.details_scroll.min(lines.len().saturating_sub(height));
    if let Some(foot) = pane::hidden(&model.theme, scroll, lines.len().saturating_sub(scroll + height)) {
        block = block.title_bottom(foot.right_aligned());
    }
    frame.render_widget(block, area);
    let shown: Vec<Line> = lines.into_iter().skip(scroll).take(height).collect();
    frame.render_widget(Paragraph::new(shown), inner);
}

/// How far the details can be scrolled.
pub(in crate::tui::home) fn overflow(model: &Model) -> usize {
    let area = layout::areas(model).details;
    let (_, lines) = content(model, usize::from(area.width.saturating_sub(2)));
    lines.len().saturating_sub(usize::from(area.height.saturating_sub(2)))
}

fn content(model: &Model, columns: usize) -> (String, Vec<Line<'static>>) {
    let mut pen = Pen::new(&model.theme, columns);
    let title = if let Some(found) = model.book() {
        book(&mut pen, model, found);
        found.title.clone()
    } else if let Some(found) = model.run() {
        details_run::write(&mut pen, model, found);
        found.run.to_string()
    } else {
        beginning(&mut pen, model);
        "How to begin".to_owned()
    };
    (title, pen.lines)
}

/// Nothing is there to be selected.
fn beginning(pen: &mut Pen, model: &Model) {
    if let Some(problem) = &model.problem {
        pen.hang(Role::Bad, &format!("{} ", pen.theme.glyphs.failed), Role::Bad, problem);
        pen.blank();
    }
    if !model.filter.value().is_empty() {
        pen.text(Role::Text, 0, &format!("No runbook and no run holds this text. {} clears the filter.", name(Do::Back)));
        return;
    }
    if model.reading() {
        pen.text(Role::Dim, 0, "Looking for runbooks and recorded runs.");
        return;
    }
    let folder = &model.place.folder;
    pen.text(Role::Strong, 0, "There is no runbook here.");
    pen.blank();
    pen.text(
        Role::Text,
        0,
        &format!("lifeboat looks in {folder} and in the folder runbooks in it for files ending in .yaml that begin with `lifeboat: 1`."),
    );
    pen.blank();
    pen.text(Role::Text, 0, "Go to the folder of your project and start lifeboat there, or name a runbook:");
    pen.text(Role::Key, 2, "lifeboat drill PATH/TO/RUNBOOK.yaml");
    pen.blank();
    pen.text(Role::Text, 0, "To write one, see what steps and preconditions there are:");
    pen.text(Role::Key, 2, "lifeboat actions");
    pen.text(Role::Key, 2, "lifeboat probes");
    pen.blank();
    pen.text(Role::Text, 0, &format!("Runs are recorded in {}.", model.place.state));
}

fn book(pen: &mut Pen, model: &Model, book: &Book) {
    let glyphs = pen.theme.glyphs;
    let (symbol, role, word) = check(book, glyphs);
    let verdict = if book.runs() { format!("check: {word}") } else { format!("check: {word}; it cannot run") };
    pen.hang(role, &format!("{symbol} "), role, &verdict);
    if let Some(short) = &model.short {
        pen.hang(Role::Attention, &format!("{} ", glyphs.warning), Role::Attention, short);
    }
    // Errors are what matters now; warnings can wait until the rest was read.
    if !book.runs() {
        findings(pen, book);
    }
    if !book.name.is_empty() {
        rehearsal(pen, model, book);
    }
    facts(pen, book);
    if !book.description.is_empty() {
        pen.blank();
        markdown::write(pen, &book.description);
    }
    if book.runs() && !book.findings.is_empty() {
        pen.heading("Warnings");
        findings(pen, book);
    }
    params(pen, book);
    if !book.steps.is_empty() {
        pen.heading("Steps");
        let columns = book.steps.len().to_string().len();
        for (at, step) in book.steps.iter().enumerate() {
            pen.hang(Role::Text, &format!("{:>columns$} ", at + 1), Role::Dim, step);
        }
    }
    earlier(pen, model, book);
}

fn findings(pen: &mut Pen, book: &Book) {
    let glyphs = pen.theme.glyphs;
    for finding in book.findings.iter().take(FINDINGS) {
        let (symbol, role) = if finding.error { (glyphs.failed, Role::Bad) } else { (glyphs.warning, Role::Attention) };
        let place = finding.place.map(|(line, column)| format!("line {line}:{column}: ")).unwrap_or_default();
        pen.hang(Role::Text, &format!("{symbol} "), role, &format!("{place}{}", finding.message));
        if let Some(help) = &finding.help {
            pen.hang(Role::Dim, "  ", Role::Dim, help);
        }
    }
    let all = book.counts.0 + book.counts.1;
    if all > book.findings.len().min(FINDINGS) {
        pen.text(Role::Dim, 2, &format!("all {all}: lifeboat check {}", book.file.display()));
    }
}

/// When it was last rehearsed, how that ended, and whether it was within the objective.
fn rehearsal(pen: &mut Pen, model: &Model, book: &Book) {
    let glyphs = pen.theme.glyphs;
    let Some(run) = model.rehearsal(book) else {
        if model.runs_known() {
            let how = if book.runs() && book.world.is_some() { format!(": press {} to drill it", name(Do::Drill)) } else { String::new() };
            pen.hang(Role::Attention, &format!("{} ", glyphs.attention), Role::Attention, &format!("never rehearsed{how}"));
        }
        return;
    };
    let (symbol, role, word) = standing(run, glyphs);
    let when = run.begun.map(|begun| age(model.now, begun)).unwrap_or_default();
    let took = run.took().zip(run.recovered()).map(|(took, recovered)| {
        let rto = book.rto.and_then(|rto| Duration::try_from_secs_f64(rto).ok());
        let against = match rto {
            Some(rto) if recovered > rto => format!(", OVER the RTO of {}", short(rto)),
            Some(rto) => format!(", within the RTO of {}", short(rto)),
            None => String::new(),
        };
        // The RTO counts from the outage, not from the first key.
        let since = if recovered == took { String::new() } else { format!(", {} after the outage began", clock(recovered)) };
        format!(" in {}{since}{against}", clock(took))
    });
    pen.hang(role, &format!("{symbol} "), role, &format!("last drill {when}: {word}{}", took.unwrap_or_default()));
}

fn facts(pen: &mut Pen, book: &Book) {
    pen.blank();
    pen.pair("File", LABEL, Role::Text, &book.file.display().to_string());
    let mut fact = |label: &str, value: String| {
        if !value.is_empty() {
            pen.pair(label, LABEL, Role::Text, &value);
        }
    };
    fact("Name", book.name.clone());
    fact("Owners", book.owners.join(", "));
    let span = |seconds: Option<f64>| seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).map(short);
    let objectives = [("RTO", span(book.rto)), ("RPO", span(book.rpo))];
    let objectives: Vec<String> = objectives.into_iter().filter_map(|(name, value)| Some(format!("{name} {}", value?))).collect();
    fact("Objectives", objectives.join(", "));
    fact("Severity", book.severity.clone().unwrap_or_default());
    for target in &book.targets {
        let account = target.account.as_ref().map(|account| format!(", account {account}")).unwrap_or_default();
        fact("Acts on", format!("{}: {}{account}", target.id, target.region));
    }
    fact(
        "Drilled in",
        book.world.clone().unwrap_or_else(|| if book.runs() { "no world: --world names one".into() } else { String::new() }),
    );
    fact("Way back", book.failback.clone().unwrap_or_default());
}

fn params(pen: &mut Pen, book: &Book) {
    if book.params.is_empty() {
        return;
    }
    pen.heading("Parameters");
    for param in &book.params {
        let value = match &param.default {
            Some(default) if default.is_empty() => "nothing unless given".to_owned(),
            Some(default) => default.clone(),
            None => "required".to_owned(),
        };
        let role = if param.default.is_none() { Role::Attention } else { Role::Text };
        pen.pair(&param.name, LABEL.max(16), role, &value);
        let what = param.description.as_ref().map(|text| format!("{text}; ")).unwrap_or_default();
        pen.text(Role::Dim, LABEL.max(16) + 1, &format!("{what}{}", param.takes));
    }
}

/// Its newest runs, whatever their kind.
fn earlier(pen: &mut Pen, model: &Model, book: &Book) {
    let own = |run: &&std::sync::Arc<Run>| run.info.as_ref().is_ok_and(|info| info.name == book.name);
    let runs: Vec<&std::sync::Arc<Run>> = model.runs.iter().filter(own).take(EARLIER).collect();
    if runs.is_empty() || book.name.is_empty() {
        return;
    }
    pen.heading("Its newest runs");
    for run in runs {
        let (symbol, role, word) = standing(run, pen.theme.glyphs);
        let kind = run.kind().map_or("", RunKind::word);
        let when = run.begun.map(|begun| age(model.now, begun)).unwrap_or_default();
        let took = run.took().map(clock).unwrap_or_default();
        pen.hang(Role::Text, &format!("{symbol} "), role, &format!("{kind} {when}: {word}, {took}"));
    }
}
