//! The world file: its format, how it is read, and what must hold in it. docs/world-format.md is its reference.

pub(crate) mod arn;
mod check;
mod error;
mod load;
mod model;
mod scalar;

pub(in crate::world::sim) use check::TAINT_EFFECTS;
pub use error::WorldFileError;
pub use load::Definition;
pub(crate) use model::{
    ClusterDef, CommandDef, FaultDef, GarbageDef, GeoDef, HealthCheckDef, InstanceDef, IssueDef, LagAfterLoss, NodegroupDef, PlaceDef,
    RecordDef, ServiceDef, TaintDef, WorldFile, ZoneDef,
};
