//! Names for runs.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::id::RunId;

/// Letters and digits that nobody mistakes for one another when reading them out: no `0`/`o`, no `1`/`l`/`i`.
const ALPHABET: &[u8; 31] = b"23456789abcdefghjkmnpqrstuvwxyz";

/// The name of a run started at `now` (the machine's wall clock, also for a drill), `20260312T024700Z-k3f9`: sorts by time, can be
/// typed, and four random characters keep runs of the same second apart. Where they do not, [`super::Store::create`] refuses the
/// second.
pub fn new_run_id(now: Timestamp, random: [u8; 4]) -> RunId {
    let second = now.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ");
    let suffix: String = random.iter().map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()])).collect();
    format!("{second}-{suffix}").into()
}

/// When the run of this name was started, by the machine's wall clock; `None` when the name does not tell.
pub fn named_at(run: &RunId) -> Option<Timestamp> {
    let second = run.as_str().split('-').next()?;
    let time = DateTime::strptime("%Y%m%dT%H%M%SZ", second).ok()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_readable_and_sorts_by_time() {
        let early = new_run_id("2026-03-12T02:47:00.9Z".parse().unwrap(), [255; 4]);
        let late = new_run_id("2026-03-12T02:47:01Z".parse().unwrap(), [0, 1, 30, 31]);
        assert_eq!(early.as_str(), "20260312T024700Z-9999");
        assert_eq!(late.as_str(), "20260312T024701Z-23z2");
        assert!(early < late);
        assert_eq!(named_at(&late), "2026-03-12T02:47:01Z".parse().ok());
        assert_eq!(named_at(&"notes".into()), None);
    }

    #[test]
    fn has_no_character_that_looks_like_another() {
        for byte in 0..=255 {
            let id = new_run_id(Timestamp::UNIX_EPOCH, [byte; 4]);
            let suffix = id.as_str().rsplit('-').next().unwrap();
            assert!(!suffix.contains(['0', 'o', '1', 'l', 'i']), "{suffix}");
        }
    }
}
