//! The real catalogue.

use lifeboat::runbook::spec::Catalog;

pub(crate) fn catalog() -> Catalog {
    Catalog {
        actions: lifeboat::action::catalog().iter().map(|action| action.spec()).collect(),
        probes: lifeboat::probe::catalog().iter().map(|probe| probe.spec()).collect(),
    }
}
