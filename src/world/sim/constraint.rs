//! What a request must satisfy before its service looks at the estate: the constraints of the service's model.

use std::fmt::{Display, Write as _};

/// What a request breaks, in the words in which AWS's services say it.
#[derive(Debug, Default)]
pub(in crate::world::sim) struct Constraints {
    broken: Vec<String>,
}

impl Constraints {
    /// `member`, which has this value, must satisfy something.
    fn breaks(&mut self, value: impl Display, member: &str, must: impl Display) {
        self.broken.push(format!("Value '{value}' at '{member}' failed to satisfy constraint: Member must {must}"));
    }

    /// The length of a string.
    pub(in crate::world::sim) fn length(&mut self, value: &str, member: &str, least: usize, most: usize) {
        let length = value.chars().count();
        if length < least {
            self.breaks(value, member, format_args!("have length greater than or equal to {least}"));
        } else if length > most {
            self.breaks(value, member, format_args!("have length less than or equal to {most}"));
        }
    }

    /// The range of a number.
    pub(in crate::world::sim) fn range(&mut self, value: Option<i32>, member: &str, least: i32, most: i32) {
        match value {
            Some(value) if value < least => {
                self.breaks(value, member, format_args!("have value greater than or equal to {least}"));
            }
            Some(value) if value > most => self.breaks(value, member, format_args!("have value less than or equal to {most}")),
            _ => {}
        }
    }

    /// The characters of a string, by the model's pattern.
    pub(in crate::world::sim) fn pattern(&mut self, value: &str, member: &str, pattern: &str, fits: impl Fn(char) -> bool) {
        if !value.chars().all(fits) {
            self.breaks(value, member, format_args!("satisfy regular expression pattern: {pattern}"));
        }
    }

    /// One of the values of an enum.
    pub(in crate::world::sim) fn one_of(&mut self, value: Option<&str>, member: &str, known: &[&str]) {
        if let Some(value) = value.filter(|value| !known.contains(value)) {
            self.breaks(value, member, format_args!("satisfy enum value set: [{}]", known.join(", ")));
        }
    }

    /// A member that is required.
    pub(in crate::world::sim) fn required(&mut self, is_there: bool, member: &str) {
        if !is_there {
            self.broken.push(format!("Value null at '{member}' failed to satisfy constraint: Member must not be null"));
        }
    }

    /// Everything that is broken, as one message; `None` when nothing is.
    pub(in crate::world::sim) fn message(self) -> Option<String> {
        let count = self.broken.len();
        let plural = if count == 1 { "" } else { "s" };
        let mut text = format!("{count} validation error{plural} detected: ");
        write!(text, "{}", self.broken.join("; ")).ok()?;
        (count > 0).then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_broken_is_said_at_once() {
        let mut constraints = Constraints::default();
        constraints.length("x", "roleSessionName", 2, 64);
        constraints.range(Some(5), "durationSeconds", 900, 43_200);
        constraints.one_of(Some("b"), "kind", &["a"]);
        constraints.required(true, "there");
        let said = constraints.message().unwrap();
        assert!(said.starts_with("3 validation errors detected: Value 'x' at 'roleSessionName' failed"), "{said}");
        assert!(said.contains("Value '5' at 'durationSeconds'") && said.ends_with("satisfy enum value set: [a]"), "{said}");
        assert_eq!(Constraints::default().message(), None);
    }
}
