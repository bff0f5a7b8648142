//! What `lifeboat plan` prints: the resolved plan as a drawing for people, as documents for other programs, and as the policy it needs.

mod brief;
mod dot;
mod drawing;
mod iam;
mod json;
mod mermaid;
mod overview;
mod pen;
mod rails;
mod steps;
mod words;

pub use brief::{Brief, Origin, ParamValue};
pub use dot::dot;
pub use iam::{Policy, policies, policy_text};
pub use json::json;
pub use mermaid::mermaid;
pub use overview::tree;
pub use pen::Look;
