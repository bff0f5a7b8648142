//! What there is to know about the selected row.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use serde_json::Value;

use super::asked;
use super::pen::Pen;
use super::{checks, details_run, doubt, failure, markdown, pane};
use crate::engine::{Given, RunKind, State, StepPhase, StepState};
use crate::plan::{Change, Confirm, OnFailure, Step};
use crate::tui::layout;
use crate::tui::model::{Model, Pane};
use crate::tui::rows::Selected;
use crate::tui::text::{ago, clean, clock, pad, utc, width};
use crate::tui::theme::Role;
use crate::tui::words;
use crate::view::{gives_up, notes_of, worked};

/// Log lines shown of a running step, and of any other.
const LOG_LINES: (usize, usize) = (12, 6);

/// Needs named of a step that waits.
const NEEDS: usize = 30;

/// Draws the pane.
pub(in crate::tui) fn draw(model: &Model, frame: &mut Frame, area: Rect) {
    let title = match model.selected_step() {
        Some((plan, _)) => clean(&plan.title).into_owned(),
        None => "The run".into(),
    };
    let content = content(model, area.width);
    pane::lines(frame, model, area, &title, model.focus == Pane::Details, &content, model.details_scroll);
}

/// How far the details can be scrolled.
pub(in crate::tui) fn overflow(model: &Model) -> usize {
    let area = layout::areas(model).details;
    content(model, area.width).len().saturating_sub(usize::from(area.height.saturating_sub(2)))
}

fn content(model: &Model, columns: u16) -> Vec<Line<'static>> {
    let mut pen = Pen::new(&model.theme, usize::from(columns.saturating_sub(2)));
    match model.selected_step() {
        Some((plan, state)) => step(&mut pen, model, plan, state),
        None => details_run::write(&mut pen, model),
    }
    pen.lines
}

fn step(pen: &mut Pen, model: &Model, plan: &Step, state: &StepState) {
    state_line(pen, model, plan, state);
    match &state.phase {
        StepPhase::Failed | StepPhase::Retrying => {
            if let Some(failure) = &state.failure {
                pen.blank();
                failure::write_essence(pen, plan, state, failure);
            }
        }
        StepPhase::InDoubt { .. } => {
            pen.blank();
            doubt::write(pen, model, plan, state);
            if !model.watching() {
                doubt::write_question(pen, state);
            }
        }
        StepPhase::Skipped { reason } => pen.pair("Left out", 9, Role::Text, reason),
        _ => {}
    }
    if let Some(doubt) = state.doubt.as_ref().filter(|doubt| doubt.resolved.is_some() && !state.phase.is_ended()) {
        pen.blank();
        doubt::write_resolved(pen, doubt);
    }
    if let Some(refused) = &state.refused {
        pen.blank();
        pen.hang(Role::Bad, "Not run   ", Role::Bad, refused);
        pen.text(Role::Text, 0, "What was confirmed no longer held, so nothing was called. Look again and confirm anew.");
    }
    blocked(pen, model, plan);
    for note in notes_of(&state.outputs.value()) {
        pen.hang(Role::Attention, &format!("{} ", pen.theme.glyphs.warning), Role::Attention, note);
    }
    progress(pen, model, plan, state);
    asked::write(pen, model, plan, state);
    if let Some(change) = &state.change {
        pen.blank();
        write_change(pen, change, state.phase == StepPhase::Succeeded && !state.already);
    } else if !state.phase.is_ended() {
        pen.blank();
        pen.pair("Action", 9, Role::Text, &plan.action);
        if plan.mutates && !plan.reversible {
            cannot_be_undone(pen);
        }
    }
    preconditions(pen, model, plan, state);
    needs(pen, model, plan, state);
    log(pen, model, plan, state);
    proofs(pen, model, plan, state);
    outputs(pen, state);
    if let Some(why) = &plan.why {
        pen.heading("Why");
        markdown::write(pen, why);
    }
    settings(pen, plan, state);
}

/// What stands against a step that waits for its confirmation: before everything else, and with what was wanted.
fn blocked(pen: &mut Pen, model: &Model, plan: &Step) {
    let Selected::Step(index) = model.selected else { return };
    if model.blocked(index).is_none() {
        return;
    }
    pen.blank();
    for now in model.step_gate(plan).standing() {
        let seen = checks::value(now);
        let wanted = model.state().map(|run| checks::wanted(&run.plan, now)).filter(|words| !words.is_empty());
        let wanted = wanted.map(|words| format!("; {words}")).unwrap_or_default();
        let lead = format!("{} Blocked  ", pen.theme.glyphs.failed);
        pen.hang(Role::Bad, &lead, Role::Bad, &format!("{}: {seen}{wanted}", now.check.title));
    }
    if !model.watching() {
        pen.text(Role::Text, 0, "Enter shows it, and takes a written reason for going on all the same.");
    }
}

fn cannot_be_undone(pen: &mut Pen) {
    pen.hang(Role::Bad, &format!("{} ", pen.theme.glyphs.warning), Role::Bad, "CANNOT BE UNDONE");
}

/// Symbol, word, attempt on the left; time against what is usual on the right.
fn state_line(pen: &mut Pen, model: &Model, plan: &Step, state: &StepState) {
    let held = state.phase == StepPhase::Proposed && matches!(model.selected, Selected::Step(index) if !model.waits(index));
    let (shown, doing) = if held {
        let rolling = model.state().is_some_and(|run| run.rolling_back);
        let doing = if rolling { "stays undone: the run is being rolled back" } else { "its change is known; nothing is called" };
        (words::held(pen.theme.glyphs), doing)
    } else if matches!(model.selected, Selected::Step(index) if model.blocked(index).is_some()) {
        let Selected::Step(index) = model.selected else { return };
        (words::of(model, index, state), "blocked by what must hold before it")
    } else {
        let doing = if model.watching() { words::doing_elsewhere } else { words::doing };
        let doing = if state.already && state.phase == StepPhase::Succeeded { "already so: no call was made" } else { doing(&state.phase) };
        (words::step(state, pen.theme.glyphs, model.frame()), doing)
    };
    let mut left = vec![pen.span(shown.role, format!("{} {doing}", shown.symbol))];
    if state.taken_over {
        left.push(pen.span(Role::Attention, ", done by hand"));
    }
    if state.attempt > 1 {
        left.push(pen.span(Role::Text, format!(", attempt {}", state.attempt)));
    }
    let expected = Duration::try_from_secs_f64(plan.expected).unwrap_or_default();
    let right = match worked(plan, state, &model.run.watch, model.now) {
        // It never worked.
        _ if matches!(state.phase, StepPhase::Skipped { .. }) => Vec::new(),
        Some(took) if state.phase != StepPhase::Waiting => {
            let late = took > expected && plan.expected > 0.0;
            let role = if late { Role::Attention } else { Role::Text };
            let word = if late { ", longer than usual" } else { "" };
            let sep = pen.theme.glyphs.sep;
            let left = model.state().and_then(|run| gives_up(run, plan, state, model.now));
            let left = left.map(|left| format!(" {sep} gives up in {}", clock(left))).unwrap_or_default();
            vec![pen.span(role, format!("{} of about {}{word}{left}", clock(took), clock(expected)))]
        }
        _ => {
            let since = state.times.proposed.filter(|_| state.phase == StepPhase::Proposed);
            let since = since.map(|at| format!("since {}, ", clock(model.run.watch.between(at, model.now)))).unwrap_or_default();
            vec![pen.span(Role::Dim, format!("{since}about {}", clock(expected)))]
        }
    };
    let taken: usize = left.iter().chain(&right).map(ratatui::text::Span::width).sum();
    if taken < pen.width {
        pen.both(left, right);
    } else {
        pen.both(left, Vec::new());
        pen.both(Vec::new(), right);
    }
}

fn progress(pen: &mut Pen, model: &Model, plan: &Step, state: &StepState) {
    let Some(progress) = model.run.progress.get(&plan.id).filter(|_| !state.phase.is_ended()) else { return };
    let age = model.run.watch.between(progress.at, model.now);
    let counted = progress.counted.map(|(done, all)| format!("{done} of {all}")).unwrap_or_default();
    pen.blank();
    if let Some((done, all)) = progress.counted.filter(|(_, all)| *all > 0) {
        let cells = 24_u64;
        let full = usize::try_from((done.min(all) * cells) / all).unwrap_or(0);
        let glyphs = pen.theme.glyphs;
        let spans = vec![
            pen.span(Role::Running, glyphs.bar[0].repeat(full)),
            pen.span(Role::Dim, glyphs.bar[1].repeat(24 - full)),
            pen.span(Role::Strong, format!(" {counted}")),
        ];
        pen.both(spans, Vec::new());
    }
    let waits_for = progress.waiting_for.strip_prefix("waiting for ").unwrap_or(&progress.waiting_for);
    pen.hang(Role::Text, "Waits for  ", Role::Dim, &format!("{waits_for} ({})", ago(age)));
}

/// The change: what would be called, property by property, and what cannot be taken back. Shared with the confirmation.
pub(in crate::tui) fn write_change(pen: &mut Pen, change: &Change, done: bool) {
    let glyphs = pen.theme.glyphs;
    let place = [&change.resource, &change.region].into_iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>();
    let place = place.join(&format!(" {} ", glyphs.sep));
    let nothing_called = match (change.operation.as_str(), done) {
        ("manual", true) => Some(("By hand   ", "a person did this; lifeboat called nothing")),
        ("manual", false) => Some(("By hand   ", "lifeboat calls nothing: a person does this, and confirming says that it is done")),
        ("choose", true) => Some(("Choice    ", "a person chose; lifeboat called nothing")),
        ("choose", false) => Some(("Choice    ", "lifeboat calls nothing: what is chosen decides about later steps")),
        _ => None,
    };
    if let Some((lead, words)) = nothing_called {
        pen.hang(Role::Strong, lead, Role::Dim, words);
        return;
    }
    if change.operation == "runbook" {
        let (lead, follow) =
            if done { ("Opened    ", "its steps follow") } else { ("Opens     ", "its steps follow, each as it says itself") };
        pen.hang(Role::Strong, lead, Role::Dim, &format!("{}: {follow}", change.resource));
        return;
    }
    let what = if place.is_empty() { change.operation.clone() } else { format!("{} on {place}", change.operation) };
    pen.hang(Role::Strong, if done { "Changed   " } else { "Change    " }, Role::Dim, &what);
    let name = longest(change.fields.iter().map(|field| &field.name)).min(pen.width / 3);
    let after = longest(change.fields.iter().map(|field| &field.after)).min(pen.width / 3);
    let room = pen.width.saturating_sub(name + after + 6);
    let before = change.fields.iter().map(|field| width(&clean(&field.before))).filter(|width| *width <= room).max().unwrap_or(0);
    for field in &change.fields {
        let same = field.before == field.after;
        let role = if same { Role::Dim } else { Role::Strong };
        let lead = format!("  {} ", pad(&field.name, name, glyphs.ellipsis));
        let old = clean(&field.before);
        if old.is_empty() {
            long_hang(pen, role, &lead, &field.after);
        } else if width(&old) <= before {
            let lead = format!("{lead}{} {} ", pad(&old, before, glyphs.ellipsis), glyphs.arrow);
            long_hang(pen, role, &lead, &field.after);
        } else {
            long_hang(pen, Role::Text, &lead, &field.before);
            long_hang(pen, role, &format!("  {} {} ", " ".repeat(name), glyphs.arrow), &field.after);
        }
    }
    if change.already {
        pen.text(Role::Good, 0, "Already so: nothing will be called.");
    }
    // A warning before it is done; afterwards there is nothing to be warned of.
    if !change.reversible && !change.already && !done {
        cannot_be_undone(pen);
    }
    if let Some(what) = &change.takes_away {
        pen.hang(Role::Bad, &format!("{} ", glyphs.failed), Role::Bad, &format!("TAKES AWAY {what}"));
    }
    if let Some(loss) = &change.data_loss {
        let word = if done { "data lost" } else { "DATA LOSS" };
        pen.hang(Role::Bad, &format!("{} ", glyphs.warning), Role::Bad, &format!("{word}: {loss}"));
    }
    for note in change.remarks() {
        pen.hang(Role::Attention, &format!("{} ", glyphs.warning), Role::Attention, &note);
    }
}

/// Like `hang`, for a lead that may take most of the line: what does not fit beside it goes below.
fn long_hang(pen: &mut Pen, role: Role, lead: &str, content: &str) {
    if width(lead) <= pen.width / 2 {
        pen.hang(role, lead, Role::Text, content);
    } else if width(lead) + width(&clean(content)) <= pen.width {
        let spans = vec![pen.span(Role::Text, lead.to_owned()), pen.span(role, clean(content).into_owned())];
        pen.both(spans, Vec::new());
    } else {
        let spans = vec![pen.span(Role::Text, lead.to_owned())];
        pen.both(spans, Vec::new());
        pen.text(role, 4, content);
    }
}

fn longest<'a>(texts: impl Iterator<Item = &'a String>) -> usize {
    texts.map(|text| width(&clean(text))).max().unwrap_or(0)
}

fn preconditions(pen: &mut Pen, model: &Model, plan: &Step, state: &StepState) {
    // A step that asks again, after a doubt, has no confirmation that counts.
    let confirmation = state.confirmation.as_ref().filter(|_| state.phase != StepPhase::Proposed);
    if let Some(given) = confirmation {
        pen.heading("Confirmation");
        let how = match &given.given {
            Given::NotAsked => "none was asked for".to_owned(),
            Given::Enter => format!("{} pressed enter", given.by.name),
            Given::Typed(text) => format!("{} typed \"{text}\"", given.by.name),
            Given::SecondPerson(name) => format!("{} with {name}", given.by.name),
        };
        let when = state.times.confirmed.map(|at| format!(" at {}", utc(at.wall))).unwrap_or_default();
        pen.text(Role::Text, 0, &format!("{how}{when}"));
        for (name, answer) in &given.answers {
            pen.pair(name, 9, Role::Text, &scalar(answer));
        }
    }
    if plan.preconditions.is_empty() {
        return;
    }
    let decided = confirmation.filter(|given| !given.readings.is_empty());
    match decided {
        Some(given) => {
            pen.heading("Preconditions, as they were decided on");
            checks::write_recorded(pen, &plan.preconditions, &given.readings, &given.overrides);
        }
        None => {
            pen.heading("Preconditions");
            let gate = model.step_gate(plan);
            if matches!(state.phase, StepPhase::Proposed | StepPhase::Confirming) {
                checks::write_standing(pen, model, &gate);
            }
            checks::write_live(pen, model, &gate, confirmation.map_or(&[][..], |given| &given.overrides));
        }
    }
}

fn needs(pen: &mut Pen, model: &Model, plan: &Step, state: &StepState) {
    if state.phase != StepPhase::Waiting || plan.needs.is_empty() {
        return;
    }
    pen.heading("Needs");
    let Some(run) = model.state() else { return };
    let mut needs: Vec<_> = plan.needs.iter().filter_map(|id| Some((id, run.steps.get_full(id)?))).collect();
    if needs.len() > NEEDS {
        // What is waited for comes first, where not all can be named.
        needs.sort_by_key(|(_, (_, _, need))| matches!(need.phase, StepPhase::Succeeded | StepPhase::Planned | StepPhase::Skipped { .. }));
    }
    for (id, (index, _, need)) in needs.iter().take(NEEDS).copied() {
        let shown = words::step(need, pen.theme.glyphs, model.frame());
        let title = crate::tui::rows::plan_step(&run.plan, index).map_or(id.as_str(), |step| &step.title);
        pen.hang(Role::Text, &format!("{} ", shown.symbol), shown.role, &format!("{title} ({})", shown.word));
    }
    if needs.len() > NEEDS {
        pen.text(Role::Dim, 2, &format!("and {} more", needs.len() - NEEDS));
    }
    for other in run.plan.conditions(plan) {
        let own = other.when.as_deref().filter(|_| other.id == plan.id).map(str::to_owned);
        pen.pair("Only when", 9, Role::Text, &own.unwrap_or_else(|| format!("{} runs", other.id)));
    }
}

fn log(pen: &mut Pen, model: &Model, plan: &Step, state: &StepState) {
    let Some(lines) = model.run.logs.get(&plan.id).filter(|lines| !lines.is_empty()) else { return };
    let keep = if state.phase.is_in_flight() { LOG_LINES.0 } else { LOG_LINES.1 };
    let all = model.run.log_lines.get(&plan.id).copied().unwrap_or(0);
    let shown = lines.len().min(keep);
    let title = if all > shown as u64 { format!("Log, the last {shown} of {all} lines") } else { "Log".to_owned() };
    pen.heading(&title);
    for (at, line) in lines.iter().skip(lines.len() - shown) {
        pen.hang(Role::Text, &format!("{} ", utc(at.wall)), Role::Dim, line);
    }
}

fn proofs(pen: &mut Pen, model: &Model, plan: &Step, state: &StepState) {
    if plan.verify.is_empty() {
        return;
    }
    pen.heading("Proofs");
    if !state.proofs.is_empty() {
        checks::write_recorded(pen, &plan.verify, &state.proofs, &[]);
    } else if state.phase == StepPhase::Verifying {
        checks::write_live(pen, model, &crate::view::GateNow::look(&model.run, &plan.verify, model.now), &[]);
    } else {
        for check in &plan.verify {
            let within = Duration::try_from_secs_f64(check.within).unwrap_or_default();
            let text = format!("{} (within {})", check.title, crate::tui::text::short(within));
            pen.hang(Role::Text, &format!("{} ", pen.theme.glyphs.waiting), Role::Dim, &text);
        }
    }
}

fn outputs(pen: &mut Pen, state: &StepState) {
    let Value::Object(outputs) = state.outputs.value() else { return };
    if outputs.is_empty() {
        return;
    }
    pen.heading("Outputs");
    for (name, value) in &outputs {
        pen.pair(name, 14, Role::Text, &scalar(value));
    }
}

fn settings(pen: &mut Pen, plan: &Step, state: &StepState) {
    pen.heading("Settings");
    let confirm = match plan.confirm_for(state.change.as_ref()).as_ref() {
        Confirm::None => "none".to_owned(),
        Confirm::Enter => "a key press".to_owned(),
        Confirm::Type(text) => format!("type {text}"),
        Confirm::TwoPerson => "two persons".to_owned(),
    };
    let confirm = match &plan.confirm_reason {
        Some(reason) => format!("{confirm} ({reason})"),
        None => confirm,
    };
    let after = match plan.on_failure {
        OnFailure::Pause => "stop and ask",
        OnFailure::Continue => "go on",
        OnFailure::RollBack => "roll everything back",
        OnFailure::Abort => "end the run",
    };
    let seconds = |value: f64| crate::tui::text::short(Duration::try_from_secs_f64(value).unwrap_or_default());
    let mut pairs = vec![("Step", plan.id.to_string()), ("Action", plan.action.clone()), ("Confirm", confirm)];
    pairs.push(("Timeout", seconds(plan.timeout)));
    if plan.retry.attempts > 1 {
        pairs.push(("Retry", format!("{} attempts, {} apart", plan.retry.attempts, seconds(plan.retry.delay))));
    }
    pairs.push(("Failing", after.to_owned()));
    if let Some(token) = &state.token {
        pairs.push(("Token", token.clone()));
    }
    for (label, value) in pairs {
        pen.pair(label, 9, Role::Dim, &value);
    }
}

/// A value in words: text without its quotes.
pub(in crate::tui) fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "none".into(),
        other => other.to_string(),
    }
}

/// What a kind of run does to the world, in a sentence.
pub(in crate::tui) fn kind_sentence(state: &State) -> String {
    match state.kind {
        RunKind::Live | RunKind::DryRun if !state.endpoints.is_empty() => {
            let what = if state.kind == RunKind::Live {
                "what answers there is changed"
            } else {
                "what answers there is read, nothing is changed"
            };
            format!("{}: not AWS; {what}.", state.kind_words())
        }
        RunKind::Live => "LIVE: real AWS, real changes.".into(),
        RunKind::DryRun => "DRY RUN: real AWS, reads only. Nothing will be changed.".into(),
        RunKind::Drill => "DRILL: a simulated world. Nothing real is touched.".into(),
    }
}
