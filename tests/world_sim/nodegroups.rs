//! Node groups: updates, nodes that join later, quotas.

use aws_sdk_eks::error::ProvideErrorMetadata;
use aws_sdk_eks::types::{NodegroupScalingConfig, NodegroupStatus, UpdateStatus};
use lifeboat::world::sim::SimWorld;

use super::clouds::in_service;
use super::{eks, pass, world};

const GROUP: &str = "
eks:
  - cluster: core-dr
    region: us-east-1
    nodegroups:
      general: {min: 1, desired: 2, max: 40, quota: 8, join: 80s, every: 10s, update: 20s}
      system: {min: 2, desired: 2, max: 10}
";

fn sizes(min: i32, desired: i32, max: i32) -> NodegroupScalingConfig {
    NodegroupScalingConfig::builder().min_size(min).desired_size(desired).max_size(max).build()
}

async fn scale(world: &SimWorld, to: NodegroupScalingConfig, token: &str) -> Result<String, aws_sdk_eks::Error> {
    let call = eks(world).update_nodegroup_config().cluster_name("core-dr").nodegroup_name("general").scaling_config(to);
    Ok(call.client_request_token(token).send().await?.update.unwrap().id.unwrap())
}

async fn status(world: &SimWorld) -> (NodegroupStatus, Vec<String>) {
    let group = eks(world).describe_nodegroup().cluster_name("core-dr").nodegroup_name("general").send().await.unwrap().nodegroup.unwrap();
    let issues = group.health().unwrap().issues().iter().map(|issue| issue.code().unwrap().as_str().to_owned()).collect();
    (group.status.unwrap(), issues)
}

async fn update(world: &SimWorld, id: &str) -> UpdateStatus {
    let answer = eks(world).describe_update().name("core-dr").nodegroup_name("general").update_id(id).send().await.unwrap();
    answer.update.unwrap().status.unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_update_is_successful_before_its_nodes_are_there() {
    let world = world(GROUP);
    let id = scale(&world, sizes(6, 6, 40), "t1").await.unwrap();
    assert_eq!(update(&world, &id).await, UpdateStatus::InProgress);
    assert_eq!(status(&world).await.0, NodegroupStatus::Updating);
    pass(&world, 20).await;
    assert_eq!(update(&world, &id).await, UpdateStatus::Successful);
    assert_eq!(status(&world).await, (NodegroupStatus::Active, vec![]));
    assert_eq!(in_service(&world, "general").await, Some(2.0));
    pass(&world, 60).await;
    assert_eq!(in_service(&world, "general").await, Some(3.0));
    // One more every ten seconds.
    pass(&world, 10).await;
    assert_eq!(in_service(&world, "general").await, Some(4.0));
    pass(&world, 20).await;
    assert_eq!(in_service(&world, "general").await, Some(6.0));
    pass(&world, 600).await;
    assert_eq!(in_service(&world, "general").await, Some(6.0));
}

#[tokio::test(start_paused = true)]
async fn beyond_the_quota_the_group_is_degraded_until_less_is_asked() {
    let world = world(GROUP);
    scale(&world, sizes(12, 12, 40), "t1").await.unwrap();
    pass(&world, 300).await;
    assert_eq!(in_service(&world, "general").await, Some(8.0));
    assert_eq!(status(&world).await, (NodegroupStatus::Degraded, vec!["AsgInstanceLaunchFailures".to_owned()]));
    scale(&world, sizes(4, 4, 40), "t2").await.unwrap();
    pass(&world, 120).await;
    assert_eq!(status(&world).await, (NodegroupStatus::Active, vec![]));
    assert_eq!(in_service(&world, "general").await, Some(4.0));
}

#[tokio::test(start_paused = true)]
async fn a_token_makes_a_repeated_call_the_same_call() {
    let world = world(GROUP);
    let first = scale(&world, sizes(6, 6, 40), "run/step").await.unwrap();
    let second = scale(&world, sizes(6, 6, 40), "run/step").await.unwrap();
    assert_eq!(first, second);
    let other = scale(&world, sizes(7, 7, 40), "run/step").await.unwrap_err();
    assert!(matches!(&other, aws_sdk_eks::Error::InvalidParameterException(_)), "{other:?}");
    let busy = scale(&world, sizes(7, 7, 40), "run/other").await.unwrap_err();
    assert!(matches!(&busy, aws_sdk_eks::Error::ResourceInUseException(_)), "{busy:?}");
    assert!(busy.message().unwrap().contains(&first), "{busy:?}");
    pass(&world, 300).await;
    assert_eq!(in_service(&world, "general").await, Some(6.0), "scaled once");
    assert_eq!(scale(&world, sizes(6, 6, 40), "run/step").await.unwrap(), first, "also when it is long over");
}

#[tokio::test(start_paused = true)]
async fn sizes_that_contradict_each_other_are_refused() {
    let world = world(GROUP);
    for (min, desired, max) in [(5, 2, 40), (1, 50, 40), (41, 50, 40), (1, -1, 40)] {
        let error = scale(&world, sizes(min, desired, max), "t").await.unwrap_err();
        assert!(matches!(&error, aws_sdk_eks::Error::InvalidParameterException(_)), "{min} {desired} {max}: {error:?}");
    }
    assert!(world.mutations().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_second_update_calls_off_launches_that_are_no_longer_wanted() {
    let world = world(GROUP);
    scale(&world, sizes(8, 8, 40), "t1").await.unwrap();
    pass(&world, 95).await;
    assert_eq!(in_service(&world, "general").await, Some(4.0));
    scale(&world, sizes(5, 5, 40), "t2").await.unwrap();
    pass(&world, 600).await;
    assert_eq!(in_service(&world, "general").await, Some(5.0));
}

#[tokio::test(start_paused = true)]
async fn unknown_things_are_not_found() {
    let world = world(GROUP);
    let client = eks(&world);
    let cluster = client.describe_cluster().name("nobody").send().await.unwrap_err().into_service_error();
    assert!(cluster.is_resource_not_found_exception(), "{cluster:?}");
    let group = client.describe_nodegroup().cluster_name("core-dr").nodegroup_name("nobody").send().await.unwrap_err().into_service_error();
    assert!(group.is_resource_not_found_exception(), "{group:?}");
    assert!(group.message().unwrap().contains("nobody"));
    let update = client.describe_update().name("core-dr").nodegroup_name("general").update_id("x").send().await.unwrap_err();
    assert!(update.into_service_error().is_resource_not_found_exception());
    let cluster = client.describe_cluster().name("core-dr").send().await.unwrap().cluster.unwrap();
    assert_eq!(cluster.arn(), Some("arn:aws:eks:us-east-1:123456789012:cluster/core-dr"));
    let groups = client.list_nodegroups().cluster_name("core-dr").send().await.unwrap();
    assert_eq!(groups.nodegroups(), ["general", "system"]);
    let page = client.list_nodegroups().cluster_name("core-dr").max_results(1).send().await.unwrap();
    assert_eq!(page.nodegroups(), ["general"]);
    let next = client.list_nodegroups().cluster_name("core-dr").set_next_token(page.next_token).send().await.unwrap();
    assert_eq!((next.nodegroups(), next.next_token()), (&["system".to_owned()][..], None));
}

#[tokio::test(start_paused = true)]
async fn labels_taints_and_the_rest_are_kept_and_listed() {
    use aws_sdk_eks::types::{NodegroupUpdateConfig, Taint, TaintEffect, UpdateLabelsPayload, UpdateTaintsPayload};
    let world = world(GROUP);
    let client = eks(&world);
    let taint = |value: &str| Taint::builder().key("tier").value(value).effect(TaintEffect::NoSchedule).build();
    let call = client.update_nodegroup_config().cluster_name("core-dr").nodegroup_name("general");
    let call = call.labels(UpdateLabelsPayload::builder().add_or_update_labels("tier", "gold").build());
    let call = call.taints(UpdateTaintsPayload::builder().add_or_update_taints(taint("gold")).build());
    let call = call.update_config(NodegroupUpdateConfig::builder().max_unavailable_percentage(33).build());
    let update = call.send().await.unwrap().update.unwrap();
    let params: Vec<_> = update.params().iter().map(|p| (p.r#type().unwrap().as_str(), p.value().unwrap())).collect();
    assert_eq!(
        params,
        [
            ("LabelsToAdd", r#"{"tier":"gold"}"#),
            ("TaintsToAdd", r#"[{"effect":"NO_SCHEDULE","key":"tier","value":"gold"}]"#),
            ("MaxUnavailablePercentage", "33"),
        ]
    );
    let group =
        async || client.describe_nodegroup().cluster_name("core-dr").nodegroup_name("general").send().await.unwrap().nodegroup.unwrap();
    let shown = group().await;
    assert_eq!(shown.labels().unwrap()["tier"], "gold");
    assert_eq!(shown.taints(), [taint("gold")]);
    assert_eq!(shown.update_config().unwrap().max_unavailable_percentage(), Some(33));
    assert_eq!(shown.update_config().unwrap().max_unavailable(), None);
    assert_eq!(shown.scaling_config().unwrap().desired_size(), Some(2), "the sizes are as they were");
    pass(&world, 60).await;
    let call = client.update_nodegroup_config().cluster_name("core-dr").nodegroup_name("general");
    let call = call.labels(UpdateLabelsPayload::builder().remove_labels("tier").build());
    call.taints(UpdateTaintsPayload::builder().remove_taints(taint("gold")).build()).send().await.unwrap();
    let shown = group().await;
    assert!(shown.labels().unwrap().is_empty() && shown.taints().is_empty(), "{shown:?}");
    let listed = client.list_updates().name("core-dr").nodegroup_name("general").send().await.unwrap();
    assert_eq!(listed.update_ids().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_update_of_nothing_or_of_nonsense_is_refused() {
    use aws_sdk_eks::types::{NodegroupUpdateConfig, Taint, TaintEffect, UpdateLabelsPayload, UpdateTaintsPayload};
    let world = world(GROUP);
    let client = eks(&world);
    let call = || client.update_nodegroup_config().cluster_name("core-dr").nodegroup_name("general");
    let labels = |key: &str, value: &str| UpdateLabelsPayload::builder().add_or_update_labels(key, value).build();
    let taints = |taint: Taint| UpdateTaintsPayload::builder().add_or_update_taints(taint).build();
    let both = NodegroupUpdateConfig::builder().max_unavailable(1).max_unavailable_percentage(10).build();
    for (what, call) in [
        ("nothing", call()),
        ("no sizes", call().scaling_config(NodegroupScalingConfig::builder().build())),
        ("a long label", call().labels(labels(&"x".repeat(64), "v"))),
        ("an empty label", call().labels(labels("k", ""))),
        ("a reserved label", call().labels(labels("eks.amazonaws.com/nodegroup", "v"))),
        ("an effect", call().taints(taints(Taint::builder().key("k").effect(TaintEffect::from("NEVER")).build()))),
        ("a taint without effect", call().taints(taints(Taint::builder().key("k").build()))),
        ("both", call().update_config(both)),
        ("none unavailable", call().update_config(NodegroupUpdateConfig::builder().max_unavailable(0).build())),
        ("no maximum", call().scaling_config(sizes(0, 0, 0))),
    ] {
        let error = call.send().await.unwrap_err().into_service_error();
        assert!(error.is_invalid_parameter_exception(), "{what}: {error:?}");
    }
    assert!(world.mutations().is_empty());
}

#[tokio::test(start_paused = true)]
async fn clusters_are_listed_by_region_and_in_pages() {
    let world = world("eks: [{cluster: b, region: us-east-1}, {cluster: a, region: us-east-1}, {cluster: c, region: eu-west-1}]\n");
    let client = eks(&world);
    assert_eq!(client.list_clusters().send().await.unwrap().clusters(), ["a", "b"]);
    let page = client.list_clusters().max_results(1).send().await.unwrap();
    assert_eq!((page.clusters(), page.next_token().is_some()), (&["a".to_owned()][..], true));
    let next = client.list_clusters().set_next_token(page.next_token).send().await.unwrap();
    assert_eq!((next.clusters(), next.next_token()), (&["b".to_owned()][..], None));
    for call in [client.list_clusters().max_results(0), client.list_clusters().max_results(101), client.list_clusters().next_token("?")] {
        assert!(call.send().await.unwrap_err().into_service_error().is_invalid_parameter_exception());
    }
    let cluster = client.describe_cluster().name("a").send().await.unwrap().cluster.unwrap();
    assert!(cluster.certificate_authority().unwrap().data().unwrap().len() > 500);
    assert_eq!(cluster.resources_vpc_config().unwrap().subnet_ids().len(), 3);
    assert!(cluster.identity().is_some() && cluster.logging().is_some() && cluster.access_config().is_some() && cluster.health().is_some());
}

fn with(extra: &str) -> String {
    format!(
        "eks: [{{cluster: core-dr, region: us-east-1, nodegroups: {{general: {{min: 1, desired: 2, max: 40, join: 80s, every: 10s, \
         update: 20s, {extra}}}}}}}]\n"
    )
}

#[tokio::test(start_paused = true)]
async fn a_group_can_be_degraded_for_another_reason() {
    let degraded = world(&with("issues: [{code: Ec2LaunchTemplateVersionMismatch, until: 1h}]"));
    assert_eq!(status(&degraded).await, (NodegroupStatus::Degraded, vec!["Ec2LaunchTemplateVersionMismatch".to_owned()]));
    scale(&degraded, sizes(6, 6, 40), "t1").await.unwrap();
    pass(&degraded, 300).await;
    assert_eq!(in_service(&degraded, "general").await, Some(6.0), "it scales all the same");
    assert_eq!(status(&degraded).await.0, NodegroupStatus::Degraded);
    pass(&degraded, 3600).await;
    assert_eq!(status(&degraded).await, (NodegroupStatus::Active, vec![]));

    let refusing = world(&with("issues: [{code: Ec2LaunchTemplateVersionMismatch, refuses_updates: true}]"));
    let refused = scale(&refusing, sizes(6, 6, 40), "t1").await.unwrap_err();
    assert!(matches!(&refused, aws_sdk_eks::Error::ResourceInUseException(_)), "{refused:?}");
    assert!(refused.message().unwrap().contains("not in Active State"), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn one_zone_without_capacity_delays_and_degrades() {
    let world = world(&with("zone_without_capacity: us-east-1a"));
    scale(&world, sizes(6, 6, 40), "t1").await.unwrap();
    pass(&world, 22).await;
    assert_eq!(status(&world).await, (NodegroupStatus::Degraded, vec!["AsgInstanceLaunchFailures".to_owned()]));
    let group = eks(&world).describe_nodegroup().cluster_name("core-dr").nodegroup_name("general").send().await.unwrap().nodegroup.unwrap();
    assert!(group.health().unwrap().issues()[0].message().unwrap().contains("InsufficientInstanceCapacity"));
    pass(&world, 81).await;
    assert_eq!(in_service(&world, "general").await, Some(4.0), "those of the other zones come");
    assert_eq!(status(&world).await.0, NodegroupStatus::Degraded);
    pass(&world, 70).await;
    assert_eq!(in_service(&world, "general").await, Some(6.0), "and the others a minute later");
    assert_eq!(status(&world).await, (NodegroupStatus::Active, vec![]));
}
