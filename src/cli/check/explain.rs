//! `lifeboat check --explain LB0106`: what a finding means, with an example.

use std::fmt::Write as _;

use crate::cli::exit::Exit;
use crate::cli::say::{colours, out_in_colour, problem};
use crate::diag::{closest, code, example};

/// Widest line.
const WIDTH: usize = 90;

/// Says what a code means.
pub(super) fn explain(code: &str) -> Exit {
    let wanted = &whole(code);
    let Some(text) = code::explain(wanted) else {
        let upper = wanted.to_uppercase();
        let help = match closest(&upper, code::ALL.iter().map(|(known, _)| *known)) {
            Some(near) => format!("did you mean {near}? A code stands in brackets behind `error` or `warning`"),
            None => "a code stands in brackets behind `error` or `warning`, as in error[LB0106]".to_owned(),
        };
        problem(&format!("there is no code `{wanted}`"), Some(&help));
        return Exit::BadInput;
    };
    let (bold, red, green, off) =
        if colours(&std::io::stdout()) { ("\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[0m") } else { ("", "", "", "") };
    let mut page = format!("{bold}{}{off}\n\n{}", wanted.to_uppercase(), wrapped(&text));
    if let Some(example) = example(wanted) {
        for (title, colour, text) in [("Wrong", red, example.wrong), ("Right", green, example.right)] {
            write!(page, "\n{colour}{title}{off}\n\n").expect("writing to a String cannot fail");
            text.lines().for_each(|line| page.push_str(&format!("    {line}\n")));
        }
    }
    out_in_colour(&page);
    Exit::Done
}

/// A code as it stands behind a finding, also from its number alone, or with what stands around it: `719`, `error[LB0719]`.
fn whole(code: &str) -> String {
    let bare = code.trim().trim_start_matches("error").trim_start_matches("warning").trim_matches(['[', ']', ':', ' ']);
    let digits = bare.strip_prefix(['l', 'L']).and_then(|rest| rest.strip_prefix(['b', 'B'])).unwrap_or(bare);
    let whole = format!("LB{digits:0>4}");
    // What is no code with its zeros either is answered as it was typed: the digit that is missing may be another.
    if code::explain(&whole).is_some() { whole } else { code.trim().to_owned() }
}

fn wrapped(text: &str) -> String {
    let (mut out, mut width) = (String::new(), 0);
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if width > 0 && width + 1 + length > WIDTH {
            out.push('\n');
            width = 0;
        } else if width > 0 {
            out.push(' ');
            width += 1;
        }
        out.push_str(word);
        width += length;
    }
    out.push('\n');
    out
}
