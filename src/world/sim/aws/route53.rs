//! Route 53: zones, record sets, and changes on their way to the name servers.

use bytes::Bytes;
use winterbaume_core::{MockRequest, MockResponse};
use winterbaume_route53::model::{
    ChangeInfo, ChangeResourceRecordSetsRequest, ChangeResourceRecordSetsResponse, DelegationSet, DelegationSetNameServers,
    GetChangeResponse, GetHostedZoneResponse, HostedZone, HostedZoneConfig, HostedZones, ListHostedZonesByNameRequest,
    ListHostedZonesByNameResponse, ListHostedZonesRequest, ListHostedZonesResponse, ListResourceRecordSetsRequest,
    ListResourceRecordSetsResponse, ResourceRecordSets,
};
use winterbaume_route53::wire;

use super::reply::{Done, Refused, Wire};
use super::request::{Moment, Parsed, path_and_query};
use crate::world::sim::estate::{Change, Estate, RecordKey, Zone, apply_batch, display_name};

const NAMESPACE: &str = "https://route53.amazonaws.com/doc/2013-04-01/";
const WIRE: Wire = Wire::RestXml { namespace: NAMESPACE };

pub(super) fn parse(request: &MockRequest) -> Parsed {
    let (path, query) = path_and_query(request);
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let invalid = |operation: &str, message: String| Parsed::refused(operation, WIRE, Refused::new("InvalidInput", 400, message));
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
        ("GET", ["change", id]) => {
            let id = (*id).to_owned();
            Parsed::read("GetChange", WIRE, id.clone(), &serde_json::json!({ "Id": id }), move |estate, moment| {
                get_change(estate, moment, &id)
            })
        }
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

/// Ids come with and without their prefix.
fn bare(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

fn find<'a>(estate: &'a Estate, id: &str) -> Result<&'a Zone, Refused> {
    let zone = estate.zones.iter().find(|zone| zone.def.id.value == bare(id));
    zone.ok_or_else(|| Refused::new("NoSuchHostedZone", 404, format!("No hosted zone found with ID: {}", bare(id))))
}

/// Between 1 and `most`, which is also what is meant when nothing is given.
fn page(max_items: Option<i32>, most: usize) -> Result<usize, Refused> {
    match max_items.map(usize::try_from) {
        None => Ok(most),
        Some(Ok(items)) if items > 0 => Ok(items.min(most)),
        Some(_) => Err(Refused::new("InvalidInput", 400, "MaxItems must be at least 1")),
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
    let mut zones: Vec<&Zone> = estate.zones.iter().collect();
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
    // The order is by labels from the top level down, then by id.
    let place = |name: &str, id: &str| (RecordKey::new(name, "", None).labels, id.to_owned());
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
    if input.start_record_type.is_some() && input.start_record_name.is_none() {
        return Err(Refused::new("InvalidInput", 400, "The input is not valid: a start type needs a start name"));
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
    let records = apply_batch(&zone.name, zone.records(), &input.change_batch.changes.items)
        .map_err(|refused| Refused::new(refused.code, 400, refused.message))?;
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

fn info(change: &Change, moment: Moment<'_>) -> ChangeInfo {
    ChangeInfo {
        comment: change.comment.clone(),
        id: Some(format!("/change/{}", change.id)),
        status: Some(change.status(moment.t).into()),
        submitted_at: Some(change.work.begun.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()),
    }
}
