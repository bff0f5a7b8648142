//! Health checks of Route 53, and whether a record set is healthy.

use jiff::{SignedDuration, Timestamp};
use winterbaume_route53::model::ResourceRecordSet;

use super::names::normal_name;
use super::records::sets;
use super::resolver::zone_of;
use super::{Estate, Health};
use crate::world::sim::file::{HealthCheckDef, WorldFile};

/// Aliases that evaluate the health of aliases: more than so many are a circle.
const CHAIN_LIMIT: usize = 8;

/// A health check. Those that records name and the file does not explain are always healthy.
#[derive(Debug, Clone)]
pub(crate) struct HealthCheck {
    pub(crate) id: String,
    pub(crate) def: Option<HealthCheckDef>,
}

pub(super) fn all(file: &WorldFile) -> Vec<HealthCheck> {
    let mut all: Vec<HealthCheck> =
        file.route53.health_checks.iter().map(|def| HealthCheck { id: def.id.value.clone(), def: Some(def.clone()) }).collect();
    let records = file.route53.zones.iter().flat_map(|zone| &zone.records);
    for id in records.filter_map(|record| record.health_check.as_ref()) {
        if all.iter().all(|check| check.id != id.value) {
            all.push(HealthCheck { id: id.value.clone(), def: None });
        }
    }
    all
}

impl HealthCheck {
    /// Whether it says healthy at `t`: what it follows is seen as late as the check takes to be sure.
    pub(crate) fn is_healthy(&self, estate: &Estate, t: Timestamp) -> bool {
        let Some(def) = &self.def else { return true };
        let Some(name) = &def.service else { return true };
        let Some(service) = estate.services.iter().find(|service| service.def.name.value == name.value) else { return true };
        let late = SignedDuration::try_from(def.after.0).ok().and_then(|late| t.checked_sub(late).ok()).unwrap_or(Timestamp::MIN);
        let (health, _) = service.health(estate, late.max(estate.start));
        let path = def.path.as_ref().map_or(Some(200), |path| service.def.paths.get(path).copied());
        let answers = match health {
            Health::Healthy => true,
            // Checkers ask often enough to meet those that are turned away, and more than one failure in five is unhealthy.
            Health::Short(part) => def.path.is_none() || part > 0.8,
            Health::NoWriter => def.path.is_none(),
            Health::Gone => false,
        };
        answers && path.is_some_and(|status| (200..400).contains(&status))
    }
}

impl Estate {
    /// Whether a record set counts as healthy at `t`: by its health check and, of an alias that evaluates its target's health, by
    /// whether any set of the target is healthy. What the world does not know is healthy.
    pub(super) fn is_healthy(&self, set: &ResourceRecordSet, t: Timestamp, depth: usize) -> bool {
        let checked = set.health_check_id.as_ref().and_then(|id| self.health_checks.iter().find(|check| check.id == *id));
        if checked.is_some_and(|check| !check.is_healthy(self, t)) {
            return false;
        }
        let Some(alias) = set.alias_target.as_ref().filter(|alias| alias.evaluate_target_health && depth < CHAIN_LIMIT) else {
            return true;
        };
        let target = normal_name(&alias.d_n_s_name);
        let Some(zone) = zone_of(&self.zones, &target) else { return true };
        let sets = sets(zone.served(t).0, &target, &set.r#type);
        sets.is_empty() || sets.iter().any(|set| self.is_healthy(set, t, depth + 1))
    }
}
