//! JSON lines for programs: every durable event as it is recorded, and the summary at the end.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Map, Value};

use super::TimeAccount;
use crate::journal::Record;
use crate::view::{RunView, Summary, Tone};

/// Writes one object for a record that `view` has just folded: the record as in the journal, `kind` and `run`, and, where the
/// event has a line for people, that `line` and its `tone`.
///
/// # Errors
/// The output cannot be written.
pub fn event(out: &mut dyn Write, view: &RunView, record: &Record) -> io::Result<()> {
    #[derive(Serialize)]
    struct Line<'a> {
        #[serde(flatten)]
        record: Map<String, Value>,
        line: Option<&'a str>,
        tone: Option<Tone>,
    }
    let Value::Object(mut fields) = serde_json::to_value(record)? else { return Err(io::Error::other("a record is no JSON object")) };
    if let Some(state) = &view.state {
        fields.entry("run").or_insert_with(|| state.run.as_str().into());
        fields.entry("kind").or_insert(serde_json::to_value(state.kind)?);
    }
    let entry = view.timeline.iter().rev().find(|entry| entry.seq <= record.seq).filter(|entry| entry.seq == record.seq);
    let line = Line { record: fields, line: entry.map(|entry| entry.text.as_str()), tone: entry.map(|entry| entry.tone) };
    serde_json::to_writer(&mut *out, &line)?;
    out.write_all(b"\n")
}

/// Writes the last object: `{"summary": …}`, with the time account under `time` where there is one, and where the record is.
///
/// # Errors
/// The output cannot be written.
pub fn summary(out: &mut dyn Write, summary: &Summary, time: Option<&TimeAccount>, record: &str) -> io::Result<()> {
    #[derive(Serialize)]
    struct Last<'a> {
        summary: Body<'a>,
    }
    #[derive(Serialize)]
    struct Body<'a> {
        #[serde(flatten)]
        summary: &'a Summary,
        time: Option<&'a TimeAccount>,
        record: &'a str,
    }
    serde_json::to_writer(&mut *out, &Last { summary: Body { summary, time, record } })?;
    out.write_all(b"\n")
}
