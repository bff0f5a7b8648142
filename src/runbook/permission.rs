//! What a call needs to be allowed by IAM, as data beside the action or probe that makes it.
//!
//! Which resources an action of a service can be narrowed to is in the AWS Service Authorization Reference, one page a service
//! ("Actions, resources, and condition keys for …"). What stands here was compared with it.

/// One IAM action that an action or a probe of the catalogue needs, and what it is needed on.
///
/// Resources and the values of conditions are templates: `{partition}`, `{region}` and `{account}` are those of the target, `{NAME}` is
/// the parameter NAME of `with`, and `{NAME|db_id}`, `{NAME|upper}`, `{NAME|dns_name}` and `{NAME|zone_id}` are that parameter as the
/// service writes it in ARNs and condition keys. A condition's `{NAME,LIST,LIST.KEY}` has the values of NAME, of each text in
/// LIST, and of KEY in each mapping in LIST. What is only known in the run becomes `*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permission {
    /// `rds:PromoteReadReplica`.
    pub action: &'static str,
    /// The resources it is needed on; `*` alone where the service knows no narrower one.
    pub resources: &'static [&'static str],
    /// Condition keys with the only values that are needed. They hold for every value of a request (`ForAllValues:StringEquals`).
    pub conditions: &'static [(&'static str, &'static str)],
    /// Needed only to explain a failure better, such as by the names that are there instead: a run does without.
    pub explains: bool,
}

/// For actions that the service cannot narrow to resources.
const ANYTHING: &[&str] = &["*"];

impl Permission {
    /// Needed on these resources.
    pub const fn on(action: &'static str, resources: &'static [&'static str]) -> Self {
        Self { action, resources, conditions: &[], explains: false }
    }

    /// An action that has no resource types: only `*` allows it.
    pub const fn on_anything(action: &'static str) -> Self {
        Self::on(action, ANYTHING)
    }

    /// Needed with these values of condition keys only.
    pub const fn only_with(self, conditions: &'static [(&'static str, &'static str)]) -> Self {
        Self { conditions, ..self }
    }

    /// Needed only to explain a failure better.
    pub const fn to_explain(self) -> Self {
        Self { explains: true, ..self }
    }
}
