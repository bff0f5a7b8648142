//! Hosted zones and record sets as Route 53 lists them, and what it would answer.

use std::collections::BTreeMap;

use aws_sdk_route53::operation::get_change::GetChangeError;
use aws_sdk_route53::types::{ChangeStatus, HostedZone, ResourceRecordSet, RrType};
use jiff::Timestamp;

use crate::action::aws::{Aws, near, patiently};
use crate::plan::{Failure, FailureKind};
use crate::runbook::dns_name::{in_zone, zone_id};
use crate::runbook::spec::Permission;
use crate::world::aws_error::Call;

mod explain;

pub use crate::runbook::dns_name::plain_name;
pub use explain::explained;

/// A hosted zone: its id is known only where `zone` is one.
pub const ZONE_ARN: &str = "arn:{partition}:route53:::hostedzone/{zone|zone_id}";

/// To find a zone by its name. It has no resource types.
pub const FIND_ZONE: Permission = Permission::on_anything("route53:ListHostedZonesByName");

/// To read a zone that is given by its id.
pub const GET_ZONE: Permission = Permission::on("route53:GetHostedZone", &[ZONE_ARN]);

/// To read record sets.
pub const LIST_RECORDS: Permission = Permission::on("route53:ListResourceRecordSets", &[ZONE_ARN]);

/// To ask Route 53 what it answers. It has no resource types (Service Authorization Reference, Amazon Route 53).
pub const TEST_ANSWER: Permission = Permission::on_anything("route53:TestDNSAnswer");

/// To read whether a health check is healthy. Which one a record set has is known only in the run, which does without.
pub const HEALTH: Permission = Permission::on("route53:GetHealthCheckStatus", &["arn:{partition}:route53:::healthcheck/*"]).to_explain();

/// A hosted zone, found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// `Z0123456789EXAMPLE`, without `/hostedzone/`.
    pub id: String,
    /// `example.com`, without the last dot; empty where only the id is known.
    pub name: String,
    /// Whether only its VPCs can ask for its names.
    pub private: bool,
}

impl Zone {
    /// As people call it.
    pub fn shown(&self) -> &str {
        if self.name.is_empty() { &self.id } else { &self.name }
    }
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
        // Duplicates come one after another; nobody has a hundred zones of one name.
        client.list_hosted_zones_by_name().dns_name(&name).max_items(100).send().await.map_err(|error| explained(call.failure(&error)))
    })
    .await?;
    let (same, other): (Vec<&HostedZone>, Vec<&HostedZone>) =
        answer.hosted_zones().iter().partition(|zone| plain_name(zone.name()) == name);
    let (private, public): (Vec<&HostedZone>, Vec<&HostedZone>) = same.into_iter().partition(|zone| is_private(zone));
    let ids = |zones: &[&HostedZone]| zones.iter().map(|zone| plain_id(zone.id())).collect::<Vec<_>>().join(", ");
    match (public.as_slice(), private.as_slice()) {
        ([one], _) => Ok(Zone { id: plain_id(one.id()).to_owned(), name, private: false }),
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
        client.get_hosted_zone().id(id).send().await.map_err(|error| explained(call.failure(&error)))
    })
    .await?;
    let zone = answer.hosted_zone();
    let name = zone.map(|zone| plain_name(zone.name())).unwrap_or_default();
    Ok(Zone { id: id.to_owned(), name, private: zone.is_some_and(is_private) })
}

/// Whether a zone is given by its id.
pub fn given_by_id(zone: &str) -> bool {
    zone_id(zone).is_some()
}

/// Refuses a name that the zone cannot hold.
///
/// # Errors
/// The name is not in the zone.
pub fn must_hold(aws: &Aws, zone: &Zone, record: &str) -> Result<(), Failure> {
    if in_zone(record, &zone.name) {
        return Ok(());
    }
    let hint = if record.contains('.') {
        "name the zone that holds the record".to_owned()
    } else {
        format!("give the record's whole name: {record}.{}", zone.name)
    };
    let message = format!("{record} is not in the zone {}", zone.shown());
    Err(call(aws, "route53:ListResourceRecordSets", record, false).wrong(FailureKind::Invalid, message, hint))
}

/// All record sets of one name and type, in the zone's order.
///
/// # Errors
/// The name is not in the zone; Route 53 does not answer, or refuses.
pub async fn record_sets(aws: &Aws, zone: &Zone, record: &str, kind: &str) -> Result<Vec<ResourceRecordSet>, Failure> {
    let wanted = plain_name(record);
    must_hold(aws, zone, &wanted)?;
    let ours = |name: &str, of_type: &RrType| plain_name(name) == wanted && of_type.as_str() == kind;
    let (mut sets, _) = listed(aws, zone, &wanted, Some(kind), &ours).await?;
    sets.retain(|set| ours(set.name(), set.r#type()));
    Ok(sets)
}

/// All record sets of some names, of every type, by name. One listing that goes past several of the names serves them all.
///
/// # Errors
/// A name is not in the zone; Route 53 does not answer, or refuses.
pub async fn sets_of(aws: &Aws, zone: &Zone, names: &[&str]) -> Result<BTreeMap<String, Vec<ResourceRecordSet>>, Failure> {
    // Labels from the top level down: the order in which Route 53 lists.
    let mut missing: Vec<String> = names.iter().map(|name| plain_name(name)).collect();
    missing.sort_by_cached_key(|name| name.rsplit('.').map(str::to_owned).collect::<Vec<_>>());
    missing.dedup();
    let mut found = BTreeMap::new();
    while let Some(first) = missing.first().cloned() {
        must_hold(aws, zone, &first)?;
        let (sets, next) = listed(aws, zone, &first, None, &|name, _| plain_name(name) == first).await?;
        let mut by_name: BTreeMap<String, Vec<ResourceRecordSet>> = BTreeMap::from([(first.clone(), Vec::new())]);
        for set in sets {
            by_name.entry(plain_name(set.name())).or_default().push(set);
        }
        // Of the name that the next page begins with there may be more.
        if let Some(next) = next {
            by_name.remove(&next);
        }
        missing.retain(|name| match by_name.remove(name) {
            Some(sets) => {
                found.insert(name.clone(), sets);
                false
            }
            None => true,
        });
    }
    Ok(found)
}

/// Record sets in the zone's order from a name (and type) on, until a page ends where the next does not begin with what is `ours`. Gives the
/// name that the next page begins with, too.
async fn listed(
    aws: &Aws,
    zone: &Zone,
    from: &str,
    kind: Option<&str>,
    ours: &(dyn Fn(&str, &RrType) -> bool + Sync),
) -> Result<(Vec<ResourceRecordSet>, Option<String>), Failure> {
    let resource = kind.map_or_else(|| from.to_owned(), |kind| format!("{from} {kind}"));
    let call = call(aws, "route53:ListResourceRecordSets", &resource, false);
    let client = aws_sdk_route53::Client::new(&aws.config);
    let mut found = Vec::new();
    let (mut next_name, mut next_type, mut next_set) = (from.to_owned(), kind.map(RrType::from), None);
    loop {
        let answer = patiently(aws.clock.as_ref(), || async {
            client
                .list_resource_record_sets()
                .hosted_zone_id(&zone.id)
                .start_record_name(&next_name)
                .set_start_record_type(next_type.clone())
                .set_start_record_identifier(next_set.clone())
                .send()
                .await
                .map_err(|error| explained(call.failure(&error)))
        })
        .await?;
        found.extend(answer.resource_record_sets().iter().cloned());
        match answer.next_record_name().zip(answer.next_record_type()).filter(|_| answer.is_truncated()) {
            Some((name, of_type)) if ours(name, of_type) => {
                (next_name, next_type) = (name.to_owned(), Some(of_type.clone()));
                next_set = answer.next_record_identifier().map(str::to_owned);
            }
            next => return Ok((found, next.map(|(name, _)| plain_name(name)))),
        }
    }
}

/// Where a change stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Not at all name servers yet; since when it has been on its way.
    Pending(Option<Timestamp>),
    /// Route 53's name servers have it.
    InSync,
    /// Route 53 does not know the change any more, or never did.
    Unknown,
}

/// Where the change of this id stands.
///
/// # Errors
/// Route 53 does not answer, or refuses.
pub async fn change(aws: &Aws, id: &str) -> Result<Progress, Failure> {
    let call = call(aws, "route53:GetChange", id, false);
    match aws_sdk_route53::Client::new(&aws.config).get_change().id(id).send().await {
        Ok(answer) => Ok(match answer.change_info() {
            Some(info) if info.status() == &ChangeStatus::Insync => Progress::InSync,
            info => Progress::Pending(info.and_then(|info| Timestamp::from_second(info.submitted_at().secs()).ok())),
        }),
        Err(error) if error.as_service_error().is_some_and(GetChangeError::is_no_such_change) => Ok(Progress::Unknown),
        Err(error) => Err(explained(call.failure(&error))),
    }
}

/// What Route 53 answers to a question, asked over HTTPS. Public zones only: "This call only supports querying public hosted zones"
/// (API reference, TestDNSAnswer).
///
/// # Errors
/// Route 53 does not answer, or refuses.
pub async fn answer(aws: &Aws, zone: &Zone, name: &str, kind: &str) -> Result<Vec<String>, Failure> {
    let resource = format!("{name} {kind}");
    let call = call(aws, "route53:TestDNSAnswer", &resource, false);
    let client = aws_sdk_route53::Client::new(&aws.config);
    let request = client.test_dns_answer().hosted_zone_id(&zone.id).record_name(name).record_type(RrType::from(kind));
    let answer = request.send().await.map_err(|error| explained(call.failure(&error)))?;
    Ok(answer.record_data().to_vec())
}

/// Whether a health check is healthy now; `None` where that cannot be read: a check that is calculated or follows an alarm has no checkers,
/// and the credentials may not be allowed to ask.
///
/// Source: Route 53 developer guide, "How Amazon Route 53 determines whether a health check is healthy": healthy where more than 18 % of
/// the checkers say so.
pub async fn healthy(aws: &Aws, id: &str) -> Option<bool> {
    let answer = aws_sdk_route53::Client::new(&aws.config).get_health_check_status().health_check_id(id).send().await.ok()?;
    let said: Vec<&str> =
        answer.health_check_observations().iter().filter_map(|observation| observation.status_report()?.status()).collect();
    let good = said.iter().filter(|status| status.starts_with("Success")).count();
    (!said.is_empty()).then(|| good * 100 > said.len() * 18)
}

/// The values of a record set as people write them: an alias as `alias TARGET`.
pub fn values(set: &ResourceRecordSet) -> Vec<String> {
    match set.alias_target() {
        Some(alias) => vec![format!("alias {}", plain_name(alias.dns_name()))],
        None => set.resource_records().iter().map(|record| record.value().to_owned()).collect(),
    }
}

fn plain_id(id: &str) -> &str {
    id.strip_prefix("/hostedzone/").unwrap_or(id)
}

fn is_private(zone: &HostedZone) -> bool {
    zone.config().is_some_and(aws_sdk_route53::types::HostedZoneConfig::private_zone)
}
