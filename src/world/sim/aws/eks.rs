//! EKS: clusters and managed node groups.

use jiff::Timestamp;
use winterbaume_core::MockRequest;
use winterbaume_eks::model::{
    AutoScalingGroup, Cluster as ClusterShape, DescribeClusterResponse, DescribeNodegroupResponse, DescribeUpdateRequest,
    DescribeUpdateResponse, Issue, ListNodegroupsRequest, ListNodegroupsResponse, Nodegroup as NodegroupShape, NodegroupHealth,
    NodegroupResources, NodegroupScalingConfig, NodegroupUpdateConfig, Update as UpdateShape, UpdateNodegroupConfigRequest,
    UpdateNodegroupConfigResponse, UpdateParam,
};
use winterbaume_eks::wire;

use super::reply::{Done, Refused, Wire};
use super::request::{Moment, Parsed, path_and_query};
use crate::world::sim::estate::{Asked, Cluster, Estate, Nodegroup, Update, UpdateError};

const WIRE: Wire = Wire::RestJson;

/// When clusters and node groups of a world were made.
const CREATED: f64 = 1_736_929_800.0;

pub(super) fn parse(request: &MockRequest) -> Parsed {
    let (path, query) = path_and_query(request);
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let invalid =
        |operation: &str, message: String| Parsed::refused(operation, WIRE, Refused::new("InvalidRequestException", 400, message));
    match (request.method.as_str(), &path[..]) {
        ("GET", ["clusters", cluster]) => {
            let cluster = (*cluster).to_owned();
            let input = serde_json::json!({ "name": cluster });
            Parsed::read("DescribeCluster", WIRE, cluster.clone(), &input, move |estate, moment| {
                let found = find_cluster(estate, moment, &cluster)?;
                let response = wire::serialize_describe_cluster_response(&DescribeClusterResponse { cluster: Some(shape(estate, found)) });
                Ok(Done { response, since: estate.start })
            })
        }
        ("GET", ["clusters", cluster, "node-groups"]) => {
            match wire::deserialize_list_nodegroups_request(request, &[("clusterName", cluster)], &query) {
                Ok(input) => {
                    Parsed::read("ListNodegroups", WIRE, *cluster, &input.clone(), move |estate, moment| list(estate, moment, &input))
                }
                Err(message) => invalid("ListNodegroups", message),
            }
        }
        ("GET", ["clusters", cluster, "node-groups", group]) => {
            let (cluster, group) = ((*cluster).to_owned(), (*group).to_owned());
            let input = serde_json::json!({ "clusterName": cluster, "nodegroupName": group });
            Parsed::read("DescribeNodegroup", WIRE, format!("{cluster}/{group}"), &input, move |estate, moment| {
                let (at, group) = find_group(estate, moment, &cluster, &group)?;
                let nodegroup = Some(group_shape(estate, at, group, moment.t));
                let response = wire::serialize_describe_nodegroup_response(&DescribeNodegroupResponse { nodegroup });
                Ok(Done { response, since: group.look(moment.t).since })
            })
        }
        ("POST", ["clusters", cluster, "node-groups", group, "update-config"]) => {
            let labels = [("clusterName", *cluster), ("nodegroupName", *group)];
            match wire::deserialize_update_nodegroup_config_request(request, &labels, &query) {
                Ok(input) => {
                    let effect = {
                        let input = input.clone();
                        move |estate: &mut Estate, moment: Moment<'_>| update(estate, moment, &input)
                    };
                    Parsed::read("UpdateNodegroupConfig", WIRE, format!("{cluster}/{group}"), &input, effect).mutating()
                }
                Err(message) => invalid("UpdateNodegroupConfig", message),
            }
        }
        ("GET", ["clusters", cluster, "updates", id]) => {
            match wire::deserialize_describe_update_request(request, &[("name", cluster), ("updateId", id)], &query) {
                Ok(input) => {
                    let resource =
                        input.nodegroup_name.as_ref().map_or_else(|| (*cluster).to_owned(), |group| format!("{cluster}/{group}"));
                    Parsed::read("DescribeUpdate", WIRE, resource, &input.clone(), move |estate, moment| {
                        describe_update(estate, moment, &input)
                    })
                }
                Err(message) => invalid("DescribeUpdate", message),
            }
        }
        (method, _) => {
            let operation = format!("{method} /{}", path.join("/"));
            let refused = Refused::not_simulated("eks", &operation);
            Parsed::refused(operation, WIRE, refused)
        }
    }
}

fn not_found(message: String) -> Refused {
    Refused::new("ResourceNotFoundException", 404, message)
}

fn find_cluster<'a>(estate: &'a Estate, moment: Moment<'_>, name: &str) -> Result<&'a Cluster, Refused> {
    let here = |cluster: &&Cluster| cluster.def.cluster.value == name && cluster.def.region.value == moment.place.region;
    estate.clusters.iter().find(here).ok_or_else(|| not_found(format!("No cluster found for name: {name}.")))
}

fn find_group<'a>(estate: &'a Estate, moment: Moment<'_>, cluster: &str, group: &str) -> Result<(&'a Cluster, &'a Nodegroup), Refused> {
    let cluster = find_cluster(estate, moment, cluster)?;
    let found = cluster.groups.get(group).ok_or_else(|| not_found(format!("No node group found for name: {group}.")))?;
    Ok((cluster, found))
}

fn list(estate: &Estate, moment: Moment<'_>, input: &ListNodegroupsRequest) -> Result<Done, Refused> {
    let cluster = find_cluster(estate, moment, &input.cluster_name)?;
    let page = usize::try_from(input.max_results.unwrap_or(100)).unwrap_or(0);
    if !(1..=100).contains(&page) {
        return Err(Refused::new("InvalidParameterException", 400, "maxResults must be between 1 and 100"));
    }
    let from = input.next_token.as_ref().and_then(|token| cluster.groups.get_index_of(token)).map_or(0, |last| last + 1);
    let shown: Vec<String> = cluster.groups.keys().skip(from).take(page).cloned().collect();
    let next_token = (from + page < cluster.groups.len()).then(|| shown.last().cloned()).flatten();
    let response = wire::serialize_list_nodegroups_response(&ListNodegroupsResponse { next_token, nodegroups: Some(shown) });
    Ok(Done { response, since: estate.start })
}

/// A size of the request, or what it was.
fn size(given: Option<i32>, before: u32, name: &str) -> Result<u32, Refused> {
    given.map_or(Ok(before), |size| {
        u32::try_from(size)
            .map_err(|_| Refused::new("InvalidParameterException", 400, format!("{name} must be greater than or equal to 0")))
    })
}

fn update(estate: &mut Estate, moment: Moment<'_>, input: &UpdateNodegroupConfigRequest) -> Result<Done, Refused> {
    let (cluster_name, group_name) = (input.cluster_name.as_str(), input.nodegroup_name.as_str());
    let (_, group) = find_group(estate, moment, cluster_name, group_name)?;
    let before = group.asked();
    let config = input.scaling_config.clone().unwrap_or_default();
    let asked = Asked {
        min: size(config.min_size, before.min, "minSize")?,
        desired: size(config.desired_size, before.desired, "desiredSize")?,
        max: size(config.max_size, before.max, "maxSize")?,
    };
    let token = input.client_request_token.as_deref();
    let earlier = group.admit(asked, token, moment.t).map_err(|error| match error {
        UpdateError::Busy(id) => {
            Refused::new("ResourceInUseException", 409, format!("Nodegroup {group_name} already has an update in progress: {id}"))
        }
        UpdateError::TokenReused(id) => Refused::new(
            "InvalidParameterException",
            400,
            format!("The client request token was used with other parameters for the update {id}"),
        ),
        UpdateError::Invalid(message) => Refused::new("InvalidParameterException", 400, message),
    })?;
    if let Some(earlier) = earlier {
        return Ok(accepted(&earlier, moment.t));
    }
    let (joins, takes) = group.draws(estate.dice, cluster_name);
    let work = estate.work(moment.place, moment.t, moment.n, takes);
    let part = estate.faults.partial(moment.place, moment.t, moment.n);
    let update = Update { id: estate.dice.request_id(u64::MAX - moment.n), token: token.map(str::to_owned), asked, work };
    let answer = accepted(&update, moment.t);
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

fn accepted(update: &Update, t: Timestamp) -> Done {
    let response = UpdateNodegroupConfigResponse { update: Some(update_shape(update, t)) };
    Done { response: wire::serialize_update_nodegroup_config_response(&response), since: update.since(t) }
}

fn describe_update(estate: &Estate, moment: Moment<'_>, input: &DescribeUpdateRequest) -> Result<Done, Refused> {
    let cluster = find_cluster(estate, moment, &input.name)?;
    let unknown = || not_found(format!("No update found for id: {}.", input.update_id));
    // Updates of a node group are found under its name only, as in EKS.
    let Some(group) = &input.nodegroup_name else { return Err(unknown()) };
    let (_, group) = find_group(estate, moment, &cluster.def.cluster.value, group)?;
    let update = group.updates.iter().find(|update| update.id == input.update_id).ok_or_else(unknown)?;
    let response = DescribeUpdateResponse { update: Some(update_shape(update, moment.t)) };
    Ok(Done { response: wire::serialize_describe_update_response(&response), since: update.since(moment.t) })
}

fn update_shape(update: &Update, t: Timestamp) -> UpdateShape {
    let param = |kind: &str, value: u32| UpdateParam { r#type: Some(kind.into()), value: Some(value.to_string()) };
    let Asked { min, desired, max } = update.asked;
    UpdateShape {
        created_at: Some(epoch(update.work.begun)),
        errors: Some(Vec::new()),
        id: Some(update.id.clone()),
        params: Some(vec![param("MinSize", min), param("MaxSize", max), param("DesiredSize", desired)]),
        status: Some(update.status(t).into()),
        r#type: Some("ConfigUpdate".into()),
    }
}

/// Seconds since 1970.
fn epoch(t: Timestamp) -> f64 {
    t.as_duration().as_secs_f64()
}

fn shape(estate: &Estate, cluster: &Cluster) -> ClusterShape {
    let (name, region) = (&cluster.def.cluster.value, &cluster.def.region.value);
    ClusterShape {
        arn: Some(format!("arn:aws:eks:{region}:{}:cluster/{name}", estate.account)),
        created_at: Some(CREATED),
        endpoint: Some(format!("https://0123456789ABCDEF.gr7.{region}.eks.amazonaws.com")),
        name: Some(name.clone()),
        platform_version: Some("eks.9".into()),
        role_arn: Some(format!("arn:aws:iam::{}:role/eks-{name}", estate.account)),
        status: Some("ACTIVE".into()),
        version: Some(cluster.def.version.clone()),
        ..ClusterShape::default()
    }
}

fn group_shape(estate: &Estate, cluster: &Cluster, group: &Nodegroup, t: Timestamp) -> NodegroupShape {
    let look = group.look(t);
    let sizes = look.asked;
    let int = |size: u32| Some(i32::try_from(size).unwrap_or(i32::MAX));
    let issues = if look.degraded { vec![launch_failure(group)] } else { Vec::new() };
    NodegroupShape {
        ami_type: Some("AL2023_x86_64_STANDARD".into()),
        capacity_type: Some("ON_DEMAND".into()),
        cluster_name: Some(cluster.def.cluster.value.clone()),
        created_at: Some(CREATED),
        health: Some(NodegroupHealth { issues: Some(issues) }),
        instance_types: Some(vec![group.def.instance_type.clone()]),
        modified_at: Some(epoch(look.since)),
        node_role: Some(format!("arn:aws:iam::{}:role/eks-node", estate.account)),
        nodegroup_arn: Some(group.arn.clone()),
        nodegroup_name: Some(group.name.clone()),
        resources: Some(NodegroupResources {
            auto_scaling_groups: Some(vec![AutoScalingGroup { name: Some(group.asg.clone()) }]),
            remote_access_security_group: None,
        }),
        scaling_config: Some(NodegroupScalingConfig {
            desired_size: int(sizes.desired),
            max_size: int(sizes.max),
            min_size: int(sizes.min),
        }),
        status: Some(look.status.into()),
        subnets: Some(Vec::new()),
        update_config: Some(NodegroupUpdateConfig { max_unavailable: Some(1), ..NodegroupUpdateConfig::default() }),
        version: Some(cluster.def.version.clone()),
        ..NodegroupShape::default()
    }
}

fn launch_failure(group: &Nodegroup) -> Issue {
    let message = format!(
        "Could not launch On-Demand Instances. VcpuLimitExceeded - You have requested more vCPU capacity than your current vCPU limit allows \
         for the instance type {}. Launching EC2 instance failed.",
        group.def.instance_type
    );
    Issue { code: Some("AsgInstanceLaunchFailures".into()), message: Some(message), resource_ids: Some(vec![group.asg.clone()]) }
}
