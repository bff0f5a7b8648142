//! CloudWatch metrics.

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat, Statistic};
use lifeboat::clock::Clock as _;
use lifeboat::world::sim::SimWorld;

use super::{cloudwatch, eks, pass, world};

fn time(world: &SimWorld, before: i64) -> DateTime {
    DateTime::from_millis(world.sim_clock().now().wall.as_millisecond() - before * 1000)
}

/// The newest value of a metric over the last ten minutes.
pub(crate) async fn newest(world: &SimWorld, namespace: &str, metric: &str, dimension: (&str, &str)) -> Option<f64> {
    let dimension = Dimension::builder().name(dimension.0).value(dimension.1).build();
    let metric = Metric::builder().namespace(namespace).metric_name(metric).dimensions(dimension).build();
    let stat = MetricStat::builder().metric(metric).period(60).stat("Maximum").build();
    let query = MetricDataQuery::builder().id("m").metric_stat(stat).build();
    let call = cloudwatch(world).get_metric_data().start_time(time(world, 600)).end_time(time(world, -60));
    let answer = call.metric_data_queries(query).send().await.unwrap();
    let [result] = answer.metric_data_results() else { panic!("{answer:?}") };
    assert_eq!(result.values().len(), result.timestamps().len());
    assert!(result.timestamps().is_sorted_by(|a, b| a > b), "newest first: {result:?}");
    result.values().first().copied()
}

/// How many nodes of `core-dr/group` are in service, asked as the action asks.
pub(crate) async fn in_service(world: &SimWorld, group: &str) -> Option<f64> {
    let group = eks(world).describe_nodegroup().cluster_name("core-dr").nodegroup_name(group).send().await.unwrap().nodegroup.unwrap();
    let name = group.resources().unwrap().auto_scaling_groups()[0].name().unwrap().to_owned();
    newest(world, "AWS/AutoScaling", "GroupInServiceInstances", ("AutoScalingGroupName", &name)).await
}

fn lost(after_loss: &str) -> String {
    format!(
        "
rds:
  - {{id: orders-primary, region: eu-west-1}}
  - {{id: orders-replica, region: us-east-1, replica_of: orders-primary, lag: 2s, lag_after_loss: {after_loss}, promotion: 5m}}
events: [{{at: 10m, region_down: eu-west-1}}]
"
    )
}

async fn lag(world: &SimWorld) -> Option<f64> {
    newest(world, "AWS/RDS", "ReplicaLag", ("DBInstanceIdentifier", "orders-replica")).await
}

#[tokio::test(start_paused = true)]
async fn lag_grows_holds_or_is_undetermined_after_the_loss() {
    let grows = world(&lost("grows"));
    assert_eq!(lag(&grows).await, Some(2.0));
    pass(&grows, 900).await;
    let seconds = lag(&grows).await.unwrap();
    assert!((301.0..304.0).contains(&seconds), "{seconds}");

    let holds = world(&lost("holds"));
    pass(&holds, 900).await;
    assert_eq!(lag(&holds).await, Some(2.0));

    let undetermined = world(&lost("undetermined"));
    pass(&undetermined, 900).await;
    assert_eq!(lag(&undetermined).await, Some(-1.0));
}

#[tokio::test(start_paused = true)]
async fn a_promoted_replica_has_no_lag() {
    let world = world(&lost("grows"));
    super::rds(&world, "us-east-1").promote_read_replica().db_instance_identifier("orders-replica").send().await.unwrap();
    pass(&world, 1200).await;
    assert_eq!(lag(&world).await, None);
    assert_eq!(newest(&world, "AWS/RDS", "ReplicaLag", ("DBInstanceIdentifier", "nobody")).await, None, "no such metric, no error");
}

#[tokio::test(start_paused = true)]
async fn statistics_are_there_too() {
    let world = world(&lost("grows"));
    pass(&world, 120).await;
    let call = cloudwatch(&world).get_metric_statistics().namespace("AWS/RDS").metric_name("ReplicaLag");
    let call = call.dimensions(Dimension::builder().name("DBInstanceIdentifier").value("orders-replica").build());
    let call = call.start_time(time(&world, 180)).end_time(time(&world, 0)).period(60);
    let answer = call.statistics(Statistic::Average).statistics(Statistic::SampleCount).send().await.unwrap();
    let newest = answer.datapoints().iter().max_by_key(|point| point.timestamp().unwrap().secs()).unwrap();
    assert_eq!((newest.average(), newest.maximum(), newest.sample_count()), (Some(2.0), None, Some(1.0)));
}

#[tokio::test(start_paused = true)]
async fn a_group_without_metrics_publishes_none() {
    let world = world("eks: [{cluster: core-dr, region: us-east-1, nodegroups: {general: {min: 1, desired: 2, max: 4, metrics: false}}}]");
    assert_eq!(in_service(&world, "general").await, None);
}
