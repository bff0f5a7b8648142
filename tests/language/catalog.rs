//! The real catalogue.

use lifeboat::runbook::spec::Catalog;

pub(crate) fn catalog() -> Catalog {
    Catalog {
        actions: lifeboat::action::catalog().iter().map(|action| action.spec()).collect(),
        probes: lifeboat::probe::catalog().iter().map(|probe| probe.spec()).collect(),
    }
}

/// The checker's words for the states of a step are the engine's: the rooms do not know each other.
#[test]
fn the_states_of_a_step_are_the_engines() {
    use lifeboat::engine::phase_word;
    let source = include_str!("../../src/engine/scope.rs");
    let words: Vec<&str> = source.split("pub fn phase_word").nth(1).unwrap().split('"').skip(1).step_by(2).collect();
    assert_eq!(words.first(), Some(&phase_word(&lifeboat::engine::StepPhase::Waiting)));
    let mut known: Vec<&str> = lifeboat::runbook::rules::STATES.iter().map(|state| state.word).collect();
    let mut all = words;
    known.sort_unstable();
    all.sort_unstable();
    assert_eq!(known, all);
}

/// What a probe calls healthy is a condition over its own fields.
#[test]
fn health_is_a_condition_over_the_probes_fields() {
    use lifeboat::expr::{Scope, Want, check};
    for spec in catalog().probes {
        let Some(healthy) = spec.healthy else { continue };
        let scope = Scope { fields: Some(spec.fields), ..Scope::default() };
        assert_eq!(check(healthy, &scope, Want::Condition).findings, [], "{}", spec.name);
    }
}
