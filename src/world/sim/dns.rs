//! DNS look-ups in the world: its zones' own servers, or resolvers with their caches.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;

use super::audit::AuditEntry;
use super::dice::Dist;
use super::estate::{Answer, Estate, authoritative, normal_name, zone_of};
use super::fault::{Place, Verdict};
use super::ledger::Line;
use super::world::Inner;
use crate::clock::Clock;
use crate::plan::{Failure, FailureKind};
use crate::world::{Dns, DnsAnswer, DnsQuery, DnsVia};

/// How the machine's own resolver is called.
pub(crate) const SYSTEM: &str = "system";
/// What a look-up takes.
const LATENCY: Dist = Dist::ms(15, 40);

/// The world's DNS.
#[derive(Debug)]
pub(crate) struct SimDns {
    pub(crate) world: Arc<Inner>,
}

struct Decided {
    n: u64,
    struck: Vec<usize>,
    result: Result<(Answer, String), String>,
    takes: Duration,
    request_id: String,
}

#[async_trait]
impl Dns for SimDns {
    async fn query(&self, query: DnsQuery) -> Result<DnsAnswer, Failure> {
        let at = Clock::now(self.world.clock());
        let (decided, start) = self.world.with_estate(|estate| (decide(estate, &query, at.wall), estate.start));
        let Decided { n, struck, result, takes, request_id } = decided;
        let (result, takes) = if takes >= query.timeout {
            let late = format!("no answer about {} within {:.1} s", query.name, query.timeout.as_secs_f64());
            (Err(late), query.timeout)
        } else {
            (result, takes)
        };
        let call = AuditEntry {
            at,
            took: takes,
            caller: query.caller.clone(),
            service: "dns".into(),
            operation: query.kind.clone(),
            region: String::new(),
            resource: query.name.clone(),
            params: json!({ "via": via(&query.via) }),
            outcome: result.as_ref().map(|_| ()).map_err(|_| "NoAnswer".into()),
            mutating: false,
            answered: result.is_ok(),
            request_id,
            settled_since: result.as_ref().map_or(start, |(answer, _)| answer.since),
        };
        self.world.note(Line { n, call, struck, reached: None });
        self.world.clock().sleep(takes).await;
        match result {
            Ok((answer, server)) => Ok(DnsAnswer { values: answer.values, ttl: answer.ttl, server }),
            Err(message) => Err(Failure {
                resource: query.name,
                ..Failure::new(FailureKind::Unreachable, message, "check the name, the zone under `route53:` and the resolvers")
            }),
        }
    }
}

fn via(via: &DnsVia) -> String {
    match via {
        DnsVia::Authoritative => "authoritative".into(),
        DnsVia::System => SYSTEM.into(),
        DnsVia::Resolvers(list) => list.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
    }
}

fn decide(estate: &mut Estate, query: &DnsQuery, t: jiff::Timestamp) -> Decided {
    let n = estate.next_call();
    let request_id = estate.dice.request_id(n);
    let strike = estate.faults.strike(Place { service: "dns", operation: &query.kind, region: "" }, t, n);
    let takes = estate.dice.draw(LATENCY, "dns", n) + strike.latency;
    let struck = strike.by;
    match strike.verdict {
        Some(Verdict::Hang) => return Decided { n, struck, result: Err(String::new()), takes: query.timeout, request_id },
        Some(Verdict::Error { code, .. }) => {
            let refused = format!("the name server answered {code} for {}", query.name);
            return Decided { n, struck, result: Err(refused), takes, request_id };
        }
        _ => {}
    }
    let name = normal_name(&query.name);
    let result = match &query.via {
        DnsVia::Authoritative => match zone_of(&estate.zones, &name) {
            None => Err(format!("no name server found for {name}: the simulated world has no public zone for it")),
            Some(zone) => {
                let [first, ..] = zone.servers();
                let roll = estate.dice.uniform("dns/authoritative", n);
                let kind = query.kind.to_ascii_uppercase();
                Ok((authoritative(estate, &name, &kind, t, roll), first))
            }
        },
        DnsVia::System => Ok((estate.ask(SYSTEM, (&name, &query.kind), t), SYSTEM.into())),
        DnsVia::Resolvers(list) => {
            let resolver = list.first().map_or_else(|| SYSTEM.to_owned(), ToString::to_string);
            Ok((estate.ask(&resolver, (&name, &query.kind), t), resolver))
        }
    };
    Decided { n, struck, result, takes, request_id }
}
