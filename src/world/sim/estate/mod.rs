//! The estate: what there is in the world, and its state at any time, computed from what was recorded.

mod batch;
mod database;
mod nodegroup;
mod records;
mod regions;
mod resolver;
mod service;
mod whole;
mod zone;

pub(crate) use batch::apply as apply_batch;
pub(crate) use database::{Database, Promotion};
pub(crate) use nodegroup::{Asked, Cluster, Nodegroup, Update, UpdateError};
pub(crate) use records::{Key as RecordKey, display_name, normal_name};
pub(crate) use regions::Regions;
pub(crate) use resolver::{Answer, Resolvers, authoritative, zone_of};
pub(crate) use service::{Answering, Health};
pub(crate) use whole::Estate;
pub(crate) use zone::{Change, Zone};
