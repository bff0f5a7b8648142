//! The tree to the document model: keys, types, and nothing about what the values mean together.

use indexmap::IndexMap;

use super::decode::{Decoder, value};
use super::foreign;
use super::keys;
use super::model::{Param, ParamKind, Runbook, SecretDoc, SecretSource, StepDoc, TargetDoc};
use super::node::{Entry, Kind, Node, Spanned};
use super::secret::{PLACE, is_variable};
use super::{parse_step, yaml};
use crate::diag::{Diagnostic, Severity, Source, code};

/// Version of the format that this program reads.
const VERSION: i64 = 1;

/// Reads a runbook. Says everything that is wrong with its structure at once; what its values mean together is for
/// [`super::check()`].
///
/// # Errors
/// At least one finding is an error.
pub fn parse(source: &Source) -> Result<Runbook, Vec<Diagnostic>> {
    let (runbook, diagnostics) = decode(source);
    match runbook {
        Some(runbook) if !diagnostics.iter().any(|finding| finding.severity == Severity::Error) => Ok(runbook),
        _ => Err(super::check::sorted(diagnostics)),
    }
}

/// Reads as much of a runbook as can be read.
pub(super) fn decode(source: &Source) -> (Option<Runbook>, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let root = yaml::read(source, &mut diagnostics);
    let runbook = root.and_then(|root| document(&mut Decoder::new(&mut diagnostics), &root));
    let runbook = runbook.map(|runbook| {
        // Whether such a number is meant as a text is known where it is taken: the check says it, or not.
        let of_a_number = |finding: &mut Diagnostic| finding.code == code::LEADING_ZERO;
        let zeros = diagnostics.extract_if(.., of_a_number).collect();
        Runbook { complete: diagnostics.is_empty(), zeros, ..runbook }
    });
    (runbook, diagnostics)
}

fn document(d: &mut Decoder<'_>, root: &Node) -> Option<Runbook> {
    if !matches!(root.kind, Kind::Map(_)) {
        let message = format!("a runbook is a mapping, this is {}", root.describe());
        d.push(
            Diagnostic::error(code::NOT_A_RUNBOOK, root.span.clone(), message)
                .help("a runbook begins with `lifeboat: 1`, `name` and `title`"),
        );
        return None;
    }
    if root.get("lifeboat").is_none()
        && let Some(world) = root.get("world").filter(|world| matches!(world.kind, Kind::Number(..)))
    {
        let finding = Diagnostic::error(code::NOT_A_RUNBOOK, world.span.clone(), "this is a world file, not a runbook");
        d.push(
            finding.help("a runbook is rehearsed in it: `lifeboat drill RUNBOOK --world FILE`; `lifeboat check FILE` checks it as a world"),
        );
        return None;
    }
    if !version(d, root) {
        return None;
    }
    let entries = d.map(root, &keys::ROOT)?;
    let get = |key: &str| value(entries, key);
    let start = root.span.start..root.span.start;
    d.required(root, &start, &keys::ROOT);
    let blank = || Spanned::new(String::new(), start.clone());
    let name = get("name").and_then(|node| d.text(node, "`name`"));
    if let Some(name) = &name {
        d.id(&name.value, &name.span, "a runbook");
    }
    let title = get("title").and_then(|node| d.text(node, "`title`"));
    let objectives = get("objectives").and_then(|node| d.map(node, &keys::OBJECTIVES)).unwrap_or(&[]);
    let defaults = get("defaults").and_then(|node| d.map(node, &keys::DEFAULTS)).unwrap_or(&[]);
    let steps = match get("steps") {
        Some(node) => {
            let items = d.list(node, "`steps`").unwrap_or(&[]);
            if items.is_empty() && matches!(node.kind, Kind::List(_)) {
                d.push(Diagnostic::error(code::BLANK, node.span.clone(), "a runbook has at least one step"));
            }
            items.iter().map(|item| parse_step::step(d, item)).collect()
        }
        None => Vec::new(),
    };
    let steps_known =
        get("steps").is_some() && steps.iter().all(|step: &Option<StepDoc>| step.as_ref().is_some_and(|step| !step.id.value.is_empty()));
    let steps: Vec<StepDoc> = steps.into_iter().flatten().collect();
    Some(Runbook {
        name: name.unwrap_or_else(blank),
        title: title.unwrap_or_else(blank),
        description: get("description").and_then(|node| d.text(node, "`description`")).map(|text| text.value).unwrap_or_default(),
        owners: get("owners").map(|node| d.texts(node, "`owners`")).unwrap_or_default().into_iter().map(|owner| owner.value).collect(),
        severity: get("severity").and_then(|node| d.text(node, "`severity`")).map(|text| text.value),
        rto: value(objectives, "rto").and_then(|node| d.positive(node, "`rto`")),
        rpo: value(objectives, "rpo").and_then(|node| d.duration(node, "`rpo`")),
        impaired: get("impaired").and_then(|node| d.text(node, "`impaired`")),
        failback: get("failback").and_then(|node| d.text(node, "`failback`")),
        world: get("world").and_then(|node| d.text(node, "`world`")),
        links: get("links").map(|node| links(d, node)).unwrap_or_default(),
        params: get("params").map(|node| params(d, node)).unwrap_or_else(|| params_elsewhere(entries)),
        secrets: get("secrets").map(|node| secrets(d, node)).unwrap_or_default(),
        targets: get("targets").map(|node| targets(d, node)).unwrap_or_default(),
        default_target: value(defaults, "target").and_then(|node| d.text(node, "`defaults.target`")),
        default_timeout: value(defaults, "timeout").and_then(|node| d.positive(node, "`defaults.timeout`")),
        preconditions: get("preconditions").map(|node| parse_step::preconditions(d, node)).unwrap_or_default(),
        steps,
        complete: true,
        zeros: Vec::new(),
        steps_known,
    })
}

/// Whether the file is of the version that is read here. Of another version nothing else can be said.
fn version(d: &mut Decoder<'_>, root: &Node) -> bool {
    match root.get("lifeboat") {
        Some(Node { kind: Kind::Number(number, _), .. }) if number.as_i64() == Some(VERSION) => true,
        Some(node) => {
            let message = format!("this lifeboat reads version {VERSION} of the runbook format");
            d.push(
                Diagnostic::error(code::VERSION, node.span.clone(), message)
                    .help(format!("write `lifeboat: {VERSION}`, or use the lifeboat of that version")),
            );
            false
        }
        None => {
            let start = root.span.start..root.span.start;
            let finding = Diagnostic::error(code::MISSING_KEY, start, "the runbook lacks `lifeboat`");
            d.push(finding.help(format!("begin the file with `lifeboat: {VERSION}`, the version of the format")));
            true
        }
    }
}

fn links(d: &mut Decoder<'_>, node: &Node) -> Vec<(String, String)> {
    let mut links = Vec::new();
    for item in d.list(node, "`links`").unwrap_or(&[]) {
        let Some(entries) = d.map(item, &keys::LINK) else { continue };
        d.required(item, &item.span, &keys::LINK);
        let mut part = |key: &str| value(entries, key).and_then(|node| d.text(node, &format!("`{key}`"))).map(|text| text.value);
        if let (Some(title), Some(url)) = (part("title"), part("url")) {
            links.push((title, url));
        }
    }
    links
}

fn params(d: &mut Decoder<'_>, node: &Node) -> IndexMap<String, Param> {
    let Kind::Map(entries) = &node.kind else {
        d.wrong_type(node, "`params`", "a mapping");
        return IndexMap::new();
    };
    let mut params = IndexMap::new();
    for entry in entries {
        d.id(&entry.key.value, &entry.key.span, "a parameter");
        let given = d.map(&entry.value, &keys::PARAM).unwrap_or(&[]);
        if matches!(entry.value.kind, Kind::Map(_)) {
            d.required(&entry.value, &entry.key.span, &keys::PARAM);
        }
        let ty = value(given, "type").and_then(|node| kind(d, node, value(given, "values"), value(given, "of"), &entry.value));
        for (key, only) in [("values", "enum"), ("of", "list")] {
            let fits = match (&ty, only) {
                (Some(ParamKind::Enum(_)), "enum") | (Some(ParamKind::List(_)), "list") | (None, _) => true,
                // A list of words has its words in `values`.
                (Some(ParamKind::List(of)), _) => matches!(**of, ParamKind::Enum(_)),
                _ => false,
            };
            if let Some(node) = value(given, key)
                && !fits
            {
                d.push(Diagnostic::error(code::BAD_PARAM, node.span.clone(), format!("`{key}` is for `type: {only}`")));
            }
        }
        let ty = if secret(d, &entry.key, given) { secret_kind(d, ty, given) } else { ty };
        let mut bound = |key: &str| value(given, key).and_then(|node| bound(d, node, key, ty.as_ref()));
        let (min, max) = (bound("min"), bound("max"));
        let param = Param {
            name: entry.key.clone(),
            // A parameter of unknown type is kept, so that uses of it are not reported on top.
            ty: ty.unwrap_or(ParamKind::Unreadable),
            default: value(given, "default").cloned(),
            min,
            max,
            pattern: value(given, "pattern").and_then(|node| d.text(node, "`pattern`")),
            description: value(given, "description").and_then(|node| d.text(node, "`description`")).map(|text| text.value),
        };
        params.insert(entry.key.value.clone(), param);
    }
    params
}

/// Parameters under the name that another language has for them, so that not every use of them is reported, too.
fn params_elsewhere(entries: &[Entry]) -> IndexMap<String, Param> {
    let meant = |entry: &&Entry| foreign::key(&keys::ROOT, &entry.key.value).is_some_and(|word| word.means.contains(&"params"));
    let names = entries.iter().filter(meant).flat_map(|entry| entry.value.entries()).map(|entry| entry.key.clone());
    let unread = |name: Spanned<String>| Param {
        name,
        ty: ParamKind::Unreadable,
        default: None,
        min: None,
        max: None,
        pattern: None,
        description: None,
    };
    names.map(|name| (name.value.clone(), unread(name))).collect()
}

/// Whether a parameter is a secret. A default that may be the secret itself is shown nowhere, whatever else is wrong with the parameter.
fn secret(d: &mut Decoder<'_>, name: &Spanned<String>, given: &[Entry]) -> bool {
    let Some(secret) = value(given, "secret") else { return false };
    let is = d.flag(secret, "`secret`");
    if is != Some(false)
        && let Some(default) = value(given, "default")
        && default.as_text().and_then(SecretSource::parse).is_none()
    {
        let message = format!("the default of `{}` is not the place of a secret", name.value);
        let finding = Diagnostic::error(code::BAD_SECRET, default.span.clone(), message);
        d.push(finding.help(format!("say where it is, never what it is: {PLACE}")).conceal(default.span.clone()));
    }
    is == Some(true)
}

fn secret_kind(d: &mut Decoder<'_>, ty: Option<ParamKind>, given: &[Entry]) -> Option<ParamKind> {
    if let (Some(written), Some(ty)) = (value(given, "type"), &ty)
        && *ty != ParamKind::String
    {
        let finding = Diagnostic::error(code::BAD_PARAM, written.span.clone(), "a secret is a text: `secret: true` is for `type: string`");
        d.push(finding.help("what a secret holds is not looked at: write `type: string`"));
        return None;
    }
    ty.map(|_| ParamKind::Secret)
}

fn kind(d: &mut Decoder<'_>, node: &Node, values: Option<&Node>, of: Option<&Node>, param: &Node) -> Option<ParamKind> {
    #[derive(Clone, Copy)]
    enum Word {
        Plain(fn() -> ParamKind),
        Enum,
        List,
    }
    const WORDS: &[(&str, Word)] = &[
        ("string", Word::Plain(|| ParamKind::String)),
        ("integer", Word::Plain(|| ParamKind::Integer)),
        ("number", Word::Plain(|| ParamKind::Number)),
        ("boolean", Word::Plain(|| ParamKind::Boolean)),
        ("duration", Word::Plain(|| ParamKind::Duration)),
        ("region", Word::Plain(|| ParamKind::Region)),
        ("enum", Word::Enum),
        ("list", Word::List),
    ];
    match d.word(node, "`type`", WORDS)? {
        Word::Plain(kind) => Some(kind()),
        Word::Enum => {
            let words: Vec<String> = match values {
                Some(node) => d.texts(node, "`values`").into_iter().map(|word| word.value).collect(),
                None => {
                    d.missing(param, &param.span, "values", "the parameter of type enum");
                    return None;
                }
            };
            Some(ParamKind::Enum(words))
        }
        Word::List => {
            let item = match of {
                None => ParamKind::String,
                Some(node) if node.as_text() == Some("list") => {
                    d.push(Diagnostic::error(code::BAD_PARAM, node.span.clone(), "a list of lists is not possible"));
                    return None;
                }
                Some(node) => kind(d, node, values, None, param)?,
            };
            Some(ParamKind::List(Box::new(item)))
        }
    }
}

fn bound(d: &mut Decoder<'_>, node: &Node, key: &str, ty: Option<&ParamKind>) -> Option<Spanned<f64>> {
    match ty {
        Some(ParamKind::Duration) => d.duration(node, &format!("`{key}`")),
        Some(ParamKind::Integer | ParamKind::Number) => match &node.kind {
            Kind::Number(number, _) => number.as_f64().map(|value| Spanned::new(value, node.span.clone())),
            _ => {
                d.wrong_type(node, &format!("`{key}`"), "a number");
                None
            }
        },
        Some(ty) => {
            let message = format!("`{key}` is for parameters of type integer, number or duration");
            let help = match ty {
                ParamKind::List(_) => {
                    "remove it: there are no bounds for the items of a list; `of: enum` and `values` say what they can be"
                }
                ParamKind::String | ParamKind::Region => "remove it: what a text can be says `pattern`, or `type: enum` and `values`",
                _ => "remove it",
            };
            d.push(Diagnostic::error(code::BAD_PARAM, node.span.clone(), message).help(help));
            None
        }
        None => None,
    }
}

fn secrets(d: &mut Decoder<'_>, node: &Node) -> IndexMap<String, SecretDoc> {
    let Kind::Map(entries) = &node.kind else {
        d.wrong_type(node, "`secrets`", "a mapping");
        return IndexMap::new();
    };
    let mut secrets = IndexMap::new();
    for entry in entries {
        d.id(&entry.key.value, &entry.key.span, "a secret");
        let Some(keys) = d.map(&entry.value, &keys::SECRET) else {
            d.conceal(&entry.value.span);
            continue;
        };
        for odd in keys.iter().filter(|entry| keys::SECRET.get(&entry.key.value).is_none()) {
            d.conceal(&odd.value.span);
        }
        let mut text = |key: &str| value(keys, key).and_then(|node| d.text(node, &format!("`{key}`")));
        let source = match (text("env"), text("file")) {
            (Some(env), None) => {
                if !is_variable(&env.value) {
                    no_variable(d, &env);
                }
                SecretSource::Env(env.value)
            }
            (None, Some(file)) => SecretSource::File(file.value),
            (both, _) => {
                let message = if both.is_some() { "a secret is in one place: `env` or `file`" } else { "the secret lacks `env` or `file`" };
                let finding = Diagnostic::error(code::BAD_SECRET, entry.key.span.clone(), message);
                d.push(finding.help("say where it is, never what it is: `{env: SLACK_WEBHOOK_URL}`"));
                continue;
            }
        };
        secrets.insert(entry.key.value.clone(), SecretDoc { name: entry.key.clone(), source });
    }
    secrets
}

/// What is no name of a variable may be the secret itself, which nobody may see.
fn no_variable(d: &mut Decoder<'_>, env: &Spanned<String>) {
    let bare = env.value.strip_prefix("env:").unwrap_or(&env.value).trim_start_matches('$').trim_matches(['{', '}']);
    let finding = Diagnostic::error(code::BAD_SECRET, env.span.clone(), "`env` takes the name of an environment variable");
    // Few secrets are made like the name of a variable in capitals.
    let name = is_variable(bare) && !bare.contains(|c: char| c.is_ascii_lowercase());
    d.push(if name && bare != env.value {
        finding.help(format!("write the name alone: `{{env: {bare}}}`"))
    } else {
        finding.help("say where the secret is, never what it is: `{env: SLACK_WEBHOOK_URL}`").conceal(env.span.clone())
    });
}

fn targets(d: &mut Decoder<'_>, node: &Node) -> IndexMap<String, TargetDoc> {
    let Kind::Map(entries) = &node.kind else {
        d.wrong_type(node, "`targets`", "a mapping");
        return IndexMap::new();
    };
    let mut targets = IndexMap::new();
    for entry in entries {
        d.id(&entry.key.value, &entry.key.span, "a target");
        let given = d.map(&entry.value, &keys::TARGET).unwrap_or(&[]);
        if matches!(entry.value.kind, Kind::Map(_)) {
            d.required(&entry.value, &entry.key.span, &keys::TARGET);
        }
        let mut text = |key: &str| value(given, key).and_then(|node| d.text(node, &format!("`{key}`")));
        let target = TargetDoc {
            id: entry.key.clone(),
            region: text("region").unwrap_or_else(|| Spanned::new(String::new(), entry.key.span.clone())),
            profile: text("profile"),
            role: text("role"),
            external_id: text("external_id"),
            account: value(given, "account").and_then(|node| account(d, node)),
        };
        targets.insert(entry.key.value.clone(), target);
    }
    targets
}

/// Account ids are text that looks like a number: without quotes, YAML may have taken it for one.
fn account(d: &mut Decoder<'_>, node: &Node) -> Option<Spanned<String>> {
    match &node.kind {
        Kind::Number(_, raw) if raw.starts_with('0') => {
            let finding = Diagnostic::error(code::UNQUOTED_ID, node.span.clone(), "an account id that begins with 0 needs quotes");
            d.push(finding.label("YAML reads a number here, and drops the zero").help(format!("write `\"{raw}\"`")));
            None
        }
        Kind::Number(_, raw) => Some(Spanned::new(raw.clone(), node.span.clone())),
        _ => d.text(node, "`account`"),
    }
}
