//! What an expression may do with a secret: put it into its place, and nothing else.
//!
//! A step is shown, confirmed and recorded with the names of secrets where the secrets stand. An expression that asks what a secret is, or
//! makes something else of it, would give one thing where the name stands and another where the secret does.

use minijinja::machinery::ast::{BinOpKind, Expr, Filter};

use super::check::Walk;
use super::filter::{self, DEFAULT};
use super::parse::{argument, path_of, span_of};
use crate::diag::code;

/// Filters that leave a secret as it is, or in a form that is known and hidden.
const PLACING: [&str; 4] = [DEFAULT, "string", "to_json", "join"];

const HELP: &str = "put it into its place as it is, alone or with `~`; what is decided is decided by a parameter that is no secret";

impl Walk<'_> {
    /// Whether a secret is in what the expression gives. What was found wrong with it already counts as none.
    fn holds_secret(&self, expr: &Expr<'_>) -> bool {
        if let Some(path) = path_of(expr) {
            return self.is_secret(&path);
        }
        match expr {
            Expr::GetAttr(get) => self.holds_secret(&get.expr),
            Expr::GetItem(get) => self.holds_secret(&get.expr),
            Expr::BinOp(op) => {
                matches!(op.op, BinOpKind::Concat | BinOpKind::Add) && (self.holds_secret(&op.left) || self.holds_secret(&op.right))
            }
            Expr::IfExpr(choice) => {
                self.holds_secret(&choice.true_expr) || choice.false_expr.as_ref().is_some_and(|otherwise| self.holds_secret(otherwise))
            }
            Expr::Filter(filter) => {
                PLACING.contains(&filter.name)
                    && (filter.expr.as_ref().is_some_and(|of| self.holds_secret(of))
                        || filter.args.iter().any(|arg| self.holds_secret(argument(arg))))
            }
            Expr::List(list) => list.items.iter().any(|item| self.holds_secret(item)),
            Expr::Tuple(tuple) => tuple.items.iter().any(|item| self.holds_secret(item)),
            Expr::Map(map) => map.values.iter().any(|value| self.holds_secret(value)),
            _ => false,
        }
    }

    /// A path to a secret, or to what some secrets are in. Where none can be read, that is what is wrong, and is said.
    fn is_secret(&self, path: &[String]) -> bool {
        if !self.scope.names.contains_key("secrets") {
            return false;
        }
        match path {
            [first, name, ..] if first == "params" => self.scope.secret_params.contains(&name.as_str()),
            [first] if first == "params" => !self.scope.secret_params.is_empty(),
            [first, ..] => first == "secrets",
            [] => false,
        }
    }

    /// Something is decided by the value of `expr`, or made of it: `what` says how, as the end of "a secret is …".
    pub(super) fn decides_by(&mut self, expr: &Expr<'_>, what: &str) {
        if self.holds_secret(expr) {
            let message =
                format!("a secret is {what}: what is shown and confirmed with its name in its place would not be what is executed");
            self.find_with(code::EXPR_ARGUMENTS, span_of(expr), message, Some(HELP.to_owned()));
        }
    }

    /// A filter makes something else of what stands before it and of its arguments.
    pub(super) fn filters_secret(&mut self, whole: &Expr<'_>, call: &Filter<'_>) {
        let Some(spec) = filter::find(call.name).filter(|spec| !PLACING.contains(&spec.name)) else { return };
        let parts = call.expr.iter().chain(call.args.iter().map(argument));
        if parts.into_iter().any(|part| self.holds_secret(part)) {
            let message = format!("a secret is used as it is: nobody would recognise what `{}` makes of it, and hide it", spec.name);
            let help = "store what is to be used; `~` puts a secret into a text".to_owned();
            self.find_with(code::EXPR_ARGUMENTS, span_of(whole), message, Some(help));
        }
    }
}
