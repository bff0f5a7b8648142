//! The form of a record set: what can be seen without knowing its zone.
//!
//! Source: the model of Route 53 (enums and lengths), and ChangeResourceRecordSets for what goes together.

use winterbaume_route53::model::{Change, ResourceRecordSet};

use super::batch::Rejected;
use super::names::{display_name, name_problem, normal_name};
use super::rdata::{self, TYPES};
use crate::world::sim::constraint::Constraints;

/// Source: the model of Route 53, ResourceRecordSetRegion.
const REGIONS: [&str; 39] = [
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "ca-central-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eu-central-1",
    "eu-central-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "eu-north-1",
    "sa-east-1",
    "cn-north-1",
    "cn-northwest-1",
    "ap-east-1",
    "me-south-1",
    "me-central-1",
    "ap-south-1",
    "ap-south-2",
    "af-south-1",
    "eu-south-1",
    "eu-south-2",
    "ap-southeast-4",
    "il-central-1",
    "ca-west-1",
    "ap-southeast-5",
    "mx-central-1",
    "ap-southeast-7",
    "us-gov-east-1",
    "us-gov-west-1",
    "ap-east-2",
    "ap-southeast-6",
    "eusc-de-east-1",
];

/// Continents, as GeoLocation has them.
const CONTINENTS: [&str; 7] = ["AF", "AN", "AS", "EU", "OC", "NA", "SA"];

/// How the sets under one name and type are chosen from.
pub(super) fn policy(set: &ResourceRecordSet) -> &'static str {
    match set {
        set if set.weight.is_some() => "weighted",
        set if set.failover.is_some() => "failover",
        set if set.region.is_some() => "latency",
        set if set.geo_location.is_some() => "geolocation",
        set if set.multi_value_answer.is_some() => "multivalue answer",
        set if set.cidr_routing_config.is_some() => "CIDR",
        set if set.geo_proximity_location.is_some() => "geoproximity",
        _ => "simple",
    }
}

fn input(message: String) -> Rejected {
    Rejected { code: "InvalidInput", message }
}

fn batch(message: String) -> Rejected {
    Rejected { code: "InvalidChangeBatch", message: format!("[{message}]") }
}

/// What the model itself does not allow in the `n`-th change of a batch, from 1.
pub(super) fn modelled(constraints: &mut Constraints, change: &Change, n: usize) {
    let at = |member: &str| format!("changeBatch.changes.{n}.member.resourceRecordSet.{member}");
    let set = &change.resource_record_set;
    constraints.one_of(Some(&change.action), &format!("changeBatch.changes.{n}.member.action"), &["CREATE", "DELETE", "UPSERT"]);
    constraints.required(!set.name.is_empty(), &at("name"));
    constraints.length(&set.name, &at("name"), 0, 1024);
    constraints.one_of(Some(&set.r#type), &at("type"), &TYPES);
    if let Some(id) = &set.set_identifier {
        constraints.length(id, &at("setIdentifier"), 1, 128);
    }
    constraints.one_of(set.region.as_deref(), &at("region"), &REGIONS);
    constraints.one_of(set.failover.as_deref(), &at("failover"), &["PRIMARY", "SECONDARY"]);
    if let Some(id) = &set.health_check_id {
        constraints.length(id, &at("healthCheckId"), 0, 64);
    }
    if let Some(alias) = &set.alias_target {
        constraints.required(!alias.hosted_zone_id.is_empty(), &at("aliasTarget.hostedZoneId"));
        constraints.length(&alias.hosted_zone_id, &at("aliasTarget.hostedZoneId"), 0, 32);
        constraints.required(!alias.d_n_s_name.is_empty(), &at("aliasTarget.dNSName"));
        constraints.length(&alias.d_n_s_name, &at("aliasTarget.dNSName"), 0, 1024);
    }
    if let Some(place) = &set.geo_location {
        constraints.one_of(place.continent_code.as_deref(), &at("geoLocation.continentCode"), &CONTINENTS);
        if let Some(country) = &place.country_code {
            constraints.length(country, &at("geoLocation.countryCode"), 1, 2);
        }
        if let Some(subdivision) = &place.subdivision_code {
            constraints.length(subdivision, &at("geoLocation.subdivisionCode"), 1, 3);
        }
    }
    for record in set.resource_records.iter().flat_map(|records| &records.items) {
        constraints.length(&record.value, &at("resourceRecords"), 0, 4000);
    }
}

/// What does not go together in a change, whatever its zone.
pub(super) fn check(change: &Change) -> Result<(), Rejected> {
    let set = &change.resource_record_set;
    let (name, kind) = (&set.name, &set.r#type);
    let identifier = set.set_identifier.as_deref().unwrap_or("null");
    let here = format!("in Change with [Action={}, Name={}, Type={kind}, SetIdentifier={identifier}]", change.action, display_name(name));
    let policies = [
        ("Weight", set.weight.is_some()),
        ("Region", set.region.is_some()),
        ("Failover", set.failover.is_some()),
        ("GeoLocation", set.geo_location.is_some()),
        ("MultiValueAnswer", set.multi_value_answer.is_some()),
        ("CidrRoutingConfig", set.cidr_routing_config.is_some()),
        ("GeoProximityLocation", set.geo_proximity_location.is_some()),
    ];
    let given = policies.iter().filter(|(_, given)| *given).count();
    let one_of = || policies.map(|(policy, _)| policy).join(", ");
    match (given, set.set_identifier.is_some()) {
        (2.., _) => return Err(input(format!("Invalid request: Expected exactly one of [{}], but found more than one {here}", one_of()))),
        (1, false) => return Err(input(format!("Invalid request: Missing field 'SetIdentifier' {here}"))),
        (0, true) => return Err(input(format!("Invalid request: Expected exactly one of [{}], but found none {here}", one_of()))),
        _ => {}
    }
    if set.weight.is_some_and(|weight| !(0..=255).contains(&weight)) {
        return Err(input(format!("Weight must be between 0 and 255 {here}")));
    }
    if given > 0 && kind == "SOA" {
        return Err(input(format!("Invalid request: a SOA record has no routing policy {here}")));
    }
    geography(set).map_err(|what| input(format!("Invalid request: {what} {here}")))?;
    let values: Vec<&str> = set.resource_records.iter().flat_map(|records| &records.items).map(|record| record.value.as_str()).collect();
    match (&set.alias_target, set.t_t_l, values.len()) {
        (Some(_), None, 0) if matches!(kind.as_str(), "NS" | "SOA") => {
            return Err(batch(format!("An alias of the type {kind} cannot be: {}", display_name(name))));
        }
        (Some(_), None, 0) if set.multi_value_answer.is_some() => {
            return Err(batch(format!("An alias cannot have a multivalue answer: {}", display_name(name))));
        }
        (Some(_), None, 0) => {}
        (Some(_), ..) => {
            let one = "[AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId]";
            return Err(input(format!("Invalid request: Expected exactly one of {one}, but found more than one {here}")));
        }
        (None, Some(ttl), 1..) if (0..=2_147_483_647).contains(&ttl) => {}
        (None, None, 1..) => return Err(input(format!("Invalid request: Missing field 'TTL' {here}"))),
        (None, Some(_), 0) => return Err(input(format!("Invalid request: Missing field 'ResourceRecords' {here}"))),
        (None, None, 0) => {
            let one = "[AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId]";
            return Err(input(format!("Invalid request: Expected exactly one of {one}, but found none {here}")));
        }
        (None, ..) => return Err(input(format!("TTL must be between 0 and 2147483647 {here}"))),
    }
    if let Some(problem) = name_problem(name) {
        return Err(batch(problem));
    }
    if kind == "NS" && normal_name(name).starts_with('*') {
        return Err(batch(format!("A wildcard record of the type NS cannot be: {}", display_name(name))));
    }
    values_fit(set, &values)
}

fn geography(set: &ResourceRecordSet) -> Result<(), &'static str> {
    let Some(place) = &set.geo_location else { return Ok(()) };
    match (&place.continent_code, &place.country_code, &place.subdivision_code) {
        (Some(_), None, None) | (None, Some(_), None) => Ok(()),
        (None, Some(country), Some(_)) if matches!(country.as_str(), "US" | "UA") => Ok(()),
        (None, Some(_), Some(_)) => Err("only US and UA have subdivisions"),
        _ => Err("GeoLocation has either a ContinentCode, or a CountryCode with or without a SubdivisionCode,"),
    }
}

fn values_fit(set: &ResourceRecordSet, values: &[&str]) -> Result<(), Rejected> {
    let (name, kind) = (display_name(&set.name), &set.r#type);
    if matches!(kind.as_str(), "CNAME" | "SOA") && values.len() > 1 {
        return Err(batch(format!("RRSet of type {kind} with DNS name {name} cannot have more than one value")));
    }
    for (n, value) in values.iter().enumerate() {
        if values[..n].contains(value) {
            return Err(batch(format!("Duplicate Resource Record: '{value}' in the RRSet with DNS name {name}, type {kind}")));
        }
        if let Some(problem) = rdata::problem(kind, value) {
            return Err(batch(format!("Invalid Resource Record: 'FATAL problem: {problem} encountered with '{value}''")));
        }
    }
    Ok(())
}
