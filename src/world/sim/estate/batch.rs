//! A batch of record changes: all of it or nothing, with Route 53's own objections.

use std::collections::HashMap;

use winterbaume_route53::model::{AliasTarget, Change, ResourceRecordSet};

use super::form::{check, modelled, policy};
use super::names::{display_name, is_within, normal_name};
use super::records::{Key, Records};
use crate::world::sim::constraint::Constraints;

/// Why a batch is refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rejected {
    /// `InvalidChangeBatch`, `InvalidInput` or `NoSuchHealthCheck`.
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

/// What a batch is applied to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct To<'a> {
    /// The zone's id and its name, without the last dot.
    pub(crate) id: &'a str,
    pub(crate) name: &'a str,
    /// The ids of all zones that the world has: what is in none of them is another service's.
    pub(crate) zones: &'a [&'a str],
    /// The health checks that there are.
    pub(crate) health_checks: &'a [&'a str],
}

/// How many record elements a batch may have, and how many characters in their values; an UPSERT counts twice.
/// Source: Route 53 quotas, "Quotas on ChangeResourceRecordSets".
const ELEMENTS: usize = 1000;
const CHARACTERS: usize = 32_000;
/// Aliases that lead to aliases: more than so many are a circle.
const CHAIN_LIMIT: usize = 8;

/// The records after the batch.
///
/// # Errors
/// What stands against it: malformed input first, then all objections to single changes together.
pub(crate) fn apply(to: To<'_>, records: &Records, changes: &[Change]) -> Result<Records, Rejected> {
    let invalid = |message: &str| Rejected { code: "InvalidInput", message: message.into() };
    if changes.is_empty() {
        return Err(invalid("Invalid XML: the change batch has no changes"));
    }
    let mut constraints = Constraints::default();
    for (n, change) in changes.iter().enumerate() {
        modelled(&mut constraints, change, n + 1);
    }
    if let Some(message) = constraints.message() {
        return Err(invalid(&message));
    }
    sizes(changes)?;
    for change in changes {
        check(change)?;
    }
    let mut after = records.clone();
    let objections = objections(to, &mut after, changes);
    match &objections[..] {
        [] => Ok(after),
        [(_, only), ..] if only.code == "NoSuchHealthCheck" => Err(Rejected { code: only.code, message: only.message.clone() }),
        all => {
            let all: Vec<&str> = all.iter().map(|(_, objection)| objection.message.as_str()).collect();
            Err(Rejected { code: "InvalidChangeBatch", message: format!("[{}]", all.join(", ")) })
        }
    }
}

/// What stands against single changes of a well-formed batch, each with its place; `records` are left as after the others.
fn objections(to: To<'_>, records: &mut Records, changes: &[Change]) -> Vec<(usize, Rejected)> {
    let batch = |message: String| Rejected { code: "InvalidChangeBatch", message };
    let mut found: Vec<(usize, Rejected)> = twice(changes).into_iter().map(|(n, message)| (n, batch(message))).collect();
    for (n, change) in changes.iter().enumerate() {
        let id = change.resource_record_set.health_check_id.as_deref().filter(|_| change.action != "DELETE");
        if let Some(id) = id.filter(|id| !to.health_checks.contains(id)) {
            let message = format!("A health check with id {id} does not exist.");
            found.insert(0, (n, Rejected { code: "NoSuchHealthCheck", message }));
        }
        if let Err(message) = one(to.name, records, change) {
            found.push((n, batch(message)));
        }
    }
    // An alias and its target may come in one batch, in any order.
    for (n, change) in changes.iter().enumerate().filter(|(_, change)| change.action != "DELETE") {
        if let Some(alias) = &change.resource_record_set.alias_target
            && let Err(message) = leads_somewhere(to, records, &change.resource_record_set, alias)
        {
            found.push((n, batch(message)));
        }
    }
    found
}

/// What stands against record sets that a zone begins with, each with its place among them.
pub(crate) fn impossible(to: To<'_>, records: &Records, sets: &[ResourceRecordSet]) -> Vec<(usize, String)> {
    let change = |set: &ResourceRecordSet| Change { action: "UPSERT".into(), resource_record_set: set.clone() };
    let changes: Vec<Change> = sets.iter().map(change).collect();
    let wrong = |(n, change): (usize, &Change)| {
        let mut constraints = Constraints::default();
        modelled(&mut constraints, change, n + 1);
        constraints.message().or_else(|| check(change).err().map(|rejected| rejected.message)).map(|message| (n, message))
    };
    let malformed: Vec<(usize, String)> = changes.iter().enumerate().filter_map(wrong).collect();
    if !malformed.is_empty() {
        return malformed;
    }
    objections(to, &mut records.clone(), &changes).into_iter().map(|(n, rejected)| (n, rejected.message)).collect()
}

fn sizes(changes: &[Change]) -> Result<(), Rejected> {
    let (mut elements, mut characters) = (0, 0);
    for change in changes {
        let times = if change.action == "UPSERT" { 2 } else { 1 };
        let records = change.resource_record_set.resource_records.as_ref();
        elements += times * records.map_or(1, |records| records.items.len().max(1));
        characters += times * records.map_or(0, |records| records.items.iter().map(|record| record.value.chars().count()).sum::<usize>());
    }
    let too_much =
        |what: &str, limit: usize| Rejected { code: "InvalidChangeBatch", message: format!("[{what} limit of {limit} exceeded.]") };
    if elements > ELEMENTS {
        return Err(too_much("Number of records", ELEMENTS));
    }
    if characters > CHARACTERS {
        return Err(too_much("Number of characters", CHARACTERS));
    }
    Ok(())
}

/// Sets that are changed more than once: only a DELETE may be followed by what takes the set's place.
fn twice(changes: &[Change]) -> Vec<(usize, String)> {
    let mut seen: HashMap<Key, &str> = HashMap::new();
    let mut found = Vec::new();
    for (n, change) in changes.iter().enumerate() {
        let set = &change.resource_record_set;
        match seen.insert(Key::of(set), &change.action) {
            None => {}
            Some("DELETE") if change.action != "DELETE" => {}
            Some(_) => found.push((
                n,
                format!(
                    "The request contains an invalid set of changes for a resource record set '{} {}'",
                    set.r#type,
                    display_name(&set.name)
                ),
            )),
        }
    }
    found
}

/// One change, or Route 53's objection to it.
fn one(zone: &str, records: &mut Records, change: &Change) -> Result<(), String> {
    let mut set = change.resource_record_set.clone();
    let name = normal_name(&set.name);
    set.name = display_name(&set.name);
    if let Some(alias) = &mut set.alias_target {
        alias.d_n_s_name = display_name(&alias.d_n_s_name);
    }
    let key = Key::of(&set);
    let shown = match &set.set_identifier {
        Some(id) => format!("[name='{}', type='{}', set identifier='{id}']", set.name, set.r#type),
        None => format!("[name='{}', type='{}']", set.name, set.r#type),
    };
    if !is_within(&name, zone) {
        return Err(format!("RRSet with DNS name {} is not permitted in zone {}", set.name, display_name(zone)));
    }
    if change.action == "DELETE" {
        if name == zone && matches!(set.r#type.as_str(), "NS" | "SOA") {
            return Err(format!("A HostedZone must contain exactly one {} record for the zone itself", set.r#type));
        }
        let there = records.get(&key).ok_or_else(|| format!("Tried to delete resource record set {shown} but it was not found"))?;
        if !same(there, &set) {
            return Err(format!("Tried to delete resource record set {shown} but the values provided do not match the current values"));
        }
        records.remove(&key);
        return Ok(());
    }
    if change.action == "CREATE" && records.contains_key(&key) {
        return Err(format!("Tried to create resource record set {shown} but it already exists"));
    }
    beside_others(zone, records, &key, &set, &name)?;
    records.insert(key, set);
    Ok(())
}

/// Whether a DELETE names the set as it is.
fn same(a: &ResourceRecordSet, b: &ResourceRecordSet) -> bool {
    let values = |set: &ResourceRecordSet| {
        let mut values: Vec<String> = set.resource_records.iter().flat_map(|list| &list.items).map(|r| r.value.clone()).collect();
        values.sort();
        values
    };
    let alias =
        |set: &ResourceRecordSet| set.alias_target.as_ref().map(|alias| (normal_name(&alias.d_n_s_name), alias.hosted_zone_id.clone()));
    let simple = |set: &ResourceRecordSet| {
        let place = set.geo_location.clone().unwrap_or_default();
        let place = (place.continent_code, place.country_code, place.subdivision_code);
        (set.t_t_l, set.weight, set.failover.clone(), set.region.clone(), set.multi_value_answer, set.health_check_id.clone(), place)
    };
    values(a) == values(b) && simple(a) == simple(b) && alias(a) == alias(b)
}

/// What may not stand beside each other under one name.
fn beside_others(zone: &str, records: &Records, key: &Key, set: &ResourceRecordSet, name: &str) -> Result<(), String> {
    let (shown, kind) = (&set.name, &set.r#type);
    if kind == "CNAME" && name == zone {
        return Err(format!("RRSet of type CNAME with DNS name {shown} is not permitted at apex in zone {}", display_name(zone)));
    }
    if kind == "SOA" && name != zone {
        return Err(format!("RRSet of type SOA with DNS name {shown} is permitted at the apex of a zone only"));
    }
    for (other, there) in records.iter().filter(|(other, _)| other.name == key.name && *other != key) {
        if (other.kind == "CNAME") != (key.kind == "CNAME") {
            return Err(format!(
                "RRSet of type {kind} with DNS name {shown} is not permitted because a conflicting RRSet of type {} with the same DNS name \
                 already exists in zone {}",
                other.kind,
                display_name(zone)
            ));
        }
        if other.kind != key.kind {
            continue;
        }
        let with = set.set_identifier.as_ref().map_or_else(String::new, |id| format!(" and SetIdentifier {id}"));
        let cannot =
            |there: String| format!("RRSet with DNS name {shown}, type {kind}{with} cannot be created because {there} already exists");
        if policy(there) != policy(set) {
            return Err(cannot(format!("a {} RRSet with the same name and type", policy(there))));
        }
        let place = |set: &ResourceRecordSet| {
            set.geo_location.clone().map(|place| (place.continent_code, place.country_code, place.subdivision_code))
        };
        let alike = match policy(set) {
            "failover" => set.failover == there.failover,
            "latency" => set.region == there.region,
            "geolocation" => place(set) == place(there),
            _ => false,
        };
        if alike {
            let what = set.failover.as_ref().or(set.region.as_ref()).map_or("location", String::as_str);
            return Err(cannot(format!("a {} RRSet with the same name, type and {what}", policy(set))));
        }
    }
    Ok(())
}

/// Whether an alias has a target: one in its own zone is there, has the alias's type, and is not the alias itself.
/// Source: AliasTarget, "HostedZoneId" and "DNSName".
fn leads_somewhere(to: To<'_>, records: &Records, set: &ResourceRecordSet, alias: &AliasTarget) -> Result<(), String> {
    let zone = alias.hosted_zone_id.rsplit('/').next().unwrap_or("");
    let target = normal_name(&alias.d_n_s_name);
    let tried = format!("Tried to create an alias that targets {}, type {} in zone {zone}, but", display_name(&target), set.r#type);
    if zone != to.id {
        // What is in no zone of the world is the domain name of a load balancer, a distribution or the like.
        if to.zones.contains(&zone) {
            return Err(format!("{tried} an alias cannot target a record in another hosted zone"));
        }
        return Ok(());
    }
    if !is_within(&target, to.name) {
        return Err(format!("{tried} the alias target name does not lie within the target zone"));
    }
    let own = normal_name(&set.name);
    let mut at = target.clone();
    for _ in 0..CHAIN_LIMIT {
        if at == own {
            return Err(format!("{tried} that leads back to the alias itself"));
        }
        let first = Key::new(&at, &set.r#type, None);
        let Some((_, there)) = records.range(first.clone()..).next().filter(|(key, _)| key.same_name(&first)) else {
            break;
        };
        match &there.alias_target {
            Some(next) if next.hosted_zone_id.ends_with(to.id) => at = normal_name(&next.d_n_s_name),
            _ => return Ok(()),
        }
    }
    if at == target { Err(format!("{tried} that target was not found")) } else { Ok(()) }
}
