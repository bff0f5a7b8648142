//! Types of parameters, names of actions and probes, words that a key takes.

use super::word::{Word, find, word};
use crate::diag::closest;
use crate::runbook::spec::Catalog;

const COMMAND: &str = "write `action: command` and `with: {argv: [deployctl, freeze]}`; with a shell, `argv: [sh, -c, \"a | b\"]`";
const MANUAL: &str = "write `action: manual`, with `instructions`, and `ask` for what is to be answered";
const RUNBOOK: &str = "write `action: runbook` and `with: {file: data.yaml}`";
const CALL: &str =
    "actions make no requests: write `action: command` and `with: {argv: [curl, …]}`; to ask only, `probe: http` in `verify`";

const ACTIONS: &[Word] = &[
    word(
        &["shell", "run", "script", "bash", "sh", "exec", "cmd", "raw", "localexec", "ansible.builtin.shell", "ansible.builtin.command"],
        &["command"],
        COMMAND,
    ),
    word(&["kubectl", "aws", "awscli", "terraform", "helm", "docker", "ssh", "python", "lambda", "ssm"], &["command"], COMMAND),
    word(&["slack", "notify", "email", "mail", "pagerduty", "message"], &["command"], COMMAND),
    word(&["prompt", "ask", "pause", "approve", "approval", "input", "human", "confirm", "person", "instructions"], &["manual"], MANUAL),
    word(&["sleep", "delay", "timer"], &["wait"], "write `action: wait` and `with: {seconds: 30s}`"),
    word(
        &["decide", "decision", "select", "branch", "switch", "choice", "question", "if"],
        &["choose"],
        "write `action: choose` and `with: {question: How?, options: {nodes: Replace the nodes, region: Fail over}}`",
    ),
    word(
        &["include", "importplaybook", "includetasks", "importtasks", "call", "workflow", "uses", "includerole", "nested", "subrunbook"],
        &["runbook"],
        RUNBOOK,
    ),
    word(&["assert", "check", "test", "validate", "healthcheck"], &["verify"], "write `action: verify`, and the proofs under `verify`"),
    word(&["http", "httprequest", "http.post", "http.get", "uri", "curl", "request", "geturl", "webhook", "post"], &["command"], CALL),
    word(
        &["noop", "none", "debug", "echo", "print", "setfact"],
        &["verify"],
        "a step does something, or proves something with `action: verify`; what people are to read is `title`, `why`, or `action: manual`",
    ),
];

const PROBES: &[Word] = &[
    word(
        &[
            "http.get",
            "httpget",
            "https",
            "get",
            "url",
            "uri",
            "curl",
            "web",
            "http.status",
            "httpcheck",
            "healthcheck",
            "health",
            "geturl",
            "rest",
        ],
        &["http"],
        "write `probe: http` and `with: {url: \"https://…\"}`",
    ),
    word(
        &["dns.lookup", "dnslookup", "lookup", "nslookup", "dig", "resolve", "dns.resolve", "host", "dns.query", "dns.record"],
        &["dns"],
        "write `probe: dns` and `with: {name: api.example.com}`",
    ),
    word(
        &["command", "shell", "exec", "script", "run", "bash", "manual"],
        &[],
        "no probe runs a program: a step with `action: command` fails when its program does",
    ),
    word(
        &["tcp", "ping", "port", "waitfor", "icmp", "socket"],
        &[],
        "there is none for ports: ask the service with `http`, or write a step with `action: command`",
    ),
    word(&["cloudwatch", "metric", "metrics", "alarm", "cloudwatch.alarm"], &["cloudwatch.metric"], "write `probe: cloudwatch.metric`"),
    word(
        &["sts", "identity", "whoami", "sts.identity", "awsaccount", "sts.getcalleridentity", "account"],
        &["aws.identity"],
        "write `probe: aws.identity`",
    ),
    word(&["lag", "rds.lag", "replicalag", "replication", "rds.replication"], &["rds.replica_lag"], "write `probe: rds.replica_lag`"),
    word(&["rds", "database", "db", "rds.database", "rds.status"], &["rds.instance"], "write `probe: rds.instance`"),
    word(&["eks", "nodegroup", "nodes", "eks.nodes", "asg"], &["eks.nodegroup"], "write `probe: eks.nodegroup`"),
    word(&["route53", "record", "recordset", "route53.weights"], &["route53.record"], "write `probe: route53.record`"),
];

const TYPES: &[Word] = &[
    word(&["int", "long", "uint", "whole"], &["integer"], "write `type: integer`"),
    word(&["str", "text", "varchar", "char", "path", "file", "url", "date", "any", "host"], &["string"], "write `type: string`"),
    word(&["bool", "flag", "yesno", "switch"], &["boolean"], "write `type: boolean`"),
    word(&["float", "double", "decimal", "numeric", "real"], &["number"], "write `type: number`"),
    word(
        &["choice", "select", "choices", "options", "option", "oneof", "literal"],
        &["enum"],
        "write `type: enum` and `values: [blue, green]`",
    ),
    word(&["array", "set", "sequence", "tuple", "strings"], &["list"], "write `type: list`, and `of` for what its items are"),
    word(
        &["map", "dict", "object", "mapping", "record", "json"],
        &[],
        "there are no mappings among parameters: write one parameter for each value",
    ),
    word(&["password", "secret", "token", "credential"], &["string"], "write `type: string` and `secret: true`"),
    word(&["time", "timespan", "interval", "seconds", "minutes", "period"], &["duration"], "write `type: duration`"),
    word(&["awsregion", "environment"], &["region"], "write `type: region`"),
];

const CONFIRMS: &[Word] = &[
    word(&["true", "yes", "on", "always", "key", "y", "manual", "required", "ask", "prompt"], &["enter"], "write `confirm: enter`"),
    word(
        &["false", "no", "off", "never", "auto", "skip"],
        &["none"],
        "write `confirm: none`; where the action asks for more, `confirm_reason` says why",
    ),
    word(&["two", "dual", "twopeople", "second", "peer", "approval", "approve"], &["two_person"], "write `confirm: two_person`"),
];

const FAILURES: &[Word] = &[
    word(
        &["fail", "stop", "exit", "halt", "end", "false", "error"],
        &["abort"],
        "write `abort` to end the run, `pause` to let the operator decide",
    ),
    word(&["ignore", "true", "skip", "warn", "next", "continueonerror"], &["continue"], "write `continue`"),
    word(&["undo", "revert", "back", "restore"], &["roll_back"], "write `roll_back`, and a `rollback` in the steps"),
    word(&["ask", "wait", "manual", "prompt", "retry"], &["pause"], "write `pause`: the operator tries again, skips, or ends the run"),
];

const SEVERITIES: &[Word] = &[
    word(&["error", "fail", "critical", "fatal", "abort", "stop", "high", "required", "true"], &["block"], "write `block`"),
    word(&["info", "ignore", "low", "notice", "continue", "optional", "false", "none"], &["warn"], "write `warn`"),
];

/// What to write instead of a word that a key does not take.
pub(crate) fn word_of(key: &str, name: &str) -> Option<&'static str> {
    let rows = match key {
        "`type`" => TYPES,
        "`confirm`" => CONFIRMS,
        "`on_failure`" => FAILURES,
        "`severity`" => SEVERITIES,
        _ => return None,
    };
    find(rows, name).map(|row| row.write)
}

/// What to write instead of an action that there is not.
pub fn action(name: &str, catalog: &Catalog) -> Option<String> {
    if let Some(row) = find(ACTIONS, name) {
        return Some(row.write.to_owned());
    }
    if let Some(probe) = catalog.probe(name) {
        return Some(format!("`{}` is a probe, which only reads: write it under `preconditions` or `verify`", probe.name));
    }
    let names = || catalog.actions.iter().map(|action| action.name);
    let alike = near(name, names());
    // What has a service in its name, or one of a name that lifeboat knows, is a call that a program can make.
    let Some((service, _)) = name.split_once('.').filter(|(service, _)| !service.is_empty()) else { return alike };
    if alike.is_some() {
        return alike;
    }
    let of_it: Vec<&str> = names().filter(|known| known.split_once('.').is_some_and(|(known, _)| known == service)).collect();
    let there = if of_it.is_empty() { String::new() } else { format!("of {service} there is {}; ", of_it.join(", ")) };
    let argv = match aws_name(service) {
        Some(service) => format!("aws, {service}, …"),
        None => "PROGRAM, …".to_owned(),
    };
    Some(format!("{there}what there is no action for, a program does: `action: command` and `with: {{argv: [{argv}]}}`"))
}

/// The name that the AWS CLI has for a service.
fn aws_name(service: &str) -> Option<&str> {
    const SERVICES: &[&str] = &[
        "autoscaling",
        "backup",
        "cloudformation",
        "cloudfront",
        "cloudwatch",
        "cognito-idp",
        "dms",
        "docdb",
        "dynamodb",
        "ec2",
        "ecr",
        "ecs",
        "efs",
        "eks",
        "elasticache",
        "elasticbeanstalk",
        "elb",
        "elbv2",
        "events",
        "firehose",
        "fsx",
        "globalaccelerator",
        "iam",
        "kafka",
        "kinesis",
        "kms",
        "lambda",
        "lightsail",
        "mq",
        "neptune",
        "opensearch",
        "rds",
        "redshift",
        "route53",
        "s3",
        "s3api",
        "scheduler",
        "secretsmanager",
        "servicediscovery",
        "sns",
        "sqs",
        "ssm",
        "stepfunctions",
        "storagegateway",
        "sts",
        "transfer",
        "wafv2",
    ];
    match service {
        "aurora" => Some("rds"),
        "alb" | "nlb" => Some("elbv2"),
        "asg" => Some("autoscaling"),
        "arc" => Some("arc-region-switch"),
        "eventbridge" => Some("events"),
        "msk" => Some("kafka"),
        _ => SERVICES.iter().copied().find(|known| *known == service),
    }
}

/// What to write instead of a probe that there is not.
pub fn probe(name: &str, catalog: &Catalog) -> Option<String> {
    if let Some(row) = find(PROBES, name) {
        return Some(row.write.to_owned());
    }
    if let Some(action) = catalog.action(name) {
        return Some(format!("`{}` is an action: write it in a step, `action: {0}`", action.name));
    }
    near(name, catalog.probes.iter().map(|probe| probe.name))
}

/// A name that is alike, or one that has this word in it.
fn near<'a>(name: &str, names: impl Iterator<Item = &'a str> + Clone) -> Option<String> {
    let part = || names.clone().find(|known| name.len() > 2 && known.contains(name));
    closest(name, names.clone()).or_else(part).map(|known| format!("did you mean `{known}`?"))
}
