//! A hosted zone: what its API shows at once, and what its name servers answer once a change has reached them.

use std::sync::Arc;

use jiff::Timestamp;
use winterbaume_route53::model::{AliasTarget, GeoLocation, ResourceRecord, ResourceRecordSet, ResourceRecords};

use super::names::{display_name, is_within, normal_name};
use super::records::{Key, Records};
use crate::world::sim::file::{GeoDef, RecordDef, ZoneDef};
use crate::world::sim::work::{Work, latest};

/// A hosted zone.
#[derive(Debug)]
pub(crate) struct Zone {
    pub(crate) def: ZoneDef,
    /// Without the last dot.
    pub(crate) name: String,
    /// The first is what there was at the beginning; each change adds one.
    versions: Vec<Version>,
    pub(crate) changes: Vec<Change>,
    start: Timestamp,
}

/// The zone's records after a change, and when the name servers have them.
#[derive(Debug)]
struct Version {
    records: Arc<Records>,
    live: Option<Timestamp>,
}

/// A change on its way to the name servers.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) id: String,
    pub(crate) comment: Option<String>,
    pub(crate) work: Work,
}

impl Change {
    pub(crate) fn status(&self, t: Timestamp) -> &'static str {
        if self.work.is_done(t) { "INSYNC" } else { "PENDING" }
    }

    /// When its status last changed.
    pub(crate) fn since(&self, t: Timestamp) -> Timestamp {
        latest(self.work.begun, t, self.work.done())
    }
}

impl Zone {
    pub(crate) fn new(def: &ZoneDef, start: Timestamp) -> Self {
        let name = normal_name(&def.name.value);
        let servers = name_servers(&def.id.value);
        let soa = format!("{}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400", servers[0]);
        let own = [set_of(&name, "NS", 172_800, &servers.map(|server| format!("{server}."))), set_of(&name, "SOA", 900, &[soa])];
        let sets = own.into_iter().chain(def.records.iter().map(record)).map(|mut set| {
            set.name = display_name(&set.name);
            if let Some(alias) = &mut set.alias_target {
                alias.d_n_s_name = display_name(&alias.d_n_s_name);
            }
            set
        });
        let records: Records = sets.map(|set| (Key::of(&set), set)).collect();
        let versions = vec![Version { records: Arc::new(records), live: Some(Timestamp::MIN) }];
        Self { def: def.clone(), name, versions, changes: Vec::new(), start }
    }

    /// Its four name servers.
    pub(crate) fn servers(&self) -> [String; 4] {
        name_servers(&self.def.id.value)
    }

    /// The records as the API shows them: with every change that was accepted.
    pub(crate) fn records(&self) -> &Records {
        // The first version is made with the zone, and none is ever removed.
        self.versions.last().map_or(&EMPTY, |version| &version.records)
    }

    /// When the records that the API shows last changed.
    pub(crate) fn since(&self, t: Timestamp) -> Timestamp {
        latest(self.start, t, self.changes.iter().map(|change| change.work.begun))
    }

    /// The records as the zone's name servers have them at `t`, and since when.
    pub(crate) fn served(&self, t: Timestamp) -> (&Records, Timestamp) {
        let live = self.versions.iter().rfind(|version| version.live.is_some_and(|live| live <= t));
        live.map_or((&EMPTY, self.start), |version| (&version.records, version.live.unwrap_or(self.start).max(self.start)))
    }

    /// Takes a change that was checked.
    pub(crate) fn change(&mut self, records: Records, change: Change) {
        self.versions.push(Version { records: Arc::new(records), live: change.work.done() });
        self.changes.push(change);
    }

    /// Whether `name` is in it.
    pub(crate) fn covers(&self, name: &str) -> bool {
        is_within(name, &self.name)
    }
}

static EMPTY: Records = Records::new();

/// Names as Route 53 gives them to a zone: four, under four top-level domains.
fn name_servers(zone_id: &str) -> [String; 4] {
    let n: u32 = zone_id.bytes().map(u32::from).sum::<u32>() % 500;
    [
        format!("ns-{n}.awsdns-{:02}.com", n / 8),
        format!("ns-{}.awsdns-{:02}.net", n + 512, n / 8),
        format!("ns-{}.awsdns-{:02}.org", n + 1024, n / 8),
        format!("ns-{}.awsdns-{:02}.co.uk", n + 1536, n / 8),
    ]
}

fn set_of(name: &str, kind: &str, ttl: i64, values: &[String]) -> ResourceRecordSet {
    let items = values.iter().map(|value| ResourceRecord { value: value.clone() }).collect();
    ResourceRecordSet {
        name: name.to_owned(),
        r#type: kind.to_owned(),
        t_t_l: Some(ttl),
        resource_records: Some(ResourceRecords { items }),
        ..ResourceRecordSet::default()
    }
}

/// A record of the file as a request would have it.
pub(crate) fn record(def: &RecordDef) -> ResourceRecordSet {
    let place = |place: &GeoDef| GeoLocation {
        continent_code: place.continent.clone(),
        country_code: place.country.clone(),
        subdivision_code: place.subdivision.clone(),
    };
    let mut set = set_of(&def.name.value, &def.kind.to_ascii_uppercase(), def.ttl.unwrap_or(0).into(), &def.values);
    set.set_identifier = def.set.clone();
    set.weight = def.weight.map(i64::from);
    set.failover = def.failover.clone();
    set.region = def.region.clone();
    set.geo_location = def.geo.as_ref().map(place);
    set.multi_value_answer = def.multivalue.then_some(true);
    set.health_check_id = def.health_check.as_ref().map(|id| id.value.clone());
    if let Some(alias) = &def.alias {
        set.t_t_l = None;
        set.resource_records = None;
        set.alias_target = Some(AliasTarget {
            d_n_s_name: alias.name.clone(),
            evaluate_target_health: alias.evaluate_target_health,
            hosted_zone_id: alias.zone.clone(),
        });
    }
    set
}
