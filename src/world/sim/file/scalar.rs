//! Scalars of the world file: durations, distributions and moments.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

use crate::world::sim::dice::Dist;
use crate::world::sim::work::after;

/// A moment: a timestamp, or a time after the world's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    At(Timestamp),
    After(Duration),
}

impl When {
    /// The same, with the world's start moved by `by`.
    pub(crate) fn moved(self, by: jiff::SignedDuration) -> Self {
        match self {
            Self::At(moment) => Self::At(moment + by),
            Self::After(offset) => Self::After(offset),
        }
    }

    pub(crate) fn resolve(self, start: Timestamp) -> Timestamp {
        match self {
            Self::At(moment) => moment,
            Self::After(offset) => after(start, offset),
        }
    }
}

/// `90s`, `5m`, `1h30m`, `250ms`: whole numbers with units from days down to milliseconds, each at most once.
fn parse_duration(text: &str) -> Result<Duration, String> {
    const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
    let wrong = || format!("`{text}` is no duration: write `90s`, `5m`, `1h30m` or `250ms`");
    let mut millis: u64 = 0;
    let mut rest = text.trim();
    let mut units = UNITS.iter();
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, tail) = rest.split_at(digits);
        let end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        let number: u64 = number.parse().map_err(|_| wrong())?;
        // Going on where the unit before stood keeps the units in order and each of them single.
        let (_, factor) = units.find(|(name, _)| *name == unit).ok_or_else(wrong)?;
        millis = number.checked_mul(*factor).and_then(|part| millis.checked_add(part)).ok_or_else(wrong)?;
        rest = tail;
    }
    // Ten years: far beyond any drill, and safe to add to any date.
    if millis > 10 * 366 * 86_400_000 {
        return Err(format!("`{text}` is too long: ten years is the most"));
    }
    Ok(Duration::from_millis(millis))
}

/// A plain duration in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Length(pub(crate) Duration);

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_duration(&text).map(Length).map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if let Ok(moment) = text.parse() {
            return Ok(Self::At(moment));
        }
        parse_duration(text.strip_prefix('+').unwrap_or(&text)).map(Self::After).map_err(|_| {
            de::Error::custom(format!(
                "`{text}` is no moment: write a timestamp like `2026-03-12T02:47:00Z`, or a time after the start like `5m`"
            ))
        })
    }
}

impl<'de> Deserialize<'de> for Dist {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Dist;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration like `8m`, or a distribution like `{p50: 6m, p95: 15m}`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Dist, E> {
                parse_duration(text).map(Dist::constant).map_err(E::custom)
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Dist, E> {
                Err(E::custom(format!("`{number}` has no unit: write `{number}s` or `{number}m`")))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Dist, A::Error> {
                let (mut p50, mut p95) = (None, None);
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "p50" => p50 = Some(map.next_value::<Length>()?.0),
                        "p95" => p95 = Some(map.next_value::<Length>()?.0),
                        _ => return Err(de::Error::unknown_field(&key, &["p50", "p95"])),
                    }
                }
                let p50 = p50.ok_or_else(|| de::Error::missing_field("p50"))?;
                let p95 = p95.ok_or_else(|| de::Error::missing_field("p95"))?;
                if p50.is_zero() || p95 < p50 {
                    return Err(de::Error::custom("p50 must be above zero, and p95 not below p50"));
                }
                Ok(Dist { p50, p95 })
            }
        }

        deserializer.deserialize_any(Either)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_as_people_write_them() {
        assert_eq!(parse_duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_duration("1h30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(parse_duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(parse_duration("0s"), Ok(Duration::ZERO));
        for wrong in ["", "5", "m", "5x", "30m1h", "1m1m", "-5s", "1.5h", "99999999999999999999s", "4000d"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_distribution_is_a_duration_or_two_percentiles() {
        let read = |text: &str| serde_saphyr::from_str::<Dist>(text);
        assert_eq!(read("8m").unwrap(), Dist::constant(Duration::from_secs(480)));
        assert_eq!(read("{p50: 6m, p95: 15m}").unwrap(), Dist { p50: Duration::from_secs(360), p95: Duration::from_secs(900) });
        assert!(read("8").unwrap_err().to_string().contains("has no unit"));
        assert!(read("{p50: 6m}").is_err());
        assert!(read("{p50: 6m, p95: 5m}").unwrap_err().to_string().contains("not below p50"));
    }

    #[test]
    fn a_moment_is_a_timestamp_or_an_offset() {
        let start: Timestamp = "2026-03-12T02:47:00Z".parse().unwrap();
        let read = |text: &str| serde_saphyr::from_str::<When>(text).map(|when| when.resolve(start).to_string());
        assert_eq!(read("2026-03-12T02:43:30Z").unwrap(), "2026-03-12T02:43:30Z");
        assert_eq!(read("5m").unwrap(), "2026-03-12T02:52:00Z");
        assert_eq!(read("+5m").unwrap(), "2026-03-12T02:52:00Z");
        assert!(read("noon").is_err());
    }
}
