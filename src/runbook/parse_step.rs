//! Steps, preconditions and proofs of the document model.

use super::decode::{Decoder, value};
use super::keys::{self, Keys};
use super::model::{CheckDoc, ConfirmDoc, FailureDoc, StepDoc};
use super::node::{Entry, Kind, Node, Spanned};
use super::rules;
use crate::diag::{Diagnostic, Span, code};

/// Reads a step. `None` when it is no mapping.
pub(super) fn step(d: &mut Decoder<'_>, node: &Node) -> Option<StepDoc> {
    let entries = d.map(node, &keys::STEP)?;
    let place = head(node);
    d.required(node, &place, &keys::STEP);
    let id = value(entries, "id").and_then(|node| d.text(node, "`id`"));
    if let Some(id) = &id {
        d.id(&id.value, &id.span, "a step");
    }
    let id = id.unwrap_or_else(|| Spanned::new(String::new(), place.clone()));
    let mut step = work(d, node, entries, id);
    step.phase = value(entries, "phase").and_then(|node| d.text(node, "`phase`"));
    step.needs = value(entries, "needs").map(|node| d.texts(node, "`needs`"));
    step.for_each = value(entries, "for_each").map(|node| items(d, node));
    step.when = value(entries, "when").and_then(|node| condition(d, node, "`when`"));
    step.preconditions = value(entries, "preconditions").map(|node| preconditions(d, node)).unwrap_or_default();
    const WORDS: &[(&str, FailureDoc)] = &[
        ("pause", FailureDoc::Pause),
        ("continue", FailureDoc::Continue),
        ("roll_back", FailureDoc::RollBack),
        ("abort", FailureDoc::Abort),
    ];
    step.on_failure = value(entries, "on_failure").and_then(|node| d.word(node, "`on_failure`", WORDS)).unwrap_or_default();
    if let Some(node) = value(entries, "rollback")
        && let Some(entries) = d.map(node, &keys::ROLLBACK)
    {
        d.required(node, &head(node), &keys::ROLLBACK);
        step.rollback = Some(Box::new(work(d, node, entries, step.id.clone())));
    }
    Some(step)
}

/// What a step and a rollback have in common.
fn work(d: &mut Decoder<'_>, node: &Node, entries: &[Entry], id: Spanned<String>) -> StepDoc {
    let place = head(node);
    let blank = || Spanned::new(String::new(), place.clone());
    let action = value(entries, "action").and_then(|node| d.text(node, "`action`"));
    let mut text = |key: &str| value(entries, key).and_then(|node| d.text(node, &format!("`{key}`")));
    let (title, why, target, confirm_reason) = (text("title"), text("why"), text("target"), text("confirm_reason"));
    StepDoc {
        span: node.span.clone(),
        id,
        title: title.unwrap_or_else(blank),
        why,
        phase: None,
        action: action.unwrap_or_else(blank),
        with: with(d, entries, &place),
        target,
        needs: None,
        when: None,
        for_each: None,
        preconditions: Vec::new(),
        confirm: value(entries, "confirm").and_then(|node| confirm(d, node)),
        confirm_reason,
        expected: value(entries, "expected").and_then(|node| d.positive(node, "`expected`")),
        timeout: value(entries, "timeout").and_then(|node| d.positive(node, "`timeout`")),
        retry: value(entries, "retry").and_then(|node| retry(d, node)),
        on_failure: FailureDoc::default(),
        rollback: None,
        verify: value(entries, "verify").map(|node| checks(d, node, &keys::PROOF, "`verify`")).unwrap_or_default(),
    }
}

/// A list, or an expression that gives one; which of them is right is for the check.
fn items(d: &mut Decoder<'_>, node: &Node) -> Node {
    if !matches!(node.kind, Kind::List(_) | Kind::Text(_)) {
        d.wrong_type(node, "`for_each`", "a list");
        return Node { span: node.span.clone(), kind: Kind::List(Vec::new()) };
    }
    node.clone()
}

/// The beginning of a mapping: enough for a caret, however long the mapping is.
fn head(node: &Node) -> Span {
    node.entries().first().map_or(node.span.start..node.span.start, |entry| entry.key.span.clone())
}

fn with(d: &mut Decoder<'_>, entries: &[Entry], place: &Span) -> Node {
    match value(entries, "with") {
        None => Node { span: place.clone(), kind: Kind::Map(Vec::new()) },
        Some(node) => {
            if !matches!(node.kind, Kind::Map(_) | Kind::Null) {
                d.wrong_type(node, "`with`", "a mapping");
            }
            node.clone()
        }
    }
}

/// A bare condition. YAML reads `when: true` as a boolean; that is a condition too.
fn condition(d: &mut Decoder<'_>, node: &Node, what: &str) -> Option<Spanned<String>> {
    if let Kind::Bool(value, _) = node.kind {
        return Some(Spanned::new(value.to_string(), node.span.clone()));
    }
    let text = d.text(node, what)?;
    if d.said(code::BRACES, &text.span) {
        return None;
    }
    if let Some(open) = ["${{", "{{"].into_iter().find(|open| outside_of_quotes(&text.value, open)) {
        let finding = Diagnostic::error(code::EXPR_SYNTAX, text.span.clone(), format!("{what} is an expression already"));
        d.push(finding.help(format!("write it without `{open}` and `}}}}`")));
        return None;
    }
    Some(text)
}

/// Whether a text holds something that is not part of a text in quotes.
fn outside_of_quotes(text: &str, wanted: &str) -> bool {
    let mut quote = None;
    text.char_indices().any(|(at, letter)| {
        match quote {
            Some(open) if open == letter => quote = None,
            None if matches!(letter, '"' | '\'') => quote = Some(letter),
            _ => {}
        }
        quote.is_none() && text[at..].starts_with(wanted)
    })
}

fn confirm(d: &mut Decoder<'_>, node: &Node) -> Option<Spanned<ConfirmDoc>> {
    const WORDS: &[(&str, u8)] = &[("none", 0), ("enter", 1), ("two_person", 2), ("type", 3)];
    let confirm = if matches!(node.kind, Kind::Map(_)) {
        let entries = d.map(node, &keys::CONFIRM)?;
        d.required(node, &node.span, &keys::CONFIRM);
        ConfirmDoc::Type(d.text(value(entries, "type")?, "`confirm.type`")?.value)
    } else {
        match d.word(node, "`confirm`", WORDS)? {
            0 => ConfirmDoc::None,
            1 => ConfirmDoc::Enter,
            2 => ConfirmDoc::TwoPerson,
            _ => {
                let finding = Diagnostic::error(code::NOT_ALLOWED, node.span.clone(), "`confirm: type` does not say what is to be typed");
                d.push(finding.help("write `confirm: {type: TEXT}`"));
                return None;
            }
        }
    };
    Some(Spanned::new(confirm, node.span.clone()))
}

fn retry(d: &mut Decoder<'_>, node: &Node) -> Option<(u32, f64)> {
    let entries = d.map(node, &keys::RETRY)?;
    d.required(node, &node.span, &keys::RETRY);
    let attempts = d.count(value(entries, "attempts")?, "`attempts`", 1, rules::MOST_ATTEMPTS)?;
    let delay = value(entries, "delay").and_then(|node| d.duration(node, "`delay`")).map_or(rules::RETRY_DELAY, |delay| delay.value);
    u32::try_from(attempts).ok().map(|attempts| (attempts, delay))
}

/// The preconditions of the run or of a step.
pub(super) fn preconditions(d: &mut Decoder<'_>, node: &Node) -> Vec<CheckDoc> {
    checks(d, node, &keys::PRECONDITION, "`preconditions`")
}

fn checks(d: &mut Decoder<'_>, node: &Node, keys: &'static Keys, what: &str) -> Vec<CheckDoc> {
    let items = d.list(node, what).unwrap_or(&[]);
    items.iter().filter_map(|item| check(d, item, keys)).collect()
}

fn check(d: &mut Decoder<'_>, node: &Node, keys: &'static Keys) -> Option<CheckDoc> {
    let entries = d.map(node, keys)?;
    let place = head(node);
    d.required(node, &place, keys);
    let mut text = |key: &str| value(entries, key).and_then(|node| d.text(node, &format!("`{key}`")));
    let (title, probe) = (text("title"), text("probe"));
    let expect = value(entries, "expect").and_then(|node| condition(d, node, "`expect`"));
    let blank = || Spanned::new(String::new(), place.clone());
    let severity = value(entries, "severity").and_then(|node| d.word(node, "`severity`", &[("block", false), ("warn", true)]));
    let mut flag =
        |key: &str| value(entries, key).and_then(|node| Some(Spanned::new(d.flag(node, &format!("`{key}`"))?, node.span.clone())));
    let (reads, writes) = (flag("reads"), flag("writes"));
    let look = value(entries, "look").and_then(|node| check(d, node, &keys::LOOK));
    let mut check = CheckDoc {
        span: node.span.clone(),
        title: title.unwrap_or_else(blank),
        probe: probe.unwrap_or_else(blank),
        expect: expect.unwrap_or_else(blank),
        with: with(d, entries, &place),
        target: value(entries, "target").and_then(|node| d.text(node, "`target`")),
        every: value(entries, "every").and_then(|node| d.positive(node, "`every`")),
        fresh: value(entries, "fresh").and_then(|node| d.positive(node, "`fresh`")),
        within: value(entries, "within").and_then(|node| d.positive(node, "`within`")),
        stable: value(entries, "stable").and_then(|node| d.duration(node, "`stable`")),
        warns_only: severity.unwrap_or(false),
        reads,
        writes,
        look: None,
    };
    check.look = look.map(|look| {
        let (title, within, stable) = (check.title.clone(), check.within.clone(), check.stable.clone());
        Box::new(CheckDoc { title, within, stable, ..look })
    });
    Some(check)
}
