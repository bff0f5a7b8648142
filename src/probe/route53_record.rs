//! `route53.record`: a record set as Route 53 lists it (not as name servers answer).

use async_trait::async_trait;
use aws_sdk_route53::types::ResourceRecordSet;
use serde_json::{Value, json};

use super::port::{Cx, Probe, Sample};
use crate::action::aws::Aws;
use crate::action::reads::route53 as records;
use crate::action::with::With;
use crate::plan::Failure;
use crate::plan::rate::ROUTE_53;
use crate::runbook::spec::{ErrorSpec, FieldSpec, Pace, ParamSpec, ParamType, ProbeSpec, Relation, Requests};

static SPEC: ProbeSpec = ProbeSpec {
    name: "route53.record",
    summary: "Reads a record set from Route 53's control plane",
    details: "It reads what Route 53 lists, not what name servers answer: for that there is `dns`. Without `set`, all sets of the \
              name are read together.",
    errors: &[ErrorSpec {
        name: "no hosted zone",
        doc: "There is no public zone of that name in the target's account, or there are several: give the id.",
    }],
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
            ty: ParamType::Related(&ParamType::Host, Relation::InZone("zone")),
            required: true,
            default: "",
            doc: "The record's whole name.",
        },
        ParamSpec { name: "type", ty: ParamType::String, required: true, default: "", doc: "The record's type." },
        ParamSpec {
            name: "set",
            ty: ParamType::String,
            required: false,
            default: "all of them together",
            doc: "The set identifier, where the name has several record sets.",
        },
    ],
    rule: None,
    fields: &[
        FieldSpec { name: "exists", ty: ParamType::Bool, doc: "Whether there is such a record set." },
        FieldSpec {
            name: "weight",
            ty: ParamType::Integer { min: 0, max: 255 },
            doc: "Its weight; null without one, or when several sets are read.",
        },
        FieldSpec { name: "values", ty: ParamType::List(&ParamType::String), doc: "Its values, sorted; an alias as `alias TARGET`." },
        FieldSpec { name: "ttl", ty: ParamType::Integer { min: 0, max: i64::MAX }, doc: "Its TTL in seconds; null for an alias." },
    ],
    permissions: &[records::FIND_ZONE, records::GET_ZONE, records::LIST_RECORDS],
    needs_target: true,
    requests: Requests::Read,
    rpo_field: None,
    pace: Some(Pace {
        service: ROUTE_53.name,
        least: 1.0,
        requests: 2.0,
        per_second: Some(ROUTE_53.per_second as f64),
        why: "Route 53 takes five requests a second of an account, everything together",
    }),
    healthy: Some("exists"),
    example: "{zone: example.com, record: api.example.com, type: A, set: us}",
    expect: "exists and weight == 100",
};

/// See the file's text.
#[derive(Debug)]
pub(super) struct Route53Record;

#[async_trait]
impl Probe for Route53Record {
    fn spec(&self) -> &'static ProbeSpec {
        &SPEC
    }

    async fn sample(&self, cx: &Cx, with: &Value) -> Result<Sample, Failure> {
        let with = With::new(SPEC.name, with);
        let (zone, record) = (with.text("zone")?, with.text("record")?);
        let kind = with.text("type")?.to_ascii_uppercase();
        let wanted = with.text_opt("set")?;
        let aws = Aws::open(&cx.world, cx.target.as_ref(), &cx.caller).await?;
        let zone = records::zone(&aws, &zone).await?;
        let mut sets = records::record_sets(&aws, &zone, &record, &kind).await?;
        if let Some(wanted) = &wanted {
            sets.retain(|set| set.set_identifier() == Some(wanted));
        }
        let weight = match sets.as_slice() {
            [one] => one.weight(),
            _ => None,
        };
        let mut values: Vec<String> = sets.iter().flat_map(records::values).collect();
        values.sort();
        Ok(Sample {
            shown: shown(&sets),
            #[expect(clippy::cast_precision_loss, reason = "a weight is at most 255")]
            number: weight.map(|weight| weight as f64),
            fields: json!({
                "exists": !sets.is_empty(),
                "weight": weight,
                "values": values,
                "ttl": sets.iter().filter_map(ResourceRecordSet::ttl).min(),
            }),
        })
    }
}

/// `us 100, eu 0`; for a single set without a weight its values; `no such record`.
fn shown(sets: &[ResourceRecordSet]) -> String {
    let one = |set: &ResourceRecordSet| match (set.set_identifier(), set.weight()) {
        (Some(id), Some(weight)) => format!("{id} {weight}"),
        (Some(id), None) => format!("{id} {}", records::values(set).join(" ")),
        (None, _) => records::values(set).join(" "),
    };
    if sets.is_empty() { "no such record".into() } else { sets.iter().map(one).collect::<Vec<_>>().join(", ") }
}
