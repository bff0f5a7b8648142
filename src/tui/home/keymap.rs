//! The keys of the home screen, as data. Its footer and its help are made from this one table.

use crossterm::event::{KeyCode, KeyEvent};

use crate::tui::keymap::{Key, ctrl, key, matches};

/// What a key asks for outside dialogs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Do {
    Choose,
    Drill,
    DryRun,
    Live,
    Resume,
    Watch,
    Report,
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    NextGroup,
    OtherPane,
    Filter,
    Rescan,
    Help,
    Back,
    Leave,
    Suspend,
    Redraw,
}

/// Where a binding stands in the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    Start,
    Runs,
    Look,
    Program,
}

impl Group {
    pub(super) const ALL: [Self; 4] = [Self::Start, Self::Runs, Self::Look, Self::Program];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Start => "The selected runbook",
            Self::Runs => "The selected run",
            Self::Look => "Looking",
            Self::Program => "The program",
        }
    }
}

/// Keys, what they do, and the words for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Binding {
    pub(super) keys: &'static [Key],
    pub(super) does: Do,
    /// One or two words for the footer; empty keeps it out of there.
    pub(super) short: &'static str,
    /// One sentence for the help.
    pub(super) help: &'static str,
    pub(super) group: Group,
}

const fn bind(group: Group, does: Do, keys: &'static [Key], short: &'static str, help: &'static str) -> Binding {
    Binding { keys, does, short, help, group }
}

/// Every binding, in the order of the footer and of the help.
pub(super) const KEYMAP: &[Binding] = &[
    bind(Group::Start, Do::Choose, &[key(KeyCode::Enter, "enter")], "choose", "What can be done with the selected line"),
    bind(Group::Start, Do::Drill, &[key(KeyCode::Char('d'), "d")], "drill", "Rehearse it in a simulated AWS: nothing real is touched"),
    bind(Group::Start, Do::DryRun, &[key(KeyCode::Char('y'), "y")], "dry run", "Read the real AWS and show every change; change nothing"),
    bind(Group::Start, Do::Live, &[key(KeyCode::Char('x'), "x")], "live", "Run it against the real AWS; asks for the typed word first"),
    bind(Group::Runs, Do::Resume, &[key(KeyCode::Char('r'), "r")], "resume", "Take up an unfinished run where it stopped"),
    bind(
        Group::Runs,
        Do::Watch,
        &[key(KeyCode::Char('w'), "w")],
        "watch",
        "Look at a run that another process drives, or one that is over",
    ),
    bind(Group::Runs, Do::Report, &[key(KeyCode::Char('o'), "o")], "report", "Read the report of a run"),
    bind(Group::Look, Do::Filter, &[key(KeyCode::Char('/'), "/")], "filter", "Show only the lines that hold a text"),
    bind(Group::Look, Do::Up, &[key(KeyCode::Up, "up"), key(KeyCode::Char('k'), "k")], "", "One line up"),
    bind(Group::Look, Do::Down, &[key(KeyCode::Down, "down"), key(KeyCode::Char('j'), "j")], "", "One line down"),
    bind(Group::Look, Do::First, &[key(KeyCode::Char('g'), "g"), key(KeyCode::Home, "home")], "", "To the first line"),
    bind(Group::Look, Do::Last, &[key(KeyCode::Char('G'), "G"), key(KeyCode::End, "end")], "", "To the last line"),
    bind(Group::Look, Do::NextGroup, &[key(KeyCode::Char('n'), "n")], "", "To the next group: runbooks, unfinished runs, finished runs"),
    bind(Group::Look, Do::PageUp, &[key(KeyCode::PageUp, "pgup"), ctrl('u', "ctrl-u")], "", "One page up"),
    bind(Group::Look, Do::PageDown, &[key(KeyCode::PageDown, "pgdn"), ctrl('d', "ctrl-d")], "", "One page down"),
    bind(
        Group::Look,
        Do::OtherPane,
        &[key(KeyCode::Tab, "tab"), key(KeyCode::BackTab, "shift-tab")],
        "",
        "Give the arrow keys to the other pane",
    ),
    bind(Group::Look, Do::Rescan, &[ctrl('r', "ctrl-r")], "", "Look for runbooks and runs again"),
    bind(Group::Program, Do::Help, &[key(KeyCode::Char('?'), "?"), key(KeyCode::F(1), "f1")], "help", "The keys"),
    bind(Group::Program, Do::Back, &[key(KeyCode::Esc, "esc")], "", "Close, or go back"),
    bind(Group::Program, Do::Leave, &[key(KeyCode::Char('q'), "q"), ctrl('c', "ctrl-c")], "leave", "Leave lifeboat"),
    bind(Group::Program, Do::Suspend, &[ctrl('z', "ctrl-z")], "", "Back to the shell for a moment (fg returns)"),
    bind(Group::Program, Do::Redraw, &[ctrl('l', "ctrl-l")], "", "Draw the screen anew"),
];

/// What a key asks for outside dialogs.
pub(super) fn look_up(event: &KeyEvent) -> Option<Do> {
    KEYMAP.iter().find(|binding| binding.keys.iter().any(|key| matches(key, event))).map(|binding| binding.does)
}

/// The first key of something, as it is written for people.
pub(super) fn name(does: Do) -> &'static str {
    KEYMAP.iter().find(|binding| binding.does == does).and_then(|binding| binding.keys.first()).map_or("", |key| key.name)
}
