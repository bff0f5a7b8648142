//! Where the time of a drill went.

use serde::Serialize;

/// The time of a run, taken apart by who needed it. Seconds. Computed by whoever knows the world's own times.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TimeAccount {
    /// From the start of the run to its end.
    pub run_s: f64,
    /// The critical path of the cloud's own work.
    pub cloud_s: f64,
    /// Waiting for a person.
    pub human_s: f64,
    /// Waits that the runbook itself asks for: `wait`, `stable`, delays before a retry.
    pub runbook_s: f64,
    /// What is left: what the tool added.
    pub tool_s: f64,
    /// `tool_s` as a share of `run_s - human_s`; 0.02 is 2 %.
    pub tool_share: f64,
}

impl TimeAccount {
    /// Title and seconds of every entry, in order.
    pub(super) fn entries(&self) -> [(&'static str, f64); 5] {
        [
            ("run", self.run_s),
            ("cloud's own work, critical path", self.cloud_s),
            ("waiting for people", self.human_s),
            ("waits of the runbook", self.runbook_s),
            ("added by lifeboat", self.tool_s),
        ]
    }

    /// The share in per cent, `1.3 %`.
    pub(super) fn share_words(&self) -> String {
        format!("{:.1} %", self.tool_share * 100.0)
    }
}
