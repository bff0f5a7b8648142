//! What to write instead of what other languages have: Jinja, Ansible, GitHub Actions, Terraform.

use super::check::suggest;
use super::filter::filters;
use super::is::TESTS;

const TIME: &str = "write `run.now`: the time at which the step became ready, in `expect` that of the reading";
const TEXT_IN: &str = "write `part in x`";
const STARTS: &str = "write `x is startingwith(\"eu-\")`";
const ENDS: &str = "write `x is endingwith(\"-1\")`";
const NO_PATTERNS: &str = "there are no regular expressions here; there are `in`, `is startingwith`, `split` and `replace`";
const SELECT: &str = "write `x | selectattr(\"state\", \"==\", \"ready\")`";
const SANDBOX: &str = "expressions see no environment and no files: declare a parameter or a secret";
const PURE: &str = "an expression gives the same every time; `run.id` is a name that no other run has";
const STATE: &str = "write `steps.ID.state == \"succeeded\"`";

const FAILED: &str =
    "write `steps.ID.state == \"failed\"`; that steps go on after a failure says `on_failure: continue` in the step that may fail";
const ALWAYS: &str =
    "without `when` a step is always done; that it is done after a failure, too, says `on_failure: continue` in the step that may fail";

/// Words of other languages, in lower case and without underscores.
const INSTEAD: &[(&[&str], &str)] = &[
    (&["now", "utcnow", "today", "timestamp", "plantimestamp"], TIME),
    (&["strftime", "formatdate", "dateformat", "datetimeformat", "todatetime"], "write `run.started | date(\"%Y%m%d-%H%M\")`"),
    (&["timeadd", "timedelta", "dateadd"], "write `x | plus(\"2h\")` or `x | minus(\"5m\")`"),
    (&["age", "datediff", "timecmp", "ago"], "write `run.now | since(x)`: the seconds from x to now"),
    (&["humanduration", "humantime", "humanizeduration", "timesince"], "write `x | duration`"),
    (&["arnparse", "parsearn", "arnpart", "awsarn"], "write `x | arn(\"account\")`"),
    (&["d", "ifnull", "coalesce", "nvl", "try"], "write `x | default(y)`"),
    (&["count", "len", "size"], "write `x | length`"),
    (&["contains", "includes", "has"], TEXT_IN),
    (&["startswith", "hasprefix"], STARTS),
    (&["endswith", "hassuffix"], ENDS),
    (&["strip", "trimspace"], "write `x | trim`"),
    (&["match", "search", "matches", "regex", "regexsearch", "regexreplace", "regexfindall"], NO_PATTERNS),
    (&["select", "reject", "rejectattr", "filter", "where"], SELECT),
    (&["tojson", "jsonencode"], "write `x | to_json`"),
    (&["fromjson", "jsondecode"], "write `x | from_json`"),
    (&["ternary", "iif"], "write `a if c else b`"),
    (&["bool"], "compare it: `x == \"yes\"`"),
    (&["concat", "format", "cat"], "`~` joins texts: `a ~ \"-\" ~ b`"),
    (&["get", "lookup"], "write `x[\"key\"]`, with `| default(y)` behind it where it may not be there"),
    (&["env", "getenv", "query", "file", "hashfiles"], SANDBOX),
    (&["random", "shuffle", "uuid", "hash", "sha1", "sha256", "md5"], PURE),
    (&["success", "succeeded", "skipped", "changed"], STATE),
    (&["failure", "failed", "cancelled"], FAILED),
    (&["always"], ALWAYS),
    (
        &["range", "loop", "batch", "items", "dict2items", "dictsort"],
        "expressions do not loop; `for_each` makes a step for each item of a list",
    ),
    (&["capitalize", "title"], "there are `lower` and `upper`"),
    (&["null"], "write `x is none`"),
    (&["eq", "equalto", "sameas"], "write `x == y`"),
    (&["ne", "lt", "le", "gt", "ge", "lessthan", "greaterthan"], "write `x < y`, `x <= y`, `x != y` …"),
    (&["in"], "write `x in y`"),
    (&["true", "false", "truthy", "falsy"], "a condition is true or false by itself: `x`, `not x`"),
    (&["empty"], "write `x | length == 0`"),
    (&["even", "odd", "divisibleby"], "write `x % 2 == 0`"),
    (&["list", "array"], "a list is written `[a, b]`; what is one stays one"),
];

/// The same for names that are read.
const NAMES: &[(&[&str], &str)] = &[
    (&["null", "nil", "undefined"], "write `none`, or ask `x is none`"),
    (&["now", "utcnow", "today"], TIME),
    (&["env", "environ", "ansible_env"], SANDBOX),
    (&["matrix", "strategy", "each"], "in a step with `for_each`, `item` is the one that it is for"),
    (
        &["github", "runner", "job", "workflow", "inventory_hostname", "ansible_facts", "groups"],
        "the run is read as `run.id`, `run.operator`, `run.started`; values are parameters, `params.NAME`",
    ),
    (&["inputs", "vars", "var", "param", "parameters", "hostvars"], "parameters are read as `params.NAME`"),
    (
        &["outputs", "answers", "choice", "jobs", "needs"],
        "it is read of a step: `steps.ID.outputs.NAME`, `steps.ID.answers.NAME`, `steps.ID.choice`",
    ),
    (&["yes", "no", "on", "off"], "write `true` or `false`; a text stands in quotes"),
];

/// What to write for a name that there is not, where other languages have it.
pub(super) fn of_name(name: &str) -> Option<String> {
    NAMES.iter().find(|(names, _)| names.contains(&name)).map(|(_, what)| (*what).to_owned())
}

fn instead(name: &str) -> Option<String> {
    let plain: String = name.chars().filter(|letter| *letter != '_').flat_map(char::to_lowercase).take(40).collect();
    INSTEAD.iter().find(|(names, _)| names.contains(&plain.as_str())).map(|(_, what)| (*what).to_owned())
}

/// A word of another language that happens to be close to one of ours is not a slip of the keyboard.
fn guess(name: &str, known: &[&str]) -> String {
    instead(name).or_else(|| suggest(name, known)).unwrap_or_else(|| format!("there are {}", known.join(", ")))
}

/// What to write for a filter that there is not.
pub(super) fn of_filter(name: &str) -> String {
    let known: Vec<&str> = filters().map(|filter| filter.name).collect();
    guess(name, &known)
}

/// What to write for a test that there is not.
pub(super) fn of_test(name: &str) -> String {
    let known: Vec<&str> = TESTS.iter().map(|test| test.name).collect();
    guess(name, &known)
}

/// What to write for a function; there are none.
pub(super) fn of_function(name: &str) -> Option<String> {
    if let Some(filter) = filters().find(|filter| filter.name == name) {
        return Some(format!("it is a filter: write `{}`", filter.usage()));
    }
    // Of Ansible; as a filter it would be something else.
    if name == "lookup" {
        return Some(SANDBOX.to_owned());
    }
    let known: Vec<&str> = filters().map(|filter| filter.name).collect();
    let close = || crate::diag::closest(name, known.iter().copied()).map(|name| format!("did you mean the filter `x | {name}`?"));
    instead(name).or_else(close)
}

/// What people call a state of a step or a kind of run, in lower case and without what parts words, and what it is called here.
const WORDS: &[(&[&str], &str)] = &[
    (&["done", "complete", "completed", "success", "successful", "finished", "ok", "passed", "changed"], "succeeded"),
    (&["failure", "error", "errored", "unsuccessful"], "failed"),
    (&["skip", "ignored", "leftout"], "skipped"),
    (&["real", "run", "prod", "production", "actual"], "live"),
    (&["dry", "plan", "noop", "checkmode", "whatif"], "dry_run"),
    (&["simulation", "simulated", "sim", "rehearsal", "test", "exercise", "gameday"], "drill"),
];

/// The one of these words that is meant by another.
pub(super) fn of_word<'w>(word: &str, known: &[&'w str]) -> Option<&'w str> {
    let plain: String = word.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).take(40).collect();
    let (_, ours) = WORDS.iter().find(|(theirs, _)| theirs.contains(&plain.as_str()))?;
    known.iter().find(|known| *known == ours).copied()
}
