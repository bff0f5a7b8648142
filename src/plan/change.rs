//! The change a step would make, as shown before it is confirmed.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::model::{Confirm, Step};
use crate::id::Digest;

/// The key of a receipt that says `true` where an action found its work under way or done and made no call itself: then the change is
/// not the run's to roll back.
pub const NO_CALL: &str = "no_call";

/// What would be called and what it would do. Everything here is on the screen before the operator confirms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The API operation, `rds:PromoteReadReplica`; or `manual`, `command`, `wait`.
    pub operation: String,
    /// What it is done to, `orders-replica`.
    pub resource: String,
    /// Where, `us-east-1`; `global` for Route 53; empty when it has no place.
    pub region: String,
    /// Property by property.
    pub fields: Vec<FieldChange>,
    /// Whether a reverse call exists.
    pub reversible: bool,
    /// Whether data may be lost, and which, in one sentence.
    pub data_loss: Option<String>,
    /// The wanted state is already there: nothing will be called.
    pub already: bool,
    /// What else the operator should know: a health issue, a side effect.
    pub notes: Vec<String>,
    /// What it takes away as it was seen (`14 of 26 nodes`), though its action does not always: the name is typed for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub takes_away: Option<String>,
    /// What stands against the call for now and ends by itself (`status backing-up`): once confirmed, it is waited for within the step's
    /// timeout, and only then is the call made. No part of what is confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<String>,
}

/// One property, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// `desired`.
    pub name: String,
    /// What is there now.
    pub before: String,
    /// What will be there.
    pub after: String,
}

impl Change {
    /// The change of an action that calls nothing: `manual`, `choose`, `verify`.
    pub fn of_nothing(operation: &str) -> Self {
        Self {
            operation: operation.into(),
            resource: String::new(),
            region: String::new(),
            fields: Vec::new(),
            reversible: true,
            data_loss: None,
            already: false,
            notes: Vec::new(),
            takes_away: None,
            waits_for: None,
        }
    }

    /// The fingerprint a confirmation names.
    pub fn digest(&self) -> Digest {
        Digest::of_json(self.what_is_done().as_ref())
    }

    /// Whether the same would be done, whatever is to be waited for before.
    pub fn is_same(&self, other: &Self) -> bool {
        self.what_is_done() == other.what_is_done()
    }

    fn what_is_done(&self) -> Cow<'_, Self> {
        match self.waits_for {
            None => Cow::Borrowed(self),
            Some(_) => Cow::Owned(Self { waits_for: None, ..self.clone() }),
        }
    }

    /// The name that is typed for it: the last part of what it is done to, of a node group without its cluster.
    pub fn name(&self) -> &str {
        self.resource.rsplit('/').next().unwrap_or(&self.resource)
    }

    /// What it costs, in sentences: what is taken away and what is lost.
    pub fn costs(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let takes = self.takes_away.as_ref().map(|what| Cow::Owned(format!("takes away {what}")));
        takes.into_iter().chain(self.data_loss.as_deref().map(Cow::Borrowed))
    }

    /// What else is to be known before it is confirmed, in sentences: what is waited for, and its notes.
    pub fn remarks(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let waits = self.waits_for.as_ref().map(|what| Cow::Owned(format!("the call waits until it has ended by itself: {what}")));
        waits.into_iter().chain(self.notes.iter().map(|note| Cow::Borrowed(note.as_str())))
    }
}

impl Step {
    /// What the operator must do before the step runs: what the plan says, or more where the change as it was seen weighs more than the
    /// step does as a rule: it takes something away, or loses data or cannot be undone though the action's changes can.
    pub fn confirm_for(&self, change: Option<&Change>) -> Cow<'_, Confirm> {
        let heavy = |change: &&Change| {
            let worse = self.reversible && !self.is_opaque() && (!change.reversible || change.data_loss.is_some());
            !change.already && (change.takes_away.is_some() || worse)
        };
        match (&self.confirm, change.filter(heavy)) {
            (Confirm::None | Confirm::Enter, Some(change)) => Cow::Owned(Confirm::Type(change.name().to_owned())),
            (planned, _) => Cow::Borrowed(planned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Packed;

    fn step(confirm: Confirm, action: &str, reversible: bool) -> Step {
        Step {
            id: "scale".into(),
            title: String::new(),
            why: None,
            phase: None,
            action: action.into(),
            with: Packed::default(),
            target: None,
            item: None,
            within: None,
            needs: Vec::new(),
            when: None,
            preconditions: Vec::new(),
            confirm,
            confirm_reason: None,
            expected: 1.0,
            timeout: 60.0,
            retry: crate::plan::Retry { attempts: 1, delay: 1.0, once: false },
            on_failure: crate::plan::OnFailure::Pause,
            verify: Vec::new(),
            reversible,
            mutates: true,
        }
    }

    #[test]
    fn the_stronger_of_the_plan_and_the_change_is_asked_for() {
        let plain = Change { resource: "core-dr/general".into(), ..Change::of_nothing("eks:UpdateNodegroupConfig") };
        let takes = Change { takes_away: Some("14 of 26 nodes".into()), ..plain.clone() };
        let loses = Change { data_loss: Some("what was written since".into()), ..plain.clone() };
        let asked = |confirm: &Confirm, action: &str, reversible: bool, change: &Change| {
            step(confirm.clone(), action, reversible).confirm_for(Some(change)).into_owned()
        };
        let name = Confirm::Type("general".into());
        for planned in [Confirm::None, Confirm::Enter] {
            assert_eq!(asked(&planned, "eks.scale_nodegroup", true, &plain), planned);
            assert_eq!(asked(&planned, "eks.scale_nodegroup", true, &takes), name);
            assert_eq!(asked(&planned, "eks.scale_nodegroup", true, &loses), name);
            // What its action says of every change of it, the author knew.
            assert_eq!(asked(&planned, "rds.promote_replica", false, &loses), planned);
            assert_eq!(asked(&planned, "command", true, &Change { reversible: false, ..plain.clone() }), planned);
            assert_eq!(asked(&planned, "eks.scale_nodegroup", true, &Change { already: true, ..takes.clone() }), planned);
        }
        for planned in [Confirm::Type("other".into()), Confirm::TwoPerson] {
            assert_eq!(asked(&planned, "eks.scale_nodegroup", true, &takes), planned);
        }
        assert_eq!(step(Confirm::Enter, "eks.scale_nodegroup", true).confirm_for(None).as_ref(), &Confirm::Enter);
    }

    #[test]
    fn what_is_waited_for_is_no_part_of_what_is_confirmed() {
        let now = Change::of_nothing("rds:PromoteReadReplica");
        let later = Change { waits_for: Some("the status backing-up".into()), ..now.clone() };
        assert!(now.is_same(&later) && now.digest() == later.digest());
        assert!(!now.is_same(&Change { takes_away: Some("a node".into()), ..now.clone() }));
    }
}
