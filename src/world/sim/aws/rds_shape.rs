//! A database instance as DescribeDBInstances shows it, with what a client or an infrastructure tool reads of one.

use jiff::Timestamp;
use winterbaume_rds::model::{
    AvailabilityZone, CertificateDetails, DBInstance, DBInstanceStatusInfo, DBInstanceStatusInfoList, DBParameterGroupStatus,
    DBParameterGroupStatusList, DBSubnetGroup, Endpoint, OptionGroupMembership, OptionGroupMembershipList, PendingModifiedValues,
    ReadReplicaDBInstanceIdentifierList, StringList, Subnet, SubnetList, TagList, VpcSecurityGroupMembership,
    VpcSecurityGroupMembershipList,
};

use super::rds::MAINTENANCE;
use crate::world::sim::dice::Dice;
use crate::world::sim::estate::{Database, Estate};
use crate::world::sim::file::arn::partition;

/// The certificate authority of RDS that instances have by default.
/// Source: RDS User Guide, "Using SSL/TLS to encrypt a connection to a DB instance".
const AUTHORITY: &str = "rds-ca-rsa2048-g1";
/// How far behind an instance with backups can be restored: its logs are kept every five minutes.
/// Source: RDS User Guide, "Restoring a DB instance to a specified time".
const LOGS_EVERY: i64 = 300;

pub(super) fn resource_id(db: &Database) -> String {
    db.def.resource_id.clone().unwrap_or_else(|| format!("db-{}", Dice::new(0).token(&db.def.id.value, 0, 26)))
}

/// How `other` is named from `here`: by its identifier in the same region, by its ARN across regions.
fn named_from(here: &Database, other: &Database) -> String {
    if other.is_in(&here.def.region.value) { other.def.id.value.clone() } else { other.arn.clone() }
}

fn port(db: &Database) -> i32 {
    let usual = match db.def.engine.as_str() {
        "mysql" | "mariadb" => 3306,
        engine if engine.starts_with("oracle") => 1521,
        engine if engine.starts_with("sqlserver") => 1433,
        _ => 5432,
    };
    db.def.port.unwrap_or(usual).into()
}

fn version(db: &Database) -> String {
    let usual = match db.def.engine.as_str() {
        "mysql" => "8.4.6",
        "mariadb" => "11.8.3",
        _ => "17.6",
    };
    db.def.version.clone().unwrap_or_else(|| usual.into())
}

/// The license model, and the version that parameter and option groups go by.
fn licensed(db: &Database) -> (&'static str, String) {
    let version = version(db);
    let mut numbers = version.split('.');
    let (first, second) = (numbers.next().unwrap_or(""), numbers.next().unwrap_or(""));
    match db.def.engine.as_str() {
        "postgres" => ("postgresql-license", first.to_owned()),
        "mysql" | "mariadb" => ("general-public-license", format!("{first}.{second}")),
        engine if engine.starts_with("sqlserver") => ("license-included", format!("{first}.00")),
        _ => ("bring-your-own-license", first.to_owned()),
    }
}

/// Letters and digits that are always the same for what they stand for.
fn made_up(what: &str, len: usize) -> String {
    Dice::new(0).token(what, 0, len).to_ascii_lowercase()
}

fn subnets(region: &str) -> DBSubnetGroup {
    let subnet = |zone: char| Subnet {
        subnet_availability_zone: Some(AvailabilityZone { name: Some(format!("{region}{zone}")) }),
        subnet_identifier: Some(format!("subnet-{}", made_up(&format!("{region}{zone}"), 17))),
        subnet_status: Some("Active".into()),
        ..Subnet::default()
    };
    DBSubnetGroup {
        d_b_subnet_group_description: Some("default".into()),
        d_b_subnet_group_name: Some("default".into()),
        subnet_group_status: Some("Complete".into()),
        subnets: Some(SubnetList { items: ['a', 'b', 'c'].map(subnet).to_vec() }),
        supported_network_types: Some(StringList { items: vec!["IPV4".into()] }),
        vpc_id: Some(format!("vpc-{}", made_up(region, 17))),
        ..DBSubnetGroup::default()
    }
}

pub(super) fn instance(estate: &Estate, db: &Database, t: Timestamp) -> DBInstance {
    let def = &db.def;
    let region = &def.region.value;
    let look = db.look(t);
    let source = estate.source_of(db, t);
    let host = || format!("{}.{}.{region}.rds.amazonaws.com", def.id.value, made_up(&format!("{}/{region}", estate.account), 12));
    let replicas = estate.databases.iter().filter(|other| estate.source_of(other, t).is_some_and(|source| source.arn == db.arn));
    let promoted = db.promotion.as_ref().filter(|_| look.source.is_none());
    // What a promotion is to change is pending until its restart is over.
    let pending = db.promotion.as_ref().filter(|promotion| look.source.is_some() && promotion.retention != db.retention());
    let retention = promoted.map_or(db.retention(), |promotion| promotion.retention);
    let (license, major) = licensed(db);
    let restorable = t.as_second().div_euclid(LOGS_EVERY) * LOGS_EVERY - LOGS_EVERY;
    let restorable = Timestamp::from_second(restorable).ok().filter(|_| retention > 0 && look.source.is_none());
    DBInstance {
        allocated_storage: Some(200),
        auto_minor_version_upgrade: Some(true),
        availability_zone: Some(format!("{region}a")),
        backup_retention_period: Some(retention),
        backup_target: Some("region".into()),
        c_a_certificate_identifier: Some(AUTHORITY.into()),
        certificate_details: Some(CertificateDetails {
            c_a_identifier: Some(AUTHORITY.into()),
            valid_till: Some("2061-05-18T23:59:59Z".into()),
        }),
        copy_tags_to_snapshot: Some(true),
        customer_owned_ip_enabled: Some(false),
        d_b_instance_arn: Some(db.arn.clone()),
        d_b_instance_class: Some(def.class.clone()),
        d_b_instance_identifier: Some(def.id.value.clone()),
        d_b_instance_status: Some(look.status.to_owned()),
        d_b_parameter_groups: Some(DBParameterGroupStatusList {
            items: vec![DBParameterGroupStatus {
                d_b_parameter_group_name: Some(format!("default.{}{major}", def.engine)),
                parameter_apply_status: Some("in-sync".into()),
            }],
        }),
        d_b_subnet_group: Some(subnets(region)),
        db_instance_port: Some(0),
        dbi_resource_id: Some(resource_id(db)),
        dedicated_log_volume: Some(false),
        deletion_protection: Some(true),
        endpoint: Some(Endpoint {
            address: Some(def.endpoint.clone().unwrap_or_else(host)),
            hosted_zone_id: Some("Z2R2ITUGPM61AM".into()),
            port: Some(port(db)),
        }),
        engine: Some(def.engine.clone()),
        engine_version: Some(version(db)),
        i_a_m_database_authentication_enabled: Some(false),
        instance_create_time: Some("2025-01-15T08:30:00Z".into()),
        iops: Some(3000),
        kms_key_id: Some(format!(
            "arn:{}:kms:{region}:{}:key/{}",
            partition(region),
            estate.account,
            Dice::new(0).request_id(region.bytes().map(u64::from).sum())
        )),
        latest_restorable_time: restorable.map(|moment| moment.to_string()),
        license_model: Some(license.into()),
        master_username: Some("admin".into()),
        monitoring_interval: Some(0),
        multi_a_z: Some(false),
        network_type: Some("IPV4".into()),
        option_group_memberships: Some(OptionGroupMembershipList {
            items: vec![OptionGroupMembership {
                option_group_name: Some(format!("default:{}-{}", def.engine, major.replace('.', "-"))),
                status: Some("in-sync".into()),
            }],
        }),
        pending_modified_values: Some(PendingModifiedValues {
            backup_retention_period: pending.map(|promotion| promotion.retention),
            ..PendingModifiedValues::default()
        }),
        performance_insights_enabled: Some(false),
        preferred_backup_window: Some(promoted.and_then(|promotion| promotion.window.clone()).unwrap_or_else(|| "03:00-03:30".into())),
        preferred_maintenance_window: Some(MAINTENANCE.into()),
        publicly_accessible: Some(false),
        read_replica_d_b_instance_identifiers: Some(ReadReplicaDBInstanceIdentifierList {
            items: replicas.map(|other| named_from(db, other)).collect(),
        }),
        read_replica_source_d_b_instance_identifier: source.map(|source| named_from(db, source)),
        status_infos: source.map(|source| DBInstanceStatusInfoList { items: vec![replication(estate, source, t)] }),
        storage_encrypted: Some(true),
        storage_throughput: Some(125),
        storage_type: Some("gp3".into()),
        tag_list: Some(TagList::default()),
        vpc_security_groups: Some(VpcSecurityGroupMembershipList {
            items: vec![VpcSecurityGroupMembership {
                status: Some("active".into()),
                vpc_security_group_id: Some(format!("sg-{}", made_up(&format!("sg/{region}"), 17))),
            }],
        }),
        ..DBInstance::default()
    }
}

/// What a replica says about its replication.
fn replication(estate: &Estate, source: &Database, t: Timestamp) -> DBInstanceStatusInfo {
    let reachable = estate.regions.is_up(&source.def.region.value, t);
    DBInstanceStatusInfo {
        message: (!reachable).then(|| "The replica cannot connect to its source DB instance.".into()),
        normal: Some(reachable),
        status: Some(if reachable { "replicating" } else { "error" }.into()),
        status_type: Some("read replication".into()),
    }
}
