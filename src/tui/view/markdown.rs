//! The little Markdown a runbook needs: paragraphs, lists, headings, **strong** words and `code`.

use ratatui::text::{Line, Span};

use super::pen::Pen;
use crate::tui::text::{clean, take_columns, width};
use crate::tui::theme::Role;

/// Writes a Markdown text.
pub(in crate::tui) fn write(pen: &mut Pen, source: &str) {
    let mut paragraph = String::new();
    let mut code = false;
    for line in source.lines() {
        let trimmed = line.trim();
        if trimmed.starts_with("```") {
            flush(pen, &mut paragraph, "");
            code = !code;
        } else if code {
            pen.text(Role::Text, 2, line);
        } else if trimmed.is_empty() {
            flush(pen, &mut paragraph, "");
            pen.blank();
        } else if let Some(title) = trimmed.strip_prefix('#') {
            flush(pen, &mut paragraph, "");
            pen.text(Role::Strong, 0, title.trim_start_matches('#').trim());
        } else if let Some(item) = trimmed.strip_prefix("- ").or_else(|| trimmed.strip_prefix("* ")) {
            flush(pen, &mut paragraph, "");
            paragraph = format!("- {item}");
        } else {
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(trimmed);
        }
    }
    flush(pen, &mut paragraph, "");
}

fn flush(pen: &mut Pen, paragraph: &mut String, lead: &str) {
    let text = std::mem::take(paragraph);
    if text.is_empty() {
        return;
    }
    let (lead, text) = match text.strip_prefix("- ") {
        Some(item) => ("- ", item),
        None => (lead, text.as_str()),
    };
    inline(pen, lead, text);
}

/// Words with their look, wrapped.
fn inline(pen: &mut Pen, lead: &str, text: &str) {
    let columns = pen.width.saturating_sub(width(lead)).max(1);
    let mut lines: Vec<Vec<Span<'static>>> = vec![Vec::new()];
    let mut used = 0;
    for (role, word) in words(&clean(text)) {
        let mut word = word.as_str();
        if used > 0 && used + 1 + width(word) > columns {
            lines.push(Vec::new());
            used = 0;
        }
        while width(word) > columns {
            let head = take_columns(word, columns);
            if head.is_empty() {
                break;
            }
            if let Some(line) = lines.last_mut() {
                line.push(pen.span(role, head));
            }
            word = &word[head.len()..];
            lines.push(Vec::new());
        }
        let gap = if used > 0 { " " } else { "" };
        used += width(gap) + width(word);
        if let Some(line) = lines.last_mut() {
            line.push(Span::raw(gap));
            line.push(pen.span(role, word));
        }
    }
    for (i, mut line) in lines.into_iter().enumerate() {
        let front = if i == 0 { lead.to_owned() } else { " ".repeat(width(lead)) };
        line.insert(0, Span::raw(front));
        pen.lines.push(Line::from(line));
    }
}

/// The words of a paragraph; `**` and backquotes turn a look on and off and are left out.
fn words(text: &str) -> Vec<(Role, String)> {
    let mut out = Vec::new();
    let mut strong = false;
    let mut code = false;
    for word in text.split_whitespace() {
        let opens = word.starts_with("**") && !code;
        let ticks = word.matches('`').count();
        strong |= opens;
        let role = match (strong, code || ticks > 0) {
            (_, true) => Role::Running,
            (true, false) => Role::Strong,
            _ => Role::Text,
        };
        out.push((role, word.replace("**", "").replace('`', "")));
        if strong && (word.matches("**").count() == 2 || (word.contains("**") && !opens)) {
            strong = false;
        }
        code ^= ticks % 2 == 1;
    }
    out
}
