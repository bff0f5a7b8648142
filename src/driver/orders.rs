//! What the command line says beforehand about single steps, for a run without a screen: each is given once, as soon as the step is
//! where it makes sense, under the same rules as the keys of the screen.

use crate::engine::{Command, RunPhase, State, StepPhase, StepState};
use crate::id::StepId;

/// One decision about one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// The call in doubt happened, and how that is known.
    Happened(String),
    /// The call in doubt did not happen, and how that is known.
    DidNotHappen(String),
    /// Try the failed step again, and why, where that was said.
    Retry(Option<String>),
    /// Leave the step out, and why.
    Skip(String),
    /// It was done by hand, and what was done.
    TakeOver(String),
}

impl Order {
    /// Its flag on the command line.
    fn flag(&self) -> &'static str {
        match self {
            Self::Happened(_) => "--happened",
            Self::DidNotHappen(_) => "--not-happened",
            Self::Retry(_) => "--retry",
            Self::Skip(_) => "--skip",
            Self::TakeOver(_) => "--take-over",
        }
    }
}

/// The decisions that have not been given yet.
#[derive(Debug, Clone, Default)]
pub struct Orders(
    /// In the order of the command line.
    pub Vec<(StepId, Order)>,
);

impl Orders {
    /// The next order whose time has come.
    pub(super) fn next(&mut self, state: &State) -> Option<Command> {
        if state.paused.is_some() || state.phase != RunPhase::Running {
            return None;
        }
        let due = self.0.iter().position(|(step, order)| state.steps.get(step).is_some_and(|step| fits(order, step)))?;
        let (step, order) = self.0.remove(due);
        Some(match order {
            Order::Happened(reason) => Command::Resolve { step, happened: true, reason },
            Order::DidNotHappen(reason) => Command::Resolve { step, happened: false, reason },
            Order::Retry(reason) => Command::Retry { step, reason },
            Order::Skip(reason) => Command::Skip { step, reason },
            Order::TakeOver(reason) => Command::TakeOver { step, reason },
        })
    }
}

impl Orders {
    /// What was said in vain: no step came to be where it makes sense.
    pub(super) fn unused(&self) -> Vec<String> {
        self.0.iter().map(|(step, order)| format!("{step} never came to where {} could be given", order.flag())).collect()
    }
}

fn fits(order: &Order, step: &StepState) -> bool {
    let undecided = matches!(step.phase, StepPhase::InDoubt { undecided: true, .. });
    match order {
        Order::Happened(_) | Order::DidNotHappen(_) => undecided,
        Order::Retry(_) => step.phase == StepPhase::Failed,
        Order::Skip(_) => matches!(step.phase, StepPhase::Proposed | StepPhase::Failed),
        Order::TakeOver(_) => undecided || matches!(step.phase, StepPhase::Proposed | StepPhase::Failed),
    }
}
