//! Values of a `with` that must fit to each other.

use crate::diag::{Diagnostic, Span, code};
use crate::expr;
use crate::runbook::dns_name::{in_zone, plain_name, zone_id};
use crate::runbook::node::{Kind, Node};
use crate::runbook::spec::{ParamSpec, Relation};
use crate::runbook::yaml::show;

/// The mapping that a key stands in, with all of the `with` around it.
pub(super) struct Around<'a> {
    /// All of it.
    pub(super) root: &'a Node,
    /// The mapping itself.
    pub(super) node: &'a Node,
    /// What the mapping takes.
    pub(super) specs: &'a [ParamSpec],
    /// What it is called.
    pub(super) what: &'a str,
    /// Where something missing is reported.
    pub(super) place: &'a Span,
}

impl Around<'_> {
    /// What stands against the relation of `spec`'s value, as far as it is known.
    pub(super) fn finding(&self, spec: &ParamSpec, relation: Relation) -> Option<Diagnostic> {
        let value = self.node.get(spec.name);
        let (name, what) = (spec.name, self.what);
        match relation {
            Relation::InZone(zone) => {
                let (value, zone) = (value?, known(self.root.get(zone)?)?);
                let record = known(value)?;
                if zone.trim().is_empty() || zone_id(zone).is_some() || in_zone(record, zone) {
                    return None;
                }
                let message = format!("{} is not in the zone {}", show(record), show(zone));
                let help = if record.contains('.') {
                    "name the zone that holds it".to_owned()
                } else {
                    format!("write the whole name: `{}.{}`", show(record), show(&plain_name(zone)))
                };
                Some(Diagnostic::error(code::WITH_VALUE, value.span.clone(), message).help(help))
            }
            Relation::Instead(other) => match (value, self.node.get(other)) {
                (Some(value), Some(_)) => {
                    // Said once, at the later of the two.
                    (self.at(name) > self.at(other)).then(|| {
                        let message = format!("{what} takes `{other}` or `{name}`, not both");
                        Diagnostic::error(code::WITH_VALUE, value.span.clone(), message).help("leave one of them out")
                    })
                }
                (None, None) if self.at(name) < self.at(other) => {
                    let message = format!("{what} needs `{name}` or `{other}`");
                    let finding = Diagnostic::error(code::WITH_MISSING_KEY, self.place.clone(), message);
                    Some(finding.help(format!("{name}: {}", spec.doc)))
                }
                _ => None,
            },
            Relation::OrInEach(list) => {
                if value.is_some() {
                    return None;
                }
                let place = match self.root.get(list).map(|node| (&node.kind, &node.span)) {
                    Some((Kind::List(items), _)) => &items.iter().find(|item| item.get(name).is_none())?.span,
                    Some((Kind::Text(text), _)) if expr::has_expression(text) => return None,
                    Some((_, span)) => span,
                    None => self.place,
                };
                let finding = Diagnostic::error(code::WITH_MISSING_KEY, place.clone(), format!("{what} needs `{name}`"));
                Some(finding.help(format!("{name}: {}", spec.doc)))
            }
            Relation::NotEmpty => {
                let value = value?;
                let empty = match &value.kind {
                    Kind::Map(entries) => entries.is_empty(),
                    Kind::List(items) => items.is_empty(),
                    _ => false,
                };
                let message = format!("`{name}` of {what} is empty");
                empty.then(|| Diagnostic::error(code::WITH_VALUE, value.span.clone(), message).help(format!("{name}: {}", spec.doc)))
            }
        }
    }

    /// The place of a key among those that the mapping takes.
    fn at(&self, name: &str) -> Option<usize> {
        self.specs.iter().position(|spec| spec.name == name)
    }
}

/// A text without expressions.
fn known(node: &Node) -> Option<&str> {
    node.as_text().filter(|text| !expr::has_expression(text))
}
