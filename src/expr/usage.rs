//! What can be said of a filter, a test or a call before it is evaluated.

use minijinja::machinery::ast::{Call, Expr, Filter, Test};

use super::check::Walk;
use super::eval;
use super::filter::{self, ArgSpec, DEFAULT, FilterSpec, Takes};
use super::parse::{ErrorKind, argument, each_child, span_of};
use super::shape::Shape;
use super::{hint, is};
use crate::diag::code;

impl Walk<'_> {
    pub(super) fn filter(&mut self, whole: &Expr<'_>, filter: &Filter<'_>) -> Shape {
        self.guarded(filter.name == DEFAULT, |walk| walk.filtered(whole, filter))
    }

    fn filtered(&mut self, whole: &Expr<'_>, filter: &Filter<'_>) -> Shape {
        let before = self.found();
        let of = filter.expr.as_ref().map_or(Shape::Any, |of| self.value(of));
        let Some(spec) = filter::find(filter.name) else {
            filter.args.iter().for_each(|arg| drop(self.value(argument(arg))));
            let message = format!("there is no filter `{}`", filter.name);
            self.find_with(code::EXPR_UNKNOWN_NAME, span_of(whole), message, Some(hint::of_filter(filter.name)));
            return Shape::Any;
        };
        if !spec.of.accepts(&of) {
            let message = format!("`{}` takes {}, this is {of}", spec.name, spec.of.words());
            self.find_with(code::EXPR_TYPE, span_of(whole), message, convert(spec.of, &of));
        }
        let bound = match filter::bind(spec, &filter.args) {
            Ok(bound) => bound,
            Err(message) => {
                filter.args.iter().for_each(|arg| drop(self.value(argument(arg))));
                self.find(code::EXPR_ARGUMENTS, span_of(whole), message);
                return spec.gives.shape(of, None);
            }
        };
        self.filters_secret(whole, filter);
        let shapes: Vec<Option<Shape>> =
            spec.args.iter().zip(bound).map(|(arg, given)| given.map(|given| self.argument(spec, arg, given))).collect();
        // Of what is written out the result is known here. More than that is evaluated once only, as a whole.
        if self.found() == before
            && filter.expr.as_ref().is_some_and(written)
            && filter.args.iter().all(|arg| written(argument(arg)))
            && let Err(error) = eval::constant(whole)
            && error.kind == ErrorKind::Value
        {
            self.find(code::EXPR_ARGUMENTS, span_of(whole), error.message);
        }
        spec.gives.shape(of, shapes.into_iter().next().flatten())
    }

    fn argument(&mut self, spec: &FilterSpec, arg: &ArgSpec, given: &Expr<'_>) -> Shape {
        let before = self.found();
        let shape = self.value(given);
        if !arg.takes.accepts(&shape) {
            let message = format!("`{}` of `{}` takes {}, this is {shape}", arg.name, spec.name, arg.takes.words());
            self.find_with(code::EXPR_TYPE, span_of(given), message, convert(arg.takes, &shape));
        }
        if self.found() == before
            && written(given)
            && let Ok(value) = eval::constant(given)
            && let Err(fault) = (arg.check)(&value)
        {
            self.find(code::EXPR_ARGUMENTS, span_of(given), fault.message);
        }
        shape
    }

    pub(super) fn test(&mut self, whole: &Expr<'_>, test: &Test<'_>) -> Shape {
        // `x is defined` may ask for what is not there; the names it can never find are still mistakes.
        self.guarded(matches!(test.name, "defined" | "undefined"), |walk| walk.value(&test.expr));
        // Whether one was given is no secret.
        if !matches!(test.name, "defined" | "undefined") {
            self.decides_by(&test.expr, "tested");
        }
        test.args.iter().for_each(|arg| self.decides_by(argument(arg), "tested"));
        let args: Vec<Shape> = test.args.iter().map(|arg| self.value(argument(arg))).collect();
        match is::find(test.name) {
            None => {
                let message = format!("there is no test `{}`", test.name);
                self.find_with(code::EXPR_UNKNOWN_NAME, span_of(whole), message, Some(hint::of_test(test.name)));
            }
            Some(spec) => match is::bind(spec, test) {
                Err(message) => self.find(code::EXPR_ARGUMENTS, span_of(whole), message),
                Ok(_) => {
                    if let Some(shape) = args.first().filter(|shape| !Takes::Text.accepts(shape)) {
                        self.find(code::EXPR_TYPE, span_of(whole), format!("`{}` takes a text, this is {shape}", spec.name));
                    }
                }
            },
        }
        Shape::Bool
    }

    /// There are no functions: says what to write instead.
    pub(super) fn call(&mut self, whole: &Expr<'_>, call: &Call<'_>) -> Shape {
        let name = match &call.expr {
            Expr::Var(var) => Some(var.id),
            Expr::GetAttr(method) => {
                self.value(&method.expr);
                Some(method.name)
            }
            other => {
                each_child(other, &mut |child| drop(self.value(child)));
                None
            }
        };
        call.args.iter().for_each(|arg| drop(self.value(argument(arg))));
        let message = "there are no functions to call; there are filters, such as `x | length`";
        self.find_with(code::EXPR_UNKNOWN_NAME, span_of(whole), message, name.and_then(hint::of_function));
        Shape::Any
    }
}

/// Whether a value is written out: a literal, or a list of them.
fn written(expr: &Expr<'_>) -> bool {
    match expr {
        Expr::Const(_) => true,
        Expr::List(list) => list.items.iter().all(|item| matches!(item, Expr::Const(_))),
        _ => false,
    }
}

/// How to make a value of one shape from one of another.
pub fn as_shape(of: &Shape, wanted: &Shape) -> Option<String> {
    let takes = match wanted {
        // Durations are numbers of seconds.
        Shape::Text if *of == Shape::Number => return Some("`| string` makes a text of a number, `| duration` one of a duration".into()),
        Shape::Text => Takes::Text,
        Shape::Number => Takes::Number,
        Shape::List(_) => Takes::List,
        _ => return None,
    };
    convert(takes, of)
}

/// How to make what is wanted from what there is.
fn convert(wanted: Takes, shape: &Shape) -> Option<String> {
    let text = match (wanted, shape) {
        (Takes::Text, Shape::Number | Shape::Bool) => "`| string` makes a text of it",
        (Takes::Text | Takes::Plain, Shape::List(_)) => "`| join(\", \")` makes a text of a list",
        (Takes::Text | Takes::Plain, Shape::Map(_) | Shape::Record(_)) => "`| to_json` makes a text of a mapping",
        (Takes::Number, Shape::Text) => "`| int` makes a number of a text, `| seconds` one of a duration",
        (Takes::Number, Shape::Time) => "`| since(y)` gives the seconds from y to a time",
        (Takes::List, Shape::Text) => "`| split(\",\")` makes a list of a text",
        _ => return None,
    };
    Some(text.to_owned())
}
