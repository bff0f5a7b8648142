//! Plans of ten thousand steps, of every shape.

use std::time::{Duration, Instant};

use lifeboat::plan::{Plan, Step};
use lifeboat::report::plan::{Brief, Look, dot, json, mermaid, tree};

use crate::support::{plan, step};

const MANY: usize = 10_000;

fn of(needs: impl Fn(usize) -> Vec<usize>) -> Plan {
    let names: Vec<String> = (0..MANY).map(|at| format!("s{at}")).collect();
    let steps: Vec<Step> = (0..MANY)
        .map(|at| {
            let needs: Vec<&str> = needs(at).into_iter().map(|need| names[need].as_str()).collect();
            step(&names[at], &needs)
        })
        .collect();
    Plan { steps, ..plan() }
}

/// A chain; one fork and one join; a thousand branches of nine; layers of twenty, each step on two of the layer above; steps that need
/// the sixty before them.
fn shapes() -> [(&'static str, Plan); 5] {
    [
        ("chain", of(|at| at.checked_sub(1).into_iter().collect())),
        (
            "fan",
            of(|at| match at {
                0 => vec![],
                at if at == MANY - 1 => (1..at).collect(),
                _ => vec![0],
            }),
        ),
        ("branches", of(|at| if at % 9 == 1 || at == 0 { (at > 0).then_some(0).into_iter().collect() } else { vec![at - 1] })),
        ("layers", of(|at| if at < 20 { vec![] } else { vec![at - 20, (at / 20 - 1) * 20 + (at + 7) % 20] })),
        ("dense", of(|at| (at.saturating_sub(60)..at).collect())),
    ]
}

#[test]
fn ten_thousand_steps_are_shown_in_time_that_grows_with_their_number() {
    for (name, plan) in shapes() {
        let begun = Instant::now();
        let brief = Brief::new(&plan, Vec::new(), Vec::new());
        let look = Look { width: 80, color: false, ascii: false };
        let text = tree(&brief, look);
        let rest = dot(&brief).len() + mermaid(&brief).len() + json(&brief).len();
        // Generous: a build without optimisation on a busy machine takes about a second. What is quadratic takes minutes.
        assert!(begun.elapsed() < Duration::from_secs(30), "{name}: {:?}", begun.elapsed());
        for at in [0, 1, 4_711, MANY - 1] {
            let line = format!("s{at}  ");
            assert!(text.lines().any(|shown| shown.contains(&line)), "{name}: no step s{at}");
        }
        assert!(rest > MANY * 100 && text.len() < 40 << 20, "{name}: {} bytes", text.len());
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{name}");
    }
}
