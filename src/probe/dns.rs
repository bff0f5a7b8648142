//! `dns`: what name servers answer.

use std::net::IpAddr;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::port::{Cx, Probe, Sample};
use crate::action::with::With;
use crate::plan::Failure;
use crate::runbook::dns_name::plain_name;
use crate::runbook::spec::{ErrorSpec, FieldSpec, ParamSpec, ParamType, ProbeSpec, Requests};
use crate::world::{DnsQuery, DnsVia};

static SPEC: ProbeSpec = ProbeSpec {
    name: "dns",
    summary: "Looks a name up, at the zone's own name servers unless told otherwise",
    details: "It asks the zone's own name servers, past every cache, and follows aliases into their zones. `resolvers` asks others \
              instead; all of them are asked, and `values` is what any of them answers, so an `==` holds only when they agree. A \
              name that does not exist has no values and is no error; a server that fails is.",
    errors: &[ErrorSpec { name: "unreachable", doc: "No name server answers in time, or one answers SERVFAIL or REFUSED." }],
    params: &[
        ParamSpec { name: "name", ty: ParamType::Host, required: true, default: "", doc: "The whole name." },
        ParamSpec {
            name: "type",
            ty: ParamType::Enum(&["A", "AAAA", "CNAME", "TXT", "NS", "MX", "SRV", "CAA", "PTR", "SOA"]),
            required: false,
            default: "A",
            doc: "The record type.",
        },
        ParamSpec {
            name: "resolvers",
            ty: ParamType::Any,
            required: false,
            default: "the zone's name servers",
            doc: "A list of resolvers' IP addresses, or `system` for the machine's own.",
        },
        ParamSpec { name: "timeout", ty: ParamType::Duration, required: false, default: "5s", doc: "How long to wait." },
    ],
    rule: None,
    fields: &[
        FieldSpec {
            name: "values",
            ty: ParamType::List(&ParamType::String),
            doc: "The records' values, sorted; names without the last dot. Empty when the name or type does not exist.",
        },
        FieldSpec {
            name: "ttl",
            ty: ParamType::Integer { min: 0, max: i64::MAX },
            doc: "The smallest TTL in seconds; null without values.",
        },
        FieldSpec { name: "server", ty: ParamType::String, doc: "Who answered." },
    ],
    permissions: &[],
    needs_target: false,
    requests: Requests::Read,
    rpo_field: None,
    pace: None,
    healthy: None,
    example: "{name: api.example.com, type: A, resolvers: [1.1.1.1, 8.8.8.8]}",
    expect: "values == [\"198.51.100.20\"] and ttl <= 60",
};

/// See the file's text.
#[derive(Debug)]
pub(super) struct Dns;

#[async_trait]
impl Probe for Dns {
    fn spec(&self) -> &'static ProbeSpec {
        &SPEC
    }

    async fn sample(&self, cx: &Cx, with: &Value) -> Result<Sample, Failure> {
        let with = With::new(SPEC.name, with);
        let query = DnsQuery {
            name: plain_name(&with.text("name")?),
            kind: with.text_opt("type")?.map_or_else(|| "A".to_owned(), |kind| kind.to_ascii_uppercase()),
            via: via(&with)?,
            timeout: with.duration_opt("timeout")?.unwrap_or(Duration::from_secs(5)).min(cx.timeout),
            caller: cx.caller.clone(),
        };
        let kind = query.kind.clone();
        let answer = cx.world.dns().query(query).await?;
        let shown = match answer.values.as_slice() {
            [] => format!("no {kind} record"),
            [first, second, third, rest @ ..] if !rest.is_empty() => format!("{first}, {second}, {third} and {} more", rest.len()),
            values => values.join(", "),
        };
        Ok(Sample { shown, number: None, fields: json!({"values": answer.values, "ttl": answer.ttl, "server": answer.server}) })
    }
}

fn via(with: &With<'_>) -> Result<DnsVia, Failure> {
    match with.get("resolvers") {
        None => Ok(DnsVia::Authoritative),
        Some(Value::String(word)) if word == "system" => Ok(DnsVia::System),
        Some(Value::String(one)) => address(with, one).map(|address| DnsVia::Resolvers(vec![address])),
        Some(_) => {
            let texts = with.texts("resolvers")?;
            if texts.is_empty() {
                return Err(with.wrong("`resolvers` is empty"));
            }
            texts.iter().map(|text| address(with, text)).collect::<Result<_, _>>().map(DnsVia::Resolvers)
        }
    }
}

fn address(with: &With<'_>, text: &str) -> Result<IpAddr, Failure> {
    text.trim().parse().map_err(|_| with.wrong(format!("`resolvers` takes IP addresses or the word system, not {text}")))
}
