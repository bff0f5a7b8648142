//! The expressions of a runbook: what is in scope where, and the findings moved to their place in the file.

use std::collections::HashSet;
use std::rc::Rc;

use serde_json::Value;

use super::MOST_FINDINGS;
use super::lists::Lists;
use super::place::Place;
use crate::diag::{Diagnostic, Source, Span, code};
use crate::expr::{self, Checked, Finding, Read, Scope, Shape, Want};
use crate::runbook::model::{ParamKind, Runbook, StepDoc};
use crate::runbook::node::Spanned;
use crate::runbook::params::secret_params;
use crate::runbook::shelf::{Book, RUN_RUNBOOK};
use crate::runbook::spec::{Catalog, ProbeSpec};

const NOTHING_RAN: &str = "no step has run yet when it is read";
const NO_SECRETS: &str = "a secret is read only inside of `with`";
const NO_ITEM: &str = "it exists only in a step with `for_each`";

/// Scopes and what was read through them.
pub(super) struct Expressions<'a> {
    params: Scope<'a>,
    plan: Scope<'a>,
    gate: Scope<'a>,
    step: Scope<'a>,
    secrets: Shape,
    /// Whether secrets can be read now.
    open: bool,
    lists: Lists<'a>,
    /// Parameters that are secrets.
    secret_params: HashSet<&'a str>,
    /// `params` and `targets` as they are when every default is kept.
    defaults: &'a Value,
    /// Names of the parameters that some expression reads; `*` when one reads them all.
    pub(super) used: HashSet<String>,
    /// The same for targets.
    pub(super) targets_used: HashSet<String>,
}

impl<'a> Expressions<'a> {
    pub(super) fn new(runbook: &'a Runbook, catalog: &Catalog, nested: &[Option<Rc<Book>>], defaults: &'a Value) -> Self {
        let params = Shape::record(runbook.params.iter().map(|(name, param)| (name.clone(), shape(&param.ty))));
        let parts = ["id", "region", "account", "profile", "role", "external_id"];
        let target = || Shape::record(parts.map(|part| (part, Shape::Text)));
        let targets = Shape::record(runbook.targets.keys().map(|id| (id.clone(), target())));
        let run = Shape::record([
            ("id", Shape::Text),
            ("kind", Shape::Text),
            ("operator", Shape::Text),
            ("started", Shape::Time),
            ("incident_start", Shape::Time),
            ("now", Shape::Time),
        ]);
        let steps = outcomes(runbook, catalog, nested);
        let always = [("secrets", NO_SECRETS), ("item", NO_ITEM)];
        let scope = |names: Vec<(&'a str, &Shape)>, elsewhere: Vec<(&'a str, &'a str)>| Scope {
            names: names.into_iter().map(|(name, shape)| (name, shape.clone())).collect(),
            fields: None,
            secret_params: secret_params(runbook).collect(),
            elsewhere: elsewhere.into_iter().chain(always).collect(),
            brief: false,
        };
        let (early, no_run) = (("steps", NOTHING_RAN), ("run", "there is no run yet when it is read"));
        let steps = if runbook.steps_known { steps } else { Shape::Map(Rc::new(Shape::Any)) };
        Self {
            params: scope(vec![("params", &params)], vec![early, no_run, ("targets", "it is read to make the targets")]),
            plan: scope(vec![("params", &params), ("targets", &targets)], vec![early, no_run]),
            gate: scope(vec![("params", &params), ("targets", &targets), ("run", &run)], vec![early]),
            step: scope(vec![("params", &params), ("targets", &targets), ("run", &run), ("steps", &steps)], vec![]),
            secrets: Shape::record(runbook.secrets.keys().map(|name| (name.clone(), Shape::Text))),
            open: false,
            lists: Lists::new(runbook),
            secret_params: secret_params(runbook).collect(),
            defaults,
            used: HashSet::new(),
            targets_used: HashSet::new(),
        }
    }

    /// From here on expressions of steps can read `item`, of this shape; with `None` they cannot any more.
    pub(super) fn item(&mut self, shape: Option<Shape>) {
        for scope in [&mut self.plan, &mut self.step] {
            match &shape {
                Some(shape) => drop(scope.names.insert("item", shape.clone())),
                None => drop(scope.names.shift_remove("item")),
            }
        }
    }

    /// Whether secrets can be read from here on.
    pub(super) fn secrets(&mut self, on: bool) {
        self.open = on;
        for scope in [&mut self.gate, &mut self.step] {
            if on {
                scope.names.insert("secrets", self.secrets.clone());
            } else {
                scope.names.shift_remove("secrets");
            }
        }
    }

    /// A text of a `for_each`, or a parameter of another runbook: known when the plan is made.
    pub(super) fn list(&mut self, source: &Source, text: &str, span: &Span, diagnostics: &mut Vec<Diagnostic>) -> (Vec<Read>, Shape) {
        let checked = expr::check_template(text, &self.plan);
        let shape = checked.shape.clone();
        (self.note(source, text, span, checked, diagnostics), shape)
    }

    /// A text of a target: only parameters.
    pub(super) fn target_text(&mut self, source: &Source, text: &Spanned<String>, diagnostics: &mut Vec<Diagnostic>) {
        let checked = expr::check_template(&text.value, &self.params);
        self.note(source, &text.value, &text.span, checked, diagnostics);
    }

    /// A text that is filled in when the plan is made.
    pub(super) fn plan_text(&mut self, source: &Source, text: &Spanned<String>, diagnostics: &mut Vec<Diagnostic>) {
        let checked = expr::check_template(&text.value, &self.plan);
        self.note(source, &text.value, &text.span, checked, diagnostics);
    }

    /// A text of the run's preconditions (`in_step` false), or of a step. Gives what it reads, in places of the file, and its shape.
    pub(super) fn text(
        &mut self,
        source: &Source,
        text: &str,
        span: &Span,
        in_step: bool,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> (Vec<Read>, Shape) {
        if !expr::has_expression(text) {
            return (Vec::new(), Shape::Text);
        }
        let scope = if in_step { &mut self.step } else { &mut self.gate };
        // Nobody sees the suggestions behind the last finding that is shown.
        scope.brief = diagnostics.len() >= MOST_FINDINGS;
        let checked = expr::check_template(text, scope);
        let shape = checked.shape.clone();
        (self.note(source, text, span, checked, diagnostics), shape)
    }

    /// A bare condition; with a probe, an `expect` over its fields.
    pub(super) fn condition(
        &mut self,
        source: &Source,
        text: &Spanned<String>,
        probe: Option<&'static ProbeSpec>,
        in_step: bool,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<Read> {
        let base = if in_step { &mut self.step } else { &mut self.gate };
        base.fields = probe.map(|probe| probe.fields);
        base.brief = diagnostics.len() >= MOST_FINDINGS;
        let checked = expr::check(&text.value, base, Want::Condition);
        base.fields = None;
        self.note(source, &text.value, &text.span, checked, diagnostics)
    }

    fn note(&mut self, source: &Source, text: &str, span: &Span, checked: Checked, diagnostics: &mut Vec<Diagnostic>) -> Vec<Read> {
        for read in &checked.reads {
            match read.path.as_slice() {
                [params, name, ..] if params == "params" => drop(self.used.insert(name.clone())),
                [params] if params == "params" => drop(self.used.insert("*".into())),
                [secrets] if secrets == "secrets" => drop(self.used.insert("secrets.*".into())),
                [secrets, name, ..] if secrets == "secrets" => drop(self.used.insert(format!("secrets.{name}"))),
                [targets, name, ..] if targets == "targets" => drop(self.targets_used.insert(name.clone())),
                [targets] if targets == "targets" => drop(self.targets_used.insert("*".into())),
                _ => {}
            }
        }
        let place = Place::new(source, text, span);
        if !self.open && !self.secret_params.is_empty() {
            for read in &checked.reads {
                diagnostics.extend(self.secret_read(&read.path).map(|(message, help)| {
                    let finding = Diagnostic::error(code::EXPR_NOT_HERE, place.of(&read.span), message);
                    Diagnostic { help, ..finding }
                }));
            }
        }
        let early = |read: &Read| match read.path.as_slice() {
            [params, name, ..] if params == "params" => !self.secret_params.contains(name.as_str()),
            [first, ..] => matches!(first.as_str(), "params" | "targets"),
            [] => false,
        };
        if checked.findings.is_empty()
            && checked.reads.iter().all(early)
            && let Some(error) = expr::failing(text, self.defaults)
        {
            let at = place.of(&error.span);
            let message = format!("with the defaults of the parameters the expression gives no value: {}", error.message);
            let finding = Diagnostic::warning(code::DEFAULT_FAILS, at, message);
            diagnostics.push(finding.help("change the default; or have none, and the parameter is asked for"));
        }
        let lists: Vec<Finding> = checked.reads.iter().filter_map(|read| self.lists.lacks_item(read)).collect();
        // What else would be said about such a read follows from it.
        let apart = |finding: &Finding| lists.iter().all(|list| finding.span.end <= list.span.start || list.span.end <= finding.span.start);
        let others = checked.findings.into_iter().filter(apart).collect::<Vec<_>>();
        for finding in others.into_iter().chain(lists) {
            let at = place.of(&finding.span);
            diagnostics.push(Diagnostic { help: finding.help, ..Diagnostic::error(finding.code, at, finding.message) });
        }
        checked.reads.into_iter().map(|read| Read { span: place.of(&read.span), ..read }).collect()
    }
}

impl Expressions<'_> {
    /// What is wrong with reading this outside of `with`, and what to do.
    fn secret_read(&self, path: &[String]) -> Option<(String, Option<String>)> {
        let [params, rest @ ..] = path else { return None };
        match rest.first() {
            _ if params != "params" => None,
            Some(name) => {
                let secret = self.secret_params.contains(name.as_str());
                secret.then(|| (format!("`params.{name}` cannot be used here: {NO_SECRETS}"), None))
            }
            None => {
                let secret = self.secret_params.iter().min()?;
                let message = format!("all of `params` cannot be used here: one is `params.{secret}`, and {NO_SECRETS}");
                Some((message, Some("name the parameter that is meant".into())))
            }
        }
    }
}

/// What can be read of the steps of a runbook.
pub(super) fn outcomes(runbook: &Runbook, catalog: &Catalog, nested: &[Option<Rc<Book>>]) -> Shape {
    Shape::record(runbook.steps.iter().zip(nested).map(|(step, book)| (step.id.value.clone(), outcome(step, catalog, book.as_deref()))))
}

/// What can be read of a step: its state, its outputs, its answers; of one that runs a runbook, the steps of that.
fn outcome(step: &StepDoc, catalog: &Catalog, book: Option<&Book>) -> Shape {
    let Some(action) = catalog.action(&step.action.value) else { return Shape::Any };
    let outputs = Shape::record(action.outputs.iter().map(|field| (field.name, Shape::of(&field.ty))));
    let asked = step.with.get("ask").map(|ask| ask.entries()).unwrap_or(&[]);
    let answers = Shape::record(asked.iter().map(|entry| (entry.key.value.clone(), Shape::Text)));
    let mut parts = vec![("state", Shape::Text), ("outputs", outputs), ("answers", answers)];
    if action.name == "choose" {
        parts.push(("choice", Shape::Text));
    }
    if action.name == RUN_RUNBOOK {
        let steps = book.map_or_else(|| Shape::Map(Rc::new(Shape::Any)), |book| book.outline.outcomes.clone());
        parts = vec![("state", Shape::Text), ("steps", steps)];
    }
    let one = Shape::record(parts);
    // With `for_each` there is one of them for each item, by its name.
    if step.for_each.is_some() { Shape::Map(Rc::new(one)) } else { one }
}

/// The shape of a parameter's values.
pub(super) fn shape(kind: &ParamKind) -> Shape {
    match kind {
        ParamKind::String | ParamKind::Secret | ParamKind::Region | ParamKind::Enum(_) => Shape::Text,
        ParamKind::Integer | ParamKind::Number | ParamKind::Duration => Shape::Number,
        ParamKind::Boolean => Shape::Bool,
        ParamKind::List(item) => Shape::List(Rc::new(shape(item))),
        ParamKind::Unreadable => Shape::Any,
    }
}
