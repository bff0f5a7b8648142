//! A runbook and its parameters to a plan: every default made explicit, every expression filled in that can be.

use std::path::Path;

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::build_step::Builder;
use super::model::{Link, Objectives, Plan, Target};
use crate::diag::{Diagnostic, Severity, Source, closest, code};
use crate::id::{Digest, TargetId};
use crate::runbook::spec::Catalog;
use crate::runbook::{
    self, Given, ParamKind, Runbook, SecretSource, Spanned, TargetDoc, check, default_value, describe_param, given_value, is_region,
    plan_scope,
};

/// Makes the plan. `params` are the values given by name: as text (`--param NAME=TEXT`), where
/// lists are separated by commas, or as values of a params file.
///
/// # Errors
/// The errors of [`check`]; values that are not allowed, missing or of no declared parameter, each naming the parameter and what it
/// takes; and what is wrong with the runbook with these values.
pub fn build<G: Clone + Into<Given>>(
    source: &Source,
    runbook: &Runbook,
    catalog: &Catalog,
    params: &IndexMap<String, G>,
) -> Result<Plan, Vec<Diagnostic>> {
    let mut errors: Vec<Diagnostic> = check(source, runbook, catalog);
    errors.retain(|finding| finding.severity == Severity::Error);
    let (values, secret_params) = values(source, runbook, params, &mut errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut builder = Builder::new(runbook, catalog, plan_scope(values.clone(), runbook::secret_params(runbook)));
    let targets = targets(&mut builder, runbook);
    let preconditions = builder.run_preconditions();
    let (steps, rollbacks) = builder.steps();
    let plan = Plan {
        name: runbook.name.value.clone(),
        title: builder.text(&runbook.title),
        description: runbook.description.clone(),
        owners: runbook.owners.clone(),
        severity: runbook.severity.clone(),
        objectives: Objectives { rto: runbook.rto.as_ref().map(|rto| rto.value), rpo: runbook.rpo.as_ref().map(|rpo| rpo.value) },
        impaired: runbook.impaired.as_ref().map(|impaired| builder.text(impaired)),
        failback: runbook.failback.as_ref().map(|failback| failback.value.clone()),
        links: runbook.links.iter().map(|(title, url)| Link { title: title.clone(), url: url.clone() }).collect(),
        params: values.into_iter().collect(),
        secrets: secrets(source, runbook, secret_params),
        targets,
        preconditions,
        steps,
        rollbacks,
        source_digest: Digest::of(source.text.as_bytes()),
        index: Default::default(),
    };
    if builder.errors.is_empty() { Ok(plan) } else { Err(builder.errors) }
}

/// The values of all parameters, and the places of the secret ones.
fn values<G: Clone + Into<Given>>(
    source: &Source,
    runbook: &Runbook,
    given: &IndexMap<String, G>,
    errors: &mut Vec<Diagnostic>,
) -> (Map<String, Value>, IndexMap<String, SecretSource>) {
    for (name, given) in given.iter().filter(|(name, _)| !runbook.params.contains_key(*name)) {
        let place = match given.clone().into() {
            Given::Plain(_, file) => format!(", which is given in {}", file.display()),
            Given::Text(_) => String::new(),
        };
        let finding = Diagnostic::error(code::UNKNOWN_PARAM_GIVEN, None, format!("the runbook has no parameter `{name}`{place}"));
        let names = || runbook.params.keys().map(String::as_str);
        let help = match closest(name, names()) {
            Some(name) => format!("did you mean `{name}`?"),
            None if runbook.params.is_empty() => "it has none".into(),
            None => format!("its parameters are {}", names().collect::<Vec<_>>().join(", ")),
        };
        errors.push(finding.help(help));
    }
    let (mut values, mut places) = (Map::new(), IndexMap::new());
    for (name, param) in &runbook.params {
        let given = given.get(name).map(|given| given.clone().into());
        let value = match &given {
            Some(given) => given_value(param, given).map_err(|message| {
                let finding = Diagnostic::error(code::BAD_PARAM_VALUE, None, message);
                match given {
                    Given::Plain(_, file) => finding.help(format!("it is given in {}", file.display())),
                    Given::Text(_) => finding,
                }
            }),
            None => default_value(param).ok_or_else(|| {
                let finding = Diagnostic::error(code::MISSING_PARAM, param.name.span.clone(), format!("parameter `{name}` has no value"));
                finding.help(format!("give one with `--param {name}=…`; it takes {}", describe_param(param)))
            }),
        };
        match value {
            Ok(value) if param.ty == ParamKind::Secret => {
                let folder = given.as_ref().map_or_else(|| folder(source), Given::folder);
                let place = value.as_str().and_then(SecretSource::parse);
                places.extend(place.map(|place| (Plan::secret_param(name), place.from_folder(folder))));
            }
            Ok(value) => drop(values.insert(name.clone(), value)),
            Err(finding) => errors.push(finding),
        }
    }
    (values, places)
}

/// The folder of the runbook, which its paths count from.
fn folder(source: &Source) -> &Path {
    source.path.parent().unwrap_or(Path::new(""))
}

/// The places of all secrets: the runbook's own, and those that its parameters say.
fn secrets(source: &Source, runbook: &Runbook, params: IndexMap<String, SecretSource>) -> IndexMap<String, SecretSource> {
    let own = runbook.secrets.values().map(|secret| (secret.name.value.clone(), secret.source.from_folder(folder(source))));
    own.chain(params).collect()
}

fn targets(builder: &mut Builder<'_>, runbook: &Runbook) -> IndexMap<TargetId, Target> {
    let targets: IndexMap<TargetId, Target> =
        runbook.targets.values().map(|doc| (doc.id.value.as_str().into(), target(builder, doc))).collect();
    builder.scope["targets"] = target_scope(&targets);
    targets
}

/// What the expressions of a plan can read before anything has run: `params` and `targets`. In a run, `run` and `steps` are added.
pub fn base_scope(plan: &Plan) -> Value {
    json!({ "params": plan.params, "targets": target_scope(&plan.targets) })
}

fn target_scope(targets: &IndexMap<TargetId, Target>) -> Value {
    targets
        .iter()
        .map(|(id, target)| {
            let parts =
                [("account", &target.account), ("profile", &target.profile), ("role", &target.role), ("external_id", &target.external_id)];
            let mut object = json!({ "id": id, "region": target.region });
            for (name, value) in parts {
                if let Some(value) = value {
                    object[name] = json!(value);
                }
            }
            (id.to_string(), object)
        })
        .collect::<Map<_, _>>()
        .into()
}

fn target(builder: &mut Builder<'_>, doc: &TargetDoc) -> Target {
    let region = builder.text(&doc.region);
    if !is_region(&region) {
        let finding = Diagnostic::error(code::BAD_REGION, doc.region.span.clone(), format!("`{region}` is not an AWS region"));
        builder.errors.push(finding.help("regions look like `eu-west-1`"));
    }
    let mut text = |text: &Option<Spanned<String>>| text.as_ref().map(|text| builder.text(text));
    let (account, profile, role, external_id) = (text(&doc.account), text(&doc.profile), text(&doc.role), text(&doc.external_id));
    if let (Some(account), Some(written)) = (&account, &doc.account)
        && !(account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()))
    {
        let message = format!("an AWS account id has twelve digits, `{account}` has not");
        builder.errors.push(Diagnostic::error(code::BAD_ACCOUNT, written.span.clone(), message));
    }
    Target { id: doc.id.value.as_str().into(), region, account, profile, role, external_id }
}
