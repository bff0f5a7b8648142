//! What a step wants: weights of the sets of one name, or of several names of one zone.

use serde_json::{Value, json};

use super::SPEC;
use crate::action::with::With;
use crate::plan::Failure;
use crate::runbook::dns_name::{in_zone, plain_name, zone_id};

/// All that a step wants.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wanted {
    pub(super) zone: String,
    pub(super) records: Vec<Record>,
    /// Whether the step was written with `records`.
    pub(super) several: bool,
    /// `None` where the author does not say: then what can be asked is asked.
    pub(super) wait_for_dns: Option<bool>,
}

/// The wanted weights of one name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Record {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) weights: Vec<(String, i64)>,
}

impl Record {
    /// `api.example.com A`.
    pub(super) fn shown(&self) -> String {
        format!("{} {}", self.name, self.kind)
    }
}

impl Wanted {
    pub(super) fn read(with: &Value) -> Result<Self, Failure> {
        let top = With::new(SPEC.name, with);
        let zone = top.text("zone")?;
        let several = top.get("records").is_some();
        let records = match top.get("records") {
            None => vec![record(with, with)?],
            Some(_) if top.get("record").is_some() => return Err(top.wrong("it takes `record` or `records`, not both")),
            Some(Value::Array(items)) if !items.is_empty() => items
                .iter()
                .map(|item| match item {
                    Value::String(name) => record(&json!({ "record": name }), with),
                    item => record(item, with),
                })
                .collect::<Result<_, _>>()?,
            Some(_) => return Err(top.wrong("`records` must be a list with at least one record")),
        };
        let wanted = Self { zone, records, several, wait_for_dns: top.flag_opt("wait_for_dns")? };
        for (at, record) in wanted.records.iter().enumerate() {
            if zone_id(&wanted.zone).is_none() && !in_zone(&record.name, &wanted.zone) {
                return Err(top.wrong(format!("{} is not in the zone {}", record.name, wanted.zone)));
            }
            if wanted.records[..at].iter().any(|other| (&other.name, &other.kind) == (&record.name, &record.kind)) {
                return Err(top.wrong(format!("{} is there twice", record.shown())));
            }
        }
        Ok(wanted)
    }

    /// What it changes, in few words.
    pub(super) fn resource(&self) -> String {
        match self.records.as_slice() {
            [] => self.zone.clone(),
            [one] => one.shown(),
            [first, rest @ ..] => format!("{} and {} more of {}", first.shown(), rest.len(), plain_name(&self.zone)),
        }
    }
}

/// One record: what it does not say itself, all of the step says.
fn record(item: &Value, all: &Value) -> Result<Record, Failure> {
    let (item, all) = (With::new(SPEC.name, item), With::new(SPEC.name, all));
    let of = |name: &str| if item.get(name).is_some() { item } else { all };
    Ok(Record {
        name: plain_name(&item.text("record")?),
        kind: of("type").text("type")?.to_ascii_uppercase(),
        weights: of("weights").integer_map("weights", 0..=255)?,
    })
}
