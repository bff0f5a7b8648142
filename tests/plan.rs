//! `lifeboat plan` from outside: what it prints, and that the policy it prints suffices for what a run does.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

#[path = "support/cli.rs"]
#[expect(dead_code, reason = "a plan is made without a served world")]
mod cli;
#[path = "plan/forms.rs"]
mod forms;
#[path = "plan/many.rs"]
mod many;
#[path = "plan/policy.rs"]
mod policy;
#[path = "plan/sufficient.rs"]
mod sufficient;
#[path = "support/mod.rs"]
#[expect(dead_code, reason = "made for the engine's tests, which need more of it")]
mod support;
