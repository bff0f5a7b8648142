//! What both actions and probes read from AWS, one file per service, in lifeboat's own words.

pub mod cloudwatch;
pub mod eks;
pub mod eks_health;
pub mod rds;
pub mod rds_name;
pub mod rds_status;
pub mod route53;
