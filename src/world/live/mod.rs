//! The live world: real AWS, real HTTP, real DNS, real programs, the machine's clocks.

mod aws;
#[cfg(test)]
mod aws_tests;
mod clock;
mod codes;
mod credentials;
mod dns;
mod endpoints;
mod http;
mod https;
mod lines;
mod process;
mod profiles;
mod vouched;
mod way_in;
mod world;

pub use self::clock::LiveClock;
pub use self::endpoints::of_environment as endpoint_of_environment;
pub use self::way_in::{WayIn, way_in};
pub use self::world::{LiveWorld, WantedCode};
