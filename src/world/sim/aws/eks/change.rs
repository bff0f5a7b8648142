//! UpdateNodegroupConfig: what it takes, and what it makes of a node group.

use winterbaume_eks::model::{Taint, UpdateNodegroupConfigRequest, UpdateNodegroupConfigResponse};
use winterbaume_eks::wire;

use super::super::reply::{Done, Refused};
use super::super::request::Moment;
use super::{find_group, invalid, shape};
use crate::world::sim::constraint::Constraints;
use crate::world::sim::estate::{Asked, Estate, Param, Update, UpdateError};
use crate::world::sim::file::TAINT_EFFECTS;

/// How many labels and taints a node group can have.
/// Source: EKS User Guide, quotas of managed node groups ("Labels per", "Taints per managed node group").
const MOST: usize = 50;
/// What EKS keeps for itself.
/// Source: EKS User Guide, "Create a managed node group": labels. Which prefixes are refused is inferred from the messages of EKS.
const RESERVED: [&str; 3] = ["kubernetes.io/", "k8s.io/", "eks.amazonaws.com/"];

pub(super) fn update(estate: &mut Estate, moment: Moment<'_>, input: &UpdateNodegroupConfigRequest) -> Result<Done, Refused> {
    let (cluster_name, group_name) = (input.cluster_name.as_str(), input.nodegroup_name.as_str());
    valid(input)?;
    let (_, group) = find_group(estate, moment, cluster_name, group_name)?;
    let before = group.asked();
    let config = input.scaling_config.clone().unwrap_or_default();
    let size = |given: Option<i32>, before: u32| given.and_then(|size| u32::try_from(size).ok()).unwrap_or(before);
    let asked = Asked {
        min: size(config.min_size, before.min),
        desired: size(config.desired_size, before.desired),
        max: size(config.max_size, before.max),
    };
    let (settings, changed) = group.settings().after(input);
    if settings.labels.len() > MOST || settings.taints.len() > MOST {
        return Err(invalid(format!("A node group has at most {MOST} labels and {MOST} taints")));
    }
    let sizes = [("MinSize", config.min_size), ("MaxSize", config.max_size), ("DesiredSize", config.desired_size)];
    let sizes = sizes.into_iter().filter_map(|(kind, size)| Some((kind, size?.to_string())));
    let params: Vec<Param> = sizes.chain(changed).collect();

    let token = input.client_request_token.as_deref();
    let request = serde_json::to_value(UpdateNodegroupConfigRequest { client_request_token: None, ..input.clone() });
    let request = request.map_err(|error| invalid(error.to_string()))?;
    let earlier = group.admit(asked, &request, token, moment.t).map_err(|error| match error {
        UpdateError::Busy(id) => in_use(format!("Nodegroup {group_name} already has an update in progress: {id}")),
        UpdateError::NotActive => in_use("Nodegroup cannot be updated as it is currently not in Active State".into()),
        UpdateError::TokenReused(id) => invalid(format!("The client request token was used with other parameters for the update {id}")),
        UpdateError::Invalid(message) => invalid(message),
    })?;
    if let Some(earlier) = earlier {
        return Ok(accepted(&earlier, moment));
    }
    let (joins, takes) = group.draws(estate.dice, cluster_name);
    let work = estate.work(moment.place, moment.t, moment.n, takes);
    let part = estate.faults.partial(moment.place, moment.t, moment.n);
    let id = estate.dice.request_id(u64::MAX - moment.n);
    let update = Update { id, token: token.map(str::to_owned), request, asked, settings, params, work };
    let answer = accepted(&update, moment);
    let group = estate
        .clusters
        .iter_mut()
        .filter(|cluster| cluster.def.cluster.value == cluster_name && cluster.def.region.value == moment.place.region)
        .find_map(|cluster| cluster.groups.get_mut(group_name));
    if let Some(group) = group {
        group.begin(update, joins, part);
    }
    Ok(answer)
}

fn in_use(message: String) -> Refused {
    Refused::new("ResourceInUseException", 409, message)
}

fn accepted(update: &Update, moment: Moment<'_>) -> Done {
    let response = UpdateNodegroupConfigResponse { update: Some(shape::update(update, moment.t)) };
    Done { response: wire::serialize_update_nodegroup_config_response(&response), since: update.since(moment.t) }
}

/// Source: the model of EKS, UpdateNodegroupConfigRequest. That a request without any change is refused is inferred.
fn valid(input: &UpdateNodegroupConfigRequest) -> Result<(), Refused> {
    let mut constraints = Constraints::default();
    let sizes = input.scaling_config.clone().unwrap_or_default();
    constraints.range(sizes.min_size, "scalingConfig.minSize", 0, i32::MAX);
    constraints.range(sizes.max_size, "scalingConfig.maxSize", 1, i32::MAX);
    constraints.range(sizes.desired_size, "scalingConfig.desiredSize", 0, i32::MAX);
    let add = input.labels.iter().flat_map(|labels| labels.add_or_update_labels.iter().flatten());
    for (key, value) in add {
        constraints.length(key, "labels.addOrUpdateLabels", 1, 63);
        constraints.length(value, "labels.addOrUpdateLabels", 1, 63);
        if RESERVED
            .iter()
            .any(|prefix| key.split('/').next().is_some_and(|domain| format!("{domain}/").ends_with(prefix)) && key.contains('/'))
        {
            return Err(invalid(format!("Label cannot contain reserved prefixes [{}]: {key}", RESERVED.join(", "))));
        }
    }
    let taints = input.taints.iter().flat_map(|taints| taints.add_or_update_taints.iter().chain(&taints.remove_taints).flatten());
    for Taint { effect, key, value } in taints {
        constraints.required(key.is_some(), "taints.key");
        constraints.required(effect.is_some(), "taints.effect");
        constraints.one_of(effect.as_deref(), "taints.effect", &TAINT_EFFECTS);
        constraints.length(key.as_deref().unwrap_or("?"), "taints.key", 1, 63);
        constraints.length(value.as_deref().unwrap_or(""), "taints.value", 0, 63);
    }
    let how = input.update_config.clone().unwrap_or_default();
    constraints.range(how.max_unavailable, "updateConfig.maxUnavailable", 1, 100);
    constraints.range(how.max_unavailable_percentage, "updateConfig.maxUnavailablePercentage", 1, 100);
    constraints.one_of(how.update_strategy.as_deref(), "updateConfig.updateStrategy", &["DEFAULT", "MINIMAL"]);
    let repair = input.node_repair_config.clone().unwrap_or_default();
    constraints.range(repair.max_unhealthy_node_threshold_count, "nodeRepairConfig.maxUnhealthyNodeThresholdCount", 1, i32::MAX);
    constraints.range(repair.max_unhealthy_node_threshold_percentage, "nodeRepairConfig.maxUnhealthyNodeThresholdPercentage", 1, 100);
    constraints.range(repair.max_parallel_nodes_repaired_count, "nodeRepairConfig.maxParallelNodesRepairedCount", 1, i32::MAX);
    constraints.range(repair.max_parallel_nodes_repaired_percentage, "nodeRepairConfig.maxParallelNodesRepairedPercentage", 1, 100);
    let pool = input.warm_pool_config.clone().unwrap_or_default();
    constraints.range(pool.min_size, "warmPoolConfig.minSize", 0, i32::MAX);
    constraints.one_of(pool.pool_state.as_deref(), "warmPoolConfig.poolState", &["STOPPED", "RUNNING", "HIBERNATED"]);
    if let Some(message) = constraints.message() {
        return Err(invalid(message));
    }
    let both = [
        (how.max_unavailable.is_some() && how.max_unavailable_percentage.is_some(), "maxUnavailable and maxUnavailablePercentage"),
        (
            repair.max_unhealthy_node_threshold_count.is_some() && repair.max_unhealthy_node_threshold_percentage.is_some(),
            "maxUnhealthyNodeThresholdCount and maxUnhealthyNodeThresholdPercentage",
        ),
        (
            repair.max_parallel_nodes_repaired_count.is_some() && repair.max_parallel_nodes_repaired_percentage.is_some(),
            "maxParallelNodesRepairedCount and maxParallelNodesRepairedPercentage",
        ),
    ];
    if let Some((_, what)) = both.iter().find(|(both, _)| *both) {
        return Err(invalid(format!("{what} cannot be given together")));
    }
    let anything = [
        sizes.min_size.is_some() || sizes.max_size.is_some() || sizes.desired_size.is_some(),
        input.labels.as_ref().is_some_and(|labels| {
            labels.add_or_update_labels.as_ref().is_some_and(|add| !add.is_empty())
                || labels.remove_labels.as_ref().is_some_and(|remove| !remove.is_empty())
        }),
        input
            .taints
            .as_ref()
            .is_some_and(|taints| [&taints.add_or_update_taints, &taints.remove_taints].into_iter().flatten().any(|list| !list.is_empty())),
        how.max_unavailable.is_some() || how.max_unavailable_percentage.is_some() || how.update_strategy.is_some(),
        input.node_repair_config.is_some(),
        input.warm_pool_config.is_some(),
    ];
    if !anything.contains(&true) {
        return Err(invalid("The request names nothing to update: give scalingConfig, labels, taints, updateConfig or nodeRepairConfig"));
    }
    Ok(())
}
