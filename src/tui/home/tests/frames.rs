//! Whole frames of the home screen.

use crossterm::event::KeyCode;
use insta::assert_snapshot;

use super::stage::{Stage, now, run, runs};
use crate::engine::{Outcome, RunKind};
use crate::journal::Standing;
use crate::tui::home::model::{Cmd, Msg, Request};
use crate::tui::model::Options;
use crate::tui::theme::Palette;

/// The three sizes that are looked at.
const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

fn at_every_size(name: &str, stage: impl Fn(u16, u16) -> Stage) {
    for (width, height) in SIZES {
        assert_snapshot!(format!("{name}_{width}"), stage(width, height).picture());
    }
}

/// The failover's form, with an error in a field.
fn wrong_number(width: u16, height: u16) -> Stage {
    let mut stage = Stage::project(width, height).down(2);
    stage.press(KeyCode::Char('d'));
    stage.press(KeyCode::Tab);
    stage.type_text("9");
    stage
}

fn live(width: u16, height: u16) -> Stage {
    let mut stage = Stage::project(width, height).down(2);
    stage.press(KeyCode::Char('x'));
    stage.type_text("INC-42");
    assert_eq!(stage.press(KeyCode::Enter), []);
    stage.type_text("liv");
    stage
}

#[test]
fn lists() {
    at_every_size("list_with_a_broken_runbook", Stage::project);
}

#[test]
fn details() {
    at_every_size("details_of_a_runbook", |width, height| Stage::project(width, height).down(2));
    at_every_size("details_of_a_driven_run", |width, height| Stage::project(width, height).down(3));
    assert_snapshot!("details_of_a_warning_120", Stage::project(120, 40).down(1).picture());
    assert_snapshot!("details_of_a_paused_run_120", Stage::project(120, 40).down(4).picture());
    assert_snapshot!("details_of_a_finished_run_80", Stage::project(80, 24).down(6).picture());
    assert_snapshot!("details_of_a_damaged_run_120", Stage::project(120, 40).down(8).picture());
}

#[test]
fn an_empty_project() {
    at_every_size("empty_project", |width, height| {
        let mut stage = Stage::empty(width, height);
        stage.found(Vec::new(), Vec::new());
        stage
    });
}

#[test]
fn what_is_still_being_read() {
    let mut stage = Stage::empty(80, 24);
    assert_snapshot!("nothing_read_yet_80", stage.picture());
    let runs = runs().into_iter().map(std::sync::Arc::new).collect();
    stage.tell(Msg::Runs { runs, of: 2_000, problem: None });
    assert_snapshot!("runs_half_read_80", stage.picture());
}

#[test]
fn the_state_folder_cannot_be_read() {
    let mut stage = Stage::empty(80, 24);
    stage.found(Vec::new(), Vec::new());
    let problem = Some("cannot read /home/alice/.local/state/lifeboat/runs: permission denied".into());
    stage.tell(Msg::Runs { runs: Vec::new(), of: 0, problem });
    assert_snapshot!("no_state_folder_80", stage.picture());
}

#[test]
fn forms() {
    at_every_size("form_with_an_error", wrong_number);
    let mut stage = wrong_number(80, 24);
    stage.press(KeyCode::Enter);
    assert_snapshot!("form_refused_80", stage.picture());
}

#[test]
fn live_asks_for_the_word() {
    at_every_size("live_confirmation", live);
    let mut stage = Stage::project(80, 24).down(4);
    stage.press(KeyCode::Char('r'));
    assert_snapshot!("live_resume_80", stage.picture());
}

#[test]
fn menus_help_filter_and_messages() {
    let mut stage = Stage::project(80, 24).down(2);
    stage.press(KeyCode::Enter);
    assert_snapshot!("menu_80", stage.picture());
    stage.press(KeyCode::Esc);
    stage.press(KeyCode::Char('?'));
    assert_snapshot!("help_120", {
        stage.tell_size(120, 40);
        stage.picture()
    });
    stage.press(KeyCode::Esc);
    stage.tell_size(80, 24);
    stage.press(KeyCode::Char('/'));
    stage.type_text("drill");
    assert_snapshot!("filter_80", stage.picture());
    let mut stage = Stage::project(80, 24);
    stage.press(KeyCode::Char('d'));
    assert_snapshot!("broken_refused_80", stage.picture());
}

#[test]
fn a_report_is_read() {
    let mut stage = Stage::project(80, 24).down(6);
    let asked = stage.press(KeyCode::Char('o'));
    let name = runs()[4].run.clone();
    assert_eq!(asked, [Cmd::Ask(Request::Report(name.clone()))]);
    assert_snapshot!("report_awaited_80", stage.picture());
    let table = "| Step                | Result    | Duration | Confirmed by                    | Attempts |";
    let lines: String = (0..40).map(|n| format!("{n}. something \u{1b}[31mhappened\n")).collect();
    stage.tell(Msg::Report(name, Ok(format!("# DRILL: Fail over\n\n{table}\n\n{lines}"))));
    assert_snapshot!("report_80", stage.picture());
    stage.press(KeyCode::Char('G'));
    assert!(stage.frame().contains("39. something"));
}

#[test]
fn looks_without_colour_and_without_unicode() {
    let options = Options { ascii: true, theme: Palette::Light, no_color: true, ..Options::default() };
    let mut stage = Stage::with(options, 120, 40).filled();
    let frame = stage.frame();
    assert!(frame.is_ascii(), "{frame}");
    assert_snapshot!("ascii_120", stage.picture());
}

#[test]
fn dialogs_and_states_at_every_size() {
    let book = |width, height| Stage::project(width, height).down(2);
    let press = |mut stage: Stage, code| {
        stage.press(code);
        stage
    };
    at_every_size("menu_of_a_runbook", |width, height| press(book(width, height), KeyCode::Enter));
    at_every_size("menu_of_a_paused_run", |width, height| press(Stage::project(width, height).down(4), KeyCode::Enter));
    at_every_size("help_of_home", |width, height| press(book(width, height), KeyCode::Char('?')));
    at_every_size("form_of_a_drill", |width, height| press(book(width, height), KeyCode::Char('d')));
    at_every_size("form_of_a_dry_run", |width, height| press(book(width, height), KeyCode::Char('y')));
    at_every_size("form_of_a_live_run", |width, height| press(book(width, height), KeyCode::Char('x')));
    at_every_size("resume_a_live_run", |width, height| press(Stage::project(width, height).down(4), KeyCode::Char('r')));
    at_every_size("filtering", |width, height| {
        let mut stage = press(Stage::project(width, height), KeyCode::Char('/'));
        stage.type_text("drill");
        stage
    });
    at_every_size("a_damaged_run", |width, height| Stage::project(width, height).down(8));
    at_every_size("refused", |width, height| press(Stage::project(width, height), KeyCode::Char('d')));
}

#[test]
fn looks_at_every_size() {
    let looks = [
        ("light", Options { theme: Palette::Light, ..Options::default() }),
        ("high_contrast", Options { theme: Palette::HighContrast, ..Options::default() }),
        ("no_colour", Options { no_color: true, ..Options::default() }),
        ("ascii", Options { ascii: true, ..Options::default() }),
    ];
    for (name, options) in looks {
        at_every_size(&format!("look_{name}"), |width, height| Stage::with(options.clone(), width, height).filled().down(2));
        at_every_size(&format!("look_{name}_dialog"), |width, height| {
            let mut stage = Stage::with(options.clone(), width, height).filled().down(2);
            stage.press(KeyCode::Char('x'));
            stage
        });
    }
}

/// The RTO counts from the outage: a run that was quick, and begun late, was too late.
#[test]
fn a_drill_is_measured_from_its_outage() {
    let done = || Standing::Finished { outcome: Outcome::Succeeded, reason: "every step is done".into() };
    let drill = |late| super::stage::run_after(late, "20260301T024700Z-77xy", "2026-03-01T02:47:00Z", RunKind::Drill, 3_500, done());
    for (late, words) in
        [(90, "59:50 after the outage began, within the RTO of 60m"), (210, "1:01:50 after the outage began, OVER the RTO of 60m")]
    {
        let mut stage = Stage::empty(80, 24);
        stage.found(vec![super::stage::failover()], vec![drill(late)]);
        let frame = stage.frame();
        let told: Vec<&str> = frame.lines().flat_map(|line| line.trim_matches(['│', ' ']).split_whitespace()).collect();
        let told = told.join(" ");
        assert!(told.contains("succeeded in 58:20") && told.contains(words), "{frame}");
    }
}

#[test]
fn high_contrast_leaves_no_cell_to_the_terminal() {
    let mut stage = Stage::with(Options { theme: Palette::HighContrast, ..Options::default() }, 80, 24).filled();
    let picture = stage.picture();
    let legend = picture.lines().find(|line| line.starts_with("==== ")).expect("the looks");
    assert!(legend.trim_start_matches("==== ").split(", ").all(|look| look.contains(" on ")), "{legend}");
}

#[test]
fn too_small() {
    let mut stage = Stage::project(79, 24);
    assert!(stage.frame().contains("lifeboat needs 80x24"));
    assert_eq!(stage.press(KeyCode::Char('d')), []);
    assert_eq!(stage.press(KeyCode::Char('q')).len(), 1);
}

#[test]
fn wide_and_hostile_texts_keep_their_columns() {
    let mut stage = Stage::empty(80, 24);
    let mut book = super::stage::failover();
    book.title = "日本語のとても長い題名 \u{1b}]0;x\u{7} e\u{301} ".repeat(9);
    book.owners = vec!["所有者".repeat(9)];
    let mut old =
        run("x", "2020-01-01T00:00:00Z", RunKind::Drill, 999_999, Standing::Finished { outcome: Outcome::Aborted, reason: "x".into() });
    old.begun = Some(now() + jiff::SignedDuration::from_hours(1));
    stage.found(vec![book], vec![old]);
    for (width, height) in SIZES {
        stage.tell_size(width, height);
        let frame = stage.frame();
        assert!(!frame.contains(['\u{1b}', '\u{7}']), "{frame}");
        for line in frame.lines().skip(2).filter(|line| line.starts_with('│')) {
            assert!(line.trim_end().ends_with('│') || line.contains("Hidden"), "{line}");
        }
    }
}

impl Stage {
    fn tell_size(&mut self, width: u16, height: u16) {
        let size = ratatui::layout::Size { width, height };
        assert_eq!(crate::tui::home::update::update(&mut self.model, Msg::Resize(size)), [Cmd::Redraw]);
    }
}
