//! The keys of a world file. Every struct refuses keys it does not know. What one refers to by name keeps its place in the
//! file, for the messages of `check.rs`.

use std::net::IpAddr;

use indexmap::IndexMap;
use jiff::Timestamp;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::arn;
use super::scalar::{Length, When};
use crate::world::sim::dice::Dist;

/// A name with its place in the file.
pub(crate) type Name = Spanned<String>;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WorldFile {
    /// The format's version.
    pub(crate) world: Spanned<u32>,
    pub(crate) name: Name,
    pub(crate) title: Option<String>,
    /// Used unless the caller gives another.
    #[serde(default)]
    pub(crate) seed: u64,
    pub(crate) account: Name,
    #[serde(default)]
    pub(crate) caller: CallerDef,
    pub(crate) start: Timestamp,
    pub(crate) incident_start: Option<Spanned<Timestamp>>,
    /// What an AWS API call takes.
    #[serde(default = "api_latency")]
    pub(crate) latency: Dist,
    pub(crate) regions: IndexMap<String, RegionDef>,
    #[serde(default)]
    pub(crate) rds: Vec<InstanceDef>,
    #[serde(default)]
    pub(crate) eks: Vec<ClusterDef>,
    #[serde(default)]
    pub(crate) route53: Route53Def,
    #[serde(default)]
    pub(crate) services: Vec<ServiceDef>,
    #[serde(default)]
    pub(crate) commands: Vec<CommandDef>,
    #[serde(default)]
    pub(crate) operator: OperatorDef,
    #[serde(default)]
    pub(crate) events: Vec<EventDef>,
    #[serde(default)]
    pub(crate) faults: Vec<Spanned<FaultDef>>,
}

fn api_latency() -> Dist {
    Dist::ms(60, 150)
}

/// Why a name does not lead to one instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotOne {
    /// No instance has it.
    None,
    /// Several regions have one of it.
    Several,
}

impl WorldFile {
    /// The instance that is meant with `name` by something in `region`, and is not the one at the place `not`: as in RDS an identifier
    /// means the region's own instance first. An ARN means what it names.
    pub(crate) fn instance(&self, name: &str, region: &str, not: Option<usize>) -> Result<usize, NotOne> {
        let named = |place: usize| {
            let def = &self.rds[place];
            name.eq_ignore_ascii_case(&def.id.value) || name.eq_ignore_ascii_case(&arn::instance(&self.account.value, def))
        };
        let found: Vec<usize> = (0..self.rds.len()).filter(|place| Some(*place) != not && named(*place)).collect();
        match found[..] {
            [] => Err(NotOne::None),
            [one] => Ok(one),
            _ => found.into_iter().find(|place| self.rds[*place].region.value == region).ok_or(NotOne::Several),
        }
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallerDef {
    /// Who the credentials belong to; by default an assumed role of the account.
    pub(crate) arn: Option<String>,
}

/// Nothing yet: a region is only named.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegionDef {}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InstanceDef {
    pub(crate) id: Name,
    pub(crate) region: Name,
    #[serde(default = "postgres")]
    pub(crate) engine: String,
    pub(crate) version: Option<String>,
    #[serde(default = "instance_class")]
    pub(crate) class: String,
    pub(crate) resource_id: Option<String>,
    pub(crate) endpoint: Option<String>,
    pub(crate) port: Option<u16>,
    #[serde(default = "available")]
    pub(crate) status: String,
    pub(crate) replica_of: Option<Name>,
    /// While the source can be reached.
    #[serde(default = "lag")]
    pub(crate) lag: Dist,
    #[serde(default)]
    pub(crate) lag_after_loss: LagAfterLoss,
    /// From the accepted call to the end of the restart, without a source.
    #[serde(default = "promotion")]
    pub(crate) promotion: Dist,
    /// How long the first backup takes, which follows a promotion that turns backups on.
    #[serde(default = "backup")]
    pub(crate) backup: Dist,
    /// Days that automated backups are kept, 0 for none; by default none for a replica.
    pub(crate) backup_retention_days: Option<Spanned<i32>>,
    #[serde(default)]
    pub(crate) backing_up: Vec<WindowDef>,
}

fn postgres() -> String {
    "postgres".into()
}

fn instance_class() -> String {
    "db.r6g.large".into()
}

fn available() -> String {
    "available".into()
}

fn lag() -> Dist {
    Dist::ms(1_000, 3_000)
}

fn promotion() -> Dist {
    Dist::ms(360_000, 720_000)
}

fn backup() -> Dist {
    Dist::ms(120_000, 300_000)
}

/// What the lag metric says once the source is lost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LagAfterLoss {
    /// The age of the last replayed transaction: one second more each second, as PostgreSQL reports it.
    #[default]
    Grows,
    /// The last value before the loss: what was not replicated, and is lost.
    Holds,
    /// −1: not determined, as MySQL reports it when replication has stopped.
    Undetermined,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WindowDef {
    pub(crate) from: When,
    pub(crate) until: When,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClusterDef {
    pub(crate) cluster: Name,
    pub(crate) region: Name,
    #[serde(default = "kubernetes")]
    pub(crate) version: String,
    #[serde(default)]
    pub(crate) nodegroups: IndexMap<String, Spanned<NodegroupDef>>,
}

fn kubernetes() -> String {
    "1.34".into()
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NodegroupDef {
    pub(crate) min: u32,
    pub(crate) desired: u32,
    pub(crate) max: u32,
    /// How many nodes there can be at all, whatever is asked for; by default `max`.
    pub(crate) quota: Option<u32>,
    /// From a node's launch until it is in service.
    #[serde(default = "join")]
    pub(crate) join: Dist,
    /// Between the launches of two nodes.
    #[serde(default = "every")]
    pub(crate) every: Length,
    /// From the accepted call to the end of the update; nodes join later.
    #[serde(default = "update")]
    pub(crate) update: Dist,
    /// Whether the Auto Scaling group publishes its metrics.
    #[serde(default = "yes")]
    pub(crate) metrics: bool,
    #[serde(default = "instance_type")]
    pub(crate) instance_type: String,
    #[serde(default)]
    pub(crate) labels: IndexMap<String, String>,
    #[serde(default)]
    pub(crate) taints: Vec<TaintDef>,
    /// The zone in which no instance can be had: launches there are made again in others, and the group is DEGRADED meanwhile.
    pub(crate) zone_without_capacity: Option<Name>,
    /// What stands in the group's health besides: it is DEGRADED as long as something does.
    #[serde(default)]
    pub(crate) issues: Vec<IssueDef>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TaintDef {
    pub(crate) key: String,
    #[serde(default)]
    pub(crate) value: String,
    /// `NO_SCHEDULE`, `NO_EXECUTE` or `PREFER_NO_SCHEDULE`.
    pub(crate) effect: Name,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IssueDef {
    /// One of EKS's own: `Ec2LaunchTemplateVersionMismatch`.
    pub(crate) code: Name,
    #[serde(default)]
    pub(crate) message: String,
    pub(crate) from: Option<When>,
    pub(crate) until: Option<When>,
    /// Whether EKS takes no update meanwhile.
    #[serde(default)]
    pub(crate) refuses_updates: bool,
}

fn join() -> Dist {
    Dist::ms(75_000, 120_000)
}

fn every() -> Length {
    Length(std::time::Duration::from_secs(8))
}

fn update() -> Dist {
    Dist::ms(15_000, 30_000)
}

fn yes() -> bool {
    true
}

fn instance_type() -> String {
    "m6i.large".into()
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Route53Def {
    #[serde(default)]
    pub(crate) zones: Vec<ZoneDef>,
    #[serde(default)]
    pub(crate) health_checks: Vec<HealthCheckDef>,
    #[serde(default)]
    pub(crate) asked_from: PlaceDef,
}

/// A health check, and what it follows. One that follows nothing is always healthy, as is one that a record only names.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HealthCheckDef {
    pub(crate) id: Name,
    /// The name of one of the world's services.
    pub(crate) service: Option<Name>,
    /// What is asked for there; without it a connection is enough.
    pub(crate) path: Option<String>,
    /// How long something must be so until the check says it.
    #[serde(default = "check_after")]
    pub(crate) after: Length,
}

/// Three checks in a row, thirty seconds apart: the defaults of Route 53.
fn check_after() -> Length {
    Length(std::time::Duration::from_secs(90))
}

/// Where the resolvers stand: what latency and geolocation records are answered by.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlaceDef {
    pub(crate) region: Option<Name>,
    pub(crate) continent: Option<String>,
    pub(crate) country: Option<String>,
    pub(crate) subdivision: Option<String>,
}

/// Where the askers stand for whom a geolocation record is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GeoDef {
    pub(crate) continent: Option<String>,
    pub(crate) country: Option<String>,
    pub(crate) subdivision: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ZoneDef {
    pub(crate) name: Name,
    pub(crate) id: Name,
    #[serde(default)]
    pub(crate) private: bool,
    /// From PENDING to INSYNC.
    #[serde(default = "propagation")]
    pub(crate) propagation: Dist,
    #[serde(default)]
    pub(crate) records: Vec<RecordDef>,
}

fn propagation() -> Dist {
    Dist::ms(25_000, 50_000)
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecordDef {
    pub(crate) name: Name,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// The set identifier.
    pub(crate) set: Option<String>,
    pub(crate) weight: Option<u8>,
    pub(crate) failover: Option<String>,
    /// Of a latency record.
    pub(crate) region: Option<String>,
    pub(crate) geo: Option<GeoDef>,
    #[serde(default)]
    pub(crate) multivalue: bool,
    pub(crate) health_check: Option<Name>,
    pub(crate) ttl: Option<u32>,
    #[serde(default)]
    pub(crate) values: Vec<String>,
    pub(crate) alias: Option<AliasDef>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AliasDef {
    pub(crate) zone: String,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) evaluate_target_health: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServiceDef {
    pub(crate) name: Name,
    pub(crate) address: Spanned<IpAddr>,
    pub(crate) region: Name,
    pub(crate) writer: Option<Name>,
    /// `CLUSTER/NODEGROUP` in the service's region.
    pub(crate) nodegroup: Option<Name>,
    #[serde(default)]
    pub(crate) nodes_needed: u32,
    /// What an answer takes while the service is healthy.
    #[serde(default = "service_latency")]
    pub(crate) latency: Dist,
    /// The status of each path while the service is healthy.
    #[serde(default)]
    pub(crate) paths: IndexMap<String, u16>,
}

fn service_latency() -> Dist {
    Dist::ms(40, 120)
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CommandDef {
    /// The program and its first arguments; more may follow when it is run.
    pub(crate) argv: Spanned<Vec<String>>,
    #[serde(default = "takes")]
    pub(crate) takes: Dist,
    #[serde(default)]
    pub(crate) output: String,
    #[serde(default)]
    pub(crate) exit: i32,
}

fn takes() -> Dist {
    Dist::ms(1_000, 1_000)
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OperatorDef {
    /// What the autopilot takes where a person would read and decide.
    #[serde(default = "reads_for")]
    pub(crate) reads_for: Length,
}

impl Default for OperatorDef {
    fn default() -> Self {
        Self { reads_for: reads_for() }
    }
}

fn reads_for() -> Length {
    Length(std::time::Duration::from_secs(20))
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventDef {
    pub(crate) at: Spanned<When>,
    pub(crate) region_down: Option<Name>,
    pub(crate) region_up: Option<Name>,
}

/// A fault: where, when, how likely, and exactly one of the kinds.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FaultDef {
    pub(crate) from: Option<When>,
    pub(crate) until: Option<When>,
    pub(crate) service: Option<Name>,
    pub(crate) operation: Option<Name>,
    pub(crate) region: Option<Name>,
    /// How likely a call that matches is hit; 1 by default.
    pub(crate) probability: Option<Spanned<f64>>,
    /// At most so many calls are hit.
    pub(crate) times: Option<u32>,

    pub(crate) region_down: Option<Name>,
    #[serde(default)]
    pub(crate) throttle: bool,
    pub(crate) latency: Option<Dist>,
    pub(crate) error: Option<ErrorDef>,
    #[serde(default)]
    pub(crate) access_denied: bool,
    #[serde(default)]
    pub(crate) expired_credentials: bool,
    #[serde(default)]
    pub(crate) reset: bool,
    /// With `reset`: the call takes effect, its answer is lost.
    #[serde(default)]
    pub(crate) lost_answer: bool,
    pub(crate) garbage: Option<GarbageDef>,
    #[serde(default)]
    pub(crate) hang: bool,
    #[serde(default)]
    pub(crate) stuck: bool,
    /// The part of the asked-for nodes that comes.
    pub(crate) partial: Option<Spanned<f64>>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ErrorDef {
    pub(crate) code: String,
    #[serde(default = "bad_request")]
    pub(crate) status: u16,
    #[serde(default)]
    pub(crate) message: String,
}

fn bad_request() -> u16 {
    400
}

/// How a body is spoiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GarbageDef {
    /// It ends in the middle.
    Truncated,
    /// Something else altogether, as from a captive portal.
    Malformed,
}
