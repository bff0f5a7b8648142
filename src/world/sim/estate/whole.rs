//! Everything in the world that has a state, together.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

use super::super::dice::Dice;
use super::super::fault::{Faults, Place};
use super::super::file::{InstanceDef, PlaceDef, WorldFile};
use super::super::work::{Work, between};
use super::health::{self, HealthCheck};
use super::{Answer, Answering, Cluster, Database, Regions, Resolvers, Zone};

/// Everything in the world that has a state.
#[derive(Debug)]
pub(crate) struct Estate {
    pub(crate) account: String,
    pub(crate) caller_arn: String,
    pub(crate) start: Timestamp,
    pub(crate) dice: Dice,
    pub(crate) regions: Regions,
    pub(crate) faults: Faults,
    pub(crate) databases: Vec<Database>,
    pub(crate) clusters: Vec<Cluster>,
    pub(crate) zones: Vec<Zone>,
    pub(crate) health_checks: Vec<HealthCheck>,
    /// Where the world's resolvers stand.
    pub(crate) asked_from: PlaceDef,
    pub(crate) services: Vec<Answering>,
    pub(crate) resolvers: Resolvers,
    /// Calls so far, of every kind: numbers the draws that are made for each call.
    pub(crate) calls: u64,
    /// When Route 53 last took requests: it takes five a second and account.
    route53: VecDeque<Timestamp>,
}

/// How many requests a second Route 53 takes from an account.
/// Source: Route 53 quotas, "maximums on Amazon Route 53 API requests".
const ROUTE53_PER_SECOND: usize = 5;

impl Estate {
    pub(crate) fn new(file: &WorldFile, dice: Dice) -> Self {
        let account = file.account.value.clone();
        let caller_arn = file.caller.arn.clone().unwrap_or_else(|| format!("arn:aws:sts::{account}:assumed-role/lifeboat/drill"));
        Self {
            caller_arn,
            start: file.start,
            dice,
            regions: Regions::new(file),
            faults: Faults::new(file, dice),
            databases: databases(file),
            clusters: file.eks.iter().map(|def| Cluster::new(def, &account, file.start)).collect(),
            zones: file.route53.zones.iter().map(|def| Zone::new(def, file.start)).collect(),
            health_checks: health::all(file),
            asked_from: file.route53.asked_from.clone(),
            services: file.services.iter().map(|def| Answering::new(def, file)).collect(),
            resolvers: Resolvers::default(),
            calls: 0,
            route53: VecDeque::new(),
            account,
        }
    }

    /// The number of the call that comes now.
    pub(crate) fn next_call(&mut self) -> u64 {
        self.calls += 1;
        self.dice.seed_jitter(self.calls);
        self.calls
    }

    /// Work of `takes` that begins now with this call, stuck where the faults say so.
    pub(crate) fn work(&mut self, place: Place<'_>, t: Timestamp, n: u64, takes: Duration) -> Work {
        Work::new(t, takes, self.faults.stuck(place, t, n))
    }

    /// Whether Route 53 takes one more request now; if so it counts.
    pub(crate) fn route53_takes(&mut self, t: Timestamp) -> bool {
        while self.route53.front().is_some_and(|first| between(*first, t) >= Duration::from_secs(1)) {
            self.route53.pop_front();
        }
        if self.route53.len() >= ROUTE53_PER_SECOND {
            return false;
        }
        self.route53.push_back(t);
        true
    }

    /// A region's database by its identifier, which AWS compares without regard to case.
    pub(crate) fn database(&self, region: &str, id: &str) -> Option<&Database> {
        self.databases.iter().find(|db| db.is_in(region) && db.def.id.value.eq_ignore_ascii_case(id))
    }

    /// What a resolver of the world answers.
    pub(crate) fn ask(&mut self, resolver: &str, question: (&str, &str), t: Timestamp) -> Answer {
        // The resolvers look at everything but themselves.
        let mut resolvers = std::mem::take(&mut self.resolvers);
        let answer = resolvers.ask(resolver, self, question, t);
        self.resolvers = resolvers;
        answer
    }

    /// The source of `db` at `t`, while it is a replica.
    pub(crate) fn source_of(&self, db: &Database, t: Timestamp) -> Option<&Database> {
        self.databases.get(db.look(t).source?)
    }
}

fn databases(file: &WorldFile) -> Vec<Database> {
    let source = |place: usize, def: &InstanceDef| {
        let name = def.replica_of.as_ref()?;
        file.instance(&name.value, &def.region.value, Some(place)).ok()
    };
    file.rds.iter().enumerate().map(|(place, def)| Database::new(def, source(place, def), &file.account.value, file.start)).collect()
}
