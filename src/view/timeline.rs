//! What people read of an event.

use super::model::{Entry, Tone};
use crate::engine::{Event, State};
use crate::journal::Record;

/// The timeline's line for a record; `None` for an event that only the machine cares about. `state` is the state before it.
pub fn entry(state: Option<&State>, record: &Record) -> Option<Entry> {
    let (tone, text) = words(state, &record.event)?;
    let happened = match &record.event {
        Event::Note { at: Some(at), .. } => *at,
        _ => record.at.wall,
    };
    Some(Entry {
        seq: record.seq,
        at: record.at,
        happened,
        step: record.event.step().cloned(),
        tone,
        by: record.event.actor().cloned(),
        text,
    })
}

fn words(_state: Option<&State>, event: &Event) -> Option<(Tone, String)> {
    match event {
        Event::RunStarted { plan, by, .. } => Some((Tone::Plain, format!("{} started by {}", plan.name, by.name))),
        Event::Note { text, .. } => Some((Tone::Plain, text.clone())),
        _ => None,
    }
}
