//! Keys of steps, checks, parameters, and of the top of the file.

use super::word::{Word, find, word};
use crate::runbook::keys::Keys;

const STEP: &[Word] = &[
    word(&["if", "onlyif", "condition"], &["when"], "write `when: params.warm`: a condition, without braces"),
    word(&["unless", "else", "elif"], &["when"], "write `when: not params.warm`: a condition, without braces"),
    word(
        &["loop", "withitems", "withlist", "withdict", "withsequence", "foreach", "matrix", "strategy", "items", "withfileglob"],
        &["for_each"],
        "write `for_each: [api, web]`, or `for_each: ${{ params.services }}`; each is read as `item`",
    ),
    word(&["uses", "module", "type", "kind", "do", "call"], &["action"], "write `action: NAME`; `lifeboat actions` lists the names"),
    word(
        &["run", "shell", "command", "cmd", "script", "raw", "exec", "bash", "argv", "args", "winshell", "localexec"],
        &["action"],
        "write `action: command` and `with: {argv: [deployctl, freeze]}`; with a shell, `argv: [sh, -c, \"a | b\"]`",
    ),
    word(
        &["choose", "question", "options", "decide", "switch", "case"],
        &["action"],
        "write `action: choose` and the rest under `with`: `with: {question: How?, options: {nodes: Replace the nodes, region: Fail over}}`",
    ),
    word(
        &["manual", "instructions", "ask", "prompt", "input", "message"],
        &["action"],
        "write `action: manual` and the rest under `with`: `with: {instructions: Open the incident.}`",
    ),
    word(&["wait", "sleep", "pause"], &["action"], "write `action: wait` and `with: {seconds: 30s}`"),
    word(
        &["runbook", "include", "includetasks", "importtasks", "importplaybook", "workflow", "file", "role", "includerole"],
        &["action"],
        "write `action: runbook` and `with: {file: data.yaml}`",
    ),
    word(
        &["env", "environment", "envs"],
        &[],
        "the environment of a program belongs into `with`: `with: {argv: [deployctl], env: {NAME: value}}`",
    ),
    word(
        &["chdir", "cwd", "workingdirectory", "dir"],
        &[],
        "the folder of a program belongs into `with`: `with: {argv: [deployctl], cwd: /srv}`",
    ),
    word(
        &["register", "output", "outputs", "setfact", "result", "saveas"],
        &[],
        "nothing is declared: later steps read `steps.ID.outputs.NAME`, of a command `steps.ID.outputs.stdout`",
    ),
    word(
        &["vars", "variables", "params", "parameters", "inputs", "arguments", "set", "let"],
        &[],
        "values are declared under `params` at the top of the file; what the action takes stands under `with`",
    ),
    word(&["ignoreerrors", "continueonerror", "allowfailure", "failfast", "ignoreunreachable"], &[], "write `on_failure: continue`"),
    word(
        &["rescue", "always", "block", "finally", "catch", "onerror", "onfail", "except"],
        &[],
        "write `on_failure: roll_back` and a `rollback`, or `on_failure: continue`",
    ),
    word(
        &["become", "becomeuser", "sudo", "user", "runas", "assumerole", "rolearn"],
        &[],
        "a program runs as whoever started lifeboat: `argv: [sudo, …]`; in AWS the `role` of a target is assumed",
    ),
    word(&["timeoutminutes", "timeoutseconds", "timeouts", "deadline", "async", "maxtime"], &[], "write `timeout: 20m`"),
    word(
        &["tags", "labels", "label", "group", "stage", "section", "category"],
        &[],
        "write `phase: Data`: a heading in the list of steps; whether a step is done says `when`",
    ),
    word(
        &["notify", "handlers", "handler", "listen", "trigger", "then", "next"],
        &[],
        "write a step that `needs` this one: `needs: [ID]`, and `when` if it is not always done",
    ),
    word(
        &["retries", "attempts", "repeat", "backoff", "delay", "maxattempts", "maxretries"],
        &[],
        "write `retry: {attempts: 3, delay: 10s}`",
    ),
    word(
        &["until", "waitfor", "waituntil", "poll"],
        &[],
        "what is waited for is a proof: `verify: [{title: It answers, probe: http, with: {url: \"https://…\"}, expect: status == 200, within: 5m}]`",
    ),
    word(
        &["delegateto", "hosts", "host", "runson", "remoteuser", "connection", "machine", "container", "image", "runonce"],
        &[],
        "programs run on this machine, and AWS is called where `target: NAME` says",
    ),
    word(
        &["region", "account", "profile"],
        &["target"],
        "declare it at the top, `targets: {dr: {region: us-east-1}}`, and write `target: dr`",
    ),
    word(
        &[
            "failedwhen",
            "changedwhen",
            "assert",
            "asserts",
            "test",
            "tests",
            "check",
            "checks",
            "proof",
            "proofs",
            "expect",
            "probe",
            "validate",
            "post",
            "postconditions",
        ],
        &[],
        "write `verify: [{title: It answers, probe: http, with: {url: \"https://…\"}, expect: status == 200}]`",
    ),
    word(
        &["guard", "guards", "gate", "gates", "pre", "before", "prechecks", "require"],
        &[],
        "write `preconditions: [{title: It answers, probe: http, with: {url: \"https://…\"}, expect: status == 200}]`",
    ),
    word(&["name"], &["id", "title"], "write `id: promote_db`, for expressions, and `title: Promote the replica`, for people"),
    word(
        &["description", "desc", "summary", "comment", "reason", "notes", "doc", "details"],
        &[],
        "write `why: …`; what the step does is its `title`",
    ),
    word(&["dependson", "requires", "after", "depends", "dependencies"], &["needs"], "write `needs: [promote_db]`"),
    word(&["undo", "revert", "compensate", "down", "onrollback", "backout"], &["rollback"], "write `rollback: {action: …, with: {…}}`"),
    word(
        &["approval", "approve", "confirmation", "approvers", "reviewers", "interactive"],
        &["confirm"],
        "write `confirm: enter`, `confirm: two_person`, or `confirm: {type: TEXT}`",
    ),
    word(
        &["parallel", "concurrency", "background", "forks", "serial", "throttle"],
        &[],
        "steps that do not need each other run beside each other: `needs: []`",
    ),
    word(&["duration", "estimate", "eta", "usual"], &["expected"], "write `expected: 8m`"),
];

const ROOT: &[Word] = &[
    word(
        &["on", "trigger", "triggers", "schedule", "cron", "workflowdispatch", "when", "if"],
        &[],
        "remove it: a person starts a runbook, with `lifeboat run FILE`",
    ),
    word(
        &["jobs", "tasks", "plays", "stages", "pretasks", "posttasks", "roles", "actions", "run", "block", "workflow", "pipeline"],
        &["steps"],
        "write `steps:`, a list: `- {id: announce, title: Announce it, action: …, with: {…}}`",
    ),
    word(
        &["inputs", "input", "vars", "variables", "parameters", "varsprompt", "varsfiles", "args", "arguments", "locals", "values"],
        &["params"],
        "write `params: {host: {type: string, default: db-1}}`; it is read as `params.host`",
    ),
    word(
        &["env", "environment", "environ"],
        &[],
        "write `params` for values and `secrets` for secrets; the environment of a program stands in its step: `with: {argv: […], env: {NAME: value}}`",
    ),
    word(
        &["hosts", "host", "inventory", "regions", "accounts", "environments", "providers", "provider", "clusters"],
        &["targets"],
        "write `targets: {dr: {region: us-east-1, account: \"123456789012\"}}`",
    ),
    word(
        &["target", "region", "account", "profile", "timeout", "timeoutminutes", "default"],
        &[],
        "write `targets: {dr: {region: us-east-1}}` and `defaults: {target: dr, timeout: 20m}`",
    ),
    word(&["outputs", "output", "register"], &[], "remove it: nothing is declared, a step is read as `steps.ID.outputs.NAME`"),
    word(&["version", "apiversion", "kind", "schema"], &[], "write `lifeboat: 1`"),
    word(
        &["metadata", "spec", "runbook", "playbook"],
        &[],
        "the keys stand at the top of the file: `lifeboat: 1`, `name`, `title`, `steps`",
    ),
    word(&["rto", "rpo", "slo", "sla", "objective"], &["objectives"], "write `objectives: {rto: 30m, rpo: 5m}`"),
    word(
        &["checks", "check", "gates", "gate", "prechecks", "prerequisites", "requirements", "assert", "guards", "pre", "before"],
        &[],
        "write `preconditions: [{title: It answers, probe: http, with: {url: \"https://…\"}, expect: status == 200}]`",
    ),
    word(&["id", "slug"], &["name"], "write `name: regional_failover`"),
    word(&["summary", "desc", "comment", "doc", "notes", "why"], &["description"], "write `description: …`; the one line is `title`"),
    word(&["team", "contact", "contacts", "author", "authors", "maintainers", "maintainer"], &["owners"], "write `owners: [sre_on_call]`"),
    word(
        &["rollback", "undo", "onfailure", "handlers", "rescue", "always", "finally", "verify", "retry", "needs"],
        &[],
        "it belongs to a step",
    ),
    word(&["wayback", "return", "back"], &["failback"], "write `failback: failback.yaml`"),
    word(
        &["become", "gatherfacts", "remoteuser", "connection", "permissions", "concurrency", "collections", "strategy", "runson"],
        &[],
        "remove it: there is nothing like it here",
    ),
];

const PARAM: &[Word] = &[
    word(
        &["enum", "options", "choices", "allowed", "allowedvalues", "oneof", "choice"],
        &["values"],
        "write `type: enum` and `values: [blue, green]`",
    ),
    word(&["prompt", "label", "help", "title", "doc", "desc", "summary"], &["description"], "write `description: …`"),
    word(
        &["regex", "regexp", "match", "validate", "validation", "format", "allowedpattern"],
        &["pattern"],
        "write `pattern: \"[a-z]+-[0-9]+\"`",
    ),
    word(&["minimum", "minvalue", "least", "gte"], &["min"], "write `min: 1`"),
    word(&["maximum", "maxvalue", "most", "lte"], &["max"], "write `max: 40`"),
    word(&["items", "item", "elements", "itemtype"], &["of"], "write `of: integer`"),
    word(
        &["sensitive", "nolog", "private", "mask", "masked", "hidden", "noecho", "password"],
        &["secret"],
        "write `type: string` and `secret: true`",
    ),
    word(&["value", "val", "initial", "fallback", "example", "const"], &["default"], "write `default: …`; a plain value, no expression"),
    word(&["optional", "nullable"], &[], "a parameter with a `default` is optional"),
    word(&["kind", "datatype", "is"], &["type"], "write `type: string`"),
    word(&["name", "id"], &[], "the key above it is the name: `params: {host: {type: string}}`"),
];

const CHECK: &[Word] = &[
    word(&["name", "description", "id", "message", "failmsg", "what", "desc"], &["title"], "write `title: Replica lag is within the RPO`"),
    word(
        &["when", "if", "condition", "assert", "that", "assertion", "until", "expected", "equals", "failedwhen", "should", "test"],
        &["expect"],
        "write `expect: status == 200`: a condition over the fields of the probe",
    ),
    word(
        &["action", "uses", "check", "type", "module", "kind", "source"],
        &["probe"],
        "write `probe: http`; `lifeboat probes` lists the names",
    ),
    word(&["interval", "period", "poll", "frequency", "delay", "schedule"], &["every"], "write `every: 10s`"),
    word(
        &["timeout", "retries", "retry", "deadline", "attempts", "waitfor"],
        &[],
        "a proof has `within: 5m`; a precondition is read again for ever",
    ),
    word(&["for", "hold", "during"], &["stable"], "a proof has `stable: 1m`"),
    word(&["maxage", "ttl", "stale", "age"], &["fresh"], "write `fresh: 30s`"),
    word(
        &["url", "host", "headers", "cluster", "nodegroup", "instance", "zone", "record", "args", "params"],
        &["with"],
        "what the probe takes stands under `with`: `with: {url: \"https://…\"}`",
    ),
    word(
        &["level", "blocking", "onfailure", "warn", "required", "optional"],
        &["severity"],
        "a precondition has `severity: block` or `severity: warn`",
    ),
    word(
        &["command", "shell", "run", "script", "cmd", "argv"],
        &["probe"],
        "no probe runs a program: a step with `action: command` fails when its program does",
    ),
    word(
        &["region", "account", "profile"],
        &["target"],
        "declare it at the top, `targets: {dr: {region: us-east-1}}`, and write `target: dr`",
    ),
];

const TARGET: &[Word] = &[
    word(&["rolearn", "assumerole", "iamrole", "roletoassume"], &["role"], "write `role: arn:aws:iam::123456789012:role/dr-operator`"),
    word(&["accountid", "awsaccount", "awsaccountid", "allowedaccountids"], &["account"], "write `account: \"123456789012\"`"),
    word(&["awsregion", "location", "zone", "availabilityzone"], &["region"], "write `region: us-east-1`"),
    word(
        &["awsprofile", "credentials", "accesskey", "secretkey"],
        &["profile"],
        "write `profile: dr-operator`, one of the shared AWS configuration",
    ),
    word(&["name", "id"], &[], "the key above it is the name: `targets: {dr: {region: us-east-1}}`"),
];

const SECRET: &[Word] = &[
    word(
        &["name", "from", "var", "variable", "envvar", "environment", "fromenv", "key", "value", "default"],
        &["env"],
        "write `{env: SLACK_WEBHOOK_URL}`: the variable that holds it",
    ),
    word(&["path", "fromfile", "filename"], &["file"], "write `{file: /run/secrets/slack}`"),
    word(
        &["vault", "ssm", "secretsmanager", "arn", "command", "valuefrom"],
        &["env"],
        "only `env` and `file` are read: put it into one of them before the run",
    ),
];

const RETRY: &[Word] = &[
    word(
        &["retries", "count", "times", "max", "maxattempts", "limit", "tries"],
        &["attempts"],
        "write `attempts: 3`; the first one counts",
    ),
    word(&["interval", "backoff", "wait", "pause", "sleep", "every"], &["delay"], "write `delay: 10s`"),
];

const CONFIRM: &[Word] =
    &[word(&["text", "word", "value", "phrase", "prompt", "name", "typed"], &["type"], "write `confirm: {type: orders-replica}`")];

const LINK: &[Word] = &[
    word(&["href", "link", "address", "uri", "target"], &["url"], "write `url: \"https://grafana.example.com/d/core\"`"),
    word(&["name", "text", "label"], &["title"], "write `title: Dashboard`"),
];

/// What to write instead of a key that a mapping does not have, where other languages have it.
pub(crate) fn key(keys: &Keys, name: &str) -> Option<&'static Word> {
    let rows = match keys.name {
        "runbook" => ROOT,
        "step" | "rollback" => STEP,
        "parameter" => PARAM,
        "precondition" | "proof" => CHECK,
        "target" => TARGET,
        "secret" => SECRET,
        "retry" => RETRY,
        "typed confirmation" => CONFIRM,
        "link" => LINK,
        _ => return None,
    };
    find(rows, name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::keys;

    #[test]
    fn no_word_is_a_key_and_every_word_means_keys_that_there_are() {
        let tables: [(&[Word], &[&Keys]); 9] = [
            (ROOT, &[&keys::ROOT]),
            (STEP, &[&keys::STEP]),
            (PARAM, &[&keys::PARAM]),
            (CHECK, &[&keys::PRECONDITION, &keys::PROOF]),
            (TARGET, &[&keys::TARGET]),
            (SECRET, &[&keys::SECRET]),
            (RETRY, &[&keys::RETRY]),
            (CONFIRM, &[&keys::CONFIRM]),
            (LINK, &[&keys::LINK]),
        ];
        for (rows, all) in tables {
            let names: Vec<&str> = rows.iter().flat_map(|row| row.names).copied().collect();
            for (at, name) in names.iter().enumerate() {
                assert!(!names[..at].contains(name), "{name} is there twice");
                assert!(name.bytes().all(|byte| byte.is_ascii_lowercase()), "{name} could not be found");
                assert!(all.iter().all(|keys| keys.get(name).is_none()), "{name} is a key");
                assert!(all.iter().all(|keys| keys.refused.iter().all(|refused| refused.name != *name)), "{name} is refused");
            }
            for row in rows {
                let known = |key: &&str| all.iter().any(|keys| keys.get(key).is_some());
                assert!(row.means.iter().all(known), "{:?}", row.means);
            }
        }
    }
}
