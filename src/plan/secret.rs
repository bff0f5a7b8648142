//! The secrets of a plan: their names, and how expressions read them.

use super::model::Plan;
use crate::runbook::SecretSource;

/// What the names of secret parameters begin with, among the secrets of a plan. Other names have no period: the two cannot meet.
const PARAM: &str = "params.";

impl Plan {
    /// The name of a secret parameter among the secrets: what expressions read.
    pub fn secret_param(param: &str) -> String {
        format!("{PARAM}{param}")
    }

    /// The parameter that a secret is the value of; `None` for one of the runbook's own `secrets`.
    pub fn param_of(secret: &str) -> Option<&str> {
        secret.strip_prefix(PARAM)
    }

    /// The place that is the value of a secret parameter.
    pub fn place_of_param(&self, param: &str) -> Option<&SecretSource> {
        self.secrets.get(&Self::secret_param(param))
    }

    /// What an expression reads when it reads a secret; empty when there are none.
    pub fn secret_reads(&self) -> Vec<&str> {
        let own = self.secrets.keys().any(|name| Self::param_of(name).is_none());
        let params = self.secrets.keys().map(String::as_str).filter(|name| Self::param_of(name).is_some());
        own.then_some("secrets").into_iter().chain(params).collect()
    }
}
