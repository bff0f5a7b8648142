//! Tests (`x is defined`): one table that the checks, the evaluation and the reference read.

use minijinja::machinery::ast::{Expr, Test};
use serde_json::Value;

use super::eval::{Eval, describe};
use super::parse::{ErrorKind, ExprError, argument, span_of};

/// A test: what it takes beside the value, and when it holds.
#[derive(Debug)]
pub struct TestSpec {
    /// Its name.
    pub name: &'static str,
    /// The name of its argument, which is a text, when it has one.
    pub arg: Option<&'static str>,
    /// When it holds.
    pub doc: &'static str,
    /// An expression that uses it, and for which it holds.
    pub example: &'static str,
    holds: fn(&Value, &str) -> Option<bool>,
}

impl TestSpec {
    /// How it is written: `x is startingwith(text)`.
    pub fn usage(&self) -> String {
        let arg = self.arg.map(|arg| format!("({arg})")).unwrap_or_default();
        format!("x is {}{arg}", self.name)
    }
}

/// The tests there are.
pub static TESTS: &[TestSpec] = &[
    TestSpec { name: "defined", arg: None, doc: "there", example: "params.services is defined", holds: |_, _| Some(true) },
    TestSpec { name: "undefined", arg: None, doc: "not there", example: "steps.old is undefined", holds: |_, _| Some(false) },
    TestSpec { name: "none", arg: None, doc: "null: not known", example: "none is none", holds: |value, _| Some(value.is_null()) },
    TestSpec {
        name: "boolean",
        arg: None,
        doc: "true or false",
        example: "(1 == 2) is boolean",
        holds: |value, _| Some(value.is_boolean()),
    },
    TestSpec { name: "number", arg: None, doc: "a number", example: "params.nodes is number", holds: |value, _| Some(value.is_number()) },
    TestSpec { name: "string", arg: None, doc: "a text", example: "params.lost is string", holds: |value, _| Some(value.is_string()) },
    TestSpec {
        name: "sequence",
        arg: None,
        doc: "a list",
        example: "params.services is sequence",
        holds: |value, _| Some(value.is_array()),
    },
    TestSpec { name: "mapping", arg: None, doc: "a mapping", example: "params is mapping", holds: |value, _| Some(value.is_object()) },
    TestSpec {
        name: "startingwith",
        arg: Some("text"),
        doc: "a text with that beginning",
        example: "params.lost is startingwith(\"eu-\")",
        holds: |value, start| value.as_str().map(|text| text.starts_with(start)),
    },
    TestSpec {
        name: "endingwith",
        arg: Some("text"),
        doc: "a text with that end",
        example: "params.lost is endingwith(\"-1\")",
        holds: |value, end| value.as_str().map(|text| text.ends_with(end)),
    },
];

/// The test of this name.
pub(super) fn find(name: &str) -> Option<&'static TestSpec> {
    TESTS.iter().find(|test| test.name == name)
}

/// The argument of a test.
///
/// # Errors
/// It lacks one or has one too many; as a sentence.
pub(super) fn bind<'e, 's>(spec: &TestSpec, test: &'e Test<'s>) -> Result<Option<&'e Expr<'s>>, String> {
    match (spec.arg, test.args.as_slice()) {
        (None, []) => Ok(None),
        (Some(_), [arg]) => Ok(Some(argument(arg))),
        _ => Err(format!("`{}` is used as `{}`", spec.name, spec.usage())),
    }
}

/// Decides a test.
pub(super) fn test(eval: &Eval<'_>, whole: &Expr<'_>, test: &Test<'_>) -> Result<bool, ExprError> {
    let fail = |message: String| ExprError::new(ErrorKind::Value, span_of(whole), message);
    let Some(spec) = find(test.name) else { return Err(fail(format!("there is no test `{}`", test.name))) };
    let arg = bind(spec, test).map_err(fail)?.map(|arg| eval.known(arg)).transpose()?;
    let value = match (eval.value(&test.expr), spec.name) {
        (Err(error), "defined") if error.kind == ErrorKind::Undefined => return Ok(false),
        (Err(error), "undefined") if error.kind == ErrorKind::Undefined => return Ok(true),
        (value, _) => value?,
    };
    let text = match arg.as_deref() {
        None => "",
        Some(Value::String(text)) => text,
        Some(other) => return Err(fail(format!("`{}` takes a text, this is {}", spec.name, describe(other)))),
    };
    (spec.holds)(&value, text).ok_or_else(|| fail(format!("`{}` cannot be asked of {}", spec.name, describe(&value))))
}
