//! Everything that can be done now, found by its words: on the selected step, on steps elsewhere that wait for a person, and going to any
//! step by its name.

use super::commands;
use super::keymap::{Binding, Do, KEYMAP};
use super::model::{Cmd, Model, Screen};
use super::rows::{Row, Selected, plan_step};
use super::text::clean;

/// What a line does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
    /// Something from the keymap, on what is selected.
    Here(Do),
    /// What another step waits for.
    There(usize),
    /// Going to a step.
    Step(usize),
}

/// A line of the palette.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    /// What it does, in words.
    pub words: String,
    /// The key that does the same.
    pub key: &'static str,
    /// What it does.
    pub goal: Goal,
    /// Why it cannot be done now.
    pub not_now: Option<String>,
}

/// The lines that match what was typed, best first. What cannot be done now and says why comes last, and only when it is looked for.
pub(super) fn lines(model: &Model) -> Vec<Line> {
    let typed = model.dialogs.last().and_then(|dialog| dialog.form.fields.first()).map_or("", |field| field.value());
    let wanted = Wanted::new(typed);
    let mut found: Vec<(i64, Line)> = Vec::new();
    let mut offer = |line: Line, names: &str| {
        if let Some(score) = wanted.score(&line.words).max(wanted.score(names)) {
            let barred = if line.not_now.is_some() { 100_000 } else { 0 };
            found.push((score - barred, line));
        }
    };
    for binding in KEYMAP.iter().filter(|binding| listed(binding.does)) {
        if commands::available(model, binding.does) {
            offer(here(model, binding), binding.short);
            if binding.does == Do::Act {
                elsewhere(model, &mut offer);
            }
        } else if !typed.is_empty()
            && let Some(why) = commands::why_not(model, binding.does)
        {
            offer(Line { not_now: Some(why), ..here(model, binding) }, binding.short);
        }
    }
    if !commands::available(model, Do::Act) {
        elsewhere(model, &mut offer);
    }
    if let (Some(state), false) = (model.state(), typed.is_empty()) {
        // Those on the list: a rollback nobody has asked for is not.
        for row in &model.rows {
            let Row::Step { index, .. } = *row else { continue };
            let (Some((id, _)), Some(step)) = (state.steps.get_index(index), plan_step(&state.plan, index)) else { continue };
            // Most steps are not looked for: their words are only made when their names fit.
            if wanted.score(&step.title).max(wanted.score(id.as_str())).is_some() {
                let words = format!(
                    "{}: {}",
                    if index < state.plan.steps.len() { format!("Go to step {}", index + 1) } else { "Go to rollback".into() },
                    clean(&step.title)
                );
                offer(Line { words, key: "", goal: Goal::Step(index), not_now: None }, &format!("{} {id}", step.title));
            }
        }
    }
    // Stable: what fits equally well stays in the keymap's order.
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    found.into_iter().map(|(_, line)| line).collect()
}

/// Does what a line says.
pub(super) fn perform(model: &mut Model, line: &Line) -> Vec<Cmd> {
    match line.goal {
        Goal::Here(what) => commands::perform(model, what),
        Goal::There(index) => {
            go(model, index);
            commands::perform(model, Do::Act)
        }
        Goal::Step(index) => {
            go(model, index);
            model.refresh();
            Vec::new()
        }
    }
}

fn go(model: &mut Model, index: usize) {
    model.screen = Screen::Steps;
    model.follow = false;
    model.select(Selected::Step(index));
}

/// Moving by one line is no command anybody looks for.
fn listed(what: Do) -> bool {
    !matches!(what, Do::Palette | Do::Back | Do::Up | Do::Down | Do::First | Do::Last | Do::PageUp | Do::PageDown)
}

fn here(model: &Model, binding: &Binding) -> Line {
    let about =
        model.selected_step().map(|(plan, _)| clean(&plan.title)).filter(|_| binding.does == Do::Act && model.screen == Screen::Steps);
    let words = match about {
        Some(title) => format!("{}: {title}", capital(commands::short(model, binding))),
        None => binding.help.to_owned(),
    };
    let key = binding.keys.first().map_or("", |key| key.name);
    Line { words, key, goal: Goal::Here(binding.does), not_now: None }
}

/// What waits for a person elsewhere.
fn elsewhere(model: &Model, offer: &mut impl FnMut(Line, &str)) {
    if model.watching() || model.unrecorded.is_some() {
        return;
    }
    for index in model.waiting().filter(|index| model.selected != Selected::Step(*index)) {
        let (Some(word), Some((plan, _))) = (commands::act_word(model, index), model.step(index)) else { continue };
        let words = format!("{}: {}", capital(word), clean(&plan.title));
        offer(Line { words, key: "", goal: Goal::There(index), not_now: None }, plan.id.as_str());
    }
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// What is looked for: the letters, in small.
struct Wanted {
    whole: String,
    letters: Vec<char>,
}

impl Wanted {
    fn new(typed: &str) -> Self {
        let whole = typed.trim().to_lowercase();
        let letters = whole.chars().filter(|c| !c.is_whitespace()).collect();
        Self { whole, letters }
    }

    /// How well words fit: best where they hold what was typed at the beginning of a word, then anywhere, then its letters in order, the
    /// closer together and the more of them at beginnings of words the better. `None` where not even that.
    fn score(&self, words: &str) -> Option<i64> {
        if self.letters.is_empty() {
            return Some(0);
        }
        let words = words.to_lowercase();
        if let Some(at) = words.find(&self.whole) {
            let begins = words[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric());
            return Some(if begins { 30_000 } else { 20_000 } - i64::try_from(at.min(9_999)).unwrap_or(0));
        }
        let mut score = 10_000;
        let mut letters = self.letters.iter().peekable();
        let (mut before, mut gap) = (' ', 0);
        for c in words.chars() {
            let Some(letter) = letters.peek() else { break };
            if **letter == c {
                let begins = !before.is_alphanumeric();
                score += if begins { 50 } else { 0 } - gap;
                gap = 0;
                letters.next();
            } else {
                gap += 1;
            }
            before = c;
        }
        letters.peek().is_none().then_some(score)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn score(words: &str, typed: &str) -> Option<i64> {
        Wanted::new(typed).score(words)
    }

    #[test]
    fn the_nearer_the_better() {
        assert!(score("roll back", "roll") > score("troll", "roll"), "the beginning of a word");
        assert!(score("troll", "roll") > score("re-order all", "roll"), "together");
        assert!(score("roll back", "rb") > score("orbit arbiter", "rtr"), "beginnings of words");
        assert!(score("Roll Back", "RB").is_some(), "whatever the case");
        assert_eq!(score("roll", "rolls"), None);
        assert_eq!(score("abc", "cb"), None, "in order");
    }

    proptest! {
        #[test]
        fn any_text_finds_itself_and_its_letters(words in "[a-zA-Zé日 ]{1,30}", keep in any::<u32>()) {
            let whole = score(&words, &words);
            prop_assert!(whole.is_some());
            let some: String = words.chars().enumerate().filter(|(i, _)| keep >> (i % 32) & 1 == 1).map(|(_, c)| c).collect();
            prop_assert!(score(&words, &some).is_some(), "{some:?} in {words:?}");
        }
    }
}
