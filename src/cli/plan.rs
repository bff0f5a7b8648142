//! `lifeboat plan`: what a runbook would do, without doing any of it: no AWS, no network, no record.

use std::io::IsTerminal as _;

use serde_json::Value;

use super::args::{self, PlanOutput};
use super::catalogue::catalog;
use super::doubts;
use super::exit::Exit;
use super::prepare::{Prepared, prepare};
use super::say::{colours, findings, note, out_in_colour, out_raw};
use crate::report::plan::{Brief, Look, Origin, ParamValue, dot, json, mermaid, policies, policy_text, tree};
use crate::runbook::{Given, ParamKind, format_duration};

/// The longest managed policy, in characters without blanks (IAM and STS quotas).
const MANAGED_POLICY: usize = 6_144;

/// Columns where there is no terminal to ask.
const COLUMNS: usize = 80;

/// Lines longer than this are hard to read.
const WIDEST: usize = 120;

/// Shows the plan.
pub(super) fn plan(args: &args::Plan) -> Exit {
    let prepared = match prepare(&args.runbook, &args.given) {
        Ok(prepared) => prepared,
        Err(exit) => return exit,
    };
    let brief = Brief::new(&prepared.plan, params(&prepared), prepared.plan.permissions(&catalog()));
    let text = match args.output {
        PlanOutput::Tree => tree(&brief, look(args)),
        PlanOutput::Mermaid => mermaid(&brief),
        PlanOutput::Dot => dot(&brief),
        PlanOutput::Json => json(&brief),
        PlanOutput::Iam => {
            let policies = policies(&brief);
            for policy in &policies {
                let size = policy.document.to_string().chars().filter(|char| !char.is_whitespace()).count();
                if size > MANAGED_POLICY {
                    note(&format!(
                        "note: the policy for {} has {size} characters, and a managed policy takes {MANAGED_POLICY}: split it between statements\n",
                        policy.hands
                    ));
                }
            }
            let programs = brief.programs();
            if !programs.is_empty() {
                let lines: String = programs.iter().map(|(step, line)| format!("  {}: {line}\n", step.id)).collect();
                let text = "note: what programs call is not in the policy: nobody can see it beforehand. Allow it by hand, for";
                note(&format!("{text}\n{lines}"));
            }
            policy_text(&policies)
        }
    };
    let doubts = doubts::doubts(&prepared.plan);
    if !doubts.is_empty() {
        findings(None, &doubts);
    }
    match args.output {
        PlanOutput::Json | PlanOutput::Iam => out_raw(&text),
        PlanOutput::Tree | PlanOutput::Mermaid | PlanOutput::Dot => out_in_colour(&text),
    }
    Exit::Done
}

fn params(prepared: &Prepared) -> Vec<ParamValue> {
    let plan = &prepared.plan;
    let values = prepared.book.params.iter().filter_map(|(name, param)| {
        let place = plan.place_of_param(name).map(|place| Value::String(place.to_string()));
        let secret = place.is_some();
        let value = place.or_else(|| plan.params.get(name).cloned())?;
        let shown = match value.as_f64().filter(|_| param.ty == ParamKind::Duration) {
            Some(seconds) => format_duration(seconds),
            None => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
        };
        let origin = match prepared.given.get(name) {
            None => Origin::Default,
            Some(Given::Text(_)) => Origin::Flag,
            Some(Given::Plain(_, file)) => Origin::File { file: file.display().to_string() },
        };
        Some(ParamValue { name: name.clone(), value, shown, secret, origin })
    });
    values.collect()
}

fn look(args: &args::Plan) -> Look {
    let stdout = std::io::stdout();
    let asked = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let there = || crossterm::terminal::size().ok().filter(|_| stdout.is_terminal()).map(|(columns, _)| usize::from(columns));
    let width = there().or(asked).unwrap_or(COLUMNS).min(WIDEST);
    Look { width, color: colours(&stdout), ascii: args.ascii }
}
