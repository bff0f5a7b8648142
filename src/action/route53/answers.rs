//! What is answered after a shift: by the zone's own name servers where they can be asked, otherwise by Route 53 itself (TestDNSAnswer).
//! Where neither can be asked, INSYNC is Route 53's own word that its name servers have the change, and the note says what was not
//! looked at.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use aws_sdk_route53::types::ResourceRecordSet;
use futures::future::join_all;

use super::wanted::Record;
use crate::action::Cx;
use crate::action::aws::Aws;
use crate::action::reads::route53::{self as records, Zone, plain_name};
use crate::plan::Failure;
use crate::world::{DnsAnswer, DnsQuery, DnsVia};

/// How many names Route 53 is asked about in one look: it takes five requests a second.
const MOST_ASKED: usize = 20;

/// A name that was shifted.
pub(super) struct Name<'a> {
    pub(super) wanted: &'a Record,
    pub(super) sets: &'a [ResourceRecordSet],
}

/// What the answers say.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answers {
    /// What is still waited for.
    Waiting(String),
    /// They are as wanted, as far as could be asked.
    Fine { answered: Option<Vec<String>>, note: Option<String> },
}

/// What may be answered for a name.
#[derive(Debug, PartialEq)]
enum Expected {
    /// One of these.
    Values(BTreeSet<String>),
    /// What the targets of aliases answer: those of sets with a weight, and those of the others.
    Targets { wanted: Vec<ResourceRecordSet>, others: Vec<ResourceRecordSet> },
    /// It cannot be told: why.
    Anything(String),
}

/// What is found out of one name.
enum Found {
    Waiting(String),
    Fine(Vec<String>),
    Noted { answered: Vec<String>, note: String },
}

/// Asks what can be asked. `wait` is what the author says of waiting for name servers.
pub(super) async fn look(cx: &Cx, aws: &Aws, zone: &Zone, names: &[Name<'_>], wait: Option<bool>) -> Answers {
    let noted = |note: String| Answers::Fine { answered: None, note: Some(note) };
    if wait == Some(false) {
        return noted("name servers were not asked: wait_for_dns is false".into());
    }
    if zone.private && wait.is_none() {
        let why = "only its VPCs can ask for the names of a private zone; the change is INSYNC";
        return noted(format!("name servers were not asked: {why}"));
    }
    let look = Look { cx, aws, zone, wait };
    let (first, rest) = names.split_at(names.len().min(MOST_ASKED));
    let mut found = join_all(first.iter().map(|name| look.name(name))).await;
    // Name servers that answer may be asked as often as one likes.
    let servers_answer = found.iter().any(|found| matches!(found, Found::Fine(_)));
    let free = |name: &&Name<'_>| servers_answer && matches!(expected(name.sets, &name.wanted.kind), Expected::Values(_));
    let (free, left): (Vec<&Name<'_>>, Vec<&Name<'_>>) = rest.iter().partition(free);
    found.extend(join_all(free.into_iter().map(|name| look.name(name))).await);
    if !left.is_empty() {
        let note = format!("{} of {} names were not asked about; the change is INSYNC for all of them", left.len(), names.len());
        found.push(Found::Noted { answered: Vec::new(), note });
    }
    together(found)
}

fn together(found: Vec<Found>) -> Answers {
    let (mut answered, mut notes, mut waiting) = (BTreeSet::new(), Vec::<String>::new(), Vec::<String>::new());
    for found in found {
        match found {
            Found::Waiting(text) => waiting.push(text),
            Found::Fine(values) => answered.extend(values),
            Found::Noted { answered: values, note } => {
                answered.extend(values);
                if !notes.contains(&note) {
                    notes.push(note);
                }
            }
        }
    }
    if let Some(first) = waiting.first() {
        let more = if waiting.len() > 1 { format!(", and {} more", waiting.len() - 1) } else { String::new() };
        return Answers::Waiting(format!("{first}{more}; the change is INSYNC"));
    }
    let note = (!notes.is_empty()).then(|| {
        let more = notes.len().saturating_sub(3);
        notes.truncate(3);
        let more = if more > 0 { format!("; and {more} more like these") } else { String::new() };
        notes.join("; ") + &more
    });
    Answers::Fine { answered: (!answered.is_empty()).then(|| answered.into_iter().collect()), note }
}

struct Look<'a> {
    cx: &'a Cx,
    aws: &'a Aws,
    zone: &'a Zone,
    wait: Option<bool>,
}

impl Look<'_> {
    async fn name(&self, name: &Name<'_>) -> Found {
        match expected(name.sets, &name.wanted.kind) {
            Expected::Anything(why) => {
                Found::Noted { answered: Vec::new(), note: format!("name servers were not asked: {why}; the change is INSYNC") }
            }
            Expected::Values(expected) => self.values(name.wanted, &expected).await,
            Expected::Targets { wanted, others } => self.targets(name.wanted, &wanted, &others).await,
        }
    }

    /// Asks the zone's name servers; in a private zone, which the author wants to be asked, this machine's resolvers, which must be in one
    /// of its VPCs.
    async fn values(&self, record: &Record, expected: &BTreeSet<String>) -> Found {
        let via = if self.zone.private { DnsVia::System } else { DnsVia::Authoritative };
        let answer = self.ask(&asked_name(&record.name), &record.kind, via).await;
        let silent = match &answer {
            Ok(answer) => match difference(expected, answer) {
                None => return Found::Fine(answer.values.clone()),
                // A server that says nothing may be another zone's: port 53 is intercepted, or the zone is not the one delegated to.
                Some(_) if answer.values.is_empty() => format!("{} answers nothing", answer.server),
                Some(waiting_for) => return Found::Waiting(waiting_for),
            },
            Err(failure) => failure.message.clone(),
        };
        if self.wait == Some(true) || self.zone.private {
            return Found::Waiting(match &answer {
                Ok(answer) => format!("{} to answer at all", answer.server),
                Err(_) => format!("name servers of {} to answer ({silent})", self.zone.shown()),
            });
        }
        match records::answer(self.aws, self.zone, &asked_name(&record.name), &record.kind).await {
            Ok(values) => {
                let said = DnsAnswer { values, ttl: None, server: "Route 53".into() };
                match difference(expected, &said) {
                    Some(waiting_for) => Found::Waiting(waiting_for),
                    None => {
                        let shown = said.values.join(", ");
                        let note = format!("name servers were not asked ({silent}): Route 53 itself answers {shown} (TestDNSAnswer)");
                        Found::Noted { answered: said.values, note }
                    }
                }
            }
            Err(failure) => Found::Noted {
                answered: Vec::new(),
                note: format!(
                    "name servers were not asked ({silent}); nor could Route 53 itself be asked ({}); the change is INSYNC",
                    in_short(&failure)
                ),
            },
        }
    }

    /// Whether Route 53 answers with what the targets of the wanted aliases have, as far as that can be told.
    async fn targets(&self, record: &Record, wanted: &[ResourceRecordSet], others: &[ResourceRecordSet]) -> Found {
        let sets: Vec<&str> = wanted.iter().filter_map(ResourceRecordSet::set_identifier).collect();
        let (sets, are) = (sets.join(", "), if sets.len() == 1 { "is an alias, whose" } else { "are aliases, whose" });
        let why = format!("name servers were not asked: {sets} {are} answers its own target decides");
        if self.zone.private {
            return Found::Noted { answered: Vec::new(), note: format!("{why}; the change is INSYNC") };
        }
        let answered = match records::answer(self.aws, self.zone, &asked_name(&record.name), &record.kind).await {
            Ok(values) => values,
            Err(failure) => {
                let note = format!("{why}; nor could Route 53 itself be asked ({}); the change is INSYNC", in_short(&failure));
                return Found::Noted { answered: Vec::new(), note };
            }
        };
        let said: BTreeSet<String> = answered.iter().map(|value| canonical(value)).collect();
        let (mine, theirs) = (self.addresses(wanted, &record.kind).await, self.addresses(others, &record.kind).await);
        let shown = if answered.is_empty() { "nothing".to_owned() } else { answered.join(", ") };
        if said.is_disjoint(&mine) && !said.is_disjoint(&theirs) {
            let lost: Vec<&str> = others.iter().filter_map(ResourceRecordSet::set_identifier).collect();
            let lost = lost.join(", ");
            return Found::Waiting(format!(
                "Route 53 to stop answering {shown}, which is what {lost} leads to: it answers so while no target of {sets} is healthy"
            ));
        }
        let whose = if said.is_disjoint(&mine) { ", whose addresses were not compared" } else { ", addresses of that target" };
        Found::Noted { answered, note: format!("{why}: Route 53 itself answers {shown}{whose} (TestDNSAnswer)") }
    }

    /// What the targets of aliases answer; nothing where they cannot be asked.
    async fn addresses(&self, sets: &[ResourceRecordSet], kind: &str) -> BTreeSet<String> {
        let all = join_all(sets.iter().map(|set| async {
            match set.alias_target() {
                Some(alias) if alias.hosted_zone_id() == self.zone.id => {
                    records::answer(self.aws, self.zone, &plain_name(alias.dns_name()), kind).await.unwrap_or_default()
                }
                Some(alias) => self.ask(&plain_name(alias.dns_name()), kind, DnsVia::System).await.map(|it| it.values).unwrap_or_default(),
                None => set.resource_records().iter().map(|record| record.value().to_owned()).collect(),
            }
        }));
        all.await.concat().iter().map(|value| canonical(value)).collect()
    }

    async fn ask(&self, name: &str, kind: &str, via: DnsVia) -> Result<DnsAnswer, Failure> {
        let query =
            DnsQuery { name: name.to_owned(), kind: kind.to_owned(), via, timeout: Duration::from_secs(5), caller: self.cx.caller.clone() };
        self.cx.world.dns().query(query).await
    }
}

/// Whether answers of this type are compared with the record sets.
pub(super) fn compared(kind: &str) -> bool {
    matches!(kind, "A" | "AAAA" | "CNAME")
}

/// The values that may be answered: those of all sets with a weight.
fn expected(sets: &[ResourceRecordSet], kind: &str) -> Expected {
    if !compared(kind) {
        return Expected::Anything(format!("answers of type {kind} are not compared"));
    }
    let weighty = |set: &&ResourceRecordSet| set.weight().is_some_and(|weight| weight > 0);
    let some = sets.iter().any(|set| weighty(&set));
    // Without any weight Route 53 answers with every set.
    let (answered, others): (Vec<&ResourceRecordSet>, Vec<&ResourceRecordSet>) = sets.iter().partition(|set| !some || weighty(set));
    if answered.iter().any(|set| set.alias_target().is_some()) {
        let owned = |sets: Vec<&ResourceRecordSet>| sets.into_iter().cloned().collect();
        return Expected::Targets { wanted: owned(answered), others: owned(others) };
    }
    Expected::Values(answered.iter().flat_map(|set| set.resource_records()).map(|record| canonical(record.value())).collect())
}

/// What is still waited for; `None` when the answer is one of those expected.
fn difference(expected: &BTreeSet<String>, answer: &DnsAnswer) -> Option<String> {
    let answered: BTreeSet<String> = answer.values.iter().map(|value| canonical(value)).collect();
    if answered.is_empty() {
        return Some(format!("{} to answer at all", answer.server));
    }
    let unexpected: Vec<&str> = answered.difference(expected).map(String::as_str).collect();
    (!unexpected.is_empty()).then(|| format!("{} to stop answering {}", answer.server, unexpected.join(", ")))
}

/// A wildcard is asked about by a name that it covers.
fn asked_name(record: &str) -> String {
    record.strip_prefix('*').map_or_else(|| record.to_owned(), |rest| format!("lifeboat-look{rest}"))
}

/// The same address or name written in the same way.
fn canonical(value: &str) -> String {
    value.parse::<IpAddr>().map_or_else(|_| plain_name(value), |address| address.to_string())
}

/// `AccessDenied`, or the message.
fn in_short(failure: &Failure) -> &str {
    failure.code.as_deref().unwrap_or(&failure.message)
}
