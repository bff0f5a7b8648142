//! A database instance: primary, replica, and the way from one to the other.

use std::time::Duration;

use jiff::Timestamp;

use super::Regions;
use crate::world::sim::dice::Dice;
use crate::world::sim::file::{InstanceDef, LagAfterLoss, arn};
use crate::world::sim::work::{Work, after, between, latest};

/// How long one draw of the replica's lag lasts.
const LAG_SLOT_SECONDS: i64 = 30;

/// A database instance.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) def: InstanceDef,
    pub(crate) arn: String,
    /// Where its source stands among the databases.
    source: Option<usize>,
    pub(crate) promotion: Option<Promotion>,
    backups: Vec<(Timestamp, Timestamp)>,
    start: Timestamp,
}

/// A promotion that was accepted.
#[derive(Debug)]
pub(crate) struct Promotion {
    pub(crate) work: Work,
    pub(crate) retention: i32,
    pub(crate) window: Option<String>,
    /// How long the backup takes that follows it; none where backups were on before, or stay off.
    pub(crate) backup: Duration,
}

/// What one sees of an instance.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Look<'a> {
    pub(crate) status: &'a str,
    /// Where its source stands among the databases, while it is a replica.
    pub(crate) source: Option<usize>,
    /// When this last changed.
    pub(crate) since: Timestamp,
}

impl Promotion {
    /// When the status turns: `modifying`, `rebooting`, and what follows without a source. At first nothing is to be seen of it.
    fn turns(&self) -> [Option<Timestamp>; 3] {
        let takes = self.work.takes;
        let unseen = (takes / 20).min(Duration::from_secs(4));
        [self.work.reaches(unseen), self.work.reaches(takes * 17 / 20), self.work.done()]
    }
}

impl Database {
    /// `source`: where its source will stand among the databases.
    pub(crate) fn new(def: &InstanceDef, source: Option<usize>, account: &str, start: Timestamp) -> Self {
        let backups = def.backing_up.iter().map(|window| (window.from.resolve(start), window.until.resolve(start))).collect();
        // RDS stores identifiers in lower case.
        let mut def = def.clone();
        def.id.value.make_ascii_lowercase();
        Self { arn: arn::instance(account, &def), def, source, promotion: None, backups, start }
    }

    pub(crate) fn is_in(&self, region: &str) -> bool {
        self.def.region.value == region
    }

    /// Days that automated backups are kept, before a promotion.
    pub(crate) fn retention(&self) -> i32 {
        let usual = if self.source.is_some() { 0 } else { 7 };
        self.def.backup_retention_days.as_ref().map_or(usual, |days| days.value)
    }

    /// Its status and source at `t`.
    pub(crate) fn look(&self, t: Timestamp) -> Look<'_> {
        let backup = self.backups.iter().any(|(from, until)| *from <= t && t < *until);
        let settled = if backup && self.def.status == "available" { "backing-up" } else { &self.def.status };
        let since = latest(self.start, t, self.backups.iter().flat_map(|(from, until)| [*from, *until]));
        let source = self.source;
        let Some(promotion) = &self.promotion else {
            return Look { status: settled, source, since };
        };
        let reached = |moment: &Option<Timestamp>| moment.filter(|moment| *moment <= t);
        match promotion.turns().iter().map(reached).collect::<Vec<_>>()[..] {
            [.., Some(done)] => {
                let backed_up = after(done, promotion.backup);
                let since = latest(since.max(done), t, [backed_up]);
                // Source: RDS User Guide, "Promoting a read replica": a replica without automated backups is backed up when it is
                // promoted; that it is `backing-up` meanwhile is in "Viewing DB instance status".
                Look { status: if t < backed_up { "backing-up" } else { settled }, source: None, since }
            }
            [_, Some(rebooting), None] => Look { status: "rebooting", source, since: rebooting },
            [Some(modifying), None, None] => Look { status: "modifying", source, since: modifying },
            _ => Look { status: settled, source, since: since.max(promotion.work.begun) },
        }
    }

    /// Takes a promotion at `t`, or says in AWS's words why not.
    ///
    /// # Errors
    /// The message of `InvalidDBInstanceState`.
    pub(crate) fn promote(&mut self, t: Timestamp, promotion: Promotion) -> Result<(), String> {
        let id = &self.def.id.value;
        let look = self.look(t);
        if look.source.is_none() {
            return Err(format!("DB Instance {id} is not a read replica and cannot be promoted."));
        }
        if look.status != "available" || self.promotion.is_some() {
            let status = if self.promotion.is_some() { "modifying" } else { look.status };
            return Err(format!("DB Instance {id} cannot be promoted: its status is {status}, and it must be available."));
        }
        self.promotion = Some(promotion);
        Ok(())
    }

    /// Whether it takes writes (its region's state apart), and since when that is so.
    pub(crate) fn takes_writes(&self, t: Timestamp) -> (bool, Timestamp) {
        let look = self.look(t);
        // Also while its backup is taken.
        let promoted = self.promotion.as_ref().and_then(|promotion| promotion.work.done()).filter(|done| *done <= t);
        (look.source.is_none() && matches!(look.status, "available" | "backing-up"), promoted.unwrap_or(self.start))
    }

    /// The replica's lag in seconds, and when the state behind it last changed; `None` when it is no replica.
    pub(crate) fn lag(&self, source: Option<&Database>, regions: &Regions, dice: Dice, t: Timestamp) -> Option<(f64, Timestamp)> {
        self.look(t).source?;
        let drawn = |t: Timestamp| {
            let slot = t.as_second().div_euclid(LAG_SLOT_SECONDS);
            dice.draw(self.def.lag, &format!("lag/{}", self.def.id.value), slot.cast_unsigned()).as_secs_f64()
        };
        let region = source.map_or("", |source| source.def.region.value.as_str());
        Some(match regions.down_since(region, t) {
            None => (drawn(t), latest(self.start, t, regions.changes(region))),
            Some(lost) => {
                let seconds = match self.def.lag_after_loss {
                    LagAfterLoss::Grows => drawn(lost) + between(lost, t).as_secs_f64(),
                    LagAfterLoss::Holds => drawn(lost),
                    LagAfterLoss::Undetermined => -1.0,
                };
                (seconds, lost)
            }
        })
    }
}
