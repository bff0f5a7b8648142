//! The driver: the tokio side of a run. It runs the engine's effects, feeds it their answers, keeps preconditions live, and gives
//! the confirmations where no person is there to give them.

mod audience;
mod broken;
mod cadence;
mod context;
mod dispatch;
mod hands;
mod hidden;
mod identify;
mod logs;
mod orders;
mod sample;
mod sampler;
mod standstill;
mod unsaved;
mod work;

pub use audience::Audience;
pub use dispatch::{Claim, Driver, Ended, Message, Pace, Setup};
pub use hands::{Hands, Said};
pub use identify::still_in_the_same_accounts;
pub use orders::{Order, Orders};
