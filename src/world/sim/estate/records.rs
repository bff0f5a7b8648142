//! Record sets: their order, and what an authoritative server makes of them.

use std::collections::BTreeMap;

use winterbaume_route53::model::ResourceRecordSet;

use super::names::{normal_name, order};
use super::routing::{Asker, choose};

/// The order in which Route 53 lists: by name, see [`order`], then type, then set identifier.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    /// `com.example.api.`
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) set: Option<String>,
}

impl Key {
    pub(crate) fn new(name: &str, kind: &str, set: Option<&str>) -> Self {
        Self { name: order(name), kind: kind.to_ascii_uppercase(), set: set.map(str::to_owned) }
    }

    pub(crate) fn of(set: &ResourceRecordSet) -> Self {
        Self::new(&set.name, &set.r#type, set.set_identifier.as_deref())
    }

    /// Whether both are sets of one name and type.
    pub(crate) fn same_name(&self, other: &Self) -> bool {
        self.name == other.name && self.kind == other.kind
    }
}

/// All record sets of a zone.
pub(crate) type Records = BTreeMap<Key, ResourceRecordSet>;

/// The sets of one name and type.
pub(super) fn sets<'a>(records: &'a Records, name: &str, kind: &str) -> Vec<&'a ResourceRecordSet> {
    let first = Key::new(name, kind, None);
    records.range(first.clone()..).take_while(|(key, _)| key.same_name(&first)).map(|(_, set)| set).collect()
}

/// What the records say to one question.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Values {
        values: Vec<String>,
        ttl: u32,
    },
    /// Ask for this name instead; an alias has no TTL of its own.
    Elsewhere {
        name: String,
        ttl: Option<u32>,
    },
    Nothing,
}

/// Whether there is a record of this name, or of a name below it.
fn exists(records: &Records, name: &str) -> bool {
    let first = Key::new(name, "", None);
    records.range(first.clone()..).next().is_some_and(|(key, _)| key.name.starts_with(&first.name))
}

/// The name whose records answer for `name`: its own, or the wildcard beside the closest name above it that there is.
/// Source: RFC 4592, section 3.3.1; Route 53 Developer Guide, "Using an asterisk (*) in the names of hosted zones and records".
fn owner(records: &Records, name: &str) -> Option<String> {
    if exists(records, name) {
        return Some(name.to_owned());
    }
    let mut above = name;
    while let Some((_, rest)) = above.split_once('.') {
        above = rest;
        if exists(records, above) {
            let wildcard = format!("*.{above}");
            return exists(records, &wildcard).then_some(wildcard);
        }
    }
    None
}

/// Answers for `name` and `kind`.
pub(super) fn answer(records: &Records, name: &str, kind: &str, asker: &Asker<'_>) -> Said {
    let Some(owner) = owner(records, name) else { return Said::Nothing };
    let chosen = choose(&sets(records, &owner, kind), asker);
    if let Some(alias) = chosen.iter().find_map(|set| set.alias_target.as_ref()) {
        return Said::Elsewhere { name: normal_name(&alias.d_n_s_name), ttl: None };
    }
    if !chosen.is_empty() {
        let mut values: Vec<String> = chosen.iter().flat_map(|set| values(set)).collect();
        values.sort();
        values.dedup();
        return Said::Values { values, ttl: chosen.iter().map(|set| ttl(set)).min().unwrap_or(0) };
    }
    if kind != "CNAME"
        && let [set, ..] = choose(&sets(records, &owner, "CNAME"), asker)[..]
    {
        if let Some(alias) = &set.alias_target {
            return Said::Elsewhere { name: normal_name(&alias.d_n_s_name), ttl: None };
        }
        if let Some(target) = values(set).next() {
            return Said::Elsewhere { name: normal_name(&target), ttl: Some(ttl(set)) };
        }
    }
    Said::Nothing
}

fn values(set: &ResourceRecordSet) -> impl Iterator<Item = String> {
    let names = matches!(set.r#type.as_str(), "CNAME" | "NS" | "PTR" | "MX" | "SRV");
    let plain = move |value: &str| if names { value.trim_end_matches('.').to_owned() } else { value.to_owned() };
    set.resource_records.iter().flat_map(|records| &records.items).map(move |record| plain(&record.value))
}

fn ttl(set: &ResourceRecordSet) -> u32 {
    set.t_t_l.and_then(|ttl| u32::try_from(ttl).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_answers_for_what_is_not_there() {
        let set = |name: &str| ResourceRecordSet { name: name.into(), r#type: "A".into(), ..ResourceRecordSet::default() };
        let sets = ["example.com", "*.example.com", "a.b.example.com", "*.tenants.example.com", "one.tenants.example.com"].map(set);
        let records: Records = sets.into_iter().map(|set| (Key::of(&set), set)).collect();
        let owner = |name: &str| owner(&records, name);
        assert_eq!(owner("x.example.com").as_deref(), Some("*.example.com"));
        assert_eq!(owner("x.y.example.com").as_deref(), Some("*.example.com"), "also more labels below");
        assert_eq!(owner("b.example.com").as_deref(), Some("b.example.com"), "something is below it, so it is there and has nothing");
        assert_eq!(owner("x.b.example.com"), None, "the closest name that there is has no wildcard");
        assert_eq!(owner("two.tenants.example.com").as_deref(), Some("*.tenants.example.com"));
        assert_eq!(owner("one.tenants.example.com").as_deref(), Some("one.tenants.example.com"));
        assert_eq!(owner("x.one.tenants.example.com"), None);
        assert_eq!(owner("*.tenants.example.com").as_deref(), Some("*.tenants.example.com"), "asked for by its own name");
    }
}
