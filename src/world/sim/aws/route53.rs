//! Route 53: zones, record sets, and changes on their way to the name servers.

use bytes::Bytes;
use winterbaume_core::{MockRequest, MockResponse};
use winterbaume_route53::model::{
    ChangeInfo, ChangeResourceRecordSetsRequest, ChangeResourceRecordSetsResponse, DelegationSet, DelegationSetNameServers,
    GetChangeResponse, GetHostedZoneResponse, HostedZone, HostedZoneConfig, HostedZones, ListHostedZonesByNameRequest,
    ListHostedZonesByNameResponse, ListHostedZonesRequest, ListHostedZonesResponse, ListResourceRecordSetsRequest,
    ListResourceRecordSetsResponse, RecordData, ResourceRecordSets, TestDNSAnswerRequest, TestDNSAnswerResponse,
};
use winterbaume_route53::wire;

use super::reply::{Done, Refused, Wire};
use super::request::{Moment, Parsed, path_and_query};
use crate::world::sim::constraint::Constraints;
use crate::world::sim::estate::{
    BatchTo, Change, Estate, RECORD_TYPES, RecordKey, Zone, apply_batch, authoritative, display_name, name_order, name_problem, normal_name,
};

mod health;

const NAMESPACE: &str = "https://route53.amazonaws.com/doc/2013-04-01/";
const WIRE: Wire = Wire::RestXml { namespace: NAMESPACE };

pub(super) fn parse(request: &MockRequest) -> Parsed {
    let (path, query) = path_and_query(request);
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let invalid = |operation: &str, message: String| Parsed::refused(operation, WIRE, invalid(message));
    match (request.method.as_str(), path.get(1..).unwrap_or(&[])) {
        ("GET", ["hostedzone"]) => match wire::deserialize_list_hosted_zones_request(request, &[], &query) {
            Ok(input) => Parsed::read("ListHostedZones", WIRE, "", &input.clone(), move |estate, _| list_zones(estate, &input)),
            Err(message) => invalid("ListHostedZones", message),
        },
        ("GET", ["hostedzonesbyname"]) => match wire::deserialize_list_hosted_zones_by_name_request(request, &[], &query) {
            Ok(input) => {
                let resource = input.d_n_s_name.clone().unwrap_or_default();
                Parsed::read("ListHostedZonesByName", WIRE, resource, &input.clone(), move |estate, _| list_by_name(estate, &input))
            }
            Err(message) => invalid("ListHostedZonesByName", message),
        },
        ("GET", ["hostedzone", id]) => {
            let id = (*id).to_owned();
            Parsed::read("GetHostedZone", WIRE, id.clone(), &serde_json::json!({ "Id": id }), move |estate, _| get_zone(estate, &id))
        }
        ("GET", ["hostedzone", id, "rrset"]) => {
            match wire::deserialize_list_resource_record_sets_request(request, &[("HostedZoneId", id)], &query) {
                Ok(input) => Parsed::read("ListResourceRecordSets", WIRE, *id, &input.clone(), move |estate, moment| {
                    list_records(estate, moment, &input)
                }),
                Err(message) => invalid("ListResourceRecordSets", message),
            }
        }
        ("POST", ["hostedzone", id, "rrset"]) => {
            match wire::deserialize_change_resource_record_sets_request(request, &[("HostedZoneId", id)], &query) {
                Ok(input) => Parsed::read("ChangeResourceRecordSets", WIRE, *id, &input.clone(), move |estate, moment| {
                    change(estate, moment, &input)
                })
                .mutating(),
                Err(message) => invalid("ChangeResourceRecordSets", message),
            }
        }
        ("GET", ["healthcheck"]) => match wire::deserialize_list_health_checks_request(request, &[], &query) {
            Ok(input) => Parsed::read("ListHealthChecks", WIRE, "", &input.clone(), move |estate, _| health::list(estate, &input)),
            Err(message) => invalid("ListHealthChecks", message),
        },
        ("GET", ["healthcheck", id]) => {
            let (id, input) = ((*id).to_owned(), serde_json::json!({ "HealthCheckId": id }));
            Parsed::read("GetHealthCheck", WIRE, id.clone(), &input, move |estate, _| health::get(estate, &id))
        }
        ("GET", ["healthcheck", id, "status"]) => {
            let (id, input) = ((*id).to_owned(), serde_json::json!({ "HealthCheckId": id }));
            Parsed::read("GetHealthCheckStatus", WIRE, id.clone(), &input, move |estate, moment| health::status(estate, moment, &id))
        }
        ("GET", ["change", id]) => {
            let id = (*id).to_owned();
            Parsed::read("GetChange", WIRE, id.clone(), &serde_json::json!({ "Id": id }), move |estate, moment| {
                get_change(estate, moment, &id)
            })
        }
        ("GET", ["testdnsanswer"]) => match wire::deserialize_test_d_n_s_answer_request(request, &[], &query) {
            Ok(input) => Parsed::read("TestDNSAnswer", WIRE, input.record_name.clone(), &input.clone(), move |estate, moment| {
                test_answer(estate, moment, &input)
            }),
            Err(message) => invalid("TestDNSAnswer", message),
        },
        (method, path) => {
            let operation = format!("{method} /{}", path.join("/"));
            let refused = Refused::not_simulated("route53", &operation);
            Parsed::refused(operation, WIRE, refused)
        }
    }
}

/// The codec leaves the root element without its namespace.
fn with_namespace(mut response: MockResponse) -> MockResponse {
    if let Ok(text) = std::str::from_utf8(&response.body)
        && let Some(at) = text.find(['>', '/'])
    {
        let (head, tail) = text.split_at(at);
        response.body = Bytes::from(format!("<?xml version=\"1.0\"?>\n{head} xmlns=\"{NAMESPACE}\"{tail}"));
    }
    response
}

fn invalid(message: impl Into<String>) -> Refused {
    Refused::new("InvalidInput", 400, message)
}

/// The model's own constraints.
fn modelled(check: impl FnOnce(&mut Constraints)) -> Result<(), Refused> {
    let mut constraints = Constraints::default();
    check(&mut constraints);
    constraints.message().map_or(Ok(()), |message| Err(invalid(message)))
}

/// Ids come with and without their prefix.
fn bare(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

fn find<'a>(estate: &'a Estate, id: &str) -> Result<&'a Zone, Refused> {
    modelled(|constraints| constraints.length(bare(id), "id", 0, 32))?;
    let zone = estate.zones.iter().find(|zone| zone.def.id.value == bare(id));
    zone.ok_or_else(|| Refused::new("NoSuchHostedZone", 404, format!("No hosted zone found with ID: {}", bare(id))))
}

/// Between 1 and `most`, which is also what is meant when nothing is given.
fn page(max_items: Option<i32>, most: usize) -> Result<usize, Refused> {
    match max_items.map(usize::try_from) {
        None => Ok(most),
        Some(Ok(items)) if items > 0 => Ok(items.min(most)),
        Some(_) => Err(invalid("MaxItems must be at least 1")),
    }
}

fn shape(zone: &Zone) -> HostedZone {
    HostedZone {
        caller_reference: Some(format!("lifeboat-{}", zone.def.id.value)),
        config: Some(HostedZoneConfig { comment: None, private_zone: Some(zone.def.private) }),
        id: Some(format!("/hostedzone/{}", zone.def.id.value)),
        name: Some(display_name(&zone.name)),
        resource_record_set_count: i64::try_from(zone.records().len()).ok(),
        ..HostedZone::default()
    }
}

fn list_zones(estate: &Estate, input: &ListHostedZonesRequest) -> Result<Done, Refused> {
    let size = page(input.max_items, 100)?;
    modelled(|constraints| {
        constraints.length(input.marker.as_deref().unwrap_or(""), "marker", 0, 64);
        constraints.one_of(input.hosted_zone_type.as_deref(), "hostedZoneType", &["PrivateHostedZone"]);
    })?;
    if let Some(id) = &input.delegation_set_id {
        return Err(Refused::new("NoSuchDelegationSet", 400, format!("No delegation set found with ID: {}", bare(id))));
    }
    let mut zones: Vec<&Zone> = estate.zones.iter().filter(|zone| zone.def.private || input.hosted_zone_type.is_none()).collect();
    zones.sort_by(|a, b| a.def.id.value.cmp(&b.def.id.value));
    let from =
        input.marker.as_ref().map_or(0, |marker| zones.iter().position(|z| z.def.id.value.as_str() >= bare(marker)).unwrap_or(zones.len()));
    let next = zones.get(from + size).map(|zone| zone.def.id.value.clone());
    let items = zones.iter().skip(from).take(size).map(|zone| shape(zone)).collect();
    let response = wire::serialize_list_hosted_zones_response(&ListHostedZonesResponse {
        hosted_zones: Some(HostedZones { items }),
        is_truncated: Some(next.is_some()),
        marker: input.marker.clone(),
        max_items: i32::try_from(size).ok(),
        next_marker: next,
    });
    Ok(Done { response: with_namespace(response), since: estate.start })
}

fn list_by_name(estate: &Estate, input: &ListHostedZonesByNameRequest) -> Result<Done, Refused> {
    let size = page(input.max_items, 100)?;
    if input.hosted_zone_id.is_some() && input.d_n_s_name.is_none() {
        return Err(invalid("The request has a hosted zone ID, but no DNS name"));
    }
    if let Some(problem) = input.d_n_s_name.as_deref().filter(|name| *name != ".").and_then(name_problem) {
        return Err(Refused::new("InvalidDomainName", 400, problem));
    }
    // The order is that of names, then by id.
    let place = |name: &str, id: &str| (name_order(name), id.to_owned());
    let mut zones: Vec<&Zone> = estate.zones.iter().collect();
    zones.sort_by_key(|zone| place(&zone.name, &zone.def.id.value));
    let from = input.d_n_s_name.as_ref().map_or(0, |name| {
        let first = place(name, input.hosted_zone_id.as_deref().map_or("", bare));
        zones.iter().position(|zone| place(&zone.name, &zone.def.id.value) >= first).unwrap_or(zones.len())
    });
    let next = zones.get(from + size);
    let items = zones.iter().skip(from).take(size).map(|zone| shape(zone)).collect();
    let response = wire::serialize_list_hosted_zones_by_name_response(&ListHostedZonesByNameResponse {
        d_n_s_name: input.d_n_s_name.clone(),
        hosted_zone_id: input.hosted_zone_id.clone(),
        hosted_zones: Some(HostedZones { items }),
        is_truncated: Some(next.is_some()),
        max_items: i32::try_from(size).ok(),
        next_d_n_s_name: next.map(|zone| display_name(&zone.name)),
        next_hosted_zone_id: next.map(|zone| zone.def.id.value.clone()),
    });
    Ok(Done { response: with_namespace(response), since: estate.start })
}

fn get_zone(estate: &Estate, id: &str) -> Result<Done, Refused> {
    let zone = find(estate, id)?;
    let delegation =
        DelegationSet { name_servers: Some(DelegationSetNameServers { items: zone.servers().to_vec() }), ..DelegationSet::default() };
    let response = GetHostedZoneResponse {
        delegation_set: (!zone.def.private).then_some(delegation),
        hosted_zone: Some(shape(zone)),
        ..GetHostedZoneResponse::default()
    };
    Ok(Done { response: with_namespace(wire::serialize_get_hosted_zone_response(&response)), since: estate.start })
}

fn list_records(estate: &Estate, moment: Moment<'_>, input: &ListResourceRecordSetsRequest) -> Result<Done, Refused> {
    let zone = find(estate, &input.hosted_zone_id)?;
    let size = page(input.max_items, 300)?;
    modelled(|constraints| {
        constraints.length(input.start_record_name.as_deref().unwrap_or(""), "startRecordName", 0, 1024);
        constraints.one_of(input.start_record_type.as_deref(), "startRecordType", &RECORD_TYPES);
        constraints.length(input.start_record_identifier.as_deref().unwrap_or("?"), "startRecordIdentifier", 1, 128);
    })?;
    if input.start_record_type.is_some() && input.start_record_name.is_none() {
        return Err(invalid("The input is not valid: a start type needs a start name"));
    }
    if input.start_record_identifier.is_some() && input.start_record_type.is_none() {
        return Err(invalid("The input is not valid: a start identifier needs a start name and a start type"));
    }
    let records = zone.records();
    let first = input
        .start_record_name
        .as_ref()
        .map(|name| RecordKey::new(name, input.start_record_type.as_deref().unwrap_or(""), input.start_record_identifier.as_deref()));
    let mut rest = records.iter().filter(|(key, _)| first.as_ref().is_none_or(|first| *key >= first)).map(|(_, set)| set);
    let items = rest.by_ref().take(size).cloned().collect();
    let next = rest.next();
    let response = wire::serialize_list_resource_record_sets_response(&ListResourceRecordSetsResponse {
        is_truncated: Some(next.is_some()),
        max_items: i32::try_from(size).ok(),
        next_record_identifier: next.and_then(|set| set.set_identifier.clone()),
        next_record_name: next.map(|set| set.name.clone()),
        next_record_type: next.map(|set| set.r#type.clone()),
        resource_record_sets: Some(ResourceRecordSets { items }),
    });
    Ok(Done { response: with_namespace(response), since: zone.since(moment.t) })
}

fn change(estate: &mut Estate, moment: Moment<'_>, input: &ChangeResourceRecordSetsRequest) -> Result<Done, Refused> {
    let zone = find(estate, &input.hosted_zone_id)?;
    modelled(|constraints| constraints.length(input.change_batch.comment.as_deref().unwrap_or(""), "changeBatch.comment", 0, 256))?;
    let zones: Vec<&str> = estate.zones.iter().map(|zone| zone.def.id.value.as_str()).collect();
    let health_checks: Vec<&str> = estate.health_checks.iter().map(|check| check.id.as_str()).collect();
    let to = BatchTo { id: &zone.def.id.value, name: &zone.name, zones: &zones, health_checks: &health_checks };
    let records = apply_batch(to, zone.records(), &input.change_batch.changes.items).map_err(|refused| {
        let status = if refused.code == "NoSuchHealthCheck" { 404 } else { 400 };
        Refused::new(refused.code, status, refused.message)
    })?;
    let id = zone.def.id.value.clone();
    let number = zone.changes.len() as u64;
    let takes = estate.dice.draw(zone.def.propagation, &format!("propagation/{id}"), number);
    let work = estate.work(moment.place, moment.t, moment.n, takes);
    let change = Change {
        id: format!("C{}", estate.dice.token(&format!("change/{id}"), number, 20)),
        comment: input.change_batch.comment.clone(),
        work,
    };
    let change_info = Some(info(&change, moment));
    if let Some(zone) = estate.zones.iter_mut().find(|zone| zone.def.id.value == id) {
        zone.change(records, change);
    }
    let response = wire::serialize_change_resource_record_sets_response(&ChangeResourceRecordSetsResponse { change_info });
    Ok(Done { response: with_namespace(response), since: moment.t })
}

fn get_change(estate: &Estate, moment: Moment<'_>, id: &str) -> Result<Done, Refused> {
    let change = estate.zones.iter().flat_map(|zone| &zone.changes).find(|change| change.id == bare(id));
    let change = change.ok_or_else(|| Refused::new("NoSuchChange", 404, format!("A change with the ID {} does not exist.", bare(id))))?;
    let response = wire::serialize_get_change_response(&GetChangeResponse { change_info: Some(info(change, moment)) });
    Ok(Done { response: with_namespace(response), since: change.since(moment.t) })
}

/// What the zone's servers answer. "This call only supports querying public hosted zones" (API reference, TestDNSAnswer).
fn test_answer(estate: &Estate, moment: Moment<'_>, input: &TestDNSAnswerRequest) -> Result<Done, Refused> {
    let zone = find(estate, &input.hosted_zone_id)?;
    if zone.def.private {
        return Err(Refused::new("InvalidInput", 400, "TestDNSAnswer does not support private hosted zones"));
    }
    if !zone.covers(&normal_name(&input.record_name)) {
        return Err(Refused::new("InvalidInput", 400, format!("{} is not in zone {}", input.record_name, display_name(&zone.name))));
    }
    let kind = input.record_type.to_ascii_uppercase();
    let roll = estate.dice.uniform("dns/test-answer", moment.n);
    let answer = authoritative(estate, &input.record_name, &kind, moment.t, roll);
    let [server, ..] = zone.servers();
    let response = TestDNSAnswerResponse {
        nameserver: Some(server),
        protocol: Some("UDP".into()),
        record_data: Some(RecordData { items: answer.values }),
        record_name: Some(display_name(&input.record_name)),
        record_type: Some(kind),
        response_code: Some("NOERROR".into()),
    };
    Ok(Done { response: with_namespace(wire::serialize_test_d_n_s_answer_response(&response)), since: answer.since })
}

fn info(change: &Change, moment: Moment<'_>) -> ChangeInfo {
    ChangeInfo {
        comment: change.comment.clone(),
        id: Some(format!("/change/{}", change.id)),
        status: Some(change.status(moment.t).into()),
        submitted_at: Some(change.work.begun.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()),
    }
}
