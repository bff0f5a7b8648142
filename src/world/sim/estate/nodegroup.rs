//! A managed node group: updates, and the nodes that come and go after them.

use std::time::Duration;

use indexmap::IndexMap;
use jiff::Timestamp;

use crate::world::sim::dice::Dice;
use crate::world::sim::file::{ClusterDef, NodegroupDef};
use crate::world::sim::work::{Work, after, latest};

/// How long it takes Auto Scaling to report a launch that failed.
const LAUNCH_FAILURE_SEEN_AFTER: Duration = Duration::from_secs(15);
/// When the first node leaves after a scale-in, and how far the others are apart.
const FIRST_LEAVES_AFTER: Duration = Duration::from_secs(20);
const LEAVE_EVERY: Duration = Duration::from_secs(2);

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
    pub(crate) asked: Asked,
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
    /// The token was used for another request: the update's id.
    TokenReused(String),
    /// The sizes contradict each other.
    Invalid(String),
}

/// What is seen of a node group.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) status: &'static str,
    pub(crate) degraded: bool,
    pub(crate) asked: Asked,
    pub(crate) since: Timestamp,
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
    /// Launches that fail: from when until when the issue stands.
    issues: Vec<(Timestamp, Option<Timestamp>)>,
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
            arn: format!("arn:aws:eks:{region}:{account}:nodegroup/{cluster}/{name}/{id}"),
            asg: format!("eks-{name}-{id}"),
            updates: Vec::new(),
            moves: Vec::new(),
            issues: Vec::new(),
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

    pub(crate) fn look(&self, t: Timestamp) -> Look {
        let busy = self.updates.iter().any(|update| !update.work.is_done(t));
        let degraded = self.issues.iter().any(|(from, until)| *from <= t && until.is_none_or(|until| t < until));
        let status = match (busy, degraded) {
            (true, _) => "UPDATING",
            (false, true) => "DEGRADED",
            (false, false) => "ACTIVE",
        };
        let updates = self.updates.iter().flat_map(|update| [Some(update.work.begun), update.work.done()]);
        let issues = self.issues.iter().flat_map(|(from, until)| [Some(*from), *until]);
        Look { status, degraded, asked: self.asked(), since: latest(self.start, t, updates.chain(issues).flatten()) }
    }

    /// The update that stands against this one, or is it.
    ///
    /// # Errors
    /// The token was used for something else, the group is busy, or the sizes contradict each other.
    pub(crate) fn admit(&self, asked: Asked, token: Option<&str>, t: Timestamp) -> Result<Option<Update>, UpdateError> {
        if let Some(earlier) = self.updates.iter().find(|update| token.is_some() && update.token.as_deref() == token) {
            return if earlier.asked == asked { Ok(Some(earlier.clone())) } else { Err(UpdateError::TokenReused(earlier.id.clone())) };
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
        for k in 0..new {
            self.moves.extend(update.work.reaches(joins(k)).map(|at| (at, 1)));
        }
        self.moves.sort();

        // An issue stands until a later update asks for no more than there can be.
        let cured = update.work.done().unwrap_or(Timestamp::MAX);
        for (from, until) in &mut self.issues {
            if until.is_none_or(|until| until > t) {
                *until = Some(cured.max(*from));
            }
        }
        if update.asked.desired > self.quota() {
            let refused = self.def.every.0 * wanted.saturating_sub(planned);
            let seen = update.work.reaches(refused + LAUNCH_FAILURE_SEEN_AFTER).unwrap_or(Timestamp::MAX);
            // Never before the update itself is over.
            self.issues.push((seen.max(after(cured, Duration::from_millis(1))), None));
        }
        self.updates.push(update);
    }
}
