//! `with`, against what the action or probe takes, down to the leaf.

use serde_json::Value;

use super::related::Around;
use crate::diag::{Diagnostic, Span, closest, code};
use crate::expr;
use crate::runbook::address::{is_host, is_url, meant_host, meant_url};
use crate::runbook::duration::{duration_seconds, meant_duration, parse_duration};
use crate::runbook::foreign;
use crate::runbook::node::{Entry, Kind, Node, Spanned};
use crate::runbook::spec::{ParamSpec, ParamType, Rule};
use crate::runbook::yaml::show;

/// Checks a `with` against `specs`. Texts that still hold `${{ … }}` are taken to be right: they were checked for what can be known
/// of them, and are looked at again when they are filled in. `subject` is what takes the values, as `eks.scale_nodegroup`; `place`
/// is where something missing is reported.
pub fn check_with(with: &Node, specs: &[ParamSpec], rule: Option<Rule>, subject: &str, place: &Span, diagnostics: &mut Vec<Diagnostic>) {
    if !matches!(with.kind, Kind::Map(_) | Kind::Null) {
        return;
    }
    let before = diagnostics.len();
    let mut walk = Walk { subject, root: with, diagnostics };
    walk.keys(with, specs, &format!("`{subject}`"), place);
    // What is of another type is said already, and would only be misread.
    if let Some(Rule(objection)) = rule.filter(|_| diagnostics.len() == before)
        && let Some(found) = objection(&known(with))
    {
        let span = with.get(found.key).map_or(place, |node| &node.span);
        let finding = Diagnostic::error(code::WITH_VALUE, span.clone(), format!("`{}` of `{subject}`: {}", found.key, found.message));
        diagnostics.push(finding.help(found.help));
    }
}

/// The keys with their values; null where it is not known yet.
fn known(with: &Node) -> Value {
    let is_known = |node: &Node| {
        let mut known = true;
        node.each_text(&mut |text, _| known &= !expr::has_expression(text));
        known
    };
    let value = |node: &Node| if is_known(node) { node.to_json() } else { Value::Null };
    Value::Object(with.entries().iter().map(|entry| (entry.key.value.clone(), value(&entry.value))).collect())
}

const DURATIONS: &str = "durations are written `90s`, `5m`, `1h30m`";

struct Walk<'d> {
    subject: &'d str,
    /// All of the `with`: what values must fit to.
    root: &'d Node,
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl Walk<'_> {
    fn keys(&mut self, node: &Node, specs: &[ParamSpec], what: &str, place: &Span) {
        let mut meant = Vec::new();
        for entry in node.entries() {
            let key = entry.key.value.as_str();
            match specs.iter().find(|spec| spec.name == key) {
                Some(spec) => self.value(&entry.value, &spec.ty, &format!("`{key}` of {what}")),
                None => {
                    let names: Vec<&str> = specs.iter().map(|spec| spec.name).collect();
                    let help = match (foreign::with_key(self.subject, key), closest(key, names.iter().copied())) {
                        (Some(word), _) => {
                            meant.extend(word.means);
                            word.write.to_owned()
                        }
                        (None, Some(name)) => {
                            meant.push(name);
                            format!("did you mean `{name}`?")
                        }
                        (None, None) if names.is_empty() => "it takes nothing".into(),
                        (None, None) => format!("it takes {}", names.join(", ")),
                    };
                    let message = format!("{what} does not take `{}`", show(key));
                    self.diagnostics.push(Diagnostic::error(code::WITH_UNKNOWN_KEY, entry.key.span.clone(), message).help(help));
                }
            }
        }
        for spec in specs.iter().filter(|spec| spec.required && node.get(spec.name).is_none() && !meant.contains(&spec.name)) {
            let finding = Diagnostic::error(code::WITH_MISSING_KEY, place.clone(), format!("{what} needs `{}`", spec.name));
            self.diagnostics.push(finding.help(format!("{}: {}", spec.name, spec.doc)));
        }
        let around = Around { root: self.root, node, specs, what, place };
        for spec in specs {
            self.diagnostics.extend(spec.ty.relations().filter_map(|relation| around.finding(spec, relation)));
        }
    }

    fn value(&mut self, node: &Node, ty: &ParamType, what: &str) {
        if node.as_text().is_some_and(expr::has_expression) {
            return;
        }
        let ty = ty.plain();
        let problem = match (ty, &node.kind) {
            (ParamType::Any, _)
            | (ParamType::String, Kind::Text(_))
            | (ParamType::Bool, Kind::Bool(..))
            | (ParamType::Number, Kind::Number(..)) => {
                return;
            }
            (ParamType::Integer { min, max }, Kind::Number(number, raw)) => match number.as_i64() {
                Some(value) if (*min..=*max).contains(&value) => return,
                _ => return self.push(node, format!("{what} is {}, not {}", integer(*min, *max), show(raw)), None),
            },
            (ParamType::Duration, Kind::Number(..)) if duration_seconds(&node.to_json()).is_some() => return,
            (ParamType::Duration, Kind::Text(text)) => match parse_duration(text) {
                Ok(_) => return,
                Err(problem) => {
                    return self.push(
                        node,
                        format!("{what} is not a duration: {problem}"),
                        Some(meant_duration(text).map_or_else(|| DURATIONS.into(), |meant| format!("write `{meant}`"))),
                    );
                }
            },
            (ParamType::Url, Kind::Text(text)) => {
                if is_url(text) {
                    return;
                }
                return self.push(node, format!("{what} is no http or https address: `{}`", show(text)), Some(meant_url(text)));
            }
            (ParamType::Host, Kind::Text(text)) => {
                if is_host(text) {
                    return;
                }
                return self.push(node, format!("{what} is no host name: `{}`", show(text)), Some(meant_host(text)));
            }
            (ParamType::Enum(words), Kind::Text(text)) => {
                if words.contains(&text.as_str()) {
                    return;
                }
                let help = match closest(text, words.iter().copied()) {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => format!("one of {}", words.join(", ")),
                };
                return self.push(node, format!("`{}` is no value for {what}", show(text)), Some(help));
            }
            (ParamType::List(item), Kind::List(items)) => {
                return items.iter().for_each(|node| self.value(node, item, &format!("an item of {what}")));
            }
            (ParamType::Map(item), Kind::Map(entries)) => {
                return entries.iter().for_each(|entry| self.value(&entry.value, item, &format!("`{}` in {what}", show(&entry.key.value))));
            }
            (ParamType::Short(specs), Kind::Map(_)) => return self.keys(node, specs, what, &node.span),
            (ParamType::Short(specs @ [first, ..]), _) => {
                // The value alone stands for a mapping with the first key.
                let key = Spanned::new(first.name.to_owned(), node.span.clone());
                let whole = Node { kind: Kind::Map(vec![Entry { key, value: node.clone() }]), span: node.span.clone() };
                return self.keys(&whole, specs, what, &node.span);
            }
            (ParamType::Record(specs), Kind::Map(entries)) => {
                for entry in entries {
                    let what = format!("`{}` in {what}", show(&entry.key.value));
                    match &entry.value.kind {
                        Kind::Map(_) => self.keys(&entry.value, specs, &what, &entry.key.span),
                        _ => {
                            let message = format!("{what} takes a mapping, not {}", entry.value.describe());
                            let must = specs.iter().find(|spec| spec.required).map_or("…", |spec| spec.name);
                            self.push(&entry.value, message, Some(format!("write `{}: {{{must}: …}}`", show(&entry.key.value))));
                        }
                    }
                }
                return;
            }
            _ => format!("{what} takes {}, not {}", wanted(ty), node.describe()),
        };
        self.push(node, problem, Some(instead(node, ty)));
    }

    fn push(&mut self, node: &Node, message: String, help: Option<String>) {
        let finding = Diagnostic::error(code::WITH_VALUE, node.span.clone(), message);
        self.diagnostics.push(Diagnostic { help, ..finding });
    }
}

/// What to write instead of a value of another type.
fn instead(node: &Node, ty: &ParamType) -> String {
    match (ty, &node.kind) {
        (ParamType::String, Kind::List(_)) => "write one text; `| join(\", \")` makes one of a list".into(),
        (ParamType::String, Kind::Map(_)) => "write one text; `| to_json` makes one of a mapping".into(),
        (ParamType::String | ParamType::Url | ParamType::Host | ParamType::Enum(_), _) => "write one text".into(),
        (ParamType::Integer { .. } | ParamType::Number, Kind::Text(text)) if text.trim().parse::<f64>().is_ok() => {
            format!("write `{}` without quotes", text.trim())
        }
        (ParamType::Integer { min, max }, _) => format!("write a number, such as `{}`", (*min).max(1).min(*max)),
        (ParamType::Number, _) => "write a number, such as `1.5`".into(),
        (ParamType::Bool, _) => "write `true` or `false`, without quotes".into(),
        (ParamType::Duration, _) => DURATIONS.into(),
        (ParamType::List(_), Kind::Text(text)) if !text.contains(['\n', '[', '{', '"', '\'']) && text.len() <= 80 => {
            format!("write `[{}]`", text.split_whitespace().collect::<Vec<_>>().join(", "))
        }
        (ParamType::List(_), Kind::Number(_, raw)) => format!("write `[{raw}]`"),
        (ParamType::List(_), _) => "write a list, `[one, two]`, or below each other with a dash before each".into(),
        (ParamType::Map(_), _) => "write a mapping, `{name: value}`".into(),
        (ParamType::Record(specs), _) => {
            let must: Vec<String> = specs.iter().filter(|spec| spec.required).map(|spec| format!("{}: …", spec.name)).collect();
            format!("write `{{name: {{{}}}}}`", must.join(", "))
        }
        (ParamType::Related(ty, _), _) => instead(node, ty),
        (ParamType::Short(specs), _) => specs.first().map_or_else(String::new, |first| instead(node, &first.ty)),
        (ParamType::Any, _) => "any value will do".into(),
    }
}

fn integer(min: i64, max: i64) -> String {
    match (min, max) {
        (i64::MIN, i64::MAX) => "a whole number".into(),
        (min, i64::MAX) => format!("a whole number of at least {min}"),
        (min, max) => format!("a whole number from {min} to {max}"),
    }
}

/// What a type takes, for messages.
pub(super) fn wanted(ty: &ParamType) -> String {
    match ty {
        ParamType::String => "a text".into(),
        ParamType::Url => "an http or https address".into(),
        ParamType::Host => "a host name".into(),
        ParamType::Integer { min, max } => integer(*min, *max),
        ParamType::Number => "a number".into(),
        ParamType::Bool => "true or false".into(),
        ParamType::Duration => "a duration such as `90s`".into(),
        ParamType::Enum(words) => format!("one of {}", words.join(", ")),
        ParamType::List(_) => "a list".into(),
        ParamType::Map(_) | ParamType::Record(_) => "a mapping".into(),
        ParamType::Short([first, ..]) => format!("{} or a mapping", wanted(&first.ty)),
        ParamType::Related(ty, _) => wanted(ty),
        ParamType::Short([]) | ParamType::Any => "anything".into(),
    }
}
