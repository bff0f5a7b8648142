//! An HTTP service at an address: healthy only if everything below it is.

use std::net::IpAddr;

use jiff::Timestamp;

use super::Estate;
use crate::world::sim::file::{ServiceDef, WorldFile};
use crate::world::sim::work::latest;

/// A service.
#[derive(Debug)]
pub(crate) struct Answering {
    pub(crate) def: ServiceDef,
    /// Where the instance that must take its writes stands among the databases.
    writer: Option<usize>,
}

/// How a service is.
#[derive(Debug, PartialEq)]
pub(crate) enum Health {
    /// Its region is down: nothing answers.
    Gone,
    /// Nothing below it takes writes.
    NoWriter,
    /// So much of the capacity its load needs, above 0 and below 1; or none at all.
    Short(f64),
    Healthy,
}

impl Answering {
    pub(crate) fn new(def: &ServiceDef, file: &WorldFile) -> Self {
        let writer = def.writer.as_ref().and_then(|name| file.instance(&name.value, &def.region.value, None).ok());
        Self { def: def.clone(), writer }
    }

    pub(crate) fn is_at(&self, address: IpAddr) -> bool {
        self.def.address.value == address
    }

    /// How it is at `t`, and since when.
    pub(crate) fn health(&self, estate: &Estate, t: Timestamp) -> (Health, Timestamp) {
        let region = &self.def.region.value;
        let mut since = latest(estate.start, t, estate.regions.changes(region));
        if !estate.regions.is_up(region, t) {
            return (Health::Gone, since);
        }
        if let Some(writer) = self.writer.and_then(|writer| estate.databases.get(writer)) {
            let elsewhere = &writer.def.region.value;
            let (takes, writes_since) = writer.takes_writes(t);
            since = since.max(writes_since).max(latest(estate.start, t, estate.regions.changes(elsewhere)));
            if !takes || !estate.regions.is_up(elsewhere, t) {
                return (Health::NoWriter, since);
            }
        }
        let group = self.def.nodegroup.as_ref().and_then(|name| {
            let (cluster, group) = name.value.split_once('/')?;
            let cluster = estate.clusters.iter().find(|c| c.def.cluster.value == cluster && c.def.region.value == *region)?;
            cluster.groups.get(group)
        });
        if let Some(group) = group {
            let (enough, enough_since) = group.has(self.def.nodes_needed, t);
            if !enough {
                let part = f64::from(group.in_service(t)) / f64::from(self.def.nodes_needed.max(1));
                return (Health::Short(part), since.max(group.count_since(t)));
            }
            since = since.max(enough_since);
        }
        (Health::Healthy, since)
    }
}
