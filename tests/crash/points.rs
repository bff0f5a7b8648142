//! Where a run is killed.

use super::deadly::{Death, Moment};

/// One way to die, and what the disk may look like after it: each is a crash point.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    /// The processes that die one after the other: the one that started the run, and those that took it up again.
    pub(crate) deaths: Vec<Death>,
    pub(crate) left: Vec<Left>,
}

/// What the last of them left on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    /// All that it wrote.
    Everything,
    /// The journal up to the end of this record, counted from 1: of a batch of records only a part had reached the disk. That is as good
    /// a crash as any, because nothing is done before the whole batch is durable.
    UpTo(usize),
    /// The same, with half of the next record.
    HalfOf(usize),
    /// The last line of the world's log torn: the call in it did not happen.
    HalfACall,
}

impl Job {
    /// How its points are called.
    pub(crate) fn name(&self, left: Left) -> String {
        let deaths: Vec<String> = self
            .deaths
            .iter()
            .map(|death| match death {
                Death::Record(n) => format!("killed at record {n}"),
                Death::Call(n, Moment::Before) => format!("killed before call {n}"),
                Death::Call(n, Moment::TakenEffect) => format!("killed in call {n}, when it had taken effect"),
                Death::Call(n, Moment::Answered) => format!("killed in call {n}, when its answer was back"),
            })
            .collect();
        let left = match left {
            Left::Everything | Left::UpTo(_) => "",
            Left::HalfOf(_) => ", that record torn",
            Left::HalfACall => ", the log of the world torn",
        };
        format!("{}{left}", deaths.join(", then "))
    }
}

/// Every record, every record torn, every call at every moment, and some chains, of a run with so many records and calls.
pub(crate) fn jobs(records: usize, calls: usize) -> Vec<Job> {
    let at_record = |n: usize| {
        let death = vec![Death::Record(n)];
        // Without its first record a run never began: that has a test of its own.
        let left = if n == 1 { vec![Left::UpTo(1)] } else { vec![Left::UpTo(n), Left::HalfOf(n)] };
        Job { deaths: death, left }
    };
    let in_call = |n: usize| {
        [
            (Moment::Before, vec![Left::Everything]),
            (Moment::TakenEffect, vec![Left::Everything, Left::HalfACall]),
            (Moment::Answered, vec![Left::Everything]),
        ]
        .map(|(moment, left)| Job { deaths: vec![Death::Call(n, moment)], left })
    };
    let mut random = fastrand::Rng::with_seed(records as u64);
    let mut chain = move |_| {
        let first = Death::Record(random.usize(2..records));
        let later = (0..random.usize(1..5)).map(|_| match random.u8(0..5) {
            0 => Death::Call(1, Moment::Before),
            1 => Death::Call(1, Moment::TakenEffect),
            2 => Death::Call(1, Moment::Answered),
            _ => Death::Record(random.usize(1..12)),
        });
        Job { deaths: std::iter::once(first).chain(later).collect(), left: vec![Left::Everything] }
    };
    let chains: Vec<Job> = (0..10).map(&mut chain).collect();
    (1..=records).map(at_record).chain((1..=calls).flat_map(in_call)).chain(chains).collect()
}
