//! EKS: clusters and managed node groups.

use winterbaume_core::MockRequest;
use winterbaume_eks::model::{
    DescribeClusterResponse, DescribeNodegroupResponse, DescribeUpdateRequest, DescribeUpdateResponse, ListClustersRequest,
    ListClustersResponse, ListNodegroupsRequest, ListNodegroupsResponse, ListUpdatesRequest, ListUpdatesResponse,
};
use winterbaume_eks::wire;

use super::reply::{Done, Refused, Wire};
use super::request::{Moment, Parsed, path_and_query};
use crate::world::sim::estate::{Cluster, Estate, Nodegroup};

mod change;
mod shape;

const WIRE: Wire = Wire::RestJson;

pub(super) fn parse(request: &MockRequest) -> Parsed {
    let (path, query) = path_and_query(request);
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let refused = |operation: &str, message: String| Parsed::refused(operation, WIRE, invalid(message));
    match (request.method.as_str(), &path[..]) {
        ("GET", ["clusters"]) => match wire::deserialize_list_clusters_request(request, &[], &query) {
            Ok(input) => {
                Parsed::read("ListClusters", WIRE, "", &input.clone(), move |estate, moment| list_clusters(estate, moment, &input))
            }
            Err(message) => refused("ListClusters", message),
        },
        ("GET", ["clusters", cluster]) => {
            let cluster = (*cluster).to_owned();
            let input = serde_json::json!({ "name": cluster });
            Parsed::read("DescribeCluster", WIRE, cluster.clone(), &input, move |estate, moment| {
                let found = find_cluster(estate, moment, &cluster)?;
                let response =
                    wire::serialize_describe_cluster_response(&DescribeClusterResponse { cluster: Some(shape::cluster(estate, found)) });
                Ok(Done { response, since: estate.start })
            })
        }
        ("GET", ["clusters", cluster, "node-groups"]) => {
            match wire::deserialize_list_nodegroups_request(request, &[("clusterName", cluster)], &query) {
                Ok(input) => {
                    Parsed::read("ListNodegroups", WIRE, *cluster, &input.clone(), move |estate, moment| list(estate, moment, &input))
                }
                Err(message) => refused("ListNodegroups", message),
            }
        }
        ("GET", ["clusters", cluster, "node-groups", group]) => {
            let (cluster, group) = ((*cluster).to_owned(), (*group).to_owned());
            let input = serde_json::json!({ "clusterName": cluster, "nodegroupName": group });
            Parsed::read("DescribeNodegroup", WIRE, format!("{cluster}/{group}"), &input, move |estate, moment| {
                let (at, group) = find_group(estate, moment, &cluster, &group)?;
                let nodegroup = Some(shape::nodegroup(estate, at, group, moment.t));
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
                        move |estate: &mut Estate, moment: Moment<'_>| change::update(estate, moment, &input)
                    };
                    Parsed::read("UpdateNodegroupConfig", WIRE, format!("{cluster}/{group}"), &input, effect).mutating()
                }
                Err(message) => refused("UpdateNodegroupConfig", message),
            }
        }
        ("GET", ["clusters", cluster, "updates"]) => match wire::deserialize_list_updates_request(request, &[("name", cluster)], &query) {
            Ok(input) => {
                Parsed::read("ListUpdates", WIRE, *cluster, &input.clone(), move |estate, moment| list_updates(estate, moment, &input))
            }
            Err(message) => refused("ListUpdates", message),
        },
        ("GET", ["clusters", cluster, "updates", id]) => {
            match wire::deserialize_describe_update_request(request, &[("name", cluster), ("updateId", id)], &query) {
                Ok(input) => {
                    let resource =
                        input.nodegroup_name.as_ref().map_or_else(|| (*cluster).to_owned(), |group| format!("{cluster}/{group}"));
                    Parsed::read("DescribeUpdate", WIRE, resource, &input.clone(), move |estate, moment| {
                        describe_update(estate, moment, &input)
                    })
                }
                Err(message) => refused("DescribeUpdate", message),
            }
        }
        (method, _) => {
            let operation = format!("{method} /{}", path.join("/"));
            let refused = Refused::not_simulated("eks", &operation);
            Parsed::refused(operation, WIRE, refused)
        }
    }
}

fn invalid(message: impl Into<String>) -> Refused {
    Refused::new("InvalidParameterException", 400, message)
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

/// One page of a list, and the token for the next. A token is the last name before it.
fn page(all: &[&String], most: Option<i32>, token: Option<&String>) -> Result<(Vec<String>, Option<String>), Refused> {
    let size = usize::try_from(most.unwrap_or(100)).unwrap_or(0);
    if !(1..=100).contains(&size) {
        return Err(invalid("maxResults must be between 1 and 100"));
    }
    let from = match token {
        Some(token) => all.iter().position(|name| *name == token).ok_or_else(|| invalid("The nextToken is not valid"))? + 1,
        None => 0,
    };
    let shown: Vec<String> = all.iter().skip(from).take(size).map(|name| (*name).clone()).collect();
    let next = (from + size < all.len()).then(|| shown.last().cloned()).flatten();
    Ok((shown, next))
}

fn list_clusters(estate: &Estate, moment: Moment<'_>, input: &ListClustersRequest) -> Result<Done, Refused> {
    let here = estate.clusters.iter().filter(|cluster| cluster.def.region.value == moment.place.region);
    let mut names: Vec<&String> = here.map(|cluster| &cluster.def.cluster.value).collect();
    names.sort();
    let (shown, next_token) = page(&names, input.max_results, input.next_token.as_ref())?;
    let response = wire::serialize_list_clusters_response(&ListClustersResponse { clusters: Some(shown), next_token });
    Ok(Done { response, since: estate.start })
}

fn list(estate: &Estate, moment: Moment<'_>, input: &ListNodegroupsRequest) -> Result<Done, Refused> {
    let cluster = find_cluster(estate, moment, &input.cluster_name)?;
    let names: Vec<&String> = cluster.groups.keys().collect();
    let (shown, next_token) = page(&names, input.max_results, input.next_token.as_ref())?;
    let response = wire::serialize_list_nodegroups_response(&ListNodegroupsResponse { next_token, nodegroups: Some(shown) });
    Ok(Done { response, since: estate.start })
}

/// Updates of a node group are listed under its name only, as in EKS; those of the cluster itself there are none.
fn list_updates(estate: &Estate, moment: Moment<'_>, input: &ListUpdatesRequest) -> Result<Done, Refused> {
    let cluster = find_cluster(estate, moment, &input.name)?;
    let mut ids = Vec::new();
    let mut since = estate.start;
    if let Some(group) = &input.nodegroup_name {
        let (_, group) = find_group(estate, moment, &cluster.def.cluster.value, group)?;
        ids.extend(group.updates.iter().map(|update| &update.id));
        since = group.updates.iter().map(|update| update.work.begun).fold(since, jiff::Timestamp::max);
    }
    let (shown, next_token) = page(&ids, input.max_results, input.next_token.as_ref())?;
    let response = wire::serialize_list_updates_response(&ListUpdatesResponse { next_token, update_ids: Some(shown) });
    Ok(Done { response, since })
}

fn describe_update(estate: &Estate, moment: Moment<'_>, input: &DescribeUpdateRequest) -> Result<Done, Refused> {
    let cluster = find_cluster(estate, moment, &input.name)?;
    let unknown = || not_found(format!("No update found for id: {}.", input.update_id));
    // Updates of a node group are found under its name only, as in EKS.
    let Some(group) = &input.nodegroup_name else { return Err(unknown()) };
    let (_, group) = find_group(estate, moment, &cluster.def.cluster.value, group)?;
    let update = group.updates.iter().find(|update| update.id == input.update_id).ok_or_else(unknown)?;
    let response = DescribeUpdateResponse { update: Some(shape::update(update, moment.t)) };
    Ok(Done { response: wire::serialize_describe_update_response(&response), since: update.since(moment.t) })
}
