//! What can be said about an expression before it is evaluated: names that are not there, fields that a probe does not have,
//! values that cannot be compared.

use std::ops::Range;
use std::rc::Rc;

use minijinja::machinery::ast::{BinOpKind, CompareOpKind, Expr, UnaryOpKind};

use super::parse::{each_child, literal, parse, path_of, reads, span_of};
use super::shape::{Scope, Shape};
use super::template::{expressions, whole_expression};
use super::{eval, hint};
use crate::diag::code;

/// One thing wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Its code.
    pub code: &'static str,
    /// One sentence.
    pub message: String,
    /// The bytes of the text that it is about.
    pub span: Range<usize>,
    /// What to do.
    pub help: Option<String>,
}

/// A path that an expression reads, `["steps", "declare", "answers", "ticket"]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The path.
    pub path: Vec<String>,
    /// The bytes of the text where it stands.
    pub span: Range<usize>,
    /// Whether what stands around it may keep it from being read, or says what holds when it is not there: `| default`, `is defined`, a
    /// branch of an `if`, behind an `and` or an `or`.
    pub guarded: bool,
}

/// The result of a static check.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// What it reads.
    pub reads: Vec<Read>,
    /// What it gives.
    pub shape: Shape,
}

/// What an expression must give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// True or false.
    Condition,
    /// Any value.
    Value,
}

/// Checks a bare expression.
pub fn check(source: &str, scope: &Scope<'_>, want: Want) -> Checked {
    let mut walk = Walk { scope, findings: Vec::new(), reads: Vec::new(), guarded: false };
    let shape = match parse(source) {
        Ok(expr) => {
            let shape = if want == Want::Condition {
                walk.condition(&expr);
                Shape::Bool
            } else {
                walk.value(&expr)
            };
            // What reads nothing gives the same here as anywhere.
            if walk.findings.is_empty()
                && !reads(&expr)
                && let Err(error) = eval::constant(&expr)
            {
                walk.find(code::EXPR_FAILED, error.span, format!("the expression gives no value: {}", error.message));
            }
            shape
        }
        Err(error) => {
            walk.find(code::EXPR_SYNTAX, error.span, error.message);
            Shape::Any
        }
    };
    Checked { findings: walk.findings, reads: walk.reads, shape }
}

/// Checks every `${{ … }}` of a text. Spans count from the beginning of the text.
pub fn check_template(text: &str, scope: &Scope<'_>) -> Checked {
    let mut all = Checked { findings: Vec::new(), reads: Vec::new(), shape: Shape::Text };
    let parts = match expressions(text) {
        Ok(parts) => parts,
        Err(error) => {
            all.findings.push(Finding {
                code: code::EXPR_SYNTAX,
                message: error.message,
                span: error.span,
                help: Some("close the expression with `}}`".into()),
            });
            return all;
        }
    };
    let whole = whole_expression(text).is_some();
    for (source, at) in parts {
        let checked = check(source, scope, Want::Value);
        let shift = |span: Range<usize>| span.start + at.start..span.end + at.start;
        all.findings.extend(checked.findings.into_iter().map(|finding| Finding { span: shift(finding.span.clone()), ..finding }));
        all.reads.extend(checked.reads.into_iter().map(|read| Read { span: shift(read.span.clone()), ..read }));
        if whole {
            all.shape = checked.shape;
        } else if matches!(checked.shape, Shape::List(_) | Shape::Map(_) | Shape::Record(_)) {
            let message = format!("{} cannot stand inside of a text", checked.shape);
            let help = Some("write `| join(\", \")` behind a list".into());
            all.findings.push(Finding { code: code::EXPR_TYPE, message, span: at, help });
        }
    }
    all
}

/// What to do with times instead of adding and subtracting them.
const CALCULATE: &str = "write `x | plus(\"2h\")`, `x | minus(\"5m\")`, or `x | since(y)` for the seconds between two times";

/// Names that a message lists.
const MOST_NAMES: usize = 12;

pub(super) struct Walk<'s> {
    pub(super) scope: &'s Scope<'s>,
    findings: Vec<Finding>,
    reads: Vec<Read>,
    guarded: bool,
}

impl Walk<'_> {
    /// Looks at what is guarded when `so`.
    pub(super) fn guarded<T>(&mut self, so: bool, look: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.guarded;
        self.guarded |= so;
        let seen = look(self);
        self.guarded = before;
        seen
    }

    /// How much was found so far.
    pub(super) fn found(&self) -> usize {
        self.findings.len()
    }

    pub(super) fn find(&mut self, code: &'static str, span: Range<usize>, message: impl Into<String>) {
        self.findings.push(Finding { code, message: message.into(), span, help: None });
    }

    pub(super) fn find_with(&mut self, code: &'static str, span: Range<usize>, message: impl Into<String>, help: Option<String>) {
        self.findings.push(Finding { code, message: message.into(), span, help });
    }

    fn condition(&mut self, expr: &Expr<'_>) {
        match expr {
            Expr::BinOp(op) if matches!(op.op, BinOpKind::ScAnd | BinOpKind::ScOr) => {
                self.condition(&op.left);
                self.guarded(true, |walk| walk.condition(&op.right));
            }
            Expr::UnaryOp(op) if matches!(op.op, UnaryOpKind::Not) => self.condition(&op.expr),
            Expr::Var(var) if var.id == "error" && self.scope.fields.is_some() => {}
            _ => match self.asked(expr) {
                Shape::Any | Shape::Bool => {}
                other => {
                    let help = Some("compare it with something, such as `x == 1`".into());
                    self.find_with(code::EXPR_TYPE, span_of(expr), format!("a condition is true or false, this is {other}"), help);
                }
            },
        }
    }

    /// The value of an expression by which something is decided.
    fn asked(&mut self, expr: &Expr<'_>) -> Shape {
        self.decides_by(expr, "asked for what it is");
        self.value(expr)
    }

    pub(super) fn value(&mut self, expr: &Expr<'_>) -> Shape {
        match expr {
            Expr::Var(_) => {
                self.read(expr);
                self.variable(expr)
            }
            Expr::GetAttr(_) | Expr::GetItem(_) => {
                if path_of(expr).is_some() {
                    self.read(expr);
                }
                self.item(expr)
            }
            Expr::Const(constant) => match literal(&constant.value) {
                serde_json::Value::Null => Shape::Nothing,
                serde_json::Value::Bool(_) => Shape::Bool,
                serde_json::Value::Number(_) => Shape::Number,
                _ => Shape::Text,
            },
            Expr::UnaryOp(op) => match op.op {
                UnaryOpKind::Not => {
                    self.condition(&op.expr);
                    Shape::Bool
                }
                UnaryOpKind::Neg => {
                    self.number(&op.expr);
                    Shape::Number
                }
            },
            Expr::BinOp(op) => self.binary(expr, op.op, &op.left, &op.right),
            Expr::Compare(chain) => {
                let mut left = &chain.expr;
                for op in &chain.ops {
                    self.compare(expr, op.op, left, &op.expr);
                    left = &op.expr;
                }
                Shape::Bool
            }
            Expr::IfExpr(choice) => {
                self.condition(&choice.test_expr);
                let yes = self.guarded(true, |walk| walk.value(&choice.true_expr));
                match &choice.false_expr {
                    None => {
                        self.find(code::EXPR_TYPE, span_of(expr), "the `if` has no `else`");
                        yes
                    }
                    Some(otherwise) => {
                        let no = self.guarded(true, |walk| walk.value(otherwise));
                        if yes == no { yes } else { Shape::Any }
                    }
                }
            }
            Expr::Filter(filter) => self.filter(expr, filter),
            Expr::Test(test) => self.test(expr, test),
            Expr::List(list) => self.list(&list.items),
            Expr::Tuple(tuple) => self.list(&tuple.items),
            Expr::Map(map) => {
                map.keys.iter().for_each(|key| self.decides_by(key, "the key of a mapping"));
                each_child(expr, &mut |child| drop(self.value(child)));
                Shape::Map(Rc::new(Shape::Any))
            }
            Expr::Slice(_) => {
                self.find(code::EXPR_SYNTAX, span_of(expr), "slices are not supported");
                Shape::Any
            }
            Expr::Call(call) => self.call(expr, call),
        }
    }

    fn list(&mut self, items: &[Expr<'_>]) -> Shape {
        let shapes: Vec<Shape> = items.iter().map(|item| self.value(item)).collect();
        let same = shapes.windows(2).all(|pair| pair[0] == pair[1]);
        Shape::List(Rc::new(shapes.into_iter().next().filter(|_| same).unwrap_or(Shape::Any)))
    }

    fn number(&mut self, expr: &Expr<'_>) {
        self.decides_by(expr, "calculated with");
        let shape = self.value(expr);
        if !shape.comparable(&Shape::Number) {
            let help = (shape == Shape::Time).then(|| CALCULATE.to_owned());
            self.find_with(code::EXPR_TYPE, span_of(expr), format!("a number is wanted, this is {shape}"), help);
        }
    }

    fn binary(&mut self, whole: &Expr<'_>, kind: BinOpKind, left: &Expr<'_>, right: &Expr<'_>) -> Shape {
        let compare = match kind {
            BinOpKind::ScAnd | BinOpKind::ScOr => {
                self.condition(left);
                self.guarded(true, |walk| walk.condition(right));
                return Shape::Bool;
            }
            BinOpKind::Eq => CompareOpKind::Eq,
            BinOpKind::Ne => CompareOpKind::Ne,
            BinOpKind::In => CompareOpKind::In,
            BinOpKind::Lt | BinOpKind::Lte | BinOpKind::Gt | BinOpKind::Gte => CompareOpKind::Lt,
            BinOpKind::Concat => {
                self.value(left);
                self.value(right);
                return Shape::Text;
            }
            BinOpKind::Add => {
                let (a, b) = (self.value(left), self.value(right));
                if !a.comparable(&b) || matches!(a, Shape::Bool) || matches!(b, Shape::Bool) {
                    let help = (a == Shape::Time || b == Shape::Time).then(|| CALCULATE.to_owned());
                    self.find_with(code::EXPR_TYPE, span_of(whole), format!("{a} and {b} cannot be added"), help);
                }
                return match a {
                    Shape::Any => b,
                    Shape::Time => Shape::Text,
                    Shape::List(_) if a != b => Shape::List(Rc::new(Shape::Any)),
                    a => a,
                };
            }
            _ => {
                self.number(left);
                self.number(right);
                return Shape::Number;
            }
        };
        self.compare(whole, compare, left, right);
        Shape::Bool
    }

    fn compare(&mut self, whole: &Expr<'_>, kind: CompareOpKind, left: &Expr<'_>, right: &Expr<'_>) {
        self.decides_by(left, "compared");
        self.decides_by(right, "compared");
        let (a, b) = (self.value(left), self.value(right));
        let wrong = match kind {
            CompareOpKind::Eq | CompareOpKind::Ne => {
                let asks = matches!(a, Shape::Nothing) || matches!(b, Shape::Nothing);
                (!asks && !a.comparable(&b)).then(|| format!("{a} is never the same as {b}"))
            }
            CompareOpKind::In | CompareOpKind::NotIn => match &b {
                Shape::Text if !a.comparable(&Shape::Text) => Some(format!("{a} is never in a text")),
                Shape::Number | Shape::Bool => Some(format!("nothing is in {b}")),
                _ => None,
            },
            _ => {
                let ordered = |shape: &Shape| matches!(shape, Shape::Any | Shape::Number | Shape::Text);
                (!ordered(&a) || !ordered(&b) || !a.comparable(&b)).then(|| format!("{a} and {b} have no order"))
            }
        };
        if let Some(message) = wrong {
            // As texts, `30.5Z` comes before `30Z`.
            let times = (a == Shape::Time || b == Shape::Time).then(|| "write `x | since(y) > 0`".to_owned());
            let unquoted = || [(left, &b), (right, &a)].into_iter().find_map(|(side, other)| unquoted(side, other));
            let mixed = || {
                let text = matches!((&a, &b), (Shape::Text, Shape::Number) | (Shape::Number, Shape::Text));
                text.then(|| "`| int` makes a number of a text: `x | int`".to_owned())
            };
            let help = unquoted().or(times).or_else(mixed);
            self.find_with(code::EXPR_TYPE, span_of(whole), message, help);
        }
    }

    fn read(&mut self, expr: &Expr<'_>) {
        if let Some(path) = path_of(expr) {
            self.reads.push(Read { path, span: span_of(expr), guarded: self.guarded });
        }
    }

    fn variable(&mut self, expr: &Expr<'_>) -> Shape {
        let Expr::Var(var) = expr else { return Shape::Any };
        if let Some(fields) = self.scope.fields {
            if var.id == "error" {
                return Shape::Any;
            }
            if let Some(field) = fields.iter().find(|field| field.name == var.id) {
                return Shape::of(&field.ty);
            }
        }
        if let Some(shape) = self.scope.names.get(var.id) {
            return shape.clone();
        }
        if let Some((_, reason)) = self.scope.elsewhere.iter().find(|(name, _)| *name == var.id) {
            self.find(code::EXPR_NOT_HERE, span_of(expr), format!("`{}` cannot be used here: {reason}", var.id));
            return Shape::Any;
        }
        let fields = self.scope.fields.unwrap_or(&[]).iter().map(|field| field.name);
        let names: Vec<&str> = fields.chain(self.scope.fields.map(|_| "error")).chain(self.scope.names.keys().copied()).collect();
        let what = if self.scope.fields.is_some() { "the probe has no field" } else { "there is no" };
        let help = hint::of_name(var.id).or_else(|| suggest(var.id, &names)).unwrap_or_else(|| format!("in scope: {}", names.join(", ")));
        let help = Some(help);
        let code = if self.scope.fields.is_some() { code::EXPR_UNKNOWN_FIELD } else { code::EXPR_UNKNOWN_NAME };
        self.find_with(code, span_of(expr), format!("{what} `{}`", var.id), help);
        Shape::Any
    }

    fn item(&mut self, expr: &Expr<'_>) -> Shape {
        let (base, key) = match expr {
            Expr::GetAttr(get) => (self.base(&get.expr), Some(get.name.to_owned())),
            Expr::GetItem(get) => {
                let base = self.base(&get.expr);
                let key = match &get.subscript_expr {
                    Expr::Const(key) => Some(key.value.to_string()),
                    other => {
                        // Which part it reads is not known: any of them may be.
                        self.read(&get.expr);
                        self.decides_by(other, "used to choose a part");
                        self.value(other);
                        None
                    }
                };
                (base, key)
            }
            _ => return Shape::Any,
        };
        match (base, key) {
            (Shape::Any, _) | (Shape::Record(_), None) => Shape::Any,
            (Shape::Map(value), _) => (*value).clone(),
            (Shape::List(item), key) => {
                if key.as_deref().is_some_and(|key| key.parse::<i64>().is_err()) {
                    self.find(code::EXPR_TYPE, span_of(expr), "the items of a list have numbers, not names");
                    return Shape::Any;
                }
                (*item).clone()
            }
            (Shape::Record(fields), Some(key)) => match fields.get(&key) {
                Some(shape) => shape.clone(),
                None => {
                    self.missing(expr, &key, &fields);
                    Shape::Any
                }
            },
            (other, _) => {
                let whole = match expr {
                    Expr::GetAttr(get) => path_of(&get.expr),
                    Expr::GetItem(get) => path_of(&get.expr),
                    _ => None,
                };
                let help = whole.map(|path| format!("`{}` is the value itself", path.join(".")));
                self.find_with(code::EXPR_TYPE, span_of(expr), format!("{other} has no parts"), help);
                Shape::Any
            }
        }
    }

    fn base(&mut self, expr: &Expr<'_>) -> Shape {
        match expr {
            Expr::Var(_) => self.variable(expr),
            Expr::GetAttr(_) | Expr::GetItem(_) => self.item(expr),
            other => self.value(other),
        }
    }

    fn missing(&mut self, expr: &Expr<'_>, key: &str, fields: &indexmap::IndexMap<String, Shape>) {
        let path = path_of(expr).unwrap_or_default();
        let none = indexmap::IndexMap::new();
        let fields = if self.scope.brief { &none } else { fields };
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let names: Vec<&str> = fields.keys().map(String::as_str).collect();
        let (code, message) = match path.as_slice() {
            ["params", _] => (code::EXPR_UNKNOWN_PARAM, format!("there is no parameter `{key}`")),
            ["steps", _] => (code::EXPR_UNKNOWN_STEP, format!("there is no step `{key}`")),
            ["targets", _] => (code::EXPR_UNKNOWN_FIELD, format!("there is no target `{key}`")),
            ["steps", step, "outputs", _] => (code::EXPR_UNKNOWN_FIELD, format!("step `{step}` has no output `{key}`")),
            ["steps", step, "answers", _] => (code::EXPR_UNKNOWN_FIELD, format!("step `{step}` does not ask for `{key}`")),
            ["steps", step, _] => (code::EXPR_UNKNOWN_FIELD, format!("step `{step}` has no `{key}`")),
            _ => (code::EXPR_UNKNOWN_FIELD, format!("there is no `{}`", path.join("."))),
        };
        let more = if names.len() > MOST_NAMES { format!(", … ({} in all)", names.len()) } else { String::new() };
        let list = || match names.as_slice() {
            [] => "there are none".to_owned(),
            names => format!("there is: {}{more}", names[..names.len().min(MOST_NAMES)].join(", ")),
        };
        let deeper = || {
            let within = |part: &&&str| matches!(fields.get(**part), Some(Shape::Record(parts)) if parts.contains_key(key));
            let part = ["outputs", "answers"].iter().find(within)?;
            let (_, before) = path.split_last()?;
            Some(format!("did you mean `{}.{part}.{key}`?", before.join(".")))
        };
        let help = deeper().or_else(|| suggest(key, &names)).unwrap_or_else(list);
        self.find_with(code, span_of(expr), message, Some(help));
    }
}

/// What to write instead of a text that was meant as a number or as true or false.
fn unquoted(side: &Expr<'_>, other: &Shape) -> Option<String> {
    let Expr::Const(constant) = side else { return None };
    let serde_json::Value::String(text) = literal(&constant.value) else { return None };
    if *other == Shape::Number
        && let Ok(seconds) = crate::runbook::parse_duration(&text)
    {
        return Some(format!("a duration is a number of seconds here: write `{seconds}` or `(\"{text}\" | seconds)`"));
    }
    let meant = match other {
        Shape::Number => text.parse::<f64>().is_ok(),
        Shape::Bool if matches!(text.as_str(), "yes" | "no" | "on" | "off") => {
            return Some("it is true or false by itself: write `x`, or `not x`".to_owned());
        }
        Shape::Bool => matches!(text.as_str(), "true" | "false"),
        _ => false,
    };
    meant.then(|| format!("write `{text}` without quotes"))
}

/// `did you mean …?`, when a name is close enough to be meant.
pub(crate) fn suggest(wrong: &str, known: &[&str]) -> Option<String> {
    crate::diag::closest(wrong, known.iter().copied()).map(|name| format!("did you mean `{name}`?"))
}
