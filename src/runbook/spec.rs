//! What an action or a probe takes and gives, as data. The checker, `lifeboat actions` and the documents read it; the
//! action and probe rooms write it, one [`ActionSpec`] or [`ProbeSpec`] beside each implementation.

/// The type of one parameter of `with`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ParamType {
    /// Any text.
    String,
    /// A whole number within bounds, both inclusive.
    Integer {
        /// The least allowed.
        min: i64,
        /// The greatest allowed.
        max: i64,
    },
    /// Any number.
    Number,
    /// `true` or `false`.
    Bool,
    /// `90s`, `5m`, `1h30m`, or a number of seconds.
    Duration,
    /// One of these words.
    Enum(&'static [&'static str]),
    /// A list with items of this type.
    List(&'static ParamType),
    /// A mapping from names to values of this type.
    Map(&'static ParamType),
    /// A mapping from names to mappings with these keys.
    Record(&'static [ParamSpec]),
    /// Anything YAML can say.
    Any,
}

/// One key of `with`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParamSpec {
    /// The key.
    pub name: &'static str,
    /// What it takes.
    pub ty: ParamType,
    /// Whether it must be there.
    pub required: bool,
    /// One sentence for the documents.
    pub doc: &'static str,
}

/// One named output of an action or field of a probe.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FieldSpec {
    /// The name as expressions see it.
    pub name: &'static str,
    /// Its type, for static checks. `Any` where it depends.
    pub ty: ParamType,
    /// One sentence for the documents.
    pub doc: &'static str,
}

/// How hard a change is to take back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reversibility {
    /// Nothing outside lifeboat changes (`wait`, `manual`).
    NoChange,
    /// The reverse call undoes it.
    Reversible,
    /// There is no reverse call, or data may be lost.
    Irreversible,
}

/// What an action is, for the checker and the documents.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ActionSpec {
    /// `rds.promote_replica`.
    pub name: &'static str,
    /// One sentence: what it does.
    pub summary: &'static str,
    /// The keys of `with`.
    pub params: &'static [ParamSpec],
    /// What later steps can read as `steps.ID.outputs.NAME`.
    pub outputs: &'static [FieldSpec],
    /// Decides the default confirmation: `enter`, or the typed name for what cannot be undone.
    pub reversibility: Reversibility,
    /// The parameter whose value is the target's own name, typed to confirm what cannot be undone.
    pub subject: Option<&'static str>,
    /// IAM actions it calls, for the documents.
    pub permissions: &'static [&'static str],
    /// Whether the call goes to AWS, so that the step needs a target.
    pub needs_target: bool,
    /// How long it usually takes, in seconds, where the runbook does not say `expected`.
    pub usual_seconds: u64,
    /// A `with` that checks clean, as YAML.
    pub example: &'static str,
}

/// How often a service may be asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// The service, as people call it.
    pub service: &'static str,
    /// The least seconds between two samples that make sense.
    pub least: f64,
    /// Requests that one sample makes.
    pub requests: f64,
    /// Requests a second that the service takes of one account, from everybody together, where that is a known number.
    pub per_second: Option<f64>,
    /// Why, as a sentence without a full stop.
    pub why: &'static str,
}

/// What a probe is, for the checker and the documents.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProbeSpec {
    /// `rds.replica_lag`.
    pub name: &'static str,
    /// One sentence: what it reads.
    pub summary: &'static str,
    /// The keys of `with`.
    pub params: &'static [ParamSpec],
    /// What `expect` can read.
    pub fields: &'static [FieldSpec],
    /// IAM actions it calls, for the documents.
    pub permissions: &'static [&'static str],
    /// Whether it asks AWS, so that the check needs a target.
    pub needs_target: bool,
    /// The field that says how much data would be lost, in seconds: feeds the RPO clock.
    pub rpo_field: Option<&'static str>,
    /// How often it may ask.
    pub pace: Option<Pace>,
    /// A condition over the fields that holds when what is probed is well: for telling an `expect` that waits for trouble from one that
    /// waits for health.
    pub healthy: Option<&'static str>,
    /// A `with` that checks clean, as YAML.
    pub example: &'static str,
}

/// Every action and probe there is. Built once by the command line from the action and probe rooms.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// In the order of their names.
    pub actions: Vec<&'static ActionSpec>,
    /// In the order of their names.
    pub probes: Vec<&'static ProbeSpec>,
}

impl Catalog {
    /// The action of this name.
    pub fn action(&self, name: &str) -> Option<&'static ActionSpec> {
        self.actions.iter().find(|spec| spec.name == name).copied()
    }

    /// The probe of this name.
    pub fn probe(&self, name: &str) -> Option<&'static ProbeSpec> {
        self.probes.iter().find(|spec| spec.name == name).copied()
    }
}
