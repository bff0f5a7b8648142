//! What must hold in a world file beyond its form: every name refers to something, and times and numbers make sense.

use std::collections::HashSet;

use serde_saphyr::Spanned;

mod zones;

use super::arn;
use super::load::span_of;
use super::model::{FaultDef, InstanceDef, Name, NodegroupDef, NotOne, ServiceDef, WorldFile};
use crate::diag::{Diagnostic, code};

/// Everything that is wrong, in the order of the file's sections.
pub(super) fn check(file: &WorldFile, text: &str) -> Vec<Diagnostic> {
    let mut check = Check { file, text, found: Vec::new() };
    check.head();
    check.databases();
    check.clusters();
    check.zones();
    check.services();
    check.commands();
    check.events();
    check.faults();
    check.found
}

/// Source: the model of EKS, TaintEffect.
pub(in crate::world::sim) const TAINT_EFFECTS: [&str; 3] = ["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"];

/// Source: the model of EKS, NodegroupIssueCode.
const NODEGROUP_ISSUES: [&str; 36] = [
    "AccessDenied",
    "AmiIdNotFound",
    "AsgInstanceLaunchFailures",
    "AutoScalingGroupInstanceRefreshActive",
    "AutoScalingGroupInvalidConfiguration",
    "AutoScalingGroupNotFound",
    "AutoScalingGroupOptInRequired",
    "AutoScalingGroupRateLimitExceeded",
    "ClusterUnreachable",
    "Ec2InstanceTypeDoesNotExist",
    "Ec2LaunchTemplateDeletionFailure",
    "Ec2LaunchTemplateInvalidConfiguration",
    "Ec2LaunchTemplateMaxLimitExceeded",
    "Ec2LaunchTemplateNotFound",
    "Ec2LaunchTemplateVersionMaxLimitExceeded",
    "Ec2LaunchTemplateVersionMismatch",
    "Ec2SecurityGroupDeletionFailure",
    "Ec2SecurityGroupNotFound",
    "Ec2SubnetInvalidConfiguration",
    "Ec2SubnetListTooLong",
    "Ec2SubnetMissingIpv6Assignment",
    "Ec2SubnetNotFound",
    "IamInstanceProfileNotFound",
    "IamLimitExceeded",
    "IamNodeRoleNotFound",
    "IamThrottling",
    "InstanceLimitExceeded",
    "InsufficientFreeAddresses",
    "InternalFailure",
    "KubernetesLabelInvalid",
    "LimitExceeded",
    "NodeCreationFailure",
    "NodeTerminationFailure",
    "PodEvictionFailure",
    "SourceEc2LaunchTemplateNotFound",
    "Unknown",
];

/// The services that a fault can name.
const SERVICES: [&str; 8] = ["rds", "eks", "route53", "monitoring", "sts", "http", "dns", "process"];

struct Check<'a> {
    file: &'a WorldFile,
    text: &'a str,
    found: Vec<Diagnostic>,
}

impl<'a> Check<'a> {
    fn error<T>(&mut self, at: &Spanned<T>, message: impl Into<String>, help: impl Into<String>) {
        let span = span_of(&at.referenced, self.text);
        self.found.push(Diagnostic::error(code::WORLD_SENSE, span, message).help(help));
    }

    /// `name` must be one of `known`.
    fn refers(&mut self, name: &Name, what: &str, known: &[&str]) {
        if known.contains(&name.value.as_str()) {
            return;
        }
        let near = crate::diag::closest(&name.value, known.iter().copied());
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => format!("the file has no {what}"),
            None => format!("the file has: {}", known.join(", ")),
        };
        self.error(name, format!("there is no {what} `{}`", name.value), help);
    }

    fn region(&mut self, name: &Name) {
        let regions: Vec<&str> = self.file.regions.keys().map(String::as_str).collect();
        self.refers(name, "region", &regions);
    }

    fn unique<'n>(&mut self, what: &str, names: impl IntoIterator<Item = (&'n Name, String)>) {
        let mut seen = HashSet::new();
        for (name, key) in names {
            if !seen.insert(key) {
                self.error(name, format!("the {what} `{}` is there twice", name.value), "rename or remove one");
            }
        }
    }

    fn head(&mut self) {
        let file = self.file;
        if file.world.value != 1 {
            self.error(
                &file.world,
                format!("world file format {} is not known", file.world.value),
                "this lifeboat reads format 1: write `world: 1`",
            );
        }
        if file.name.value.is_empty() || !file.name.value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') {
            self.error(&file.name, "a world's name has letters, digits, `_` and `-` only", "write `name: region_loss`");
        }
        if file.account.value.len() != 12 || !file.account.value.bytes().all(|b| b.is_ascii_digit()) {
            self.error(&file.account, "an account id has twelve digits", "write it in quotes: `account: \"123456789012\"`");
        }
        if let Some(incident) = &file.incident_start
            && incident.value > file.start
        {
            self.error(incident, "the incident starts after the world does", "the RTO clock is already running when a drill begins");
        }
    }

    fn databases(&mut self) {
        let file = self.file;
        let placed = |db: &InstanceDef| format!("{}/{}", db.region.value, db.id.value.to_ascii_lowercase());
        self.unique("instance", file.rds.iter().map(|db| (&db.id, placed(db))));
        for (place, db) in file.rds.iter().enumerate() {
            self.region(&db.region);
            if !is_instance_id(&db.id.value) {
                self.error(
                    &db.id,
                    format!("`{}` is no identifier that RDS takes", db.id.value),
                    "1 to 63 letters, digits and hyphens; a letter first, no hyphen last, never two together",
                );
            }
            if let Some(source) = &db.replica_of {
                self.source(db, place, source);
            }
            if let Some(days) = db.backup_retention_days.as_ref().filter(|days| !(0..=35).contains(&days.value)) {
                self.error(days, format!("backups are not kept for {} days", days.value), "0 to 35 days; 0 turns them off");
            }
            for window in &db.backing_up {
                if window.until.resolve(file.start) <= window.from.resolve(file.start) {
                    self.error(&db.id, format!("a backup of `{}` ends before it begins", db.id.value), "`until` must be after `from`");
                }
            }
        }
    }

    fn source(&mut self, db: &'a InstanceDef, place: usize, source: &Name) {
        let file = self.file;
        if self.instance(source, &db.region.value, Some(place)).is_none() && source.value == db.id.value {
            // Said in better words than that there is no such instance.
            self.found.pop();
            self.error(source, format!("`{}` is a replica of itself", db.id.value), "name its source");
            return;
        }
        let of = file.instance(&source.value, &db.region.value, Some(place)).ok().map(|of| &file.rds[of]);
        if of.is_some_and(|of| of.replica_of.is_some()) {
            self.error(
                source,
                format!("`{}` is a replica of a replica", db.id.value),
                "chains of replicas are not simulated: name the primary",
            );
        }
    }

    /// `name`, said by something in `region`, must be one instance.
    fn instance(&mut self, name: &Name, region: &str, not: Option<usize>) -> Option<usize> {
        let file = self.file;
        match file.instance(&name.value, region, not) {
            Ok(place) => return Some(place),
            Err(NotOne::None) => {
                let ids: Vec<&str> = file.rds.iter().map(|db| db.id.value.as_str()).filter(|id| *id != name.value).collect();
                self.refers(name, "instance", &ids);
            }
            Err(NotOne::Several) => {
                let arns = file.rds.iter().filter(|db| db.id.value.eq_ignore_ascii_case(&name.value));
                let arns: Vec<String> = arns.map(|db| arn::instance(&file.account.value, db)).collect();
                let help = format!("name it by its ARN: {}", arns.join(" or "));
                self.error(name, format!("several regions have an instance `{}`", name.value), help);
            }
        }
        None
    }

    fn clusters(&mut self) {
        let file = self.file;
        self.unique("cluster", file.eks.iter().map(|c| (&c.cluster, format!("{}/{}", c.region.value, c.cluster.value))));
        for cluster in &file.eks {
            self.region(&cluster.region);
            for (name, group) in &cluster.nodegroups {
                let size = &group.value;
                if size.min > size.desired || size.desired > size.max || size.max == 0 {
                    self.error(
                        group,
                        format!("the node group `{name}` has min {}, desired {}, max {}", size.min, size.desired, size.max),
                        "min ≤ desired ≤ max must hold, and max must be above zero",
                    );
                }
                if size.quota.is_some_and(|quota| quota < size.desired) {
                    self.error(
                        group,
                        format!("the node group `{name}` starts with more nodes than its quota"),
                        "raise `quota` or lower `desired`",
                    );
                }
                self.group_settings(&cluster.region, size);
            }
        }
    }

    fn group_settings(&mut self, region: &Name, group: &NodegroupDef) {
        for taint in &group.taints {
            self.refers(&taint.effect, "effect of a taint", &TAINT_EFFECTS);
        }
        for issue in &group.issues {
            self.refers(&issue.code, "issue of a node group", &NODEGROUP_ISSUES);
            if let (Some(from), Some(until)) = (issue.from, issue.until)
                && until.resolve(self.file.start) <= from.resolve(self.file.start)
            {
                self.error(&issue.code, "the issue ends before it begins", "`until` must be after `from`");
            }
        }
        if let Some(zone) = &group.zone_without_capacity {
            let zones = ["a", "b", "c"].map(|letter| format!("{}{letter}", region.value));
            let known = zones.each_ref().map(String::as_str);
            self.refers(zone, "zone of the node group", &known);
        }
    }

    fn services(&mut self) {
        let file = self.file;
        self.unique("service", file.services.iter().map(|s| (&s.name, s.name.value.clone())));
        self.unique("address of service", file.services.iter().map(|s| (&s.name, s.address.value.to_string())));
        for service in &file.services {
            self.region(&service.region);
            if let Some(writer) = &service.writer {
                self.instance(writer, &service.region.value, None);
            }
            if let Some(group) = &service.nodegroup {
                self.nodegroup_of(service, group);
            }
            for (path, status) in &service.paths {
                if !path.starts_with('/') || !(200..600).contains(status) {
                    self.error(&service.name, format!("`{path}: {status}` is no path with a status"), "write `/healthz: 200`");
                }
            }
        }
    }

    fn nodegroup_of(&mut self, service: &ServiceDef, group: &Name) {
        let known: Vec<String> = self
            .file
            .eks
            .iter()
            .filter(|cluster| cluster.region.value == service.region.value)
            .flat_map(|cluster| cluster.nodegroups.keys().map(move |name| format!("{}/{name}", cluster.cluster.value)))
            .collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        self.refers(group, &format!("node group in {}", service.region.value), &known);
    }

    fn commands(&mut self) {
        for command in &self.file.commands {
            if command.argv.value.first().is_none_or(String::is_empty) {
                self.error(&command.argv, "a command names a program", "write `argv: [deployctl, freeze]`");
            }
        }
    }

    fn events(&mut self) {
        for event in &self.file.events {
            match (&event.region_down, &event.region_up) {
                (Some(region), None) | (None, Some(region)) => self.region(region),
                _ => self.error(&event.at, "an event has one of `region_down` and `region_up`", "write `region_down: eu-west-1`"),
            }
        }
    }

    fn faults(&mut self) {
        for fault in &self.file.faults {
            let def = &fault.value;
            let kinds = kinds(def);
            if kinds.len() != 1 {
                let has = if kinds.is_empty() { "none".to_owned() } else { kinds.join(" and ") };
                self.error(fault, format!("a fault has exactly one kind, this one has {has}"), KINDS_HELP);
            }
            self.fault_numbers(fault, def);
            if def.region_down.is_some() && (def.service.is_some() || def.operation.is_some() || def.region.is_some()) {
                self.error(fault, "`region_down` is about a whole region", "remove `service`, `operation` and `region`");
            }
            if let Some(region) = &def.region_down {
                self.region(region);
            }
            if let Some(region) = &def.region {
                self.region(region);
            }
            if let Some(service) = &def.service {
                self.refers(service, "service to hit", &SERVICES);
                self.fault_on(fault, def, &service.value);
            }
        }
    }

    fn fault_on(&mut self, fault: &Spanned<FaultDef>, def: &FaultDef, service: &str) {
        let possible: &[&str] = match service {
            "http" => &["latency", "error", "reset", "hang", "garbage"],
            "dns" => &["latency", "error", "hang"],
            "process" => &["latency", "hang"],
            _ => return,
        };
        for kind in kinds(def).into_iter().filter(|kind| !possible.contains(kind)) {
            self.error(fault, format!("`{kind}` cannot happen to `{service}`"), format!("possible: {}", possible.join(", ")));
        }
    }

    fn fault_numbers(&mut self, fault: &Spanned<FaultDef>, def: &FaultDef) {
        for part in [&def.probability, &def.partial].into_iter().flatten() {
            if !(0.0..=1.0).contains(&part.value) {
                self.error(part, format!("{} is not between 0 and 1", part.value), "write 0.3 for three calls in ten");
            }
        }
        if def.lost_answer && !def.reset {
            self.error(fault, "`lost_answer` says how a reset happens", "write `reset: true, lost_answer: true`");
        }
        let start = self.file.start;
        if let (Some(from), Some(until)) = (def.from, def.until)
            && until.resolve(start) <= from.resolve(start)
        {
            self.error(fault, "the fault ends before it begins", "`until` must be after `from`");
        }
        if def.error.as_ref().is_some_and(|error| !(400..600).contains(&error.status) || error.code.is_empty()) {
            self.error(fault, "an error has a code and a status from 400 to 599", "write `error: {code: InternalFailure, status: 500}`");
        }
    }
}

/// Source: CreateDBInstance, "DBInstanceIdentifier".
fn is_instance_id(id: &str) -> bool {
    id.len() <= 63
        && id.starts_with(|c: char| c.is_ascii_alphabetic())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !id.ends_with('-')
        && !id.contains("--")
}

const KINDS_HELP: &str =
    "one of: region_down, throttle, latency, error, access_denied, expired_credentials, reset, garbage, hang, stuck, partial";

/// The kinds that a fault names.
fn kinds(def: &FaultDef) -> Vec<&'static str> {
    [
        ("region_down", def.region_down.is_some()),
        ("throttle", def.throttle),
        ("latency", def.latency.is_some()),
        ("error", def.error.is_some()),
        ("access_denied", def.access_denied),
        ("expired_credentials", def.expired_credentials),
        ("reset", def.reset),
        ("garbage", def.garbage.is_some()),
        ("hang", def.hang),
        ("stuck", def.stuck),
        ("partial", def.partial.is_some()),
    ]
    .into_iter()
    .filter_map(|(kind, given)| given.then_some(kind))
    .collect()
}
