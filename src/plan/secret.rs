//! The secrets of a plan: their names, and how expressions read them.

use super::model::Plan;
use crate::runbook::SecretSource;

/// What the names of secret parameters begin with, among the secrets of a plan. Other names have no period: the two cannot meet.
const PARAM: &str = "params.";

/// What the runbook that declares a secret calls it.
fn own_name(secret: &str) -> &str {
    secret.rsplit('/').next().unwrap_or(secret)
}

impl Plan {
    /// The name of a secret parameter among the secrets: what expressions read.
    pub fn secret_param(param: &str) -> String {
        format!("{PARAM}{param}")
    }

    /// The parameter that a secret is the value of; `None` for one of a runbook's own `secrets`.
    pub fn param_of(secret: &str) -> Option<&str> {
        own_name(secret).strip_prefix(PARAM)
    }

    /// The place that is the value of a secret parameter.
    pub fn place_of_param(&self, param: &str) -> Option<&SecretSource> {
        self.secrets.get(&Self::secret_param(param))
    }

    /// What an expression reads when it reads a secret, in whichever of the plan's runbooks; empty when there are none.
    pub fn secret_reads(&self) -> Vec<&str> {
        let own = self.secrets.keys().any(|name| Self::param_of(name).is_none());
        let params = self.secrets.keys().filter(|name| Self::param_of(name).is_some()).map(|name| own_name(name));
        own.then_some("secrets").into_iter().chain(params).collect()
    }
}
