//! What was seen of the record sets: kept in the journal, compared before a call, and shown.

use std::collections::BTreeMap;

use aws_sdk_route53::types::ResourceRecordSet;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::wanted::{Record, Wanted};
use crate::action::reads::route53::{self as records, Zone};
use crate::plan::{Failure, FailureKind};

/// Most record elements of a batch; those of an UPSERT count twice.
/// Source: Route 53 API reference, ChangeResourceRecordSets, "Limits on Change Batches".
const MOST_ELEMENTS: usize = 1_000;
/// Most characters in all values of a batch; those of an UPSERT count twice. Source: as above.
const MOST_CHARACTERS: usize = 32_000;

/// The weighted record sets of all names of a step.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    pub(super) records: Vec<SeenRecord>,
    pub(super) private: bool,
}

/// Those of one name. Written by every version; what later ones added is empty where an earlier one wrote it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct SeenRecord {
    pub(super) record: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) weights: Map<String, Value>,
    pub(super) values: Map<String, Value>,
    pub(super) health_checks: Map<String, Value>,
    /// Health checks that are unhealthy now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) unhealthy: Vec<String>,
    /// Sets that are aliases, with whether their targets' health is evaluated.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) aliases: BTreeMap<String, bool>,
    pub(super) ttl: Option<i64>,
    /// The name also has HTTPS or SVCB records with address hints.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) hints: bool,
}

/// The weighted sets of a name, and what else there is of it.
pub(super) struct Found {
    pub(super) sets: Vec<ResourceRecordSet>,
    pub(super) hints: bool,
}

impl SeenRecord {
    pub(super) fn new(wanted: &Record, found: &Found, unhealthy: &[String]) -> Self {
        let identified = || found.sets.iter().filter_map(|set| Some((set.set_identifier()?.to_owned(), set)));
        let health_checks: Map<String, Value> = identified().filter_map(|(id, set)| Some((id, json!(set.health_check_id()?)))).collect();
        let ours = |check: &&String| health_checks.values().any(|own| own.as_str() == Some(check.as_str()));
        Self {
            record: wanted.name.clone(),
            kind: wanted.kind.clone(),
            weights: identified().map(|(id, set)| (id, json!(set.weight()))).collect(),
            values: identified().map(|(id, set)| (id, json!(records::values(set)))).collect(),
            unhealthy: unhealthy.iter().filter(ours).cloned().collect(),
            health_checks,
            aliases: identified().filter_map(|(id, set)| Some((id, set.alias_target()?.evaluate_target_health()))).collect(),
            ttl: found.sets.iter().filter_map(ResourceRecordSet::ttl).max(),
            hints: found.hints,
        }
    }

    pub(super) fn weight(&self, set: &str) -> Option<i64> {
        self.weights.get(set).and_then(Value::as_i64)
    }

    /// All weights as they will be.
    pub(super) fn after(&self, wanted: &Record) -> Map<String, Value> {
        let mut after = self.weights.clone();
        after.extend(wanted.weights.iter().map(|(set, weight)| (set.clone(), json!(weight))));
        after
    }
}

impl Seen {
    /// What an observation says, also one of an earlier version, which knew one name alone.
    pub(super) fn read(wanted: &Wanted, seen: &Value) -> Self {
        let private = seen["private"].as_bool().unwrap_or(false);
        let read = |value: &Value| SeenRecord::deserialize(value).unwrap_or_default();
        let records = match seen["records"].as_array() {
            Some(records) => records.iter().map(read).collect(),
            None => {
                let names = wanted.records.first().map(|record| (record.name.clone(), record.kind.clone())).unwrap_or_default();
                vec![SeenRecord { record: names.0, kind: names.1, ..read(seen) }]
            }
        };
        Self { records, private }
    }

    /// What was seen of a wanted name.
    pub(super) fn of(&self, wanted: &Record) -> SeenRecord {
        let same = |seen: &&SeenRecord| seen.record == wanted.name && seen.kind == wanted.kind;
        self.records.iter().find(same).cloned().unwrap_or_default()
    }

    /// Every name with the weights of its sets.
    pub(super) fn weights(&self) -> Vec<(&str, &str, &Map<String, Value>)> {
        self.records.iter().map(|seen| (seen.record.as_str(), seen.kind.as_str(), &seen.weights)).collect()
    }

    /// What `observe` keeps, and what later steps can read.
    pub(super) fn observation(&self, zone: &Zone) -> Value {
        // A step with one name is read as it always was.
        let weights = match self.records.as_slice() {
            [one] => json!(one.weights),
            _ => Value::Null,
        };
        json!({
            "zone_id": zone.id,
            "private": zone.private,
            "records": self.records,
            "weights": weights,
            "answered": null,
            "note": null,
        })
    }

    /// Refuses what Route 53 does not take as one batch.
    pub(super) fn fits(&self, wanted: &Wanted) -> Result<(), Failure> {
        let (mut elements, mut characters) = (0, 0);
        for record in &wanted.records {
            let seen = self.of(record);
            for (set, weight) in &record.weights {
                if seen.weight(set) == Some(*weight) || seen.aliases.contains_key(set) {
                    continue;
                }
                let values = seen.values.get(set).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                elements += 2 * values.len();
                characters += 2 * values.iter().filter_map(Value::as_str).map(|value| value.chars().count()).sum::<usize>();
            }
        }
        let (has, most, what) = match (elements > MOST_ELEMENTS, characters > MOST_CHARACTERS) {
            (true, _) => (elements, MOST_ELEMENTS, "values"),
            (_, true) => (characters, MOST_CHARACTERS, "characters of values"),
            _ => return Ok(()),
        };
        let message = format!("the batch would have {has} {what}, each counted twice as Route 53 does, and it takes {most}");
        let failure = Failure::new(FailureKind::Invalid, message, "split `records` into two steps; each is then a batch of its own");
        Err(Failure { operation: "route53:ChangeResourceRecordSets".into(), region: "global".into(), ..failure })
    }
}
