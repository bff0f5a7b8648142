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

#[tokio::test(start_paused = true)]
async fn requests_that_cloudwatch_refuses() {
    use aws_sdk_cloudwatch::error::ProvideErrorMetadata as _;
    use aws_sdk_cloudwatch::types::StandardUnit;
    let world = world(&lost("grows"));
    pass(&world, 600).await;
    let client = cloudwatch(&world);
    let call = |from: i64, period: i32| {
        let call = client.get_metric_statistics().namespace("AWS/RDS").metric_name("ReplicaLag");
        let call = call.dimensions(Dimension::builder().name("DBInstanceIdentifier").value("orders-replica").build());
        call.start_time(time(&world, from)).end_time(time(&world, 0)).period(period)
    };
    let average = |from: i64, period: i32| call(from, period).statistics(Statistic::Average);
    for (what, call, code) in [
        ("period", average(300, 45), "InvalidParameterValue"),
        ("points", average(2 * 86_400, 60), "InvalidParameterCombination"),
        ("no statistic", call(300, 60), "InvalidParameterCombination"),
        ("both", average(300, 60).extended_statistics("p50"), "InvalidParameterCombination"),
        ("statistic", call(300, 60).statistics(Statistic::from("Median")), "InvalidParameterValue"),
        ("percentile", call(300, 60).extended_statistics("p101"), "InvalidParameterValue"),
        ("namespace", average(300, 60).namespace(""), "MissingParameter"),
        ("unit", average(300, 60).unit(StandardUnit::from("Parsecs")), "InvalidParameterValue"),
        ("backwards", average(-300, 60), "InvalidParameterValue"),
    ] {
        let error = call.send().await.unwrap_err();
        assert!(error.code().is_some_and(|said| said.starts_with(code)), "{what}: {error:?}");
    }
    let points = async |call: aws_sdk_cloudwatch::operation::get_metric_statistics::builders::GetMetricStatisticsFluentBuilder| {
        call.send().await.unwrap().datapoints.unwrap_or_default()
    };
    assert!(points(average(300, 60).unit(StandardUnit::Bytes)).await.is_empty(), "it is not measured in that unit");
    assert!(!points(average(300, 60).unit(StandardUnit::Seconds)).await.is_empty());
    let extended = points(call(300, 60).extended_statistics("p90")).await;
    assert_eq!((extended[0].average(), extended[0].extended_statistics().unwrap()["p90"]), (None, 2.0));
    let five = points(call(300, 300).statistics(Statistic::SampleCount).statistics(Statistic::Sum)).await;
    assert_eq!((five[0].sample_count(), five[0].sum()), (Some(5.0), Some(10.0)));

    let query = |id: &str, stat: &str| {
        let metric = Metric::builder().namespace("AWS/RDS").metric_name("ReplicaLag").build();
        MetricDataQuery::builder().id(id).metric_stat(MetricStat::builder().metric(metric).period(60).stat(stat).build()).build()
    };
    let data = || client.get_metric_data().start_time(time(&world, 300)).end_time(time(&world, 0));
    for (what, call) in [
        ("an id", data().metric_data_queries(query("Lag", "Average"))),
        ("twice", data().metric_data_queries(query("lag", "Average")).metric_data_queries(query("lag", "Maximum"))),
        ("a statistic", data().metric_data_queries(query("lag", "Median"))),
        ("neither", data().metric_data_queries(MetricDataQuery::builder().id("lag").build())),
    ] {
        let error = call.send().await.unwrap_err();
        assert_eq!(error.code(), Some("ValidationError"), "{what}: {error:?}");
    }
}
