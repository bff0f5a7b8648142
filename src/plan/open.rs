//! What a plan leaves open until its run.

use super::model::Plan;
use crate::expr;

impl Plan {
    /// The expressions of a text that are filled in only in the run, as written between `${{` and `}}`: those that read `steps`, `run` or a
    /// secret.
    pub fn open_expressions(&self, text: &str) -> Vec<String> {
        let open: Vec<&str> = ["steps", "run"].into_iter().chain(self.secret_reads()).collect();
        let all = expr::expressions(text).unwrap_or_default().into_iter().map(|(source, _)| source.trim());
        all.filter(|source| expr::reads_any(&format!("${{{{ {source} }}}}"), &open)).map(str::to_owned).collect()
    }
}
