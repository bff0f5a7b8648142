//! A runbook against the world that it names: what a drill would look for there in vain.

use std::path::Path;

use serde_json::Value;

use crate::diag::{Diagnostic, Source, Span, code};
use crate::runbook::{self, CheckDoc, Kind, Node, Runbook, Spanned, StepDoc};
use crate::world::sim::{Definition, Wanted};

/// What the world of a runbook lacks. Nothing where there is no world, or none that can be read: that is said elsewhere.
pub(super) fn lacking(source: &Source, book: &Runbook) -> Vec<Diagnostic> {
    let Some(named) = &book.world else { return Vec::new() };
    let path = source.path.parent().unwrap_or(Path::new("")).join(&named.value);
    let Ok(text) = runbook::read_source(&path) else { return Vec::new() };
    let Ok(world) = Definition::parse(&path, &text.text) else { return Vec::new() };
    let mut search = Search { book, world, scope: runbook::default_scope(book), found: Vec::new() };
    search.targets();
    for check in &book.preconditions {
        search.check(check, &[]);
    }
    for step in &book.steps {
        search.step(step, None);
        if let Some(back) = &step.rollback {
            search.step(back, Some(step));
        }
    }
    search.found
}

struct Search<'a> {
    book: &'a Runbook,
    world: Definition,
    scope: Value,
    found: Vec<Diagnostic>,
}

impl Search<'_> {
    fn want(&mut self, wanted: Wanted<'_>, span: &Span) {
        if let Some((what, help)) = self.world.lacks(wanted) {
            let message = format!("the world `{}` {what}", self.world.name());
            self.found.push(Diagnostic::warning(code::NOT_IN_WORLD, span.clone(), message).help(help));
        }
    }

    fn targets(&mut self) {
        for target in self.book.targets.values() {
            let known = |name: &str| self.scope["targets"][target.id.value.as_str()][name].as_str().map(str::to_owned);
            let (region, account) = (known("region"), known("account"));
            if let Some(region) = region {
                self.want(Wanted::Region(&region), &target.region.span);
            }
            // What a role is assumed in is its own account, and the world has one alone.
            if let (Some(account), Some(written), None) = (account, &target.account, &target.role) {
                self.want(Wanted::Account(&account), &written.span);
            }
        }
    }

    fn step(&mut self, step: &StepDoc, parent: Option<&StepDoc>) {
        let targets = [step.target.as_ref(), parent.and_then(|parent| parent.target.as_ref())];
        if step.action.value == "command" {
            self.program(&step.with);
        } else {
            self.names(&step.with, &targets);
        }
        for check in step.preconditions.iter().chain(&step.verify) {
            self.check(check, &targets);
        }
    }

    fn check(&mut self, check: &CheckDoc, of_step: &[Option<&Spanned<String>>]) {
        let targets: Vec<_> = [check.target.as_ref()].into_iter().chain(of_step.iter().copied()).collect();
        // What is expected to fail may well not be there.
        if check.expect.value.contains("error") {
            return;
        }
        match check.probe.value.as_str() {
            "http" => {
                let Some((url, span)) = self.text(&check.with, "url") else { return };
                let host = url.split("://").nth(1).and_then(|rest| rest.split(['/', '?', '#']).next()).map(|host| {
                    let host = host.rsplit('@').next().unwrap_or(host);
                    host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit())).map_or(host, |(host, _)| host)
                });
                if let Some(host) = host {
                    self.want(Wanted::Host(host), &span);
                }
            }
            "cloudwatch.metric" => {
                if let (Some((namespace, _)), Some((metric, span))) =
                    (self.text(&check.with, "namespace"), self.text(&check.with, "metric"))
                {
                    self.want(Wanted::Metric(&namespace, &metric), &span);
                }
            }
            _ => self.names(&check.with, &targets),
        }
    }

    fn program(&mut self, with: &Node) {
        let Some(Node { kind: Kind::List(items), span }) = with.get("argv") else { return };
        let words: Vec<Option<String>> = items.iter().map(|item| self.filled(item)).collect();
        let place = items.first().map_or(span, |item| &item.span);
        self.want(Wanted::Program(&words), place);
    }

    /// The names of things that stand in `with`, under the keys that all actions and probes have for them.
    fn names(&mut self, with: &Node, targets: &[Option<&Spanned<String>>]) {
        if let Some((zone, span)) = self.text(with, "zone") {
            self.want(Wanted::Zone(&zone), &span);
        }
        let target = targets.iter().flatten().next().copied().or(self.book.default_target.as_ref());
        let region = target.and_then(|target| self.scope["targets"][target.value.as_str()]["region"].as_str()).map(str::to_owned);
        let Some(region) = region else { return };
        if let Some((id, span)) = self.text(with, "instance").filter(|(id, _)| !id.contains(':')) {
            self.want(Wanted::Instance(&region, &id), &span);
        }
        if let Some((cluster, span)) = self.text(with, "cluster") {
            self.want(Wanted::Cluster(&region, &cluster), &span);
            if let Some((group, span)) = self.text(with, "nodegroup") {
                self.want(Wanted::Nodegroup(&region, &cluster, &group), &span);
            }
        }
    }

    fn text(&self, with: &Node, key: &str) -> Option<(String, Span)> {
        let node = with.get(key)?;
        Some((self.filled(node)?, node.span.clone()))
    }

    /// A text as far as it is known while the parameters keep their defaults.
    fn filled(&self, node: &Node) -> Option<String> {
        let text = node.as_written()?;
        runbook::plain_text(&runbook::fill_text(text, &self.scope).ok().flatten()?)
    }
}
