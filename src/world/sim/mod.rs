//! The simulated world: an AWS estate read from a file, its cause and effect on its own time, behind the same ports as the
//! live world. The SDK clients are the real ones; only their HTTP connector leads here. See docs/world-format.md.
//!
//! No task runs in the background: every state is computed, when somebody looks, from what was recorded before.

mod audit;
mod aws;
mod call;
mod chain;
mod clock;
mod connector;
mod constraint;
mod dice;
mod dns;
mod estate;
mod fault;
mod file;
mod has;
mod http;
mod ledger;
mod process;
mod restore;
mod server;
mod work;
mod world;

pub use audit::AuditEntry;
pub use call::{AwsRequest, AwsResponse, NoAnswer};
pub use chain::verify_log;
pub use clock::{SimClock, Speed};
pub use connector::SimHttpClient;
pub use dice::Dist;
pub use file::{Definition, WorldFileError};
pub use has::Wanted;
pub use restore::RestoreError;
pub use server::{ServeError, serve};
pub use world::SimWorld;
