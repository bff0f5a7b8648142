//! The sizes of a node group: those that there are, and those that a step wants.

use serde_json::Value;

use super::{MOST, SPEC, objection};
use crate::action::reads::eks::Group;
use crate::action::with::With;
use crate::plan::{Failure, FieldChange};
use crate::runbook::spec::Rule;

/// Three sizes that go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sizes {
    pub(super) min: i64,
    pub(super) desired: i64,
    pub(super) max: i64,
}

impl Sizes {
    /// Those of an observation.
    pub(super) fn of(seen: &Value) -> Self {
        let size = |name: &str| seen[name].as_i64().unwrap_or_default();
        Self { min: size("min"), desired: size("desired"), max: size("max") }
    }

    /// Each as it is, or as `other` has it where that is more.
    pub(super) fn raised_to(self, other: Self) -> Self {
        Self { min: self.min.max(other.min), desired: self.desired.max(other.desired), max: self.max.max(other.max) }
    }

    /// What becomes another size.
    pub(super) fn differences(self, after: Self) -> Vec<FieldChange> {
        let sizes = [("desired", self.desired, after.desired), ("min", self.min, after.min), ("max", self.max, after.max)];
        let differ = sizes.into_iter().filter(|(_, before, after)| before != after);
        differ
            .map(|(name, before, after)| FieldChange { name: name.into(), before: before.to_string(), after: after.to_string() })
            .collect()
    }
}

impl From<&Group> for Sizes {
    fn from(group: &Group) -> Self {
        Self { min: group.min, desired: group.desired, max: group.max }
    }
}

/// What a step wants.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) cluster: String,
    pub(super) nodegroup: String,
    pub(super) sizes: Sizes,
    /// What is more already stays.
    pub(super) at_least: bool,
}

impl Wanted {
    pub(super) fn read(with: &Value) -> Result<Self, Failure> {
        let with = With::new(SPEC.name, with);
        let sizes =
            Sizes { min: with.integer("min", 0..=MOST)?, desired: with.integer("desired", 0..=MOST)?, max: with.integer("max", 1..=MOST)? };
        with.keep(Rule(objection))?;
        Ok(Self { cluster: with.text("cluster")?, nodegroup: with.text("nodegroup")?, sizes, at_least: with.flag("at_least", false)? })
    }

    pub(super) fn resource(&self) -> String {
        format!("{}/{}", self.cluster, self.nodegroup)
    }

    /// The sizes that it comes to where there are these.
    pub(super) fn from(&self, found: Sizes) -> Sizes {
        if self.at_least { self.sizes.raised_to(found) } else { self.sizes }
    }

    /// Whether these are what is wanted.
    pub(super) fn is_met_by(&self, found: Sizes) -> bool {
        self.from(found) == found
    }
}
