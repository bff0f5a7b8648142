//! The IAM policy that a run of the plan needs.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::brief::Brief;
use crate::plan::{Grant, Statement};

/// A policy, and whose it is to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// In words: `the role arn:aws:iam::…`, `the credentials for account 123456789012`.
    pub hands: String,
    /// The account; `None` where the runbook does not name it.
    pub account: Option<String>,
    /// The role that it is for; `None` for the credentials that a run begins with.
    pub role: Option<String>,
    /// The targets that it is for.
    pub targets: Vec<String>,
    /// The policy document.
    pub document: Value,
}

/// The policies of a plan, one for each account's credentials and one for each role.
pub fn policies(brief: &Brief<'_>) -> Vec<Policy> {
    let policy = |grant: &Grant| Policy {
        hands: hands(grant),
        account: grant.account.clone(),
        role: grant.role.clone(),
        targets: grant.targets.iter().map(ToString::to_string).collect(),
        document: document(grant),
    };
    brief.grants.iter().map(policy).collect()
}

/// What is printed: the policy document as it is where there is one; otherwise a list, in which each says whose it is.
pub fn policy_text(policies: &[Policy]) -> String {
    let value = match policies {
        [only] => only.document.clone(),
        several => several
            .iter()
            .map(|policy| json!({"for": policy.hands, "account": policy.account, "role": policy.role, "targets": policy.targets, "policy": policy.document}))
            .collect(),
    };
    format!("{value:#}\n")
}

/// Whose a grant is.
pub(super) fn hands(grant: &Grant) -> String {
    if let Some(role) = &grant.role {
        return format!("the role {role}");
    }
    let profiles: Vec<&str> = grant.profiles.iter().map(String::as_str).collect();
    let profiles = if profiles.is_empty() { String::new() } else { format!(" (profile {})", profiles.join(", ")) };
    match &grant.account {
        Some(account) => format!("the credentials for account {account}{profiles}"),
        None => format!("the credentials that the run begins with{profiles}"),
    }
}

/// A policy document.
fn document(grant: &Grant) -> Value {
    let mut used: HashMap<&str, u32> = HashMap::new();
    let mut statements: Vec<Value> = Vec::new();
    for statement in grant.statements() {
        let action = statement.actions.first().copied().unwrap_or_default();
        let count = used.entry(action).and_modify(|count| *count += 1).or_insert(1);
        let more = if *count > 1 { format!("N{count}") } else { String::new() };
        statements.push(rendered(&statement, &format!("{}{more}", sid(action))));
    }
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn rendered(statement: &Statement, sid: &str) -> Value {
    let mut value = json!({"Sid": sid, "Effect": "Allow", "Action": statement.actions, "Resource": statement.resources});
    let mut conditions: Map<String, Value> = Map::new();
    let mut add = |operator: &str, key: &str, allowed: Value| {
        let keys = conditions.entry(operator).or_insert_with(|| json!({}));
        keys[key] = allowed;
    };
    for (key, allowed) in &statement.conditions {
        // One value of a request is compared as it is; the keys of a batch of changes have one value for each change.
        let every = if key.starts_with("route53:") { "ForAllValues:" } else { "" };
        let open = allowed.iter().any(|one| one.replace("${*}", "").contains('*'));
        add(&format!("{every}{}", if open { "StringLike" } else { "StringEquals" }), key, json!(allowed));
    }
    if !statement.regions.is_empty() {
        add("StringEquals", "aws:RequestedRegion", json!(statement.regions));
    }
    if !conditions.is_empty() {
        value["Condition"] = Value::Object(conditions);
    }
    value
}

/// `rds:PromoteReadReplica` as `RdsPromoteReadReplica`: a statement's id takes letters and digits alone.
fn sid(action: &str) -> String {
    let mut letters = action.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).filter(char::is_ascii_alphanumeric).collect()
}
