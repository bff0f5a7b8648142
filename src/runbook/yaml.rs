//! YAML to [`Node`]. The only file that knows the YAML library.
//!
//! The tree is built from the library's events rather than through serde, so that every value and key has its place, every
//! duplicate key is reported at once, and what may be expanded is bounded here.

use std::collections::HashMap;

use serde_json::Number;
use serde_saphyr::granit_parser::{self, Event, Parser, ScalarStyle, StructureStyle};

use super::node::{Entry, Kind, Node, Spanned};
use crate::diag::{Diagnostic, Source, Span, code};

/// Deepest nesting. The flagship needs eight.
const MAX_DEPTH: usize = 32;
/// Most values in one document, those that aliases repeat included. Long texts count for more, see [`weight`].
const MAX_NODES: usize = 100_000;

/// Reads the one document of a file. `None` when there is no tree to go on with; then there is at least one error.
pub(super) fn read(source: &Source, diagnostics: &mut Vec<Diagnostic>) -> Option<Node> {
    let mut options = granit_parser::Options::default();
    options.set_emit_comments(false);
    options.flow_nesting_limit = MAX_DEPTH;
    options.block_nesting_limit = MAX_DEPTH;
    let text = source.text.strip_prefix('\u{feff}').unwrap_or(&source.text);
    let base = source.text.len() - text.len();
    if let Some(at) = text.find('\0') {
        let at = base + at;
        diagnostics.push(Diagnostic::error(code::YAML_SYNTAX, at..at + 1, "the file holds a NUL byte; it is not text").label("NUL"));
        return None;
    }
    let parser = Parser::new_from_str_with_options(text, options);
    let mut reader = Reader { parser, text, base, anchors: HashMap::new(), nodes: 0, diagnostics };
    match reader.document() {
        Ok(node) => node,
        Err(Stop(diagnostic)) => {
            reader.diagnostics.push(diagnostic);
            None
        }
    }
}

/// Reading cannot go on.
struct Stop(Diagnostic);

struct Reader<'a, 'd> {
    parser: Parser<'a, granit_parser::StrInput<'a>>,
    text: &'a str,
    /// Bytes of the file before `text`.
    base: usize,
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl<'a> Reader<'a, '_> {
    fn document(&mut self) -> Result<Option<Node>, Stop> {
        let mut root = None;
        while let Some((event, span)) = self.next()? {
            match event {
                Event::StreamEnd => break,
                Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
                event if root.is_none() => root = Some(self.node(event, span, 0)?),
                _ => {
                    let message = "the file holds a second document";
                    return Err(Stop(
                        Diagnostic::error(code::NOT_A_RUNBOOK, span, message).help("a file is one runbook; remove the `---`"),
                    ));
                }
            }
        }
        let empty =
            || Diagnostic::error(code::EMPTY, None, "the file is empty").help("a runbook begins with `lifeboat: 1`, `name` and `title`");
        match root {
            None => Err(Stop(empty())),
            Some(Node { kind: Kind::Null, .. }) => Err(Stop(empty())),
            Some(node) => Ok(Some(node)),
        }
    }

    fn next(&mut self) -> Result<Option<(Event<'a>, Span)>, Stop> {
        match self.parser.next_event() {
            None => Ok(None),
            Some(Ok((event, span))) => Ok(Some((event, self.span(&span)))),
            Some(Err(error)) => Err(Stop(self.syntax(&error))),
        }
    }

    fn span(&self, span: &granit_parser::Span) -> Span {
        let clamp = |marker: &granit_parser::Marker| self.base + marker.byte_offset().unwrap_or(0).min(self.text.len());
        let start = clamp(&span.start);
        start..clamp(&span.end).max(start)
    }

    fn syntax(&self, error: &granit_parser::ScanError) -> Diagnostic {
        use granit_parser::ErrorKind as E;
        let at = self.base + error.marker().byte_offset().unwrap_or(self.text.len()).min(self.text.len());
        let message = error.kind().to_string();
        let diagnostic = Diagnostic::error(code::YAML_SYNTAX, at..at, format!("this is not YAML: {message}"));
        match error.kind() {
            E::TabNotAllowed | E::TabInBlockIndentation | E::TabInIndentation | E::TabAtBlockScalarStart | E::TabInPlainScalar => {
                // The reader may have stopped before it.
                let tab = self.base + self.text[at - self.base..].find('\t').map_or(at - self.base, |found| at - self.base + found);
                Diagnostic { message: "a tab cannot indent YAML".into(), span: Some(tab..tab), ..diagnostic }.help("use spaces")
            }
            E::RecursionLimitExceeded => Diagnostic::error(code::TOO_COMPLEX, at..at, format!("nested more than {MAX_DEPTH} levels deep")),
            E::UnknownAnchor => {
                diagnostic.help("an alias `*name` needs an anchor `&name` above it; a text that begins with `*` needs quotes")
            }
            E::UnclosedQuotedScalar | E::InvalidQuotedScalarIndent => diagnostic.help("is the quote above closed?"),
            // What stands by itself, and not inside of `[…]` or `{…}`.
            _ if self.expression_alone(at) => {
                diagnostic.help("an expression that holds `: ` or a quote needs quotes around it: `'${{ … }}'`")
            }
            _ if self.line(at).contains("${{") => diagnostic.help("inside of `[…]` and `{…}` an expression needs quotes: `\"${{ … }}\"`"),
            _ if self.line(at).contains("{{") => {
                diagnostic.help("an expression is written in quotes, and with a dollar sign: `\"${{ … }}\"`")
            }
            E::InvalidColonPlacement | E::ExpectedFlowSequenceSeparator | E::ExpectedFlowMappingSeparator => {
                diagnostic.help("is there a `[`, a `{` or a quote above that is not closed?")
            }
            E::ExpectedBlockSequenceEntry | E::ExpectedBlockMappingKey | E::InvalidIndentation => {
                diagnostic.help("the keys of one mapping, and the dashes of one list, stand in one column")
            }
            E::MappingValueNotAllowed | E::SimpleKeyExpected | E::InvalidSimpleKey => {
                diagnostic.help("a text that holds `: ` needs quotes; keys of one mapping stand in one column")
            }
            E::UnexpectedCharacter { .. } => diagnostic.help("a text that begins with a special character needs quotes"),
            _ => diagnostic,
        }
    }

    /// Whether the value of a line is an expression without quotes, with nothing around it that YAML reads.
    fn expression_alone(&self, at: usize) -> bool {
        let line = self.line(at);
        line.split_once("${{").is_some_and(|(before, _)| !before.contains(['[', '{', '"', '\'']) && before.contains(':'))
    }

    fn line(&self, at: usize) -> &str {
        let at = at - self.base;
        let start = self.text[..at].rfind('\n').map_or(0, |found| found + 1);
        self.text[start..].lines().next().unwrap_or("")
    }

    fn too_complex(span: &Span, message: String) -> Stop {
        Stop(Diagnostic::error(code::TOO_COMPLEX, span.clone(), message))
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Node, Stop> {
        if self.diagnostics.len() >= super::check::MOST_FINDINGS {
            return Err(Self::too_complex(&span, "there are too many mistakes above to go on".into()));
        }
        let before = self.nodes;
        self.count(weight(&event), &span)?;
        if depth > MAX_DEPTH {
            return Err(Self::too_complex(&span, format!("nested more than {MAX_DEPTH} levels deep")));
        }
        let (anchor, tagged) = match &event {
            Event::Scalar(_, _, anchor, tag) | Event::SequenceStart(_, anchor, tag) | Event::MappingStart(_, anchor, tag) => {
                (*anchor, tag.is_some())
            }
            _ => (0, false),
        };
        if tagged {
            let finding = Diagnostic::error(code::UNSUPPORTED_YAML, span.clone(), "runbooks have no YAML tags");
            self.diagnostics.push(finding.help("remove the `!…`; write texts in quotes"));
        }
        let node = match event {
            Event::Scalar(text, style, ..) => self.scalar(&text, style, span),
            Event::SequenceStart(style, ..) => self.list(span, style, depth)?,
            Event::MappingStart(style, ..) => self.map(span, style, depth)?,
            Event::Alias(id) => {
                // The anchor of a collection is known only when the collection is closed, so an alias to what it is inside of finds nothing.
                let Some((node, size)) = self.anchors.get(&id).cloned() else {
                    return Err(Self::too_complex(&span, "the alias is inside of what it names".into()));
                };
                self.count(size, &span)?;
                node
            }
            _ => return Err(Self::too_complex(&span, "unexpected structure".into())),
        };
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), self.nodes - before));
        }
        Ok(node)
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, span: Span) -> Node {
        let node = Node { kind: scalar(text, style), span: self.trimmed(span) };
        if let Kind::Number(number, raw) = &node.kind
            && begins_with_zero(raw)
        {
            let message = format!("`{}` begins with a zero: not every reader of YAML takes it for {number}", show(raw));
            let finding = Diagnostic::error(code::LEADING_ZERO, node.span.clone(), message);
            self.diagnostics.push(finding.help(format!("write `{number}`, or `\"{}\"` if a text is meant", show(raw))));
        }
        node
    }

    fn count(&mut self, more: usize, span: &Span) -> Result<(), Stop> {
        self.nodes += more;
        if self.nodes > MAX_NODES {
            let message = format!("the document has more than {MAX_NODES} values, aliases included");
            return Err(Self::too_complex(span, message));
        }
        Ok(())
    }

    /// Block scalars end behind their last line break; a caret wants the text.
    fn trimmed(&self, span: Span) -> Span {
        let text = &self.text[span.start - self.base..span.end - self.base];
        span.start..span.start + text.trim_end().len()
    }

    fn list(&mut self, span: Span, style: StructureStyle, depth: usize) -> Result<Node, Stop> {
        let (start, mut end) = (span.start, span.end);
        let mut items = Vec::new();
        loop {
            match self.next()? {
                None => break,
                Some((Event::SequenceEnd, close)) => {
                    if style == StructureStyle::Flow {
                        end = close.end;
                    }
                    break;
                }
                Some((event, span)) => {
                    let item = self.node(event, span, depth + 1)?;
                    end = end.max(item.span.end);
                    items.push(item);
                }
            }
        }
        Ok(Node { span: start..end, kind: Kind::List(items) })
    }

    fn map(&mut self, span: Span, style: StructureStyle, depth: usize) -> Result<Node, Stop> {
        let (start, mut end) = (span.start, span.end);
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut merged: Vec<Node> = Vec::new();
        let mut braces = None;
        loop {
            let (event, span) = match self.next()? {
                None => break,
                Some((Event::MappingEnd, close)) => {
                    if style == StructureStyle::Flow {
                        end = close.end;
                    }
                    break;
                }
                Some(next) => next,
            };
            let plain = matches!(&event, Event::Scalar(_, ScalarStyle::Plain, ..));
            let literal = match &event {
                Event::Scalar(text, ..) => Some(text.to_string()),
                _ => None,
            };
            let key = self.node(event, span.clone(), depth + 1)?;
            let Some((event, value_span)) = self.next()? else { break };
            let is_alias = matches!(event, Event::Alias(_));
            let value = self.node(event, value_span.clone(), depth + 1)?;
            // What an alias stands for may be written further down or up; it ends where the alias ends.
            end = end.max(if is_alias { value_span.end } else { value.span.end });
            let Some(name) = literal.or_else(|| key.as_text().map(str::to_owned)) else {
                if style == StructureStyle::Flow && matches!(key.kind, Kind::Map(_)) && key.span.start == start + 1 {
                    braces = Some(key.span);
                    continue;
                }
                let finding = Diagnostic::error(code::UNSUPPORTED_YAML, key.span.clone(), "a key must be a name");
                self.diagnostics.push(finding.label(key.describe()));
                continue;
            };
            if plain && name == "<<" {
                merged.push(value);
                continue;
            }
            if let Some(&first) = seen.get(&name) {
                let (line, _) = crate::diag::position(self.text, entries[first].key.span.start - self.base);
                let finding = Diagnostic::error(code::DUPLICATE_KEY, span, format!("`{}` stands twice in this mapping", show(&name)));
                self.diagnostics.push(finding.label(format!("first on line {line}")).help("remove one of the two"));
                continue;
            }
            seen.insert(name.clone(), entries.len());
            entries.push(Entry { key: Spanned::new(name, span), value });
        }
        if let Some(inner) = braces {
            return Ok(self.without_dollar(start..end, &inner));
        }
        for node in merged {
            self.merge(node, &mut entries, &mut seen)?;
        }
        Ok(Node { span: start..end, kind: Kind::Map(entries) })
    }

    /// `{{ … }}` without quotes is a mapping in a mapping to YAML. Read as the expression that was meant, it makes no further findings.
    fn without_dollar(&mut self, span: Span, inner: &Span) -> Node {
        let inside = self.text[inner.start - self.base..inner.end - self.base].trim_matches(['{', '}']).trim();
        let finding = Diagnostic::error(code::BRACES, span.clone(), "`{{ … }}` is not an expression here");
        self.diagnostics
            .push(finding.help(format!("write `\"${{{{ {0} }}}}\"`; in `when` and `expect`, without braces, `{0}`", show(inside))));
        let text = format!("${{{{ {inside} }}}}");
        Node { span, kind: Kind::Text(text) }
    }

    /// `<<`: keys that are not there yet; what is written in the mapping itself wins, then what is merged first.
    fn merge(&mut self, node: Node, entries: &mut Vec<Entry>, seen: &mut HashMap<String, usize>) -> Result<(), Stop> {
        match node.kind {
            Kind::Map(more) => {
                for entry in more {
                    if !seen.contains_key(&entry.key.value) {
                        seen.insert(entry.key.value.clone(), entries.len());
                        entries.push(entry);
                    }
                }
            }
            Kind::List(items) if items.iter().all(|item| matches!(item.kind, Kind::Map(_))) => {
                for item in items {
                    self.merge(item, entries, seen)?;
                }
            }
            _ => {
                let finding = Diagnostic::error(code::UNSUPPORTED_YAML, node.span, "`<<` merges a mapping or a list of mappings");
                self.diagnostics.push(finding);
            }
        }
        Ok(())
    }
}

/// What a value counts: one, and one more for each 32 bytes, so that repeating one long text is bounded too.
fn weight(event: &Event<'_>) -> usize {
    match event {
        Event::Scalar(text, ..) => 1 + text.len() / 32,
        _ => 1,
    }
}

/// A name for a message: shortened when it is absurdly long.
pub(super) fn show(text: &str) -> String {
    if text.chars().count() > 60 { text.chars().take(57).chain("…".chars()).collect() } else { text.to_owned() }
}

/// The value of a scalar: quoted is text; plain follows the core schema of YAML 1.2.
fn scalar(text: &str, style: ScalarStyle) -> Kind {
    if style != ScalarStyle::Plain {
        return Kind::Text(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
        "true" | "True" | "TRUE" => Kind::Bool(true, text.to_owned()),
        "false" | "False" | "FALSE" => Kind::Bool(false, text.to_owned()),
        _ => number(text).map_or_else(|| Kind::Text(text.to_owned()), |number| Kind::Number(number, text.to_owned())),
    }
}

/// `012`, which YAML 1.1 takes for ten.
pub(super) fn begins_with_zero(raw: &str) -> bool {
    let digits = raw.trim_start_matches(['-', '+']);
    digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn number(text: &str) -> Option<Number> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    if unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        let digits = text.strip_prefix('+').unwrap_or(text);
        if let Ok(value) = digits.parse::<i64>() {
            return Some(value.into());
        }
    }
    // Rust also reads `inf` and `nan` spellings; only digits, a point and an exponent are numbers here.
    if unsigned.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-')) {
        return text.parse::<f64>().ok().and_then(Number::from_f64);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> (Option<Node>, Vec<Diagnostic>) {
        let source = Source { path: "x.yaml".into(), text: text.into() };
        let mut diagnostics = Vec::new();
        let node = read(&source, &mut diagnostics);
        (node, diagnostics)
    }

    #[test]
    fn every_value_knows_its_place() {
        let text = "a: {b: [1, two, \"th ree\"]}\nc: |\n  line\n  more\nd: ä\ne: x\n";
        let (node, diagnostics) = read_text(text);
        let node = node.unwrap();
        assert_eq!(diagnostics, []);
        let list = node.get("a").unwrap().get("b").unwrap();
        assert_eq!(&text[list.span.clone()], "[1, two, \"th ree\"]");
        let Kind::List(items) = &list.kind else { panic!("{list:?}") };
        assert_eq!(&text[items[2].span.clone()], "\"th ree\"");
        assert_eq!(&text[node.get("c").unwrap().span.clone()], "line\n  more");
        assert_eq!(&text[node.get("e").unwrap().span.clone()], "x");
        assert_eq!(&text[node.entries()[2].key.span.clone()], "d");
    }

    #[test]
    fn scalars_follow_yaml_1_2() {
        let (node, found) = read_text("[no, on, 0x1F, 012, 1_000, 12:30, 1.5, -3, .5, ~, true, 1e3, \"1\", 2024-01-01, +7, ., inf, 1e999]");
        let Kind::List(items) = node.unwrap().kind else { panic!() };
        let json: Vec<String> = items.iter().map(|item| item.to_json().to_string()).collect();
        assert_eq!(
            json.join(" "),
            r#""no" "on" "0x1F" 12 "1_000" "12:30" 1.5 -3 0.5 null true 1000.0 "1" "2024-01-01" 7 "." "inf" "1e999""#
        );
        assert_eq!(items[3].kind, Kind::Number(12.into(), "012".into()));
        assert_eq!(found.iter().map(|found| found.code).collect::<Vec<_>>(), [code::LEADING_ZERO]);
        assert_eq!(read_text("[0, -0, 0.5, 00.5, 0s, \"01\", 10, 0e1, 0o17, 1-0]").1, []);
    }

    #[test]
    fn all_duplicate_keys_are_reported_and_merges_do_not_count() {
        let (_, diagnostics) = read_text("a: 1\nb: {c: 1, c: 2}\na: 2\n");
        assert_eq!(diagnostics.iter().map(|d| d.code).collect::<Vec<_>>(), [code::DUPLICATE_KEY; 2]);
        let (node, diagnostics) = read_text("base: &b {x: 1, y: 2}\nuse: {<<: *b, y: 3}\n");
        assert_eq!(diagnostics, []);
        assert_eq!(node.unwrap().get("use").unwrap().to_json(), serde_json::json!({"y": 3, "x": 1}));
    }

    #[test]
    fn bombs_are_refused() {
        let mut text = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for level in 1..10 {
            let before = level - 1;
            text.push_str(&format!("a{level}: &a{level} [{}]\n", vec![format!("*a{before}"); 10].join(",")));
        }
        assert_eq!(read_text(&text).1[0].code, code::TOO_COMPLEX);
        let deep = format!("a: {}{}", "[".repeat(10_000), "]".repeat(10_000));
        assert_eq!(read_text(&deep).1[0].code, code::TOO_COMPLEX);
        let deep: String = (0..5_000).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
        assert_eq!(read_text(&deep).1[0].code, code::TOO_COMPLEX);
        assert!(!read_text("a: &a [*a]").1.is_empty());
    }
}
