//! What the zone's own name servers must answer after a shift, and whether they do.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use aws_sdk_route53::types::ResourceRecordSet;

use crate::action::Cx;
use crate::action::reads::route53::plain_name;
use crate::plan::Failure;
use crate::world::{DnsAnswer, DnsQuery, DnsVia};

/// The values that may be answered: those of all sets with a weight.
///
/// # Errors
/// Why the answers cannot be told from the record sets.
pub(super) fn expected(sets: &[ResourceRecordSet], kind: &str) -> Result<BTreeSet<String>, String> {
    if !matches!(kind, "A" | "AAAA" | "CNAME") {
        return Err(format!("answers of type {kind} are not compared"));
    }
    let weighty = |set: &&ResourceRecordSet| set.weight().is_some_and(|weight| weight > 0);
    let some = sets.iter().any(|set| weighty(&set));
    // Without any weight Route 53 answers with every set.
    let answered: Vec<&ResourceRecordSet> = sets.iter().filter(|set| !some || weighty(set)).collect();
    if let Some(alias) = answered.iter().find(|set| set.alias_target().is_some()) {
        return Err(format!("{} is an alias, whose answers its own target decides", alias.set_identifier().unwrap_or("a set")));
    }
    Ok(answered.iter().flat_map(|set| set.resource_records()).map(|record| canonical(record.value())).collect())
}

/// Asks the zone's name servers.
///
/// # Errors
/// None of them answers; the driver goes on asking until the step's timeout.
pub(super) async fn ask(cx: &Cx, record: &str, kind: &str) -> Result<DnsAnswer, Failure> {
    let query = DnsQuery {
        // A wildcard is asked about by a name that it covers.
        name: record.replacen('*', "lifeboat-look", 1),
        kind: kind.to_owned(),
        via: DnsVia::Authoritative,
        timeout: Duration::from_secs(5),
        caller: cx.caller.clone(),
    };
    cx.world.dns().query(query).await
}

/// What is still waited for; `None` when the answer is one of those expected.
pub(super) fn difference(expected: &BTreeSet<String>, answer: &DnsAnswer) -> Option<String> {
    let answered: BTreeSet<String> = answer.values.iter().map(|value| canonical(value)).collect();
    if answered.is_empty() {
        return Some(format!("{} to answer at all", answer.server));
    }
    let unexpected: Vec<&str> = answered.difference(expected).map(String::as_str).collect();
    (!unexpected.is_empty()).then(|| format!("{} to stop answering {}", answer.server, unexpected.join(", ")))
}

/// The same address or name written in the same way.
fn canonical(value: &str) -> String {
    value.parse::<IpAddr>().map_or_else(|_| plain_name(value), |address| address.to_string())
}
