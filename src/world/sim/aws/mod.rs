//! The AWS side: from a request on the wire to what it does to the estate, and back onto the wire.

mod cloudwatch;
mod eks;
mod metric_form;
mod metric_query;
mod rds;
mod rds_shape;
mod reply;
mod request;
mod route53;
mod sts;

pub(crate) use reply::{Done, Refused, Wire, finish, render, spoil};
pub(crate) use request::{Moment, Parsed, Scope, parse, scope};
pub(crate) use sts::{ForeignKey, session};
