//! What a plan needs to be allowed: every call that its steps, rollbacks and checks may make, on resources as narrow as is known before
//! anything runs.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use serde_json::Value;

use super::model::{Plan, Target};
use super::partition::partition;
use crate::id::TargetId;
use crate::runbook::dns_name::{plain_name, zone_id};
use crate::runbook::spec::{Catalog, Permission};

/// What one pair of hands needs: an account's credentials, or a role that is assumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The account it acts in; `None` where the runbook does not name it.
    pub account: Option<String>,
    /// The role that is assumed; `None` for the credentials that a run begins with.
    pub role: Option<String>,
    /// The profiles that its targets name.
    pub profiles: BTreeSet<String>,
    /// The targets that it acts for.
    pub targets: Vec<TargetId>,
    /// What it needs, in an order that does not depend on the runbook's.
    pub needs: BTreeSet<Need>,
}

/// One action on one resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// `rds:PromoteReadReplica`.
    pub action: &'static str,
    /// An ARN, in which `*` stands for what is not known; or `*`.
    pub resource: String,
    /// Condition keys with the values that are needed, `*` for what is not known.
    pub conditions: Vec<(&'static str, Vec<String>)>,
    /// The region that it is called in, where the resource does not say it and the service has regions.
    pub region: Option<String>,
}

/// Services whose calls are not made in a target's region.
const GLOBAL: [&str; 3] = ["iam", "route53", "sts"];

impl Plan {
    /// Everything that a run of the plan needs to be allowed, each pair of hands for itself. A role needs what is done in it, and the
    /// credentials that a run begins with need to be allowed to assume it.
    pub fn permissions(&self, catalog: &Catalog) -> Vec<Grant> {
        let mut grants = Grants { plan: self, all: IndexMap::new() };
        for target in self.targets.values() {
            // The run asks who it is before anything else.
            grants.needs(target).insert(anywhere("sts:GetCallerIdentity"));
        }
        for step in self.steps.iter().chain(self.rollbacks.values()) {
            if let Some(spec) = catalog.action(&step.action) {
                grants.add(step.target.as_ref(), spec.permissions, &step.with.value());
            }
        }
        for check in self.checks().flat_map(|(_, check)| [Some(check), check.look.as_deref()]).flatten() {
            if let Some(spec) = catalog.probe(&check.probe) {
                grants.add(check.target.as_ref(), spec.permissions, &check.with.value());
            }
        }
        grants.with_roles()
    }
}

fn anywhere(action: &'static str) -> Need {
    Need { action, resource: "*".into(), conditions: Vec::new(), region: None }
}

struct Grants<'a> {
    plan: &'a Plan,
    all: IndexMap<(Option<String>, Option<String>), Grant>,
}

impl Grants<'_> {
    fn needs(&mut self, target: &Target) -> &mut BTreeSet<Need> {
        let key = (account_of(target), target.role.clone());
        let grant = self.all.entry(key).or_insert_with_key(|(account, role)| Grant {
            account: account.clone(),
            role: role.clone(),
            profiles: BTreeSet::new(),
            targets: Vec::new(),
            needs: BTreeSet::new(),
        });
        if !grant.targets.contains(&target.id) {
            grant.targets.push(target.id.clone());
            grant.profiles.extend(target.profile.clone());
        }
        &mut grant.needs
    }

    fn add(&mut self, target: Option<&TargetId>, permissions: &[Permission], with: &Value) {
        let Some(target) = target.and_then(|id| self.plan.targets.get(id)) else { return };
        let needed = permissions.iter().filter(|permission| !permission.explains).flat_map(|permission| {
            permission.resources.iter().map(|resource| {
                let service = permission.action.split(':').next().unwrap_or_default();
                let regional = *resource == "*" && !GLOBAL.contains(&service);
                Need {
                    action: permission.action,
                    resource: fill(resource, target, with),
                    conditions: permission.conditions.iter().map(|(key, value)| (*key, every(value, target, with))).collect(),
                    region: regional.then(|| target.region.clone()),
                }
            })
        });
        let needed: Vec<Need> = needed.collect();
        self.needs(target).extend(needed);
    }

    /// The credentials that a run begins with are allowed to assume the roles.
    fn with_roles(mut self) -> Vec<Grant> {
        let assumed: Vec<&Target> = self.plan.targets.values().filter(|target| target.role.is_some()).collect();
        for target in assumed {
            let Some(role) = target.role.clone() else { continue };
            let conditions = target.external_id.iter().map(|id| ("sts:ExternalId", vec![literal(id)])).collect();
            let need = Need { action: "sts:AssumeRole", resource: role, conditions, region: None };
            let same = |grant: &&mut Grant| {
                grant.role.is_none() && target.profile.as_ref().map_or(grant.profiles.is_empty(), |name| grant.profiles.contains(name))
            };
            if let Some(grant) = self.all.values_mut().find(same) {
                grant.needs.insert(need);
                continue;
            }
            let grant = Grant {
                account: None,
                role: None,
                profiles: target.profile.iter().cloned().collect(),
                targets: vec![target.id.clone()],
                needs: [need].into(),
            };
            // A place of its own: the account of these credentials is not known.
            self.all.insert((None, target.profile.as_ref().map(|name| format!("profile {name}"))), grant);
        }
        // What a run begins with comes first.
        let (begin, roles): (Vec<Grant>, Vec<Grant>) = self.all.into_values().partition(|grant| grant.role.is_none());
        begin.into_iter().chain(roles).collect()
    }
}

/// The target's account: as written, or that of its role; `None` where neither says it.
pub fn account_of(target: &Target) -> Option<String> {
    let of_role = || target.role.as_deref().and_then(|role| role.split(':').nth(4)).filter(|text| !text.is_empty()).map(str::to_owned);
    target.account.clone().or_else(of_role)
}

/// A template of [`Permission`], filled in.
fn fill(template: &str, target: &Target, with: &Value) -> String {
    let mut text = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let Some((placeholder, after)) = after.split_once('}') else { break };
        let (name, form) = placeholder.split_once('|').unwrap_or((placeholder, ""));
        match name {
            "partition" => text.push_str(partition(&target.region).name),
            "region" => text.push_str(&target.region),
            "account" => text.push_str(account_of(target).as_deref().unwrap_or("*")),
            _ => text.push_str(&values(with, name, form).into_iter().next().unwrap_or_else(|| "*".into())),
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

/// All values of a template that is one placeholder; of any other, the one that it gives.
fn every(template: &str, target: &Target, with: &Value) -> Vec<String> {
    let placeholder = template.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).filter(|name| !name.contains(['{', '}']));
    let Some(placeholder) = placeholder else { return vec![fill(template, target, with)] };
    let (name, form) = placeholder.split_once('|').unwrap_or((placeholder, ""));
    let all: BTreeSet<String> = values(with, name, form).into_iter().collect();
    if all.is_empty() { vec![fill(template, target, with)] } else { all.into_iter().collect() }
}

/// What is there of some parameters, as the service writes it: `NAME`, of a list each of its texts; or `LIST.NAME`, that key of each mapping
/// in a list.
fn values(with: &Value, names: &str, form: &str) -> Vec<String> {
    let mut found = Vec::new();
    for name in names.split(',') {
        match name.split_once('.') {
            None => match with.get(name) {
                Some(Value::Array(items)) => found.extend(items.iter().filter(|item| item.is_string()).map(|item| value(Some(item), form))),
                one => found.extend(one.map(|one| value(Some(one), form))),
            },
            Some((list, key)) => match with.get(list) {
                None => {}
                Some(Value::Array(items)) => {
                    found.extend(items.iter().filter_map(|item| item.get(key)).map(|one| value(Some(one), form)));
                }
                Some(_) => found.push("*".into()),
            },
        }
    }
    found
}

/// A parameter's value as the service writes it; `*` for what is known only in the run.
fn value(value: Option<&Value>, form: &str) -> String {
    let text = match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => return "*".into(),
    };
    // Between the first expression and the last everything may be anything: wider than need be, and never too narrow.
    let Some((before, rest)) = text.split_once("${{") else { return formed(&text, form) };
    let after = rest.rsplit_once("}}").map_or("", |(_, after)| after);
    match form {
        "zone_id" => "*".into(),
        _ => format!("{}*{}", formed(before, form), formed(after, form)),
    }
}

fn formed(text: &str, form: &str) -> String {
    match form {
        // An identifier of RDS, which may be given as an ARN.
        "db_id" => literal(&text.rsplit(':').next().unwrap_or(text).to_ascii_lowercase()),
        "upper" => literal(&text.to_ascii_uppercase()),
        "dns_name" => literal(&dns_name(text)),
        "zone_id" => zone_id(text).map_or_else(|| "*".into(), literal),
        _ => literal(text),
    }
}

/// A name as Route 53's condition keys have it: lower case, no last dot, `\052` for `*`.
fn dns_name(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for byte in plain_name(name).bytes() {
        // What is escaped already stays as it is.
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'\\' => text.push(char::from(byte)),
            _ => text.push_str(&format!("\\{byte:03o}")),
        }
    }
    text
}

/// The text as itself in a policy, where `*` and `?` stand for others and `${…}` for a variable.
fn literal(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '*' | '?' | '$' => escaped.extend(['$', '{', char, '}']),
            char => escaped.push(char),
        }
    }
    escaped
}

/// One statement of a policy: the same actions on the same resources under the same conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// In the order of their names.
    pub actions: Vec<&'static str>,
    /// In the order of their names.
    pub resources: Vec<String>,
    /// Condition keys with the values that are needed.
    pub conditions: Vec<(&'static str, Vec<String>)>,
    /// The regions it is narrowed to, where its resources do not say them; empty where they do, or where there are none.
    pub regions: Vec<String>,
}

impl Grant {
    /// Its needs as few statements.
    pub fn statements(&self) -> Vec<Statement> {
        // All resources of an action first, then all actions of the same resources.
        type Conditions<'a> = &'a [(&'static str, Vec<String>)];
        type Scope<'a> = (BTreeSet<&'a str>, Conditions<'a>, BTreeSet<&'a str>);
        type Reach<'a> = (BTreeSet<&'a str>, BTreeSet<&'a str>);
        let mut actions: BTreeMap<(&'static str, Conditions<'_>), Reach<'_>> = BTreeMap::new();
        for need in &self.needs {
            let (resources, regions) = actions.entry((need.action, &need.conditions)).or_default();
            resources.insert(&need.resource);
            regions.extend(need.region.as_deref());
        }
        let mut scopes: IndexMap<Scope<'_>, Vec<&'static str>> = IndexMap::new();
        for ((action, conditions), (resources, regions)) in actions {
            scopes.entry((resources, conditions, regions)).or_default().push(action);
        }
        let owned = |set: BTreeSet<&str>| set.into_iter().map(str::to_owned).collect();
        let statement = |((resources, conditions, regions), actions): (Scope<'_>, _)| Statement {
            actions,
            resources: owned(resources),
            conditions: conditions.to_vec(),
            regions: owned(regions),
        };
        scopes.into_iter().map(statement).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn target(region: &str, account: Option<&str>) -> Target {
        let account = account.map(str::to_owned);
        Target { id: "dr".into(), region: region.into(), account, profile: None, role: None, external_id: None }
    }

    #[test]
    fn templates_are_as_narrow_as_what_is_known() {
        let here = target("us-east-1", Some("123456789012"));
        let arn = "arn:{partition}:rds:{region}:{account}:db:{instance|db_id}";
        let of = |target: &Target, with: Value| fill(arn, target, &with);
        assert_eq!(of(&here, json!({"instance": "Orders-DB"})), "arn:aws:rds:us-east-1:123456789012:db:orders-db");
        assert_eq!(
            of(&here, json!({"instance": "arn:aws:rds:us-east-1:123456789012:db:Orders"})),
            "arn:aws:rds:us-east-1:123456789012:db:orders"
        );
        assert_eq!(of(&here, json!({"instance": "a-${{ run.id }}-z"})), "arn:aws:rds:us-east-1:123456789012:db:a-*-z");
        assert_eq!(of(&here, json!({"instance": "${{ a }}${{ b }}"})), "arn:aws:rds:us-east-1:123456789012:db:*");
        assert_eq!(of(&target("cn-north-1", None), json!({"instance": "a*${x}?"})), "arn:aws-cn:rds:cn-north-1:*:db:a${*}${$}{x}${?}");
        assert_eq!(of(&target("us-gov-west-1", None), json!({})), "arn:aws-us-gov:rds:us-gov-west-1:*:db:*");
        assert_eq!(of(&target("eusc-de-east-1", None), json!({})), "arn:aws-eusc:rds:eusc-de-east-1:*:db:*");
        assert_eq!(of(&target("us-isob-east-1", None), json!({})), "arn:aws-iso-b:rds:us-isob-east-1:*:db:*");
    }

    #[test]
    fn names_and_zones_are_written_as_route_53_compares_them() {
        let zone = |text: &str| value(Some(&json!(text)), "zone_id");
        assert_eq!(
            ["example.com", "Z0123456789EXAMPLE", "/hostedzone/Z01", "Z${{ x }}"].map(zone),
            ["*", "Z0123456789EXAMPLE", "Z01", "*"]
        );
        let name = |text: &str| value(Some(&json!(text)), "dns_name");
        assert_eq!(
            ["API.Example.com.", "*.a.com", "\\052.a.com", "a/b.c"].map(name),
            ["api.example.com", "\\052.a.com", "\\052.a.com", "a\\057b.c"]
        );
    }
}
