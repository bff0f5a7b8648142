//! Replicas and their promotion.

use aws_sdk_rds::error::ProvideErrorMetadata;
use aws_sdk_rds::operation::RequestId;
use aws_sdk_rds::types::DbInstance;
use lifeboat::world::sim::SimWorld;

use super::{pass, rds, world};

const PAIR: &str = "
rds:
  - {id: orders-primary, region: eu-west-1}
  - id: orders-replica
    region: us-east-1
    replica_of: orders-primary
    resource_id: db-REPLICA
    promotion: 10m
    backup: 2m
    backing_up: [{from: 30m, until: 40m}]
";

async fn replica(world: &SimWorld) -> DbInstance {
    let answer = rds(world, "us-east-1").describe_db_instances().db_instance_identifier("orders-replica").send().await.unwrap();
    let [instance] = <[DbInstance; 1]>::try_from(answer.db_instances.unwrap()).unwrap();
    instance
}

async fn state(world: &SimWorld) -> (String, bool) {
    let instance = replica(world).await;
    (instance.db_instance_status.unwrap(), instance.read_replica_source_db_instance_identifier.is_some())
}

#[tokio::test(start_paused = true)]
async fn a_replica_shows_its_source_and_its_replication() {
    let world = world(PAIR);
    let instance = replica(&world).await;
    assert_eq!(instance.read_replica_source_db_instance_identifier(), Some("arn:aws:rds:eu-west-1:123456789012:db:orders-primary"));
    assert_eq!(instance.dbi_resource_id(), Some("db-REPLICA"));
    assert_eq!(instance.endpoint().unwrap().port(), Some(5432));
    let [info] = instance.status_infos() else { panic!("{instance:?}") };
    assert_eq!((info.status_type(), info.status(), info.normal()), (Some("read replication"), Some("replicating"), Some(true)));
    let primary = rds(&world, "eu-west-1").describe_db_instances().send().await.unwrap();
    let [primary] = primary.db_instances() else { panic!("{primary:?}") };
    assert_eq!(primary.read_replica_db_instance_identifiers(), ["arn:aws:rds:us-east-1:123456789012:db:orders-replica"]);
    assert!(primary.status_infos().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_promotion_goes_through_its_stages_and_ends_without_a_source() {
    let world = world(PAIR);
    let client = rds(&world, "us-east-1");
    let accepted = client.promote_read_replica().db_instance_identifier("orders-replica").backup_retention_period(7).send().await.unwrap();
    assert!(accepted.request_id().is_some());
    assert_eq!(state(&world).await, ("available".into(), true), "right after the call nothing is to be seen of it");
    pass(&world, 10).await;
    assert_eq!(state(&world).await, ("modifying".into(), true));
    pass(&world, 510).await;
    assert_eq!(state(&world).await, ("rebooting".into(), true));
    pass(&world, 70).await;
    assert_eq!(state(&world).await, ("rebooting".into(), true));
    let pending = replica(&world).await;
    assert_eq!((pending.backup_retention_period(), pending.latest_restorable_time()), (Some(0), None));
    assert_eq!(pending.pending_modified_values().unwrap().backup_retention_period(), Some(7));
    pass(&world, 12).await;
    assert_eq!(state(&world).await, ("backing-up".into(), false), "backups were off, so the first one is taken now");
    pass(&world, 120).await;
    assert_eq!(state(&world).await, ("available".into(), false));
    let promoted = replica(&world).await;
    assert_eq!(promoted.backup_retention_period(), Some(7));
    assert_eq!(promoted.pending_modified_values().unwrap().backup_retention_period(), None);
    assert!(promoted.status_infos().is_empty());

    let again = client.promote_read_replica().db_instance_identifier("orders-replica").send().await.unwrap_err().into_service_error();
    assert!(again.is_invalid_db_instance_state_fault(), "{again:?}");
}

#[tokio::test(start_paused = true)]
async fn the_audit_says_since_when_the_answer_was_so() {
    let world = world(PAIR);
    rds(&world, "us-east-1").promote_read_replica().db_instance_identifier("orders-replica").send().await.unwrap();
    pass(&world, 605).await;
    assert_eq!(state(&world).await, ("backing-up".into(), false));
    let audit = world.audit();
    let [promotion, look] = &audit[..] else { panic!("{audit:?}") };
    assert_eq!((promotion.operation.as_str(), promotion.mutating, promotion.caller.as_str()), ("PromoteReadReplica", true, "test/rds"));
    assert_eq!(promotion.params["DBInstanceIdentifier"], "orders-replica");
    // Half of the latency of 100 ms until it takes effect, ten minutes of work.
    assert_eq!(look.settled_since.to_string(), "2026-03-12T02:57:00.05Z");
    assert_eq!(look.at.wall.to_string(), "2026-03-12T02:57:05.1Z");
    assert_eq!(world.mutations().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_promotion_is_refused_as_aws_refuses_it() {
    let world = world(PAIR);
    let client = rds(&world, "us-east-1");
    let promote = |id: &str| client.promote_read_replica().db_instance_identifier(id).send();
    let missing = promote("nobody").await.unwrap_err().into_service_error();
    assert!(missing.is_db_instance_not_found_fault(), "{missing:?}");
    assert_eq!(missing.code(), Some("DBInstanceNotFound"));
    assert!(missing.request_id().is_some());
    let elsewhere = promote("orders-primary").await.unwrap_err().into_service_error();
    assert!(elsewhere.is_db_instance_not_found_fault(), "another region's instance: {elsewhere:?}");
    let primary = rds(&world, "eu-west-1").promote_read_replica().db_instance_identifier("orders-primary").send().await;
    assert!(primary.unwrap_err().into_service_error().is_invalid_db_instance_state_fault());

    pass(&world, 1850).await;
    assert_eq!(state(&world).await, ("backing-up".into(), true));
    let backing_up = promote("orders-replica").await.unwrap_err().into_service_error();
    assert!(backing_up.is_invalid_db_instance_state_fault(), "{backing_up:?}");
    assert!(backing_up.message().unwrap().contains("backing-up"), "{backing_up:?}");
    assert!(world.mutations().is_empty(), "refused calls change nothing");

    pass(&world, 600).await;
    promote("orders-replica").await.unwrap();
    let twice = promote("orders-replica").await.unwrap_err().into_service_error();
    assert!(twice.is_invalid_db_instance_state_fault(), "{twice:?}");
}

#[tokio::test(start_paused = true)]
async fn no_backup_is_taken_where_backups_were_on_or_stay_off() {
    let on = world(&PAIR.replace("backup: 2m", "backup_retention_days: 3"));
    let client = rds(&on, "us-east-1");
    client.promote_read_replica().db_instance_identifier("orders-replica").backup_retention_period(7).send().await.unwrap();
    pass(&on, 605).await;
    assert_eq!(state(&on).await, ("available".into(), false));
    let off = world(PAIR);
    let client = rds(&off, "us-east-1");
    client.promote_read_replica().db_instance_identifier("orders-replica").backup_retention_period(0).send().await.unwrap();
    pass(&off, 605).await;
    assert_eq!(state(&off).await, ("available".into(), false));
}

#[tokio::test(start_paused = true)]
async fn an_arn_names_its_region_and_its_account() {
    let world = world(PAIR);
    let client = rds(&world, "us-east-1");
    let describe = async |name: &str| {
        let answer = client.describe_db_instances().db_instance_identifier(name).send().await;
        answer.map(|answer| answer.db_instances().len()).map_err(|error| error.into_service_error().code().unwrap_or_default().to_owned())
    };
    assert_eq!(describe("arn:aws:rds:us-east-1:123456789012:db:orders-replica").await, Ok(1));
    assert_eq!(describe("arn:aws:rds:us-east-1:123456789012:db:Orders-Replica").await, Ok(1));
    for (wrong, code) in [
        ("arn:aws:rds:eu-west-1:123456789012:db:orders-replica", "DBInstanceNotFound"),
        ("arn:aws:rds:us-east-1:999999999999:db:orders-replica", "DBInstanceNotFound"),
        ("arn:aws-cn:rds:us-east-1:123456789012:db:orders-replica", "DBInstanceNotFound"),
        ("arn:aws:rds:us-east-1:123456789012:snapshot:orders-replica", "InvalidParameterValue"),
        ("arn:aws:ec2:us-east-1:123456789012:db:orders-replica", "InvalidParameterValue"),
    ] {
        assert_eq!(describe(wrong).await, Err(code.to_owned()), "{wrong}");
        let error = client.promote_read_replica().db_instance_identifier(wrong).send().await.unwrap_err().into_service_error();
        assert_eq!(error.code(), Some(code), "{wrong}");
    }
    assert!(world.mutations().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_identifier_is_one_of_its_region() {
    let world = world(
        "rds: [{id: Orders, region: eu-west-1, resource_id: db-EU}, {id: orders, region: us-east-1, replica_of: orders, promotion: 1m}]\n",
    );
    let instance = async |region: &str| {
        let answer = rds(&world, region).describe_db_instances().db_instance_identifier("ORDERS").send().await.unwrap();
        <[DbInstance; 1]>::try_from(answer.db_instances.unwrap()).unwrap()[0].clone()
    };
    let (primary, replica) = (instance("eu-west-1").await, instance("us-east-1").await);
    assert_eq!((primary.db_instance_identifier(), primary.dbi_resource_id()), (Some("orders"), Some("db-EU")), "stored in lower case");
    assert_eq!(replica.read_replica_source_db_instance_identifier(), Some("arn:aws:rds:eu-west-1:123456789012:db:orders"));
    assert_eq!(primary.read_replica_db_instance_identifiers(), ["arn:aws:rds:us-east-1:123456789012:db:orders"]);
    rds(&world, "us-east-1").promote_read_replica().db_instance_identifier("orders").send().await.unwrap();
    pass(&world, 70).await;
    assert_eq!(instance("us-east-1").await.read_replica_source_db_instance_identifier(), None);
    assert!(instance("eu-west-1").await.read_replica_db_instance_identifiers().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_an_instance_is_asked_for_must_make_sense() {
    use aws_sdk_rds::types::Filter;
    let world = world(PAIR);
    let client = rds(&world, "us-east-1");
    for window in ["after lunch", "03:00-03:10", "04:00-04:30"] {
        let call = client.promote_read_replica().db_instance_identifier("orders-replica").preferred_backup_window(window);
        assert_eq!(call.send().await.unwrap_err().into_service_error().code(), Some("InvalidParameterValue"), "{window}");
    }
    for days in [-1, 36] {
        let call = client.promote_read_replica().db_instance_identifier("orders-replica").backup_retention_period(days);
        assert_eq!(call.send().await.unwrap_err().into_service_error().code(), Some("InvalidParameterValue"), "{days}");
    }
    let filtered = async |name: &str, value: &str| {
        let filter = Filter::builder().name(name).values(value).build();
        let answer = client.describe_db_instances().filters(filter).send().await;
        answer.map(|answer| answer.db_instances().len()).map_err(|error| error.into_service_error().code().unwrap_or_default().to_owned())
    };
    assert_eq!(filtered("engine", "postgres").await, Ok(1));
    assert_eq!(filtered("engine", "mysql").await, Ok(0));
    assert_eq!(filtered("db-cluster-id", "orders").await, Ok(0));
    assert_eq!(filtered("colour", "red").await, Err("InvalidParameterValue".into()));
    let page = client.describe_db_instances().max_records(19).send().await.unwrap_err().into_service_error();
    assert_eq!(page.code(), Some("InvalidParameterValue"));
}

#[tokio::test(start_paused = true)]
async fn an_instance_shows_what_tools_read() {
    let world = world(PAIR);
    let shown = replica(&world).await;
    assert_eq!(shown.license_model(), Some("postgresql-license"));
    assert_eq!(shown.db_parameter_groups()[0].db_parameter_group_name(), Some("default.postgres17"));
    assert_eq!(shown.db_subnet_group().unwrap().subnets().len(), 3);
    assert_eq!(shown.vpc_security_groups()[0].status(), Some("active"));
    assert!(shown.pending_modified_values().is_some() && shown.ca_certificate_identifier().is_some() && shown.kms_key_id().is_some());
}

#[tokio::test(start_paused = true)]
async fn unknown_operations_say_that_they_are_not_simulated() {
    let world = world(PAIR);
    let error = rds(&world, "us-east-1").describe_db_clusters().send().await.unwrap_err().into_service_error();
    assert_eq!(error.code(), Some("InvalidAction"));
    assert!(error.message().unwrap().contains("does not simulate rds:DescribeDBClusters"), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn sts_tells_who_asks() {
    let world = world("caller: {arn: \"arn:aws:sts::123456789012:assumed-role/dr-operator/drill\"}\n");
    let sts = aws_sdk_sts::Client::new(&world.sdk_config("us-east-1", "x"));
    let identity = sts.get_caller_identity().send().await.unwrap();
    assert_eq!(identity.account(), Some("123456789012"));
    assert_eq!(identity.arn(), Some("arn:aws:sts::123456789012:assumed-role/dr-operator/drill"));
}

#[tokio::test(start_paused = true)]
async fn a_role_is_assumed_and_its_keys_say_so() {
    let world = world("");
    let sts = aws_sdk_sts::Client::new(&world.sdk_config("us-east-1", "x"));
    let role = "arn:aws:iam::999999999999:role/teams/dns-operator";
    let answer = sts.assume_role().role_arn(role).role_session_name("night").send().await.unwrap();
    assert_eq!(answer.assumed_role_user().unwrap().arn(), "arn:aws:sts::999999999999:assumed-role/dns-operator/night");
    let keys = answer.credentials().unwrap();
    assert_eq!(keys.expiration().secs(), "2026-03-12T03:47:00Z".parse::<jiff::Timestamp>().unwrap().as_second());
    let asked = async |key: &str, token: &str| {
        let keys = aws_credential_types::Credentials::new(key, keys.secret_access_key(), Some(token.to_owned()), None, "test");
        let keys = aws_credential_types::provider::SharedCredentialsProvider::new(keys);
        let config = world.sdk_config("us-east-1", "x").to_builder().credentials_provider(keys).build();
        let identity = aws_sdk_sts::Client::new(&config).get_caller_identity().send().await;
        identity.map(|identity| identity.arn().unwrap_or_default().to_owned()).map_err(|error| error.code().unwrap_or_default().to_owned())
    };
    let arn = "arn:aws:sts::999999999999:assumed-role/dns-operator/night";
    assert_eq!(asked(keys.access_key_id(), keys.session_token()).await, Ok(arn.to_owned()));
    assert_eq!(asked("AKIAOTHER", keys.session_token()).await, Err("InvalidClientTokenId".into()), "another's keys");
    for (role, session, seconds) in [
        ("arn:aws:iam::999999999999:user/somebody", "night", 900),
        ("arn:aws:iam::99:role/dns-operator", "night", 900),
        (role, "n", 900),
        (role, "good night", 900),
        (role, "night", 899),
        (role, "night", 43_201),
        (role, "night", 3_601),
    ] {
        let call = sts.assume_role().role_arn(role).role_session_name(session).duration_seconds(seconds);
        assert_eq!(call.send().await.unwrap_err().code(), Some("ValidationError"), "{role} {session} {seconds}");
    }
    assert!(world.mutations().is_empty());
}
