//! Health checks: which there are, what they ask, and what the checkers say.

use jiff::Timestamp;
use winterbaume_route53::model::{
    GetHealthCheckResponse, GetHealthCheckStatusResponse, HealthCheck as HealthCheckShape, HealthCheckConfig, HealthCheckObservation,
    HealthCheckObservations, HealthChecks, ListHealthChecksRequest, ListHealthChecksResponse, StatusReport,
};
use winterbaume_route53::wire;

use super::super::reply::{Done, Refused};
use super::super::request::Moment;
use super::{page, with_namespace};
use crate::world::sim::estate::{Estate, HealthCheck};

/// Where some of the checkers are, by addresses of their ranges.
/// Source: Route 53 Developer Guide, "Configuring router and firewall rules for Amazon Route 53 health checks".
const CHECKERS: [(&str, &str); 3] = [("us-east-1", "15.177.2.10"), ("us-west-2", "15.177.14.10"), ("eu-west-1", "15.177.18.10")];

fn find<'a>(estate: &'a Estate, id: &str) -> Result<&'a HealthCheck, Refused> {
    let check = estate.health_checks.iter().find(|check| check.id == id);
    check.ok_or_else(|| Refused::new("NoSuchHealthCheck", 404, format!("A health check with id {id} does not exist.")))
}

fn shape(estate: &Estate, check: &HealthCheck) -> HealthCheckShape {
    let def = check.def.as_ref();
    let service = def.and_then(|def| def.service.as_ref());
    let service = service.and_then(|name| estate.services.iter().find(|service| service.def.name.value == name.value));
    let path = def.and_then(|def| def.path.clone());
    HealthCheckShape {
        caller_reference: Some(format!("lifeboat-{}", check.id)),
        health_check_config: Some(HealthCheckConfig {
            disabled: Some(false),
            enable_s_n_i: Some(false),
            failure_threshold: Some(3),
            i_p_address: service.map(|service| service.def.address.value.to_string()),
            inverted: Some(false),
            measure_latency: Some(false),
            port: Some(if path.is_some() { 80 } else { 443 }),
            request_interval: Some(30),
            r#type: if path.is_some() { "HTTP".into() } else { "TCP".into() },
            resource_path: path,
            ..HealthCheckConfig::default()
        }),
        health_check_version: Some(1),
        id: Some(check.id.clone()),
        ..HealthCheckShape::default()
    }
}

pub(super) fn get(estate: &Estate, id: &str) -> Result<Done, Refused> {
    let health_check = Some(shape(estate, find(estate, id)?));
    let response = wire::serialize_get_health_check_response(&GetHealthCheckResponse { health_check });
    Ok(Done { response: with_namespace(response), since: estate.start })
}

pub(super) fn list(estate: &Estate, input: &ListHealthChecksRequest) -> Result<Done, Refused> {
    let size = page(input.max_items, 100)?;
    let mut checks: Vec<&HealthCheck> = estate.health_checks.iter().collect();
    checks.sort_by(|a, b| a.id.cmp(&b.id));
    let from = input.marker.as_ref().map_or(0, |marker| checks.iter().position(|check| check.id >= *marker).unwrap_or(checks.len()));
    let next = checks.get(from + size).map(|check| check.id.clone());
    let items = checks.iter().skip(from).take(size).map(|check| shape(estate, check)).collect();
    let response = wire::serialize_list_health_checks_response(&ListHealthChecksResponse {
        health_checks: Some(HealthChecks { items }),
        is_truncated: Some(next.is_some()),
        marker: Some(input.marker.clone().unwrap_or_default()),
        max_items: i32::try_from(size).ok(),
        next_marker: next,
    });
    Ok(Done { response: with_namespace(response), since: estate.start })
}

pub(super) fn status(estate: &Estate, moment: Moment<'_>, id: &str) -> Result<Done, Refused> {
    let check = find(estate, id)?;
    let said = if check.is_healthy(estate, moment.t) { "Success: HTTP Status Code 200, OK" } else { "Failure: Connection timed out" };
    let checked = Timestamp::from_second(moment.t.as_second()).unwrap_or(moment.t).to_string();
    let seen = |(region, address): (&str, &str)| HealthCheckObservation {
        i_p_address: Some(address.into()),
        region: Some(region.into()),
        status_report: Some(StatusReport { checked_time: Some(checked.clone()), status: Some(said.into()) }),
    };
    let observations = Some(HealthCheckObservations { items: CHECKERS.map(seen).to_vec() });
    let response = GetHealthCheckStatusResponse { health_check_observations: observations };
    Ok(Done { response: with_namespace(wire::serialize_get_health_check_status_response(&response)), since: estate.start })
}
