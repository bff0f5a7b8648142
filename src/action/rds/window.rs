//! Daily backup windows and weekly maintenance windows of RDS, in UTC.
//!
//! The rules are those of the API reference, `PromoteReadReplica`: the form is `hh24:mi-hh24:mi`, it is at least 30 minutes long, and does not
//! conflict with the preferred maintenance window (`ddd:hh24:mi-ddd:hh24:mi`).

const DAY: u32 = 24 * 60;

/// What is wrong with a backup window, if anything.
pub(super) fn objection(text: &str) -> Option<String> {
    match daily(text) {
        None => Some(format!("{text:?} is no backup window: it is written hh24:mi-hh24:mi in UTC, such as 03:00-03:30")),
        Some((_, minutes)) if minutes < 30 => {
            Some(format!("the backup window {text} is {minutes} minutes long, and RDS wants at least 30"))
        }
        Some(_) => None,
    }
}

/// Whether a backup window and a maintenance window have a minute in common, on any day.
pub(super) fn conflict(backup: &str, maintenance: &str) -> bool {
    let Some((begin, length)) = daily(backup) else { return false };
    let day = |text: &str| text.split_once(':').and_then(|(_, time)| minute(time));
    let Some((from, until)) = maintenance.split_once('-').and_then(|(from, until)| Some((day(from)?, day(until)?))) else { return false };
    let lasts = (until + DAY - from) % DAY;
    (from + DAY - begin) % DAY < length || (begin + DAY - from) % DAY < lasts
}

/// The minute of the day that a daily window begins with, and how many it lasts.
fn daily(text: &str) -> Option<(u32, u32)> {
    let (from, until) = text.split_once('-')?;
    let (from, until) = (minute(from)?, minute(until)?);
    Some((from, (until + DAY - from) % DAY))
}

/// `hh24:mi` as minutes.
fn minute(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str, below: u32| {
        let two = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u32>().ok().filter(|number| two && *number < below)
    };
    Some(number(hour, 24)? * 60 + number(minute, 60)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_that_rds_refuses_are_refused() {
        for good in ["03:00-03:30", "23:45-00:15", "00:00-23:59"] {
            assert_eq!(objection(good), None, "{good}");
        }
        for bad in ["after lunch", "03:00-03:10", "3:00-4:00", "03:00", "24:00-01:00", "03:00-03:60", "03:00-03:00", "03:00 - 03:30", ""] {
            assert!(objection(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn windows_that_share_a_minute_conflict() {
        for (backup, maintenance, shares) in [
            ("03:00-03:30", "mon:03:15-mon:03:45", true),
            ("03:00-03:30", "mon:03:30-mon:04:00", false),
            ("23:45-00:15", "sun:00:00-sun:00:30", true),
            ("03:00-05:00", "sun:04:00-sun:04:30", true),
            ("04:10-04:40", "sun:23:00-mon:05:00", true),
            ("03:00-03:30", "", false),
        ] {
            assert_eq!(conflict(backup, maintenance), shares, "{backup} {maintenance}");
        }
    }
}
