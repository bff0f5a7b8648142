//! Keys of `with`.

use super::word::{Word, find, word};

const COMMAND: &[Word] = &[
    word(
        &["cmd", "command", "run", "shell", "script", "args", "program", "exec", "line"],
        &["argv"],
        "write `argv: [deployctl, freeze]`; with a shell, `argv: [sh, -c, \"a | b\"]`",
    ),
    word(&["chdir", "workingdirectory", "dir", "folder", "workdir"], &["cwd"], "write `cwd: /srv`"),
    word(&["environment", "vars", "variables"], &["env"], "write `env: {NAME: value}`"),
    word(&["timeout"], &[], "the step has it: `timeout: 5m` beside `action`"),
    word(&["stdin", "input"], &[], "a program is given no input: `argv: [sh, -c, \"echo … | program\"]`"),
];

const HTTP: &[Word] = &[
    word(&["uri", "address", "endpoint", "href", "host", "link"], &["url"], "write `url: \"https://api.example.com/healthz\"`"),
    word(
        &["status", "statuscode", "expectedstatus", "code", "expect"],
        &[],
        "what is wanted is a condition: `expect: status == 200`, beside `with`",
    ),
    word(&["data", "json", "payload", "content"], &["body"], "write `body: …`; anything but a text is sent as JSON"),
    word(&["followredirects", "follow", "maxredirects"], &["redirects"], "write `redirects: 3`"),
    word(&["header"], &["headers"], "write `headers: {accept: application/json}`"),
];

const WAIT: &[Word] =
    &[word(&["duration", "time", "minutes", "for", "delay", "length", "timeout"], &["seconds"], "write `seconds: 5m`: any duration")];

const MANUAL: &[Word] = &[
    word(
        &["prompt", "message", "text", "description", "what", "do", "steps"],
        &["instructions"],
        "write `instructions: Open the incident.`",
    ),
    word(&["questions", "inputs", "answers", "fields"], &["ask"], "write `ask: {ticket: {prompt: Incident ticket}}`"),
];

const CHOOSE: &[Word] = &[
    word(&["prompt", "message", "text", "title"], &["question"], "write `question: What is lost?`"),
    word(
        &["choices", "values", "answers", "cases", "branches"],
        &["options"],
        "write `options: {nodes: Replace the nodes, region: Fail over}`",
    ),
    word(&["default"], &["example"], "there is no default: `example: nodes` is what a drill takes"),
];

const DNS: &[Word] = &[
    word(&["host", "hostname", "domain", "record", "fqdn"], &["name"], "write `name: api.example.com`"),
    word(&["server", "servers", "nameserver", "nameservers", "resolver"], &["resolvers"], "write `resolvers: [1.1.1.1]`"),
    word(&["recordtype", "rrtype", "kind"], &["type"], "write `type: A`"),
];

const RUNBOOK: &[Word] = &[
    word(&["path", "runbook", "name", "include"], &["file"], "write `file: data.yaml`"),
    word(&["vars", "inputs", "parameters", "with", "args"], &["params"], "write `params: {to: us-east-1}`"),
    word(&["secrets"], &["params"], "a secret is handed on as a parameter that is one: `params: {token: \"${{ secrets.slack }}\"}`"),
];

/// What to write instead of a key that an action or a probe does not take, where others have it.
pub(crate) fn with_key(subject: &str, name: &str) -> Option<&'static Word> {
    let rows = match subject {
        "command" => COMMAND,
        "http" => HTTP,
        "wait" => WAIT,
        "manual" => MANUAL,
        "choose" => CHOOSE,
        "dns" => DNS,
        "runbook" => RUNBOOK,
        _ => return None,
    };
    find(rows, name)
}
