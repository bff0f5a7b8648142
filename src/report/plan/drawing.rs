//! What is drawn, and in which order: steps, and bundles of many like branches that would need a rail each.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use crate::id::StepId;
use crate::plan::Plan;

/// So many branches between the same steps are drawn as rails; more are one bundle.
const BRANCHES: usize = 4;

/// How far back it is looked for a way that makes a need superfluous in the drawing.
const LOOK_BACK: usize = 64;

/// One thing that is drawn on a rail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    /// A step, by its place.
    Step(usize),
    /// Branches that begin and end at the same steps, each the steps that follow one another in it.
    Bundle(Vec<Vec<usize>>),
}

/// The items in the order in which they are drawn, each with those that it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Drawing {
    pub(super) items: Vec<Item>,
    /// The places in `items` of those that come next, in their order.
    pub(super) next: Vec<Vec<usize>>,
    /// The places of what each step needs, without what is needed on the way anyway.
    pub(super) needs: Vec<Vec<usize>>,
}

impl Item {
    fn first(&self) -> usize {
        match self {
            Self::Step(place) => *place,
            Self::Bundle(branches) => branches.first().and_then(|branch| branch.first()).copied().unwrap_or_default(),
        }
    }
}

impl Drawing {
    /// The drawing of a plan. Costs are in proportion to its steps and needs.
    pub(super) fn of(plan: &Plan) -> Self {
        let index: HashMap<&StepId, usize> = plan.steps.iter().enumerate().map(|(place, step)| (&step.id, place)).collect();
        let written = plan.steps.iter().map(|step| step.needs.iter().filter_map(|id| index.get(id).copied()).collect());
        let needs = sparse(&written.collect::<Vec<Vec<usize>>>());
        let next = turned(&needs);
        let (items, of) = items(&needs, &next);
        let (order, next) = ordered(items.iter().map(Item::first).collect(), &needs, &of);
        let mut slots: Vec<Option<Item>> = items.into_iter().map(Some).collect();
        let items = order.into_iter().filter_map(|item| slots[item].take()).collect();
        Self { items, next, needs }
    }
}

/// The needs that have to be drawn: not those that another need has needed before.
fn sparse(needs: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut kept = Vec::with_capacity(needs.len());
    let mut seen = vec![usize::MAX; needs.len()];
    for (place, direct) in needs.iter().enumerate() {
        let mut direct = direct.clone();
        direct.sort_unstable();
        direct.dedup();
        if direct.len() > 1 {
            let mut open: Vec<usize> = direct.iter().flat_map(|need| &needs[*need]).copied().take(LOOK_BACK).collect();
            let mut looked = 0;
            while let Some(at) = open.pop().filter(|_| looked < LOOK_BACK) {
                if seen[at] != place {
                    seen[at] = place;
                    looked += 1;
                    open.extend(needs[at].iter().take(LOOK_BACK));
                }
            }
            direct.retain(|need| seen[*need] != place);
        }
        kept.push(direct);
    }
    kept
}

fn turned(needs: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut next = vec![Vec::new(); needs.len()];
    for (place, direct) in needs.iter().enumerate() {
        for need in direct {
            next[*need].push(place);
        }
    }
    next
}

/// The steps as items, and the item of each step.
fn items(needs: &[Vec<usize>], next: &[Vec<usize>]) -> (Vec<Item>, Vec<usize>) {
    // Of a branch only its first step is entered and only its last is left.
    let follows = |place: usize| match needs[place].as_slice() {
        [need] => next[*need].len() == 1,
        _ => false,
    };
    type Ends<'a> = (&'a [usize], &'a [usize]);
    let mut groups: HashMap<Ends<'_>, Vec<Vec<usize>>> = HashMap::new();
    for first in (0..needs.len()).filter(|place| !follows(*place)) {
        let mut branch = vec![first];
        let mut last = first;
        while let [only] = next[last].as_slice()
            && follows(*only)
        {
            last = *only;
            branch.push(last);
        }
        groups.entry((&needs[first], &next[last])).or_default().push(branch);
    }
    let mut items = Vec::new();
    for branches in groups.into_values() {
        if branches.len() > BRANCHES {
            items.push(Item::Bundle(branches));
        } else {
            items.extend(branches.into_iter().flatten().map(Item::Step));
        }
    }
    items.sort_by_key(Item::first);
    let mut of = vec![0; needs.len()];
    for (item, what) in items.iter().enumerate() {
        match what {
            Item::Step(place) => of[*place] = item,
            Item::Bundle(branches) => branches.iter().flatten().for_each(|place| of[*place] = item),
        }
    }
    (items, of)
}

/// The items so that each comes after what it needs, as near to the order of the file as that allows; and what each leads to, by the
/// places in that order.
fn ordered(first: Vec<usize>, needs: &[Vec<usize>], of: &[usize]) -> (Vec<usize>, Vec<Vec<usize>>) {
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); first.len()];
    for (place, direct) in needs.iter().enumerate() {
        for need in direct.iter().filter(|need| of[**need] != of[place]) {
            next[of[*need]].push(of[place]);
        }
    }
    let mut open = vec![0; first.len()];
    for followers in &mut next {
        followers.sort_unstable();
        followers.dedup();
        followers.iter().for_each(|follower| open[*follower] += 1);
    }
    let mut ready: BinaryHeap<Reverse<(usize, usize)>> =
        (0..first.len()).filter(|item| open[*item] == 0).map(|item| Reverse((first[item], item))).collect();
    let mut order = Vec::with_capacity(first.len());
    let mut at = vec![0; first.len()];
    while let Some(Reverse((_, item))) = ready.pop() {
        at[item] = order.len();
        order.push(item);
        for follower in &next[item] {
            open[*follower] -= 1;
            if open[*follower] == 0 {
                ready.push(Reverse((first[*follower], *follower)));
            }
        }
    }
    let mut placed: Vec<Vec<usize>> = Vec::with_capacity(order.len());
    for item in &order {
        let mut followers: Vec<usize> = next[*item].iter().map(|follower| at[*follower]).collect();
        followers.sort_unstable();
        placed.push(followers);
    }
    (order, placed)
}
