//! Whom to ask, and what the answer says.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::join_all;
use hickory_resolver::proto::op::Message;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use hickory_resolver::system_conf::read_system_conf;

use super::exchange::{Question, ask};
use crate::clock;
use crate::plan::{Failure, FailureKind};
use crate::world::live::LiveClock;
use crate::world::{Dns, DnsAnswer, DnsQuery, DnsVia, Secrets};

/// Aliases that are followed across zones.
const ALIASES: usize = 8;
/// Name servers of a zone that are tried.
const SERVERS: usize = 4;
/// One server, before the next is tried.
const EACH: Duration = Duration::from_secs(3);

/// See the module's text.
#[derive(Debug)]
pub(in crate::world::live) struct LiveDns {
    clock: Arc<LiveClock>,
    secrets: Secrets,
    /// The machine's resolvers; `None`: read from the system each time, as the network may change under a long run.
    system: Option<Vec<SocketAddr>>,
    /// Where name servers listen: 53, but for tests.
    port: u16,
}

/// The records of one kind found for a name.
#[derive(Debug, Default)]
struct Found {
    values: BTreeSet<String>,
    ttl: Option<u32>,
    /// Where the last alias led, when it led on.
    alias: Option<Name>,
}

impl LiveDns {
    pub(in crate::world::live) fn new(clock: Arc<LiveClock>, secrets: Secrets) -> Self {
        Self { clock, secrets, system: None, port: 53 }
    }

    fn system(&self) -> Result<Vec<SocketAddr>, Failure> {
        if let Some(servers) = &self.system {
            return Ok(servers.clone());
        }
        let config = read_system_conf().map_err(|error| failure(format!("this machine's resolvers are not known: {error}")))?.0;
        let servers: Vec<SocketAddr> = config.name_servers().iter().map(|server| SocketAddr::new(server.ip, self.port)).collect();
        if servers.is_empty() { Err(failure("this machine has no resolvers".into())) } else { Ok(servers) }
    }

    /// The first server's answer, asked in order.
    async fn first(&self, servers: &[SocketAddr], question: &Question) -> Result<(SocketAddr, Message), Failure> {
        let mut last = String::new();
        for server in servers {
            match ask(self.clock.as_ref(), *server, question, EACH).await {
                Ok(message) => return Ok((*server, message)),
                Err(why) => last = format!("{}: {why}", server.ip()),
            }
        }
        Err(failure(format!("{} {} not answered: {last}", plain(&question.name), question.kind)))
    }

    /// All resolvers are asked: what any of them answers is what some client sees.
    async fn resolvers(&self, servers: &[SocketAddr], question: &Question) -> Result<DnsAnswer, Failure> {
        let all =
            join_all(servers.iter().map(|server| async move { (server, ask(self.clock.as_ref(), *server, question, EACH).await) })).await;
        let mut answer = DnsAnswer::default();
        let (mut values, mut answered, mut silent) = (BTreeSet::new(), Vec::new(), Vec::new());
        for (server, result) in all {
            match result {
                Ok(message) => {
                    let found = read(&message, &question.name, question.kind);
                    values.extend(found.values);
                    answer.ttl = least(answer.ttl, found.ttl);
                    answered.push(server.ip().to_string());
                }
                Err(why) => silent.push(format!("{}: {why}", server.ip())),
            }
        }
        if answered.is_empty() {
            return Err(failure(format!("{} {} not answered: {}", plain(&question.name), question.kind, silent.join("; "))));
        }
        answer.values = values.into_iter().collect();
        answer.server = answered.join(", ");
        Ok(answer)
    }

    /// The zone's own name servers, following aliases from zone to zone.
    async fn authoritative(&self, name: Name, kind: RecordType) -> Result<DnsAnswer, Failure> {
        let mut answer = DnsAnswer::default();
        let mut name = name;
        for _ in 0..ALIASES {
            let (server_name, servers) = self.servers_of(&name).await?;
            let question = Question { name: name.clone(), kind, recurse: false };
            let (server, message) = self.first(&servers, &question).await?;
            let found = read(&message, &name, kind);
            answer.ttl = least(answer.ttl, found.ttl);
            answer.server = format!("{server_name} ({})", server.ip());
            match found.alias {
                Some(alias) if found.values.is_empty() => name = alias,
                _ => {
                    answer.values = found.values.into_iter().collect();
                    return Ok(answer);
                }
            }
        }
        Err(failure(format!("{} leads through more than {ALIASES} aliases", plain(&name))))
    }

    /// The name servers of the zone that holds the name: the deepest name upwards that has NS records.
    async fn servers_of(&self, name: &Name) -> Result<(String, Vec<SocketAddr>), Failure> {
        let system = self.system()?;
        let mut zone = name.clone();
        while !zone.is_root() {
            let question = Question { name: zone.clone(), kind: RecordType::NS, recurse: true };
            let (_, message) = self.first(&system, &question).await?;
            let servers: Vec<Name> = message
                .answers
                .iter()
                .filter(|record| record.name.eq_ignore_root(&zone))
                .filter_map(|record| if let RData::NS(server) = &record.data { Some(server.0.clone()) } else { None })
                .take(SERVERS)
                .collect();
            let addresses = join_all(servers.iter().map(|server| self.addresses_of(&system, server))).await.concat();
            match servers.first() {
                Some(first) if !addresses.is_empty() => return Ok((plain(first), addresses)),
                Some(first) => return Err(failure(format!("{}, name server of {}, has no address", plain(first), plain(&zone)))),
                None => zone = zone.base_name(),
            }
        }
        let hint = "the zone may be private, or not be delegated, or port 53 may be closed here: look from a machine that can ask for it (in its \
                    VPC), or ask Route 53 itself with `route53.record`";
        Err(Failure { hint: hint.into(), ..failure(format!("no name servers found for {}", plain(name))) })
    }

    async fn addresses_of(&self, system: &[SocketAddr], server: &Name) -> Vec<SocketAddr> {
        for kind in [RecordType::A, RecordType::AAAA] {
            let question = Question { name: server.clone(), kind, recurse: true };
            let Ok((_, message)) = self.first(system, &question).await else { continue };
            let addresses: Vec<IpAddr> = read(&message, server, kind).values.iter().filter_map(|value| value.parse().ok()).collect();
            if !addresses.is_empty() {
                return addresses.into_iter().map(|address| SocketAddr::new(address, self.port)).collect();
            }
        }
        Vec::new()
    }
}

#[async_trait]
impl Dns for LiveDns {
    async fn query(&self, query: DnsQuery) -> Result<DnsAnswer, Failure> {
        let hide = |text: String| self.secrets.hide(&text).into_owned();
        match self.ask(query).await {
            Ok(answer) => Ok(DnsAnswer { values: answer.values.into_iter().map(hide).collect(), ..answer }),
            Err(failure) => Err(Failure { message: hide(failure.message), ..failure }),
        }
    }
}

impl LiveDns {
    async fn ask(&self, query: DnsQuery) -> Result<DnsAnswer, Failure> {
        let invalid = |message: String| Failure::new(FailureKind::Invalid, message, "correct the probe's `name` and `type`");
        let mut name = Name::from_str(&query.name).map_err(|_| invalid(format!("`{}` is not a DNS name", query.name)))?;
        name.set_fqdn(true);
        let kind = RecordType::from_str(&query.kind.to_ascii_uppercase())
            .map_err(|_| invalid(format!("`{}` is not a record type", query.kind)))?;
        let look = async {
            match &query.via {
                DnsVia::Authoritative => self.authoritative(name, kind).await,
                DnsVia::Resolvers(addresses) => {
                    let servers: Vec<SocketAddr> = addresses.iter().map(|address| SocketAddr::new(*address, self.port)).collect();
                    self.resolvers(&servers, &Question { name, kind, recurse: true }).await
                }
                DnsVia::System => {
                    let servers = self.system()?;
                    let question = Question { name, kind, recurse: true };
                    let (server, message) = self.first(&servers, &question).await?;
                    let found = read(&message, &question.name, kind);
                    Ok(DnsAnswer { values: found.values.into_iter().collect(), ttl: found.ttl, server: server.ip().to_string() })
                }
            }
        };
        let done = clock::timeout(self.clock.as_ref(), query.timeout, look).await;
        done.unwrap_or_else(|| Err(failure(format!("{} {} not answered within {} s", query.name, query.kind, query.timeout.as_secs_f64()))))
    }
}

fn failure(message: String) -> Failure {
    Failure::new(FailureKind::Unreachable, message, "check whether port 53 is open from here, and the zone's delegation and name servers")
}

/// The records of the kind, along the aliases that the answer holds.
fn read(message: &Message, name: &Name, kind: RecordType) -> Found {
    let mut found = Found::default();
    let mut at = name.clone();
    for _ in 0..=ALIASES {
        let mut next = None;
        for record in message.answers.iter().filter(|record| record.name.eq_ignore_root(&at)) {
            if record.record_type() == kind {
                found.values.insert(value(&record.data));
                found.ttl = least(found.ttl, Some(record.ttl));
            } else if let RData::CNAME(alias) = &record.data {
                found.ttl = least(found.ttl, Some(record.ttl));
                next = Some(alias.0.clone());
            }
        }
        match next {
            Some(alias) if found.values.is_empty() => {
                found.alias = Some(alias.clone());
                at = alias;
            }
            _ => break,
        }
    }
    found
}

fn least(one: Option<u32>, other: Option<u32>) -> Option<u32> {
    [one, other].into_iter().flatten().min()
}

/// A value as people write it.
fn value(data: &RData) -> String {
    match data {
        RData::TXT(text) => text.txt_data.iter().map(|part| String::from_utf8_lossy(part)).collect(),
        other => other.to_string().trim_end_matches('.').to_owned(),
    }
}

fn plain(name: &Name) -> String {
    name.to_string().trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests;
