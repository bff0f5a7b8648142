//! Three lines that are on every screen: which world and who, the two clocks, what goes on.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::pen::both;
use super::status;
use crate::engine::{RunKind, RunPhase, State};
use crate::id::TargetId;
use crate::tui::glyphs::Glyphs;
use crate::tui::model::Model;
use crate::tui::text::{ago, clean, clock, fit, short, utc, utc_on, who, width};
use crate::tui::theme::Role;
use crate::view::{RecoveryPoint, RecoveryTime};

/// The widest that the kind of the run may be where there is room, and where there is not: `LIVE via http://127.0.0.1:5201` fits, and
/// `DRY RUN via 127.0.0.1:5201`.
const BADGE: (usize, usize) = (36, 27);

/// Draws the header.
pub(in crate::tui) fn draw(model: &Model, frame: &mut Frame, area: Rect) {
    let columns = usize::from(area.width);
    let lines = match model.state() {
        Some(state) => vec![first(model, state, columns), second(model, state, columns), third(model, state, columns)],
        None => vec![Line::styled(" lifeboat  opening the run", model.theme.style(Role::Strong))],
    };
    frame.render_widget(Paragraph::new(lines), area);
}

/// The name, the kind of the run, who we are and where, the time. Leaves things out until it fits; never the kind, the account, the
/// role, the region, the time or that this is only watching.
fn first(model: &Model, state: &State, columns: usize) -> Line<'static> {
    let theme = &model.theme;
    let place = place(model, state);
    // Of another day than that of its beginning: with the date.
    let time = utc_on(model.now.wall, state.started.wall);
    let time = if model.finished() { format!("ended {time}") } else { time };
    let watching = if model.watching() { " WATCHING " } else { "" };
    // From everything to the least: program's name, session, world's name, speed; the last cuts the runbook's name.
    for left_out in 0..=5 {
        let program = if left_out < 1 { " lifeboat " } else { "" };
        let identity = place.words(left_out < 2);
        let narrow = BADGE.1.saturating_sub(width(watching));
        let badge = badge(state, (left_out < 4).then_some(model.speed), left_out < 3, narrow, theme.glyphs);
        let taken = width(program) + width(&badge) + width(watching) + width(&identity) + width(&time) + 7;
        let room = columns.saturating_sub(taken);
        if left_out < 5 && room < width(&state.plan.name) {
            continue;
        }
        let name = fit(&state.plan.name, room, theme.glyphs.ellipsis);
        let left = vec![
            Span::styled(program, theme.style(Role::Dim)),
            Span::styled(format!(" {name}  "), theme.style(Role::Strong)),
            Span::styled(badge, theme.kind_badge(state.kind)),
            Span::styled(watching, theme.style(Role::BadgeAttention)),
        ];
        let right = vec![
            Span::styled(format!("{identity}  "), theme.style(Role::Text)),
            Span::styled(format!("{time} "), theme.style(Role::Strong)),
        ];
        return both(left, right, columns, theme.glyphs.ellipsis);
    }
    Line::default()
}

fn badge(state: &State, speed: Option<f64>, world: bool, narrow: usize, glyphs: &Glyphs) -> String {
    // What stands in the place of AWS is never left out, only cut where it is long.
    let kind = state.kind_words();
    let mut badge = if world {
        format!(" {} ", fit(&kind, BADGE.0, glyphs.ellipsis))
    } else {
        format!(" {} ", fit(&kind.replace("http://", "").replace("https://", ""), narrow, glyphs.ellipsis))
    };
    if let (Some(name), true) = (&state.world, world) {
        badge.push_str(&clean(&name.name));
        badge.push(' ');
    }
    if let Some(speed) = speed.filter(|_| state.kind == RunKind::Drill) {
        badge.push_str(&format!("{}{speed} ", glyphs.times));
    }
    badge
}

/// Account, role and region of what is selected; of the run's first target where that has none.
struct Place {
    account: String,
    role: String,
    session: String,
    region: String,
}

impl Place {
    fn words(&self, session: bool) -> String {
        let role = if session && !self.session.is_empty() { format!("{}/{}", self.role, self.session) } else { self.role.clone() };
        [&self.account, &role, &self.region].into_iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" ")
    }
}

fn place(model: &Model, state: &State) -> Place {
    let selected = model.selected_step().and_then(|(step, _)| step.target.clone());
    let id: Option<TargetId> = selected.or_else(|| state.plan.targets.keys().next().cloned());
    let target = id.as_ref().and_then(|id| state.plan.targets.get(id));
    let identity = id.as_ref().and_then(|id| state.identities.get(id));
    let expected = target.and_then(|target| target.account.clone());
    let (role, session) = identity.map_or(("", ""), |identity| who(&identity.arn));
    let role = match (identity, target) {
        (None, Some(_)) => "(not identified)",
        _ => role,
    };
    Place {
        account: clean(&identity.map(|identity| identity.account.clone()).or(expected).unwrap_or_default()).into_owned(),
        role: clean(role).into_owned(),
        session: clean(session).into_owned(),
        region: clean(target.map_or("", |target| &target.region)).into_owned(),
    }
}

/// The two clocks in words, for a screen that has no room for more, and how they stand.
pub(in crate::tui) fn clocks(model: &Model, state: &State) -> (String, Role) {
    let rto = RecoveryTime::of(state, &model.run.watch, model.now);
    let (words, role) = rto_words(model, &rto);
    let (rpo, rpo_role) = rpo_words(model);
    let label = rto.objective.map(|objective| format!("RTO {}: ", short(objective))).unwrap_or_default();
    let rpo = if rpo.is_empty() { String::new() } else { format!("; {}", rpo.join(", ")) };
    (format!("{label}{}{rpo}", words.join(", ")), if rpo_role == Role::Bad { Role::Bad } else { role })
}

/// The two clocks.
fn second(model: &Model, state: &State, columns: usize) -> Line<'static> {
    let theme = &model.theme;
    let glyphs = theme.glyphs;
    let rto = RecoveryTime::of(state, &model.run.watch, model.now);
    let (words, role) = rto_words(model, &rto);
    let (rpo_words, rpo_role) = rpo_words(model);
    let sep = format!(" {} ", glyphs.sep);
    let label = match rto.objective {
        Some(objective) => format!(" RTO {} ", short(objective)),
        None => " RTO none ".into(),
    };
    let words = words.join(&sep);
    let rpo = rpo_words.join(&sep);
    let taken = width(&label) + width(&words) + width(&rpo) + 5;
    let bar_width = columns.saturating_sub(taken).min(40);
    let mut left = vec![Span::styled(label, theme.style(Role::Strong))];
    if let (Some(objective), true) = (rto.objective, bar_width >= 6) {
        left.extend(bar(model, rto.gone, objective, bar_width, role));
        left.push(Span::raw(" "));
    }
    left.push(Span::styled(words, theme.style(role)));
    both(left, vec![Span::styled(format!("{rpo} "), theme.style(rpo_role))], columns, glyphs.ellipsis)
}

fn rto_words(model: &Model, rto: &RecoveryTime) -> (Vec<String>, Role) {
    let mut words = vec![format!("{} gone", clock(rto.gone))];
    let mut role = Role::Text;
    match rto.left() {
        Some(Ok(left)) => words.push(format!("{} left", clock(left))),
        Some(Err(over)) => {
            words.push(format!("OVER by {}", clock(over)));
            role = Role::Bad;
        }
        None => {}
    }
    if let Some(forecast) = &model.forecast {
        let total = rto.gone.saturating_add(forecast.left);
        let about = if forecast.overdue { "~" } else { "" };
        match rto.objective {
            Some(objective) if total > objective && role != Role::Bad => {
                role = Role::Attention;
                words.push(format!("forecast {about}{} LATE", clock(total)));
            }
            _ => words.push(format!("forecast {about}{}", clock(total))),
        }
    } else if let (Some(Ok(_)), true) = (rto.left(), model.finished()) {
        role = Role::Good;
    }
    (words, role)
}

/// Gone time filled, the forecast of the finish marked.
fn bar(model: &Model, gone: Duration, objective: Duration, columns: usize, role: Role) -> Vec<Span<'static>> {
    let glyphs = model.theme.glyphs;
    let share = |time: Duration| (time.as_secs_f64() / objective.as_secs_f64().max(1.0)).clamp(0.0, 1.0);
    // Bounded by `columns`, so the conversion is exact.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "0 <= value <= columns")]
    let cells = |time: Duration| (share(time) * columns as f64).round() as usize;
    let full = cells(gone);
    let mark = model.forecast.as_ref().map(|forecast| cells(gone.saturating_add(forecast.left)).min(columns.saturating_sub(1)));
    let style = |role| model.theme.style(role);
    let mut spans = vec![Span::styled(glyphs.bar[0].repeat(full), style(if role == Role::Text { Role::Running } else { role }))];
    match mark.filter(|mark| *mark >= full) {
        Some(mark) => {
            spans.push(Span::styled(glyphs.bar[1].repeat(mark - full), style(Role::Dim)));
            spans.push(Span::styled(glyphs.attention, style(role)));
            spans.push(Span::styled(glyphs.bar[1].repeat(columns - mark - 1), style(Role::Dim)));
        }
        None => spans.push(Span::styled(glyphs.bar[1].repeat(columns - full), style(Role::Dim))),
    }
    spans
}

fn rpo_words(model: &Model) -> (Vec<String>, Role) {
    let point = RecoveryPoint::of(&model.run);
    // Without an objective there is only something to say of a loss that was seen.
    let mut words: Vec<String> = point.objective.map(|objective| format!("RPO {}", short(objective))).into_iter().collect();
    let over = |lag: Duration| point.objective.is_some_and(|objective| lag > objective);
    // Once a lag was accepted, the promotion has made the lag of now meaningless.
    if let Some(accepted) = point.accepted {
        words.push(format!("{} lost, accepted", short(accepted)));
        return (words, if over(accepted) { Role::Bad } else { Role::Good });
    }
    match point.lag {
        Some((lag, at)) => {
            let age = model.now.since(at);
            words.push(format!("loss {}", short(lag)));
            if age >= Duration::from_secs(5) {
                words.push(ago(age));
            }
            (words, if over(lag) { Role::Bad } else { Role::Text })
        }
        None if point.objective.is_some() => {
            words.push("loss unknown".into());
            (words, Role::Dim)
        }
        None => (words, Role::Dim),
    }
}

/// What goes on, in one line that can be read from across the room.
fn third(model: &Model, state: &State, columns: usize) -> Line<'static> {
    let theme = &model.theme;
    let glyphs = theme.glyphs;
    let style = |role| theme.style(role);
    let mut spans: Vec<Span<'static>> = vec![Span::raw(" ")];
    let badge = |text: String, role: Role| -> [Span<'static>; 2] { [Span::styled(format!(" {text} "), style(role)), Span::raw("  ")] };
    if model.unrecorded.is_some() {
        return unrecorded(model, columns);
    }
    match &state.phase {
        _ if model.ended && !model.finished() => {
            spans.extend(badge(format!("{} STOPPED", glyphs.failed), Role::BadgeBad));
            spans.push(Span::raw("the run's driver has stopped; leave with q, the run can be resumed"));
        }
        RunPhase::Identifying | RunPhase::Gate | RunPhase::Opening { .. } | RunPhase::Running if model.left_alone.is_some() => {
            let who = model.options.watching.as_deref().unwrap_or("who drove it");
            let who = clean(who.split(" on ").next().unwrap_or(who)).into_owned();
            let at = model.left_alone.map(utc).unwrap_or_default();
            let text = format!(" {} {who} left at {at}; waiting for somebody to take the run up; q leaves ", glyphs.warning);
            return Line::styled(crate::tui::text::pad(&text, columns, glyphs.ellipsis), style(Role::BadgeAttention));
        }
        RunPhase::Identifying => {
            let frame = glyphs.spinner[model.frame() % glyphs.spinner.len()];
            spans.push(Span::styled(format!("{frame} asking AWS who we are"), style(Role::Running)));
        }
        RunPhase::Gate => spans.extend(gate(model)),
        RunPhase::Opening { by, .. } => {
            let frame = glyphs.spinner[model.frame() % glyphs.spinner.len()];
            spans.push(Span::styled(
                format!("{frame} begun by {}; checking the preconditions once more", clean(&by.name)),
                style(Role::Running),
            ));
        }
        RunPhase::Running => spans.extend(status::running(model, state, columns.saturating_sub(1))),
        RunPhase::Finished { outcome, reason } => {
            let shown = crate::tui::words::outcome(*outcome, glyphs);
            spans.extend(badge(format!("{} {}", shown.symbol, shown.word), shown.role));
            spans.push(Span::raw(clean(reason).into_owned()));
        }
    }
    let spans = super::pen::cut(spans, columns, glyphs.ellipsis);
    Line::from(spans)
}

/// Over the whole line: whatever else is on the screen, this comes first.
fn unrecorded(model: &Model, columns: usize) -> Line<'static> {
    let flying = model.run.tally.in_flight.len();
    let rest = match flying {
        0 => "nothing is in flight".to_owned(),
        1 => "1 in flight is followed to its end".to_owned(),
        n => format!("{n} in flight are followed to their end"),
    };
    let glyphs = model.theme.glyphs;
    let words = format!(" {} THE RECORD CANNOT BE WRITTEN: nothing new is started; {rest}", glyphs.failed);
    let words = if width(&words) > columns {
        format!(" {} THE RECORD CANNOT BE WRITTEN: nothing new starts; {flying} in flight followed", glyphs.failed)
    } else {
        words
    };
    Line::styled(crate::tui::text::pad(&words, columns, glyphs.ellipsis), model.theme.style(Role::BadgeBad))
}

fn gate(model: &Model) -> Vec<Span<'static>> {
    let theme = &model.theme;
    if let Some(driver) = &model.options.watching {
        return vec![Span::styled(format!("{} before the gate; {} decides", theme.glyphs.waiting, clean(driver)), theme.style(Role::Text))];
    }
    let gate = model.run_gate();
    let (badge, role, words) = super::checks::standing(model, &gate);
    let words = match (gate.blocking().next(), words.as_str()) {
        (None, "") => "press enter to begin the run".to_owned(),
        (None, words) => format!("{words}; press enter to begin the run"),
        _ => words,
    };
    vec![Span::styled(format!(" {badge} "), theme.style(role)), Span::styled(format!("  {words}"), Style::new())]
}
