//! The plan: a runbook with its parameters filled in, every default explicit, immutable and fingerprinted.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::index::StepIndex;
use super::packed::Packed;
use crate::id::{CheckId, Digest, StepId, TargetId};
use crate::runbook::SecretSource;

/// What a run does, in full. A confirmation names the digest of what was shown; another plan is refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// `name` of the runbook.
    pub name: String,
    /// `title` of the runbook.
    pub title: String,
    /// Markdown.
    pub description: String,
    /// Who answers for the runbook.
    pub owners: Vec<String>,
    /// `SEV-1` and the like, as written.
    pub severity: Option<String>,
    /// RTO and RPO.
    pub objectives: Objectives,
    /// The region presumed lost.
    pub impaired: Option<String>,
    /// The file of the runbook that leads back.
    pub failback: Option<String>,
    /// Dashboards and documents.
    pub links: Vec<Link>,
    /// Parameters after defaults and overrides, without the secret ones.
    pub params: IndexMap<String, Value>,
    /// Where the secrets are read from when the run starts; never what they are. That of a secret parameter is named `params.NAME`.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub secrets: IndexMap<String, SecretSource>,
    /// Where actions and probes happen; those of a runbook that step `data` runs as `data/dr`.
    pub targets: IndexMap<TargetId, Target>,
    /// The runbooks that are run as steps, by the ids of those.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub nested: IndexMap<StepId, Nested>,
    /// Gates on the run as a whole.
    pub preconditions: Vec<Check>,
    /// The steps in the order of the file.
    pub steps: Vec<Step>,
    /// The rollbacks, one for each step that has one; `id` is `rollback[STEP]`. They run only when a roll-back is chosen.
    pub rollbacks: IndexMap<StepId, Step>,
    /// Fingerprint of the runbook file's bytes.
    pub source_digest: Digest,
    /// Where its steps and checks are.
    #[serde(skip)]
    pub index: StepIndex,
}

/// A runbook that is run as a step. Its steps stand in the plan right behind that step, which is their gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Nested {
    /// `name` of the runbook.
    pub name: String,
    /// Its file, as written in the runbook that runs it.
    pub file: String,
    /// Its parameters after defaults and what it is given.
    pub params: IndexMap<String, Value>,
    /// How many steps behind the gate are its own, those of runbooks within it included.
    pub steps: usize,
    /// Fingerprint of the file's bytes.
    pub source_digest: Digest,
}

/// The recovery objectives, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Objectives {
    /// Recovery time objective: how long the service may be gone.
    pub rto: Option<f64>,
    /// Recovery point objective: how much data, in seconds of writes, may be lost.
    pub rpo: Option<f64>,
}

/// A link shown beside the runbook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// What it is.
    pub title: String,
    /// Where it leads.
    pub url: String,
}

/// One account and region, and how to get in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// The name the runbook gives it.
    pub id: TargetId,
    /// `us-east-1`.
    pub region: String,
    /// Twelve digits. A run refuses to start when STS says otherwise.
    pub account: Option<String>,
    /// Profile of the shared AWS configuration.
    pub profile: Option<String>,
    /// ARN of a role to assume.
    pub role: Option<String>,
    /// External id given when assuming the role.
    pub external_id: Option<String>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its id.
    pub id: StepId,
    /// One line.
    pub title: String,
    /// Markdown: why the step is there.
    pub why: Option<String>,
    /// A heading in the list.
    pub phase: Option<String>,
    /// The action's name in the catalogue.
    pub action: String,
    /// The action's parameters. Strings may still hold `${{ … }}` that reads `steps` or `run`; filled in when ready.
    pub with: Packed,
    /// Where it happens; `None` for an action that needs none.
    pub target: Option<TargetId>,
    /// The item of its `for_each`: what expressions read as `item`. The id is then `ID[ITEM]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<Value>,
    /// The step that runs the runbook of which this step is. The id is then `WITHIN/ID`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<StepId>,
    /// What must be done first.
    pub needs: Vec<StepId>,
    /// A condition decided when the step becomes ready; false skips it.
    pub when: Option<String>,
    /// Must hold before it runs.
    pub preconditions: Vec<Check>,
    /// What the operator must do.
    pub confirm: Confirm,
    /// Why less confirmation than the default is enough.
    pub confirm_reason: Option<String>,
    /// Usual duration in seconds.
    pub expected: f64,
    /// Seconds after which the step is given up.
    pub timeout: f64,
    /// Attempts of the whole step.
    pub retry: Retry,
    /// What follows a failure.
    pub on_failure: OnFailure,
    /// The proof that it worked.
    pub verify: Vec<Check>,
    /// Whether the action can be undone; from the catalogue.
    pub reversible: bool,
    /// Whether the action changes anything outside lifeboat; from the catalogue.
    pub mutates: bool,
}

/// How often and how soon a failed step is tried again by itself.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Retry {
    /// All attempts, the first included; at least 1.
    pub attempts: u32,
    /// Seconds between attempts.
    pub delay: f64,
    /// The runbook says `attempts: 1`, and it is not only the default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub once: bool,
}

impl Retry {
    /// How often the call of a step may go out on a confirmation that was given beforehand, before a person must look at it.
    pub fn sends(&self) -> u32 {
        if self.attempts > 1 || self.once { self.attempts } else { 3 }
    }
}

/// What the operator must do before a step runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirm {
    /// Nothing: the step runs by itself once its preconditions hold.
    None,
    /// A key press.
    Enter,
    /// The text to type.
    Type(String),
    /// A key press and the name of a second person.
    TwoPerson,
}

/// What follows a failure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// Stop there and let the operator choose.
    #[default]
    Pause,
    /// Go on: what needs the step counts it as done.
    Continue,
    /// Roll back every completed step.
    RollBack,
    /// End the run.
    Abort,
}

/// A probe with an expectation: a precondition, or a proof.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// Its id, made from its place.
    pub id: CheckId,
    /// One line: what is true when it passes.
    pub title: String,
    /// Of a precondition that a runbook which is run as a step brings along: that step. Its expressions read what is within.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inside: Option<StepId>,
    /// The probe's name in the catalogue.
    pub probe: String,
    /// The probe's parameters; see [`Step::with`].
    pub with: Packed,
    /// Where it looks; `None` for a probe that needs none.
    pub target: Option<TargetId>,
    /// A condition over the probe's fields.
    pub expect: String,
    /// Seconds between samples.
    pub every: f64,
    /// Seconds after which a reading is stale, and so Unknown.
    pub fresh: f64,
    /// Whether it can block.
    pub severity: Gate,
    /// For a proof: seconds within which it must pass.
    pub within: f64,
    /// For a proof: seconds for which it must hold.
    pub stable: f64,
    /// The field that feeds the RPO clock; from the catalogue.
    pub rpo_field: Option<String>,
    /// What the author says of its request.
    #[serde(default, skip_serializing_if = "Requested::is_read")]
    pub requested: Requested,
    /// Of a proof that writes: what is read once it was answered as expected, under the same id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look: Option<Box<Check>>,
}

/// What the request of a check does, as far as that is for its author to say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Requested {
    /// It reads, as the rules of HTTP have it; what may change something is not sent.
    #[default]
    Read,
    /// `reads: true`: it only reads, whatever its method.
    AuthorRead,
    /// The same in a dry run with `--no-author-reads`: nobody takes the author's word, and it is not made.
    Withheld,
    /// `writes: true`: it is a change, sent once, with an intent of its own.
    Write,
}

impl Requested {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field over by reference")]
    fn is_read(&self) -> bool {
        *self == Self::Read
    }
}

impl Check {
    /// It makes a change of its own.
    pub fn writes(&self) -> bool {
        self.requested == Requested::Write
    }

    /// Its request as it is written: `POST https://api.example.com/orders`, with secrets by their names.
    pub fn request(&self) -> String {
        let with = self.with.value();
        let part = |key: &str| with.get(key).and_then(Value::as_str);
        format!("{} {}", part("method").unwrap_or("GET"), part("url").unwrap_or(&self.probe))
    }
}

/// Whether a failing precondition blocks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// It must pass, or be overridden with a reason.
    #[default]
    Block,
    /// It is shown.
    Warn,
}

impl Step {
    /// The id within its own runbook: `promote_db`, or `deploy[api]`.
    pub fn own_id(&self) -> &str {
        let prefix = self.within.as_ref().map_or(0, |within| within.as_str().len() + 1);
        self.id.as_str().get(prefix..).unwrap_or(self.id.as_str())
    }

    /// The proofs that make a change of their own.
    pub fn writing_proofs(&self) -> impl Iterator<Item = &Check> {
        self.verify.iter().filter(|check| check.writes())
    }

    /// It changes what only its author knows, so that nobody can say whether it can be undone.
    pub fn is_opaque(&self) -> bool {
        self.action == "command"
    }

    /// Of a step of a `for_each`: the id that the runbook gives it, and the name of its item.
    pub fn parts(&self) -> Option<(&str, &str)> {
        self.item.as_ref()?;
        let (id, name) = self.own_id().split_once('[')?;
        Some((id, name.strip_suffix(']')?))
    }
}

impl Plan {
    /// The fingerprint of the whole plan.
    pub fn digest(&self) -> Digest {
        Digest::of_json(self)
    }

    /// A step or a rollback by its id.
    pub fn step(&self, id: &StepId) -> Option<&Step> {
        self.index.find(self, id)
    }

    /// Where the step stands that a runbook calls `id`, of the plan's own runbook or of the one that step `within` runs: in several places
    /// when it has a `for_each`, in none when there is no such step.
    pub fn places_of(&self, within: Option<&StepId>, id: &str) -> Vec<usize> {
        match within {
            Some(within) => self.index.places_of(self, &format!("{within}/{id}")),
            None => self.index.places_of(self, id),
        }
    }

    /// Whether a step is the rollback of another.
    pub fn is_rollback(&self, id: &StepId) -> bool {
        self.index.is_rollback(self, id)
    }

    /// Every check with the step it belongs to (`None` for the run's own preconditions).
    pub fn checks(&self) -> impl Iterator<Item = (Option<&StepId>, &Check)> {
        let run = self.preconditions.iter().map(|check| (None, check));
        let steps = self.steps.iter().chain(self.rollbacks.values());
        run.chain(steps.flat_map(|step| step.preconditions.iter().chain(&step.verify).map(|check| (Some(&step.id), check))))
    }

    /// The checks whose requests are made on their author's word that they only read, those of looks included.
    pub fn author_reads(&self) -> impl Iterator<Item = &Check> {
        self.checks()
            .flat_map(|(_, check)| [Some(check), check.look.as_deref()])
            .flatten()
            .filter(|check| check.requested == Requested::AuthorRead)
    }

    /// For a dry run that takes nobody's word: makes none of them.
    pub fn withhold_author_reads(&mut self) {
        let steps = self.steps.iter_mut().chain(self.rollbacks.values_mut());
        let checks = self.preconditions.iter_mut().chain(steps.flat_map(|step| step.preconditions.iter_mut().chain(&mut step.verify)));
        for check in checks.filter(|check| check.requested == Requested::AuthorRead) {
            check.requested = Requested::Withheld;
        }
    }

    /// The step, or the rollback, that a check belongs to; `None` for the run's own preconditions.
    pub fn owner(&self, id: &CheckId) -> Option<&Step> {
        self.index.find_owner(self, id)
    }

    /// Where the file of a runbook lies that a step runs, when the plan's own lies at `path`.
    pub fn path_of(&self, gate: &StepId, path: &Path) -> Option<PathBuf> {
        let within = self.step(gate)?.within.as_ref();
        let outer = within.map_or_else(|| Some(path.to_owned()), |within| self.path_of(within, path))?;
        Some(outer.parent().unwrap_or(Path::new("")).join(&self.nested.get(gate)?.file))
    }

    /// A step, the step behind which it stands, the one behind which that stands, and so on.
    pub fn with_gates<'a>(&'a self, id: &'a StepId) -> impl Iterator<Item = &'a StepId> {
        std::iter::successors(Some(id), |id| self.step(id)?.within.as_ref())
    }

    /// The steps whose conditions decide whether a step runs: itself, and those that run the runbooks in which it stands.
    pub fn conditions<'s>(&'s self, step: &'s Step) -> impl Iterator<Item = &'s Step> {
        let gate = |step: &&Step| step.within.as_ref().and_then(|gate| self.step(gate));
        std::iter::successors(Some(step), gate).filter(|step| step.when.is_some())
    }

    /// Whether a step is skipped when some condition does not hold.
    pub fn is_conditional(&self, step: &Step) -> bool {
        self.conditions(step).next().is_some()
    }

    /// Whether nobody can say whether what a step changes can be undone, and the runbook does not say it either.
    pub fn is_undo_unknown(&self, step: &Step) -> bool {
        step.is_opaque() && !self.is_rollback(&step.id) && !self.rollbacks.contains_key(&step.id)
    }

    /// A check by its id.
    pub fn check(&self, id: &CheckId) -> Option<&Check> {
        self.index.find_check(self, id)
    }
}
