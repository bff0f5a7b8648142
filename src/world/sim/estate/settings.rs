//! What a node group has besides its sizes: labels, taints, and how it is updated and repaired.

use std::collections::BTreeMap;

use serde_json::json;
use winterbaume_eks::model::{NodeRepairConfig, NodegroupUpdateConfig, Taint, UpdateNodegroupConfigRequest, WarmPoolConfig};

use crate::world::sim::file::NodegroupDef;

/// The settings of a node group. What an update does not name stays as it is.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) taints: Vec<Taint>,
    pub(crate) update: NodegroupUpdateConfig,
    pub(crate) repair: NodeRepairConfig,
    pub(crate) warm_pool: Option<WarmPoolConfig>,
}

/// The type and the value of one thing that an update changes, as DescribeUpdate lists them.
pub(crate) type Param = (&'static str, String);

impl Settings {
    pub(super) fn new(def: &NodegroupDef) -> Self {
        let taint = |taint: &crate::world::sim::file::TaintDef| Taint {
            effect: Some(taint.effect.value.clone()),
            key: Some(taint.key.clone()),
            value: Some(taint.value.clone()),
        };
        Self {
            labels: def.labels.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
            taints: def.taints.iter().map(taint).collect(),
            update: NodegroupUpdateConfig { max_unavailable: Some(1), ..NodegroupUpdateConfig::default() },
            repair: NodeRepairConfig { enabled: Some(false), ..NodeRepairConfig::default() },
            warm_pool: None,
        }
    }

    /// What they are after a request, and what of it is new.
    pub(crate) fn after(&self, request: &UpdateNodegroupConfigRequest) -> (Self, Vec<Param>) {
        let (mut settings, mut params) = (self.clone(), Vec::new());
        if let Some(change) = &request.labels {
            settings.relabel(change.add_or_update_labels.iter().flatten(), change.remove_labels.iter().flatten(), &mut params);
        }
        if let Some(change) = &request.taints {
            let (add, remove) = (change.add_or_update_taints.as_deref(), change.remove_taints.as_deref());
            settings.retaint(add.unwrap_or_default(), remove.unwrap_or_default(), &mut params);
        }
        if let Some(update) = &request.update_config {
            if update.max_unavailable.is_some() || update.max_unavailable_percentage.is_some() {
                (settings.update.max_unavailable, settings.update.max_unavailable_percentage) =
                    (update.max_unavailable, update.max_unavailable_percentage);
            }
            settings.update.update_strategy = update.update_strategy.clone().or(settings.update.update_strategy);
            params.extend(update.max_unavailable.map(|count| ("MaxUnavailable", count.to_string())));
            params.extend(update.max_unavailable_percentage.map(|part| ("MaxUnavailablePercentage", part.to_string())));
            params.extend(update.update_strategy.clone().map(|strategy| ("UpdateStrategy", strategy)));
        }
        if let Some(repair) = &request.node_repair_config {
            settings.repair = repair.clone();
            params.extend(repair.enabled.map(|enabled| ("NodeRepairEnabled", enabled.to_string())));
        }
        if let Some(pool) = &request.warm_pool_config {
            settings.warm_pool = Some(pool.clone());
            params.extend(pool.enabled.map(|enabled| ("WarmPoolEnabled", enabled.to_string())));
            params.extend(pool.min_size.map(|size| ("WarmPoolMinSize", size.to_string())));
            params.extend(pool.pool_state.clone().map(|state| ("WarmPoolState", state)));
        }
        (settings, params)
    }

    fn relabel<'a>(
        &mut self,
        add: impl Iterator<Item = (&'a String, &'a String)>,
        remove: impl Iterator<Item = &'a String>,
        params: &mut Vec<Param>,
    ) {
        let remove: Vec<&String> = remove.collect();
        if !remove.is_empty() {
            params.push(("LabelsToRemove", json!(remove).to_string()));
        }
        for key in remove {
            self.labels.remove(key);
        }
        // A map of the request has no order of its own, and the same request is shown in the same way.
        let add: BTreeMap<&String, &String> = add.collect();
        if !add.is_empty() {
            params.push(("LabelsToAdd", json!(add).to_string()));
        }
        self.labels.extend(add.into_iter().map(|(key, value)| (key.clone(), value.clone())));
    }

    fn retaint(&mut self, add: &[Taint], remove: &[Taint], params: &mut Vec<Param>) {
        // A taint is one key with one effect, as in Kubernetes; its value is what an update changes.
        let same = |a: &Taint, b: &Taint| a.key == b.key && a.effect == b.effect;
        for (kind, list) in [("TaintsToAdd", add), ("TaintsToRemove", remove)] {
            if !list.is_empty() {
                params.push((kind, json!(list).to_string()));
            }
        }
        self.taints.retain(|there| !remove.iter().chain(add).any(|taint| same(there, taint)));
        self.taints.extend(add.iter().cloned());
    }
}
