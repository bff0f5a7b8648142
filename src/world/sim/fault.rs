//! Faults: what goes wrong with calls, when, where and how likely.

use std::time::Duration;

use jiff::Timestamp;

use super::dice::{Dice, Dist};
use super::file::{FaultDef, GarbageDef, WorldFile};
use super::work::Frozen;

/// What a call is aimed at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) service: &'a str,
    pub(crate) operation: &'a str,
    pub(crate) region: &'a str,
}

/// What becomes of a call that is hit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Verdict {
    Throttled,
    AccessDenied,
    ExpiredCredentials,
    Error {
        code: String,
        status: u16,
        message: String,
    },
    /// The connection is reset before the call takes effect, or after.
    Reset {
        lost_answer: bool,
    },
    /// The call takes effect; its answer cannot be read.
    Garbage(GarbageDef),
    /// Nothing ever comes back, and nothing happens.
    Hang,
}

#[derive(Debug, Clone)]
enum Kind {
    Latency(Dist),
    Verdict(Verdict),
    Stuck,
    Partial(f64),
}

#[derive(Debug)]
struct Fault {
    from: Timestamp,
    until: Option<Timestamp>,
    service: Option<String>,
    operation: Option<String>,
    region: Option<String>,
    probability: f64,
    left: Option<u32>,
    kind: Kind,
}

impl Fault {
    fn new(def: &FaultDef, start: Timestamp) -> Option<Self> {
        let kind = if let Some(dist) = def.latency {
            Kind::Latency(dist)
        } else if def.stuck {
            Kind::Stuck
        } else if let Some(part) = &def.partial {
            Kind::Partial(part.value)
        } else {
            Kind::Verdict(verdict(def)?)
        };
        Some(Self {
            from: def.from.map_or(Timestamp::MIN, |when| when.resolve(start)),
            until: def.until.map(|when| when.resolve(start)),
            service: def.service.as_ref().map(|name| name.value.clone()),
            operation: def.operation.as_ref().map(|name| name.value.clone()),
            region: def.region.as_ref().map(|name| name.value.clone()),
            probability: def.probability.as_ref().map_or(1.0, |p| p.value),
            left: def.times,
            kind,
        })
    }

    fn is_on(&self, t: Timestamp) -> bool {
        self.from <= t && self.until.is_none_or(|until| t < until)
    }

    fn is_at(&self, place: Place<'_>) -> bool {
        let matches = |wanted: &Option<String>, is: &str| wanted.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(is));
        // A fault that names no service is about AWS: a throttled API must not throttle a look-up.
        let service = self.service.as_ref().map_or(!matches!(place.service, "http" | "dns" | "process"), |wanted| wanted == place.service);
        service && matches(&self.operation, place.operation) && matches(&self.region, place.region)
    }

    /// Whether it hits this time, by its probability and the number of hits it has left.
    fn hits(&mut self, dice: Dice, number: usize, n: u64) -> bool {
        if self.left == Some(0) || (self.probability < 1.0 && dice.uniform(&format!("fault/{number}"), n) >= self.probability) {
            return false;
        }
        if let Some(left) = &mut self.left {
            *left -= 1;
        }
        true
    }
}

fn verdict(def: &FaultDef) -> Option<Verdict> {
    if def.throttle {
        Some(Verdict::Throttled)
    } else if def.access_denied {
        Some(Verdict::AccessDenied)
    } else if def.expired_credentials {
        Some(Verdict::ExpiredCredentials)
    } else if def.reset {
        Some(Verdict::Reset { lost_answer: def.lost_answer })
    } else if def.hang {
        Some(Verdict::Hang)
    } else if let Some(garbage) = def.garbage {
        Some(Verdict::Garbage(garbage))
    } else {
        let error = def.error.as_ref()?;
        let message = if error.message.is_empty() { "injected by the world file" } else { &error.message };
        Some(Verdict::Error { code: error.code.clone(), status: error.status, message: message.into() })
    }
}

/// The faults of a world.
#[derive(Debug)]
pub(crate) struct Faults {
    list: Vec<Fault>,
    dice: Dice,
}

/// What hits one call.
#[derive(Debug, Default)]
pub(crate) struct Strike {
    pub(crate) latency: Duration,
    pub(crate) verdict: Option<Verdict>,
    /// The faults that hit it, by their place in the list.
    pub(crate) by: Vec<usize>,
}

impl Faults {
    /// Those of the file that are about calls; regions that go down are in [`super::estate::Regions`].
    pub(crate) fn new(file: &WorldFile, dice: Dice) -> Self {
        Self { list: file.faults.iter().filter_map(|def| Fault::new(&def.value, file.start)).collect(), dice }
    }

    /// What hits the `n`-th call of the world. Latencies add up; of the rest the first in the file's order counts.
    pub(crate) fn strike(&mut self, place: Place<'_>, t: Timestamp, n: u64) -> Strike {
        let mut strike = Strike::default();
        for (number, fault) in self.list.iter_mut().enumerate() {
            let about_calls = match &fault.kind {
                Kind::Latency(_) => true,
                Kind::Verdict(_) => strike.verdict.is_none(),
                Kind::Stuck | Kind::Partial(_) => false,
            };
            if !about_calls || !fault.is_on(t) || !fault.is_at(place) || !fault.hits(self.dice, number, n) {
                continue;
            }
            strike.by.push(number);
            match &fault.kind {
                Kind::Latency(dist) => strike.latency += self.dice.draw(*dist, &format!("fault/{number}/latency"), n),
                Kind::Verdict(verdict) => strike.verdict = Some(verdict.clone()),
                Kind::Stuck | Kind::Partial(_) => {}
            }
        }
        strike
    }

    /// Counts a hit that was struck in an earlier process.
    pub(crate) fn struck(&mut self, number: usize) {
        if let Some(left) = self.list.get_mut(number).and_then(|fault| fault.left.as_mut()) {
            *left = left.saturating_sub(1);
        }
    }

    /// When work that begins at `t` with this call will be stuck.
    pub(crate) fn stuck(&mut self, place: Place<'_>, t: Timestamp, n: u64) -> Vec<Frozen> {
        let dice = self.dice;
        let ahead = |fault: &Fault| matches!(fault.kind, Kind::Stuck) && fault.until.is_none_or(|until| until > t);
        self.list
            .iter_mut()
            .enumerate()
            .filter_map(|(number, fault)| {
                let hit = ahead(fault) && fault.is_at(place) && fault.hits(dice, number, n);
                hit.then_some(Frozen { from: fault.from, until: fault.until })
            })
            .collect()
    }

    /// The part of what is asked for with this call that will come.
    pub(crate) fn partial(&mut self, place: Place<'_>, t: Timestamp, n: u64) -> Option<f64> {
        let dice = self.dice;
        self.list.iter_mut().enumerate().find_map(|(number, fault)| {
            let Kind::Partial(part) = fault.kind else { return None };
            (fault.is_on(t) && fault.is_at(place) && fault.hits(dice, number, n)).then_some(part)
        })
    }
}
