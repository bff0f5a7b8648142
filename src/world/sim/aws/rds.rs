//! RDS: DescribeDBInstances and PromoteReadReplica.

use jiff::Timestamp;
use winterbaume_core::MockRequest;
use winterbaume_rds::model::{
    DBInstance, DBInstanceList, DBInstanceMessage, DBInstanceStatusInfo, DBInstanceStatusInfoList, DescribeDBInstancesMessage, Endpoint,
    FilterList, PromoteReadReplicaMessage, PromoteReadReplicaResult, ReadReplicaDBInstanceIdentifierList,
};
use winterbaume_rds::wire;

use super::reply::{Done, Refused, Wire};
use super::request::{Moment, Parsed, form};
use crate::world::sim::dice::Dice;
use crate::world::sim::estate::{Database, Estate, Promotion};

const WIRE: Wire = Wire::Query { namespace: "http://rds.amazonaws.com/doc/2014-10-31/" };

pub(super) fn parse(request: &MockRequest) -> Parsed {
    let params = form(request);
    let operation = params.get("Action").map_or("", String::as_str);
    let invalid = |message: String| Parsed::refused(operation, WIRE, Refused::new("InvalidParameterValue", 400, message));
    match operation {
        "DescribeDBInstances" => match wire::deserialize_describe_d_b_instances_request(&params) {
            Ok(input) => {
                let resource = input.d_b_instance_identifier.clone().unwrap_or_default();
                Parsed::read(operation, WIRE, resource, &input.clone(), move |estate, moment| describe(estate, moment, &input))
            }
            Err(message) => invalid(message),
        },
        "PromoteReadReplica" => match wire::deserialize_promote_read_replica_request(&params) {
            Ok(input) => {
                let resource = input.d_b_instance_identifier.clone();
                Parsed::read(operation, WIRE, resource, &input.clone(), move |estate, moment| promote(estate, moment, &input)).mutating()
            }
            Err(message) => invalid(message),
        },
        _ => Parsed::refused(operation, WIRE, Refused::not_simulated("rds", operation)),
    }
}

/// An instance may be named by its identifier or its ARN.
fn identifier(name: &str) -> &str {
    if name.starts_with("arn:") { name.rsplit(':').next().unwrap_or(name) } else { name }
}

fn not_found(name: &str) -> Refused {
    Refused::new("DBInstanceNotFound", 404, format!("DBInstance {name} not found."))
}

fn describe(estate: &Estate, moment: Moment<'_>, input: &DescribeDBInstancesMessage) -> Result<Done, Refused> {
    let mut shown: Vec<&Database> = estate
        .databases
        .iter()
        .filter(|db| db.def.region.value == moment.place.region)
        .filter(|db| input.d_b_instance_identifier.as_deref().is_none_or(|id| identifier(id).eq_ignore_ascii_case(&db.def.id.value)))
        .collect();
    if let Some(id) = &input.d_b_instance_identifier
        && shown.is_empty()
    {
        return Err(not_found(id));
    }
    if let Some(filters) = &input.filters {
        filter(&mut shown, filters)?;
    }
    shown.sort_by(|a, b| a.def.id.value.cmp(&b.def.id.value));
    let page = usize::try_from(input.max_records.unwrap_or(100)).unwrap_or(0);
    if !(20..=100).contains(&page) {
        return Err(Refused::new("InvalidParameterValue", 400, format!("Invalid value {page} for MaxRecords. Must be between 20 and 100")));
    }
    let from = match &input.marker {
        Some(marker) => shown.iter().position(|db| db.def.id.value > *marker).unwrap_or(shown.len()),
        None => 0,
    };
    let more = shown.len() > from + page;
    shown = shown.into_iter().skip(from).take(page).collect();

    let since = shown.iter().map(|db| db.look(moment.t).since).max().unwrap_or(estate.start);
    let marker = if more { shown.last().map(|db| db.def.id.value.clone()) } else { None };
    let items = shown.into_iter().map(|db| instance(estate, db, moment.t)).collect();
    let response =
        wire::serialize_describe_d_b_instances_response(&DBInstanceMessage { d_b_instances: Some(DBInstanceList { items }), marker });
    Ok(Done { response, since })
}

fn filter(shown: &mut Vec<&Database>, filters: &FilterList) -> Result<(), Refused> {
    for filter in &filters.items {
        let wanted = &filter.values.items;
        match filter.name.as_str() {
            "db-instance-id" => shown.retain(|db| wanted.iter().any(|id| identifier(id).eq_ignore_ascii_case(&db.def.id.value))),
            "dbi-resource-id" => shown.retain(|db| wanted.contains(&resource_id(db))),
            "engine" => shown.retain(|db| wanted.contains(&db.def.engine)),
            other => return Err(Refused::new("InvalidParameterValue", 400, format!("Unrecognized filter name: {other}"))),
        }
    }
    Ok(())
}

fn promote(estate: &mut Estate, moment: Moment<'_>, input: &PromoteReadReplicaMessage) -> Result<Done, Refused> {
    let id = identifier(&input.d_b_instance_identifier);
    let found = estate
        .databases
        .iter()
        .position(|db| db.def.id.value.eq_ignore_ascii_case(id) && db.def.region.value == moment.place.region)
        .ok_or_else(|| not_found(id))?;
    let retention = input.backup_retention_period.unwrap_or(1);
    if !(0..=35).contains(&retention) {
        let message = format!("Invalid backup retention period: {retention}. Must be between 0 and 35");
        return Err(Refused::new("InvalidParameterValue", 400, message));
    }
    let db = &estate.databases[found];
    let takes = estate.dice.draw(db.def.promotion, &format!("promotion/{}", db.def.id.value), 0);
    let work = estate.work(moment.place, moment.t, moment.n, takes);
    let promotion = Promotion { work, retention, window: input.preferred_backup_window.clone() };
    let accepted = estate.databases[found].promote(moment.t, promotion);
    accepted.map_err(|message| Refused::new("InvalidDBInstanceState", 400, message))?;
    let d_b_instance = Some(instance(estate, &estate.databases[found], moment.t));
    Ok(Done { response: wire::serialize_promote_read_replica_response(&PromoteReadReplicaResult { d_b_instance }), since: moment.t })
}

fn arn(estate: &Estate, db: &Database) -> String {
    format!("arn:aws:rds:{}:{}:db:{}", db.def.region.value, estate.account, db.def.id.value)
}

fn resource_id(db: &Database) -> String {
    db.def.resource_id.clone().unwrap_or_else(|| format!("db-{}", Dice::new(0).token(&db.def.id.value, 0, 26)))
}

/// How `other` is named from `here`: by its identifier in the same region, by its ARN across regions.
fn named_from(estate: &Estate, here: &Database, other: &Database) -> String {
    if here.def.region.value == other.def.region.value { other.def.id.value.clone() } else { arn(estate, other) }
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

fn instance(estate: &Estate, db: &Database, t: Timestamp) -> DBInstance {
    let def = &db.def;
    let region = &def.region.value;
    let look = db.look(t);
    let source = look.source.and_then(|id| estate.database(id));
    let host = || {
        let id = Dice::new(0).token(&format!("{}/{region}", estate.account), 0, 12).to_ascii_lowercase();
        format!("{}.{id}.{region}.rds.amazonaws.com", def.id.value)
    };
    let replicas = estate.databases.iter().filter(|other| other.look(t).source.is_some_and(|id| id == def.id.value));
    let promoted = db.promotion.as_ref().filter(|_| look.source.is_none());
    DBInstance {
        allocated_storage: Some(200),
        auto_minor_version_upgrade: Some(true),
        availability_zone: Some(format!("{region}a")),
        backup_retention_period: Some(promoted.map_or(if look.source.is_some() { 0 } else { 7 }, |promotion| promotion.retention)),
        preferred_backup_window: Some(promoted.and_then(|promotion| promotion.window.clone()).unwrap_or_else(|| "03:00-03:30".into())),
        d_b_instance_arn: Some(arn(estate, db)),
        d_b_instance_class: Some(def.class.clone()),
        d_b_instance_identifier: Some(def.id.value.clone()),
        d_b_instance_status: Some(look.status.to_owned()),
        dbi_resource_id: Some(resource_id(db)),
        deletion_protection: Some(true),
        endpoint: Some(Endpoint {
            address: Some(def.endpoint.clone().unwrap_or_else(host)),
            hosted_zone_id: Some("Z2R2ITUGPM61AM".into()),
            port: Some(port(db)),
        }),
        engine: Some(def.engine.clone()),
        engine_version: Some(version(db)),
        instance_create_time: Some("2025-01-15T08:30:00Z".into()),
        master_username: Some("admin".into()),
        multi_a_z: Some(false),
        preferred_maintenance_window: Some("sun:04:00-sun:04:30".into()),
        publicly_accessible: Some(false),
        read_replica_d_b_instance_identifiers: Some(ReadReplicaDBInstanceIdentifierList {
            items: replicas.map(|other| named_from(estate, db, other)).collect(),
        }),
        read_replica_source_d_b_instance_identifier: source.map(|source| named_from(estate, db, source)),
        status_infos: source.map(|source| DBInstanceStatusInfoList { items: vec![replication(estate, source, t)] }),
        storage_encrypted: Some(true),
        storage_type: Some("gp3".into()),
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
