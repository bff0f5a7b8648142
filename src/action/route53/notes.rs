//! What else the operator should know of a shift before confirming it.

use indexmap::IndexMap;
use serde_json::Value;

use super::answers::compared;
use super::seen::{Seen, SeenRecord};
use super::wanted::{Record, Wanted};

/// Names that a note of several is said of by name.
const NAMED: usize = 3;

/// The notes on all records. What holds for several is said once.
pub(super) fn of(wanted: &Wanted, seen: &Seen) -> Vec<String> {
    let mut notes: IndexMap<String, Vec<&str>> = IndexMap::new();
    for record in &wanted.records {
        for note in of_one(record, &seen.of(record), wanted, seen.private) {
            notes.entry(note).or_default().push(&record.name);
        }
    }
    notes.into_iter().map(|(note, names)| said_of(&note, &names, wanted)).collect()
}

fn said_of(note: &str, names: &[&str], wanted: &Wanted) -> String {
    if !wanted.several || names.len() == wanted.records.len() {
        return note.to_owned();
    }
    let more = names.len().saturating_sub(NAMED);
    let named = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{named} and {more} more: {note}") } else { format!("{named}: {note}") }
}

fn of_one(record: &Record, seen: &SeenRecord, wanted: &Wanted, private: bool) -> Vec<String> {
    let after = seen.after(record);
    let weight = |set: &str| after.get(set).and_then(Value::as_i64).unwrap_or_default();
    let named = |set: &str| record.weights.iter().any(|(named, _)| named == set);
    let mut notes: Vec<String> =
        after.iter().filter(|(set, _)| !named(set)).map(|(set, weight)| format!("weight of {set} stays {weight}")).collect();
    let zero: Vec<&str> = after.keys().map(String::as_str).filter(|set| weight(set) == 0).collect();
    if zero.len() == after.len() {
        notes.push("every weight becomes 0: Route 53 then answers with all sets alike".into());
    }
    let instead = if zero.is_empty() || zero.len() == after.len() {
        String::new()
    } else {
        format!("; {}, with weight 0, is answered when it is not", zero.join(", "))
    };
    for (set, check) in seen.health_checks.iter().filter(|(set, _)| weight(set) > 0) {
        let check = check.as_str().unwrap_or_default();
        notes.push(format!("{set} is answered only while its health check {check} is healthy"));
        if seen.unhealthy.iter().any(|unhealthy| unhealthy == check) {
            notes.push(format!("the health check {check} of {set} is unhealthy now: Route 53 does not answer with {set}{instead}"));
        }
    }
    // Source: Route 53 API reference, AliasTarget, EvaluateTargetHealth; developer guide, "How Route 53 chooses records when health
    // checking is configured": sets of weight 0 are answered when none that has a weight is healthy.
    for (set, _) in seen.aliases.iter().filter(|(set, evaluated)| **evaluated && weight(set) > 0) {
        notes.push(format!("{set} is answered only while its target is healthy (EvaluateTargetHealth){instead}"));
    }
    if seen.hints {
        notes.push(format!(
            "{} also has HTTPS or SVCB records with address hints: clients that follow those are not moved by this step",
            record.name
        ));
    }
    if let Some(ttl) = seen.ttl {
        notes.push(format!("resolvers keep the old answer for up to {ttl} s"));
    }
    notes.extend(not_asked(record, seen, wanted, private, &weight));
    notes
}

/// What will not be asked after the change, where that is known before it.
fn not_asked(record: &Record, seen: &SeenRecord, wanted: &Wanted, private: bool, weight: &dyn Fn(&str) -> i64) -> Option<String> {
    let all_zero = seen.weights.keys().all(|set| weight(set) == 0);
    let alias = seen.aliases.keys().find(|set| all_zero || weight(set) > 0);
    match wanted.wait_for_dns {
        Some(false) => Some("name servers will not be asked: wait_for_dns is false".into()),
        None if private => {
            Some("name servers will not be asked, since only VPCs of a private zone can ask them: INSYNC ends the step".into())
        }
        _ if !compared(&record.kind) => Some(format!("name servers will not be asked: answers of type {} are not compared", record.kind)),
        _ => alias.map(|set| format!("name servers will not be asked, since {set} is an alias; Route 53 itself is, where that is allowed")),
    }
}
