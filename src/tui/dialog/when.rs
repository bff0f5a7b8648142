//! When a note happened: `@11:58 text`, `@11:58:30 text` (UTC, as on the screen), `@-5m text`, so long ago; and every other moment that
//! has no blank in it.

use jiff::{SignedDuration, Timestamp};

use crate::clock::Moment;

/// The longest a note can be dated back by `@-`.
const FARTHEST: SignedDuration = SignedDuration::from_hours(24);

/// When a note says that it happened; `None` for a note about now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) struct When(Option<Moment>);

impl When {
    /// The moment; `None` for a note about now.
    ///
    /// # Errors
    /// It is still to come.
    pub(in crate::tui) fn before(self, now: Timestamp) -> Result<Option<Timestamp>, String> {
        self.0.map(|moment| moment.before(now).map(|past| past.at)).transpose()
    }
}

/// A note's words and when they happened.
///
/// # Errors
/// What follows the `@` is no time, or nothing follows the time: what is wrong and what to write.
pub(in crate::tui) fn parse(text: &str) -> Result<(When, &str), String> {
    let Some(rest) = text.strip_prefix('@') else { return Ok((When(None), text)) };
    let (time, words) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let moment = time.parse::<Moment>().map_err(|_| match time.strip_prefix('-') {
        Some(ago) => format!("@-{ago} is no span: @-30s, @-5m or @-1h30m"),
        None => format!("@{time} is no time: @11:58, @11:58:30 or @-5m"),
    })?;
    if matches!(moment, Moment::Ago(ago) if ago > FARTHEST) {
        return Err("more than a day ago: write the date into the note instead".into());
    }
    let words = words.trim_start();
    // `@5m ago the pager went`.
    let words = words.strip_prefix("ago ").filter(|_| matches!(moment, Moment::Ago(_))).unwrap_or(words);
    match words.trim() {
        "" => Err("now write what happened, after a blank".into()),
        words => Ok((When(Some(moment)), words)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn dated(text: &str, now: &str) -> Option<String> {
        let (when, words) = parse(text).ok()?;
        let at = when.before(now.parse().expect("a time")).ok()?.map_or_else(|| "now".into(), |at| at.to_string());
        Some(format!("{at} {words}"))
    }

    #[test]
    fn notes_are_backdated_to_the_latest_such_time() {
        let now = "2026-03-12T00:10:00Z";
        assert_eq!(dated("pager", now).as_deref(), Some("now pager"));
        assert_eq!(dated("@00:05 pager", now).as_deref(), Some("2026-03-12T00:05:00Z pager"));
        assert_eq!(dated("@00:05Z  pager", now).as_deref(), Some("2026-03-12T00:05:00Z pager"));
        assert_eq!(dated("@23:58:30 pager went", now).as_deref(), Some("2026-03-11T23:58:30Z pager went"));
    }

    #[test]
    fn or_by_how_long_ago_it_was() {
        let now = "2026-03-12T00:10:00Z";
        assert_eq!(dated("@-5m pager", now).as_deref(), Some("2026-03-12T00:05:00Z pager"));
        assert_eq!(dated("@-90s pager", now).as_deref(), Some("2026-03-12T00:08:30Z pager"));
        assert_eq!(dated("@-1h30m pager", now).as_deref(), Some("2026-03-11T22:40:00Z pager"));
    }

    #[test]
    fn every_moment_without_a_blank_will_do() {
        let now = "2026-03-12T00:10:00Z";
        assert_eq!(dated("@5m ago the pager went", now).as_deref(), Some("2026-03-12T00:05:00Z the pager went"));
        assert_eq!(dated("@01:05+01:00 pager", now).as_deref(), Some("2026-03-12T00:05:00Z pager"));
        assert_eq!(dated("@2026-03-10T23:58Z pager", now).as_deref(), Some("2026-03-10T23:58:00Z pager"));
        assert_eq!(dated("@2026-03-12T00:11Z pager", now), None);
    }

    #[test]
    fn what_is_no_time_says_what_to_write() {
        for wrong in [
            "@25:00 pager",
            "@00:05",
            "@ 00:05",
            "@",
            "@-",
            "@-5 x",
            "@-m x",
            "@-0m x",
            "@-5m",
            "@-5m5m x",
            "@-25h x",
            "@-99999999999999999999h x",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(parse("@1158 pager"), Err("@1158 is no time: @11:58, @11:58:30 or @-5m".into()));
    }

    proptest! {
        #[test]
        fn no_note_is_dated_into_the_future(text in "@[-0-9hms:]{0,12} ?x?", second in 0i64..200_000) {
            let now = Timestamp::from_second(1_773_000_000 + second).expect("in range");
            if let Ok((when, _)) = parse(&text) {
                prop_assert!(when.before(now).is_ok_and(|at| at.is_none_or(|at| at <= now)));
            }
        }
    }
}
