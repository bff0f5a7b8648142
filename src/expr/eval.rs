//! The evaluation, strict: what is not known is an error, and so is what does not fit.

use std::borrow::Cow;
use std::cmp::Ordering;

use minijinja::machinery::ast::{BinOpKind, CompareOpKind, Expr, UnaryOpKind};
use serde_json::{Map, Number, Value};

use super::fuel::{Fuel, weight};
use super::parse::{ErrorKind, ExprError, each_child, literal, parse, path_of, span_of};
use super::{filter, is};

/// What a probe's expectation comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Pass,
    /// It does not hold.
    Fail,
    /// Nobody can tell, and why.
    Unknown(String),
}

/// Decides a `when`. `scope` is an object with `params`, `targets`, `run` and `steps`.
///
/// # Errors
/// The condition cannot be read, reads something that is not there, or is neither true nor false.
pub fn condition(source: &str, scope: &Value) -> Result<bool, ExprError> {
    Eval { scope, fields: None, fuel: &Fuel::of_a_run() }.truth(&parse(source)?)
}

/// Decides an `expect`. The fields of the sample are in scope by their names, and so is `error`: none when the sample was made,
/// and the text of `sample`'s error when it was not. Where the probe could not be made, and `expect` does not mention `error`,
/// nobody can tell. A field that is not there, is null, or is of a type that does not fit is never a pass.
pub fn expect(source: &str, sample: Result<&Value, &str>, scope: &Value) -> Outcome {
    let expr = match parse(source) {
        Ok(expr) => expr,
        Err(error) => return Outcome::Unknown(error.message),
    };
    if let Err(failure) = sample
        && !mentions_error(&expr)
    {
        return Outcome::Unknown(failure.to_owned());
    }
    match (Eval { scope, fields: Some(sample), fuel: &Fuel::of_a_run() }).truth(&expr) {
        Ok(true) => Outcome::Pass,
        Ok(false) => Outcome::Fail,
        Err(error) => match sample {
            Ok(_) => Outcome::Unknown(error.message),
            Err(failure) => Outcome::Unknown(failure.to_owned()),
        },
    }
}

fn mentions_error(expr: &Expr<'_>) -> bool {
    let mut found = matches!(expr, Expr::Var(var) if var.id == "error");
    each_child(expr, &mut |child| found = found || mentions_error(child));
    found
}

/// Evaluates `source` over `scope`.
pub(super) fn evaluate(source: &str, scope: &Value, fuel: &Fuel) -> Result<Value, ExprError> {
    let expr = parse(source)?;
    Eval { scope, fields: None, fuel }.value(&expr).map(Cow::into_owned)
}

/// Why `source` has no value; its value is not copied for that.
pub(super) fn failure(source: &str, scope: &Value, fuel: &Fuel) -> Option<ExprError> {
    parse(source).and_then(|expr| Eval { scope, fields: None, fuel }.value(&expr).map(drop)).err()
}

/// The value of an expression that reads nothing.
///
/// # Errors
/// It has none.
pub(super) fn constant(expr: &Expr<'_>) -> Result<Value, ExprError> {
    Eval { scope: &Value::Null, fields: None, fuel: &Fuel::early() }.value(expr).map(Cow::into_owned)
}

/// One evaluation.
pub(super) struct Eval<'a> {
    /// An object with the top-level names.
    scope: &'a Value,
    /// In `expect`: the probe's fields, or why there are none.
    fields: Option<Result<&'a Value, &'a str>>,
    /// What may still be made.
    pub(super) fuel: &'a Fuel,
}

type Evaluated<'a> = Result<Cow<'a, Value>, ExprError>;

impl<'a> Eval<'a> {
    /// The value of an expression. Null only where the data holds it or `none` is written.
    pub(super) fn value(&self, expr: &Expr<'_>) -> Evaluated<'a> {
        let fail = |message: String| Err(ExprError::new(ErrorKind::Value, span_of(expr), message));
        match expr {
            Expr::Var(var) => self.variable(var.id).ok_or_else(|| undefined(expr, format!("`{}` is not there", var.id))),
            Expr::Const(constant) => Ok(Cow::Owned(literal(&constant.value))),
            Expr::GetAttr(get) => {
                let key = get.name;
                self.item(expr, &get.expr, &Value::String(key.to_owned()))
            }
            Expr::GetItem(get) => {
                let key = self.known(&get.subscript_expr)?;
                self.item(expr, &get.expr, &key)
            }
            Expr::UnaryOp(op) => match op.op {
                UnaryOpKind::Not => Ok(Cow::Owned(Value::Bool(!self.truth(&op.expr)?))),
                UnaryOpKind::Neg => {
                    let value = self.known(&op.expr)?;
                    arithmetic(BinOpKind::Sub, &Value::from(0), &value).map(Cow::Owned).or_else(fail)
                }
            },
            Expr::BinOp(op) => match op.op {
                BinOpKind::ScAnd | BinOpKind::ScOr => Ok(Cow::Owned(Value::Bool(self.truth(expr)?))),
                kind => match comparison(kind) {
                    Some(kind) => Ok(Cow::Owned(Value::Bool(self.compare(expr, kind, &op.left, &op.right)?))),
                    None => {
                        let (left, right) = (self.known(&op.left)?, self.known(&op.right)?);
                        if !left.is_number() {
                            self.spend(expr, weight(&left) + weight(&right))?;
                        }
                        arithmetic(kind, &left, &right).map(Cow::Owned).or_else(fail)
                    }
                },
            },
            Expr::Compare(chain) => {
                let mut left = &chain.expr;
                for op in &chain.ops {
                    if !self.compare(expr, op.op, left, &op.expr)? {
                        return Ok(Cow::Owned(Value::Bool(false)));
                    }
                    left = &op.expr;
                }
                Ok(Cow::Owned(Value::Bool(true)))
            }
            Expr::IfExpr(choice) => match (self.truth(&choice.test_expr)?, &choice.false_expr) {
                (true, _) => self.value(&choice.true_expr),
                (false, Some(otherwise)) => self.value(otherwise),
                (false, None) => fail("the `if` has no `else`".into()),
            },
            Expr::Filter(call) => filter::apply(self, expr, call),
            Expr::Test(test) => is::test(self, expr, test).map(|holds| Cow::Owned(Value::Bool(holds))),
            Expr::List(list) => self.list(&list.items),
            Expr::Tuple(tuple) => self.list(&tuple.items),
            Expr::Map(map) => {
                let mut object = Map::new();
                for (key, value) in map.keys.iter().zip(&map.values) {
                    let Value::String(key) = self.known(key)?.into_owned() else { return fail("the key of a mapping is a text".into()) };
                    let value = self.value(value)?;
                    self.spend(expr, key.len() + weight(&value))?;
                    object.insert(key, value.into_owned());
                }
                Ok(Cow::Owned(Value::Object(object)))
            }
            Expr::Slice(_) => fail("slices are not supported".into()),
            Expr::Call(_) => fail("there are no functions to call; there are filters, such as `x | length`".into()),
        }
    }

    fn spend(&self, expr: &Expr<'_>, weight: usize) -> Result<(), ExprError> {
        self.fuel.spend(weight).map_err(|message| ExprError::new(ErrorKind::Value, span_of(expr), message))
    }

    /// The value, which must not be null.
    pub(super) fn known(&self, expr: &Expr<'_>) -> Evaluated<'a> {
        let value = self.value(expr)?;
        if value.is_null() { Err(unknown(expr)) } else { Ok(value) }
    }

    /// Whether a condition holds. Only true and false are conditions; in `expect`, `error` is one too.
    pub(super) fn truth(&self, expr: &Expr<'_>) -> Result<bool, ExprError> {
        match expr {
            Expr::BinOp(op) if matches!(op.op, BinOpKind::ScAnd) => Ok(self.truth(&op.left)? && self.truth(&op.right)?),
            Expr::BinOp(op) if matches!(op.op, BinOpKind::ScOr) => Ok(self.truth(&op.left)? || self.truth(&op.right)?),
            Expr::UnaryOp(op) if matches!(op.op, UnaryOpKind::Not) => Ok(!self.truth(&op.expr)?),
            Expr::Var(var) if var.id == "error" && self.fields.is_some() => Ok(self.fields.is_some_and(|fields| fields.is_err())),
            _ => match &*self.known(expr)? {
                Value::Bool(holds) => Ok(*holds),
                other => {
                    let message = format!("the condition is {}, neither true nor false", describe(other));
                    Err(ExprError::new(ErrorKind::Value, span_of(expr), message))
                }
            },
        }
    }

    fn variable(&self, name: &str) -> Option<Cow<'a, Value>> {
        match (self.fields, name) {
            (Some(Ok(_)), "error") => return Some(Cow::Owned(Value::Null)),
            (Some(Err(failure)), "error") => return Some(Cow::Owned(Value::String(failure.to_owned()))),
            (Some(Ok(fields)), _) => {
                if let Some(value) = fields.get(name) {
                    return Some(Cow::Borrowed(value));
                }
            }
            _ => {}
        }
        self.scope.get(name).map(Cow::Borrowed)
    }

    fn item(&self, whole: &Expr<'_>, base: &Expr<'_>, key: &Value) -> Evaluated<'a> {
        let of = self.value(base)?;
        let shown = shown(whole);
        match (&*of, key) {
            (Value::Null, _) => {
                let mut error = unknown(base);
                error.path = path_of(whole).unwrap_or_default();
                Err(error)
            }
            (Value::Object(_), Value::String(key)) => match of {
                Cow::Borrowed(value) => value.get(key).map(Cow::Borrowed),
                Cow::Owned(value) => value.get(key).cloned().map(Cow::Owned),
            }
            .ok_or_else(|| undefined(whole, format!("`{shown}` is not there"))),
            (Value::Array(items), Value::Number(index)) => {
                let at = index.as_i64().map(|index| if index < 0 { index + items.len() as i64 } else { index });
                let at = at.and_then(|at| usize::try_from(at).ok()).unwrap_or(usize::MAX);
                let item = match &of {
                    Cow::Borrowed(value) => value.get(at).map(Cow::Borrowed),
                    Cow::Owned(value) => value.get(at).cloned().map(Cow::Owned),
                };
                item.ok_or_else(|| undefined(whole, format!("`{shown}` is not there: the list has {} items", items.len())))
            }
            (other, _) => {
                let message = format!("`{shown}` cannot be read: there it is {}", describe(other));
                Err(ExprError::new(ErrorKind::Value, span_of(whole), message))
            }
        }
    }

    fn list(&self, items: &[Expr<'_>]) -> Evaluated<'a> {
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            let value = self.value(item)?;
            self.spend(item, weight(&value))?;
            values.push(value.into_owned());
        }
        Ok(Cow::Owned(Value::Array(values)))
    }

    fn compare(&self, whole: &Expr<'_>, kind: CompareOpKind, left: &Expr<'_>, right: &Expr<'_>) -> Result<bool, ExprError> {
        // `x == none` asks on purpose; every other null is something that nobody knows.
        let asks = |expr: &Expr<'_>| match expr {
            Expr::Const(constant) => constant.value.is_none(),
            Expr::Var(var) => var.id == "error" && self.fields.is_some(),
            _ => false,
        };
        let on_purpose = matches!(kind, CompareOpKind::Eq | CompareOpKind::Ne) && (asks(left) || asks(right));
        let operand = |expr| if on_purpose { self.value(expr) } else { self.known(expr) };
        let (a, b) = (operand(left)?, operand(right)?);
        if on_purpose && (a.is_null() || b.is_null()) {
            return Ok((a.is_null() && b.is_null()) == matches!(kind, CompareOpKind::Eq));
        }
        compare(kind, &a, &b).map_err(|message| ExprError::new(ErrorKind::Value, span_of(whole), message))
    }
}

/// Compares two values, neither of which is null.
///
/// # Errors
/// They are of different types, or have no order; as a sentence.
pub(super) fn compare(kind: CompareOpKind, a: &Value, b: &Value) -> Result<bool, String> {
    Ok(match kind {
        CompareOpKind::Eq | CompareOpKind::Ne => {
            if class(a) != class(b) {
                return Err(format!("{} is compared with {}", describe(a), describe(b)));
            }
            same(a, b) == matches!(kind, CompareOpKind::Eq)
        }
        CompareOpKind::In | CompareOpKind::NotIn => {
            let inside = match (a, b) {
                (item, Value::Array(items)) => items.iter().any(|other| same(item, other)),
                (Value::String(part), Value::String(text)) => text.contains(part),
                (Value::String(key), Value::Object(map)) => map.contains_key(key),
                (a, b) => return Err(format!("{} cannot be in {}", describe(a), describe(b))),
            };
            inside == matches!(kind, CompareOpKind::In)
        }
        order => {
            let found = match (a, b) {
                (Value::Number(a), Value::Number(b)) => compare_numbers(a, b),
                (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
                _ => None,
            };
            let Some(found) = found else { return Err(format!("{} and {} have no order", describe(a), describe(b))) };
            match order {
                CompareOpKind::Lt => found == Ordering::Less,
                CompareOpKind::Lte => found != Ordering::Greater,
                CompareOpKind::Gt => found == Ordering::Greater,
                _ => found != Ordering::Less,
            }
        }
    })
}

fn comparison(kind: BinOpKind) -> Option<CompareOpKind> {
    Some(match kind {
        BinOpKind::Eq => CompareOpKind::Eq,
        BinOpKind::Ne => CompareOpKind::Ne,
        BinOpKind::Lt => CompareOpKind::Lt,
        BinOpKind::Lte => CompareOpKind::Lte,
        BinOpKind::Gt => CompareOpKind::Gt,
        BinOpKind::Gte => CompareOpKind::Gte,
        BinOpKind::In => CompareOpKind::In,
        _ => return None,
    })
}

fn shown(expr: &Expr<'_>) -> String {
    path_of(expr).map_or_else(|| "this".to_owned(), |path| path.join("."))
}

fn undefined(expr: &Expr<'_>, message: String) -> ExprError {
    ExprError { path: path_of(expr).unwrap_or_default(), ..ExprError::new(ErrorKind::Undefined, span_of(expr), message) }
}

fn unknown(expr: &Expr<'_>) -> ExprError {
    let message = match path_of(expr) {
        Some(path) => format!("`{}` is not known", path.join(".")),
        None => "a part of the expression is not known".to_owned(),
    };
    ExprError { path: path_of(expr).unwrap_or_default(), ..ExprError::new(ErrorKind::Unknown, span_of(expr), message) }
}

/// What a value is, for messages.
pub(super) fn describe(value: &Value) -> String {
    match value {
        Value::Null => "nothing".into(),
        Value::Bool(value) => format!("{value}"),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) if text.chars().count() <= 40 => format!("the text \"{text}\""),
        Value::String(_) => "a text".into(),
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "a mapping".into(),
    }
}

fn class(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Array(_) => 4,
        Value::Object(_) => 5,
    }
}

/// Equality in which 1 and 1.0 are the same.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => compare_numbers(a, b) == Some(Ordering::Equal),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b))),
        (a, b) => a == b,
    }
}

/// The order of two numbers; exact where both are whole.
pub(super) fn compare_numbers(a: &Number, b: &Number) -> Option<Ordering> {
    match (a.as_i64(), b.as_i64()) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
    }
}

fn arithmetic(kind: BinOpKind, a: &Value, b: &Value) -> Result<Value, String> {
    match (kind, a, b) {
        (BinOpKind::Concat, a, b) => {
            let (a, b) = (super::template::text_of(a)?, super::template::text_of(b)?);
            Ok(Value::String(format!("{a}{b}")))
        }
        (BinOpKind::Add, Value::String(a), Value::String(b)) => Ok(Value::String(format!("{a}{b}"))),
        (BinOpKind::Add, Value::Array(a), Value::Array(b)) => Ok(Value::Array(a.iter().chain(b).cloned().collect())),
        (_, Value::Number(a), Value::Number(b)) => {
            if let (Some(a), Some(b)) = (a.as_i64(), b.as_i64())
                && !matches!(kind, BinOpKind::Div)
            {
                let whole = match kind {
                    BinOpKind::Add => a.checked_add(b),
                    BinOpKind::Sub => a.checked_sub(b),
                    BinOpKind::Mul => a.checked_mul(b),
                    BinOpKind::FloorDiv if b != 0 => a.checked_div_euclid(b),
                    BinOpKind::Rem if b != 0 => a.checked_rem_euclid(b),
                    BinOpKind::FloorDiv | BinOpKind::Rem => return Err("a division by zero".into()),
                    BinOpKind::Pow => u32::try_from(b).ok().and_then(|b| a.checked_pow(b)),
                    _ => None,
                };
                return whole.map(Value::from).ok_or_else(|| "the number is too large".to_owned());
            }
            let (a, b) = (a.as_f64().unwrap_or(f64::NAN), b.as_f64().unwrap_or(f64::NAN));
            let result = match kind {
                BinOpKind::Add => a + b,
                BinOpKind::Sub => a - b,
                BinOpKind::Mul => a * b,
                BinOpKind::Div | BinOpKind::FloorDiv | BinOpKind::Rem if b == 0.0 => return Err("a division by zero".into()),
                BinOpKind::Div => a / b,
                BinOpKind::FloorDiv => (a / b).floor(),
                BinOpKind::Rem => a.rem_euclid(b),
                _ => a.powf(b),
            };
            Number::from_f64(result).map(Value::Number).ok_or_else(|| "the result is not a number".to_owned())
        }
        (_, a, b) => Err(format!("{} and {} cannot be calculated with", describe(a), describe(b))),
    }
}
