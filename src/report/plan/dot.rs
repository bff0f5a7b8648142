//! The plan as a graph for Graphviz.

use std::fmt::{self, Write as _};

use super::brief::Brief;
use super::mermaid::{edges, is_final, label, phases};
use crate::view::one_line;

/// The graph.
pub fn dot(brief: &Brief<'_>) -> String {
    let mut text = String::new();
    write(&mut text, brief).expect("writing to a String cannot fail");
    text
}

fn write(out: &mut String, brief: &Brief<'_>) -> fmt::Result {
    let plan = brief.plan;
    writeln!(out, "digraph {} {{", quote([plan.name.as_str()]))?;
    writeln!(out, "  label={}; labelloc=t; rankdir=TB;", quote([one_line(&plan.title).as_str()]))?;
    writeln!(out, "  graph [fontname=\"sans-serif\"]; edge [color=\"#606060\"];")?;
    writeln!(out, "  node [shape=box, style=\"rounded\", fontname=\"sans-serif\", fontsize=11];")?;
    for (number, (phase, places)) in phases(brief).into_iter().enumerate() {
        if let Some(phase) = phase {
            writeln!(out, "  subgraph cluster_{number} {{")?;
            writeln!(out, "    label={}; color=\"#c0c0c0\";", quote([one_line(phase).as_str()]))?;
        }
        for place in places {
            node(out, brief, place)?;
        }
        if phase.is_some() {
            writeln!(out, "  }}")?;
        }
    }
    for (from, to, critical) in edges(brief) {
        let style = if critical { " [penwidth=3, color=black]" } else { "" };
        writeln!(out, "  s{from} -> s{to}{style};")?;
    }
    writeln!(out, "}}")
}

fn node(out: &mut String, brief: &Brief<'_>, at: usize) -> fmt::Result {
    let step = &brief.plan.steps[at];
    let label = label(brief, at);
    write!(out, "    s{at} [label={}", quote(label.iter().map(String::as_str)))?;
    if brief.critical[at] {
        write!(out, ", penwidth=3")?;
    }
    if is_final(step) {
        write!(out, ", color=\"#b00020\", fontcolor=\"#b00020\", peripheries=2")?;
    }
    if brief.plan.is_conditional(step) {
        write!(out, ", style=\"rounded,dashed\"")?;
    }
    writeln!(out, "];")
}

/// Lines as one quoted label: a backslash would begin an escape, and `&` an entity.
fn quote<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
    let mut quoted = String::from("\"");
    for (at, line) in lines.into_iter().enumerate() {
        if at > 0 {
            quoted.push_str("\\n");
        }
        for char in line.chars() {
            match char {
                '"' => quoted.push_str("\\\""),
                '\\' => quoted.push_str("\\\\"),
                '&' => quoted.push_str("&amp;"),
                char => quoted.push(char),
            }
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_cannot_end_early_or_hold_an_escape() {
        assert_eq!(quote(["a\"b\\n", "R&D \\"]), r#""a\"b\\n\nR&amp;D \\""#);
    }
}
