//! Parameters: whether a declaration makes sense, and whether a value is allowed by it.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Number, Value};

use super::duration::{format_duration, parse_duration};
use super::model::{Param, ParamKind, Runbook, SecretSource};
use super::node::{Kind, Node};
use super::pattern::{bad_pattern, whole_match};
use super::region::{OddRegion, is_region, odd_region};
use super::secret::PLACE;
use super::target::wrong_region;
use super::yaml::{begins_with_zero, show};
use crate::diag::{Diagnostic, Span, code};
use crate::expr;

/// What a parameter takes, for messages: `a whole number from 3 to 40`.
pub fn describe(param: &Param) -> String {
    let mut text = describe_kind(&param.ty);
    let show_bound = |value: f64| if matches!(param.ty, ParamKind::Duration) { format_duration(value) } else { value.to_string() };
    match (&param.min, &param.max) {
        (Some(min), Some(max)) => text += &format!(" from {} to {}", show_bound(min.value), show_bound(max.value)),
        (Some(min), None) => text += &format!(" of at least {}", show_bound(min.value)),
        (None, Some(max)) => text += &format!(" of at most {}", show_bound(max.value)),
        (None, None) => {}
    }
    if let Some(pattern) = &param.pattern {
        text += &format!(" that matches {}", pattern.value);
    }
    text
}

fn describe_kind(kind: &ParamKind) -> String {
    match kind {
        ParamKind::String => "a text".into(),
        ParamKind::Integer => "a whole number".into(),
        ParamKind::Number => "a number".into(),
        ParamKind::Boolean => "true or false".into(),
        ParamKind::Duration => "a duration such as 5m".into(),
        ParamKind::Region => "a region such as eu-west-1".into(),
        ParamKind::Enum(words) => format!("one of {}", words.join(", ")),
        ParamKind::List(item) => match **item {
            ParamKind::String => "a list of texts".into(),
            ParamKind::Integer => "a list of whole numbers".into(),
            ParamKind::Number => "a list of numbers".into(),
            ParamKind::Duration => "a list of durations such as 5m".into(),
            ParamKind::Region => "a list of regions such as eu-west-1".into(),
            ref item => format!("a list, each {}", describe_kind(item)),
        },
        ParamKind::Secret => format!("the place of a secret, {PLACE}"),
        ParamKind::Unreadable => "what its type says".into(),
    }
}

/// The value of a parameter from text, as given on the command line. Lists are separated by commas.
///
/// # Errors
/// What is wrong with it, naming what is allowed.
pub fn parse_value(param: &Param, text: &str) -> Result<Value, String> {
    let value = typed(&param.ty, text).ok_or_else(|| refusal(param, &format!("`{}`", show(text))) + &meant_region(&param.ty, text))?;
    allowed(param, value)
}

/// A value that somebody gives for a parameter.
#[derive(Debug, Clone)]
pub enum Given {
    /// Text, as on the command line.
    Text(String),
    /// A value of YAML, and the file that it stands in.
    Plain(Node, Arc<Path>),
}

impl Given {
    /// The folder that a path in it counts from: that of its file, or the one that the command was given in.
    pub fn folder(&self) -> &Path {
        match self {
            Self::Text(_) => Path::new(""),
            Self::Plain(_, file) => file.parent().unwrap_or(Path::new("")),
        }
    }
}

impl From<String> for Given {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// The value of a parameter from what was given.
///
/// # Errors
/// What is wrong with it, naming what is allowed.
pub fn given_value(param: &Param, given: &Given) -> Result<Value, String> {
    let value = match given {
        Given::Text(text) => parse_value(param, text)?,
        // `010` is eight to some readers of YAML.
        Given::Plain(Node { kind: Kind::Number(number, raw), .. }, _)
            if begins_with_zero(raw) && matches!(param.ty, ParamKind::Integer | ParamKind::Number) =>
        {
            return Err(refusal(param, raw) + &format!("; write `{number}`"));
        }
        Given::Plain(node, _) => {
            let value = from_node(&param.ty, node).ok_or_else(|| {
                refusal(param, &shown(node)) + &node.as_text().map(|text| meant_region(&param.ty, text)).unwrap_or_default()
            })?;
            allowed(param, value)?
        }
    };
    // It would be taken for the runbook's own, and be filled in when a step becomes ready.
    if expr::holds_expression(&value) {
        return Err(format!("parameter `{}` takes a plain value, not an expression", param.name.value));
    }
    Ok(value)
}

/// Of a secret parameter the value is not repeated: it may be the secret itself.
fn refusal(param: &Param, shown: &str) -> String {
    if param.ty == ParamKind::Secret {
        return format!("parameter `{}` takes the place of a secret, {PLACE}, and never the secret itself", param.name.value);
    }
    format!("{shown} is not allowed for parameter `{}`: it takes {}", param.name.value, describe(param))
}

/// What was meant by what is no region, as the rest of a message.
fn meant_region(kind: &ParamKind, text: &str) -> String {
    match (kind, odd_region(text)) {
        (ParamKind::Region, Some(OddRegion::No { help, .. })) if help.contains('?') || help.starts_with("write") => format!("; {help}"),
        _ => String::new(),
    }
}

fn typed(kind: &ParamKind, text: &str) -> Option<Value> {
    Some(match kind {
        ParamKind::String => Value::String(text.to_owned()),
        ParamKind::Integer => Value::from(text.trim().parse::<i64>().ok()?),
        ParamKind::Number => match text.trim().parse::<i64>() {
            Ok(whole) => Value::from(whole),
            Err(_) => Value::Number(Number::from_f64(text.trim().parse::<f64>().ok()?)?),
        },
        ParamKind::Boolean => match text.trim() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => return None,
        },
        ParamKind::Duration => seconds(parse_duration(text).ok()?),
        ParamKind::Region => Value::String(Some(text).filter(|text| is_region(text))?.to_owned()),
        ParamKind::Enum(words) => Value::String(words.iter().find(|word| *word == text)?.clone()),
        ParamKind::Secret => Value::String(SecretSource::parse(text)?.to_string()),
        ParamKind::Unreadable => return None,
        ParamKind::List(_) if text.trim().is_empty() => Value::Array(Vec::new()),
        ParamKind::List(item) => Value::Array(text.split(',').map(|part| typed(item, part.trim())).collect::<Option<_>>()?),
    })
}

/// The places of what looks like a number or a boolean in a value that is meant as a text.
pub(super) fn meant_as_text(kind: &ParamKind, node: &Node, found: &mut impl Extend<Span>) {
    match (kind, &node.kind) {
        (ParamKind::String | ParamKind::Enum(_), Kind::Number(..) | Kind::Bool(..)) => found.extend([node.span.clone()]),
        (ParamKind::List(item), Kind::List(items)) => items.iter().for_each(|node| meant_as_text(item, node, found)),
        _ => {}
    }
}

/// Whole seconds as a whole number, so that `300` is what people see.
fn seconds(value: f64) -> Value {
    if value.fract() == 0.0 { Value::from(value as i64) } else { Value::from(value) }
}

fn from_node(kind: &ParamKind, node: &Node) -> Option<Value> {
    match (kind, &node.kind) {
        (ParamKind::List(item), Kind::List(items)) => {
            items.iter().map(|node| from_node(item, node)).collect::<Option<_>>().map(Value::Array)
        }
        (ParamKind::Integer | ParamKind::Number, Kind::Number(number, _)) => {
            let whole = number.as_i64().map(Value::from);
            if matches!(kind, ParamKind::Integer) { whole } else { whole.or_else(|| Some(Value::Number(number.clone()))) }
        }
        (ParamKind::Boolean, Kind::Bool(value, _)) => Some(Value::Bool(*value)),
        // What looks like a number or a boolean is taken as it is written: `2026`, `007`, `True`.
        (ParamKind::String | ParamKind::Enum(_), Kind::Number(_, raw) | Kind::Bool(_, raw)) => typed(kind, raw),
        (ParamKind::String | ParamKind::Secret | ParamKind::Enum(_) | ParamKind::Duration | ParamKind::Region, Kind::Text(text)) => {
            typed(kind, text)
        }
        _ => None,
    }
}

/// Range and pattern.
fn allowed(param: &Param, value: Value) -> Result<Value, String> {
    if let Some(number) = value.as_f64() {
        let low = param.min.as_ref().is_some_and(|min| number < min.value);
        let high = param.max.as_ref().is_some_and(|max| number > max.value);
        if low || high {
            let shown = if matches!(param.ty, ParamKind::Duration) { format_duration(number) } else { value.to_string() };
            return Err(refusal(param, &shown));
        }
    }
    if let (Some(pattern), Value::String(text)) = (&param.pattern, &value) {
        let matches = whole_match(&pattern.value).map_err(|_| format!("the pattern of parameter `{}` is not one", param.name.value))?;
        if !matches.is_match(text) {
            return Err(refusal(param, &format!("`{}`", show(text))));
        }
    }
    Ok(value)
}

/// The value that a parameter has when nobody says otherwise; `None` when it is required, or its default is wrong.
pub fn default_value(param: &Param) -> Option<Value> {
    let value = from_node(&param.ty, param.default.as_ref()?)?;
    allowed(param, value).ok()
}

/// Every parameter that has a default, with it. The secret ones are left out: their values are places, and no expression reads those.
pub fn default_values(runbook: &Runbook) -> Map<String, Value> {
    let open = runbook.params.iter().filter(|(_, param)| param.ty != ParamKind::Secret);
    open.filter_map(|(name, param)| Some((name.clone(), default_value(param)?))).collect()
}

/// The names of the parameters that are secrets.
pub fn secret_params(runbook: &Runbook) -> impl Iterator<Item = &str> {
    runbook.params.iter().filter(|(_, param)| param.ty == ParamKind::Secret).map(|(name, _)| name.as_str())
}

/// What is wrong with the declaration of a parameter.
pub(super) fn check(param: &Param, diagnostics: &mut Vec<Diagnostic>) {
    if param.ty == ParamKind::Unreadable {
        return;
    }
    if let (Some(min), Some(max)) = (&param.min, &param.max)
        && min.value > max.value
    {
        diagnostics.push(Diagnostic::error(code::BAD_PARAM, max.span.clone(), "`max` is less than `min`"));
        return;
    }
    if let Some(pattern) = &param.pattern {
        if param.ty == ParamKind::Secret {
            let message = "`pattern` is not for secrets: it would be matched against the place, which is all that is known of one";
            diagnostics.push(Diagnostic::error(code::BAD_PARAM, pattern.span.clone(), message).help("remove `pattern`"));
            return;
        }
        if !matches!(param.ty, ParamKind::String | ParamKind::Region) {
            diagnostics.push(Diagnostic::error(code::BAD_PARAM, pattern.span.clone(), "`pattern` is for parameters of type string"));
            return;
        }
        if let Err(error) = whole_match(&pattern.value) {
            diagnostics.push(bad_pattern(&error, pattern.span.clone()));
            return;
        }
    }
    if let ParamKind::Enum(words) = &param.ty
        && words.is_empty()
    {
        diagnostics.push(Diagnostic::error(code::BAD_PARAM, param.name.span.clone(), "the list of `values` is empty"));
        return;
    }
    // Where the default of a secret is no place, that was said when it was read.
    let Some(default) = param.default.as_ref().filter(|_| param.ty != ParamKind::Secret) else { return };
    let mut expression = false;
    default.each_text(&mut |text, _| expression |= text.contains("${{"));
    if expression {
        let message = format!("the default of `{}` is a plain value, not an expression", param.name.value);
        let finding = Diagnostic::error(code::BAD_PARAM, default.span.clone(), message);
        diagnostics.push(finding.help("write the expression where the parameter is used"));
        return;
    }
    unknown_regions(&param.ty, default, diagnostics);
    let problem = match from_node(&param.ty, default) {
        None => Some(format!("the default of `{}` is {}, it takes {}", param.name.value, shown(default), describe(param))),
        Some(value) => allowed(param, value).err(),
    };
    if let Some(problem) = problem {
        let mut finding = Diagnostic::error(code::BAD_PARAM, default.span.clone(), problem);
        finding.help = instead(&param.ty, default);
        diagnostics.push(finding);
    }
}

/// Regions of a default that look like some, and are none that is known.
fn unknown_regions(kind: &ParamKind, default: &Node, diagnostics: &mut Vec<Diagnostic>) {
    match (kind, &default.kind) {
        (ParamKind::Region, Kind::Text(text)) if is_region(text) => diagnostics.extend(wrong_region(text, &default.span)),
        (ParamKind::List(item), Kind::List(items)) => items.iter().for_each(|node| unknown_regions(item, node, diagnostics)),
        _ => {}
    }
}

/// What to write instead of a default of another type.
fn instead(kind: &ParamKind, default: &Node) -> Option<String> {
    Some(match (kind, &default.kind) {
        (ParamKind::Boolean, _) => match default.as_text().map(str::to_lowercase).as_deref() {
            Some("true" | "yes" | "on" | "y") => "write `true`, without quotes".into(),
            Some("false" | "no" | "off" | "n") => "write `false`, without quotes".into(),
            _ => "write `true` or `false`".into(),
        },
        (ParamKind::Integer | ParamKind::Number, Kind::Text(text)) if text.trim().parse::<f64>().is_ok() => {
            format!("write `{}` without quotes", text.trim())
        }
        (ParamKind::Duration, Kind::Number(_, raw)) => format!("its unit is missing: write `{raw}s` or `{raw}m`"),
        (ParamKind::Duration, _) => "durations are written `90s`, `5m`, `1h30m`".into(),
        (ParamKind::Region, Kind::Text(text)) => match odd_region(text)? {
            OddRegion::No { help, .. } | OddRegion::Unknown { help } => help,
        },
        (ParamKind::List(_), Kind::Text(text)) if !text.contains('\n') => format!("write `[{}]`", show(text)),
        (ParamKind::List(_), _) => "write a list, `[one, two]`".into(),
        _ => return None,
    })
}

fn shown(node: &Node) -> String {
    match &node.kind {
        Kind::Text(text) => format!("\"{}\"", show(text)),
        Kind::Number(_, raw) => raw.clone(),
        Kind::Bool(_, raw) => raw.clone(),
        _ => node.describe().to_owned(),
    }
}
