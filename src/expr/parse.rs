//! Source text to syntax tree, with bounds.

use std::fmt;
use std::ops::Range;

use minijinja::machinery::ast::{CallArg, Expr};
use minijinja::machinery::{parse_expr, tokenize};
use serde_json::Value;

/// Longest expression, in bytes. Longer ones belong into a program.
const MAX_LENGTH: usize = 1_000;
/// Deepest nesting of an expression; bounds every recursion over it.
const MAX_DEPTH: usize = 100;

/// Why an expression gave no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExprError {
    /// Its kind.
    pub kind: ErrorKind,
    /// One sentence without a full stop; names what is wrong.
    pub message: String,
    /// The bytes of the expression that it is about.
    pub span: Range<usize>,
    /// The path that was read, `["steps", "declare", "answers"]`, where a value was not there.
    pub path: Vec<String>,
}

/// Kinds of [`ExprError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// It cannot be read.
    Syntax,
    /// A name is not there.
    Undefined,
    /// A value is there and is null: not known.
    Unknown,
    /// Values that do not go together, a division by zero, a wrong argument.
    Value,
}

impl ExprError {
    pub(super) fn new(kind: ErrorKind, span: Range<usize>, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), span, path: Vec::new() }
    }
}

impl fmt::Display for ExprError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ExprError {}

/// Reads an expression.
pub(super) fn parse(source: &str) -> Result<Expr<'_>, ExprError> {
    let whole = 0..source.len();
    let syntax = |message: String| ExprError::new(ErrorKind::Syntax, whole.clone(), message);
    if source.len() > MAX_LENGTH {
        return Err(syntax(format!("the expression is longer than {MAX_LENGTH} characters")));
    }
    if source.trim().is_empty() {
        return Err(syntax("the expression is empty".into()));
    }
    readable(source)?;
    let expr = parse_expr(source).map_err(|error| {
        let detail = error.detail().unwrap_or("it is not an expression");
        let hint = match () {
            () if has_lone_assign(source) => " (to compare, write `==`)",
            () => &slips(source),
        };
        syntax(format!("the expression cannot be read: {detail}{hint}"))
    })?;
    if depth(&expr) > MAX_DEPTH {
        return Err(syntax(format!("the expression is nested more than {MAX_DEPTH} levels deep")));
    }
    Ok(expr)
}

/// Whether every character belongs to something. The parser takes an unknown one for the end where the expression could end there:
/// of `a == 1 && b == 2` it would read the first half, and a guard would be half a guard.
fn readable(source: &str) -> Result<(), ExprError> {
    let mut end = 0;
    for token in tokenize(source, true, Default::default()) {
        match token {
            Ok((_, span)) => end = span.end_offset as usize,
            Err(error) => {
                let rest = source.get(end..).unwrap_or_default();
                let start = source.len() - rest.trim_start().len();
                let length =
                    if rest.trim_start().starts_with("&&") { 2 } else { rest.trim_start().chars().next().map_or(0, char::len_utf8) };
                let hint = slips(source);
                let detail = error.detail().unwrap_or("it is not an expression");
                return Err(ExprError::new(
                    ErrorKind::Syntax,
                    start..start + length,
                    format!("the expression cannot be read: {detail}{hint}"),
                ));
            }
        }
    }
    Ok(())
}

/// What other languages write, all of it at once: to mend one is not to look again for the next.
fn slips(source: &str) -> String {
    let mut bare = String::new();
    let mut quote = None;
    for letter in source.chars() {
        match quote {
            Some(open) if open == letter => quote = None,
            Some(_) => {}
            None if matches!(letter, '"' | '\'') => quote = Some(letter),
            None => bare.push(letter),
        }
    }
    let not = bare.match_indices('!').any(|(at, _)| !bare[at + 1..].starts_with('='));
    let found = [
        (not, "`not`"),
        (bare.contains("&&"), "`and`"),
        (bare.contains("||"), "`or`"),
        (bare.contains('?'), "`a if c else b`"),
        (bare.contains(" contains "), "`part in x`"),
        (bare.contains(" matches ") || bare.contains("=~"), "`is startingwith`, there are no patterns"),
    ];
    let write: Vec<&str> = found.into_iter().filter_map(|(is, write)| is.then_some(write)).collect();
    if write.is_empty() { String::new() } else { format!(" (write {})", write.join(", ")) }
}

fn has_lone_assign(source: &str) -> bool {
    let bytes = source.as_bytes();
    bytes.iter().enumerate().any(|(at, byte)| {
        let before = at.checked_sub(1).map_or(b' ', |at| bytes[at]);
        *byte == b'=' && !matches!(before, b'=' | b'!' | b'<' | b'>') && bytes.get(at + 1) != Some(&b'=')
    })
}

fn depth(expr: &Expr<'_>) -> usize {
    let mut deepest = 0;
    each_child(expr, &mut |child| deepest = deepest.max(depth(child)));
    deepest + 1
}

/// Calls `visit` for the direct parts of an expression.
pub(super) fn each_child<'e, 's>(expr: &'e Expr<'s>, visit: &mut dyn FnMut(&'e Expr<'s>)) {
    match expr {
        Expr::Var(_) | Expr::Const(_) => {}
        Expr::Slice(slice) => {
            visit(&slice.expr);
            [&slice.start, &slice.stop, &slice.step].into_iter().flatten().for_each(visit);
        }
        Expr::UnaryOp(op) => visit(&op.expr),
        Expr::BinOp(op) => {
            visit(&op.left);
            visit(&op.right);
        }
        Expr::Compare(compare) => {
            visit(&compare.expr);
            compare.ops.iter().for_each(|op| visit(&op.expr));
        }
        Expr::IfExpr(choice) => {
            visit(&choice.test_expr);
            visit(&choice.true_expr);
            choice.false_expr.iter().for_each(visit);
        }
        Expr::Filter(filter) => {
            filter.expr.iter().for_each(&mut *visit);
            filter.args.iter().for_each(|arg| visit(argument(arg)));
        }
        Expr::Test(test) => {
            visit(&test.expr);
            test.args.iter().for_each(|arg| visit(argument(arg)));
        }
        Expr::GetAttr(get) => visit(&get.expr),
        Expr::GetItem(get) => {
            visit(&get.expr);
            visit(&get.subscript_expr);
        }
        Expr::Call(call) => {
            visit(&call.expr);
            call.args.iter().for_each(|arg| visit(argument(arg)));
        }
        Expr::List(list) => list.items.iter().for_each(visit),
        Expr::Tuple(tuple) => tuple.items.iter().for_each(visit),
        Expr::Map(map) => {
            map.keys.iter().for_each(&mut *visit);
            map.values.iter().for_each(visit);
        }
    }
}

/// Whether it reads anything: what does not has one value.
pub(super) fn reads(expr: &Expr<'_>) -> bool {
    let mut found = matches!(expr, Expr::Var(_));
    each_child(expr, &mut |child| found = found || reads(child));
    found
}

/// The expression of a call's argument.
pub(super) fn argument<'e, 's>(arg: &'e CallArg<'s>) -> &'e Expr<'s> {
    match arg {
        CallArg::Pos(expr) | CallArg::Kwarg(_, expr) | CallArg::PosSplat(expr) | CallArg::KwargSplat(expr) => expr,
    }
}

/// The bytes of an expression within its source. The parser's own span of `a.b.c` begins at the last dot; this begins at `a`.
pub(super) fn span_of(expr: &Expr<'_>) -> Range<usize> {
    let span = expr.span();
    let mut start = span.start_offset as usize;
    let mut at = expr;
    loop {
        at = match at {
            Expr::GetAttr(get) => &get.expr,
            Expr::GetItem(get) => &get.expr,
            Expr::BinOp(op) => &op.left,
            Expr::Compare(compare) => &compare.expr,
            Expr::Test(test) => &test.expr,
            Expr::Call(call) => &call.expr,
            Expr::Filter(filter) => match &filter.expr {
                Some(expr) => expr,
                None => break,
            },
            other => {
                start = start.min(other.span().start_offset as usize);
                break;
            }
        };
        start = start.min(at.span().start_offset as usize);
    }
    // `x not in y`, `a if b else c` and binary operators: the parser's start may lie before blanks; the leftmost name is exact.
    let leftmost = leftmost(expr);
    let start = if leftmost > start { leftmost } else { start };
    start..(span.end_offset as usize).max(start)
}

fn leftmost(expr: &Expr<'_>) -> usize {
    match expr {
        Expr::GetAttr(get) => leftmost(&get.expr),
        Expr::GetItem(get) => leftmost(&get.expr),
        Expr::BinOp(op) => leftmost(&op.left),
        Expr::Compare(compare) => leftmost(&compare.expr),
        Expr::Test(test) => leftmost(&test.expr),
        Expr::Call(call) => leftmost(&call.expr),
        Expr::Filter(filter) => filter.expr.as_ref().map_or(expr.span().start_offset as usize, leftmost),
        Expr::IfExpr(choice) => leftmost(&choice.true_expr),
        other => other.span().start_offset as usize,
    }
}

/// `["steps", "declare", "answers"]` of `steps.declare.answers` or `steps["declare"].answers`; `None` when it is not a plain path.
pub(super) fn path_of(expr: &Expr<'_>) -> Option<Vec<String>> {
    let mut path = match expr {
        Expr::Var(var) => return Some(vec![var.id.to_owned()]),
        Expr::GetAttr(get) => path_of(&get.expr)?,
        Expr::GetItem(get) => path_of(&get.expr)?,
        _ => return None,
    };
    match expr {
        Expr::GetAttr(get) => path.push(get.name.to_owned()),
        Expr::GetItem(get) => match &get.subscript_expr {
            Expr::Const(key) => path.push(key.value.to_string()),
            _ => return None,
        },
        _ => return None,
    }
    Some(path)
}

/// The value of a literal.
pub(super) fn literal(value: &minijinja::Value) -> Value {
    // Literals are none, booleans, numbers and texts: all of them are JSON. A number beyond 64 bits becomes null, and null is an error.
    serde_json::to_value(value).unwrap_or(Value::Null)
}
