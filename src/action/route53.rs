//! `route53.shift_weights`: changes the weights of weighted record sets, in one atomic batch.
//!
//! An UPSERT replaces the whole record set, so each is read and written back with only its weight changed. It is done when the
//! change is INSYNC *and* what can be asked answers from a set that has a weight.

use async_trait::async_trait;
use aws_sdk_route53::operation::change_resource_record_sets::ChangeResourceRecordSetsError;
use aws_sdk_route53::types::{Change as RecordChange, ChangeAction, ChangeBatch, ResourceRecordSet};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use futures::future::join_all;
use serde_json::{Value, json};

use self::answers::{Answers, Name};
use self::seen::{Found, Seen, SeenRecord};
use self::wanted::{Record, Wanted};
use super::aws::Aws;
use super::port::{Action, Cx, Judged, Poll, Progress, Receipt};
use super::reads::route53::{self as records, Zone, explained};
use crate::plan::{Change, Failure, FailureKind, FieldChange, Happened};
use crate::runbook::spec::{ActionSpec, ErrorSpec, FieldSpec, ParamSpec, ParamType, Permission, Relation, Reversibility};
use crate::world::aws_error::{Call, is_own};

mod answers;
mod notes;
mod seen;
mod wanted;

/// A weight: 0 takes a set out of the answers, unless all are 0.
const WEIGHT: ParamType = ParamType::Integer { min: 0, max: 255 };

/// Without its conditions it would allow to change every record of the zone: "Using IAM policy conditions for fine-grained access
/// control" in the Route 53 developer guide.
const CHANGE_RECORDS: Permission = Permission::on("route53:ChangeResourceRecordSets", &[records::ZONE_ARN]).only_with(&[
    ("route53:ChangeResourceRecordSetsNormalizedRecordNames", "{record,records,records.record|dns_name}"),
    ("route53:ChangeResourceRecordSetsRecordTypes", "{type,records.type|upper}"),
    ("route53:ChangeResourceRecordSetsActions", "UPSERT"),
]);

/// Which change it will be is known when it has been made.
const GET_CHANGE: Permission = Permission::on("route53:GetChange", &["arn:{partition}:route53:::change/*"]);

static SPEC: ActionSpec = ActionSpec {
    name: "route53.shift_weights",
    summary: "Changes the weights of weighted record sets, of one name or of several, in one batch, and waits until they are answered",
    details: "Each set is read and written back whole with only its weight changed: alias targets, health checks, TTLs, several \
              values, CIDR and geo settings stay. When every weight is 0, Route 53 answers with all sets alike.\n\n\
              Several names of one zone are one step, with `records`: one batch, which Route 53 takes whole or not at all, one \
              confirmation that shows every weight before and after. Sets that already are as wanted are not sent again. \
              `records: [api.example.com, {record: www.example.com, weights: {us: 255}}]` shifts two names, the second with weights \
              of its own.\n\n\
              It is done when the change is INSYNC **and** a name server of the zone answers from a set that has a weight (A, AAAA \
              and CNAME). Where none can be asked from here (port 53 is closed, a wildcard answers nothing), Route 53 itself is asked over HTTPS \
              (TestDNSAnswer); for aliases it always is. What cannot be asked at all (a private zone, other types, no permission) does \
              not hold the step up: then INSYNC is enough, and a note says what was not looked at. Resolvers follow within the TTL: \
              prove that with a `dns` or `http` check. Where `route53:GetHealthCheckStatus` is allowed, an unhealthy health check of a \
              set that is to have a weight is said before the change.\n\n\
              Route 53 takes five requests a second per account; all that a run does keeps within that together, in the order of \
              asking. Its control plane is in us-east-1: when that is the impaired region, changes may fail or stay PENDING while answers go \
              on; a public zone with accelerated recovery takes changes again within about an hour. The call is never repeated on \
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
        ErrorSpec {
            name: "not in the zone",
            doc: "The record's name does not end with the zone's: it is written whole, without what is relative.",
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
            doc: "Route 53 refuses the whole batch and says why: a record is protected or behind a guardrail, or the record sets are not \
                  what the change takes them for. Nothing was changed.",
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
        ParamSpec {
            name: "record",
            ty: ParamType::Related(&RECORD, Relation::Instead("records")),
            required: false,
            default: "",
            doc: "The record's whole name.",
        },
        ParamSpec {
            name: "records",
            ty: ParamType::Related(&ParamType::Related(&RECORDS, Relation::Instead("record")), Relation::NotEmpty),
            required: false,
            default: "",
            doc: "Instead of `record`: several of the zone, each its whole name, or with a `type` and `weights` of its own.",
        },
        ParamSpec {
            name: "type",
            ty: ParamType::Related(&KIND, Relation::OrInEach("records")),
            required: false,
            default: "",
            doc: "The record's type; of `records`, of all that have none of their own.",
        },
        ParamSpec {
            name: "weights",
            ty: ParamType::Related(&WEIGHTS, Relation::OrInEach("records")),
            required: false,
            default: "",
            doc: "New weight by set identifier, 0 to 255. Sets that are not named keep theirs.",
        },
        ParamSpec {
            name: "wait_for_dns",
            ty: ParamType::Bool,
            required: false,
            default: "what can be asked is waited for",
            doc: "`true`: the zone's name servers must answer so, whether or not they can be asked from here (in a private zone, this \
                  machine's resolvers). `false`: they are not asked.",
        },
    ],
    rule: None,
    outputs: &[
        FieldSpec { name: "zone_id", ty: ParamType::String, doc: "The hosted zone's id." },
        FieldSpec { name: "weights", ty: ParamType::Any, doc: "Weight by set identifier, as it is now; null with several `records`." },
        FieldSpec {
            name: "records",
            ty: ParamType::Any,
            doc: "A list of every record with its `record`, `type`, `weights` and `values` by set identifier.",
        },
        FieldSpec {
            name: "answered",
            ty: ParamType::List(&ParamType::String),
            doc: "What name servers of the zone, or Route 53 itself, answered; null when not asked.",
        },
        FieldSpec { name: "note", ty: ParamType::String, doc: "What was not checked; null when all was." },
    ],
    reversibility: Reversibility::Reversible,
    subject: Some("record"),
    permissions: &[
        records::FIND_ZONE,
        records::GET_ZONE,
        records::LIST_RECORDS,
        records::HEALTH,
        CHANGE_RECORDS,
        GET_CHANGE,
        records::TEST_ANSWER,
    ],
    needs_target: true,
    lasts: None,
    usual_seconds: 60,
    example: "{zone: example.com, record: api.example.com, type: A, weights: {us: 100, eu: 0}}",
};

/// The types that can have weights: all that Route 53 has but SOA and NS.
const RECORD_TYPES: [&str; 14] = ["A", "AAAA", "CAA", "CNAME", "HTTPS", "MX", "NAPTR", "PTR", "SPF", "SRV", "SSHFP", "SVCB", "TLSA", "TXT"];

const RECORD: ParamType = ParamType::Related(&ParamType::Host, Relation::InZone("zone"));
const KIND: ParamType = ParamType::Enum(&RECORD_TYPES);
const WEIGHTS: ParamType = ParamType::Related(&ParamType::Map(&WEIGHT), Relation::NotEmpty);
const RECORDS: ParamType = ParamType::List(&ParamType::Short(&[
    ParamSpec { name: "record", ty: RECORD, required: true, default: "", doc: "Its whole name." },
    ParamSpec { name: "type", ty: KIND, required: false, default: "that of the step", doc: "Its type." },
    ParamSpec { name: "weights", ty: WEIGHTS, required: false, default: "those of the step", doc: "New weight by set identifier." },
]));

/// See the file's text.
#[derive(Debug)]
pub(super) struct ShiftWeights;

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
        let found = weighted(&aws, &zone, &wanted).await?;
        let unhealthy = unhealthy(&aws, &wanted, &found).await;
        Ok(seen(&zone, &wanted, &found, &unhealthy).observation(&zone))
    }

    fn change(&self, _cx: &Cx, with: &Value, seen: &Value) -> Result<Change, Failure> {
        let wanted = Wanted::read(with)?;
        let seen = Seen::read(&wanted, seen);
        seen.fits(&wanted)?;
        let fields: Vec<FieldChange> = wanted.records.iter().flat_map(|record| fields(record, &seen.of(record), wanted.several)).collect();
        Ok(Change {
            operation: "route53:ChangeResourceRecordSets".into(),
            resource: wanted.resource(),
            region: "global".into(),
            already: fields.is_empty(),
            notes: notes::of(&wanted, &seen),
            fields,
            reversible: true,
            data_loss: None,
            takes_away: None,
            waits_for: None,
        })
    }

    async fn apply(&self, cx: &Cx, with: &Value, seen: &Value, _token: &str) -> Result<Receipt, Failure> {
        let wanted = Wanted::read(with)?;
        let aws = Aws::open(&cx.world, cx.target.as_ref(), &cx.caller).await?;
        let zone = match seen["zone_id"].as_str() {
            Some(id) => known_zone(&wanted, id, seen["private"].as_bool()),
            None => records::zone(&aws, &wanted.zone).await?,
        };
        let resource = wanted.resource();
        let call = records::call(&aws, "route53:ChangeResourceRecordSets", &resource, true);
        // Read once more: the whole set is written back, and nothing that somebody changed meanwhile may be lost.
        let found = weighted(&aws, &zone, &wanted).await?;
        let (now, shown) = (self::seen(&zone, &wanted, &found, &[]), Seen::read(&wanted, seen));
        if !seen["weights"].is_null() || !seen["records"].is_null() {
            let changed = wanted.records.iter().find(|record| now.of(record).weights != shown.of(record).weights);
            if let Some(record) = changed {
                let of = if wanted.several { format!(" of {}", record.shown()) } else { String::new() };
                let hint = "look at the record sets, then try the step again: it shows the change from what is there now";
                return Err(call.wrong(FailureKind::Conflict, format!("somebody has changed the weights{of} since they were shown"), hint));
            }
        }
        let changes: Vec<RecordChange> =
            wanted.records.iter().zip(found).flat_map(|(record, found)| upserts(found.sets, &record.weights)).collect();
        let batch = ChangeBatch::builder().set_changes(Some(changes)).comment(cx.caller.clone()).build();
        let batch = batch.map_err(|error| call.wrong(FailureKind::Internal, error.to_string(), "please report it"))?;
        let client = aws_sdk_route53::Client::new(&aws.config);
        // The same UPSERT twice is the same as once only while nobody else changes the record in between: never again on doubt.
        let once = aws_sdk_route53::config::Builder::new().retry_config(aws_sdk_route53::config::retry::RetryConfig::disabled());
        let request = client.change_resource_record_sets().hosted_zone_id(&zone.id).change_batch(batch);
        let answer = request.customize().config_override(once).send().await.map_err(|error| refused(&call, &error))?;
        let change = answer.change_info().map(|info| info.id().trim_start_matches("/change/").to_owned()).unwrap_or_default();
        Ok(Receipt {
            summary: format!("ChangeResourceRecordSets accepted (change {change})"),
            data: json!({"change": change, "zone_id": zone.id, "private": zone.private}),
        })
    }

    async fn poll(&self, cx: &Cx, with: &Value, receipt: &Value) -> Result<Poll, Failure> {
        self.look(cx, with, receipt).await.map_err(|failure| failure.effect(Happened::Yes))
    }

    fn least_poll_interval(&self) -> std::time::Duration {
        // Five requests a second are shared by everything that works in the account.
        std::time::Duration::from_secs(1)
    }

    /// Weights alone tell, whatever else of the record sets has changed meanwhile.
    fn judge(&self, cx: &Cx, with: &Value, before: &Value, now: &Value) -> Judged {
        let same = Wanted::read(with).is_ok_and(|wanted| Seen::read(&wanted, before).weights() == Seen::read(&wanted, now).weights());
        match self.change(cx, with, now) {
            Ok(change) if change.already => Judged::Happened("what the step wants is there".into()),
            _ if same => Judged::DidNotHappen("nothing has changed since before the call".into()),
            _ => Judged::CannotTell("something has changed, but not to what the step wants".into()),
        }
    }
}

impl ShiftWeights {
    async fn look(&self, cx: &Cx, with: &Value, receipt: &Value) -> Result<Poll, Failure> {
        let wanted = Wanted::read(with)?;
        let aws = Aws::open(&cx.world, cx.target.as_ref(), &cx.caller).await?;
        let mut forgotten = None;
        if let Some(id) = receipt["change"].as_str().filter(|id| !id.is_empty()) {
            match records::change(&aws, id).await? {
                records::Progress::Pending(since) => return Ok(pending(&still_pending(cx, since))),
                records::Progress::InSync => {}
                records::Progress::Unknown => forgotten = Some(format!("Route 53 does not know the change {id} any more")),
            }
        }
        let zone = match (receipt["zone_id"].as_str(), receipt["private"].as_bool()) {
            (Some(id), private @ Some(_)) => known_zone(&wanted, id, private),
            // An earlier version did not keep whether the zone is private.
            (Some(id), None) if wanted.wait_for_dns.is_none() && records::given_by_id(&wanted.zone) => records::zone(&aws, id).await?,
            (Some(id), None) => known_zone(&wanted, id, None),
            (None, _) => records::zone(&aws, &wanted.zone).await?,
        };
        let found = weighted(&aws, &zone, &wanted).await?;
        let now = seen(&zone, &wanted, &found, &[]);
        let mut outputs = now.observation(&zone);
        for record in &wanted.records {
            let now = now.of(record);
            let Some((set, weight)) = record.weights.iter().find(|(set, weight)| now.weight(set) != Some(*weight)) else { continue };
            let resource = record.shown();
            let is = now.weight(set).map_or_else(|| "none".to_owned(), |weight| weight.to_string());
            return Err(records::call(&aws, "route53:ListResourceRecordSets", &resource, false).wrong(
                FailureKind::Conflict,
                format!("the weight of {set} is {is}, not {weight}: somebody has changed it since"),
                "find out what else manages this record (Terraform, external-dns), then try again",
            ));
        }
        let names: Vec<Name<'_>> = wanted.records.iter().zip(&found).map(|(wanted, found)| Name { wanted, sets: &found.sets }).collect();
        match answers::look(cx, &aws, &zone, &names, wanted.wait_for_dns).await {
            Answers::Waiting(waiting_for) => Ok(pending(&waiting_for)),
            Answers::Fine { answered, note } => {
                let note: Vec<String> = forgotten.into_iter().chain(note).collect();
                outputs["answered"] = json!(answered);
                outputs["note"] = json!((!note.is_empty()).then(|| note.join("; ")));
                Ok(Poll::Settled(outputs))
            }
        }
    }
}

/// What changes of a record: set by set, or all of them together where there are several records.
fn fields(record: &Record, before: &SeenRecord, several: bool) -> Vec<FieldChange> {
    let changed = record.weights.iter().filter(|(set, after)| before.weight(set) != Some(*after));
    let was = |set: &str| before.weight(set).map_or_else(|| "none".to_owned(), |weight| weight.to_string());
    if !several {
        return changed
            .map(|(set, after)| FieldChange { name: format!("weight of {set}"), before: was(set), after: after.to_string() })
            .collect();
    }
    let (before, after): (Vec<String>, Vec<String>) =
        changed.map(|(set, after)| (format!("{set} {}", was(set)), format!("{set} {after}"))).unzip();
    let field = FieldChange { name: record.shown(), before: before.join(", "), after: after.join(", ") };
    if before.is_empty() { Vec::new() } else { vec![field] }
}

/// The zone of an observation or a receipt. Its name is that of the step, where that has one.
fn known_zone(wanted: &Wanted, id: &str, private: Option<bool>) -> Zone {
    let name = if records::given_by_id(&wanted.zone) { String::new() } else { records::plain_name(&wanted.zone) };
    Zone { id: id.to_owned(), name, private: private.unwrap_or(false) }
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
    let Some((_, list)) = body.split_once("<InvalidChangeBatch").filter(|_| failure.code.is_none()) else { return explained(failure) };
    let messages: Vec<&str> = list.split("<Message>").skip(1).filter_map(|rest| Some(rest.split_once("</Message>")?.0.trim())).collect();
    let wrong = call.wrong(FailureKind::Invalid, messages.join("; "), "");
    explained(Failure { code: Some("InvalidChangeBatch".into()), request_id: failure.request_id, ..wrong })
}

fn pending(waiting_for: &str) -> Poll {
    Poll::Pending(Progress { waiting_for: waiting_for.to_owned(), counted: None })
}

/// How long a change is usually PENDING at the most, in seconds: "changes generally propagate within 60 seconds" (API reference,
/// GetChange); ten times that is no longer usual.
const LONG_PENDING: i64 = 600;

fn still_pending(cx: &Cx, since: Option<jiff::Timestamp>) -> String {
    let waiting = "change PENDING to become INSYNC";
    let pending = since.map_or(0, |since| cx.world.clock().now().wall.as_second().saturating_sub(since.as_second()));
    if pending < LONG_PENDING {
        return waiting.into();
    }
    format!("{waiting} for {} min, which usually takes one: while us-east-1 is impaired, a change may be stranded so", pending / 60)
}

/// The weighted record sets of every name, in the step's order; every one that the step names must be among them.
async fn weighted(aws: &Aws, zone: &Zone, wanted: &Wanted) -> Result<Vec<Found>, Failure> {
    let names: Vec<&str> = wanted.records.iter().map(|record| record.name.as_str()).collect();
    let all = records::sets_of(aws, zone, &names).await?;
    wanted.records.iter().map(|record| found(aws, zone, record, all.get(&record.name).map(Vec::as_slice).unwrap_or_default())).collect()
}

fn found(aws: &Aws, zone: &Zone, wanted: &Record, all: &[ResourceRecordSet]) -> Result<Found, Failure> {
    let resource = wanted.shown();
    let call = records::call(aws, "route53:ListResourceRecordSets", &resource, false);
    let of_type: Vec<&ResourceRecordSet> = all.iter().filter(|set| set.r#type().as_str() == wanted.kind).collect();
    if of_type.is_empty() {
        let mut types: Vec<&str> = all.iter().map(|set| set.r#type().as_str()).collect();
        types.dedup();
        let types = if types.is_empty() { String::new() } else { format!("; the name has {}", types.join(", ")) };
        let hint = "check the record's whole name and its type";
        return Err(call.wrong(FailureKind::NotFound, format!("zone {} has no record {resource}{types}", zone.shown()), hint));
    }
    let sets: Vec<ResourceRecordSet> = of_type.into_iter().filter(|set| set.weight().is_some()).cloned().collect();
    if sets.is_empty() {
        let hint = "only weighted record sets have weights to shift; this one has another routing policy";
        return Err(call.wrong(FailureKind::Invalid, format!("{resource} is not a weighted record"), hint));
    }
    let there: Vec<&str> = sets.iter().filter_map(ResourceRecordSet::set_identifier).collect();
    let unknown: Vec<&str> = wanted.weights.iter().map(|(set, _)| set.as_str()).filter(|set| !there.contains(set)).collect();
    if !unknown.is_empty() {
        let message = format!("{resource} has no set {}; it has {}", unknown.join(", "), there.join(", "));
        return Err(call.wrong(FailureKind::NotFound, message, "name the sets as Route 53 does (`SetIdentifier`)"));
    }
    let hinting = |set: &ResourceRecordSet| {
        matches!(set.r#type().as_str(), "HTTPS" | "SVCB") && set.resource_records().iter().any(|record| record.value().contains("hint="))
    };
    Ok(Found { hints: matches!(wanted.kind.as_str(), "A" | "AAAA") && all.iter().any(hinting), sets })
}

/// Health checks of sets that are to have a weight and are unhealthy now: Route 53 does not answer with those.
async fn unhealthy(aws: &Aws, wanted: &Wanted, found: &[Found]) -> Vec<String> {
    let mut checks: Vec<&str> = Vec::new();
    for (record, found) in wanted.records.iter().zip(found) {
        for set in &found.sets {
            let named = record.weights.iter().find(|(id, _)| set.set_identifier() == Some(id)).map(|(_, weight)| *weight);
            if let Some(check) = set.health_check_id().filter(|_| named.or(set.weight()).is_some_and(|weight| weight > 0))
                && !checks.contains(&check)
            {
                checks.push(check);
            }
        }
    }
    // As many as can be asked within two seconds.
    checks.truncate(10);
    let said = join_all(checks.iter().map(|check| records::healthy(aws, check))).await;
    checks.into_iter().zip(said).filter(|(_, healthy)| *healthy == Some(false)).map(|(check, _)| check.to_owned()).collect()
}

/// What was found, as it is kept.
fn seen(zone: &Zone, wanted: &Wanted, found: &[Found], unhealthy: &[String]) -> Seen {
    let records = wanted.records.iter().zip(found).map(|(record, found)| SeenRecord::new(record, found, unhealthy));
    Seen { records: records.collect(), private: zone.private }
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
