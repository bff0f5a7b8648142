//! The plan as a person reads it: what it is, the steps on their rails, and what follows from them.

use super::brief::{Brief, Origin};
use super::pen::{Line, Look, Role, piece, render, words};
use super::steps::steps;
use super::words::{confirmation, short};
use crate::plan::{Confirm, Gate, Plan, Step};
use crate::view::one_line;

/// Columns of the names at the left.
const NAMES: usize = 12;

/// The whole plan, drawn.
pub fn tree(brief: &Brief<'_>, look: Look) -> String {
    let look = Look { width: look.width.max(60), ..look };
    let mut page = Page { brief, look, lines: Vec::new() };
    page.head();
    page.gate();
    page.steps();
    page.time();
    page.confirmations();
    page.irreversible();
    page.back();
    page.late();
    page.permissions();
    render(&page.lines, look)
}

struct Page<'a> {
    brief: &'a Brief<'a>,
    look: Look,
    lines: Vec<Line>,
}

impl Page<'_> {
    fn heading(&mut self, text: &str) {
        self.lines.push(Vec::new());
        self.lines.push(vec![piece(Role::Strong, text)]);
    }

    /// A name and a text beside it, which goes on below itself.
    fn row(&mut self, name: &str, columns: usize, role: Role, text: &str) {
        let name = one_line(name);
        let used = 2 + unicode_width::UnicodeWidthStr::width(name.as_str());
        let begin = 2 + columns + 2;
        let room = self.look.width.saturating_sub(begin).max(20);
        let mut name = Some(piece(Role::Text, format!("  {name}{}", " ".repeat(begin.saturating_sub(used).max(1)))));
        // A name that is too long has a line of its own.
        if used > begin - 1 {
            self.lines.push(name.take().into_iter().collect());
        }
        for text in words(&one_line(text), room) {
            let before = name.take().unwrap_or_else(|| piece(Role::Text, " ".repeat(begin)));
            self.lines.push(vec![before, piece(role, text)]);
        }
    }

    fn paragraph(&mut self, role: Role, text: &str) {
        for text in words(&one_line(text), self.look.width.saturating_sub(2)) {
            self.lines.push(vec![piece(Role::Text, "  "), piece(role, text)]);
        }
    }

    fn dash(&self) -> &'static str {
        if self.look.ascii { ": " } else { " — " }
    }

    fn head(&mut self) {
        let plan = self.brief.plan;
        self.lines.push(vec![piece(Role::Strong, one_line(&plan.title))]);
        let severity = plan.severity.as_ref().map(|text| format!(", {}", one_line(text))).unwrap_or_default();
        self.row("runbook", NAMES, Role::Text, &format!("{}{severity}", plan.name));
        if !plan.owners.is_empty() {
            self.row("owners", NAMES, Role::Text, &plan.owners.join(", "));
        }
        let objectives = [("RTO", plan.objectives.rto), ("RPO", plan.objectives.rpo)];
        let objectives: Vec<String> =
            objectives.into_iter().filter_map(|(name, seconds)| Some(format!("{name} {}", short(seconds?)))).collect();
        let objectives = if objectives.is_empty() { "none".to_owned() } else { objectives.join(", ") };
        self.row("objectives", NAMES, Role::Text, &objectives);
        let mut name = "targets";
        for target in plan.targets.values() {
            let account = target.account.as_ref().map_or_else(|| "any account".to_owned(), |account| format!("account {account}"));
            let mut text = format!("{}: {}, {account}", target.id, target.region);
            for (what, value) in [("profile", &target.profile), ("role", &target.role)] {
                if let Some(value) = value {
                    text += &format!(", {what} {value}");
                }
            }
            if plan.impaired.as_ref() == Some(&target.region) {
                text += " (presumed lost)";
            }
            self.row(std::mem::take(&mut name), NAMES, Role::Text, &text);
        }
        let mut name = "parameters";
        let params: Vec<(String, Role)> = self
            .brief
            .params
            .iter()
            .map(|param| {
                let (from, role) = match &param.origin {
                    Origin::Default => ("default".to_owned(), Role::Text),
                    Origin::Flag => ("by --param".to_owned(), Role::Strong),
                    Origin::File { file } => (format!("from {file}"), Role::Strong),
                };
                let secret = if param.secret { ", a secret" } else { "" };
                (format!("{} = {}{secret} ({from})", param.name, param.shown), role)
            })
            .collect();
        for (text, role) in params {
            self.row(std::mem::take(&mut name), NAMES, role, &text);
        }
        let mut name = "secrets";
        for (secret, place) in plan.secrets.iter().filter(|(secret, _)| Plan::param_of(secret).is_none()) {
            self.row(std::mem::take(&mut name), NAMES, Role::Text, &format!("{secret} = {place}"));
        }
        if let Some(failback) = &plan.failback {
            self.row("way back", NAMES, Role::Text, failback);
        }
        self.row("fingerprint", NAMES, Role::Text, plan.digest().short());
    }

    fn gate(&mut self) {
        let plan = self.brief.plan;
        self.heading("Before the first step");
        if plan.preconditions.is_empty() {
            self.paragraph(Role::Dim, "Nothing has to hold. Enter begins.");
            return;
        }
        for check in &plan.preconditions {
            let (name, role) = match check.severity {
                Gate::Block => ("must hold", Role::Text),
                Gate::Warn => ("only warns", Role::Dim),
            };
            let target = check.target.as_ref().map(|target| format!(", {target}")).unwrap_or_default();
            let dash = self.dash();
            self.row(name, NAMES, role, &format!("{}{dash}{}{target}", check.title, check.probe));
        }
    }

    fn steps(&mut self) {
        let count = self.brief.plan.steps.len();
        self.heading(&format!("Steps: {count}"));
        let signs = if self.look.ascii { ["*", "o"] } else { ["●", "○"] };
        let text =
            format!("{} decides how long the run takes, {} does not. On the right: how long, from when to when.", signs[0], signs[1]);
        self.paragraph(Role::Dim, &text);
        self.lines.push(Vec::new());
        let steps = steps(self.brief, self.look);
        self.lines.extend(steps);
    }

    fn time(&mut self) {
        let brief = self.brief;
        self.heading("Time");
        let expected = short(brief.expected());
        let (role, text) = match (brief.margin(), brief.plan.objectives.rto) {
            (Some(margin), Some(rto)) if margin >= 0.0 => (
                Role::Good,
                format!("{expected} of the RTO's {}: {} to spare for detection, decisions and surprises", short(rto), short(margin)),
            ),
            (Some(margin), Some(rto)) => {
                (Role::Bad, format!("{expected}, but the RTO is {}: {} TOO LONG, before anybody has thought", short(rto), short(-margin)))
            }
            _ => (Role::Text, format!("{expected}; there is no RTO")),
        };
        self.row("expected", NAMES, role, &text);
        if brief.plan.steps.iter().any(|step| step.when.is_some()) {
            self.row("", NAMES, Role::Dim, "with every step that runs only on a condition");
        }
        let arrow = if self.look.ascii { " > " } else { " → " };
        let path: Vec<String> = brief
            .schedule
            .critical
            .iter()
            .map(|place| {
                let step = &brief.plan.steps[*place];
                format!("{} {}", step.id, short(step.expected))
            })
            .collect();
        self.row("decided by", NAMES, Role::Text, &some(&path, arrow));
        let work: f64 = brief.plan.steps.iter().map(|step| step.expected).sum();
        if work > brief.expected() {
            self.row("in a row", NAMES, Role::Dim, &format!("all steps one after the other would take {}", short(work)));
        }
    }

    fn confirmations(&mut self) {
        let brief = self.brief;
        let asking = brief.asking();
        self.heading("What will be asked for, in this order");
        let columns = self.ids(asking.iter().map(|place| &brief.plan.steps[*place]));
        self.row("the run", columns, Role::Text, "press enter to begin");
        for place in &asking {
            let step = &brief.plan.steps[*place];
            let role = if matches!(step.confirm, Confirm::Type(_) | Confirm::TwoPerson) { Role::Attention } else { Role::Text };
            let mut text = confirmation(step).unwrap_or_default();
            if brief.plan.is_conditional(step) {
                text += " (if it runs)";
            }
            if let Some(reason) = &step.confirm_reason {
                text += &format!("; less than usual, because {reason}");
            }
            self.row(step.id.as_str(), columns, role, &text);
        }
        let unasked: Vec<String> = brief.unasked().into_iter().map(|place| brief.plan.steps[place].id.to_string()).collect();
        if !unasked.is_empty() {
            self.paragraph(Role::Dim, &format!("By themselves, once they can: {}.", some(&unasked, ", ")));
        }
    }

    fn irreversible(&mut self) {
        let steps: Vec<&Step> = self.brief.irreversible().collect();
        let unknown: Vec<&Step> = self.brief.undo_unknown().collect();
        self.heading("What cannot be undone");
        if steps.is_empty() && unknown.is_empty() {
            self.paragraph(Role::Good, "Nothing: each change has a reverse call.");
            return;
        }
        let columns = self.ids(steps.iter().chain(&unknown).copied());
        let dash = self.dash();
        for step in steps {
            let place = super::words::place(self.brief.plan, step).map(|place| format!(" in {place}")).unwrap_or_default();
            let proofs = if step.verify.is_empty() { ", with no proof that it worked" } else { "" };
            self.row(step.id.as_str(), columns, Role::Bad, &format!("{}{dash}{}{place}{proofs}", step.title, step.action));
        }
        if !unknown.is_empty() {
            self.paragraph(Role::Attention, "Unknown: nobody can see what a program changes, and the runbook has no rollback for");
            for step in unknown {
                self.row(step.id.as_str(), columns, Role::Attention, &format!("{}{dash}{}", step.title, super::words::command_line(step)));
            }
        }
    }

    fn back(&mut self) {
        let brief = self.brief;
        let (backward, left) = (brief.backward(), brief.left());
        self.heading("If it is rolled back");
        if backward.is_empty() {
            self.paragraph(Role::Attention, "Nothing is taken back: no step has a rollback.");
        } else {
            self.paragraph(Role::Text, "Taken back, the last change first, as far as the run had come:");
        }
        let columns = self.ids(backward.iter().map(|(step, _)| *step).chain(left.iter().map(|left| left.step)));
        for (step, rollback) in backward {
            let with = super::words::with_words(rollback);
            let asks = if rollback.confirm == Confirm::None { ", unasked" } else { "" };
            self.row(step.id.as_str(), columns, Role::Text, &format!("{}{asks}: {with}", rollback.action));
        }
        if !left.is_empty() {
            self.paragraph(Role::Text, "Left as it is:");
            for left in left {
                let role = if left.step.mutates { Role::Attention } else { Role::Dim };
                self.row(left.step.id.as_str(), columns, role, left.why);
            }
        }
    }

    fn late(&mut self) {
        let brief = self.brief;
        let late = brief.late();
        let conditions: Vec<&Step> = brief.plan.steps.iter().filter(|step| step.when.is_some()).collect();
        if late.is_empty() && conditions.is_empty() {
            return;
        }
        self.heading("What is known only in the run");
        for step in conditions {
            let text = format!("whether it runs: {}", step.when.as_deref().unwrap_or_default());
            self.row(step.id.as_str(), NAMES, Role::Text, &text);
        }
        let dash = self.dash();
        for late in late {
            let step = late.step.map_or("the run", |step| step.as_str());
            let read = |read: &String| match brief.place_of_secret(late.step, read) {
                Some(place) => format!("{read} ({place})"),
                None => read.clone(),
            };
            let reads: Vec<String> = late.reads.iter().map(read).collect();
            self.row(step, NAMES, Role::Text, &format!("{}{dash}{}", late.place, reads.join(", ")));
        }
    }

    fn permissions(&mut self) {
        let brief = self.brief;
        let programs = brief.programs();
        if brief.grants.is_empty() && programs.is_empty() {
            return;
        }
        self.heading("What it needs to be allowed in AWS");
        for grant in &brief.grants {
            let mut actions: Vec<&str> = grant.needs.iter().map(|need| need.action).collect();
            actions.dedup();
            let hands = super::iam::hands(grant);
            self.paragraph(Role::Text, &format!("{hands}: {}.", actions.join(", ")).replacen("the ", "The ", 1));
        }
        if !programs.is_empty() {
            self.paragraph(Role::Attention, "And whatever these programs call, which nobody can see beforehand:");
            let columns = self.ids(programs.iter().map(|(step, _)| *step));
            for (step, line) in &programs {
                self.row(step.id.as_str(), columns, Role::Text, line);
            }
        }
        if !brief.grants.is_empty() {
            self.paragraph(Role::Dim, "`--output iam` prints the policy.");
        }
    }

    /// The columns that the ids of these steps take, within reason.
    fn ids<'s>(&self, steps: impl Iterator<Item = &'s Step>) -> usize {
        steps.map(|step| step.id.as_str().len()).max().unwrap_or(0).clamp(7, (self.look.width / 3).min(32))
    }
}

/// A list with what does not fit a person counted.
fn some(all: &[String], between: &str) -> String {
    const MOST: usize = 40;
    match all.len().checked_sub(MOST) {
        Some(more) if more > 0 => format!("{}{between}and {more} more", all[..MOST].join(between)),
        _ => all.join(between),
    }
}
