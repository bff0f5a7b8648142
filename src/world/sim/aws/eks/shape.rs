//! Clusters and node groups as EKS shows them, with what `aws eks update-kubeconfig` and infrastructure tools read of them.

use std::collections::HashMap;

use aws_smithy_types::base64;
use jiff::Timestamp;
use winterbaume_eks::model::{
    AccessConfigResponse, AutoScalingGroup, Certificate, Cluster as ClusterShape, ClusterHealth, ElasticLoadBalancing, Identity, Issue,
    KubernetesNetworkConfigResponse, LogSetup, Logging, Nodegroup as NodegroupShape, NodegroupHealth, NodegroupResources,
    NodegroupScalingConfig, OIDC, Update as UpdateShape, UpdateParam, UpgradePolicyResponse, VpcConfigResponse,
};

use crate::world::sim::dice::Dice;
use crate::world::sim::estate::{Cluster, Estate, Nodegroup, Update};
use crate::world::sim::file::arn::partition;

/// When clusters and node groups of a world were made.
const CREATED: f64 = 1_736_929_800.0;

/// The certificate authority of every cluster of a world: a certificate that signs itself, whose key nobody has.
const AUTHORITY: &str = include_str!("authority.pem");

/// Seconds since 1970.
fn epoch(t: Timestamp) -> f64 {
    t.as_duration().as_secs_f64()
}

/// Letters and digits that are always the same for what they stand for.
fn made_up(what: &str, len: usize) -> String {
    Dice::new(0).token(what, 0, len).to_ascii_lowercase()
}

fn subnets(region: &str) -> Vec<String> {
    ['a', 'b', 'c'].map(|zone| format!("subnet-{}", made_up(&format!("{region}{zone}"), 17))).to_vec()
}

pub(super) fn cluster(estate: &Estate, cluster: &Cluster) -> ClusterShape {
    let (name, region) = (&cluster.def.cluster.value, &cluster.def.region.value);
    let id = Dice::new(0).token(&format!("{region}/{name}"), 0, 32);
    let log_types = ["api", "audit", "authenticator", "controllerManager", "scheduler"];
    ClusterShape {
        access_config: Some(AccessConfigResponse { authentication_mode: Some("API_AND_CONFIG_MAP".into()), ..Default::default() }),
        arn: Some(format!("arn:{}:eks:{region}:{}:cluster/{name}", partition(region), estate.account)),
        certificate_authority: Some(Certificate { data: Some(base64::encode(AUTHORITY)) }),
        created_at: Some(CREATED),
        deletion_protection: Some(false),
        endpoint: Some(format!("https://{id}.gr7.{region}.eks.amazonaws.com")),
        health: Some(ClusterHealth { issues: Some(Vec::new()) }),
        identity: Some(Identity { oidc: Some(OIDC { issuer: Some(format!("https://oidc.eks.{region}.amazonaws.com/id/{id}")) }) }),
        kubernetes_network_config: Some(KubernetesNetworkConfigResponse {
            elastic_load_balancing: Some(ElasticLoadBalancing { enabled: Some(false) }),
            ip_family: Some("ipv4".into()),
            service_ipv4_cidr: Some("172.20.0.0/16".into()),
            service_ipv6_cidr: None,
        }),
        logging: Some(Logging {
            cluster_logging: Some(vec![LogSetup { enabled: Some(false), types: Some(log_types.map(str::to_owned).to_vec()) }]),
        }),
        name: Some(name.clone()),
        platform_version: Some("eks.9".into()),
        resources_vpc_config: Some(VpcConfigResponse {
            cluster_security_group_id: Some(format!("sg-{}", made_up(&id, 17))),
            endpoint_private_access: Some(true),
            endpoint_public_access: Some(true),
            public_access_cidrs: Some(vec!["0.0.0.0/0".into()]),
            security_group_ids: Some(Vec::new()),
            subnet_ids: Some(subnets(region)),
            vpc_id: Some(format!("vpc-{}", made_up(region, 17))),
        }),
        role_arn: Some(format!("arn:{}:iam::{}:role/eks-{name}", partition(region), estate.account)),
        status: Some("ACTIVE".into()),
        tags: Some(HashMap::new()),
        upgrade_policy: Some(UpgradePolicyResponse { support_type: Some("EXTENDED".into()) }),
        version: Some(cluster.def.version.clone()),
        ..ClusterShape::default()
    }
}

pub(super) fn nodegroup(estate: &Estate, cluster: &Cluster, group: &Nodegroup, t: Timestamp) -> NodegroupShape {
    let look = group.look(t);
    let sizes = look.asked;
    let int = |size: u32| Some(i32::try_from(size).unwrap_or(i32::MAX));
    let issue = |issue: crate::world::sim::estate::Issue| Issue {
        code: Some(issue.code),
        message: Some(issue.message),
        resource_ids: Some(vec![group.asg.clone()]),
    };
    let region = &cluster.def.region.value;
    let settings = group.settings();
    NodegroupShape {
        ami_type: Some("AL2023_x86_64_STANDARD".into()),
        capacity_type: Some("ON_DEMAND".into()),
        cluster_name: Some(cluster.def.cluster.value.clone()),
        created_at: Some(CREATED),
        disk_size: Some(20),
        health: Some(NodegroupHealth { issues: Some(look.issues.into_iter().map(issue).collect()) }),
        instance_types: Some(vec![group.def.instance_type.clone()]),
        labels: Some(settings.labels.into_iter().collect()),
        modified_at: Some(epoch(look.since)),
        node_repair_config: Some(settings.repair),
        node_role: Some(format!("arn:{}:iam::{}:role/eks-node", partition(region), estate.account)),
        nodegroup_arn: Some(group.arn.clone()),
        nodegroup_name: Some(group.name.clone()),
        release_version: Some(format!("{}.2-20260301", cluster.def.version)),
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
        subnets: Some(subnets(region)),
        tags: Some(HashMap::new()),
        taints: (!settings.taints.is_empty()).then_some(settings.taints),
        update_config: Some(settings.update),
        version: Some(cluster.def.version.clone()),
        warm_pool_config: settings.warm_pool,
        ..NodegroupShape::default()
    }
}

pub(super) fn update(update: &Update, t: Timestamp) -> UpdateShape {
    let param = |(kind, value): &(&'static str, String)| UpdateParam { r#type: Some((*kind).into()), value: Some(value.clone()) };
    UpdateShape {
        created_at: Some(epoch(update.work.begun)),
        errors: Some(Vec::new()),
        id: Some(update.id.clone()),
        params: Some(update.params.iter().map(param).collect()),
        status: Some(update.status(t).into()),
        r#type: Some("ConfigUpdate".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_authority_is_a_certificate_and_no_key() {
        let body = AUTHORITY.trim().strip_prefix("-----BEGIN CERTIFICATE-----").unwrap();
        let body = body.strip_suffix("-----END CERTIFICATE-----").unwrap().split_whitespace().collect::<String>();
        let der = base64::decode(body).unwrap();
        // A SEQUENCE of the length that is left: what a certificate begins with.
        assert_eq!((der[0], der[1], usize::from(der[2]) * 256 + usize::from(der[3])), (0x30, 0x82, der.len() - 4));
    }
}
