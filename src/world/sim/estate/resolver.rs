//! Who answers names: the zones' own servers, and resolvers that keep what they heard until its TTL has run out.
//!
//! The names of a world are busy: other people's look-ups keep every resolver's cache full, so an entry is renewed as soon as
//! it runs out. That makes the cache a function of time alone, whoever asked before.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use winterbaume_route53::model::ResourceRecordSet;

use super::names::normal_name;
use super::records::{Said, answer};
use super::routing::Asker;
use super::{Estate, Zone};
use crate::world::sim::work::{after, between};

/// Names that lead to names that lead to names: more than so many is a loop.
const CHAIN_LIMIT: usize = 8;
/// How long a resolver keeps that there is nothing, in seconds.
const NEGATIVE_TTL: u32 = 60;

/// An answer to one question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) values: Vec<String>,
    pub(crate) ttl: Option<u32>,
    /// When what was answered last changed.
    pub(crate) since: Timestamp,
}

/// What a resolver holds.
#[derive(Debug, Clone)]
struct Entry {
    answer: Answer,
    renewed: Timestamp,
    /// How often it has been renewed.
    n: u64,
}

impl Entry {
    fn lifetime(&self) -> Duration {
        Duration::from_secs(self.answer.ttl.unwrap_or(NEGATIVE_TTL).max(1).into())
    }
}

/// The resolvers' caches.
#[derive(Debug, Default)]
pub(crate) struct Resolvers {
    /// By resolver, name and type.
    entries: HashMap<(String, String, String), Entry>,
}

/// The zone with the longest name that covers `name`.
pub(crate) fn zone_of<'a>(zones: &'a [Zone], name: &str) -> Option<&'a Zone> {
    zones.iter().filter(|zone| !zone.def.private && zone.covers(name)).max_by_key(|zone| zone.name.len())
}

/// What the zones' own servers answer at `t`; `roll`, from 0 up to 1, decides between weighted sets.
pub(crate) fn authoritative(estate: &Estate, name: &str, kind: &str, t: Timestamp, roll: f64) -> Answer {
    let mut name = normal_name(name);
    let mut found = Answer { since: estate.start, ..Answer::default() };
    let healthy = |set: &ResourceRecordSet| estate.is_healthy(set, t, 0);
    let asker = Asker { roll, place: &estate.asked_from, healthy: &healthy };
    for _ in 0..CHAIN_LIMIT {
        let Some(zone) = zone_of(&estate.zones, &name) else { break };
        let (records, since) = zone.served(t);
        found.since = found.since.max(since);
        match answer(records, &name, kind, &asker) {
            Said::Values { values, ttl } => {
                found.ttl = Some(found.ttl.map_or(ttl, |before| before.min(ttl)));
                found.values = values;
                return found;
            }
            Said::Elsewhere { name: next, ttl } => {
                // An alias to something outside the world has the 60 s that Route 53 gives load balancers.
                found.ttl = Some(found.ttl.unwrap_or(u32::MAX).min(ttl.unwrap_or(60)));
                if kind == "CNAME" {
                    break;
                }
                name = next;
            }
            Said::Nothing => break,
        }
    }
    Answer { values: Vec::new(), ttl: None, ..found }
}

impl Resolvers {
    /// What `resolver` answers at `t`.
    pub(crate) fn ask(&mut self, resolver: &str, estate: &Estate, question: (&str, &str), t: Timestamp) -> Answer {
        let (name, kind) = (normal_name(question.0), question.1.to_ascii_uppercase());
        let (start, dice) = (estate.start, estate.dice);
        let what = format!("dns/{resolver}/{name}/{kind}");
        let fresh = |at: Timestamp, n: u64| authoritative(estate, &name, &kind, at, dice.uniform(&what, n));
        let entry = self.entries.entry((resolver.to_owned(), name.clone(), kind.clone())).or_insert_with(|| {
            // Somewhere in the middle of its life when the world starts.
            let answer = fresh(Timestamp::MIN, 0);
            let entry = Entry { answer, renewed: start, n: 0 };
            let age = entry.lifetime().mul_f64(dice.uniform(&what, u64::MAX));
            Entry { renewed: start.checked_sub(jiff::SignedDuration::try_from(age).unwrap_or_default()).unwrap_or(start), ..entry }
        });
        while after(entry.renewed, entry.lifetime()) <= t {
            let renewed = after(entry.renewed, entry.lifetime());
            let n = entry.n + 1;
            let mut answer = fresh(renewed, n);
            answer.since = if answer.values == entry.answer.values { entry.answer.since } else { renewed };
            *entry = Entry { answer, renewed, n };
        }
        let left = entry.lifetime().saturating_sub(between(entry.renewed, t));
        let ttl = entry.answer.ttl.map(|_| u32::try_from(left.as_secs()).unwrap_or(u32::MAX));
        Answer { ttl, ..entry.answer.clone() }
    }
}
