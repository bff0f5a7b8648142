//! Record sets: their names and order, and what an authoritative server makes of them.

use std::collections::BTreeMap;

use winterbaume_route53::model::ResourceRecordSet;

/// Labels from the top level down, then type, then set identifier: the order in which Route 53 lists.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) labels: Vec<String>,
    pub(crate) kind: String,
    pub(crate) set: Option<String>,
}

impl Key {
    pub(crate) fn new(name: &str, kind: &str, set: Option<&str>) -> Self {
        let labels = normal_name(name).split('.').rev().map(str::to_owned).collect();
        Self { labels, kind: kind.to_ascii_uppercase(), set: set.map(str::to_owned) }
    }

    pub(crate) fn of(set: &ResourceRecordSet) -> Self {
        Self::new(&set.name, &set.r#type, set.set_identifier.as_deref())
    }

    /// Whether both are sets of one name and type.
    pub(crate) fn same_name(&self, other: &Self) -> bool {
        self.labels == other.labels && self.kind == other.kind
    }
}

/// All record sets of a zone.
pub(crate) type Records = BTreeMap<Key, ResourceRecordSet>;

/// In lower case, without the last dot, Route 53's escape for `*` undone.
pub(crate) fn normal_name(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase().replace("\\052", "*")
}

/// As Route 53 shows it.
pub(crate) fn display_name(name: &str) -> String {
    format!("{}.", normal_name(name).replace('*', "\\052"))
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

/// Answers for `name` and `kind`. `roll`, from 0 up to 1, decides between weighted sets.
pub(crate) fn answer(records: &Records, name: &str, kind: &str, roll: f64) -> Said {
    let chosen = choose(records, &Key::new(name, kind, None), roll);
    if let Some(set) = chosen {
        if let Some(alias) = &set.alias_target {
            return Said::Elsewhere { name: normal_name(&alias.d_n_s_name), ttl: None };
        }
        return Said::Values { values: values(set), ttl: ttl(set) };
    }
    if kind != "CNAME"
        && let Some(set) = choose(records, &Key::new(name, "CNAME", None), roll)
        && let Some(target) = values(set).into_iter().next()
    {
        return Said::Elsewhere { name: normal_name(&target), ttl: Some(ttl(set)) };
    }
    Said::Nothing
}

fn choose<'a>(records: &'a Records, key: &Key, roll: f64) -> Option<&'a ResourceRecordSet> {
    let sets: Vec<_> = records.range(key.clone()..).take_while(|(other, _)| other.same_name(key)).map(|(_, set)| set).collect();
    let primary = sets.iter().position(|set| set.failover.as_deref() == Some("PRIMARY"));
    if let Some(primary) = primary {
        return sets.get(primary).copied();
    }
    let weight = |set: &ResourceRecordSet| u32::try_from(set.weight.unwrap_or(0)).unwrap_or(0);
    let total: u32 = sets.iter().map(|set| weight(set)).sum();
    // With all weights zero every set is as likely as any other.
    let weight = |set: &ResourceRecordSet| if total == 0 { 1 } else { weight(set) };
    let mut left = roll * f64::from(sets.iter().map(|set| weight(set)).sum::<u32>());
    sets.iter()
        .copied()
        .find(|set| {
            left -= f64::from(weight(set));
            left < 0.0
        })
        .or_else(|| sets.last().copied())
}

fn values(set: &ResourceRecordSet) -> Vec<String> {
    let mut values: Vec<String> = set
        .resource_records
        .iter()
        .flat_map(|records| &records.items)
        .map(|record| record.value.trim_end_matches('.').to_owned())
        .collect();
    values.sort();
    values
}

fn ttl(set: &ResourceRecordSet) -> u32 {
    set.t_t_l.and_then(|ttl| u32::try_from(ttl).ok()).unwrap_or(0)
}
