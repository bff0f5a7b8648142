//! The values of a runbook's parameters: given, or kept at their defaults.

use std::path::Path;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::model::Plan;
use crate::diag::{Diagnostic, Source, closest, code};
use crate::runbook::{Given, Param, ParamKind, Runbook, SecretSource, default_value, describe_param, given_value};

/// The values of all parameters.
#[derive(Debug, Clone, Default)]
pub(super) struct Values {
    /// Those that expressions can read.
    pub(super) params: Map<String, Value>,
    /// The places of the secret ones.
    pub(super) secrets: IndexMap<String, SecretSource>,
}

impl Values {
    /// Adds one. That of a secret is its place; a path in it counts from `folder`.
    pub(super) fn add(&mut self, param: &Param, value: Value, folder: &Path) {
        let name = &param.name.value;
        if param.ty == ParamKind::Secret {
            let place = value.as_str().and_then(SecretSource::parse);
            self.secrets.extend(place.map(|place| (Plan::secret_param(name), place.from_folder(folder))));
        } else {
            self.params.insert(name.clone(), value);
        }
    }

    /// Those of a runbook that is run by itself.
    pub(super) fn given<G: Clone + Into<Given>>(
        source: &Source,
        runbook: &Runbook,
        given: &IndexMap<String, G>,
        errors: &mut Vec<Diagnostic>,
    ) -> Self {
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
        let mut values = Self::default();
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
                    let finding =
                        Diagnostic::error(code::MISSING_PARAM, param.name.span.clone(), format!("parameter `{name}` has no value"));
                    finding.help(format!("give one with `--param {name}=…`; it takes {}", describe_param(param)))
                }),
            };
            match value {
                Ok(value) => values.add(param, value, given.as_ref().map_or_else(|| folder(source), Given::folder)),
                Err(finding) => errors.push(finding),
            }
        }
        values
    }
}

/// The folder of a runbook, which its paths count from.
pub(super) fn folder(source: &Source) -> &Path {
    source.path.parent().unwrap_or(Path::new(""))
}
