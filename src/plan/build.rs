//! A runbook and its parameters to a plan: every default made explicit, every expression filled in that can be.

use indexmap::IndexMap;

use super::build_step::Builder;
use super::model::{Objectives, Plan};
use super::part::{Part, Shared};
use super::values::Values;
use crate::diag::{Diagnostic, Severity, Source};
use crate::id::Digest;
use crate::runbook::spec::Catalog;
use crate::runbook::{Given, Runbook, Shelf, check_on, sorted};

/// Makes the plan. `params` are the values given by name: as text (`--param NAME=TEXT`), where
/// lists are separated by commas, or as values of a params file.
///
/// # Errors
/// The errors of [`check`](crate::runbook::check); values that are not allowed, missing or of no declared parameter, each naming the
/// parameter and what it takes; and what is wrong with the runbook with these values.
pub fn build<G: Clone + Into<Given>>(
    source: &Source,
    runbook: &Runbook,
    catalog: &Catalog,
    params: &IndexMap<String, G>,
) -> Result<Plan, Vec<Diagnostic>> {
    build_on(source, runbook, &Shelf::new(catalog), params)
}

/// The same, with the runbooks that are run as steps taken from a shelf.
///
/// # Errors
/// As of [`build`].
pub fn build_on<G: Clone + Into<Given>>(
    source: &Source,
    runbook: &Runbook,
    shelf: &Shelf<'_>,
    params: &IndexMap<String, G>,
) -> Result<Plan, Vec<Diagnostic>> {
    let mut errors: Vec<Diagnostic> = check_on(source, runbook, shelf);
    errors.retain(|finding| finding.severity == Severity::Error);
    let values = Values::given(source, runbook, params, &mut errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    let shared = Shared::new(shelf);
    let mut builder = Builder::new(&shared, source, runbook, values.clone());
    let Part { links, secrets, targets, nested, preconditions, steps, rollbacks } = Part::new(&mut builder);
    let plan = Plan {
        name: runbook.name.value.clone(),
        title: builder.text(&runbook.title),
        description: runbook.description.clone(),
        owners: runbook.owners.clone(),
        severity: runbook.severity.clone(),
        objectives: Objectives { rto: runbook.rto.as_ref().map(|rto| rto.value), rpo: runbook.rpo.as_ref().map(|rpo| rpo.value) },
        impaired: runbook.impaired.as_ref().map(|impaired| builder.text(impaired)),
        failback: runbook.failback.as_ref().map(|failback| failback.value.clone()),
        links,
        params: values.params.into_iter().collect(),
        secrets,
        targets,
        nested,
        preconditions,
        steps,
        rollbacks,
        source_digest: Digest::of(source.text.as_bytes()),
        index: Default::default(),
    };
    if builder.errors.is_empty() { Ok(plan) } else { Err(sorted(builder.errors)) }
}
