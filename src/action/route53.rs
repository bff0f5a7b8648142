//! `route53.shift_weights`: changes the weights of weighted record sets, in one atomic batch.
//!
//! An UPSERT replaces the whole record set, so each is read and written back with only its weight changed. It is done when the
//! change is INSYNC *and* the zone's own name servers answer from a set that has a weight.

use async_trait::async_trait;
use aws_sdk_route53::operation::change_resource_record_sets::ChangeResourceRecordSetsError;
use aws_sdk_route53::types::{Change as RecordChange, ChangeAction, ChangeBatch, ChangeStatus, ResourceRecordSet};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use serde_json::{Map, Value, json};

use super::aws::Aws;
use super::port::{Action, Cx, Poll, Progress, Receipt};
use super::reads::limit;
use super::reads::route53::{self as records, Zone, plain_name};
use super::with::With;
use crate::plan::{Change, Failure, FailureKind, FieldChange, Happened};
use crate::runbook::spec::{ActionSpec, ErrorSpec, FieldSpec, ParamSpec, ParamType, Permission, Reversibility};
use crate::world::aws_error::{Call, is_own};

mod answers;

/// A weight: 0 takes a set out of the answers, unless all are 0.
const WEIGHT: ParamType = ParamType::Integer { min: 0, max: 255 };

/// Without its conditions it would allow to change every record of the zone: "Using IAM policy conditions for fine-grained access
/// control" in the Route 53 developer guide.
const CHANGE_RECORDS: Permission = Permission::on("route53:ChangeResourceRecordSets", &[records::ZONE_ARN]).only_with(&[
    ("route53:ChangeResourceRecordSetsNormalizedRecordNames", "{record|dns_name}"),
    ("route53:ChangeResourceRecordSetsRecordTypes", "{type|upper}"),
    ("route53:ChangeResourceRecordSetsActions", "UPSERT"),
]);

/// Which change it will be is known when it has been made.
const GET_CHANGE: Permission = Permission::on("route53:GetChange", &["arn:{partition}:route53:::change/*"]);

static SPEC: ActionSpec = ActionSpec {
    name: "route53.shift_weights",
    summary: "Changes the weights of a name's weighted record sets in one batch, and waits until name servers answer so",
    details: "Each set is read and written back whole with only its weight changed: alias targets, health checks, TTLs, several \
              values, CIDR and geo settings stay. When every weight is 0, Route 53 answers with all sets alike.\n\n\
              It is done when the change is INSYNC **and** a name server of the zone answers from a set that has a weight (A, AAAA \
              and CNAME; not for aliases, whose answers their own target decides). Resolvers follow within the TTL: prove that with \
              a `dns` or `http` check.\n\n\
              Route 53 takes five requests a second per account; lifeboat keeps within that by itself. Its control plane is in \
              us-east-1: when that is the impaired region, changes may fail while answers go on. The call is never repeated on \
              doubt, since somebody else may have changed the record in between.",
    errors: &[
        ErrorSpec {
            name: "no hosted zone",
            doc: "There is no public zone of that name in the target's account; names that are close to it are shown. A private zone \
                  is given by its id.",
        },
        ErrorSpec {
            name: "several zones",
            doc: "Several public zones have that name: give the id of the one that the parent delegates to.",
        },
        ErrorSpec { name: "no record", doc: "The zone has no record of that name and type." },
        ErrorSpec { name: "not weighted", doc: "The record has another routing policy: only weighted record sets have weights to shift." },
        ErrorSpec { name: "no set", doc: "`weights` names a set that the record does not have; those it has are listed." },
        ErrorSpec {
            name: "changed meanwhile",
            doc: "Somebody has changed the weights since they were shown, or since the change: find out what else manages the record \
                  (Terraform, external-dns).",
        },
        ErrorSpec {
            name: "InvalidChangeBatch",
            doc: "The record sets are not what the change takes them for: look at them, then try again.",
        },
        ErrorSpec {
            name: "PriorRequestNotComplete",
            doc: "Route 53 is still taking in an earlier change of the zone; looked at again and sent once more for about a minute.",
        },
    ],
    params: &[
        ParamSpec {
            name: "zone",
            ty: ParamType::String,
            required: true,
            default: "",
            doc: "The public hosted zone's name, or any zone's id.",
        },
        ParamSpec { name: "record", ty: ParamType::Host, required: true, default: "", doc: "The record's whole name." },
        ParamSpec { name: "type", ty: ParamType::Enum(&RECORD_TYPES), required: true, default: "", doc: "The record's type." },
        ParamSpec {
            name: "weights",
            ty: ParamType::Map(&WEIGHT),
            required: true,
            default: "",
            doc: "New weight by set identifier, 0 to 255. Sets that are not named keep theirs.",
        },
        ParamSpec {
            name: "wait_for_dns",
            ty: ParamType::Bool,
            required: false,
            default: "true",
            doc: "Whether to ask the zone's name servers in the end; false where they cannot be asked.",
        },
    ],
    rule: None,
    outputs: &[
        FieldSpec { name: "zone_id", ty: ParamType::String, doc: "The hosted zone's id." },
        FieldSpec { name: "weights", ty: ParamType::Any, doc: "Weight by set identifier, as it is now." },
        FieldSpec {
            name: "answered",
            ty: ParamType::List(&ParamType::String),
            doc: "What a name server of the zone answered; null when not asked.",
        },
        FieldSpec { name: "note", ty: ParamType::String, doc: "What was not checked; null when all was." },
    ],
    reversibility: Reversibility::Reversible,
    subject: Some("record"),
    permissions: &[records::FIND_ZONE, records::GET_ZONE, records::LIST_RECORDS, CHANGE_RECORDS, GET_CHANGE],
    needs_target: true,
    lasts: None,
    usual_seconds: 60,
    example: "{zone: example.com, record: api.example.com, type: A, weights: {us: 100, eu: 0}}",
};

/// The types that can have weights.
const RECORD_TYPES: [&str; 8] = ["A", "AAAA", "CNAME", "CAA", "MX", "PTR", "SRV", "TXT"];

/// See the file's text.
#[derive(Debug)]
pub(super) struct ShiftWeights;

#[derive(Debug, Clone)]
struct Wanted {
    zone: String,
    record: String,
    kind: String,
    weights: Vec<(String, i64)>,
    wait_for_dns: bool,
}

impl Wanted {
    fn read(with: &Value) -> Result<Self, Failure> {
        let with = With::new(SPEC.name, with);
        Ok(Self {
            zone: with.text("zone")?,
            record: plain_name(&with.text("record")?),
            kind: with.text("type")?.to_ascii_uppercase(),
            weights: with.integer_map("weights", 0..=255)?,
            wait_for_dns: with.flag("wait_for_dns", true)?,
        })
    }

    fn resource(&self) -> String {
        format!("{} {}", self.record, self.kind)
    }
}

#[async_trait]
impl Action for ShiftWeights {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    /// Weights and answers of every set, and the zone's id so that it need not be looked for again.
    async fn observe(&self, cx: &Cx, with: &Value) -> Result<Value, Failure> {
        let wanted = Wanted::read(with)?;
        let aws = Aws::open(&cx.world, cx.target.as_ref(), &cx.caller).await?;
        let zone = records::zone(&aws, &wanted.zone).await?;
        let sets = weighted(&aws, &zone, &wanted).await?;
        Ok(observation(&zone, &sets))
    }

    fn change(&self, _cx: &Cx, with: &Value, seen: &Value) -> Result<Change, Failure> {
        let wanted = Wanted::read(with)?;
        let before = seen["weights"].as_object().cloned().unwrap_or_default();
        let weight = |set: &str| before.get(set).and_then(Value::as_i64);
        let fields: Vec<FieldChange> = wanted
            .weights
            .iter()
            .filter(|(set, after)| weight(set) != Some(*after))
            .map(|(set, after)| FieldChange {
                name: format!("weight of {set}"),
                before: weight(set).map_or_else(|| "none".to_owned(), |weight| weight.to_string()),
                after: after.to_string(),
            })
            .collect();
        let after = after(&before, &wanted.weights);
        let mut notes: Vec<String> = after
            .iter()
            .filter(|(set, _)| !wanted.weights.iter().any(|(named, _)| named == *set))
            .map(|(set, weight)| format!("weight of {set} stays {weight}"))
            .collect();
        if after.values().all(|weight| weight.as_i64() == Some(0)) {
            notes.push("every weight becomes 0: Route 53 then answers with all sets alike".into());
        }
        for (set, check) in seen["health_checks"].as_object().into_iter().flatten() {
            if after.get(set).and_then(Value::as_i64).is_some_and(|weight| weight > 0) {
                let check = check.as_str().unwrap_or_default();
                notes.push(format!("{set} is answered only while its health check {check} is healthy"));
            }
        }
        if let Some(ttl) = seen["ttl"].as_i64() {
            notes.push(format!("resolvers keep the old answer for up to {ttl} s"));
        }
        Ok(Change {
            operation: "route53:ChangeResourceRecordSets".into(),
            resource: wanted.resource(),
            region: "global".into(),
            already: fields.is_empty(),
            fields,
            reversible: true,
            data_loss: None,
            notes,
            takes_away: None,
            waits_for: None,
        })
    }

    async fn apply(&self, cx: &Cx, with: &Value, seen: &Value, _token: &str) -> Result<Receipt, Failure> {
        let wanted = Wanted::read(with)?;
        let aws = Aws::open(&cx.world, cx.target.as_ref(), &cx.caller).await?;
        let zone = match seen["zone_id"].as_str() {
            Some(id) => Zone { id: id.to_owned(), name: String::new() },
            None => records::zone(&aws, &wanted.zone).await?,
        };
        let resource = wanted.resource();
        let call = records::call(&aws, "route53:ChangeResourceRecordSets", &resource, true);
        // Read once more: the whole set is written back, and nothing that somebody changed meanwhile may be lost.
        let sets = weighted(&aws, &zone, &wanted).await?;
        if seen["weights"].is_object() && observation(&zone, &sets)["weights"] != seen["weights"] {
            let hint = "look at the record sets, then try the step again: it shows the change from what is there now";
            return Err(call.wrong(FailureKind::Conflict, "somebody has changed the weights since they were shown", hint));
        }
        let changes = upserts(sets, &wanted.weights);
        let batch = ChangeBatch::builder().set_changes(Some(changes)).comment(cx.caller.clone()).build();
        let batch = batch.map_err(|error| call.wrong(FailureKind::Internal, error.to_string(), "please report it"))?;
        let client = aws_sdk_route53::Client::new(&aws.config);
        // The same UPSERT twice is the same as once only while nobody else changes the record in between: never again on doubt.
        limit::slot(&aws.clock, &aws.target).await;
        let once = aws_sdk_route53::config::Builder::new().retry_config(aws_sdk_route53::config::retry::RetryConfig::disabled());
        let request = client.change_resource_record_sets().hosted_zone_id(&zone.id).change_batch(batch);
        let answer = request.customize().config_override(once).send().await.map_err(|error| refused(&call, &error))?;
        let change = answer.change_info().map(|info| info.id().trim_start_matches("/change/").to_owned()).unwrap_or_default();
        Ok(Receipt {
            summary: format!("ChangeResourceRecordSets accepted (change {change})"),
            data: json!({"change": change, "zone_id": zone.id}),
        })
    }

    async fn poll(&self, cx: &Cx, with: &Value, receipt: &Value) -> Result<Poll, Failure> {
        self.look(cx, with, receipt).await.map_err(|failure| failure.effect(Happened::Yes))
    }

    fn least_poll_interval(&self) -> std::time::Duration {
        // Five requests a second are shared by everything that works in the account.
        std::time::Duration::from_secs(1)
    }
}

impl ShiftWeights {
    async fn look(&self, cx: &Cx, with: &Value, receipt: &Value) -> Result<Poll, Failure> {
        let wanted = Wanted::read(with)?;
        let aws = Aws::open(&cx.world, cx.target.as_ref(), &cx.caller).await?;
        if let Some(id) = receipt["change"].as_str().filter(|id| !id.is_empty()) {
            limit::slot(&aws.clock, &aws.target).await;
            let call = records::call(&aws, "route53:GetChange", id, false);
            let answer = aws_sdk_route53::Client::new(&aws.config).get_change().id(id).send().await;
            let answer = answer.map_err(|error| call.failure(&error))?;
            if answer.change_info().map(|info| info.status()) != Some(&ChangeStatus::Insync) {
                return Ok(pending("change PENDING to become INSYNC"));
            }
        }
        let zone = match receipt["zone_id"].as_str() {
            Some(id) => Zone { id: id.to_owned(), name: String::new() },
            None => records::zone(&aws, &wanted.zone).await?,
        };
        let sets = weighted(&aws, &zone, &wanted).await?;
        let mut outputs = observation(&zone, &sets);
        let lost = wanted.weights.iter().find(|(set, weight)| outputs["weights"][set].as_i64() != Some(*weight));
        if let Some((set, weight)) = lost {
            let resource = wanted.resource();
            let now = outputs["weights"][set].clone();
            return Err(records::call(&aws, "route53:ListResourceRecordSets", &resource, false).wrong(
                FailureKind::Conflict,
                format!("the weight of {set} is {now}, not {weight}: somebody has changed it since"),
                "find out what else manages this record (Terraform, external-dns), then try again",
            ));
        }
        match answers::expected(&sets, &wanted.kind) {
            _ if !wanted.wait_for_dns => outputs["note"] = json!("name servers were not asked: wait_for_dns is false"),
            Err(why) => outputs["note"] = json!(format!("name servers were not asked: {why}")),
            Ok(expected) => {
                let answer = answers::ask(cx, &wanted.record, &wanted.kind).await?;
                if let Some(waiting_for) = answers::difference(&expected, &answer) {
                    return Ok(pending(&waiting_for));
                }
                outputs["answered"] = json!(answer.values);
            }
        }
        Ok(Poll::Settled(outputs))
    }
}

/// What a refusal means. Route 53 has a second form for a batch's errors, documented with the operation, which the SDK does not
/// read: `<InvalidChangeBatch><Messages><Message>…`.
fn refused(call: &Call<'_>, error: &SdkError<ChangeResourceRecordSetsError, HttpResponse>) -> Failure {
    let mut failure = call.failure(error);
    // "If Route 53 can't process a request before the next request arrives, it will reject subsequent requests for the same hosted zone"
    // (ChangeResourceRecordSets, errors): refused for now, as throttling is.
    if failure.code.as_deref() == Some("PriorRequestNotComplete") && failure.effect == Happened::No {
        failure.kind = FailureKind::Throttled;
        failure.hint = "Route 53 is still taking in an earlier change of this zone: see who else changes it, then try again".into();
    }
    let own = error.raw_response().filter(|raw| raw.status().is_client_error() && is_own(raw));
    let body = own.and_then(|raw| raw.body().bytes()).map(String::from_utf8_lossy).unwrap_or_default();
    let Some((_, list)) = body.split_once("<InvalidChangeBatch").filter(|_| failure.code.is_none()) else { return failure };
    let messages: Vec<&str> = list.split("<Message>").skip(1).filter_map(|rest| Some(rest.split_once("</Message>")?.0.trim())).collect();
    let hint = "the record sets are not what the change takes them for: look at them, then try the step again";
    let wrong = call.wrong(FailureKind::Invalid, messages.join("; "), hint);
    Failure { code: Some("InvalidChangeBatch".into()), request_id: failure.request_id, ..wrong }
}

fn pending(waiting_for: &str) -> Poll {
    Poll::Pending(Progress { waiting_for: waiting_for.to_owned(), counted: None })
}

/// The weighted record sets of the name; every one that the step names must be among them.
async fn weighted(aws: &Aws, zone: &Zone, wanted: &Wanted) -> Result<Vec<ResourceRecordSet>, Failure> {
    let resource = wanted.resource();
    let call = records::call(aws, "route53:ListResourceRecordSets", &resource, false);
    let all = records::record_sets(aws, zone, &wanted.record, &wanted.kind).await?;
    let zone = if zone.name.is_empty() { &zone.id } else { &zone.name };
    if all.is_empty() {
        let hint = "check the record's whole name and its type";
        return Err(call.wrong(FailureKind::NotFound, format!("zone {zone} has no record {resource}"), hint));
    }
    let sets: Vec<ResourceRecordSet> = all.into_iter().filter(|set| set.weight().is_some()).collect();
    if sets.is_empty() {
        let hint = "only weighted record sets have weights to shift; this one has another routing policy";
        return Err(call.wrong(FailureKind::Invalid, format!("{resource} is not a weighted record"), hint));
    }
    let there: Vec<&str> = sets.iter().filter_map(ResourceRecordSet::set_identifier).collect();
    let unknown: Vec<&str> = wanted.weights.iter().map(|(set, _)| set.as_str()).filter(|set| !there.contains(set)).collect();
    if unknown.is_empty() {
        return Ok(sets);
    }
    let message = format!("{resource} has no set {}; it has {}", unknown.join(", "), there.join(", "));
    Err(call.wrong(FailureKind::NotFound, message, "name the sets as Route 53 does (`SetIdentifier`)"))
}

/// What `observe` keeps, and what later steps can read.
fn observation(zone: &Zone, sets: &[ResourceRecordSet]) -> Value {
    let identified = || sets.iter().filter_map(|set| Some((set.set_identifier()?.to_owned(), set)));
    let weights: Map<String, Value> = identified().map(|(id, set)| (id, json!(set.weight()))).collect();
    let values: Map<String, Value> = identified().map(|(id, set)| (id, json!(records::values(set)))).collect();
    let checks: Map<String, Value> = identified().filter_map(|(id, set)| Some((id, json!(set.health_check_id()?)))).collect();
    json!({
        "zone_id": zone.id,
        "weights": weights,
        "values": values,
        "health_checks": checks,
        "ttl": sets.iter().filter_map(ResourceRecordSet::ttl).max(),
        "answered": null,
        "note": null,
    })
}

/// All weights as they will be.
fn after(before: &Map<String, Value>, wanted: &[(String, i64)]) -> Map<String, Value> {
    let mut after = before.clone();
    after.extend(wanted.iter().map(|(set, weight)| (set.clone(), json!(weight))));
    after
}

/// One UPSERT for each set whose weight changes: the set as it was read, with only the weight another.
fn upserts(sets: Vec<ResourceRecordSet>, wanted: &[(String, i64)]) -> Vec<RecordChange> {
    let changed = sets.into_iter().filter_map(|mut set| {
        let (_, weight) = wanted.iter().find(|(id, _)| set.set_identifier() == Some(id))?;
        if set.weight() == Some(*weight) {
            return None;
        }
        set.weight = Some(*weight);
        RecordChange::builder().action(ChangeAction::Upsert).resource_record_set(set).build().ok()
    });
    changed.collect()
}

#[cfg(test)]
mod tests;
