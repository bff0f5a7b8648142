//! The catalogue of read-only probes, one file per kind.

mod aws_identity;
mod catalog;
mod cloudwatch_metric;
mod dns;
mod eks_nodegroup;
mod http;
mod port;
mod rds_instance;
mod rds_replica_lag;
mod route53_record;
#[cfg(test)]
mod tests;

pub use aws_identity::identity;
pub use catalog::{catalog, find};
pub use port::{Cx, Leave, Probe, Sample};
