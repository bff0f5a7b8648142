//! The steps beside their rails.

use unicode_width::UnicodeWidthStr as _;

use super::brief::Brief;
use super::drawing::{Drawing, Item};
use super::pen::{Line, Look, Piece, Role, piece, some_words, width, words, wrap};
use super::rails::{ASCII, Rail, Signs, UNICODE, lay};
use super::words::{conditions, confirmation, counted, failure, moment, place, short, tries, with_words};
use crate::plan::{Plan, Step};
use crate::view::one_line;

/// Lines that a step's parameters may take.
const WITH_LINES: usize = 2;

/// Columns that a step's text needs beside the rails.
const TEXT: usize = 60;

/// All steps, in an order in which they can run.
pub(super) fn steps(brief: &Brief<'_>, look: Look) -> Vec<Line> {
    let drawing = Drawing::of(brief.plan);
    let signs = if look.ascii { ASCII } else { UNICODE };
    let most = look.width.saturating_sub(TEXT).max(8) / 2;
    let rails = lay(&drawing.next, most, signs);
    let columns = rails.iter().flatten().map(|rail| 2 * rail.beside.len()).max().unwrap_or(2) + 1;
    let hours = brief.expected() >= 3_600.0;
    let mut pen = Steps { brief, look, signs, drawing: &drawing, columns, hours, phase: None, joined: false, lines: Vec::new() };
    match rails {
        Some(rails) => pen.on_rails(&rails),
        None => pen.listed(),
    }
    pen.lines
}

struct Steps<'a> {
    brief: &'a Brief<'a>,
    look: Look,
    signs: Signs,
    drawing: &'a Drawing,
    /// Where the text begins.
    columns: usize,
    hours: bool,
    /// The phase of the step above.
    phase: Option<&'a str>,
    /// The line above ties lanes together, and parts what is below from what is above it.
    joined: bool,
    lines: Vec<Line>,
}

/// What stands to the left of a step's lines: its first, and all others.
struct Margin {
    before: String,
    after: String,
    below: String,
}

impl<'a> Steps<'a> {
    fn on_rails(&mut self, rails: &[Rail]) {
        let drawing = self.drawing;
        for (rail, item) in rails.iter().zip(&drawing.items) {
            let sign = self.signs;
            if let Some(join) = &rail.join {
                self.lines.push(vec![piece(Role::Dim, join.clone())]);
                self.joined = true;
            }
            let (before, after) = rail.beside();
            let above = rail.above(sign);
            match item {
                Item::Step(place) => {
                    let margin = Margin { before, after, below: rail.below(false, sign) };
                    self.step(*place, &margin, &above, None);
                }
                Item::Bundle(branches) => {
                    let what = if branches.iter().all(|branch| branch.len() == 1) { "steps" } else { "branches" };
                    let text = format!("{} {what} side by side:", branches.len());
                    self.put(&above, vec![piece(Role::Strong, text)]);
                    let margin = Margin { before, after, below: rail.below(true, sign) };
                    for branch in branches {
                        for (at, place) in branch.iter().enumerate() {
                            let after = at.checked_sub(1).map(|above| &branch[above..=above]);
                            self.step(*place, &margin, &margin.below, after);
                        }
                    }
                }
            }
            if let Some(fork) = &rail.fork {
                self.lines.push(vec![piece(Role::Dim, fork.clone())]);
                self.joined = true;
            }
        }
    }

    /// Without rails: each step says what it comes after.
    fn listed(&mut self) {
        let note = "There are more branches at once than can be drawn here: each step says what it comes after.";
        for line in words(note, self.look.width) {
            self.lines.push(vec![piece(Role::Dim, line)]);
        }
        let drawing = self.drawing;
        let margin = Margin { before: String::new(), after: " ".into(), below: String::new() };
        let places = drawing.items.iter().flat_map(|item| match item {
            Item::Step(place) => vec![*place],
            Item::Bundle(branches) => branches.concat(),
        });
        for place in places {
            self.step(place, &margin, "", Some(&drawing.needs[place]));
        }
    }

    fn put(&mut self, margin: &str, text: Line) {
        let mut line = vec![piece(Role::Dim, format!("{margin:<columns$}", columns = self.columns))];
        line.extend(text);
        self.lines.push(line);
    }

    fn step(&mut self, at: usize, margin: &Margin, above: &str, after: Option<&[usize]>) {
        let plan: &'a Plan = self.brief.plan;
        let step = &plan.steps[at];
        if step.phase.as_deref() != self.phase {
            self.phase = step.phase.as_deref();
            if !self.lines.is_empty() && !self.joined {
                self.put(above, Vec::new());
            }
            if let Some(phase) = self.phase {
                self.put(above, vec![piece(Role::Strong, one_line(phase).to_uppercase())]);
            }
        }
        self.joined = false;
        let critical = self.brief.critical[at];
        let sign = if critical { self.signs.critical } else { self.signs.other };
        let room = self.look.width.saturating_sub(self.columns);
        let (from, to) = self.brief.schedule.spans[at];
        let times = format!("{}-{}", moment(from, self.hours), moment(to, self.hours));
        let times = format!("{:>6}  {times:>width$}", short(step.expected), width = if self.hours { 17 } else { 12 });

        let id = piece(Role::Strong, step.id.as_str());
        let title = one_line(&step.title);
        // The title is beside the id where it fits, else below it.
        let beside = room.saturating_sub(id.text.width() + times.len() + 4);
        let fits = title.width() <= beside;
        let mut line = vec![
            piece(Role::Dim, margin.before.clone()),
            piece(if critical { Role::Strong } else { Role::Dim }, sign),
            piece(Role::Dim, margin.after.clone()),
        ];
        let blanks = self.columns.saturating_sub(width(&line));
        line.push(piece(Role::Text, " ".repeat(blanks)));
        line.push(id);
        if fits && !title.is_empty() {
            line.push(piece(Role::Text, format!("  {title}")));
        }
        let blanks = self.look.width.saturating_sub(width(&line) + times.len());
        line.push(piece(Role::Text, " ".repeat(blanks)));
        line.push(piece(if critical { Role::Text } else { Role::Dim }, times));
        self.lines.push(line);

        let indented = |text: Line| {
            let mut line = vec![piece(Role::Text, "  ")];
            line.extend(text);
            line
        };
        let room = room.saturating_sub(2);
        if !fits {
            for text in words(&title, room) {
                self.put(&margin.below, indented(vec![piece(Role::Text, text)]));
            }
        }
        let dot = if self.look.ascii { " | " } else { " · " };
        let with = with_words(step);
        let mut what = self.what(step, after);
        let (short, beside) = (with.width() + dot.width(), what.iter().map(|piece| piece.text.width() + dot.width()).sum::<usize>());
        let fits = !with.is_empty() && short + beside <= room + dot.width();
        if fits {
            what.push(piece(Role::Dim, with.clone()));
        }
        for text in wrap(what, dot, room) {
            self.put(&margin.below, indented(text));
        }
        if !with.is_empty() && !fits {
            for text in some_words(&with, room, WITH_LINES, self.look) {
                self.put(&margin.below, indented(vec![piece(Role::Dim, text)]));
            }
        }
        for text in wrap(self.how(step), dot, room) {
            self.put(&margin.below, indented(text));
        }
    }

    /// What the step does, and when.
    fn what(&self, step: &Step, after: Option<&[usize]>) -> Vec<Piece> {
        let plan = self.brief.plan;
        let mut pieces = Vec::new();
        if let Some(after) = after.filter(|after| !after.is_empty()) {
            let names: Vec<&str> = after.iter().take(12).map(|place| plan.steps[*place].id.as_str()).collect();
            let more = after.len().saturating_sub(names.len());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            pieces.push(piece(Role::Text, format!("after {}{more}", names.join(", "))));
        }
        for condition in conditions(plan, step) {
            pieces.push(piece(Role::Attention, format!("only if {condition}")));
        }
        let place = place(plan, step).map(|place| format!(" in {place}")).unwrap_or_default();
        pieces.push(piece(Role::Text, format!("{}{place}", step.action)));
        if step.mutates && !step.reversible {
            pieces.push(piece(Role::Bad, "CANNOT BE UNDONE"));
        }
        pieces
    }

    /// What it asks for, what is looked at, and what happens when it does not go well.
    fn how(&self, step: &Step) -> Vec<Piece> {
        let mut pieces = vec![match confirmation(step) {
            Some(text) => piece(Role::Attention, text),
            None => piece(Role::Dim, "goes ahead by itself"),
        }];
        let mut dim = |text: String| pieces.push(piece(Role::Dim, text));
        let counts = [(step.preconditions.len(), "precondition"), (step.verify.len(), "proof")];
        for (count, what) in counts.into_iter().filter(|(count, _)| *count > 0) {
            dim(counted(count, what));
        }
        pieces.extend(step.writing_proofs().map(|proof| piece(Role::Attention, format!("a proof writes: {}", proof.request()))));
        let mut dim = |text: String| pieces.push(piece(Role::Dim, text));
        if let Some(tries) = tries(step) {
            dim(tries);
        }
        dim(format!("timeout {}", short(step.timeout)));
        if let Some(failure) = failure(step.on_failure) {
            dim(failure.to_owned());
        }
        if self.brief.plan.rollbacks.contains_key(&step.id) {
            dim("has a rollback".into());
        } else if step.mutates && step.reversible {
            dim("no rollback".into());
        }
        pieces
    }
}
