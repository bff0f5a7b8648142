//! The list of a `for_each`.

use std::rc::Rc;

use super::run::Cx;
use crate::diag::{Diagnostic, code};
use crate::expr::{self, Shape};
use crate::runbook::items;
use crate::runbook::node::{Kind, Node};

/// What an item counts of what a plan may be, in bytes: there is a step for each.
const ITEM: usize = 128;

/// Checks the list, and gives the shape of its items.
pub(super) fn check(cx: &mut Cx<'_>, node: &Node) -> Shape {
    let before = cx.diagnostics.len();
    let shape = match &node.kind {
        Kind::Text(text) => {
            let (_, shape) = cx.expressions.list(cx.source, text, &node.span, &mut cx.diagnostics);
            match shape {
                Shape::List(item) if expr::whole_expression(text).is_some() => (*item).clone(),
                Shape::Any if expr::whole_expression(text).is_some() => Shape::Any,
                other => {
                    let given = if expr::has_expression(text) { format!("the expression gives {other}") } else { "this is a text".into() };
                    let finding = Diagnostic::error(code::BAD_ITEMS, node.span.clone(), format!("`for_each` takes a list, and {given}"));
                    cx.push(finding.help("write a list, `[api, web]`, or one expression that gives one: `${{ params.services }}`"));
                    return Shape::Any;
                }
            }
        }
        Kind::List(list) => {
            node.each_text(&mut |text, span| drop(cx.expressions.list(cx.source, text, span, &mut cx.diagnostics)));
            list.iter().map(of).reduce(|a, b| if a == b { a } else { Shape::Any }).unwrap_or(Shape::Any)
        }
        _ => Shape::Any,
    };
    // What fails with the defaults is seen again with the real values when the plan is made, unless it is the list itself that is wrong.
    let depends = matches!(&node.kind, Kind::Text(_));
    if cx.diagnostics.len() > before || cx.is_full() {
        return shape;
    }
    match items(node, cx.defaults) {
        Ok(items) => cx.count(items.len() * ITEM, &node.span),
        Err((_, message)) if depends && message.starts_with("the expression gives no value") => {}
        Err((span, message)) => cx.push(Diagnostic::error(code::BAD_ITEMS, span, message)),
    }
    shape
}

fn of(node: &Node) -> Shape {
    match &node.kind {
        Kind::Text(text) if expr::has_expression(text) => Shape::Any,
        Kind::Text(_) => Shape::Text,
        Kind::Number(..) => Shape::Number,
        Kind::Bool(..) => Shape::Bool,
        Kind::Map(entries) => Shape::record(entries.iter().map(|entry| (entry.key.value.clone(), of(&entry.value)))),
        Kind::List(items) => Shape::List(Rc::new(items.first().map_or(Shape::Any, of))),
        Kind::Null => Shape::Any,
    }
}
