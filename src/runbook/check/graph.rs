//! Which step waits for which.

use std::collections::HashMap;

use super::MOST_FINDINGS;
use crate::diag::{Diagnostic, closest, code};
use crate::runbook::model::Runbook;

/// The order of the steps.
pub(in crate::runbook) struct Graph {
    /// For each step, the steps it needs directly.
    needs: Vec<Vec<usize>>,
    /// The steps in an order in which every step comes after what it needs; `None` when there is a cycle.
    order: Option<Vec<usize>>,
    index: HashMap<String, usize>,
}

impl Graph {
    /// The graph of a runbook. What is wrong with ids and `needs` is added to `diagnostics`.
    pub(in crate::runbook) fn new(runbook: &Runbook, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut index: HashMap<String, usize> = HashMap::new();
        for (at, step) in runbook.steps.iter().enumerate() {
            let id = &step.id;
            if id.value.is_empty() {
                continue;
            }
            if index.contains_key(&id.value) {
                let finding = Diagnostic::error(code::DUPLICATE_ID, id.span.clone(), format!("there are two steps `{}`", id.value));
                diagnostics.push(finding.label("the second").help("every step has an id of its own"));
            } else {
                index.insert(id.value.clone(), at);
            }
        }
        let mut needs: Vec<Vec<usize>> = Vec::with_capacity(runbook.steps.len());
        for (at, step) in runbook.steps.iter().enumerate() {
            let Some(written) = &step.needs else {
                needs.push(at.checked_sub(1).into_iter().collect());
                continue;
            };
            let mut own = Vec::new();
            for need in written {
                match index.get(&need.value) {
                    Some(&other) if other == at => {
                        diagnostics.push(Diagnostic::error(
                            code::UNKNOWN_NEED,
                            need.span.clone(),
                            format!("step `{}` needs itself", need.value),
                        ));
                    }
                    Some(&other) => own.push(other),
                    None if !runbook.steps_known => {}
                    None => {
                        let finding =
                            Diagnostic::error(code::UNKNOWN_NEED, need.span.clone(), format!("there is no step `{}`", need.value));
                        // Looking for a name costs; nobody sees the suggestions behind the last finding that is shown.
                        let known = runbook.steps.iter().filter(|_| diagnostics.len() < MOST_FINDINGS).map(|step| step.id.value.as_str());
                        let help = match closest(&need.value, known) {
                            Some(name) => format!("did you mean `{name}`?"),
                            None => "`needs` names the ids of steps in this file".into(),
                        };
                        diagnostics.push(finding.help(help));
                    }
                }
            }
            needs.push(own);
        }
        let order = order(&needs);
        if order.is_none() {
            diagnostics.push(cycle(runbook, &needs));
        }
        Self { needs, order, index }
    }

    /// The steps that are surely done when this one starts. Empty when there is a cycle.
    pub(super) fn before(&self, step: usize) -> Vec<bool> {
        let mut found = vec![false; self.needs.len()];
        if self.order.is_none() {
            return found;
        }
        let mut open = self.needs[step].clone();
        while let Some(at) = open.pop() {
            if !std::mem::replace(&mut found[at], true) {
                open.extend(&self.needs[at]);
            }
        }
        found
    }

    pub(super) fn has_cycle(&self) -> bool {
        self.order.is_none()
    }

    pub(super) fn index_of(&self, id: &str) -> Option<usize> {
        self.index.get(id).copied()
    }

    /// The longest way through, where each step takes `cost`. `None` when there is a cycle.
    pub(super) fn longest(&self, cost: impl Fn(usize) -> f64) -> Option<f64> {
        let mut done = vec![0.0_f64; self.needs.len()];
        let mut longest = 0.0_f64;
        for &at in self.order.as_ref()? {
            let start = self.needs[at].iter().map(|&need| done[need]).fold(0.0, f64::max);
            done[at] = start + cost(at);
            longest = longest.max(done[at]);
        }
        Some(longest)
    }
}

fn order(needs: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut waiting: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut wanted: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
    for (at, own) in needs.iter().enumerate() {
        for &need in own {
            wanted[need].push(at);
        }
    }
    let mut order: Vec<usize> = (0..needs.len()).filter(|&at| waiting[at] == 0).collect();
    let mut next = 0;
    while next < order.len() {
        for &at in &wanted[order[next]] {
            waiting[at] -= 1;
            if waiting[at] == 0 {
                order.push(at);
            }
        }
        next += 1;
    }
    (order.len() == needs.len()).then_some(order)
}

/// Names one cycle: from any step that is never free, following what it needs leads into one.
fn cycle(runbook: &Runbook, needs: &[Vec<usize>]) -> Diagnostic {
    let mut state = vec![0_u8; needs.len()];
    let mut ring = Vec::new();
    'search: for start in 0..needs.len() {
        let mut path: Vec<(usize, usize)> = vec![(start, 0)];
        if state[start] != 0 {
            continue;
        }
        state[start] = 1;
        while let Some((at, next)) = path.last_mut() {
            let Some(&need) = needs[*at].get(*next) else {
                state[*at] = 2;
                path.pop();
                continue;
            };
            *next += 1;
            match state[need] {
                0 => {
                    state[need] = 1;
                    path.push((need, 0));
                }
                1 => {
                    let from = path.iter().position(|(at, _)| *at == need).unwrap_or(0);
                    ring = path[from..].iter().map(|(at, _)| *at).collect();
                    break 'search;
                }
                _ => {}
            }
        }
    }
    let name = |at: &usize| format!("`{}`", runbook.steps[*at].id.value);
    let first = ring.iter().min().copied().unwrap_or(0);
    let from = ring.iter().position(|at| *at == first).unwrap_or(0);
    ring.rotate_left(from);
    let way: Vec<String> = ring.iter().chain(ring.first()).map(name).collect();
    let step = &runbook.steps[first];
    let span = step.needs.as_ref().and_then(|needs| needs.first()).map_or_else(|| step.id.span.clone(), |need| need.span.clone());
    Diagnostic::error(code::CYCLE, span, format!("the steps need each other in a circle: {}", way.join(" needs ")))
        .help("a step that has no `needs` needs the step above it; `needs: []` starts at once")
}
