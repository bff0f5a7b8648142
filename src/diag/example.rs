//! For every code a mistake and its mending.

/// What an example is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// Keys of a runbook, or some of its steps or preconditions; what every runbook has is left out.
    Part,
    /// A whole file.
    File,
    /// A whole world file.
    World,
    /// A command line, or words: no file shows it.
    Words,
}

/// An example of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Example {
    /// What it is made of.
    pub made: Made,
    /// What has the finding.
    pub wrong: &'static str,
    /// The same without it.
    pub right: &'static str,
}

/// All of them as text: they are read by people, and rarely by the program.
const TEXT: &str = include_str!("examples.txt");

/// The example of a code; `None` when there is no such code. Upper or lower case.
pub fn example(code: &str) -> Option<Example> {
    let mut sections = TEXT.split("\n== ").skip(1);
    let section = sections.find(|section| section.split(' ').next().is_some_and(|known| known.eq_ignore_ascii_case(code)))?;
    let (head, rest) = section.split_once("\n-- wrong\n")?;
    let (wrong, right) = rest.split_once("\n-- right\n")?;
    let made = match head.rsplit(' ').next() {
        Some("file") => Made::File,
        Some("world") => Made::World,
        Some("words") => Made::Words,
        _ => Made::Part,
    };
    Some(Example { made, wrong, right: right.trim_end() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::code::ALL;

    #[test]
    fn every_code_has_an_example_and_every_example_a_code() {
        let headings: Vec<&str> = TEXT.split("\n== ").skip(1).filter_map(|section| section.split(' ').next()).collect();
        let codes: Vec<&str> = ALL.iter().map(|(code, _)| *code).collect();
        assert_eq!(headings, codes);
        for code in codes {
            let example = example(code).unwrap_or_else(|| panic!("{code}"));
            assert!(!example.wrong.is_empty() && !example.right.is_empty() && example.wrong != example.right, "{code}");
            assert!(!example.wrong.contains("\n==") && !example.right.contains("\n-- "), "{code}");
        }
        assert_eq!(example("lb9999"), None);
    }
}
