//! The live world: real AWS, real HTTP, real DNS, real programs, the machine's clocks.

mod aws;
mod clock;
mod credentials;
mod dns;
mod http;
mod lines;
mod process;
mod way_in;
mod world;

pub use self::clock::LiveClock;
pub use self::way_in::{WayIn, way_in};
pub use self::world::LiveWorld;
