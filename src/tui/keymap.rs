//! The keys, as data. The footer, the help and the palette are made from this one table.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What a key asks for outside dialogs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Do {
    /// Whatever the selected row waits for: begin, confirm, choose, decide.
    Act,
    /// Leave the selected step out.
    Skip,
    /// Try the selected step again.
    Retry,
    /// The selected step was or will be done by hand.
    TakeOver,
    /// Look at the world again for the selected step.
    Refresh,
    /// Roll back every completed step.
    RollBack,
    /// End the run.
    Abort,
    /// Pause, or go on.
    Pause,
    /// Write a note into the timeline.
    Note,
    /// Copy what is known of the selected step's failure.
    Copy,
    /// Write it into the run's folder.
    Keep,
    /// Select the next row that waits for a person, and follow the run again.
    Waiting,
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// The first row.
    First,
    /// The last row.
    Last,
    /// One page up in the details.
    PageUp,
    /// One page down in the details.
    PageDown,
    /// The next pane gets the arrow keys.
    NextPane,
    /// The previous pane gets the arrow keys.
    PreviousPane,
    /// The steps.
    Steps,
    /// The timeline on the whole screen.
    Timeline,
    /// The steps over time.
    Gantt,
    /// The changes of all steps.
    Plan,
    /// Earlier times of the chart.
    Earlier,
    /// Later times of the chart.
    Later,
    /// A finer scale of the chart.
    Closer,
    /// A coarser scale of the chart.
    Wider,
    /// The whole run in the chart.
    Whole,
    /// The summary of a run that is over.
    Summary,
    /// Show only what holds a text in the timeline.
    Find,
    /// Look for a text in the timeline or in the plan.
    Search,
    /// The next place where it stands.
    NextMatch,
    /// The previous place where it stands.
    PreviousMatch,
    /// Everything that can be done now.
    Palette,
    /// The keys.
    Help,
    /// One step back.
    Back,
    /// Leave lifeboat.
    Leave,
    /// Put lifeboat to sleep and give the terminal back to the shell.
    Suspend,
    /// Draw everything anew.
    Redraw,
}

/// Where a binding stands in the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// What is done to the selected step.
    Step,
    /// What is done to the run.
    Run,
    /// Moving and looking.
    Look,
    /// The program itself.
    Program,
}

impl Group {
    /// All, in the order of the help.
    pub const ALL: [Self; 4] = [Self::Step, Self::Run, Self::Look, Self::Program];

    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Step => "The selected step",
            Self::Run => "The run",
            Self::Look => "Looking",
            Self::Program => "The program",
        }
    }
}

/// One key as it is pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Which.
    pub code: KeyCode,
    /// With Ctrl.
    pub ctrl: bool,
    /// How it is written for people.
    pub name: &'static str,
}

pub(super) const fn key(code: KeyCode, name: &'static str) -> Key {
    Key { code, ctrl: false, name }
}

pub(super) const fn ctrl(c: char, name: &'static str) -> Key {
    Key { code: KeyCode::Char(c), ctrl: true, name }
}

/// Keys, what they do, and the words for it.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// Any of these.
    pub keys: &'static [Key],
    /// What they ask for.
    pub does: Do,
    /// One or two words for the footer; empty keeps it out of there.
    pub short: &'static str,
    /// One sentence for the help and the palette.
    pub help: &'static str,
    /// Where it stands in the help.
    pub group: Group,
}

const fn bind(group: Group, does: Do, keys: &'static [Key], short: &'static str, help: &'static str) -> Binding {
    Binding { keys, does, short, help, group }
}

/// Every binding, in the order of the footer and of the help.
pub const KEYMAP: &[Binding] = &[
    bind(
        Group::Step,
        Do::Act,
        &[key(KeyCode::Enter, "enter")],
        "confirm",
        "Do what the step waits for: begin, confirm, choose, decide; else go to the next step that waits",
    ),
    bind(Group::Step, Do::Retry, &[key(KeyCode::Char('r'), "r")], "retry", "Try a failed step again"),
    bind(Group::Step, Do::Skip, &[key(KeyCode::Char('s'), "s")], "skip", "Leave the step out, with a reason"),
    bind(Group::Step, Do::TakeOver, &[key(KeyCode::Char('m'), "m")], "by hand", "Say that you did the step by hand; its proofs run"),
    bind(Group::Step, Do::Refresh, &[key(KeyCode::Char('u'), "u")], "", "Look at the world again and update the change"),
    bind(
        Group::Run,
        Do::Waiting,
        &[key(KeyCode::Char('w'), "w")],
        "next",
        "Go to the next step that waits for you; nothing else moves the selection",
    ),
    bind(
        Group::Run,
        Do::Pause,
        &[key(KeyCode::Char('p'), "p")],
        "pause",
        "Pause the run at once (nothing new is begun; the reason may follow), or go on",
    ),
    bind(Group::Run, Do::Note, &[key(KeyCode::Char('n'), "n")], "note", "Write a note into the timeline; @11:58 in front backdates it"),
    bind(Group::Run, Do::RollBack, &[key(KeyCode::Char('b'), "b")], "", "Roll back every completed step, in reverse order"),
    bind(
        Group::Run,
        Do::Abort,
        &[key(KeyCode::Char('a'), "a"), key(KeyCode::Char('A'), "A")],
        "end the run",
        "Give up: on a step under way stop waiting for it; elsewhere end the run where it is",
    ),
    bind(Group::Look, Do::Summary, &[key(KeyCode::Char('o'), "o")], "outcome", "The summary of a run that is over"),
    bind(Group::Look, Do::Steps, &[key(KeyCode::Char('1'), "1")], "steps", "The steps"),
    bind(Group::Look, Do::Find, &[key(KeyCode::Char('/'), "/")], "find", "Show only the lines of the timeline that hold a text"),
    bind(
        Group::Look,
        Do::Search,
        &[key(KeyCode::Char('f'), "f")],
        "search",
        "Look for a text in the timeline or in the plan; all lines stay",
    ),
    bind(Group::Look, Do::NextMatch, &[key(KeyCode::Char(']'), "]")], "next match", "To the next place where the text stands"),
    bind(Group::Look, Do::PreviousMatch, &[key(KeyCode::Char('['), "[")], "previous", "To the previous place where the text stands"),
    bind(
        Group::Look,
        Do::Timeline,
        &[key(KeyCode::Char('t'), "t"), key(KeyCode::Char('2'), "2")],
        "timeline",
        "The timeline on the whole screen",
    ),
    bind(
        Group::Look,
        Do::Gantt,
        &[key(KeyCode::Char('c'), "c"), key(KeyCode::Char('3'), "3")],
        "gantt",
        "The steps over time, expected against actual",
    ),
    bind(
        Group::Look,
        Do::Plan,
        &[key(KeyCode::Char('P'), "P"), key(KeyCode::Char('4'), "4")],
        "plan",
        "The changes of all steps, and what they put at risk",
    ),
    bind(
        Group::Look,
        Do::Earlier,
        &[key(KeyCode::Left, "left"), key(KeyCode::Char('h'), "h")],
        "earlier",
        "The gantt: earlier times; elsewhere the pane before",
    ),
    bind(
        Group::Look,
        Do::Later,
        &[key(KeyCode::Right, "right"), key(KeyCode::Char('l'), "l")],
        "later",
        "The gantt: later times; elsewhere the next pane",
    ),
    bind(Group::Look, Do::Closer, &[key(KeyCode::Char('+'), "+"), key(KeyCode::Char('='), "=")], "closer", "The gantt: a finer scale"),
    bind(Group::Look, Do::Wider, &[key(KeyCode::Char('-'), "-")], "wider", "The gantt: a coarser scale"),
    bind(Group::Look, Do::Whole, &[key(KeyCode::Char('0'), "0")], "all", "The gantt: the whole run, and follow it"),
    bind(Group::Look, Do::Up, &[key(KeyCode::Up, "up"), key(KeyCode::Char('k'), "k")], "", "One line up"),
    bind(Group::Look, Do::Down, &[key(KeyCode::Down, "down"), key(KeyCode::Char('j'), "j")], "", "One line down"),
    bind(
        Group::Look,
        Do::First,
        &[key(KeyCode::Char('g'), "g"), key(KeyCode::Home, "home"), key(KeyCode::Char('<'), "<")],
        "",
        "To the first line",
    ),
    bind(
        Group::Look,
        Do::Last,
        &[key(KeyCode::Char('G'), "G"), key(KeyCode::End, "end"), key(KeyCode::Char('>'), ">")],
        "",
        "To the last line",
    ),
    bind(Group::Look, Do::PageUp, &[key(KeyCode::PageUp, "pgup"), ctrl('u', "ctrl-u")], "", "One page up"),
    bind(Group::Look, Do::PageDown, &[key(KeyCode::PageDown, "pgdn"), ctrl('d', "ctrl-d")], "", "One page down"),
    bind(Group::Look, Do::NextPane, &[key(KeyCode::Tab, "tab")], "", "Give the arrow keys to the next pane"),
    bind(Group::Look, Do::PreviousPane, &[key(KeyCode::BackTab, "shift-tab")], "", "Give the arrow keys to the previous pane"),
    bind(
        Group::Step,
        Do::Copy,
        &[key(KeyCode::Char('y'), "y"), key(KeyCode::Char('C'), "C")],
        "copy",
        "Copy to your terminal's clipboard: what is known of a failed step, else its instructions or its command",
    ),
    bind(
        Group::Step,
        Do::Keep,
        &[key(KeyCode::Char('W'), "W")],
        "write",
        "Write what is known of a failed step into a file in the run's folder",
    ),
    bind(Group::Program, Do::Palette, &[key(KeyCode::Char(':'), ":")], "", "Find anything that can be done now by its words"),
    bind(Group::Program, Do::Help, &[key(KeyCode::Char('?'), "?"), key(KeyCode::F(1), "f1")], "help", "The keys"),
    bind(Group::Program, Do::Back, &[key(KeyCode::Esc, "esc")], "", "Close, or go back"),
    bind(Group::Program, Do::Leave, &[key(KeyCode::Char('q'), "q"), ctrl('c', "ctrl-c")], "leave", "Leave; asks when work is under way"),
    bind(Group::Program, Do::Suspend, &[ctrl('z', "ctrl-z")], "", "Back to the shell for a moment (fg returns), when no work is under way"),
    bind(Group::Program, Do::Redraw, &[ctrl('l', "ctrl-l")], "", "Draw the screen anew"),
];

/// What a key asks for outside dialogs.
pub fn look_up(event: &KeyEvent) -> Option<Do> {
    KEYMAP.iter().find(|binding| binding.keys.iter().any(|key| matches(key, event))).map(|binding| binding.does)
}

/// The binding of something.
pub fn binding(does: Do) -> Option<&'static Binding> {
    KEYMAP.iter().find(|binding| binding.does == does)
}

/// The first key of something, as it is written for people.
pub fn name(does: Do) -> &'static str {
    binding(does).and_then(|binding| binding.keys.first()).map_or("", |key| key.name)
}

pub(super) fn matches(key: &Key, event: &KeyEvent) -> bool {
    let others = KeyModifiers::ALT | KeyModifiers::SUPER | KeyModifiers::HYPER | KeyModifiers::META;
    key.code == event.code && key.ctrl == event.modifiers.contains(KeyModifiers::CONTROL) && !event.modifiers.intersects(others)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_has_two_meanings() {
        let keys: Vec<&Key> = KEYMAP.iter().flat_map(|binding| binding.keys).collect();
        for (i, key) in keys.iter().enumerate() {
            assert!(!keys[i + 1..].iter().any(|other| (other.code, other.ctrl) == (key.code, key.ctrl)), "{}", key.name);
        }
    }

    #[test]
    fn nothing_is_bound_twice() {
        for (i, binding) in KEYMAP.iter().enumerate() {
            assert!(!KEYMAP[i + 1..].iter().any(|other| other.does == binding.does), "{:?}", binding.does);
        }
    }
}
