//! When a note happened: `@11:58 text`, `@11:58:30 text` (UTC, as on the screen), or `@-5m text`, so long ago.

use std::time::Duration;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// The longest a note can be dated back by `@-`.
const FARTHEST: Duration = Duration::from_secs(24 * 3_600);

/// When a note says that it happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum When {
    /// As it is written.
    Now,
    /// At this time of day, the latest that is past.
    At(Time),
    /// So long before it is written.
    Ago(Duration),
}

impl When {
    /// The moment; `None` for a note about now.
    pub(in crate::tui) fn before(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Now => None,
            Self::Ago(ago) => now.checked_sub(SignedDuration::try_from(ago).ok()?).ok(),
            Self::At(time) => {
                let today = now.to_zoned(TimeZone::UTC).date().to_datetime(time).to_zoned(TimeZone::UTC).ok()?;
                let past = if today.timestamp() > now { today.checked_sub(1.day()).ok()? } else { today };
                Some(past.timestamp())
            }
        }
    }
}

/// A note's words and when they happened.
///
/// # Errors
/// What follows the `@` is no time, or nothing follows the time: what is wrong and what to write.
pub(in crate::tui) fn parse(text: &str) -> Result<(When, &str), String> {
    let Some(rest) = text.strip_prefix('@') else { return Ok((When::Now, text)) };
    let (time, words) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let when = match time.strip_prefix('-') {
        Some(ago) => When::Ago(ago_of(ago)?),
        None => When::At(time_of(time)?),
    };
    match words.trim() {
        "" => Err("now write what happened, after a blank".into()),
        words => Ok((when, words)),
    }
}

fn time_of(text: &str) -> Result<Time, String> {
    let plain = text.trim_end_matches('Z');
    let parsed = Time::strptime("%H:%M:%S", plain).or_else(|_| Time::strptime("%H:%M", plain));
    parsed.map_err(|_| format!("@{text} is no time: @11:58, @11:58:30 or @-5m"))
}

/// `5m`, `90s`, `1h30m`.
fn ago_of(text: &str) -> Result<Duration, String> {
    let wrong = || format!("@-{text} is no span: @-30s, @-5m or @-1h30m");
    let mut seconds: u64 = 0;
    let mut rest = text;
    let mut above = u64::MAX;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let count: u64 = rest[..digits].parse().map_err(|_| wrong())?;
        let unit = match rest[digits..].chars().next() {
            Some('h') => 3_600,
            Some('m') => 60,
            Some('s') => 1,
            _ => return Err(wrong()),
        };
        // Hours, then minutes, then seconds, each once.
        if unit >= above {
            return Err(wrong());
        }
        above = unit;
        seconds = count.checked_mul(unit).and_then(|more| seconds.checked_add(more)).ok_or_else(wrong)?;
        rest = &rest[digits + 1..];
    }
    match Duration::from_secs(seconds) {
        Duration::ZERO => Err(wrong()),
        ago if ago > FARTHEST => Err("more than a day ago: write the date into the note instead".into()),
        ago => Ok(ago),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn dated(text: &str, now: &str) -> Option<String> {
        let (when, words) = parse(text).ok()?;
        let at = when.before(now.parse().expect("a time")).map_or_else(|| "now".into(), |at| at.to_string());
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
                prop_assert!(when.before(now).is_none_or(|at| at <= now));
            }
        }
    }
}
