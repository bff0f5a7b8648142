//! Zones, records and health checks of a world file: the API itself would take each of them.

use super::super::model::{HealthCheckDef, Name, RecordDef, ZoneDef};
use super::Check;
use crate::world::sim::estate::{BatchTo, RECORD_TYPES, Zone, impossible_records, name_problem, normal_name, record_set};

impl Check<'_> {
    pub(super) fn zones(&mut self) {
        let route53 = &self.file.route53;
        let zones = &route53.zones;
        self.unique("zone id", zones.iter().map(|zone| (&zone.id, zone.id.value.clone())));
        self.unique("health check", route53.health_checks.iter().map(|check| (&check.id, check.id.value.clone())));
        for check in &route53.health_checks {
            self.health_check(check);
        }
        if let Some(region) = &route53.asked_from.region {
            self.region(region);
        }
        for zone in zones {
            self.zone(zone);
        }
    }

    fn health_check(&mut self, check: &HealthCheckDef) {
        self.health_check_id(&check.id);
        if let Some(service) = &check.service {
            let names: Vec<&str> = self.file.services.iter().map(|service| service.name.value.as_str()).collect();
            self.refers(service, "service", &names);
        }
        if let Some(path) = &check.path {
            let service =
                self.file.services.iter().find(|service| check.service.as_ref().is_some_and(|name| name.value == service.name.value));
            if service.is_some_and(|service| !service.paths.contains_key(path)) {
                let help = "add it under the service's `paths`; without `path` a connection is enough";
                self.error(&check.id, format!("the health check asks for `{path}`, which its service does not have"), help);
            }
        }
    }

    fn health_check_id(&mut self, id: &Name) {
        let fits = |id: &str| !id.is_empty() && id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !fits(&id.value) {
            let help = "1 to 64 letters, digits and hyphens: `11111111-2222-3333-4444-555555555555`";
            self.error(id, format!("`{}` is no id of a health check", id.value), help);
        }
    }

    fn zone(&mut self, zone: &ZoneDef) {
        let before = self.found.len();
        if let Some(problem) = name_problem(&zone.name.value) {
            self.error(&zone.name, format!("`{}` is no domain name: {problem}", zone.name.value), "write `name: example.com`");
        }
        if zone.id.value.is_empty() || zone.id.value.len() > 32 || !zone.id.value.bytes().all(|b| b.is_ascii_alphanumeric()) {
            let help = "1 to 32 letters and digits: `Z0123456789EXAMPLE`";
            self.error(&zone.id, format!("`{}` is no id of a hosted zone", zone.id.value), help);
        }
        for record in &zone.records {
            self.record(zone, record);
        }
        let key = |record: &RecordDef| format!("{} {} {:?}", normal_name(&record.name.value), record.kind.to_ascii_uppercase(), record.set);
        self.unique("record", zone.records.iter().map(|record| (&record.name, key(record))));
        // What is said in the words of the file comes first; the API says the rest.
        if self.found.len() == before {
            self.possible(zone);
        }
    }

    fn record(&mut self, zone: &ZoneDef, record: &RecordDef) {
        let apex = normal_name(&zone.name.value);
        let name = normal_name(&record.name.value);
        if name != apex && !name.ends_with(&format!(".{apex}")) {
            self.error(&record.name, format!("`{name}` is not in the zone `{apex}`"), format!("a record's name ends in `.{apex}`"));
        }
        let kind = record.kind.to_ascii_uppercase();
        if !RECORD_TYPES.contains(&kind.as_str()) {
            let help = format!("Route 53 has: {}", RECORD_TYPES.join(", "));
            self.error(&record.name, format!("`{}` is no type of a record", record.kind), help);
        }
        match &record.alias {
            Some(_) if record.ttl.is_some() || !record.values.is_empty() => {
                self.error(&record.name, "an alias has neither a TTL nor values", "remove `ttl` and `values`, or `alias`");
            }
            None if record.ttl.is_none() || record.values.is_empty() => {
                self.error(&record.name, "a record has a TTL and at least one value", "write `ttl: 60, values: [203.0.113.10]`");
            }
            _ => {}
        }
        let policies = [
            ("weight", record.weight.is_some()),
            ("failover", record.failover.is_some()),
            ("region", record.region.is_some()),
            ("geo", record.geo.is_some()),
            ("multivalue", record.multivalue),
        ];
        let given: Vec<&str> = policies.iter().filter(|(_, given)| *given).map(|(policy, _)| *policy).collect();
        if given.len() > 1 {
            let message = format!("a record has one routing policy, this one has {}", given.join(" and "));
            self.error(&record.name, message, "one of: weight, failover, region, geo, multivalue");
        } else if given.is_empty() == record.set.is_some() {
            self.error(
                &record.name,
                "a record with a routing policy has a set identifier, and only such a record has one",
                "write `set: eu, weight: 100`",
            );
        }
        if let Some(failover) = record.failover.as_ref().filter(|kind| !matches!(kind.as_str(), "PRIMARY" | "SECONDARY")) {
            self.error(&record.name, format!("`failover: {failover}` is neither PRIMARY nor SECONDARY"), "write `failover: PRIMARY`");
        }
        if let Some(id) = &record.health_check {
            self.health_check_id(id);
        }
    }

    /// Whether Route 53 would take the records as they are.
    fn possible(&mut self, zone: &ZoneDef) {
        let route53 = &self.file.route53;
        let name = normal_name(&zone.name.value);
        let zones: Vec<&str> = route53.zones.iter().map(|zone| zone.id.value.as_str()).collect();
        let records = route53.zones.iter().flat_map(|zone| &zone.records).filter_map(|record| record.health_check.as_ref());
        let health_checks: Vec<&str> =
            records.chain(route53.health_checks.iter().map(|check| &check.id)).map(|id| id.value.as_str()).collect();
        let to = BatchTo { id: &zone.id.value, name: &name, zones: &zones, health_checks: &health_checks };
        let bare = Zone::new(&ZoneDef { records: Vec::new(), ..zone.clone() }, self.file.start);
        let sets: Vec<_> = zone.records.iter().map(record_set).collect();
        for (n, message) in impossible_records(to, bare.records(), &sets) {
            if let Some(record) = zone.records.get(n) {
                let message = format!(
                    "Route 53 would not take this record: {}",
                    message.strip_prefix('[').and_then(|message| message.strip_suffix(']')).unwrap_or(&message)
                );
                self.error(&record.name, message, "docs/world-format.md has the keys of records");
            }
        }
    }
}
