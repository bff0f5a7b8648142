//! The check of a whole runbook.

use std::collections::HashSet;
use std::path::Path;
use std::rc::Rc;

use serde_json::{Map, Value};

use super::expressions::{self, Expressions};
use super::graph::Graph;
use super::{filled, guards, impaired, pace, programs, reach, requests, safety, step, tidy, waits};
use crate::diag::{Diagnostic, Severity, Source, Span, code};
use crate::expr::{self, Shape};
use crate::runbook::fill::{fill, plan_scope};
use crate::runbook::model::{ParamKind, Runbook, StepDoc, TargetDoc};
use crate::runbook::parse::decode;
use crate::runbook::shelf::{Book, Shelf};
use crate::runbook::spec::{ActionSpec, Catalog, Reversibility};
use crate::runbook::{duration, params, pattern, rules, target};

/// Everything that is wrong with the meaning of a runbook, errors and warnings, in the order of the file.
pub fn check(source: &Source, runbook: &Runbook, catalog: &Catalog) -> Vec<Diagnostic> {
    check_on(source, runbook, &Shelf::new(catalog))
}

/// The same, with the runbooks that it runs taken from a shelf.
pub(crate) fn check_on(source: &Source, runbook: &Runbook, shelf: &Shelf<'_>) -> Vec<Diagnostic> {
    sorted(findings(source, runbook, shelf).0)
}

/// Everything that is wrong with a file: its structure, and the meaning of all that could be read of it. The runbook is there when no
/// finding is an error.
pub fn examine(source: &Source, catalog: &Catalog) -> (Option<Runbook>, Vec<Diagnostic>) {
    let (runbook, _, diagnostics) = examine_on(source, &Shelf::new(catalog));
    (runbook, diagnostics)
}

/// The same, with the runbooks that it runs taken from a shelf, and with what others see of it.
pub(crate) fn examine_on(source: &Source, shelf: &Shelf<'_>) -> (Option<Runbook>, Option<Outline>, Vec<Diagnostic>) {
    let (runbook, mut diagnostics) = decode(source);
    let outline = runbook.as_ref().map(|runbook| {
        let (found, outline) = findings(source, runbook, shelf);
        diagnostics.extend(found);
        outline
    });
    let failed = diagnostics.iter().any(|finding| finding.severity == Severity::Error);
    (runbook.filter(|_| !failed), outline, sorted(diagnostics))
}

/// What a runbook shows to one that runs it as a step.
#[derive(Debug, Clone)]
pub(crate) struct Outline {
    /// What can be read of its steps.
    pub(crate) outcomes: Shape,
    /// Seconds that it is expected to take.
    pub(crate) expected: f64,
    /// How many runbooks deep it is, itself not counted.
    pub(crate) height: usize,
}

/// Most findings that are given for one file. Nobody reads more, and a file made to have very many must not cost very much.
pub(crate) const MOST_FINDINGS: usize = 200;

/// Steps of the longest way that a message names.
const MOST_OF_A_WAY: usize = 10;

/// In the order of the file, errors before warnings at one place, each said once.
pub(crate) fn sorted(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    diagnostics.sort_by_key(|finding| (finding.span.as_ref().map_or(0, |span| span.start), finding.severity));
    // What an alias repeats is found once for each use, at the one place where it is written.
    let mut seen = HashSet::new();
    diagnostics.retain(|finding| seen.insert((finding.code, finding.span.clone(), finding.message.clone())));
    // Where a number is no value at all, what is said of that says of its zero what is to be said.
    let zero = |finding: &Diagnostic| finding.code == code::LEADING_ZERO;
    let wrong: HashSet<_> =
        diagnostics.iter().filter(|one| one.severity == Severity::Error && !zero(one)).map(|one| one.span.clone()).collect();
    diagnostics.retain(|finding| !zero(finding) || !wrong.contains(&finding.span));
    if let Some(more) = diagnostics.len().checked_sub(MOST_FINDINGS + 1) {
        let errors = diagnostics[MOST_FINDINGS..].iter().filter(|finding| finding.severity == Severity::Error).count();
        diagnostics.truncate(MOST_FINDINGS);
        let message = format!("there are {} more findings, {errors} of them errors", more + 1);
        // An error among what is left out must not turn into a warning.
        let severity = if errors > 0 { Severity::Error } else { Severity::Warning };
        diagnostics
            .push(Diagnostic { severity, ..Diagnostic::error(code::TOO_MANY, None, message).help("mend the first ones and look again") });
    }
    diagnostics
}

/// What all parts of the check share.
pub(super) struct Cx<'a> {
    pub(super) source: &'a Source,
    pub(super) runbook: &'a Runbook,
    pub(super) catalog: &'a Catalog,
    pub(super) graph: Graph,
    pub(super) expressions: Expressions<'a>,
    /// For each step, the runbook that it runs.
    pub(super) nested: Vec<Option<Rc<Book>>>,
    /// `params` and `targets` as they are when every default is kept; a parameter without a default is missing.
    pub(super) defaults: &'a Value,
    /// What steps read of each other.
    pub(super) waits: Vec<waits::Wait>,
    /// Bytes of what was filled in so far.
    pub(super) filled: usize,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Places of what looks like a number, and is meant as a text.
    pub(super) as_texts: HashSet<Span>,
}

fn findings(source: &Source, runbook: &Runbook, shelf: &Shelf<'_>) -> (Vec<Diagnostic>, Outline) {
    let catalog = shelf.catalog();
    if let Some(finding) = pattern::too_many(runbook) {
        return (vec![finding], Outline { outcomes: Shape::Any, expected: 0.0, height: 0 });
    }
    let mut diagnostics = Vec::new();
    let nested = nested(source, runbook, shelf, &mut diagnostics);
    for param in runbook.params.values() {
        params::check(param, &mut diagnostics);
    }
    let graph = Graph::new(runbook, &mut diagnostics);
    let defaults = default_scope(runbook);
    let mut cx = Cx {
        source,
        runbook,
        catalog,
        graph,
        expressions: Expressions::new(runbook, catalog, &nested, &defaults),
        nested,
        defaults: &defaults,
        waits: Vec::new(),
        filled: 0,
        diagnostics,
        as_texts: HashSet::new(),
    };
    for param in runbook.params.values() {
        param.default.iter().for_each(|default| params::meant_as_text(&param.ty, default, &mut cx.as_texts));
    }
    cx.targets();
    cx.head();
    for check in &runbook.preconditions {
        step::check_doc(&mut cx, check, None, None);
    }
    for (index, doc) in runbook.steps.iter().enumerate() {
        step::step(&mut cx, index, doc);
    }
    filled::check(&mut cx);
    cx.whole();
    waits::check(&mut cx);
    reach::check(&mut cx);
    impaired::check(&mut cx);
    guards::check(&mut cx);
    pace::check(&mut cx);
    requests::check(&mut cx);
    programs::check(&mut cx);
    safety::check(&mut cx);
    tidy::check(&mut cx);
    let outline = Outline {
        outcomes: expressions::outcomes(runbook, catalog, &cx.nested),
        expected: cx.critical_path().map_or(0.0, |(seconds, _)| seconds),
        height: cx.nested.iter().flatten().map(|book| book.outline.height + 1).max().unwrap_or(0),
    };
    // Of what is meant as a text nothing is to be said as of a number.
    let Cx { as_texts, mut diagnostics, .. } = cx;
    let number = |one: &&Diagnostic| one.span.as_ref().is_none_or(|at| !as_texts.contains(at));
    diagnostics.extend(runbook.zeros.iter().filter(number).cloned());
    (diagnostics, outline)
}

/// For each step, the runbook that it runs.
fn nested(source: &Source, runbook: &Runbook, shelf: &Shelf<'_>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Option<Rc<Book>>> {
    let open = |step: &StepDoc| match shelf.of(source, step)? {
        Ok(book) => Some(book),
        Err(closed) => {
            let span = step.with.get("file").map_or_else(|| step.action.span.clone(), |file| file.span.clone());
            diagnostics.push(Diagnostic::error(closed.code, span, closed.message).help(closed.help));
            None
        }
    };
    runbook.steps.iter().map(open).collect()
}

/// `params` and `targets` with every default kept.
pub fn default_scope(runbook: &Runbook) -> Value {
    let params = params::default_values(runbook);
    let mut scope = plan_scope(params, params::secret_params(runbook));
    let targets: Map<String, Value> =
        runbook.targets.values().map(|target| (target.id.value.clone(), target_value(target, &scope))).collect();
    scope["targets"] = Value::Object(targets);
    scope
}

/// A target as expressions see it; what cannot be filled in yet is missing.
fn target_value(target: &TargetDoc, scope: &Value) -> Value {
    let mut object = Map::new();
    object.insert("id".into(), Value::String(target.id.value.clone()));
    let parts = [
        ("region", Some(&target.region)),
        ("account", target.account.as_ref()),
        ("profile", target.profile.as_ref()),
        ("role", target.role.as_ref()),
        ("external_id", target.external_id.as_ref()),
    ];
    for (name, text) in parts {
        if let Some(text) = text
            && let Ok(value) = expr::render_early(&Value::String(text.value.clone()), scope)
        {
            object.insert(name.into(), value);
        }
    }
    Value::Object(object)
}

impl Cx<'_> {
    pub(super) fn push(&mut self, finding: Diagnostic) {
        self.diagnostics.push(finding);
    }

    /// Counts what was filled in; when it is too much for a plan, that is said, and nothing more is filled in.
    pub(super) fn count(&mut self, bytes: usize, place: &Span) {
        let before = self.is_full();
        self.filled += bytes;
        if self.is_full() && !before {
            let (message, help) = rules::TOO_MUCH;
            self.push(Diagnostic::error(code::TOO_COMPLEX, place.clone(), message).help(help));
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.filled > rules::MOST_FILLED
    }

    /// The action of a step, when it is known.
    pub(super) fn action(&self, name: &str) -> Option<&'static ActionSpec> {
        self.catalog.action(name)
    }

    fn targets(&mut self) {
        for target in self.runbook.targets.values() {
            let texts =
                [Some(&target.region), target.account.as_ref(), target.profile.as_ref(), target.role.as_ref(), target.external_id.as_ref()];
            for text in texts.into_iter().flatten() {
                self.expressions.target_text(self.source, text, &mut self.diagnostics);
            }
            let filled = target_value(target, self.defaults);
            let text = |name: &str| filled[name].as_str();
            let texts = target::Filled { region: text("region"), account: text("account"), role: text("role") };
            self.diagnostics.extend(target::wrong(target, texts));
        }
        if let Some(target) = &self.runbook.default_target {
            step::known_target(self, target);
        }
    }

    fn head(&mut self) {
        let runbook = self.runbook;
        if let Some(impaired) = &runbook.impaired {
            self.expressions.plan_text(self.source, impaired, &mut self.diagnostics);
            let odd = self.impaired().and_then(|region| target::wrong_region(&region, &impaired.span));
            self.diagnostics.extend(odd);
        }
        let files = [
            (&runbook.failback, code::FAILBACK_MISSING, "the failback is not there"),
            (&runbook.world, code::WORLD_MISSING, "the world is not there, and no drill can begin"),
        ];
        for (file, code, message) in files {
            if let Some(file) = file
                && !self.source.path.parent().unwrap_or(Path::new("")).join(&file.value).is_file()
            {
                let finding = Diagnostic::warning(code, file.span.clone(), format!("{message}: {}", file.value));
                self.push(finding.help("the path counts from the folder of this runbook"));
            }
        }
    }

    /// The impaired region, as far as the defaults say.
    pub(super) fn impaired(&self) -> Option<String> {
        let text = Value::String(self.runbook.impaired.as_ref()?.value.clone());
        expr::render_early(&text, self.defaults).ok()?.as_str().map(str::to_owned)
    }

    /// What is seen only when everything was looked at.
    fn whole(&mut self) {
        let runbook = self.runbook;
        if runbook.complete {
            for param in runbook.params.values() {
                if !self.expressions.used.contains(&param.name.value) && !self.expressions.used.contains("*") {
                    let message = format!("parameter `{}` is never used", param.name.value);
                    let finding = Diagnostic::warning(code::UNUSED_PARAM, param.name.span.clone(), message);
                    let inside = if param.ty == ParamKind::Secret { " inside of `with`" } else { "" };
                    self.push(finding.help(format!("use `${{{{ params.{} }}}}`{inside}, or remove it", param.name.value)));
                }
            }
        }
        let irreversible = runbook
            .steps
            .iter()
            .find(|step| self.action(&step.action.value).is_some_and(|action| action.reversibility == Reversibility::Irreversible));
        if let Some(step) = irreversible
            && runbook.failback.is_none()
        {
            let message = format!("`{}` cannot be undone, and the runbook names no way back", step.action.value);
            let finding = Diagnostic::warning(code::NO_FAILBACK, step.action.span.clone(), message);
            self.push(finding.help("write `failback: FILE`, the runbook that leads back"));
        }
        if let (Some(rto), Some((path, way))) = (&runbook.rto, self.critical_path())
            && path > rto.value
        {
            let show = duration::format_duration;
            let message = format!("the steps are expected to take {}, longer than the RTO of {}", show(path), show(rto.value));
            let finding = Diagnostic::warning(code::RTO_TOO_SMALL, rto.span.clone(), message);
            let name = |at: &usize| runbook.steps[*at].id.value.as_str();
            let shown = way.iter().take(MOST_OF_A_WAY).map(name).collect::<Vec<_>>().join(" → ");
            let more = if way.len() > MOST_OF_A_WAY { format!(" → … ({} steps)", way.len()) } else { String::new() };
            let help = format!("the longest way is {shown}{more}; let steps run beside each other with `needs`, or promise less");
            self.push(finding.help(help));
        }
    }

    /// How long a step takes by what its `with` says, in seconds, as far as the defaults tell.
    pub(super) fn lasts(&self, step: &StepDoc, action: &ActionSpec) -> Option<f64> {
        action.lasts?;
        rules::lasts(action, &fill(&step.with, self.defaults, &mut |_, _| {}).to_json())
    }

    /// Seconds and steps of the longest way through. Delays of `retry` are not in it: nothing is expected to fail.
    fn critical_path(&self) -> Option<(f64, Vec<usize>)> {
        let expected = |index: usize| {
            if let Some(book) = &self.nested[index] {
                return book.outline.expected;
            }
            let step = &self.runbook.steps[index];
            let written = step.expected.as_ref().map(|expected| expected.value);
            let expected = |action| rules::expected(action, written, self.lasts(step, action));
            self.action(&step.action.value).map_or_else(|| written.unwrap_or(0.0), expected)
        };
        self.graph.longest(expected)
    }
}
