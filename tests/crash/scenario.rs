//! What is run and killed.

/// A runbook in its world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) runbook: &'static str,
    pub(crate) world: &'static str,
}

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario { name: "failover", runbook: "runbooks/regional_failover.yaml", world: "runbooks/worlds/region_loss.yaml" },
    Scenario { name: "failback", runbook: "runbooks/regional_failback.yaml", world: "runbooks/worlds/failback.yaml" },
    Scenario { name: "faults", runbook: "tests/runbooks/crash_faults.yaml", world: "tests/worlds/crash_faults.yaml" },
    Scenario { name: "rollback", runbook: "tests/runbooks/crash_rollback.yaml", world: "tests/worlds/crash.yaml" },
    Scenario { name: "parallel", runbook: "tests/runbooks/crash_parallel.yaml", world: "tests/worlds/crash.yaml" },
];
