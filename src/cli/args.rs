//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::clock::Moment;

/// Runs disaster-recovery runbooks: live, as a dry run, or as a drill in a simulated AWS.
#[derive(Debug, Parser)]
#[command(name = "lifeboat", version, about, propagate_version = true, max_term_width = 110, args_conflicts_with_subcommands = true)]
#[command(
    after_help = "Start with:  lifeboat drill runbooks/regional_failover.yaml\n\nExit codes: 0 done · 1 ended short of its goal · 2 bad input · 3 refused · 4 the record · 5 paused, can be resumed"
)]
pub(super) struct Cli {
    /// What to do; the home screen when not given.
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub home: Home,
}

/// `lifeboat` alone, in a terminal.
#[derive(Debug, Args)]
#[command(next_help_heading = "The home screen, which opens in a terminal when no command is given")]
pub(super) struct Home {
    #[command(flatten)]
    pub screen: Screen,
    #[command(flatten)]
    pub state: StateDir,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Rehearse a runbook in a simulated AWS: no account, no network
    Drill(Drill),
    /// Execute a runbook against AWS, or show with --dry-run what it would do
    Run(Run),
    /// Take up a run that stopped; it looks at AWS before it does anything
    Resume(Resume),
    /// Watch a run that another process drives, or one that is over; nothing can be asked of it
    Watch(Watch),
    /// Check runbooks and explain what is wrong with them
    Check(Check),
    /// Show what a runbook would do, step by step: no AWS, no network, nothing recorded
    Plan(Plan),
    /// List the runs that were recorded
    Runs(Runs),
    /// Write the report of a run, as Markdown
    Report(Report),
    /// Check that the record of a run is as it was written
    Verify(Verify),
    /// Simulated worlds
    World(World),
    /// What steps can do: parameters, outputs, errors, permissions, an example
    Actions(Catalogue),
    /// What preconditions and proofs can read: parameters, fields, errors, an example
    Probes(Catalogue),
    /// Print the JSON Schema of runbooks, for editors and validators
    Schema,
    /// Write a runbook to start from, with a world to rehearse it in
    New(New),
    /// Print the completions of a shell: source them, or put them where it looks
    Completions(Completions),
    /// Print the manual page, or write that of every command into a folder
    Man(Man),
}

/// `lifeboat drill`.
#[derive(Debug, Args)]
pub(super) struct Drill {
    /// The runbook
    pub runbook: PathBuf,
    /// The world to rehearse in; the runbook's own `world` when not given
    #[arg(long, value_name = "FILE")]
    pub world: Option<PathBuf>,
    #[command(flatten)]
    pub pace: DrillPace,
    #[command(flatten)]
    pub said: Said,
    /// Repeat the chances of another drill
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    #[command(flatten)]
    pub common: Common,
}

/// How a drill goes.
#[derive(Debug, Args)]
pub(super) struct DrillPace {
    /// How fast the world's time goes: a number, or `max` for as fast as it can be computed (without the screen).
    /// With the screen 60 when not given, without it `max`. While only you are waited for, time goes at 1
    #[arg(long, value_name = "N|max", help_heading = "Drills")]
    pub speed: Option<Speed>,
    /// Let the autopilot confirm, also when the screen is there
    #[arg(long, help_heading = "Drills")]
    pub autopilot: bool,
}

/// `lifeboat run`.
#[derive(Debug, Args)]
pub(super) struct Run {
    /// The runbook
    pub runbook: PathBuf,
    /// Make every read, show every change, change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// In a dry run, make no request on the author's word that it only reads (`reads: true`)
    #[arg(long, requires = "dry_run")]
    pub no_author_reads: bool,
    #[command(flatten)]
    pub hands: Hands,
    /// Begin although the same runbook runs against the same account already
    #[arg(long)]
    pub allow_concurrent: bool,
    /// When the outage began, for the RTO clock: `02:43` (UTC), `2026-03-12T02:43Z`, or how long ago, `15m`; now when not given
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub incident_start: Option<Moment>,
    #[command(flatten)]
    pub common: Common,
}

/// `lifeboat resume`.
#[derive(Debug, Args)]
pub(super) struct Resume {
    /// The run (the beginning of its name is enough); the newest unfinished one when not given
    pub run: Option<String>,
    #[command(flatten)]
    pub hands: Hands,
    #[command(flatten)]
    pub decisions: Decisions,
    /// Go on although the same runbook runs against the same account already
    #[arg(long)]
    pub allow_concurrent: bool,
    #[command(flatten)]
    pub pace: DrillPace,
    /// How to show the run
    #[arg(long, value_enum)]
    pub output: Option<Output>,
    #[command(flatten)]
    pub screen: Screen,
    #[command(flatten)]
    pub state: StateDir,
}

/// `lifeboat watch`.
#[derive(Debug, Args)]
pub(super) struct Watch {
    /// The run (the beginning of its name is enough); the newest that is being driven when not given, else the newest
    pub run: Option<String>,
    /// How to show the run; the screen when there is a terminal, otherwise lines
    #[arg(long, value_enum)]
    pub output: Option<Output>,
    #[command(flatten)]
    pub screen: Screen,
    #[command(flatten)]
    pub state: StateDir,
}

/// The confirmations of a run without a screen.
#[derive(Debug, Args)]
pub(super) struct Hands {
    /// Confirm without a screen; steps that want typed text need --confirm as well
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    pub said: Said,
}

/// What is said beforehand, in the place of the screen. In a drill the autopilot says it.
#[derive(Debug, Args)]
pub(super) struct Said {
    /// The text that a step wants typed (or the second person's name)
    #[arg(long, value_name = "STEP=TEXT", value_parser = pair)]
    pub confirm: Vec<(String, String)>,
    /// The answer to a question that a step asks; in a drill, in the place of its `example`
    #[arg(long, value_name = "STEP.NAME=TEXT", value_parser = pair)]
    pub answer: Vec<(String, String)>,
}

/// What is decided about single steps of a run without a screen. Each is recorded, as if it were given at the screen.
#[derive(Debug, Args)]
#[command(next_help_heading = "Decisions about a step, without a screen")]
pub(super) struct Decisions {
    /// The call in doubt happened: how you know
    #[arg(long, value_name = "STEP=HOW", value_parser = pair)]
    pub happened: Vec<(String, String)>,
    /// The call in doubt did not happen: how you know. The step asks for its confirmation again
    #[arg(long, value_name = "STEP=HOW", value_parser = pair)]
    pub not_happened: Vec<(String, String)>,
    /// Try the failed step again, and why if that is worth a word
    #[arg(long, value_name = "STEP[=WHY]", value_parser = maybe_pair)]
    pub retry: Vec<(String, Option<String>)>,
    /// Leave the step out: why
    #[arg(long, value_name = "STEP=WHY", value_parser = pair)]
    pub skip: Vec<(String, String)>,
    /// The step was done by hand: what was done. Its proofs are taken
    #[arg(long, value_name = "STEP=WHAT", value_parser = pair)]
    pub take_over: Vec<(String, String)>,
}

/// The values of the runbook's parameters.
#[derive(Debug, Args)]
pub(super) struct Params {
    /// A parameter of the runbook
    #[arg(short, long = "param", value_name = "NAME=VALUE", value_parser = pair)]
    pub params: Vec<(String, String)>,
    /// A YAML file with parameters, `NAME: VALUE`; those given by --param take their place
    #[arg(long, value_name = "FILE")]
    pub params_file: Option<PathBuf>,
}

/// What every run takes.
#[derive(Debug, Args)]
pub(super) struct Common {
    #[command(flatten)]
    pub given: Params,
    /// How to show the run; the screen when there is a terminal, otherwise lines
    #[arg(long, value_enum)]
    pub output: Option<Output>,
    #[command(flatten)]
    pub screen: Screen,
    #[command(flatten)]
    pub state: StateDir,
}

/// How the screen looks.
#[derive(Debug, Args, Clone)]
pub(super) struct Screen {
    /// Plain ASCII on the screen, for poor fonts
    #[arg(long)]
    pub ascii: bool,
    /// Colours of the screen
    #[arg(long, value_enum, default_value_t = Theme::Dark, env = "LIFEBOAT_THEME")]
    pub theme: Theme,
    /// No bell and no notification of the terminal for what waits, fails or ends
    #[arg(long, env = "LIFEBOAT_NO_BELL", value_parser = clap::builder::FalseyValueParser::new())]
    pub no_bell: bool,
}

/// Where runs are recorded.
#[derive(Debug, Args, Clone)]
pub(super) struct StateDir {
    /// Where runs are recorded; $XDG_STATE_HOME/lifeboat when not given
    #[arg(long, value_name = "FOLDER", env = "LIFEBOAT_STATE_DIR")]
    pub state_dir: Option<PathBuf>,
}

/// `lifeboat check`.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// The runbooks, and folders to look for runbooks in
    #[arg(required_unless_present = "explain", value_name = "FILE|FOLDER")]
    pub files: Vec<PathBuf>,
    /// Warnings count as errors
    #[arg(long)]
    pub strict: bool,
    /// How to show what is found: for people, for programs, or for code hosts
    #[arg(long, value_enum, default_value = "human")]
    pub output: CheckOutput,
    /// Say what a finding means, with an example of the mistake and of its mending
    #[arg(long, value_name = "CODE", conflicts_with_all = ["strict", "output", "files"])]
    pub explain: Option<String>,
}

/// How `lifeboat check` shows what is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum CheckOutput {
    /// Excerpts and verdicts
    Human,
    /// One JSON document
    Json,
    /// SARIF 2.1.0
    Sarif,
}

/// `lifeboat plan`.
#[derive(Debug, Args)]
pub(super) struct Plan {
    /// The runbook
    pub runbook: PathBuf,
    #[command(flatten)]
    pub given: Params,
    /// What to print
    #[arg(long, value_enum, default_value_t = PlanOutput::Tree)]
    pub output: PlanOutput,
    /// Draw with ASCII alone, for poor fonts
    #[arg(long)]
    pub ascii: bool,
}

/// How a plan is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum PlanOutput {
    /// A drawing with everything a reviewer asks for
    Tree,
    /// A Mermaid flowchart
    Mermaid,
    /// A graph for Graphviz
    Dot,
    /// One JSON object: docs/plan-format.md
    Json,
    /// The IAM policy that a run needs
    Iam,
}

/// `lifeboat runs`.
#[derive(Debug, Args)]
pub(super) struct Runs {
    /// One JSON object a run
    #[arg(long)]
    pub json: bool,
    /// Only those that are not over
    #[arg(long)]
    pub unfinished: bool,
    /// Only those of this kind
    #[arg(long, value_enum)]
    pub kind: Option<Kind>,
    /// At most so many, the newest
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// End an unfinished run that nobody drives, without taking it up: nothing is called, it only cannot be resumed any more
    #[arg(long, value_name = "RUN", conflicts_with_all = ["json", "unfinished", "kind", "limit"])]
    pub dismiss: Option<String>,
    /// Why it is dismissed; of a live run it must be said
    #[arg(long, value_name = "WHY", requires = "dismiss")]
    pub reason: Option<String>,
    #[command(flatten)]
    pub state: StateDir,
}

/// A kind of run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// Against AWS
    Live,
    /// Against AWS, reads only
    DryRun,
    /// In a simulated world
    Drill,
}

/// `lifeboat report`.
#[derive(Debug, Args)]
pub(super) struct Report {
    /// The run (the beginning of its name is enough), or `latest`
    #[arg(default_value = "latest")]
    pub run: String,
    /// Write it into this file, which must not be there yet, instead of to standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub state: StateDir,
}

/// `lifeboat verify`.
#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The run (the beginning of its name is enough), `latest`, or the path of a run's folder or a journal
    #[arg(default_value = "latest")]
    pub run: String,
    /// The last hash as it was kept elsewhere: without it nobody can tell that records were cut off the end
    #[arg(long, value_parser = super::verify::hash_argument)]
    pub hash: Option<String>,
    /// One JSON object
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub state: StateDir,
}

/// `lifeboat world`.
#[derive(Debug, Args)]
pub(super) struct World {
    /// What to do with it.
    #[command(subcommand)]
    pub command: WorldCommand,
}

/// What to do with a world.
#[derive(Debug, Subcommand)]
pub(super) enum WorldCommand {
    /// Serve a simulated world as an AWS endpoint on this machine, for any AWS client
    Serve(Serve),
}

/// `lifeboat world serve`.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// The world file
    pub file: PathBuf,
    /// Where to listen; only addresses of this machine's loopback
    #[arg(long, default_value = "127.0.0.1:4599", value_name = "ADDR")]
    pub listen: std::net::SocketAddr,
    /// How fast the world's time goes
    #[arg(long, default_value_t = 1.0, value_name = "N")]
    pub speed: f64,
    /// Repeat the chances of another world
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// Say nothing of the calls that are served
    #[arg(long)]
    pub quiet: bool,
}

/// `lifeboat new`.
#[derive(Debug, Args)]
pub(super) struct New {
    /// What to start from; lists the templates when not given
    pub template: Option<String>,
    /// Where to write it; TEMPLATE.yaml when not given. The other files go beside it
    #[arg(long, value_name = "FILE", requires = "template")]
    pub output: Option<PathBuf>,
    /// Write over files that are there
    #[arg(long, requires = "template")]
    pub force: bool,
}

/// `lifeboat completions`.
#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// `lifeboat man`.
#[derive(Debug, Args)]
pub(super) struct Man {
    /// Where to write the pages; without it the program's own page is printed
    #[arg(value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
}

/// `lifeboat actions` and `lifeboat probes`.
#[derive(Debug, Args)]
pub(super) struct Catalogue {
    /// Explain this one; all in a line each when not given
    pub name: Option<String>,
    /// How to show it
    #[arg(long, value_enum, default_value_t = Form::Text)]
    pub output: Form,
}

/// How something is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// For people
    Text,
    /// One JSON document
    Json,
}

/// How a run is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Output {
    /// The screen
    Tui,
    /// One line an event, and a summary
    Line,
    /// One JSON object an event, and a summary
    Json,
}

/// Colours of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Theme {
    /// For a dark background
    Dark,
    /// For a light background
    Light,
    /// White on black of its own, bold and underlined, for eyes and screens that need it
    HighContrast,
}

/// A drill's speed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Speed {
    /// As fast as it can be computed.
    Max,
    /// That many seconds of the world in one of ours.
    Times(f64),
}

impl std::str::FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.parse::<f64>()) {
            ("max", _) => Ok(Self::Max),
            (_, Ok(times)) if times.is_finite() && (0.1..=100_000.0).contains(&times) => Ok(Self::Times(times)),
            _ => Err("a number from 0.1 to 100000, or `max`".into()),
        }
    }
}

/// `NAME` or `NAME=TEXT`.
fn maybe_pair(text: &str) -> Result<(String, Option<String>), String> {
    match text.contains('=') {
        true => pair(text).map(|(name, value)| (name, Some(value))),
        false => Ok((text.trim().to_owned(), None)),
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    // The item in the id of a step, `deploy[a=b]`, may have the sign, too.
    let mut depth = 0_usize;
    let sign = text.char_indices().find(|(_, c)| {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        *c == '=' && depth == 0
    });
    match sign.map(|(at, _)| (&text[..at], &text[at + 1..])) {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("write it as NAME=VALUE".into()),
    }
}
