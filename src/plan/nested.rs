//! The part of a plan that stands behind a step which runs another runbook.

use std::rc::Rc;

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::build_step::{Builder, failed};
use super::model::{Nested, Plan, Step};
use super::part::Part;
use super::values::{Values, folder};
use crate::diag::{Diagnostic, code};
use crate::id::{Digest, StepId};
use crate::runbook::{Book, ParamKind, SecretSource, StepDoc, default_value, fill, handed, said};

/// The runbook behind a gate.
pub(super) struct Inner {
    pub(super) part: Part,
    /// Its parameters, without the secret ones.
    params: Map<String, Value>,
    /// The places of those.
    secrets: IndexMap<String, SecretSource>,
    book: Rc<Book>,
}

impl Inner {
    /// Completes the gate, and puts it and what stands behind it into a part.
    pub(super) fn enter(self, mut gate: Step, file: &str, whole: &mut Part) {
        let Self { mut part, params, secrets, book } = self;
        // A secret is shown by its place. The step itself reads none of them.
        let secret = secrets.iter().filter_map(|(name, place)| Some((Plan::param_of(name)?.to_owned(), place.to_string().into())));
        let shown: Map<String, Value> = params.clone().into_iter().chain(secret).collect();
        gate.with = json!({ "file": file, "params": shown }).into();
        if gate.why.is_none() && !book.runbook.description.trim().is_empty() {
            gate.why = Some(book.runbook.description.clone());
        }
        gate.preconditions.append(&mut part.preconditions);
        for step in &mut part.steps {
            if step.needs.is_empty() {
                step.needs.push(gate.id.clone());
            }
            if step.phase.is_none() {
                step.phase.clone_from(&gate.phase);
            }
        }
        let nested = Nested {
            name: book.runbook.name.value.clone(),
            file: file.to_owned(),
            params: params.into_iter().collect(),
            steps: part.steps.len(),
            source_digest: Digest::of(book.source.text.as_bytes()),
        };
        whole.nested.insert(gate.id.clone(), nested);
        whole.steps.push(gate);
        whole.add(part);
    }
}

/// Makes the part, for the step `gate`. `None` when that cannot be done; the builder then has errors.
pub(super) fn part(builder: &mut Builder<'_>, doc: &StepDoc, gate: &StepId) -> Option<Inner> {
    let place = doc.with.get("file").map_or_else(|| doc.action.span.clone(), |file| file.span.clone());
    let book = match builder.shared.shelf.of(builder.source, doc)? {
        Ok(book) => book,
        Err(closed) => {
            builder.errors.push(Diagnostic::error(closed.code, place, closed.message).help(closed.help));
            return None;
        }
    };
    let given = doc.with.get("params");
    let before = builder.errors.len();
    let lacking = handed::missing(&book, given).map(|param| handed::lacking(&book, param, &place));
    builder.errors.extend(lacking);
    let mut values = Values::default();
    for (name, param) in &book.runbook.params {
        let Some(written) = given.and_then(|given| given.get(name)) else {
            if let Some(value) = default_value(param) {
                values.add(param, value, folder(&book.source));
            }
            continue;
        };
        if param.ty == ParamKind::Secret
            && let Some(place) = handed::secret(written).and_then(|name| builder.secrets.get(name))
        {
            values.secrets.insert(Plan::secret_param(name), place.clone());
            continue;
        }
        let errors = &mut builder.errors;
        let known = errors.len();
        let filled = fill(written, &builder.scope, &mut |span, error| errors.push(failed(span, error)));
        if errors.len() > known {
            continue;
        }
        match handed::value(param, written, &filled) {
            Ok(value) => values.add(param, value, folder(builder.source)),
            Err(message) => errors.push(handed::refused(param, written, format!("step `{gate}`: {message}"))),
        }
    }
    if builder.errors.len() > before {
        return None;
    }
    let mut inner = Builder::within(builder.shared, &book, values.clone(), gate);
    let part = Part::new(&mut inner);
    if let Some(error) = inner.errors.first() {
        let message = format!("`{gate}` cannot run `{}` with these parameters{}", book.runbook.name.value, said(&book.source, error));
        let finding = Diagnostic::error(code::BAD_RUNBOOK, place, message);
        builder.errors.push(Diagnostic { help: error.help.clone(), ..finding });
        return None;
    }
    Some(Inner { part, params: values.params, secrets: values.secrets, book })
}
