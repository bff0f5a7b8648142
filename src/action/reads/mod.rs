//! What both actions and probes read from AWS, one file per service, in lifeboat's own words.

pub mod cloudwatch;
pub mod eks;
pub mod limit;
pub mod rds;
pub mod route53;
