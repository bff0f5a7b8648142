//! What somebody probably meant.

/// The known name that is closest to a wrong one, when it is close enough to be meant. Names longer than a line are not guessed at.
pub fn closest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = wrong.chars().count();
    if length > 80 {
        return None;
    }
    let wrong = wrong.to_lowercase().replace('-', "_");
    let most = (length / 3).max(1);
    let (distance, name) = known
        .into_iter()
        // A difference in length is a distance already; what is left is looked at closely, up to a bound.
        .filter(|name| name.len().abs_diff(wrong.len()) <= most)
        .take(500)
        .map(|name| (strsim::damerau_levenshtein(&wrong, &name.to_lowercase()), name))
        .min_by_key(|(distance, _)| *distance)?;
    (distance <= most && distance < length).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_be_meant_is_suggested() {
        let known = ["preconditions", "verify", "with", "id", "on_failure"];
        assert_eq!(closest("precondition", known), Some("preconditions"));
        assert_eq!(closest("on-failure", known), Some("on_failure"));
        assert_eq!(closest("wtih", known), Some("with"));
        assert_eq!(closest("banana", known), None);
        assert_eq!(closest("", known), None);
    }
}
