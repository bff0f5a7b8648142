//! A managed node group: updates, and the nodes that come and go after them.

use std::time::Duration;

use indexmap::IndexMap;
use jiff::Timestamp;
use serde_json::Value;

use super::settings::{Param, Settings};
use crate::world::sim::dice::Dice;
use crate::world::sim::file::arn::partition;
use crate::world::sim::file::{ClusterDef, IssueDef, NodegroupDef};
use crate::world::sim::work::{Work, after, latest};

/// How long it takes Auto Scaling to report a launch that failed.
const LAUNCH_FAILURE_SEEN_AFTER: Duration = Duration::from_secs(15);
/// When the first node leaves after a scale-in, and how far the others are apart.
const FIRST_LEAVES_AFTER: Duration = Duration::from_secs(20);
const LEAVE_EVERY: Duration = Duration::from_secs(2);
/// How many zones a group has nodes in.
const ZONES: u32 = 3;
/// How much later a node comes that could not be launched in the first zone that was tried.
const LAUNCHED_AGAIN_AFTER: Duration = Duration::from_secs(60);

/// A cluster with its node groups.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) def: ClusterDef,
    pub(crate) groups: IndexMap<String, Nodegroup>,
}

impl Cluster {
    pub(crate) fn new(def: &ClusterDef, account: &str, start: Timestamp) -> Self {
        let groups =
            def.nodegroups.iter().map(|(name, group)| (name.clone(), Nodegroup::new(def, name, &group.value, account, start))).collect();
        Self { def: def.clone(), groups }
    }
}

/// The three sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) min: u32,
    pub(crate) desired: u32,
    pub(crate) max: u32,
}

/// An update of a node group.
#[derive(Debug, Clone)]
pub(crate) struct Update {
    pub(crate) id: String,
    pub(crate) token: Option<String>,
    /// All that was asked for: a token stands for one request.
    pub(crate) request: Value,
    pub(crate) asked: Asked,
    pub(crate) settings: Settings,
    pub(crate) params: Vec<Param>,
    pub(crate) work: Work,
}

impl Update {
    pub(crate) fn status(&self, t: Timestamp) -> &'static str {
        if self.work.is_done(t) { "Successful" } else { "InProgress" }
    }

    /// When its status last changed.
    pub(crate) fn since(&self, t: Timestamp) -> Timestamp {
        latest(self.work.begun, t, self.work.done())
    }
}

/// Why an update is refused.
#[derive(Debug)]
pub(crate) enum UpdateError {
    /// Another one is in progress: its id.
    Busy(String),
    /// An issue stands against every update.
    NotActive,
    /// The token was used for another request: the update's id.
    TokenReused(String),
    /// The sizes contradict each other.
    Invalid(String),
}

/// What is seen of a node group.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) status: &'static str,
    pub(crate) issues: Vec<Issue>,
    pub(crate) asked: Asked,
    pub(crate) since: Timestamp,
}

/// Something that stands in a group's health for a time.
#[derive(Debug, Clone)]
pub(crate) struct Issue {
    pub(crate) code: String,
    pub(crate) message: String,
    from: Timestamp,
    until: Option<Timestamp>,
    /// Of launches that fail: a later update may be the end of it.
    launches: bool,
    refuses_updates: bool,
}

impl Issue {
    fn declared(def: &IssueDef, start: Timestamp) -> Self {
        Self {
            code: def.code.value.clone(),
            message: if def.message.is_empty() { def.code.value.clone() } else { def.message.clone() },
            from: def.from.map_or(Timestamp::MIN, |from| from.resolve(start)),
            until: def.until.map(|until| until.resolve(start)),
            launches: false,
            refuses_updates: def.refuses_updates,
        }
    }

    fn launches(why: &str, from: Timestamp, until: Option<Timestamp>) -> Self {
        let message = format!("Could not launch On-Demand Instances. {why} Launching EC2 instance failed.");
        Self { code: "AsgInstanceLaunchFailures".into(), message, from, until, launches: true, refuses_updates: false }
    }

    fn stands(&self, t: Timestamp) -> bool {
        self.from <= t && self.until.is_none_or(|until| t < until)
    }
}

/// A node group.
#[derive(Debug)]
pub(crate) struct Nodegroup {
    pub(crate) name: String,
    pub(crate) def: NodegroupDef,
    pub(crate) arn: String,
    pub(crate) asg: String,
    pub(crate) updates: Vec<Update>,
    /// Nodes that come (+1) and go (−1), in order of time.
    moves: Vec<(Timestamp, i32)>,
    issues: Vec<Issue>,
    start: Timestamp,
}

impl Nodegroup {
    fn new(cluster: &ClusterDef, name: &str, def: &NodegroupDef, account: &str, start: Timestamp) -> Self {
        let (region, cluster) = (&cluster.region.value, &cluster.cluster.value);
        // Any stable number will do for the id that EKS appends to the names of what it makes.
        let id = Dice::new(0).request_id(name.bytes().chain(cluster.bytes()).fold(7, |sum, b| sum * 31 % 1_000_003 + u64::from(b)));
        Self {
            name: name.to_owned(),
            def: def.clone(),
            arn: format!("arn:{}:eks:{region}:{account}:nodegroup/{cluster}/{name}/{id}", partition(region)),
            asg: format!("eks-{name}-{id}"),
            updates: Vec::new(),
            moves: Vec::new(),
            issues: def.issues.iter().map(|issue| Issue::declared(issue, start)).collect(),
            start,
        }
    }

    fn quota(&self) -> u32 {
        self.def.quota.unwrap_or(self.def.max.max(self.def.desired))
    }

    /// How many nodes are in service at `t`.
    pub(crate) fn in_service(&self, t: Timestamp) -> u32 {
        let moved: i32 = self.moves.iter().filter(|(at, _)| *at <= t).map(|(_, by)| by).sum();
        self.def.desired.saturating_add_signed(moved)
    }

    /// When the number of nodes in service last changed.
    pub(crate) fn count_since(&self, t: Timestamp) -> Timestamp {
        latest(self.start, t, self.moves.iter().map(|(at, _)| *at))
    }

    /// Whether at least `needed` are in service, and since when that is so.
    pub(crate) fn has(&self, needed: u32, t: Timestamp) -> (bool, Timestamp) {
        let needed = i64::from(needed);
        let mut count = i64::from(self.def.desired);
        let (mut enough, mut since) = (count >= needed, self.start);
        for (at, by) in self.moves.iter().take_while(|(at, _)| *at <= t) {
            count += i64::from(*by);
            if (count >= needed) != enough {
                (enough, since) = (count >= needed, *at);
            }
        }
        (enough, since)
    }

    /// The sizes that were last asked for.
    pub(crate) fn asked(&self) -> Asked {
        let NodegroupDef { min, desired, max, .. } = self.def;
        self.updates.last().map_or(Asked { min, desired, max }, |update| update.asked)
    }

    /// Its labels, taints and the like, as they were last asked for.
    pub(crate) fn settings(&self) -> Settings {
        self.updates.last().map_or_else(|| Settings::new(&self.def), |update| update.settings.clone())
    }

    pub(crate) fn look(&self, t: Timestamp) -> Look {
        let busy = self.updates.iter().any(|update| !update.work.is_done(t));
        let standing: Vec<Issue> = self.issues.iter().filter(|issue| issue.stands(t)).cloned().collect();
        let status = match (busy, standing.is_empty()) {
            (true, _) => "UPDATING",
            (false, false) => "DEGRADED",
            (false, true) => "ACTIVE",
        };
        let updates = self.updates.iter().flat_map(|update| [Some(update.work.begun), update.work.done()]);
        let issues = self.issues.iter().flat_map(|issue| [Some(issue.from), issue.until]);
        Look { status, issues: standing, asked: self.asked(), since: latest(self.start, t, updates.chain(issues).flatten()) }
    }

    /// The update that stands against this one, or is it.
    ///
    /// # Errors
    /// The token was used for something else, the group is busy or not active, or the sizes contradict each other.
    pub(crate) fn admit(&self, asked: Asked, request: &Value, token: Option<&str>, t: Timestamp) -> Result<Option<Update>, UpdateError> {
        if let Some(earlier) = self.updates.iter().find(|update| token.is_some() && update.token.as_deref() == token) {
            return if earlier.request == *request { Ok(Some(earlier.clone())) } else { Err(UpdateError::TokenReused(earlier.id.clone())) };
        }
        let Asked { min, desired, max } = asked;
        if max == 0 {
            return Err(UpdateError::Invalid("maxSize must be at least 1".into()));
        }
        if min > max {
            return Err(UpdateError::Invalid(format!("Minimum capacity {min} can't be greater than maximum size {max}")));
        }
        if min > desired {
            return Err(UpdateError::Invalid(format!("Minimum capacity {min} can't be greater than desired size {desired}")));
        }
        if desired > max {
            return Err(UpdateError::Invalid(format!("desired capacity {desired} can't be greater than max size {max}")));
        }
        match self.updates.iter().find(|update| !update.work.is_done(t)) {
            Some(busy) => Err(UpdateError::Busy(busy.id.clone())),
            None if self.issues.iter().any(|issue| issue.refuses_updates && issue.stands(t)) => Err(UpdateError::NotActive),
            None => Ok(None),
        }
    }

    /// How long each new node takes from its launch, and how long the update takes: it is over before the first of them joins.
    pub(crate) fn draws(&self, dice: Dice, cluster: &str) -> (impl Fn(u32) -> Duration + use<>, Duration) {
        let what = format!("{cluster}/{}/{}", self.name, self.updates.len());
        let (join, every) = (self.def.join, self.def.every.0);
        let update = dice.draw(self.def.update, &format!("update/{what}"), 0);
        let joins = move |k: u32| every * k + dice.draw(join, &format!("join/{what}"), u64::from(k));
        let first = joins(0);
        (joins, update.min(first * 9 / 10))
    }

    /// Takes an update that was admitted. `part` of the new nodes will come; all of them without a fault.
    pub(crate) fn begin(&mut self, update: Update, joins: impl Fn(u32) -> Duration, part: Option<f64>) {
        let t = update.work.begun;
        let wanted = update.asked.desired.min(self.quota());
        let coming: i32 = self.moves.iter().filter(|(at, _)| *at > t).map(|(_, by)| by).sum();
        let mut planned = self.in_service(t).saturating_add_signed(coming);

        // Launches that are no longer wanted are called off, the latest first.
        while planned > wanted {
            let Some(last) = self.moves.iter().rposition(|(at, by)| *at > t && *by > 0) else { break };
            self.moves.remove(last);
            planned -= 1;
        }
        for k in 0..planned.saturating_sub(wanted) {
            self.moves.extend(update.work.reaches(FIRST_LEAVES_AFTER + LEAVE_EVERY * k).map(|at| (at, -1)));
        }
        let new = wanted.saturating_sub(planned);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part from 0 to 1 of a u32 fits one")]
        let new = part.map_or(new, |part| (f64::from(new) * part).floor() as u32);
        let mut last = None;
        for k in 0..new {
            // Launches go round the zones. One that fails is made again in another zone.
            let again = if self.def.zone_without_capacity.is_some() && k % ZONES == 0 { LAUNCHED_AGAIN_AFTER } else { Duration::ZERO };
            let joined = update.work.reaches(joins(k) + again);
            self.moves.extend(joined.map(|at| (at, 1)));
            last = last.max(joined);
        }
        self.moves.sort();

        // An issue of launches stands until a later update asks for no more than there can be. Never before the update itself is over.
        let cured = update.work.done().unwrap_or(Timestamp::MAX);
        for issue in self.issues.iter_mut().filter(|issue| issue.launches) {
            if issue.until.is_none_or(|until| until > t) {
                issue.until = Some(cured.max(issue.from));
            }
        }
        let seen = |after_launch: Duration| {
            let seen = update.work.reaches(after_launch + LAUNCH_FAILURE_SEEN_AFTER).unwrap_or(Timestamp::MAX);
            seen.max(after(cured, Duration::from_millis(1)))
        };
        let kind = &self.def.instance_type;
        if update.asked.desired > self.quota() {
            let why = format!(
                "VcpuLimitExceeded - You have requested more vCPU capacity than your current vCPU limit allows for the instance type {kind}."
            );
            self.issues.push(Issue::launches(&why, seen(self.def.every.0 * wanted.saturating_sub(planned)), None));
        } else if let (Some(zone), Some(last)) = (&self.def.zone_without_capacity, last) {
            let why = format!(
                "InsufficientInstanceCapacity - We currently do not have sufficient {kind} capacity in the Availability Zone you requested \
                 ({}). You can currently get {kind} capacity by choosing another Availability Zone.",
                zone.value
            );
            let from = seen(Duration::ZERO);
            self.issues.push(Issue::launches(&why, from, Some(last.max(from))));
        }
        self.updates.push(update);
    }
}
