//! RDS: DescribeDBInstances and PromoteReadReplica.

use std::time::Duration;

use winterbaume_core::MockRequest;
use winterbaume_rds::model::{
    DBInstanceList, DBInstanceMessage, DescribeDBInstancesMessage, FilterList, PromoteReadReplicaMessage, PromoteReadReplicaResult,
};
use winterbaume_rds::wire;

use super::rds_shape::{instance, resource_id};
use super::reply::{Done, Refused, Wire};
use super::request::{Moment, Parsed, form};
use crate::world::sim::estate::{Database, Estate, Promotion};

const WIRE: Wire = Wire::Query { namespace: "http://rds.amazonaws.com/doc/2014-10-31/" };

/// When the world's instances are maintained: no backup window may overlap it.
pub(super) const MAINTENANCE: &str = "sun:04:00-sun:04:30";
const MAINTENANCE_MINUTES: (u32, u32) = (4 * 60, 4 * 60 + 30);

pub(super) fn parse(request: &MockRequest) -> Parsed {
    let params = form(request);
    let operation = params.get("Action").map_or("", String::as_str);
    let invalid = |message: String| Parsed::refused(operation, WIRE, invalid(message));
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

fn invalid(message: impl Into<String>) -> Refused {
    Refused::new("InvalidParameterValue", 400, message)
}

fn not_found(name: &str) -> Refused {
    Refused::new("DBInstanceNotFound", 404, format!("DBInstance {name} not found."))
}

/// Where the instance stands that is named by its identifier or its ARN. An ARN names region and account as well: one of another region
/// or account is nobody here, and one of something else is no instance.
fn find(estate: &Estate, moment: Moment<'_>, name: &str) -> Result<usize, Refused> {
    if name.starts_with("arn:") && name.split(':').nth(2).zip(name.split(':').nth(5)) != Some(("rds", "db")) {
        return Err(invalid(format!("Invalid database identifier:  {name}")));
    }
    let meant = |db: &&Database| names(db, name) && db.is_in(moment.place.region);
    estate.databases.iter().position(|db| meant(&db)).ok_or_else(|| not_found(name))
}

/// Whether `name` is the instance's identifier or its ARN, whose last part is compared without regard to case, as RDS does.
fn names(db: &Database, name: &str) -> bool {
    match name.rsplit_once(':') {
        Some((before, id)) => db.arn.rsplit_once(':').is_some_and(|(own, own_id)| own == before && own_id.eq_ignore_ascii_case(id)),
        None => name.eq_ignore_ascii_case(&db.def.id.value),
    }
}

fn describe(estate: &Estate, moment: Moment<'_>, input: &DescribeDBInstancesMessage) -> Result<Done, Refused> {
    let mut shown: Vec<&Database> = match &input.d_b_instance_identifier {
        Some(name) => vec![&estate.databases[find(estate, moment, name)?]],
        None => estate.databases.iter().filter(|db| db.is_in(moment.place.region)).collect(),
    };
    if let Some(filters) = &input.filters {
        filter(&mut shown, filters)?;
    }
    shown.sort_by(|a, b| a.def.id.value.cmp(&b.def.id.value));
    let asked = input.max_records.unwrap_or(100);
    let page = usize::try_from(asked).ok().filter(|page| (20..=100).contains(page));
    let page = page.ok_or_else(|| invalid(format!("Invalid value {asked} for MaxRecords. Must be between 20 and 100")))?;
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

/// Source: DescribeDBInstances, "Filters". No instance of a world is of a cluster or joined to a domain.
fn filter(shown: &mut Vec<&Database>, filters: &FilterList) -> Result<(), Refused> {
    for filter in &filters.items {
        let wanted = &filter.values.items;
        if wanted.is_empty() {
            return Err(invalid(format!("The filter {} has no values", filter.name)));
        }
        match filter.name.as_str() {
            "db-instance-id" => shown.retain(|db| wanted.iter().any(|name| names(db, name))),
            "dbi-resource-id" => shown.retain(|db| wanted.contains(&resource_id(db))),
            "engine" => shown.retain(|db| wanted.contains(&db.def.engine)),
            "db-cluster-id" | "domain" => shown.clear(),
            other => return Err(invalid(format!("Unrecognized filter name: {other}"))),
        }
    }
    Ok(())
}

fn promote(estate: &mut Estate, moment: Moment<'_>, input: &PromoteReadReplicaMessage) -> Result<Done, Refused> {
    if input.d_b_instance_identifier.is_empty() {
        return Err(Refused::new("MissingParameter", 400, "The request must contain the parameter DBInstanceIdentifier"));
    }
    let found = find(estate, moment, &input.d_b_instance_identifier)?;
    let retention = input.backup_retention_period.unwrap_or(1);
    if !(0..=35).contains(&retention) {
        return Err(invalid(format!("Invalid backup retention period: {retention}. Must be between 0 and 35")));
    }
    if let Some(window) = &input.preferred_backup_window {
        backup_window(window)?;
    }
    let db = &estate.databases[found];
    let takes = estate.dice.draw(db.def.promotion, &format!("promotion/{}", db.def.id.value), 0);
    let first = retention > 0 && db.retention() == 0;
    let backup = estate.dice.draw(db.def.backup, &format!("backup/{}", db.def.id.value), 0);
    let backup = if first { backup } else { Duration::ZERO };
    let work = estate.work(moment.place, moment.t, moment.n, takes);
    let promotion = Promotion { work, retention, window: input.preferred_backup_window.clone(), backup };
    let accepted = estate.databases[found].promote(moment.t, promotion);
    accepted.map_err(|message| Refused::new("InvalidDBInstanceState", 400, message))?;
    let d_b_instance = Some(instance(estate, &estate.databases[found], moment.t));
    Ok(Done { response: wire::serialize_promote_read_replica_response(&PromoteReadReplicaResult { d_b_instance }), since: moment.t })
}

/// Source: PromoteReadReplica, "PreferredBackupWindow": "Must be in the format hh24:mi-hh24:mi. Must be in Universal Coordinated Time.
/// Must not conflict with the preferred maintenance window. Must be at least 30 minutes."
fn backup_window(window: &str) -> Result<(), Refused> {
    let minutes = |text: &str| {
        let (hours, minutes) = text.split_once(':')?;
        let whole = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u32>().ok()).flatten();
        let right = hours.len() == 2 && minutes.len() == 2;
        let (hours, minutes) = (whole(hours)?, whole(minutes)?);
        (right && hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
    };
    let Some((from, until)) = window.split_once('-').and_then(|(from, until)| Some((minutes(from)?, minutes(until)?))) else {
        let how = "Should be specified as a range hh24:mi-hh24:mi (24H Clock UTC)";
        return Err(invalid(format!("Invalid backup window format: {window}. {how}")));
    };
    // A window may go past midnight.
    let lasts = (until + 24 * 60 - from) % (24 * 60);
    if lasts < 30 {
        return Err(invalid(format!("The backup window must be at least 30 minutes: {window}")));
    }
    let (begins, ends) = MAINTENANCE_MINUTES;
    let overlaps = [0, 24 * 60].iter().any(|day| from < ends + day && begins + day < from + lasts);
    if overlaps {
        return Err(invalid("The backup window and maintenance window must not overlap."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_window_is_half_an_hour_of_the_day_outside_the_maintenance() {
        for right in ["03:00-03:30", "03:30-04:00", "04:30-05:00", "23:45-00:15", "05:00-04:00"] {
            backup_window(right).unwrap_or_else(|refused| panic!("{right}: {refused:?}"));
        }
        for (wrong, why) in [
            ("after lunch", "format"),
            ("3:00-3:30", "format"),
            ("24:00-24:30", "format"),
            ("03:00-03:+5", "format"),
            ("03:00", "format"),
            ("03:00-03:10", "at least 30 minutes"),
            ("03:00-03:00", "at least 30 minutes"),
            ("03:45-04:15", "must not overlap"),
            ("23:00-04:15", "must not overlap"),
            ("04:29-05:00", "must not overlap"),
        ] {
            let refused = backup_window(wrong).unwrap_err();
            assert!(refused.message.contains(why) && refused.code == "InvalidParameterValue", "{wrong}: {refused:?}");
        }
    }
}
