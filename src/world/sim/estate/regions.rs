//! Which region is up when.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::world::sim::file::WorldFile;

/// An outage: from a time on, until a time or for good.
type Outage = (Timestamp, Option<Timestamp>);

/// The regions and their outages.
#[derive(Debug)]
pub(crate) struct Regions {
    /// Ordered and disjoint.
    outages: HashMap<String, Vec<Outage>>,
}

impl Regions {
    pub(crate) fn new(file: &WorldFile) -> Self {
        let outages = file.regions.keys().map(|region| (region.clone(), merged(raw(file, region)))).collect();
        Self { outages }
    }

    /// Whether the world has the region at all.
    pub(crate) fn has(&self, region: &str) -> bool {
        self.outages.contains_key(region)
    }

    fn of(&self, region: &str) -> &[Outage] {
        self.outages.get(region).map_or(&[], Vec::as_slice)
    }

    /// The beginning of the outage the region is in; `None` when it is up.
    pub(crate) fn down_since(&self, region: &str, t: Timestamp) -> Option<Timestamp> {
        self.of(region).iter().find(|(from, until)| *from <= t && until.is_none_or(|until| t < until)).map(|(from, _)| *from)
    }

    pub(crate) fn is_up(&self, region: &str, t: Timestamp) -> bool {
        self.down_since(region, t).is_none()
    }

    /// All moments at which the region goes down or comes back.
    pub(crate) fn changes(&self, region: &str) -> impl Iterator<Item = Timestamp> {
        self.of(region).iter().flat_map(|(from, until)| [Some(*from), *until]).flatten()
    }
}

/// The outages as the file's events and faults give them.
fn raw(file: &WorldFile, region: &str) -> Vec<Outage> {
    let mut moments: Vec<(Timestamp, bool)> = file
        .events
        .iter()
        .filter_map(|event| {
            let (name, up) = match (&event.region_down, &event.region_up) {
                (Some(name), _) => (name, false),
                (None, Some(name)) => (name, true),
                (None, None) => return None,
            };
            (name.value == region).then(|| (event.at.value.resolve(file.start), up))
        })
        .collect();
    moments.sort();
    let mut outages: Vec<Outage> = Vec::new();
    for (at, up) in moments {
        let open = outages.last_mut().filter(|(_, until)| until.is_none());
        match (open, up) {
            (Some((_, until)), true) => *until = Some(at),
            (None, false) => outages.push((at, None)),
            (Some(_), false) | (None, true) => {}
        }
    }
    let faults = file.faults.iter().map(|fault| &fault.value).filter(|fault| fault.region_down.as_ref().is_some_and(|r| r.value == region));
    outages.extend(faults.map(|fault| {
        let from = fault.from.map_or(Timestamp::MIN, |when| when.resolve(file.start));
        (from, fault.until.map(|when| when.resolve(file.start)))
    }));
    outages
}

fn merged(mut outages: Vec<Outage>) -> Vec<Outage> {
    outages.sort_by_key(|(from, _)| *from);
    let mut merged: Vec<Outage> = Vec::new();
    for (from, until) in outages {
        match merged.last_mut() {
            Some((_, end)) if end.is_none_or(|end| from <= end) => {
                *end = match (*end, until) {
                    (Some(a), Some(b)) => Some(a.max(b)),
                    _ => None,
                };
            }
            _ => merged.push((from, until)),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn outages_that_touch_are_one() {
        let merged = merged(vec![(at(50), Some(at(60))), (at(10), Some(at(20))), (at(15), Some(at(30))), (at(55), None)]);
        assert_eq!(merged, [(at(10), Some(at(30))), (at(50), None)]);
    }
}
