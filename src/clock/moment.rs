//! Moments that are past, as people write them: `02:43`, `2026-03-12 02:43`, `15m ago`. What has no offset is UTC, as on the screens.

use jiff::civil::{DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan};

/// What to write, for messages.
pub const MOMENT_EXAMPLES: &str = "`02:43` (UTC), `02:43+01:00`, `2026-03-12T02:43Z`, or how long ago: `15m`";

/// The longest that anything can be ago, as a span: 100 days. Anything longer is a slip of the keyboard.
const FARTHEST: SignedDuration = SignedDuration::from_hours(100 * 24);

/// A moment as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// One that does not depend on when it is read.
    At(Timestamp),
    /// The latest such time of day that is past.
    Clock(Time, Offset),
    /// So long before it is read.
    Ago(SignedDuration),
}

/// A moment that is past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Past {
    /// When it was.
    pub at: Timestamp,
    /// Whether a time of day was meant of yesterday, because today it is still to come.
    pub yesterday: bool,
    /// When that was asked.
    now: Timestamp,
}

impl std::str::FromStr for Moment {
    type Err = String;

    /// Reads a moment.
    ///
    /// # Errors
    /// It is none: what to write.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let no_time = || format!("this is no time: write {MOMENT_EXAMPLES}");
        if let Some(moment) = absolute(text).or_else(|| clock(text)) {
            return Ok(moment);
        }
        if text.parse::<jiff::civil::Date>().is_ok() {
            return Err(format!("the time of day is missing: write `{text}T02:43Z`"));
        }
        match ago(text) {
            Some(ago) if ago > FARTHEST => Err(format!("that is more than 100 days ago: write the date, {MOMENT_EXAMPLES}")),
            Some(ago) => Ok(Self::Ago(ago)),
            None => Err(no_time()),
        }
    }
}

impl Moment {
    /// The moment, as seen from now.
    ///
    /// # Errors
    /// It is not past.
    pub fn before(self, now: Timestamp) -> Result<Past, String> {
        let past = |at, yesterday| Past { at, yesterday, now };
        let out_of_range = |_| "that is before all time".to_owned();
        match self {
            Self::Ago(ago) => now.checked_sub(ago).map(|at| past(at, false)).map_err(out_of_range),
            Self::Clock(time, offset) => {
                let zone = TimeZone::fixed(offset);
                let today = now.to_zoned(zone.clone()).date().to_datetime(time).to_zoned(zone).map_err(out_of_range)?;
                if today.timestamp() <= now {
                    return Ok(past(today.timestamp(), false));
                }
                today.checked_sub(1.day()).map(|at| past(at.timestamp(), true)).map_err(out_of_range)
            }
            Self::At(at) if at > now => {
                Err(format!("{at:.0} is still to come: it is {now:.0} now; is the date right? Write {MOMENT_EXAMPLES}"))
            }
            Self::At(at) => Ok(past(at, false)),
        }
    }
}

/// `2026-03-12T02:43:00Z, 21 min ago`.
impl std::fmt::Display for Past {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let yesterday = if self.yesterday { ", yesterday" } else { "" };
        write!(f, "{:.0}{yesterday}, {}", self.at, how_long(self.now.duration_since(self.at)))
    }
}

/// How long ago, in the words of a conversation.
fn how_long(ago: SignedDuration) -> String {
    let seconds = ago.as_secs();
    let two = |big: i64, unit: &str, small: i64, part: &str| match small {
        0 => format!("{big} {unit} ago"),
        small => format!("{big} {unit} {small} {part} ago"),
    };
    match seconds {
        ..1 => "now".to_owned(),
        1..60 => format!("{seconds} s ago"),
        60..3_600 => format!("{} min ago", seconds / 60),
        3_600..86_400 => two(seconds / 3_600, "h", seconds / 60 % 60, "min"),
        86_400..172_800 => two(1, "day", seconds / 3_600 % 24, "h"),
        _ => two(seconds / 86_400, "days", seconds / 3_600 % 24, "h"),
    }
}

/// A date with a time of day: RFC 3339, also with a blank, without seconds, and without an offset.
fn absolute(text: &str) -> Option<Moment> {
    let (text, utc) = without_utc(text);
    if !text.contains(':') {
        return None;
    }
    let plain = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp());
    // A `DateTime` takes an offset and forgets it: only what is no `Timestamp` has none.
    if utc { plain() } else { text.parse::<Timestamp>().ok().or_else(plain) }.map(Moment::At)
}

/// `02:43`, `2:43`, `02:43:30`, each with `Z` or an offset, or without.
fn clock(text: &str) -> Option<Moment> {
    let (text, utc) = without_utc(text);
    let (time, offset) = match text.find(['+', '-', 'Z', 'z']) {
        Some(_) if utc => return None,
        Some(at) => (&text[..at], offset(&text[at..])?),
        None => (text, Offset::UTC),
    };
    let parts: Vec<i8> = time.split(':').map(|part| digits(part, 2)?.parse().ok()).collect::<Option<_>>()?;
    let time = match parts.as_slice() {
        [hour, minute] => Time::new(*hour, *minute, 0, 0),
        [hour, minute, second] => Time::new(*hour, *minute, *second, 0),
        _ => return None,
    };
    // `2:3` is more likely a slip than a time.
    let minutes = text.split(':').nth(1)?.get(..2)?;
    time.ok().filter(|_| digits(minutes, 2).is_some()).map(|time| Moment::Clock(time, offset))
}

/// `Z`, `+01:00`, `+0100`, `-05`.
fn offset(text: &str) -> Option<Offset> {
    if text.eq_ignore_ascii_case("z") {
        return Some(Offset::UTC);
    }
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_at_checked(2)?;
    let minutes = minutes.strip_prefix(':').unwrap_or(minutes);
    let number = |text: &str| digits(text, 2)?.parse::<i32>().ok();
    let minutes = if minutes.is_empty() { 0 } else { number(minutes).filter(|minutes| *minutes < 60)? };
    Offset::from_seconds(sign * (number(hours).filter(|hours| *hours < 24)? * 3_600 + minutes * 60)).ok()
}

fn digits(text: &str, most: usize) -> Option<&str> {
    ((1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

/// The text without ` UTC` at its end, and whether that stood there.
fn without_utc(text: &str) -> (&str, bool) {
    let cut = text.len().checked_sub(3).and_then(|at| text.split_at_checked(at));
    match cut {
        Some((before, zone)) if zone.eq_ignore_ascii_case("utc") || zone.eq_ignore_ascii_case("gmt") => (before.trim_end(), true),
        _ => (text, false),
    }
}

/// `15m`, `-15m`, `15m ago`, `1h30m`, `15 min ago`. The larger unit comes first, each once.
fn ago(text: &str) -> Option<SignedDuration> {
    let lower = text.to_lowercase();
    let text = lower.strip_suffix("ago").map(str::trim_end).unwrap_or(&lower);
    let mut rest = text.strip_prefix('-').unwrap_or(text).trim_start();
    let (mut seconds, mut above) = (0_i64, i64::MAX);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (count, after) = rest.split_at(digits);
        let after = after.trim_start();
        let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let unit = match unit {
            "s" | "sec" | "secs" | "second" | "seconds" => 1,
            "m" | "min" | "mins" | "minute" | "minutes" => 60,
            "h" | "hr" | "hrs" | "hour" | "hours" => 3_600,
            "d" | "day" | "days" => 86_400,
            _ => return None,
        };
        if unit >= above {
            return None;
        }
        above = unit;
        seconds = count.parse::<i64>().ok()?.checked_mul(unit)?.checked_add(seconds)?;
        rest = after.trim_start();
    }
    (seconds > 0).then(|| SignedDuration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: &str = "2026-03-12T03:04:10Z";

    fn told(text: &str) -> Result<String, String> {
        text.parse::<Moment>()?.before(NOW.parse().expect("a time")).map(|past| past.to_string())
    }

    #[test]
    fn times_are_taken_as_people_write_them() {
        let all = [
            ("02:43", "2026-03-12T02:43:00Z, 21 min ago"),
            ("2:43", "2026-03-12T02:43:00Z, 21 min ago"),
            ("02:43Z", "2026-03-12T02:43:00Z, 21 min ago"),
            ("02:43 UTC", "2026-03-12T02:43:00Z, 21 min ago"),
            ("02:43:30", "2026-03-12T02:43:30Z, 20 min ago"),
            ("03:43+01:00", "2026-03-12T02:43:00Z, 21 min ago"),
            ("21:43-0500", "2026-03-12T02:43:00Z, 21 min ago"),
            ("03:04", "2026-03-12T03:04:00Z, 10 s ago"),
            ("23:50", "2026-03-11T23:50:00Z, yesterday, 3 h 14 min ago"),
            ("03:05", "2026-03-11T03:05:00Z, yesterday, 23 h 59 min ago"),
            ("2026-03-12 02:43", "2026-03-12T02:43:00Z, 21 min ago"),
            ("2026-03-12T02:43", "2026-03-12T02:43:00Z, 21 min ago"),
            ("2026-03-12T02:43Z", "2026-03-12T02:43:00Z, 21 min ago"),
            ("2026-03-12 02:43:30 UTC", "2026-03-12T02:43:30Z, 20 min ago"),
            ("2026-03-12T03:43:30+01:00", "2026-03-12T02:43:30Z, 20 min ago"),
            ("2026-03-10T02:04:10.5Z", "2026-03-10T02:04:10Z, 2 days ago"),
            ("15m", "2026-03-12T02:49:10Z, 15 min ago"),
            ("-15m", "2026-03-12T02:49:10Z, 15 min ago"),
            ("15m ago", "2026-03-12T02:49:10Z, 15 min ago"),
            ("15 minutes ago", "2026-03-12T02:49:10Z, 15 min ago"),
            ("1h30m", "2026-03-12T01:34:10Z, 1 h 30 min ago"),
            ("1 h 30 min", "2026-03-12T01:34:10Z, 1 h 30 min ago"),
            ("90s", "2026-03-12T03:02:40Z, 1 min ago"),
            (NOW, "2026-03-12T03:04:10Z, now"),
        ];
        for (text, expected) in all {
            assert_eq!(told(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_answered_with_examples_and_what_is_to_come_is_refused() {
        for wrong in
            ["", "0243", "3am", "02:43 CET", "24:00", "02:60", "2:3", "15", "m", "0m", "15m5m", "5m1h", "+5m", "02:43+1", "--5m", "ago"]
        {
            assert_eq!(told(wrong), Err(format!("this is no time: write {MOMENT_EXAMPLES}")), "{wrong}");
        }
        assert_eq!(told("2026-03-12"), Err("the time of day is missing: write `2026-03-12T02:43Z`".into()));
        assert!(told("101d").unwrap_err().starts_with("that is more than 100 days ago"));
        for ahead in ["2030-01-01T00:00:00Z", "2026-03-12T03:04:11Z", "2026-03-12 03:05"] {
            let error = told(ahead).unwrap_err();
            assert!(error.contains("is still to come: it is 2026-03-12T03:04:10Z now") && error.contains("`15m`"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn no_moment_is_to_come(text in "[-+0-9hmsdZ: T]{0,20}( ago)?", second in 0i64..200_000) {
            let now = Timestamp::from_second(1_773_000_000 + second).expect("in range");
            if let Ok(past) = text.parse::<Moment>().and_then(|moment| moment.before(now)) {
                prop_assert!(past.at <= now);
            }
        }
    }
}
