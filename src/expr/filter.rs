//! Filters (`x | length`): one table that the checks, the evaluation and the reference read. Few, pure, and bounded by what goes in and
//! by the [fuel](super::fuel) of the expression.

mod aws;
mod list;
mod number;
mod text;
mod time;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use minijinja::machinery::ast::{CallArg, Expr, Filter};
use serde_json::Value;

use super::eval::{Eval, describe};
use super::fuel::weight;
use super::parse::{ErrorKind, ExprError, argument, span_of};
use super::shape::Shape;

/// The filters, by what they are for.
pub static FILTERS: &[(&str, &[FilterSpec])] = &[
    ("Any value and texts", text::FILTERS),
    ("Lists", list::FILTERS),
    ("Numbers", number::FILTERS),
    ("Durations and times", time::FILTERS),
    ("Regions and ARNs", aws::FILTERS),
];

/// The one filter that looks at what is not there.
pub(super) const DEFAULT: &str = "default";

/// A filter: what it takes, what it gives, and what it is for.
#[derive(Debug)]
pub struct FilterSpec {
    /// Its name.
    pub name: &'static str,
    /// What stands before it.
    pub of: Takes,
    /// Its arguments, in order.
    pub args: &'static [ArgSpec],
    /// What it gives.
    pub gives: Gives,
    /// What it does.
    pub doc: &'static str,
    /// An expression that uses it.
    pub example: &'static str,
    /// What that gives, as JSON.
    pub result: &'static str,
    apply: fn(&Call<'_>) -> Result<Value, Fault>,
}

/// An argument. It can be given by its name, as in Jinja: `map(attribute="state")`.
#[derive(Debug, Clone, Copy)]
pub struct ArgSpec {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// Whether it must be there.
    pub needed: bool,
    /// What can be said of a value that is written out, before anything is evaluated.
    pub(super) check: fn(&Value) -> Result<(), Fault>,
}

impl ArgSpec {
    const fn new(name: &'static str, takes: Takes) -> Self {
        Self { name, takes, needed: true, check: |_| Ok(()) }
    }

    const fn optional(self) -> Self {
        Self { needed: false, ..self }
    }

    const fn checked(self, check: fn(&Value) -> Result<(), Fault>) -> Self {
        Self { check, ..self }
    }
}

/// What a filter or an argument takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Anything.
    Any,
    /// A text, a number, true or false.
    Plain,
    /// A text.
    Text,
    /// A number.
    Number,
    /// A number or a text.
    NumberOrText,
    /// A number of seconds, or a duration as it is written.
    Duration,
    /// A moment, as a text.
    Time,
    /// A list.
    List,
    /// What has a length.
    Sized,
}

impl Takes {
    /// As the end of "takes …".
    pub fn words(self) -> &'static str {
        match self {
            Self::Any => "anything",
            Self::Plain => "a text, a number, true or false",
            Self::Text => "a text",
            Self::Number => "a number",
            Self::NumberOrText => "a number or a text",
            Self::Duration => "a duration",
            Self::Time => "a time",
            Self::List => "a list",
            Self::Sized => "a text, a list or a mapping",
        }
    }

    /// Whether something of this shape may be taken.
    pub(super) fn accepts(self, shape: &Shape) -> bool {
        let text = matches!(shape, Shape::Text | Shape::Time);
        match self {
            _ if *shape == Shape::Any => true,
            Self::Any => true,
            Self::Plain => text || matches!(shape, Shape::Number | Shape::Bool),
            Self::Text | Self::Time => text,
            Self::Number => *shape == Shape::Number,
            Self::NumberOrText | Self::Duration => text || *shape == Shape::Number,
            Self::List => matches!(shape, Shape::List(_)),
            Self::Sized => text || matches!(shape, Shape::List(_) | Shape::Map(_) | Shape::Record(_)),
        }
    }

    fn takes(self, value: &Value) -> bool {
        self.accepts(&Shape::of_value(value))
    }
}

/// What a filter gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gives {
    /// What it was given.
    Same,
    /// An item of the list that it was given.
    Item,
    /// What it was given or its argument.
    Either,
    /// A text.
    Text,
    /// A number.
    Number,
    /// A moment, as a text.
    Time,
    /// A list of texts.
    Texts,
    /// A list.
    List,
    /// Anything.
    Any,
}

impl Gives {
    /// In a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Same => "the same",
            Self::Item => "an item",
            Self::Either => "one of the two",
            Self::Text => "a text",
            Self::Number => "a number",
            Self::Time => "a time",
            Self::Texts => "a list of texts",
            Self::List => "a list",
            Self::Any => "anything",
        }
    }

    /// The shape of the result, from that of the value and of the first argument.
    pub(super) fn shape(self, of: Shape, first: Option<Shape>) -> Shape {
        match self {
            Self::Same => of,
            Self::Item => match of {
                Shape::List(item) => (*item).clone(),
                _ => Shape::Any,
            },
            Self::Either if first.as_ref() == Some(&of) => of,
            Self::Either | Self::Any => Shape::Any,
            Self::Text => Shape::Text,
            Self::Number => Shape::Number,
            Self::Time => Shape::Time,
            Self::Texts => Shape::List(Shape::Text.into()),
            Self::List => Shape::List(Shape::Any.into()),
        }
    }
}

impl FilterSpec {
    /// How it is written: `x | replace(old, new)`; what may be left out stands in brackets.
    pub fn usage(&self) -> String {
        let args: Vec<String> =
            self.args.iter().map(|arg| if arg.needed { arg.name.to_owned() } else { format!("[{}]", arg.name) }).collect();
        let args = if args.is_empty() { String::new() } else { format!("({})", args.join(", ")) };
        format!("x | {}{args}", self.name)
    }
}

/// Every filter.
pub fn filters() -> impl Iterator<Item = &'static FilterSpec> {
    FILTERS.iter().flat_map(|(_, group)| group.iter())
}

/// The filter of this name.
pub(super) fn find(name: &str) -> Option<&'static FilterSpec> {
    filters().find(|filter| filter.name == name)
}

/// Why a filter gives no value.
#[derive(Debug)]
pub(super) struct Fault {
    kind: ErrorKind,
    pub(super) message: String,
}

impl Fault {
    /// Something is not there; `default` helps.
    fn missing(message: String) -> Self {
        Self { kind: ErrorKind::Undefined, message }
    }

    fn at(self, expr: &Expr<'_>) -> ExprError {
        ExprError::new(self.kind, span_of(expr), self.message)
    }
}

impl<T: Into<String>> From<T> for Fault {
    fn from(message: T) -> Self {
        Self { kind: ErrorKind::Value, message: message.into() }
    }
}

/// A filter with its values. They are of the types that its table says.
struct Call<'c> {
    value: &'c Value,
    args: &'c [Option<Cow<'c, Value>>],
    /// What the result may weigh.
    room: usize,
}

impl<'c> Call<'c> {
    fn arg(&self, at: usize) -> Option<&'c Value> {
        self.args.get(at)?.as_deref()
    }

    fn text(&self) -> &'c str {
        self.value.as_str().unwrap_or_default()
    }

    fn number(&self) -> f64 {
        self.value.as_f64().unwrap_or_default()
    }

    fn items(&self) -> &'c [Value] {
        self.value.as_array().map(Vec::as_slice).unwrap_or_default()
    }

    fn text_at(&self, at: usize) -> &'c str {
        self.arg(at).and_then(Value::as_str).unwrap_or_default()
    }
}

/// Which expression is given for which argument.
///
/// # Errors
/// One that is missing, one too many, or a name that there is not; as a sentence.
pub(super) fn bind<'e, 's>(spec: &FilterSpec, args: &'e [CallArg<'s>]) -> Result<Vec<Option<&'e Expr<'s>>>, String> {
    let mut bound: Vec<Option<&'e Expr<'s>>> = vec![None; spec.args.len()];
    for (at, arg) in args.iter().enumerate() {
        let place = match arg {
            CallArg::Pos(_) => at,
            CallArg::Kwarg(name, _) => match spec.args.iter().position(|known| known.name == *name) {
                Some(place) => place,
                None => return Err(format!("`{}` has no argument `{name}`: it is used as `{}`", spec.name, spec.usage())),
            },
            CallArg::PosSplat(_) | CallArg::KwargSplat(_) => return Err("arguments are written one by one, without `*`".into()),
        };
        match bound.get_mut(place) {
            Some(free @ None) => *free = Some(argument(arg)),
            Some(_) => return Err(format!("an argument of `{}` is given twice", spec.name)),
            None => return Err(format!("too many arguments: `{}` is used as `{}`", spec.name, spec.usage())),
        }
    }
    match spec.args.iter().zip(&bound).find(|(arg, given)| arg.needed && given.is_none()) {
        Some((arg, _)) => Err(format!("`{}` lacks its argument `{}`: it is used as `{}`", spec.name, arg.name, spec.usage())),
        None => Ok(bound),
    }
}

/// Applies a filter.
pub(super) fn apply<'a>(eval: &Eval<'a>, whole: &Expr<'_>, filter: &Filter<'_>) -> Result<Cow<'a, Value>, ExprError> {
    let fail = |message: String| Fault::from(message).at(whole);
    let Some(of) = &filter.expr else { return Err(fail("a filter needs a value before it".into())) };
    let Some(spec) = find(filter.name) else { return Err(fail(format!("there is no filter `{}`", filter.name))) };
    let bound = bind(spec, &filter.args).map_err(fail)?;
    if spec.name == DEFAULT {
        let otherwise =
            || bound.first().copied().flatten().map_or_else(|| Err(fail("`default` lacks its argument".into())), |arg| eval.value(arg));
        return match eval.value(of) {
            Ok(value) if !value.is_null() => Ok(value),
            Ok(_) => otherwise(),
            Err(error) if matches!(error.kind, ErrorKind::Undefined | ErrorKind::Unknown) => otherwise(),
            Err(error) => Err(error),
        };
    }
    let value = eval.known(of)?;
    if !spec.of.takes(&value) {
        return Err(fail(format!("`{}` cannot be applied to {}: it takes {}", spec.name, describe(&value), spec.of.words())));
    }
    let mut args = Vec::with_capacity(bound.len());
    for (arg, given) in spec.args.iter().zip(bound) {
        let given = given.map(|expr| eval.known(expr)).transpose()?;
        if let Some(given) = given.as_deref().filter(|given| !arg.takes.takes(given)) {
            return Err(fail(format!("`{}` of `{}` takes {}, this is {}", arg.name, spec.name, arg.takes.words(), describe(given))));
        }
        args.push(given);
    }
    let result = (spec.apply)(&Call { value: &value, args: &args, room: eval.fuel.left() }).map_err(|fault| fault.at(whole))?;
    eval.fuel.spend(weight(&result)).map_err(fail)?;
    Ok(Cow::Owned(result))
}
