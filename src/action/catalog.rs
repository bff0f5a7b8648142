//! Every action there is.

use super::choose::Choose;
use super::command::Command;
use super::eks::ScaleNodegroup;
use super::manual::Manual;
use super::port::Action;
use super::rds::PromoteReplica;
use super::route53::ShiftWeights;
use super::runbook::RunRunbook;
use super::verify::Verify;
use super::wait::Wait;

/// All actions, in the order of their names.
static ALL: [&dyn Action; 9] = [&Choose, &Command, &ScaleNodegroup, &Manual, &PromoteReplica, &ShiftWeights, &RunRunbook, &Verify, &Wait];

/// All actions, in the order of their names.
pub fn catalog() -> &'static [&'static dyn Action] {
    &ALL
}

/// The action of this name.
pub fn find(name: &str) -> Option<&'static dyn Action> {
    ALL.iter().find(|action| action.spec().name == name).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_is_found_by_its_name_and_names_are_in_order() {
        let names: Vec<&str> = catalog().iter().map(|action| action.spec().name).collect();
        assert!(names.is_sorted(), "{names:?}");
        for name in names {
            assert_eq!(find(name).map(|action| action.spec().name), Some(name));
        }
        assert!(find("rds.demote").is_none());
    }

    #[test]
    fn subjects_are_parameters_and_aws_actions_need_a_target_and_name_their_permissions() {
        for action in catalog() {
            let spec = action.spec();
            if let Some(subject) = spec.subject {
                assert!(spec.params.iter().any(|param| param.name == subject), "{}", spec.name);
            }
            assert_eq!(spec.needs_target, spec.name.contains('.'), "{}", spec.name);
            assert_eq!(spec.needs_target, !spec.permissions.is_empty(), "{}", spec.name);
        }
    }

    #[test]
    fn the_page_on_actions_names_all_there_is() {
        let page = include_str!("../../docs/actions.md");
        for spec in catalog().iter().map(|action| action.spec()) {
            let at = page.find(&format!("## `{}`", spec.name)).unwrap_or_else(|| panic!("{} has no section", spec.name));
            let section = page[at + 3..].split("\n## ").next().unwrap_or_default();
            for word in spec.params.iter().map(|param| param.name).chain(spec.permissions.iter().map(|one| one.action)) {
                assert!(section.contains(&format!("`{word}`")), "{}: {word}", spec.name);
            }
        }
    }
}
