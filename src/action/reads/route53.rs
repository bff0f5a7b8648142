//! Hosted zones and record sets as Route 53 lists them.

use aws_sdk_route53::types::{HostedZone, ResourceRecordSet, RrType};

use super::limit;
use crate::action::aws::{Aws, near, patiently};
use crate::plan::{Failure, FailureKind, zone_id};
use crate::runbook::spec::Permission;

/// A hosted zone: its id is known only where `zone` is one.
pub const ZONE_ARN: &str = "arn:{partition}:route53:::hostedzone/{zone|zone_id}";

/// To find a zone by its name. It has no resource types.
pub const FIND_ZONE: Permission = Permission::on_anything("route53:ListHostedZonesByName");

/// To read a zone that is given by its id.
pub const GET_ZONE: Permission = Permission::on("route53:GetHostedZone", &[ZONE_ARN]);

/// To read record sets.
pub const LIST_RECORDS: Permission = Permission::on("route53:ListResourceRecordSets", &[ZONE_ARN]);
use crate::world::aws_error::Call;

/// A hosted zone, found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// `Z0123456789EXAMPLE`, without `/hostedzone/`.
    pub id: String,
    /// `example.com`, without the last dot.
    pub name: String,
}

/// A Route 53 call: global, whatever the target's region.
pub fn call<'a>(aws: &'a Aws, operation: &'static str, resource: &'a str, mutating: bool) -> Call<'a> {
    Call { operation, region: "global", resource, target: &aws.target, mutating, world: &*aws.world }
}

/// The public hosted zone of this name, or the zone of this id (also a private one).
///
/// # Errors
/// No such zone, only a private one, or more than one; Route 53 does not answer, or refuses.
pub async fn zone(aws: &Aws, wanted: &str) -> Result<Zone, Failure> {
    if let Some(id) = zone_id(wanted) {
        return zone_by_id(aws, id).await;
    }
    let name = plain_name(wanted);
    let call = call(aws, "route53:ListHostedZonesByName", wanted, false);
    let client = aws_sdk_route53::Client::new(&aws.config);
    let answer = patiently(aws.clock.as_ref(), || async {
        limit::slot(&aws.clock, &aws.target).await;
        // Duplicates come one after another; nobody has a hundred zones of one name.
        client.list_hosted_zones_by_name().dns_name(&name).max_items(100).send().await.map_err(|error| call.failure(&error))
    })
    .await?;
    let (same, other): (Vec<&HostedZone>, Vec<&HostedZone>) =
        answer.hosted_zones().iter().partition(|zone| plain_name(zone.name()) == name);
    let (private, public): (Vec<&HostedZone>, Vec<&HostedZone>) = same.into_iter().partition(|zone| is_private(zone));
    let ids = |zones: &[&HostedZone]| zones.iter().map(|zone| plain_id(zone.id())).collect::<Vec<_>>().join(", ");
    match (public.as_slice(), private.as_slice()) {
        ([one], _) => Ok(Zone { id: plain_id(one.id()).to_owned(), name }),
        ([], []) => {
            let near = near(&name, other.iter().map(|zone| plain_name(zone.name())));
            Err(call.wrong(
                FailureKind::NotFound,
                format!("no hosted zone {name}{near}"),
                format!("check the zone's name, and that target {} is the account that holds it", aws.target.id),
            ))
        }
        ([], private) => Err(call.wrong(
            FailureKind::Invalid,
            format!("{name} is a private hosted zone ({})", ids(private)),
            "if the private zone is meant, give its id as `zone`",
        )),
        (several, _) => Err(call.wrong(
            FailureKind::Invalid,
            format!("there are {} public hosted zones called {name}: {}", several.len(), ids(several)),
            "give the id of the one that is meant as `zone`: the one whose name servers the parent delegates to",
        )),
    }
}

async fn zone_by_id(aws: &Aws, id: &str) -> Result<Zone, Failure> {
    let call = call(aws, "route53:GetHostedZone", id, false);
    let client = aws_sdk_route53::Client::new(&aws.config);
    let answer = patiently(aws.clock.as_ref(), || async {
        limit::slot(&aws.clock, &aws.target).await;
        client.get_hosted_zone().id(id).send().await.map_err(|error| call.failure(&error))
    })
    .await?;
    let name = answer.hosted_zone().map(|zone| plain_name(zone.name())).unwrap_or_default();
    Ok(Zone { id: id.to_owned(), name })
}

/// All record sets of one name and type, in the zone's order.
///
/// # Errors
/// Route 53 does not answer, or refuses.
pub async fn record_sets(aws: &Aws, zone: &Zone, record: &str, kind: &str) -> Result<Vec<ResourceRecordSet>, Failure> {
    let wanted = plain_name(record);
    let resource = format!("{wanted} {kind}");
    let call = call(aws, "route53:ListResourceRecordSets", &resource, false);
    let client = aws_sdk_route53::Client::new(&aws.config);
    let mut found = Vec::new();
    let (mut next_name, mut next_type, mut next_set) = (wanted.clone(), RrType::from(kind), None);
    loop {
        let answer = patiently(aws.clock.as_ref(), || async {
            limit::slot(&aws.clock, &aws.target).await;
            client
                .list_resource_record_sets()
                .hosted_zone_id(&zone.id)
                .start_record_name(&next_name)
                .start_record_type(next_type.clone())
                .set_start_record_identifier(next_set.clone())
                .send()
                .await
                .map_err(|error| call.failure(&error))
        })
        .await?;
        let ours = |set: &&ResourceRecordSet| plain_name(set.name()) == wanted && set.r#type().as_str() == kind;
        found.extend(answer.resource_record_sets().iter().filter(ours).cloned());
        let more = answer.next_record_name().zip(answer.next_record_type()).filter(|_| answer.is_truncated());
        match more {
            Some((name, of_type)) if plain_name(name) == wanted && of_type.as_str() == kind => {
                (next_name, next_type) = (name.to_owned(), of_type.clone());
                next_set = answer.next_record_identifier().map(str::to_owned);
            }
            _ => return Ok(found),
        }
    }
}

/// The values of a record set as people write them: an alias as `alias TARGET`.
pub fn values(set: &ResourceRecordSet) -> Vec<String> {
    match set.alias_target() {
        Some(alias) => vec![format!("alias {}", plain_name(alias.dns_name()))],
        None => set.resource_records().iter().map(|record| record.value().to_owned()).collect(),
    }
}

/// A name in lower case, without its last dot and without Route 53's escape for `*`.
pub fn plain_name(name: &str) -> String {
    name.trim_end_matches('.').replace("\\052", "*").to_ascii_lowercase()
}

fn plain_id(id: &str) -> &str {
    id.strip_prefix("/hostedzone/").unwrap_or(id)
}

fn is_private(zone: &HostedZone) -> bool {
    zone.config().is_some_and(aws_sdk_route53::types::HostedZoneConfig::private_zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_told_from_names() {
        assert_eq!(zone_id("Z0123456789EXAMPLE"), Some("Z0123456789EXAMPLE"));
        assert_eq!(zone_id("/hostedzone/Z1"), Some("Z1"));
        assert_eq!(zone_id("example.com"), None);
        assert_eq!(zone_id("ZEBRA.com"), None);
    }

    #[test]
    fn names_are_compared_without_dot_case_and_escape() {
        assert_eq!(plain_name("\\052.Example.COM."), "*.example.com");
    }
}
