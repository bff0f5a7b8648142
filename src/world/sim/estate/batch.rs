//! A batch of record changes: all of it or nothing, with Route 53's own objections.

use std::net::{Ipv4Addr, Ipv6Addr};

use winterbaume_route53::model::{Change, ResourceRecordSet};

use super::records::{Key, Records, display_name, normal_name};

/// Why a batch is refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rejected {
    /// `InvalidChangeBatch` or `InvalidInput`.
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

/// How many record elements a batch may have; an UPSERT counts twice.
/// Source: Route 53 quotas, "ChangeResourceRecordSets: ResourceRecord elements".
const ELEMENTS: usize = 1000;

/// The records after the batch.
///
/// # Errors
/// What stands against it: malformed input first, then all objections to single changes together.
pub(crate) fn apply(zone: &str, records: &Records, changes: &[Change]) -> Result<Records, Rejected> {
    let invalid = |message: String| Rejected { code: "InvalidInput", message };
    if changes.is_empty() {
        return Err(invalid("Invalid XML: the change batch has no changes".into()));
    }
    let elements: usize =
        changes.iter().map(|change| if change.action == "UPSERT" { 2 } else { 1 } * count(&change.resource_record_set)).sum();
    if elements > ELEMENTS {
        return Err(Rejected { code: "InvalidChangeBatch", message: format!("[Number of records limit of {ELEMENTS} exceeded.]") });
    }
    for change in changes {
        well_formed(&change.resource_record_set).map_err(invalid)?;
        if !matches!(change.action.as_str(), "CREATE" | "UPSERT" | "DELETE") {
            return Err(invalid(format!("Invalid action: {}", change.action)));
        }
    }
    let mut after = records.clone();
    let objections: Vec<String> = changes.iter().filter_map(|change| one(zone, &mut after, change).err()).collect();
    if objections.is_empty() {
        Ok(after)
    } else {
        Err(Rejected { code: "InvalidChangeBatch", message: format!("[{}]", objections.join(", ")) })
    }
}

fn count(set: &ResourceRecordSet) -> usize {
    set.resource_records.as_ref().map_or(1, |records| records.items.len().max(1))
}

/// What can be seen without knowing the zone.
fn well_formed(set: &ResourceRecordSet) -> Result<(), String> {
    let (name, kind) = (&set.name, &set.r#type);
    if name.is_empty() || kind.is_empty() {
        return Err("Missing field 'Name' or 'Type' in a resource record set".into());
    }
    let here = format!("in record set with name {}, type {kind}", display_name(name));
    let routed = set.weight.is_some() || set.failover.is_some() || set.region.is_some() || set.geo_location.is_some();
    let routed = routed || set.multi_value_answer.is_some() || set.geo_proximity_location.is_some() || set.cidr_routing_config.is_some();
    if routed != set.set_identifier.is_some() {
        return Err(if routed {
            format!("Missing field 'SetIdentifier' {here}")
        } else {
            format!("A SetIdentifier needs a routing policy, such as 'Weight', {here}")
        });
    }
    if set.weight.is_some_and(|weight| !(0..=255).contains(&weight)) {
        return Err(format!("Weight must be between 0 and 255 {here}"));
    }
    let values = set.resource_records.as_ref().map_or(0, |records| records.items.len());
    match (&set.alias_target, set.t_t_l, values) {
        (Some(_), None, 0) => Ok(()),
        (Some(_), ..) => Err(format!("An alias has neither TTL nor resource records {here}")),
        (None, Some(ttl), 1..) if (0..=2_147_483_647).contains(&ttl) => Ok(()),
        (None, None, _) => Err(format!("Missing field 'TTL' {here}")),
        (None, _, 0) => Err(format!("Missing field 'ResourceRecords' {here}")),
        (None, ..) => Err(format!("TTL must be between 0 and 2147483647 {here}")),
    }
}

/// One change, or Route 53's objection to it.
fn one(zone: &str, records: &mut Records, change: &Change) -> Result<(), String> {
    let mut set = change.resource_record_set.clone();
    let name = normal_name(&set.name);
    set.name = display_name(&set.name);
    set.r#type = set.r#type.to_ascii_uppercase();
    let key = Key::of(&set);
    let shown = match &set.set_identifier {
        Some(id) => format!("[name='{}', type='{}', set identifier='{id}']", set.name, set.r#type),
        None => format!("[name='{}', type='{}']", set.name, set.r#type),
    };
    if name != zone && !name.strip_suffix(zone).is_some_and(|left| left.ends_with('.')) {
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
    values_fit(&set)?;
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
    values(a) == values(b) && a.t_t_l == b.t_t_l && a.weight == b.weight && a.failover == b.failover && alias(a) == alias(b)
}

fn values_fit(set: &ResourceRecordSet) -> Result<(), String> {
    for record in set.resource_records.iter().flat_map(|list| &list.items) {
        let value = &record.value;
        let problem = match set.r#type.as_str() {
            "A" if value.parse::<Ipv4Addr>().is_err() => "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)",
            "AAAA" if value.parse::<Ipv6Addr>().is_err() => "AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)",
            "TXT" if !value.starts_with('"') || !value.ends_with('"') || value.len() < 2 => {
                "InvalidCharacterString (Value should be enclosed in quotation marks)"
            }
            _ => continue,
        };
        return Err(format!("Invalid Resource Record: 'FATAL problem: {problem} encountered with '{value}''"));
    }
    Ok(())
}

/// What may not stand beside each other under one name.
fn beside_others(zone: &str, records: &Records, key: &Key, set: &ResourceRecordSet, name: &str) -> Result<(), String> {
    let (shown, kind) = (&set.name, &set.r#type);
    if kind == "CNAME" && name == zone {
        return Err(format!("RRSet of type CNAME with DNS name {shown} is not permitted at apex in zone {}", display_name(zone)));
    }
    for (other, there) in records.iter().filter(|(other, _)| other.labels == key.labels && *other != key) {
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
        let with = |set: &ResourceRecordSet| set.set_identifier.as_ref().map_or_else(String::new, |id| format!(" and SetIdentifier {id}"));
        let policy = |set: &ResourceRecordSet| match set {
            set if set.weight.is_some() => "weighted",
            set if set.failover.is_some() => "failover",
            set if set.region.is_some() => "latency",
            set if set.set_identifier.is_some() => "other",
            _ => "simple",
        };
        if policy(there) != policy(set) {
            return Err(format!(
                "RRSet with DNS name {shown}, type {kind}{} cannot be created because a {} RRSet with the same name and type already exists",
                with(set),
                policy(there)
            ));
        }
    }
    Ok(())
}
