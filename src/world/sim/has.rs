//! Whether a world has what a runbook asks for: what is known of that before a drill is begun in vain.

use super::file::{Definition, WorldFile};

/// Something that a step or a check asks a world for. What is not known yet is `None`.
#[derive(Debug, Clone, Copy)]
pub enum Wanted<'a> {
    /// A program with its arguments.
    Program(&'a [Option<String>]),
    /// The host of an address.
    Host(&'a str),
    /// A metric of CloudWatch.
    Metric(&'a str, &'a str),
    /// A region.
    Region(&'a str),
    /// The account of the credentials.
    Account(&'a str),
    /// A database instance in a region.
    Instance(&'a str, &'a str),
    /// A cluster in a region.
    Cluster(&'a str, &'a str),
    /// A node group of a cluster in a region.
    Nodegroup(&'a str, &'a str, &'a str),
    /// A hosted zone, by its name or id.
    Zone(&'a str),
}

/// The metrics that a world can have, by namespace.
const METRICS: &[(&str, &[&str])] = &[
    ("AWS/RDS", &["ReplicaLag"]),
    (
        "AWS/AutoScaling",
        &[
            "GroupInServiceInstances",
            "GroupTotalInstances",
            "GroupDesiredCapacity",
            "GroupMinSize",
            "GroupMaxSize",
            "GroupPendingInstances",
        ],
    ),
];

impl Definition {
    /// What of this the world has not, as the rest of a sentence about it, and what to do; `None` when it has it.
    pub fn lacks(&self, wanted: Wanted<'_>) -> Option<(String, String)> {
        let file = &self.file;
        let add = |section: &str| format!("add it under `{section}:` of {}", self.path().display());
        match wanted {
            Wanted::Program(argv) => (!knows_program(file, argv)).then(|| {
                let line: Vec<&str> = argv.iter().map(|word| word.as_deref().unwrap_or("…")).collect();
                (format!("has no program `{}`", shortened(&line.join(" "))), add("commands"))
            }),
            Wanted::Host(host) => (!knows_host(file, host)).then(|| {
                (format!("has no name `{host}`"), format!("{}, as a record of a zone that leads to one of its `services`", add("route53")))
            }),
            Wanted::Metric(namespace, metric) => {
                let known = METRICS.iter().any(|(known, metrics)| *known == namespace && metrics.contains(&metric));
                let of: Vec<String> = METRICS.iter().map(|(namespace, metrics)| format!("{namespace} {}", metrics.join(", "))).collect();
                let help =
                    format!("worlds have {}; leave the check to live runs, with `error or …` or as a step with a `when`", of.join("; "));
                (!known).then(|| (format!("has no metric {namespace} {metric}"), help))
            }
            Wanted::Region(region) => (!file.regions.contains_key(region)).then(|| (format!("has no region {region}"), add("regions"))),
            Wanted::Account(account) => (file.account.value != account).then(|| {
                (format!("is account {}, and a run elsewhere is refused", file.account.value), "give both the same account".to_owned())
            }),
            Wanted::Instance(region, id) => {
                let known = file.rds.iter().any(|one| one.region.value == region && one.id.value.eq_ignore_ascii_case(id));
                (!known).then(|| (format!("has no database instance {id} in {region}"), add("rds")))
            }
            Wanted::Cluster(region, name) => {
                let known = file.eks.iter().any(|one| one.region.value == region && one.cluster.value == name);
                (!known).then(|| (format!("has no cluster {name} in {region}"), add("eks")))
            }
            Wanted::Nodegroup(region, cluster, group) => {
                let of = file.eks.iter().find(|one| one.region.value == region && one.cluster.value == cluster)?;
                (!of.nodegroups.contains_key(group)).then(|| (format!("has no node group {group} of {cluster} in {region}"), add("eks")))
            }
            Wanted::Zone(zone) => {
                let plain = zone.trim_end_matches('.');
                let known =
                    file.route53.zones.iter().any(|one| same_name(&one.name.value, plain) || plain.ends_with(one.id.value.as_str()));
                (!known).then(|| (format!("has no hosted zone {zone}"), add("route53")))
            }
        }
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= 60 { text.to_owned() } else { text.chars().take(59).chain(['…']).collect() }
}

fn same_name(a: &str, b: &str) -> bool {
    a.trim_end_matches('.').eq_ignore_ascii_case(b.trim_end_matches('.'))
}

/// A command of the world answers to everything that begins as it is written.
fn knows_program(file: &WorldFile, argv: &[Option<String>]) -> bool {
    file.commands.iter().any(|command| {
        let known = &command.argv.value;
        known.len() <= argv.len() && known.iter().zip(argv).all(|(known, word)| word.as_ref().is_none_or(|word| word == known))
    })
}

fn knows_host(file: &WorldFile, host: &str) -> bool {
    if let Ok(address) = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>() {
        return file.services.iter().any(|service| service.address.value == address);
    }
    let names = file.route53.zones.iter().flat_map(|zone| &zone.records).map(|record| record.name.value.as_str());
    let mut names = names.chain(file.services.iter().map(|service| service.name.value.as_str()));
    names.any(|name| match name.strip_prefix("*.") {
        Some(parent) => host.split_once('.').is_some_and(|(_, rest)| same_name(rest, parent)) || same_name(name, host),
        None => same_name(name, host),
    })
}
