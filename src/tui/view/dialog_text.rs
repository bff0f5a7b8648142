//! What each dialog says.

use super::pen::Pen;
use super::{asked, checks, details, doubt, failure, help};
use crate::engine::{RunKind, StepPhase, StepState};
use crate::plan::{Confirm, Step};
use crate::tui::dialog::{Dialog, Kind, note_time};
use crate::tui::explain;
use crate::tui::keymap::{Do, name};
use crate::tui::model::Model;
use crate::tui::text::clean;
use crate::tui::theme::Role;

/// A dialog's title and its keys.
pub(in crate::tui) struct Words {
    /// At its top.
    pub title: String,
    /// At its foot.
    pub keys: String,
}

/// Writes the text of a dialog.
pub(in crate::tui) fn write(pen: &mut Pen, model: &Model, dialog: &Dialog, log: usize) -> Words {
    let step = dialog.kind.step().and_then(|index| model.step(index));
    let title = step.map_or_else(String::new, |(plan, _)| clean(&plan.title).into_owned());
    let words = |title: String, keys: &str| Words { title, keys: keys.into() };
    match &dialog.kind {
        Kind::Begin => {
            begin(pen, model);
            words("Begin the run".into(), "enter begin  esc cancel")
        }
        Kind::Confirm { change, outdated, .. } => {
            if let Some((plan, state)) = step {
                if *outdated {
                    pen.text(Role::BadgeBad, 0, " THE CHANGE IS ANOTHER NOW ");
                    pen.text(Role::Text, 0, "What you were shown is no longer what would be done. Press enter to see the new change; nothing has been confirmed.");
                } else {
                    confirm(pen, model, plan, state, change);
                    asked::instructions(pen, model, plan, state);
                }
            }
            let focused = dialog.form.fields.get(dialog.form.focus);
            let choose = match focused.map_or(0, |field| field.options().len()) {
                0 => String::new(),
                count => format!("arrows or 1-{} choose  ", count.min(9)),
            };
            let keys = match dialog.form.fields.len() {
                _ if *outdated => "enter look again  esc cancel".into(),
                _ if model.state().is_some_and(|state| state.paused.is_some()) => format!("paused: esc, then {} goes on", name(Do::Pause)),
                0 | 1 => format!("{choose}enter confirm  esc cancel"),
                _ => format!("{choose}enter confirm  tab next field  esc cancel"),
            };
            words(format!("Confirm: {title}"), &keys)
        }
        Kind::Skip { .. } => {
            pen.text(Role::Text, 0, "The step will not run. The steps that need it count it as done.");
            if let Some((plan, _)) = step {
                skipped_consequences(pen, model, plan);
            }
            words(format!("Leave out: {title}"), "enter leave it out  esc cancel")
        }
        Kind::TakeOver { .. } => {
            pen.text(
                Role::Text,
                0,
                "lifeboat makes no call for this step any more. It takes the step's proofs and goes on when they hold.",
            );
            if let Some((_, state)) = step.filter(|(_, state)| state.phase.is_in_flight()) {
                let text = format!("Now: {}. That is stopped being watched.", crate::tui::words::doing(&state.phase));
                pen.text(Role::Attention, 0, &text);
            }
            words(format!("By hand: {title}"), "enter take it over  esc cancel")
        }
        Kind::Failed { .. } => {
            if let Some(step) = dialog.kind.step() {
                failure::write_account(pen, model, step, log);
            }
            words(format!("Failed: {title}"), "letter, or arrows and enter  y copy  W write to a file  esc close")
        }
        Kind::Doubt { .. } => {
            if let Some((plan, state)) = step {
                doubt::write(pen, model, plan, state);
                pen.text(Role::Text, 0, "Look by hand: console, command line, logs. Your word, with its reason, goes on record.");
                if let Some(change) = &state.change {
                    pen.blank();
                    details::write_change(pen, change, false);
                }
            }
            words(format!("Did it happen? {title}"), "letter, or arrows and enter  esc close")
        }
        Kind::Resolve { happened, .. } => {
            if let Some((plan, state)) = step {
                doubt::write(pen, model, plan, state);
                pen.blank();
            }
            let text = if *happened {
                "It HAPPENED: lifeboat will not call again; it waits until the change is there and takes the proofs."
            } else {
                "It did NOT happen: lifeboat looks again, shows the change with your reason, and asks for its confirmation anew. If it did happen after all, it may be made twice."
            };
            pen.text(Role::Text, 0, text);
            words(format!("Decide: {title}"), "enter decide  esc cancel")
        }
        Kind::Retry { .. } => {
            if let Some((plan, state)) = step {
                pen.text(Role::Text, 0, &explain::retry(plan, state));
            }
            words(format!("Try again: {title}"), "enter try again  esc cancel")
        }
        Kind::RollBack => {
            roll_back(pen, model);
            words("Roll back".into(), "enter roll back  esc cancel")
        }
        Kind::Abort => {
            abort(pen, model);
            words("End the run".into(), "enter end the run  esc cancel")
        }
        Kind::Pause => {
            let paused = model.state().is_some_and(|state| state.paused.is_some());
            let (role, text) = if paused { (Role::BadgeAttention, " PAUSED ") } else { (Role::Running, "It is being paused.") };
            pen.text(role, 0, text);
            pen.text(Role::Text, 0, "What is under way goes on to its end. Nothing new is begun until you resume.");
            pen.text(Role::Text, 0, "Say why, for whoever comes next; or press esc: it stays paused either way.");
            words("Paused".into(), "enter write it down  esc no reason")
        }
        Kind::GiveUp { .. } => {
            if let Some((plan, state)) = step {
                give_up(pen, model, plan, state);
            }
            words(format!("Under way: {title}"), "letter, or arrows and enter  esc close")
        }
        Kind::StopWaiting { .. } => {
            if let Some((plan, state)) = step {
                give_up(pen, model, plan, state);
            }
            words(format!("Stop waiting: {title}"), "enter stop waiting  esc cancel")
        }
        Kind::Resume => {
            if let Some(reason) = model.state().and_then(|state| state.paused.as_deref()) {
                pen.hang(Role::Text, "Paused    ", Role::Attention, reason);
            }
            pen.text(Role::Text, 0, "What is due is begun again.");
            words("Go on".into(), "enter go on  esc cancel")
        }
        Kind::Note => {
            pen.text(Role::Text, 0, "Goes into the timeline with your name and the time.");
            pen.text(Role::Text, 0, "@11:58 in front (UTC) or @-5m (so long ago) says when it happened, if not now.");
            note(pen, model, dialog);
            words("Note".into(), "enter write  esc cancel")
        }
        Kind::Leave => {
            leave(pen, model);
            words("Leave lifeboat".into(), "letter, or arrows and enter  esc stay")
        }
        Kind::Help => {
            help::write(pen);
            words("Help".into(), "arrows, pgup and pgdn scroll  esc close")
        }
        Kind::Palette { .. } => words("What can be done now".into(), "type to find  enter do it  esc close"),
    }
}

/// Where the note will stand, as far as it is written.
fn note(pen: &mut Pen, model: &Model, dialog: &Dialog) {
    let written = dialog.form.fields.first().and_then(|field| note_time(field.value()).ok());
    let at = written.and_then(|(when, _)| when.before(model.now.wall).ok()?);
    let text = match at {
        Some(at) => {
            let ago = model.now.wall.duration_since(at).unsigned_abs();
            format!("It will stand at {}, {}, with the time of writing.", at.strftime("%Y-%m-%d %H:%M:%SZ"), crate::tui::text::ago(ago))
        }
        None => "It will stand at the time of writing.".into(),
    };
    pen.blank();
    pen.text(if at.is_some() { Role::Strong } else { Role::Dim }, 0, &text);
}

/// Who acts where, in which kind of world: the first thing a confirmation says.
fn who(pen: &mut Pen, model: &Model, plan: Option<&Step>) {
    let Some(state) = model.state() else { return };
    let mut text = model.operator.name.clone();
    let target = plan.and_then(|plan| plan.target.as_ref()).or_else(|| state.plan.targets.keys().next());
    if let Some(target) = target {
        let region = state.plan.targets.get(target).map_or("", |target| &target.region);
        match state.identities.get(target) {
            Some(identity) => {
                let (role, session) = crate::tui::text::who(&identity.arn);
                let role = if session.is_empty() { role.to_owned() } else { format!("{role}/{session}") };
                text.push_str(&format!(" as {role} in {} {region}", identity.account));
            }
            None => text.push_str(&format!(" in {region}, not identified")),
        }
    }
    pen.hang(Role::Text, "You       ", Role::Dim, &text);
    pen.hang(if state.kind == RunKind::Live { Role::Bad } else { Role::Dim }, "World     ", Role::Dim, &details::kind_sentence(state));
}

fn begin(pen: &mut Pen, model: &Model) {
    let Some(state) = model.state() else { return };
    pen.text(Role::Strong, 0, &state.plan.title);
    who(pen, model, None);
    let gate = model.run_gate();
    pen.heading("Preconditions");
    checks::write_standing(pen, model, &gate);
    checks::write_live(pen, model, &gate, &[]);
    if gate.standing().next().is_some() {
        pen.blank();
        pen.text(
            Role::Attention,
            0,
            "To begin all the same, write for each what makes it safe to ignore. It goes on record with your name.",
        );
    }
}

fn confirm(pen: &mut Pen, model: &Model, plan: &Step, state: &StepState, change: &crate::plan::Change) {
    if let Some(doubt) = state.doubt.as_ref().filter(|doubt| doubt.resolved.is_some()) {
        doubt::write_resolved(pen, doubt);
        pen.blank();
    }
    if let Some(refused) = &state.refused {
        pen.hang(Role::Bad, "Not run   ", Role::Bad, refused);
        pen.blank();
    }
    who(pen, model, Some(plan));
    details::write_change(pen, change, false);
    let gate = model.step_gate(plan);
    if !gate.checks.is_empty() {
        pen.heading("Preconditions");
        checks::write_standing(pen, model, &gate);
        checks::write_live(pen, model, &gate, &[]);
    }
    if gate.standing().next().is_some() {
        pen.blank();
        pen.text(
            Role::Attention,
            0,
            "To run it all the same, write for each what makes it safe to ignore. It goes on record with your name.",
        );
    }
    if plan.confirm == Confirm::TwoPerson {
        pen.blank();
        pen.text(Role::Attention, 0, "Two persons must agree. Let the second read this screen before you write the name.");
    }
}

/// What is under way, what is known of it, and what comes of not waiting for it any more.
fn give_up(pen: &mut Pen, model: &Model, plan: &Step, state: &StepState) {
    pen.hang(Role::Text, "Now       ", Role::Dim, crate::tui::words::doing(&state.phase));
    if let Some(progress) = model.run.progress.get(&plan.id) {
        let age = crate::tui::text::ago(model.run.watch.between(progress.at, model.now));
        pen.hang(Role::Text, "Waits for ", Role::Dim, &format!("{} ({age})", progress.waiting_for));
    }
    if let Some(left) = model.state().and_then(|run| crate::view::gives_up(run, plan, state, model.now)) {
        pen.hang(Role::Text, "Gives up  ", Role::Dim, &format!("by itself in {}", crate::tui::text::clock(left)));
    }
    pen.blank();
    let calls = plan.mutates && state.times.intent.is_some() && !state.already;
    let text = match (plan.action.as_str(), calls) {
        ("command", _) => "The program is ended. What it did until then is done, and lifeboat cannot know it.",
        (_, true) if state.phase == StepPhase::Applying => {
            "The call has not answered: it is in doubt from then on, and you say what became of it. Nothing takes it back."
        }
        (_, true) => {
            "The call was accepted, and nothing takes it back: it may still take effect. The step stands failed; look at it by hand."
        }
        (_, false) => "Nothing has been called. The step stands failed; then it can be tried again, done by hand or left out.",
    };
    pen.text(Role::Attention, 0, text);
}

fn skipped_consequences(pen: &mut Pen, model: &Model, plan: &Step) {
    let Some(state) = model.state() else { return };
    let followers: Vec<&str> =
        state.plan.steps.iter().filter(|step| step.needs.contains(&plan.id)).map(|step| step.title.as_str()).collect();
    if !followers.is_empty() {
        pen.hang(Role::Attention, "They are: ", Role::Dim, &followers.join("; "));
    }
}

fn roll_back(pen: &mut Pen, model: &Model) {
    let Some(state) = model.state() else { return };
    pen.text(Role::Text, 0, "These completed steps are taken back, the last first. Each is shown and asks before it is changed.");
    for index in crate::view::due_rollbacks(state) {
        if let Some(rollback) = crate::tui::rows::plan_step(&state.plan, index) {
            pen.hang(Role::Text, &format!("  {} ", pen.theme.glyphs.rollback), Role::Attention, &rollback.title);
        }
    }
    let lasting: Vec<&Step> = state
        .plan
        .steps
        .iter()
        .filter(|step| !state.plan.rollbacks.contains_key(&step.id) && step.mutates)
        .filter(|step| state.steps.get(&step.id).is_some_and(|step| step.is_touched()))
        .collect();
    if lasting.is_empty() {
        return;
    }
    pen.blank();
    pen.text(Role::Bad, 0, "These stay as they are:");
    for step in lasting {
        let why = if step.reversible { "no rollback in the runbook" } else { "CANNOT BE UNDONE" };
        pen.hang(Role::Bad, &format!("  {} ", pen.theme.glyphs.warning), Role::Bad, &format!("{} ({why})", step.title));
    }
}

fn abort(pen: &mut Pen, model: &Model) {
    pen.text(Role::Text, 0, "The run ends here, for good: it cannot be resumed. What was done stays done; nothing is taken back.");
    in_flight(pen, model, "Under way, and no longer watched:");
}

fn leave(pen: &mut Pen, model: &Model) {
    if model.in_flight().next().is_some() {
        in_flight(pen, model, "Under way now:");
    } else {
        pen.text(Role::Text, 0, "Nothing is under way.");
    }
    if let Some(why) = &model.unrecorded {
        pen.blank();
        pen.hang(Role::Bad, "No record ", Role::Bad, why);
        pen.text(Role::Bad, 0, "What has happened since is printed when you leave, and nowhere else: keep it.");
    } else if let Some(state) = model.state() {
        pen.blank();
        pen.text(Role::Text, 0, &format!("The run is on record and can be resumed: lifeboat resume {}", state.run));
    }
}

fn in_flight(pen: &mut Pen, model: &Model, heading: &str) {
    let busy: Vec<usize> = model.in_flight().collect();
    if busy.is_empty() {
        return;
    }
    pen.heading(heading);
    for (plan, state) in busy.into_iter().filter_map(|index| model.step(index)) {
        let shown = crate::tui::words::step(state, pen.theme.glyphs, model.frame());
        let text = format!("{}: {}", plan.title, crate::tui::words::doing(&state.phase));
        pen.hang(Role::Text, &format!("{} ", shown.symbol), shown.role, &text);
    }
}
