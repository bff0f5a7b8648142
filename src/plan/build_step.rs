//! Steps, preconditions and proofs of the plan.

use indexmap::IndexMap;
use serde_json::Value;

use super::expand::{Expanded, Made};
use super::model::{Check, Confirm, Gate, OnFailure, Requested, Retry, Step};
use super::part::{Part, Shared};
use super::values::{Values, folder};
use crate::diag::{Diagnostic, Source, Span, code};
use crate::expr::{self, ExprError};
use crate::id::{StepId, TargetId};
use crate::runbook::spec::{ActionSpec, Catalog, ParamSpec, Reversibility, Rule};
use crate::runbook::{
    Book, CheckDoc, ConfirmDoc, FailureDoc, Node, Runbook, SecretSource, Spanned, StepDoc, as_written, check_with, cut_short, file_of,
    fill, fill_text, plan_scope, rules, secret_params,
};

/// How often, at the most, a step of one plan waits for another.
const MOST_NEEDS: usize = 1_000_000;

/// What a step or a check counts beside its texts, in bytes.
const PART: usize = 192;

/// Turns documents into the parts of a plan.
pub(super) struct Builder<'a> {
    pub(super) shared: &'a Shared<'a>,
    pub(super) source: &'a Source,
    pub(super) runbook: &'a Runbook,
    catalog: &'a Catalog,
    /// The step that runs the runbook, when it is not run by itself.
    pub(super) within: Option<StepId>,
    /// Where the runbook's secrets are, by the names that it has for them: those that are parameters as `params.NAME`.
    pub(super) secrets: IndexMap<String, SecretSource>,
    /// What expressions can read now: `params`, then `targets` too.
    pub(super) scope: Value,
    pub(super) errors: Vec<Diagnostic>,
}

pub(super) fn failed(span: &Span, error: ExprError) -> Diagnostic {
    Diagnostic::error(code::EXPR_FAILED, span.clone(), format!("the expression gives no value: {}", error.message))
}

impl<'a> Builder<'a> {
    /// For a runbook that is run by itself, with the values of its parameters.
    pub(super) fn new(shared: &'a Shared<'a>, source: &'a Source, runbook: &'a Runbook, values: Values) -> Self {
        let Values { params, secrets: given } = values;
        let own = runbook.secrets.values().map(|secret| (secret.name.value.clone(), secret.source.from_folder(folder(source))));
        let secrets = own.chain(given).collect();
        let scope = plan_scope(params, secret_params(runbook));
        Self { shared, source, runbook, catalog: shared.shelf.catalog(), within: None, secrets, scope, errors: Vec::new() }
    }

    /// For one that a step runs.
    pub(super) fn within(shared: &'a Shared<'a>, book: &'a Book, values: Values, gate: &StepId) -> Self {
        Self { within: Some(gate.clone()), ..Self::new(shared, &book.source, &book.runbook, values) }
    }

    /// What something that the runbook names is called in the plan.
    pub(super) fn name(&self, name: &str) -> String {
        self.within.as_ref().map_or_else(|| name.to_owned(), |within| format!("{within}/{name}"))
    }

    /// What `item` is from here on.
    pub(super) fn item(&mut self, item: Option<&Value>) {
        if let Some(scope) = self.scope.as_object_mut() {
            match item {
                Some(item) => drop(scope.insert("item".into(), item.clone())),
                None => drop(scope.remove("item")),
            }
        }
    }

    /// A text as far as it is known now.
    pub(super) fn text(&mut self, text: &Spanned<String>) -> String {
        if self.is_full() {
            return String::new();
        }
        let filled = match fill_text(&text.value, &self.scope) {
            Ok(Some(Value::String(text))) => text,
            Ok(Some(other)) => self.shown(&other, text),
            Ok(None) => text.value.clone(),
            Err(error) => {
                self.errors.push(failed(&text.span, error));
                text.value.clone()
            }
        };
        self.count(filled.len(), &text.span);
        filled
    }

    /// A value other than text where a text is wanted: `title: ${{ params.node_count }}`.
    fn shown(&mut self, value: &Value, text: &Spanned<String>) -> String {
        match value {
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            _ => {
                let message = "a text is wanted here, and the expression gives a list, a mapping or nothing";
                self.errors.push(Diagnostic::error(code::EXPR_TYPE, text.span.clone(), message));
                String::new()
            }
        }
    }

    fn with(&mut self, with: &Node, specs: &[ParamSpec], (subject, rule): (&str, Option<Rule>), place: &Span) -> Value {
        if self.is_full() {
            return Value::Null;
        }
        let errors = &mut self.errors;
        let filled = fill(with, &self.scope, &mut |span, error| errors.push(failed(span, error)));
        let filled = as_written(with, filled, specs);
        check_with(&filled, specs, rule, subject, place, errors);
        self.count(filled.size(), &with.span);
        match filled.to_json() {
            Value::Null => Value::Object(serde_json::Map::new()),
            value => value,
        }
    }

    /// A long text or a long list, once for each of thousands of items, would fill the memory.
    fn count(&mut self, bytes: usize, place: &Span) {
        let before = self.is_full();
        self.shared.filled.set(self.shared.filled.get() + bytes);
        if self.is_full() && !before {
            let (message, help) = rules::TOO_MUCH;
            self.errors.push(Diagnostic::error(code::BAD_ITEMS, place.clone(), message).help(help));
        }
    }

    /// Whether it is more than a plan may be: then nothing more is made of it.
    fn is_full(&self) -> bool {
        self.shared.filled.get() > rules::MOST_FILLED
    }

    /// The preconditions of the runbook itself.
    pub(super) fn run_preconditions(&mut self) -> Vec<Check> {
        let runbook = self.runbook;
        let mut checks = self.checks(&runbook.preconditions, &self.name("preconditions"), &[]);
        checks.iter_mut().for_each(|check| check.inside.clone_from(&self.within));
        checks
    }

    /// Adds the steps and, by the ids of theirs, the rollbacks to a part: one of each for each item of a `for_each`, and those of the
    /// runbooks that are run.
    pub(super) fn steps(&mut self, part: &mut Part) {
        let runbook = self.runbook;
        let before = self.errors.len();
        let mut expanded = Expanded::of(self);
        if self.errors.len() > before {
            return; // What follows from a list that is wrong says nothing.
        }
        for (at, doc) in runbook.steps.iter().enumerate() {
            let needs = expanded.needs(at);
            if self.wait_too_often(doc, needs.len() * expanded.count(at)) {
                return;
            }
            for Made { id, item, inner } in expanded.take(at) {
                if self.is_full() {
                    return;
                }
                self.item(item.as_ref());
                let Some(mut step) = self.step(doc, id.clone(), None) else { continue };
                step.needs.clone_from(&needs);
                step.item.clone_from(&item);
                self.tell_apart(doc, &mut step);
                if let Some(rollback) = &doc.rollback
                    && let Some(mut rollback) = self.step(rollback, format!("rollback[{id}]").into(), Some(doc))
                {
                    rollback.item = item;
                    if rollback.title.is_empty() {
                        rollback.title = format!("Roll back: {}", step.title);
                    } else {
                        self.tell_apart(doc, &mut rollback);
                    }
                    part.rollbacks.insert(id, rollback);
                }
                match (inner, file_of(doc)) {
                    (Some(inner), Some(file)) => inner.enter(step, file, part),
                    _ => part.steps.push(step),
                }
            }
            self.item(None);
        }
    }

    /// Every step of a long list waits for every one of another: that grows with the square of the lists.
    fn wait_too_often(&mut self, doc: &StepDoc, more: usize) -> bool {
        let all = self.shared.needs.get().saturating_add(more);
        self.shared.needs.set(all);
        let too_often = all > MOST_NEEDS;
        if too_often {
            let message = format!("the steps of the plan wait for one another more than {MOST_NEEDS} times");
            let finding = Diagnostic::error(code::BAD_ITEMS, doc.id.span.clone(), message);
            self.errors.push(finding.help("put a step between the two lists: it waits for the one, and the other waits for it"));
        }
        too_often
    }

    /// Steps of one `for_each` whose title does not say which item they are about say it behind it.
    fn tell_apart(&self, doc: &StepDoc, step: &mut Step) {
        if step.item.is_some()
            && !expr::reads_any(&doc.title.value, &["item"])
            && let Some((_, name)) = step.own_id().trim_end_matches(']').rsplit_once('[')
        {
            step.title = format!("{} ({name})", step.title);
        }
    }

    /// A step; with a `parent`, the rollback of that step.
    fn step(&mut self, doc: &StepDoc, id: StepId, parent: Option<&StepDoc>) -> Option<Step> {
        // The check has refused unknown actions; a plan is not made of them.
        let action = self.catalog.action(&doc.action.value)?;
        let as_written = [doc.when.as_ref(), doc.confirm_reason.as_ref()].into_iter().flatten().map(|text| text.value.len()).sum::<usize>();
        self.count(PART + as_written, &doc.id.span);
        let with = self.with(&doc.with, action.params, (action.name, action.rule), &doc.action.span);
        let lasts = rules::lasts(action, &with);
        self.errors.extend(cut_short(doc, self.runbook.default_timeout.as_ref(), action, lasts));
        let targets = [doc.target.as_ref(), parent.and_then(|parent| parent.target.as_ref())];
        let optional = |text: &Option<Spanned<String>>, builder: &mut Self| text.as_ref().map(|text| builder.text(text));
        Some(Step {
            title: if doc.title.value.is_empty() { String::new() } else { self.text(&doc.title) },
            why: optional(&doc.why, self),
            phase: optional(&doc.phase, self),
            action: action.name.to_owned(),
            target: self.target(action.acts_at_target(), &targets),
            item: None,
            within: self.within.clone(),
            needs: Vec::new(),
            when: doc.when.as_ref().map(|when| when.value.clone()),
            preconditions: self.checks(&doc.preconditions, &format!("{id}.preconditions"), &targets),
            confirm: self.confirm(doc, &id, action, &with),
            confirm_reason: doc.confirm_reason.as_ref().map(|reason| reason.value.clone()),
            expected: rules::expected(action, doc.expected.as_ref().map(|expected| expected.value), lasts),
            timeout: rules::timeout(doc.timeout.as_ref().or(self.runbook.default_timeout.as_ref()).map(|timeout| timeout.value), lasts),
            retry: doc.retry.map_or(Retry { attempts: 1, delay: 0.0, once: false }, |(attempts, delay)| Retry {
                attempts,
                delay,
                once: attempts == 1,
            }),
            on_failure: match doc.on_failure {
                FailureDoc::Pause => OnFailure::Pause,
                FailureDoc::Continue => OnFailure::Continue,
                FailureDoc::RollBack => OnFailure::RollBack,
                FailureDoc::Abort => OnFailure::Abort,
            },
            verify: self.checks(&doc.verify, &format!("{id}.verify"), &targets),
            reversible: action.reversibility != Reversibility::Irreversible,
            mutates: action.reversibility != Reversibility::NoChange,
            with: with.into(),
            id,
        })
    }

    /// The nearest target that is written; the default one only for what needs a target.
    fn target(&self, needed: bool, written: &[Option<&Spanned<String>>]) -> Option<TargetId> {
        let nearest = written.iter().flatten().next();
        let default = || self.runbook.default_target.as_ref().filter(|_| needed);
        nearest.copied().or_else(default).map(|target| self.name(&target.value).into())
    }

    fn confirm(&mut self, doc: &StepDoc, id: &StepId, action: &ActionSpec, with: &Value) -> Confirm {
        match &doc.confirm {
            Some(Spanned { value, span }) => match value {
                ConfirmDoc::None => Confirm::None,
                ConfirmDoc::Enter => Confirm::Enter,
                ConfirmDoc::TwoPerson => Confirm::TwoPerson,
                ConfirmDoc::Type(text) => Confirm::Type(self.text(&Spanned::new(text.clone(), span.clone()))),
            },
            // A proof that writes is a change, whatever the action itself is.
            None => match rules::default_strength(action).max(rules::proof_strength(doc)) {
                0 => Confirm::None,
                1 => Confirm::Enter,
                _ => {
                    // The name of what is changed. Where it is known only in the run, the step's own name has to do.
                    let subject = action.subject.and_then(|subject| with.get(subject)).and_then(Value::as_str);
                    let known = subject.filter(|text| !expr::has_expression(text));
                    Confirm::Type(known.unwrap_or(id.as_str()).to_owned())
                }
            },
        }
    }

    fn checks(&mut self, docs: &[CheckDoc], place: &str, step_targets: &[Option<&Spanned<String>>]) -> Vec<Check> {
        let mut checks = Vec::with_capacity(docs.len());
        for (index, doc) in docs.iter().enumerate() {
            // As with actions: the check has refused what is not in the catalogue.
            let Some(probe) = self.catalog.probe(&doc.probe.value) else { continue };
            if self.is_full() {
                break;
            }
            self.count(PART + doc.expect.value.len(), &doc.span);
            let with = self.with(&doc.with, probe.params, (probe.name, probe.rule), &doc.probe.span);
            let every = doc.every.as_ref().map_or(rules::EVERY, |every| every.value);
            let fresh = || (rules::FRESH_TIMES * every).max(rules::FRESH_AT_LEAST);
            let own = [doc.target.as_ref()];
            let targets: &[Option<&Spanned<String>>] = if probe.needs_target && doc.target.is_none() { step_targets } else { &own };
            let look = doc.look.as_deref().and_then(|look| {
                let look = self.checks(std::slice::from_ref(look), place, step_targets).pop()?;
                Some(Box::new(Check { id: format!("{place}[{index}]").into(), ..look }))
            });
            checks.push(Check {
                id: format!("{place}[{index}]").into(),
                title: self.text(&doc.title),
                inside: None,
                probe: probe.name.to_owned(),
                with: with.into(),
                target: self.target(probe.needs_target, targets),
                expect: doc.expect.value.clone(),
                every,
                fresh: doc.fresh.as_ref().map_or_else(fresh, |fresh| fresh.value),
                severity: if doc.warns_only { Gate::Warn } else { Gate::Block },
                within: doc.within.as_ref().map_or(rules::WITHIN, |within| within.value),
                stable: doc.stable.as_ref().map_or(0.0, |stable| stable.value),
                rpo_field: probe.rpo_field.map(str::to_owned),
                requested: requested(doc),
                look,
            });
        }
        checks
    }
}

/// What the author says of a check's request. One that says both was refused by the check.
fn requested(doc: &CheckDoc) -> Requested {
    let says = |flag: &Option<Spanned<bool>>| flag.as_ref().is_some_and(|flag| flag.value);
    match (says(&doc.writes), says(&doc.reads)) {
        (true, _) => Requested::Write,
        (false, true) => Requested::AuthorRead,
        (false, false) => Requested::Read,
    }
}
