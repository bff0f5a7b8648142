//! An action or a probe as a page in the terminal.

use super::catalogue_json::keys_of;
use crate::runbook::spec::{AWS_ERRORS, ActionSpec, ErrorSpec, FieldSpec, ParamSpec, ProbeSpec};

/// Columns of a page.
const WIDTH: usize = 100;

/// The page of an action.
pub(super) fn action(spec: &ActionSpec) -> String {
    let mut page = Page::begin(spec.name, spec.reversibility.words(), spec.summary, spec.details);
    page.params(spec.params);
    page.fields("outputs, read by later steps as steps.ID.outputs.NAME", spec.outputs);
    page.errors("errors", spec.errors, spec.needs_target);
    page.title("confirmation");
    page.text(2, &format!("{} where the step does not say `confirm`", spec.default_confirmation()));
    page.permissions(&spec.iam_actions());
    page.example(&[("action", spec.name), ("with", spec.example)]);
    page.text
}

/// The page of a probe.
pub(super) fn probe(spec: &ProbeSpec) -> String {
    let mut page = Page::begin(spec.name, "reads only", spec.summary, spec.details);
    page.params(spec.params);
    page.fields("fields, for `expect`", spec.fields);
    page.errors("what makes a reading unknown", spec.errors, spec.needs_target);
    page.permissions(&spec.iam_actions());
    // A condition may hold what YAML would take for its own: quotes of the one kind around it, as `lifeboat check` wants it.
    let expect = format!("'{}'", spec.expect.replace('\'', "''"));
    page.example(&[("probe", spec.name), ("with", spec.example), ("expect", &expect)]);
    page.text
}

/// A page that grows.
struct Page {
    text: String,
}

impl Page {
    fn begin(name: &str, kind: &str, summary: &str, details: &str) -> Self {
        let mut page = Self { text: format!("{name}  ({kind})\n") };
        page.text(0, &format!("{summary}."));
        for paragraph in details.split("\n\n") {
            page.text.push('\n');
            page.text(0, paragraph);
        }
        page
    }

    fn title(&mut self, title: &str) {
        self.text.push_str(&format!("\n{title}:\n"));
    }

    /// A paragraph, indented and broken into lines.
    fn text(&mut self, indent: usize, text: &str) {
        let mut column = 0;
        for word in text.split_whitespace() {
            let length = word.chars().count();
            if column > 0 && column + 1 + length > WIDTH {
                self.text.push('\n');
                column = 0;
            }
            if column == 0 {
                self.text.push_str(&" ".repeat(indent));
                column = indent;
            } else {
                self.text.push(' ');
                column += 1;
            }
            self.text.push_str(word);
            column += length;
        }
        self.text.push('\n');
    }

    fn params(&mut self, params: &[ParamSpec]) {
        if params.is_empty() {
            return;
        }
        self.title("with");
        self.keys(2, params);
    }

    fn keys(&mut self, indent: usize, params: &[ParamSpec]) {
        for param in params {
            let must = match (param.required, param.default) {
                (true, _) => "required".to_owned(),
                (false, "") => "optional".to_owned(),
                (false, default) => format!("default: {default}"),
            };
            self.text(indent, &format!("{}: {} ({must})", param.name, param.ty.words()));
            self.text(indent + 4, param.doc);
            if let Some(keys) = keys_of(&param.ty) {
                self.keys(indent + 4, keys);
            }
        }
    }

    fn fields(&mut self, title: &str, fields: &[FieldSpec]) {
        if fields.is_empty() {
            return;
        }
        self.title(title);
        for field in fields {
            self.text(2, &format!("{}: {}", field.name, field.ty.words()));
            self.text(6, field.doc);
        }
    }

    fn errors(&mut self, title: &str, own: &[ErrorSpec], of_aws: bool) {
        let common = if of_aws { AWS_ERRORS } else { &[] };
        if own.is_empty() && common.is_empty() {
            return;
        }
        self.title(title);
        for error in own.iter().chain(common) {
            self.text(2, error.name);
            self.text(6, error.doc);
        }
    }

    fn permissions(&mut self, permissions: &[&str]) {
        if !permissions.is_empty() {
            self.title("IAM permissions");
            self.text(2, &permissions.join(", "));
        }
    }

    fn example(&mut self, lines: &[(&str, &str)]) {
        self.title("example");
        for (key, value) in lines {
            // Not broken: it is there to be copied.
            self.text.push_str(&format!("  {key}: {}\n", value.trim()));
        }
    }
}
