//! The estate: what there is in the world, and its state at any time, computed from what was recorded.

mod batch;
mod database;
mod form;
mod health;
mod names;
mod nodegroup;
mod rdata;
mod records;
mod regions;
mod resolver;
mod routing;
mod service;
mod settings;
mod whole;
mod zone;

pub(crate) use batch::{To as BatchTo, apply as apply_batch, impossible as impossible_records};
pub(crate) use database::{Database, Promotion};
pub(crate) use health::HealthCheck;
pub(crate) use names::{display_name, name_problem, normal_name, order as name_order};
pub(crate) use nodegroup::{Asked, Cluster, Issue, Nodegroup, Update, UpdateError};
pub(crate) use rdata::TYPES as RECORD_TYPES;
pub(crate) use records::Key as RecordKey;
pub(crate) use regions::Regions;
pub(crate) use resolver::{Answer, Resolvers, authoritative, zone_of};
pub(crate) use service::{Answering, Health};
pub(crate) use settings::Param;
pub(crate) use whole::Estate;
pub(crate) use zone::{Change, Zone, record as record_set};
