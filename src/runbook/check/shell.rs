//! What only a shell would understand, in a command that no shell reads.

use super::run::Cx;
use crate::diag::{Diagnostic, code};
use crate::expr;
use crate::runbook::model::StepDoc;
use crate::runbook::node::{Kind, Node};
use crate::runbook::yaml::show;

/// Programs that read such things themselves, or hand them to a shell somewhere else.
const READERS: &[&str] = &[
    "sh",
    "bash",
    "dash",
    "zsh",
    "ksh",
    "ash",
    "fish",
    "busybox",
    "cmd",
    "cmd.exe",
    "powershell",
    "pwsh",
    "ssh",
    "su",
    "make",
    "jq",
    "yq",
    "awk",
    "gawk",
    "mawk",
    "sed",
    "perl",
    "ruby",
    "python",
    "python3",
    "php",
    "node",
    "envsubst",
    "expr",
    "test",
    "[",
    "psql",
    "mysql",
    "parallel",
    "watch",
    "script",
    "tmux",
    "screen",
    "ansible",
    "salt",
    "eval",
];
/// Operators that stand alone in a shell.
const OPERATORS: &[&str] = &["|", "||", "&&", ";", "&", ">", ">>", "<", "2>", "2>&1", "&>", "2>/dev/null", ">/dev/null", "&>/dev/null"];
/// Longest command that is written out in a help.
const WRITTEN_OUT: usize = 80;

pub(super) fn check(cx: &mut Cx<'_>, step: &StepDoc) {
    // Whoever asks for a shell knows what is read by one.
    if step.action.value != "command" || step.with.get("shell").is_some() {
        return;
    }
    let Some(Node { kind: Kind::List(items), .. }) = step.with.get("argv") else { return };
    let words: Vec<&str> = items.iter().filter_map(Node::as_written).collect();
    let reader = |word: &&str| READERS.contains(&word.rsplit('/').next().unwrap_or(word));
    if words.iter().any(reader) {
        return;
    }
    if let ([only], [item]) = (words.as_slice(), items.as_slice()) {
        let apart: Vec<&str> = only.split_whitespace().collect();
        if apart.len() > 1 && !only.contains(['/', '\\', '$', '"', '\'']) {
            let finding = Diagnostic::warning(code::NO_SHELL, item.span.clone(), "nothing splits a command at its blanks");
            return cx.push(finding.help(format!("write `argv: [{}]`", apart.join(", "))));
        }
    }
    let find = words.first().is_some_and(|program| program.ends_with("find"));
    let Some((item, word)) = items
        .iter()
        .filter_map(|item| Some((item, item.as_written()?)))
        // A `;` ends what `find -exec` runs.
        .filter(|(_, word)| !find || *word != ";")
        .find(|(_, word)| !expr::has_expression(word) && of_a_shell(word))
    else {
        return;
    };
    let message = format!("`{}` is handed on as it is: no shell reads it", show(word));
    let line = words.join(" ");
    let plain = words.len() == items.len() && line.len() <= WRITTEN_OUT && !line.contains(['\'', '\n']);
    let line = if plain { line } else { "…".to_owned() };
    let finding = Diagnostic::warning(code::NO_SHELL, item.span.clone(), message);
    cx.push(finding.help(format!("let a shell read it: `argv: [sh, -c, '{line}']`")));
}

/// Whether a word clearly means something to a shell only.
fn of_a_shell(word: &str) -> bool {
    let variable = |name: &str| {
        let name = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name);
        name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
            && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    };
    let called = |open: &str, close: char| word.split_once(open).is_some_and(|(_, rest)| rest.contains(close));
    OPERATORS.contains(&word)
        || word.starts_with("~/")
        || word.strip_prefix('$').is_some_and(|name| variable(name.split('/').next().unwrap_or_default()))
        || called("$(", ')')
        || called("`", '`')
}

#[cfg(test)]
mod tests {
    use super::of_a_shell;

    #[test]
    fn only_clear_cases_are_of_a_shell() {
        for word in ["|", "&&", ">", "$HOME", "${HOME}", "$HOME/x", "$(date)", "at-$(date +%s)", "`date`", "~/x"] {
            assert!(of_a_shell(word), "{word}");
        }
        for word in ["", "$", "$1", "$x", ".a | .b", "a && b", "*.log", "price: $5", "~", "a;b", "select(.x > 1)", "$(", "it`s", "-"] {
            assert!(!of_a_shell(word), "{word}");
        }
    }
}
