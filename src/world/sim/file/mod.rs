//! The world file: its format, how it is read, and what must hold in it. docs/world-format.md is its reference.

mod check;
mod error;
mod load;
mod model;
mod scalar;

pub use error::WorldFileError;
pub use load::Definition;
pub(crate) use model::{
    ClusterDef, CommandDef, FaultDef, GarbageDef, InstanceDef, LagAfterLoss, NodegroupDef, RecordDef, ServiceDef, WorldFile, ZoneDef,
};
