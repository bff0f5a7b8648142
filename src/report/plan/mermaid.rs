//! The plan as a Mermaid flowchart: for Markdown that is shown by somebody who draws it.

use std::fmt::{self, Write as _};

use super::brief::Brief;
use super::words::{conditions, confirmation, moment, place, short};
use crate::plan::Step;
use crate::view::one_line;

/// The flowchart.
pub fn mermaid(brief: &Brief<'_>) -> String {
    let mut text = String::new();
    write(&mut text, brief).expect("writing to a String cannot fail");
    text
}

fn write(out: &mut String, brief: &Brief<'_>) -> fmt::Result {
    let plan = brief.plan;
    // The front matter is YAML, of which a JSON string is one.
    writeln!(out, "---\ntitle: {}\n---", serde_json::Value::from(one_line(&plan.title)))?;
    writeln!(out, "flowchart TD")?;
    for (number, (phase, places)) in phases(brief).into_iter().enumerate() {
        if let Some(phase) = phase {
            writeln!(out, "  subgraph phase{number}[\"{}\"]", escape(&one_line(phase)))?;
        }
        for place in places {
            node(out, brief, place)?;
        }
        if phase.is_some() {
            writeln!(out, "  end")?;
        }
    }
    for (from, to, critical) in edges(brief) {
        writeln!(out, "  s{from} {} s{to}", if critical { "==>" } else { "-->" })?;
    }
    let steps = || plan.steps.iter().enumerate();
    let critical = steps().filter(|(at, _)| brief.critical[*at]);
    class(out, "critical", "stroke-width:3px", critical.map(|(at, _)| at))?;
    let conditional = steps().filter(|(_, step)| plan.is_conditional(step));
    class(out, "conditional", "stroke-dasharray:6 4", conditional.map(|(at, _)| at))?;
    let last = steps().filter(|(_, step)| is_final(step));
    class(out, "irreversible", "stroke:#b00020,color:#b00020", last.map(|(at, _)| at))
}

/// A style, and the steps that have it.
fn class(out: &mut String, name: &str, style: &str, places: impl Iterator<Item = usize>) -> fmt::Result {
    let nodes: Vec<String> = places.map(|place| format!("s{place}")).collect();
    if nodes.is_empty() {
        return Ok(());
    }
    writeln!(out, "  classDef {name} {style}\n  class {} {name}", nodes.join(","))
}

fn node(out: &mut String, brief: &Brief<'_>, at: usize) -> fmt::Result {
    let lines: Vec<String> = label(brief, at).iter().map(|line| escape(line)).collect();
    writeln!(out, "    s{at}[\"{}\"]", lines.join("<br/>"))
}

/// What stands in a step's box.
pub(super) fn label(brief: &Brief<'_>, at: usize) -> Vec<String> {
    let step = &brief.plan.steps[at];
    let (from, to) = brief.schedule.spans[at];
    let hours = brief.expected() >= 3_600.0;
    let mut lines = vec![step.id.to_string(), one_line(&step.title)];
    lines.retain(|line| !line.is_empty());
    let place = place(brief.plan, step).map(|place| format!(" in {place}")).unwrap_or_default();
    lines.push(format!("{}{place}", step.action));
    lines.push(format!("{}, {}-{}", short(step.expected), moment(from, hours), moment(to, hours)));
    if is_final(step) {
        lines.push("CANNOT BE UNDONE".into());
    }
    lines.extend(conditions(brief.plan, step).iter().map(|condition| format!("only if {condition}")));
    lines.extend(confirmation(step));
    lines
}

pub(super) fn is_final(step: &Step) -> bool {
    step.mutates && !step.reversible
}

/// The steps by phase, in the order in which the phases are first named. Steps without one stand alone.
pub(super) fn phases<'a>(brief: &Brief<'a>) -> Vec<(Option<&'a str>, Vec<usize>)> {
    let mut phases: indexmap::IndexMap<Option<&str>, Vec<usize>> = indexmap::IndexMap::new();
    for (place, step) in brief.plan.steps.iter().enumerate() {
        phases.entry(step.phase.as_deref()).or_default().push(place);
    }
    phases.into_iter().collect()
}

/// From which step to which, and whether both follow each other on the critical path.
pub(super) fn edges(brief: &Brief<'_>) -> Vec<(usize, usize, bool)> {
    let steps = &brief.plan.steps;
    let index: std::collections::HashMap<_, _> = steps.iter().enumerate().map(|(place, step)| (&step.id, place)).collect();
    let critical: std::collections::HashSet<(usize, usize)> = brief.schedule.critical.windows(2).map(|pair| (pair[0], pair[1])).collect();
    let needs = steps.iter().enumerate().flat_map(|(to, step)| step.needs.iter().map(move |need| (need, to)));
    needs.filter_map(|(need, to)| Some((*index.get(need)?, to))).map(|(from, to)| (from, to, critical.contains(&(from, to)))).collect()
}

/// Text as text: whatever could mean something to Mermaid, HTML or Markdown is written by its number.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            ' ' | '.' | ',' | ':' | '/' | '(' | ')' | '-' | '=' | '+' | '\'' | '?' | '!' | '_' => escaped.push(char),
            char if char.is_alphanumeric() => escaped.push(char),
            char => write!(escaped, "#{};", u32::from(char)).expect("writing to a String cannot fail"),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_taken_for_a_sign() {
        assert_eq!(escape("promote_db"), "promote_db");
        assert_eq!(escape("\"] --> x; <b>&#35;`%%"), "#34;#93; --#62; x#59; #60;b#62;#38;#35;35#59;#96;#37;#37;");
        assert_eq!(escape("größer 日本"), "größer 日本");
    }
}
