//! Which step waits for which.

use std::collections::HashMap;

use super::MOST_FINDINGS;
use crate::diag::{Diagnostic, closest, code};
use crate::runbook::model::Runbook;

/// So few needs are looked through one by one.
const FEW: usize = 16;

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
            // In the plan, the rollback of step `x` is `rollback[x]`: so would be this one for its item `x`.
            if id.value == "rollback" {
                let finding = Diagnostic::error(code::DUPLICATE_ID, id.span.clone(), "`rollback` is what rollbacks are called");
                diagnostics.push(finding.help("name the step after what it does"));
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

    /// For each pair, whether the first step starts only when the second is done. True for all when there is a cycle: nothing can be
    /// said then.
    pub(super) fn come_after(&self, pairs: &[(usize, usize)]) -> Vec<bool> {
        let direct =
            |&(step, other): &(usize, usize)| self.order.is_none() || self.needs[step].len() <= FEW && self.needs[step].contains(&other);
        let mut answers: Vec<bool> = pairs.iter().map(direct).collect();
        let mut open: Vec<usize> = (0..pairs.len()).filter(|&at| !answers[at]).collect();
        open.sort_unstable_by_key(|&at| pairs[at].1);
        let mut others: Vec<usize> = open.iter().map(|&at| pairs[at].1).collect();
        others.dedup();
        let mut next = open.into_iter().peekable();
        self.descend(&others, |some, after| {
            while let Some(at) = next.next_if(|&at| pairs[at].1 <= some[some.len() - 1]) {
                let bit = some.binary_search(&pairs[at].1).map_or(0, |bit| 1_u64 << bit);
                answers[at] = after[pairs[at].0] & bit != 0;
            }
        });
        answers
    }

    /// Those of `steps` that are done before any of `others` starts. None when there is a cycle.
    pub(super) fn before_all(&self, steps: &[usize], others: &[usize]) -> Vec<usize> {
        let mut found = Vec::new();
        self.descend(steps, |some, after| {
            let all = others.iter().fold(u64::MAX, |all, &other| all & after[other]);
            found.extend(some.iter().enumerate().filter(|(bit, _)| all & (1_u64 << bit) != 0).map(|(_, &step)| step));
        });
        found
    }

    /// For the steps of `from`, 64 at a time, which steps come after them: the bit of a step's number in the group is set for all of
    /// those. One pass over the graph for each 64, and nothing when there is a cycle.
    fn descend(&self, from: &[usize], mut group: impl FnMut(&[usize], &[u64])) {
        let Some(order) = &self.order else { return };
        let mut after = vec![0_u64; self.needs.len()];
        let mut own = vec![0_u64; self.needs.len()];
        for some in from.chunks(64) {
            own.fill(0);
            some.iter().enumerate().for_each(|(bit, &step)| own[step] = 1 << bit);
            for &at in order {
                after[at] = self.needs[at].iter().fold(0, |bits, &need| bits | after[need] | own[need]);
            }
            group(some, &after);
        }
    }

    pub(super) fn has_cycle(&self) -> bool {
        self.order.is_none()
    }

    pub(super) fn index_of(&self, id: &str) -> Option<usize> {
        self.index.get(id).copied()
    }

    /// The longest way through, where each step takes `cost`: how long it is, and its steps. `None` when there is a cycle.
    pub(super) fn longest(&self, cost: impl Fn(usize) -> f64) -> Option<(f64, Vec<usize>)> {
        let mut done = vec![0.0_f64; self.needs.len()];
        let mut after: Vec<Option<usize>> = vec![None; self.needs.len()];
        let mut last: Option<usize> = None;
        for &at in self.order.as_ref()? {
            after[at] = self.needs[at].iter().copied().reduce(|a, b| if done[b] > done[a] { b } else { a });
            done[at] = after[at].map_or(0.0, |need| done[need]) + cost(at);
            if last.is_none_or(|last| done[at] > done[last]) {
                last = Some(at);
            }
        }
        let mut way: Vec<usize> = std::iter::successors(last, |&at| after[at]).collect();
        way.reverse();
        Some((last.map_or(0.0, |last| done[last]), way))
    }

    /// How many steps there are, at the most, on a way to each step: steps of one number never wait for each other. Empty when there is
    /// a cycle.
    pub(super) fn depths(&self) -> Vec<usize> {
        let Some(order) = &self.order else { return Vec::new() };
        let mut depths = vec![0_usize; self.needs.len()];
        for &at in order {
            depths[at] = self.needs[at].iter().map(|&need| depths[need] + 1).max().unwrap_or(0);
        }
        depths
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A step needs some of those before it.
    fn graph(steps: usize, random: &mut fastrand::Rng) -> Graph {
        let some = |at: usize, random: &mut fastrand::Rng| (0..random.usize(0..3)).map(|_| random.usize(0..at.max(1))).collect();
        let needs: Vec<Vec<usize>> = (0..steps).map(|at| if at == 0 { Vec::new() } else { some(at, random) }).collect();
        Graph { order: order(&needs), needs, index: HashMap::new() }
    }

    fn slowly(graph: &Graph, step: usize, other: usize) -> bool {
        graph.needs[step].iter().any(|&need| need == other || slowly(graph, need, other))
    }

    #[test]
    fn many_questions_at_once_have_the_answers_of_each_alone() {
        let mut random = fastrand::Rng::with_seed(7);
        for steps in [1, 2, 10, 64, 65, 150] {
            let graph = graph(steps, &mut random);
            let mut pairs: Vec<(usize, usize)> = (0..steps).flat_map(|a| (0..steps).map(move |b| (a, b))).collect();
            random.shuffle(&mut pairs);
            let answers = graph.come_after(&pairs);
            for (&(step, other), answer) in pairs.iter().zip(answers) {
                assert_eq!(answer, slowly(&graph, step, other), "{steps}: {step} after {other}");
            }
            let (some, others) = ([0, steps / 2], [steps - 1, steps / 3]);
            let all = |step: &usize| others.iter().all(|&other| slowly(&graph, other, *step));
            assert_eq!(graph.before_all(&some, &others), some.iter().copied().filter(all).collect::<Vec<_>>(), "{steps}");
        }
    }

    #[test]
    fn the_longest_way_is_given_with_its_steps() {
        let needs = vec![vec![], vec![0], vec![0], vec![1, 2], vec![]];
        let graph = Graph { order: order(&needs), needs, index: HashMap::new() };
        assert_eq!(graph.longest(|at| [1.0, 5.0, 7.0, 2.0, 9.0][at]), Some((10.0, vec![0, 2, 3])));
        assert_eq!(graph.depths(), [0, 1, 1, 2, 0]);
    }
}
