//! What an action or a probe takes and gives, as data. The checker, `lifeboat actions` and the documents read it; the
//! action and probe rooms write it, one [`ActionSpec`] or [`ProbeSpec`] beside each implementation.

pub use super::permission::Permission;
use super::rules::default_strength;
use crate::diag::closest;

/// The type of one parameter of `with`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ParamType {
    /// Any text; what looks like a number or a boolean is taken as it is written.
    String,
    /// A whole http or https address.
    Url,
    /// The name of a host, or of a record.
    Host,
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
    /// `90s`, `5m`, `1h30m`; an expression may give a number of seconds.
    Duration,
    /// One of these words.
    Enum(&'static [&'static str]),
    /// A list with items of this type.
    List(&'static ParamType),
    /// A mapping from names to values of this type.
    Map(&'static ParamType),
    /// A mapping from names to mappings with these keys.
    Record(&'static [ParamSpec]),
    /// A mapping with these keys; the value of the first alone stands for a mapping with that key.
    Short(&'static [ParamSpec]),
    /// A value of this type that must fit to something else of the same `with`.
    Related(&'static ParamType, Relation),
    /// Anything YAML can say.
    Any,
}

/// What a value must fit to. What is not known before the run is looked at then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// A name in the zone that this key names (a zone's id says nothing of its name).
    InZone(&'static str),
    /// Either this key or that one is there.
    Instead(&'static str),
    /// It is there, or each item of this list has a key of the same name.
    OrInEach(&'static str),
    /// It has at least one entry.
    NotEmpty,
}

impl ParamType {
    /// The type in words.
    pub fn words(&self) -> String {
        match self {
            Self::String => "text".into(),
            Self::Url => "http or https address".into(),
            Self::Host => "host name".into(),
            Self::Integer { min: i64::MIN, max: i64::MAX } => "whole number".into(),
            Self::Integer { min, max: i64::MAX } => format!("whole number from {min}"),
            Self::Integer { min, max } => format!("whole number from {min} to {max}"),
            Self::Number => "number".into(),
            Self::Bool => "true or false".into(),
            Self::Duration => "duration".into(),
            Self::Enum(words) => words.join(", "),
            Self::List(item) => format!("list of {}", item.plural()),
            Self::Map(item) => format!("mapping from names to {}", item.plural()),
            Self::Record(keys) => {
                let names: Vec<&str> = keys.iter().map(|key| key.name).collect();
                format!("mapping from names to {{{}}}", names.join(", "))
            }
            Self::Short(keys) => {
                let names: Vec<&str> = keys.iter().map(|key| key.name).collect();
                let first = keys.first().map_or_else(String::new, |key| key.ty.words());
                format!("{first} or {{{}}}", names.join(", "))
            }
            Self::Related(ty, _) => ty.words(),
            Self::Any => "anything".into(),
        }
    }

    /// The type without what it must fit to.
    pub fn plain(&self) -> &Self {
        match self {
            Self::Related(ty, _) => ty.plain(),
            ty => ty,
        }
    }

    /// What a value must fit to.
    pub fn relations(&self) -> impl Iterator<Item = Relation> {
        std::iter::successors(Some(self), |ty| if let Self::Related(ty, _) = ty { Some(*ty) } else { None })
            .filter_map(|ty| if let Self::Related(_, relation) = ty { Some(*relation) } else { None })
    }

    /// The type in words, for several of them.
    fn plural(&self) -> String {
        match self {
            Self::Integer { .. } => self.words().replacen("number", "numbers", 1),
            Self::String | Self::Host | Self::Number | Self::Duration => format!("{}s", self.words()),
            Self::List(item) => format!("lists of {}", item.plural()),
            Self::Map(item) => format!("mappings from names to {}", item.plural()),
            Self::Short(keys) => {
                let names: Vec<&str> = keys.iter().map(|key| key.name).collect();
                let first = keys.first().map_or_else(String::new, |key| key.ty.plural());
                format!("{first} or {{{}}}", names.join(", "))
            }
            Self::Related(ty, _) => ty.plural(),
            _ => self.words(),
        }
    }
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
    /// What holds when it is not there, in words; empty when that needs no word. A value of the type where it is one.
    pub default: &'static str,
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

/// Something that can go wrong, for the documents.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ErrorSpec {
    /// Its name: the code that AWS gives, or a few words.
    pub name: &'static str,
    /// What it means, and what to do.
    pub doc: &'static str,
}

/// What everything that goes to AWS can meet.
pub const AWS_ERRORS: &[ErrorSpec] = &[
    ErrorSpec {
        name: "credentials",
        doc: "There are none, they have expired, or this machine's clock is off: log in or correct the target, and check with \
              `aws sts get-caller-identity`.",
    },
    ErrorSpec {
        name: "access denied",
        doc: "The credentials do not allow the call: the failure names the IAM action; a service control policy, a permissions boundary or a \
              region restriction can deny it too.",
    },
    ErrorSpec { name: "throttled", doc: "The account's request rate is used up, also after about a minute of waiting." },
    ErrorSpec {
        name: "unreachable",
        doc: "The endpoint refuses, resets, hangs or answers garbage: a network, a proxy, or a region in trouble. `AWS_ENDPOINT_URL`, \
              `HTTPS_PROXY`, `NO_PROXY` and `AWS_CA_BUNDLE` are honoured where they are set. What answers in the service's place says \
              nothing about a change: the step is in doubt.",
    },
    ErrorSpec { name: "server error", doc: "The service is in trouble: see the AWS health dashboard." },
];

/// How hard a change is to take back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reversibility {
    /// Nothing outside lifeboat changes (`wait`, `manual`).
    NoChange,
    /// The reverse call undoes it.
    Reversible,
    /// Only its author knows (`command`).
    Unknown,
    /// There is no reverse call, or data may be lost.
    Irreversible,
}

/// What is wrong with values that are each of their type: one that the service refuses, or several that do not go together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// The key of `with` that it is about.
    pub key: &'static str,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

impl Objection {
    /// About a value that is none of these words, nor what `others` says beside them.
    pub fn of_words(key: &'static str, message: String, wrong: &str, words: &[&'static str], others: &str) -> Self {
        let help = match closest(wrong, words.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("it is one of {}, {others}", words.join(", ")),
        };
        Self { key, message, help }
    }
}

/// Says what a service refuses of a `with`, as far as it is known: a value that is not known yet is null. The check, the plan and the
/// action or probe itself go by the same one.
#[derive(Clone, Copy)]
pub struct Rule(pub fn(&serde_json::Value) -> Option<Objection>);

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rule")
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::fn_addr_eq(self.0, other.0)
    }
}

/// What an action is, for the checker and the documents.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ActionSpec {
    /// `rds.promote_replica`.
    pub name: &'static str,
    /// One sentence: what it does.
    pub summary: &'static str,
    /// What one has to know of it, as Markdown: when it is done, what a call in doubt means.
    pub details: &'static str,
    /// What can go wrong; of what goes to AWS, besides [`AWS_ERRORS`].
    pub errors: &'static [ErrorSpec],
    /// The keys of `with`.
    pub params: &'static [ParamSpec],
    /// What the types of the keys do not say.
    pub rule: Option<Rule>,
    /// What later steps can read as `steps.ID.outputs.NAME`.
    pub outputs: &'static [FieldSpec],
    /// Decides the default confirmation: `enter`, or the typed name for what cannot be undone.
    pub reversibility: Reversibility,
    /// The parameter whose value is the target's own name, typed to confirm what cannot be undone.
    pub subject: Option<&'static str>,
    /// IAM actions it calls, and on what: for the documents, and for the policy of a plan.
    pub permissions: &'static [Permission],
    /// Whether the call goes to AWS, so that the step needs a target.
    pub needs_target: bool,
    /// The parameter that says how long it takes, of what only lets time go by.
    pub lasts: Option<&'static str>,
    /// How long it usually takes, in seconds, where the runbook does not say `expected` and nothing else tells.
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

/// What the requests of a probe do to what they are sent to: what they do counts, not the method that carries them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requests {
    /// They only read, and their protocol says so: questions of DNS, GETs.
    Read,
    /// They only read, though their protocol sends everything as POST.
    ReadByPost,
    /// The author writes them: this parameter holds the method, `GET` where it is not written.
    Author {
        /// The name of the parameter.
        method: &'static str,
    },
}

/// Whether a request of this method only reads by the rules of HTTP: the safe methods of RFC 9110, section 9.2.1.
pub fn is_safe_method(method: &str) -> bool {
    ["GET", "HEAD", "OPTIONS"].iter().any(|safe| safe.eq_ignore_ascii_case(method))
}

/// What a probe is, for the checker and the documents.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProbeSpec {
    /// `rds.replica_lag`.
    pub name: &'static str,
    /// One sentence: what it reads.
    pub summary: &'static str,
    /// What one has to know of it, as Markdown.
    pub details: &'static str,
    /// What makes a reading unknown; of what goes to AWS, besides [`AWS_ERRORS`].
    pub errors: &'static [ErrorSpec],
    /// The keys of `with`.
    pub params: &'static [ParamSpec],
    /// What the types of the keys do not say.
    pub rule: Option<Rule>,
    /// What `expect` can read.
    pub fields: &'static [FieldSpec],
    /// IAM actions it calls, and on what: for the documents, and for the policy of a plan.
    pub permissions: &'static [Permission],
    /// Whether it asks AWS, so that the check needs a target.
    pub needs_target: bool,
    /// What its requests do.
    pub requests: Requests,
    /// The field that says how much data would be lost, in seconds: feeds the RPO clock.
    pub rpo_field: Option<&'static str>,
    /// How often it may ask.
    pub pace: Option<Pace>,
    /// A condition over the fields that holds when what is probed is well: for telling an `expect` that waits for trouble from one that
    /// waits for health.
    pub healthy: Option<&'static str>,
    /// A `with` that checks clean, as YAML.
    pub example: &'static str,
    /// An `expect` over its fields that checks clean.
    pub expect: &'static str,
}

impl Reversibility {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::NoChange => "changes nothing",
            Self::Reversible => "can be undone",
            Self::Unknown => "may be impossible to undo",
            Self::Irreversible => "cannot be undone",
        }
    }
}

/// The IAM actions of some permissions, each once.
fn names_of(permissions: &[Permission]) -> Vec<&'static str> {
    let mut names: Vec<&str> = Vec::new();
    for permission in permissions {
        if !names.contains(&permission.action) {
            names.push(permission.action);
        }
    }
    names
}

impl ActionSpec {
    /// Whether it acts where the step's target says: it calls AWS there, or what it starts may, with that target's credentials.
    pub fn acts_at_target(&self) -> bool {
        self.needs_target || self.reversibility == Reversibility::Unknown
    }

    /// What its confirmation asks for when the step does not say `confirm`.
    pub fn default_confirmation(&self) -> &'static str {
        match (default_strength(self), self.reversibility) {
            (0, _) => "nothing is asked",
            (_, Reversibility::NoChange) => "whoever did it says so",
            (1, _) => "a key press",
            _ => "the name of what it changes is typed",
        }
    }

    /// IAM actions that it calls.
    pub fn iam_actions(&self) -> Vec<&'static str> {
        names_of(self.permissions)
    }
}

impl ProbeSpec {
    /// The method of the request that the author writes, where `with` has one that may change something.
    pub fn unsafe_method(&self, with: &serde_json::Value) -> Option<String> {
        let Requests::Author { method } = self.requests else { return None };
        let method = with.get(method)?.as_str()?;
        (!is_safe_method(method)).then(|| method.to_ascii_uppercase())
    }

    /// IAM actions that it calls.
    pub fn iam_actions(&self) -> Vec<&'static str> {
        names_of(self.permissions)
    }
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
