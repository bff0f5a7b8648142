//! Whether a condition can hold, and whether it can fail, whatever the values turn out to be.
//!
//! A condition is assumed to be true (or false), and what that says about each thing it reads is put together; where nothing is left for
//! one of them, the assumption was impossible. What is not understood says nothing, so that no condition is called impossible which is not.

use std::ops::Range;

use indexmap::IndexMap;
use minijinja::machinery::ast::{BinOpKind, CompareOpKind, Expr, UnaryOpKind};
use serde_json::Value;

use super::check::{Finding, suggest};
use super::domain::{Domain, End, same};
use super::parse::{each_child, literal, parse, path_of, reads, span_of};
use super::template::expressions;
use super::{eval, hint};
use crate::diag::code;

/// What values a path, `["params", "env"]`, can have. `["error"]` is true where a probe could not be made.
pub type Known<'k> = &'k dyn Fn(&[String]) -> Domain;

/// Most words that a message lists.
const MOST_WORDS: usize = 12;

/// Why the condition can never hold, as a sentence; `None` when it may, or when it cannot be read.
pub fn never(source: &str, known: Known<'_>) -> Option<String> {
    let expr = parse(source).ok()?;
    let mut assume = Assume { known, conflict: None };
    let possible = !assume.truth(&expr, true).is_empty();
    (!possible).then(|| assume.conflict.unwrap_or_else(|| "the condition is false whatever happens".into()))
}

/// Whether the condition can never be false. A value that is not known can still keep it from being true.
pub fn always(source: &str, known: Known<'_>) -> bool {
    parse(source).is_ok_and(|expr| Assume { known, conflict: None }.truth(&expr, false).is_empty())
}

/// Whether all the conditions can hold at once. What cannot be read may hold.
pub fn together(sources: &[&str], known: Known<'_>) -> bool {
    let mut assume = Assume { known, conflict: None };
    let mut cases = vec![Facts::new()];
    for source in sources {
        let Ok(expr) = parse(source) else { return true };
        let more = assume.truth(&expr, true);
        cases = assume.both(&cases, &more);
    }
    !cases.is_empty()
}

/// Whether the expression reads this top-level name.
pub fn mentions(source: &str, name: &str) -> bool {
    parse(source).is_ok_and(|expr| reads_name(&expr, name))
}

/// Whether, from left to right, one of `others` is read before `name`.
pub fn reads_before(source: &str, name: &str, others: &[&str]) -> bool {
    fn first<'e>(expr: &'e Expr<'_>, name: &str, others: &[&str]) -> Option<&'e str> {
        let mut found = match expr {
            Expr::Var(var) if var.id == name || others.contains(&var.id) => Some(var.id),
            _ => None,
        };
        each_child(expr, &mut |child| found = found.or_else(|| first(child, name, others)));
        found
    }
    parse(source).is_ok_and(|expr| first(&expr, name, others).is_some_and(|read| read != name))
}

fn reads_name(expr: &Expr<'_>, name: &str) -> bool {
    let mut found = matches!(expr, Expr::Var(var) if var.id == name);
    each_child(expr, &mut |child| found = found || reads_name(child, name));
    found
}

/// Comparisons of a bare expression with a word that what is compared can never be: most of them are slips of the keyboard.
pub fn strange_words(source: &str, known: Known<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Ok(expr) = parse(source) {
        strange(&expr, known, 0, &mut findings);
    }
    findings
}

/// The same for every `${{ … }}` of a text.
pub fn strange_words_of_text(text: &str, known: Known<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (source, at) in expressions(text).unwrap_or_default() {
        if let Ok(expr) = parse(source) {
            strange(&expr, known, at.start, &mut findings);
        }
    }
    findings
}

/// What is known of each thing that was read, by its name.
type Facts = IndexMap<String, Domain>;

/// The ways in which something can be so; none when it cannot be.
type Cases = Vec<Facts>;

/// More cases than this are put together into one that is at least as large as all of them.
const MOST_CASES: usize = 8;

/// Nothing is known, and everything may be.
fn open() -> Cases {
    vec![Facts::new()]
}

struct Assume<'k> {
    known: Known<'k>,
    /// The first thing for which nothing was left, and why.
    conflict: Option<String>,
}

impl Assume<'_> {
    /// What must be so for the condition to be `wanted`; no case when it cannot be.
    fn truth(&mut self, expr: &Expr<'_>, wanted: bool) -> Cases {
        match expr {
            Expr::UnaryOp(op) if matches!(op.op, UnaryOpKind::Not) => self.truth(&op.expr, !wanted),
            Expr::BinOp(op) if matches!(op.op, BinOpKind::ScAnd | BinOpKind::ScOr) => {
                let (left, right) = (self.truth(&op.left, wanted), self.truth(&op.right, wanted));
                if matches!(op.op, BinOpKind::ScAnd) == wanted { self.both(&left, &right) } else { either(left, right) }
            }
            Expr::BinOp(op) => match comparison(op.op) {
                Some(kind) => self.compare(kind, &op.left, &op.right, wanted),
                None => self.constant(expr, wanted),
            },
            Expr::Compare(chain) => {
                let mut left = &chain.expr;
                let mut all: Option<Cases> = None;
                for op in &chain.ops {
                    let cases = self.compare(op.op, left, &op.expr, wanted);
                    left = &op.expr;
                    all = Some(match all {
                        None => cases,
                        Some(before) if wanted => self.both(&before, &cases),
                        Some(before) => either(before, cases),
                    });
                }
                all.unwrap_or_else(open)
            }
            _ => match self.term(expr) {
                Some((name, domain)) => self.fact(name, domain, Domain::OneOf(vec![Value::Bool(wanted)])),
                None => self.constant(expr, wanted),
            },
        }
    }

    /// An expression that reads nothing has one value.
    fn constant(&self, expr: &Expr<'_>, wanted: bool) -> Cases {
        match (!reads(expr)).then(|| eval::constant(expr).ok()).flatten() {
            Some(Value::Bool(holds)) if holds != wanted => Cases::new(),
            _ => open(),
        }
    }

    /// Something that is read, and what is known of it: a path, or how long what it leads to is.
    fn term(&self, expr: &Expr<'_>) -> Option<(String, Domain)> {
        if let Expr::Filter(filter) = expr
            && filter.name == "length"
            && let Some(path) = filter.expr.as_ref().and_then(path_of)
        {
            return Some((format!("{} | length", path.join(".")), Domain::between(Some(0.0), None)));
        }
        let path = path_of(expr)?;
        let domain = (self.known)(&path);
        Some((path.join("."), domain))
    }

    fn compare(&mut self, kind: CompareOpKind, left: &Expr<'_>, right: &Expr<'_>, wanted: bool) -> Cases {
        let (a, b) = (fixed(left), fixed(right));
        if let (Some(a), Some(b)) = (&a, &b) {
            return if holds(kind, a, b).is_none_or(|holds| holds == wanted) { open() } else { Cases::new() };
        }
        let (term, value, kind) = match (self.term(left), b, self.term(right), a) {
            (Some(term), Some(value), _, _) => (term, value, kind),
            (_, _, Some(term), Some(value)) => match turned(kind) {
                Some(kind) => (term, value, kind),
                None => return open(),
            },
            _ => return open(),
        };
        let (name, known) = term;
        match set(kind, &value, wanted) {
            // `error == none` asks whether the probe could be made.
            _ if value.is_null() && name == "error" => {
                let made = matches!(kind, CompareOpKind::Eq) == wanted;
                self.fact(name, known, Domain::OneOf(vec![Value::Bool(!made)]))
            }
            Some(domain) => self.fact(name, known, domain),
            None => open(),
        }
    }

    fn fact(&mut self, name: String, known: Domain, new: Domain) -> Cases {
        match known.clone().meet(new.clone()) {
            Some(domain) => vec![Facts::from_iter([(name, domain)])],
            None => {
                self.conflict.get_or_insert_with(|| format!("`{name}` is {known}, never {new}"));
                Cases::new()
            }
        }
    }

    fn both(&mut self, left: &Cases, right: &Cases) -> Cases {
        let mut cases = Cases::new();
        for one in left {
            for other in right {
                cases.extend(self.meet(one.clone(), other));
            }
        }
        few(cases)
    }

    fn meet(&mut self, mut left: Facts, right: &Facts) -> Option<Facts> {
        for (name, new) in right {
            let met = match left.get(name) {
                None => new.clone(),
                Some(old) => match old.clone().meet(new.clone()) {
                    Some(met) => met,
                    None => {
                        self.conflict.get_or_insert_with(|| format!("`{name}` would have to be {old} and {new} at once"));
                        return None;
                    }
                },
            };
            left.insert(name.clone(), met);
        }
        Some(left)
    }
}

fn either(mut left: Cases, right: Cases) -> Cases {
    left.extend(right);
    few(left)
}

fn few(cases: Cases) -> Cases {
    if cases.len() <= MOST_CASES {
        return cases;
    }
    let join = |left: Facts, mut right: Facts| {
        let shared = left.into_iter().filter_map(|(name, domain)| {
            let other = right.swap_remove(&name)?;
            Some((name, domain.join(other)))
        });
        shared.collect()
    };
    cases.into_iter().reduce(join).into_iter().collect()
}

/// The values for which a comparison with `value` comes out as `wanted`; `None` when that says nothing.
fn set(kind: CompareOpKind, value: &Value, wanted: bool) -> Option<Domain> {
    let range = |low: f64, high: f64, closed: bool| Some(Domain::Range(End { at: low, closed }, End { at: high, closed }));
    let infinite = f64::INFINITY;
    Some(match (kind, wanted) {
        (CompareOpKind::Eq | CompareOpKind::Ne, _) if value.is_null() || value.is_array() || value.is_object() => return None,
        (CompareOpKind::Eq, true) | (CompareOpKind::Ne, false) => Domain::OneOf(vec![value.clone()]),
        (CompareOpKind::Eq, false) | (CompareOpKind::Ne, true) => Domain::NoneOf(vec![value.clone()]),
        (CompareOpKind::In, true) | (CompareOpKind::NotIn, false) => Domain::OneOf(value.as_array()?.clone()),
        (CompareOpKind::In, false) | (CompareOpKind::NotIn, true) => Domain::NoneOf(value.as_array()?.clone()),
        (CompareOpKind::Lt, true) | (CompareOpKind::Gte, false) => return range(-infinite, value.as_f64()?, false),
        (CompareOpKind::Lte, true) | (CompareOpKind::Gt, false) => return range(-infinite, value.as_f64()?, true),
        (CompareOpKind::Gt, true) | (CompareOpKind::Lte, false) => return range(value.as_f64()?, infinite, false),
        (CompareOpKind::Gte, true) | (CompareOpKind::Lt, false) => return range(value.as_f64()?, infinite, true),
    })
}

/// Whether a comparison of two constants holds, where that is plain.
fn holds(kind: CompareOpKind, a: &Value, b: &Value) -> Option<bool> {
    Some(match kind {
        CompareOpKind::Eq => same(a, b),
        CompareOpKind::Ne => !same(a, b),
        CompareOpKind::In => b.as_array()?.iter().any(|item| same(a, item)),
        CompareOpKind::NotIn => !b.as_array()?.iter().any(|item| same(a, item)),
        CompareOpKind::Lt => a.as_f64()? < b.as_f64()?,
        CompareOpKind::Lte => a.as_f64()? <= b.as_f64()?,
        CompareOpKind::Gt => a.as_f64()? > b.as_f64()?,
        CompareOpKind::Gte => a.as_f64()? >= b.as_f64()?,
    })
}

fn comparison(kind: BinOpKind) -> Option<CompareOpKind> {
    Some(match kind {
        BinOpKind::Eq => CompareOpKind::Eq,
        BinOpKind::Ne => CompareOpKind::Ne,
        BinOpKind::In => CompareOpKind::In,
        BinOpKind::Lt => CompareOpKind::Lt,
        BinOpKind::Lte => CompareOpKind::Lte,
        BinOpKind::Gt => CompareOpKind::Gt,
        BinOpKind::Gte => CompareOpKind::Gte,
        _ => return None,
    })
}

/// The comparison with its sides exchanged; what a text or a list is in has no other side.
fn turned(kind: CompareOpKind) -> Option<CompareOpKind> {
    Some(match kind {
        CompareOpKind::Lt => CompareOpKind::Gt,
        CompareOpKind::Lte => CompareOpKind::Gte,
        CompareOpKind::Gt => CompareOpKind::Lt,
        CompareOpKind::Gte => CompareOpKind::Lte,
        CompareOpKind::Eq | CompareOpKind::Ne => kind,
        CompareOpKind::In | CompareOpKind::NotIn => return None,
    })
}

/// The value of something that is written out: a literal, or a list of literals.
fn fixed(expr: &Expr<'_>) -> Option<Value> {
    match expr {
        Expr::Const(constant) => Some(literal(&constant.value)),
        _ if !reads(expr) => eval::constant(expr).ok(),
        _ => None,
    }
}

fn strange(expr: &Expr<'_>, known: Known<'_>, shift: usize, findings: &mut Vec<Finding>) {
    let mut pair = |kind: CompareOpKind, left: &Expr<'_>, right: &Expr<'_>| {
        let (path, word) = match (path_of(left), path_of(right)) {
            (Some(path), None) => (path, right),
            (None, Some(path)) if !matches!(kind, CompareOpKind::In | CompareOpKind::NotIn) => (path, left),
            _ => return,
        };
        let Domain::OneOf(values) = known(&path) else { return };
        let words: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
        if words.is_empty() || words.len() != values.len() {
            return;
        }
        let items: Vec<&Expr<'_>> = match word {
            Expr::List(list) if matches!(kind, CompareOpKind::In | CompareOpKind::NotIn) => list.items.iter().collect(),
            Expr::Const(_) if matches!(kind, CompareOpKind::Eq | CompareOpKind::Ne) => vec![word],
            _ => return,
        };
        for item in items {
            let Some(Value::String(text)) = fixed(item) else { continue };
            if words.contains(&text.as_str()) {
                continue;
            }
            let span = moved(span_of(item), shift);
            let message = format!("`{}` is never \"{text}\"", path.join("."));
            let meant = hint::of_word(&text, &words).map(|word| format!("write `{word}`"));
            let help = meant.or_else(|| suggest(&text, &words)).unwrap_or_else(|| {
                let more = if words.len() > MOST_WORDS { " …" } else { "" };
                format!("it is one of {}{more}", words[..words.len().min(MOST_WORDS)].join(", "))
            });
            findings.push(Finding { code: code::WORD_NOT_THERE, message, span, help: Some(help) });
        }
    };
    match expr {
        Expr::BinOp(op) => {
            if let Some(kind) = comparison(op.op) {
                pair(kind, &op.left, &op.right);
            }
        }
        Expr::Compare(chain) => {
            let mut left = &chain.expr;
            for op in &chain.ops {
                pair(op.op, left, &op.expr);
                left = &op.expr;
            }
        }
        _ => {}
    }
    each_child(expr, &mut |child| strange(child, known, shift, findings));
}

fn moved(span: Range<usize>, by: usize) -> Range<usize> {
    span.start + by..span.end + by
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(path: &[String]) -> Domain {
        match path.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["params", "env"] => Domain::words(["prod", "staging"]),
            ["params", "n"] => Domain::between(Some(3.0), Some(40.0)),
            ["params", "go"] | ["error"] => Domain::truth(),
            ["steps", "triage", "choice"] => Domain::words(["nodes", "region"]),
            ["status"] => Domain::between(Some(100.0), Some(599.0)),
            _ => Domain::Any,
        }
    }

    #[test]
    fn what_cannot_hold_is_found_with_the_reason() {
        let reason = |source: &str| never(source, &known).unwrap_or_else(|| panic!("{source} may hold"));
        assert_eq!(reason("false"), "the condition is false whatever happens");
        assert_eq!(reason("1 + 1 == 3"), "the condition is false whatever happens");
        assert_eq!(reason("params.x == 'a' and params.x == 'b'"), "`params.x` would have to be \"a\" and \"b\" at once");
        assert_eq!(reason("params.n > 40"), "`params.n` is at least 3 and at most 40, never more than 40");
        assert_eq!(reason("40 < params.n"), "`params.n` is at least 3 and at most 40, never more than 40");
        for source in [
            "params.env == 'prd'",
            "params.env not in ['prod', 'staging']",
            "params.env != 'prod' and params.env != 'staging'",
            "params.n < 10 and params.n > 20",
            "5 < params.y < 3",
            "params.go and not params.go",
            "not (params.go or not params.go)",
            "params.env == 'prod' and (params.env == 'staging' or false)",
            "params.x == 3 and params.x != 3.0",
            "steps.triage.choice == 'regions'",
            "params.list | length < 0",
            "params.n == -1",
            "params.x == 1 and params.x > 1",
        ] {
            reason(source);
        }
    }

    #[test]
    fn what_may_hold_is_left_alone() {
        for source in [
            "params.env == 'prod'",
            "params.env != 'prod' or params.env == 'prod'",
            "params.x == 'a' or params.x == 'b'",
            "params.n >= 40",
            "params.n > 39 and params.n < 41",
            "params.x == params.y and params.x != params.y",
            "(params.x | lower) == 'a' and params.x == 'B'",
            "params.x > 1 and params.x < 2",
            "params.x in 'abc' and params.x == 'b'",
            "'a' in params.x and 'b' in params.x",
            "params.x == none and params.x == 1",
            "params.x[0] == 1 and params.x[1] == 2",
            "not an expression ((",
            "(params.a == 1 or params.b == 1) and (params.c == 1 or params.d == 1) and (params.e == 1 or params.f == 1) and (params.g == 1 or params.h == 1) and (params.i == 1 or params.j == 1)",
            "(1 if params.go else 2) == 3",
        ] {
            assert_eq!(never(source, &known), None, "{source}");
        }
    }

    #[test]
    fn what_cannot_fail_is_found() {
        for source in [
            "true",
            "status >= 100",
            "status < 500 or status >= 500",
            "params.env == 'prod' or params.env == 'staging'",
            "x != 1 or x != 2",
            "error or not error",
            "error == none or error != none",
            "values | length >= 0",
        ] {
            assert!(always(source, &known), "{source}");
        }
        for source in ["status >= 200", "error or status >= 500", "x == x", "params.go", "status < 500 or status > 500", "error == none"] {
            assert!(!always(source, &known), "{source}");
        }
    }

    #[test]
    fn conditions_are_held_against_each_other() {
        assert!(together(&["status < 400", "error or status == 200"], &known));
        assert!(!together(&["status < 400", "error or status >= 500", "not error"], &known));
        assert!(together(&["error", "error or status >= 500"], &known));
        assert!(!together(&["error", "not error and status == 200"], &known));
    }

    #[test]
    fn words_that_are_not_there_are_named() {
        let of = |source: &str| {
            strange_words(source, &known).into_iter().map(|found| (found.message, found.help.unwrap_or_default())).collect::<Vec<_>>()
        };
        assert_eq!(of("params.env == 'prd'"), [("`params.env` is never \"prd\"".to_owned(), "did you mean `prod`?".to_owned())]);
        assert_eq!(of("'dev' != params.env")[0].1, "it is one of prod, staging");
        assert_eq!(of("params.env in ['prod', 'tset'] and not (steps.triage.choice == 'x')").len(), 2);
        assert_eq!(of("params.env == 'prod' and params.free == 'x' and params.go == true"), []);
        let found = strange_words_of_text("go ${{ 1 if params.env == 'prd' else 2 }}", &known);
        assert_eq!(found[0].span, 26..31);
    }
}
