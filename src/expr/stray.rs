//! `{{ … }}` without its dollar sign, as Jinja has it: a text like any other, though nobody means it so.

use std::ops::Range;

use minijinja::machinery::ast::Expr;

use super::check::Read;
use super::parse::{each_child, parse, path_of, span_of};
use super::template::{closing, expressions};

/// Braces that are not filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stray {
    /// What is between them, without blanks.
    pub inside: String,
    /// The bytes of the text, braces included.
    pub span: Range<usize>,
    /// What they would read, in places of `inside`.
    pub reads: Vec<Read>,
}

/// Every `{{ … }}` outside of the expressions of a text that could be read as an expression. Templates of other programs (`{{.Names}}`,
/// `{{ range .Items }}`) mostly cannot.
pub fn stray_braces(text: &str) -> Vec<Stray> {
    if !text.contains("{{") {
        return Vec::new();
    }
    let Ok(parts) = expressions(text) else { return Vec::new() };
    let mut found = Vec::new();
    let mut from = 0;
    for at in parts.into_iter().map(|(_, at)| at) {
        between(text, from..at.start - "${{".len(), &mut found);
        from = at.end + "}}".len();
    }
    between(text, from..text.len(), &mut found);
    found
}

fn between(text: &str, within: Range<usize>, found: &mut Vec<Stray>) {
    let (mut from, end) = (within.start, within.end);
    while let Some(open) = text[from..end].find("{{") {
        let start = from + open + 2;
        let Some(length) = closing(&text[start..end]) else { return };
        from = start + length + 2;
        // Jinja takes blanks away with a dash.
        let inside = text[start..start + length].trim_start_matches('-').trim_end_matches('-').trim();
        // What Go's templates read begins with a dot: `range .Items` is nothing of ours.
        let go = inside.contains(" .");
        if let Some(expr) = parse(inside).ok().filter(|_| !go) {
            let mut reads = Vec::new();
            collect(&expr, &mut reads);
            found.push(Stray { inside: inside.to_owned(), span: start - 2..from, reads });
        }
    }
}

fn collect(expr: &Expr<'_>, reads: &mut Vec<Read>) {
    match path_of(expr) {
        Some(path) => reads.push(Read { path, span: span_of(expr), guarded: false }),
        None => each_child(expr, &mut |child| collect(child, reads)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_braces_outside_of_expressions_are_stray() {
        let found =
            |text: &str| stray_braces(text).into_iter().map(|stray| (stray.inside, text[stray.span].to_owned())).collect::<Vec<_>>();
        let one = |inside: &str, whole: &str| vec![(inside.to_owned(), whole.to_owned())];
        assert_eq!(found("echo {{ params.host }}!"), one("params.host", "{{ params.host }}"));
        assert_eq!(found("${{ params.a }} {{- b | upper -}}"), one("b | upper", "{{- b | upper -}}"));
        assert_eq!(found("{{ a }}${{ b }}{{ c }}").len(), 2);
        for text in [
            "",
            "${{ params.host }}",
            "${{ {a: {b: 1}} }}",
            "${{ \"{{ params.host }}\" }}",
            "docker ps --format '{{.Names}}'",
            "{{ range .Items }}{{ .name }}",
            "{{ open",
            "{{${{ a }}}}",
            "${{ never closed {{ a }}",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn what_it_would_read_has_its_place() {
        let stray = stray_braces("x {{ host ~ steps.a.outputs.b | lower }}").remove(0);
        let reads: Vec<_> = stray.reads.iter().map(|read| &stray.inside[read.span.clone()]).collect();
        assert_eq!(reads, ["host", "steps.a.outputs.b"]);
    }
}
