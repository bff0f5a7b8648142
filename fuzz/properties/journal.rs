//! The journal: its reader, and the fold of what it holds.

use std::path::Path;

use lifeboat::clock::Stamp;
use lifeboat::engine::{Actor, ActorKind, begin, evolve as fold, recover};
use lifeboat::id::Digest;
use lifeboat::journal::{Reader, Record};
use lifeboat::report::markdown;
use lifeboat::view::{RunView, Summary};
use serde_json::Value;

/// The most events of one input: more only repeat what fewer show.
const EVENTS: usize = 64;

/// Any bytes through the reader, as they are, and line by line with the number, the link and the seal that each would need, so that what
/// a mutation did is met by more than the hash. It never panics; what it accepts is accepted again once it is written, in a chain with
/// all the others, and is the same line then.
pub fn journal_reader(data: &[u8]) {
    read(data);
    let lines = data.split(|byte| *byte == b'\n').take(EVENTS);
    let accepted: Vec<Record> = lines.flat_map(|line| read(&chain(&[line]))).collect();
    let once: Vec<String> = accepted.iter().map(written).collect();
    let again = read(&chain(&once));
    assert_eq!(again.len(), once.len(), "what was accepted is not, once it is written:\n{}", once.join("\n"));
    for (once, again) in once.iter().zip(&again) {
        let twice = written(again);
        let same = without_place(once) == without_place(&twice);
        assert!(same || has_long_fraction(once), "not the same line once it is written:\n{once}\n{twice}");
    }
}

/// The records that are accepted, each where it should stand.
fn read(data: &[u8]) -> Vec<Record> {
    let Ok(mut reader) = Reader::new(Path::new("fuzz"), data) else { return Vec::new() };
    let mut records: Vec<Record> = Vec::new();
    for record in reader.by_ref() {
        let Ok(record) = record else { break };
        assert!(records.last().is_none_or(|last| last.seq + 1 == record.seq && last.hash == record.prev));
        records.push(record);
    }
    assert!(reader.next().is_none(), "it goes on after its end");
    records
}

fn written(record: &Record) -> String {
    serde_json::to_string(record).expect("a record is JSON")
}

/// A journal of these lines, with the places and seals that they need.
fn chain(lines: &[impl AsRef<[u8]>]) -> Vec<u8> {
    let header = br#"{"journal":"lifeboat","v":"1.0","run":"fuzz""#;
    let mut last = Digest::of(header);
    let mut out = [header, format!(",\"hash\":\"{last}\"}}\n").as_bytes()].concat();
    for (seq, line) in lines.iter().enumerate() {
        let (stamp, rest) = parts(line.as_ref());
        let mut body = format!("{{\"seq\":{seq}").into_bytes();
        body.extend_from_slice(stamp);
        body.extend_from_slice(format!(",\"prev\":\"{last}\"").as_bytes());
        body.extend_from_slice(rest);
        last = Digest::of(&body);
        out.extend_from_slice(&body);
        out.extend_from_slice(format!(",\"hash\":\"{last}\"}}\n").as_bytes());
    }
    out
}

/// What of a line does not depend on where it stands: its stamp, and its event. A line that has no such parts is all event.
fn parts(line: &[u8]) -> (&[u8], &[u8]) {
    let body = find(line, b",\"hash\":\"", true).map_or(line, |seal| &line[..seal]);
    let split = || {
        let stamp = find(body, b",\"wall\":", false)?;
        let prev = find(body, b",\"prev\":\"", false).filter(|prev| *prev > stamp)?;
        let rest = prev + find(&body[prev..], b"\",\"event\"", false)? + 1;
        Some((&body[stamp..prev], &body[rest..]))
    };
    split().unwrap_or((b"", body))
}

fn find(text: &[u8], wanted: &[u8], last: bool) -> Option<usize> {
    let mut windows = text.windows(wanted.len());
    if last { windows.rposition(|window| window == wanted) } else { windows.position(|window| window == wanted) }
}

fn without_place(line: &str) -> (&[u8], &[u8]) {
    parts(line.as_bytes())
}

/// Fractions of more than fifteen digits are read to within a bit, not exactly.
fn has_long_fraction(line: &str) -> bool {
    line.split(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | 'e' | 'E' | '-' | '+'))
        .any(|number| number.contains(['.', 'e', 'E']) && number.len() > 15)
}

/// Any sequence of events of a run that was recorded: of any step, any attempt, in any order. Nothing panics that folds them, goes on
/// from there, or shows them.
pub fn evolve(data: &[u8]) {
    let script = read(include_bytes!("../corpus/journal_reader/run.seed"));
    let (Some(first), Some(state)) = (script.first(), script.first().and_then(|first| begin(&first.event, first.at))) else {
        panic!("the corpus has no run that can be read");
    };
    let steps: Vec<String> = state.steps.keys().map(ToString::to_string).chain(["no_such_step".into(), String::new()]).collect();
    let (mut state, mut records) = (state, vec![first.clone()]);
    for choice in data.chunks_exact(4).take(EVENTS) {
        let Some(record) = another(&script[usize::from(choice[0]) % script.len()], &steps, choice, records.len()) else { continue };
        fold(&mut state, &record.event, record.at);
        let by = Actor { name: "fuzz".into(), host: "here".into(), kind: ActorKind::Person };
        let decision = recover(&state, record.at, by, None);
        let mut taken_up = state.clone();
        decision.events.iter().for_each(|event| fold(&mut taken_up, event, record.at));
        records.push(record);
    }
    let mut view = RunView::new();
    records.iter().for_each(|record| view.record(record));
    assert_eq!(view.state.as_ref(), Some(&state), "the view's fold is another");
    Summary::of(&view).expect("a run that began has a summary");
    markdown(&view, &records, None);
}

/// The event of a record, about another step and attempt, at another moment.
fn another(record: &Record, steps: &[String], choice: &[u8], place: usize) -> Option<Record> {
    let mut event = serde_json::to_value(&record.event).ok()?;
    let keys = event.as_object_mut()?.values_mut().next()?.as_object_mut()?;
    if let Some(step) = keys.get_mut("step") {
        *step = steps[usize::from(choice[1]) % steps.len()].clone().into();
    }
    if let Some(attempt) = keys.get_mut("attempt") {
        *attempt = Value::from(choice[2] % 4);
    }
    for flag in keys.values_mut().filter(|value| value.is_boolean()) {
        *flag = Value::from(choice[3] & 1 == 1);
    }
    // Clocks go back, too.
    let mono_ms = u64::from(choice[3]) * 10_000;
    let wall = record.at.wall.checked_add(std::time::Duration::from_millis(mono_ms)).ok()?;
    let at = Stamp { wall, mono_ms };
    Some(Record { seq: place as u64, at, event: serde_json::from_value(event).ok()?, ..record.clone() })
}
