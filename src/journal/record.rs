//! One line of a journal: what it holds, how it is written, and what it takes to be believed.

use serde::Deserialize;
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use sha2::Digest as _;

use super::flat::{read_event, serialize_event, write_event};
use crate::clock::Stamp;
use crate::engine::Event;
use crate::id::{Digest, RunId};

/// The version of the format this program writes: major, a dot, minor.
pub(super) const FORMAT: &str = "1.4";
/// The major version it reads.
pub(super) const MAJOR: u32 = 1;
/// The newest minor version it writes.
pub(super) const MINOR: u32 = 4;

/// An event with its place in the journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Counts from 0 without gaps.
    pub seq: u64,
    /// When it was recorded.
    pub at: Stamp,
    /// The `hash` of the line before: of the record before, or of the header for the first.
    pub prev: Digest,
    /// What happened.
    pub event: Event,
    /// Fingerprint of the line's own bytes up to this key.
    pub hash: Digest,
}

/// The line of the journal, key by key: what the JSON output holds.
impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("seq", &self.seq)?;
        map.serialize_entry("wall", &self.at.wall)?;
        map.serialize_entry("mono_ms", &self.at.mono_ms)?;
        map.serialize_entry("prev", &self.prev)?;
        serialize_event(&self.event, &mut map)?;
        map.serialize_entry("hash", &self.hash)?;
        map.end()
    }
}

/// The first line of a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Major version of the format.
    pub major: u32,
    /// Minor version of the format.
    pub minor: u32,
    /// Whose journal it is.
    pub run: RunId,
    /// Fingerprint of the line's own bytes.
    pub hash: Digest,
}

impl Header {
    /// The version as written.
    pub fn version(&self) -> String {
        format!("{}.{}", self.major, self.minor)
    }
}

/// `sha256:` and 64 hex digits.
const DIGEST_LEN: usize = 71;
/// A digest as bytes.
pub(super) type Seal = [u8; DIGEST_LEN];
const HASH_KEY: &[u8] = br#","hash":""#;
const HASH_END: &[u8] = br#""}"#;
const SEAL_LEN: usize = HASH_KEY.len() + DIGEST_LEN + HASH_END.len();

/// Why a line is not believed.
#[derive(Debug)]
pub(super) enum Fault {
    /// It is no JSON, or not of the right shape.
    Shape(String),
    /// It does not end with its hash, or the hash is not that of its text.
    Changed,
    /// It is whole, but not the one that follows.
    Place(String),
    /// It is whole, and its event is not known here.
    Event(String),
}

impl Fault {
    pub(super) fn words(self, header: Option<&Header>) -> String {
        match self {
            Self::Shape(what) | Self::Place(what) => what,
            Self::Changed => "its hash is not that of its text, so it was changed after it was written".into(),
            Self::Event(what) => match header {
                Some(header) if header.minor > MINOR => {
                    format!("{what} (the journal is in format {}, newer than {FORMAT}; use the lifeboat that wrote it)", header.version())
                }
                _ => what,
            },
        }
    }
}

/// Appends the header's line, newline included, to `out`; returns its hash.
pub(super) fn encode_header(run: &RunId, out: &mut Vec<u8>) -> Result<Digest, serde_json::Error> {
    let start = out.len();
    out.extend_from_slice(br#"{"journal":"lifeboat","v":""#);
    out.extend_from_slice(FORMAT.as_bytes());
    out.extend_from_slice(br#"","run":"#);
    serde_json::to_writer(&mut *out, run)?;
    Ok(as_text(&seal(start, out)).into())
}

/// Appends a record's line, newline included, to `out`; returns its seal.
pub(super) fn encode(seq: u64, at: Stamp, prev: &Digest, event: &Event, out: &mut Vec<u8>) -> Result<Seal, serde_json::Error> {
    let start = out.len();
    let Stamp { wall, mono_ms } = at;
    out.extend_from_slice(format!(r#"{{"seq":{seq},"wall":"{wall}","mono_ms":{mono_ms},"prev":"{prev}","#).as_bytes());
    write_event(event, out)?;
    Ok(seal(start, out))
}

/// Ends the line that began at `start` with its hash.
fn seal(start: usize, out: &mut Vec<u8>) -> Seal {
    let hash = fingerprint(&out[start..]);
    out.extend_from_slice(HASH_KEY);
    out.extend_from_slice(&hash);
    out.extend_from_slice(HASH_END);
    out.push(b'\n');
    hash
}

/// Reads the header's line (without newline).
pub(super) fn decode_header(line: &[u8]) -> Result<Header, Fault> {
    #[derive(Deserialize)]
    struct Shape {
        journal: String,
        v: String,
        run: RunId,
    }
    let shape: Shape = serde_json::from_slice(line).map_err(|error| Fault::Shape(format!("its first line is no header ({error})")))?;
    if shape.journal != "lifeboat" {
        return Err(Fault::Shape(format!("its first line speaks of {:?}", shape.journal)));
    }
    let version = shape.v.split_once('.').and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
    let (major, minor) = version.ok_or_else(|| Fault::Shape(format!("its first line names format {:?}", shape.v)))?;
    if major != MAJOR {
        // Another major version may seal its lines differently: the caller refuses it for what it is.
        return Ok(Header { major, minor, run: shape.run, hash: Digest::from("") });
    }
    let hash = unseal(line).ok_or(Fault::Changed)?;
    Ok(Header { major, minor, run: shape.run, hash: as_text(&hash).into() })
}

/// Reads a record's line (without newline) that should be number `seq` and follow the line with hash `prev`.
/// `seal` is what [`unseal`] found.
pub(super) fn decode(line: &[u8], seal: Option<Seal>, seq: u64, prev: &Digest) -> Result<Record, Fault> {
    let seal = seal.ok_or(Fault::Changed)?;
    let parts = Parts::of(line)?;
    if parts.seq > seq {
        return Err(Fault::Place(format!(
            "it is record {} where record {seq} should be: what was before it was removed or moved",
            parts.seq
        )));
    }
    if parts.seq < seq {
        return Err(Fault::Place(format!("it is record {} where record {seq} should be: it was inserted, doubled or moved", parts.seq)));
    }
    if parts.prev != prev.as_str() {
        return Err(Fault::Place("it does not follow the line before it, so that line was replaced".into()));
    }
    parts.record(prev.clone(), &seal)
}

/// Reads a record's line (without newline) for itself, wherever it stands.
pub(super) fn decode_alone(line: &[u8]) -> Result<Record, Fault> {
    let seal = unseal(line).ok_or(Fault::Changed)?;
    let parts = Parts::of(line)?;
    parts.record(parts.prev.into(), &seal)
}

/// A line whose seal is whole, taken apart.
struct Parts<'a> {
    seq: u64,
    wall: &'a str,
    mono_ms: u64,
    prev: &'a str,
    kind: &'a str,
    /// The event's own keys: nothing, or each with a comma before it.
    keys: &'a str,
}

impl<'a> Parts<'a> {
    /// Keys come in the order in which they were written, without spaces, so they are found without parsing.
    fn of(line: &'a [u8]) -> Result<Self, Fault> {
        let text =
            std::str::from_utf8(&line[..line.len() - SEAL_LEN]).map_err(|error| Fault::Shape(format!("it is no record ({error})")))?;
        let mut rest = text;
        let mut until = |before: &str, end: u8| {
            // All of them are short: a loop finds their ends sooner than a search that is made for long texts.
            let found = rest.strip_prefix(before)?;
            let length = found.bytes().position(|byte| byte == end)?;
            rest = &found[length + 1..];
            Some(&found[..length])
        };
        let mut parts = || {
            let seq = number(until(r#"{"seq":"#, b',')?)?;
            let wall = until(r#""wall":""#, b'"')?;
            let mono_ms = number(until(r#","mono_ms":"#, b',')?)?;
            let prev = until(r#""prev":""#, b'"')?;
            let kind = until(r#","event":""#, b'"')?;
            Some(Parts { seq, wall, mono_ms, prev, kind, keys: "" })
        };
        let parts = parts().ok_or_else(|| Fault::Shape("it is no record (it does not begin with the keys of one)".into()))?;
        Ok(Parts { keys: rest, ..parts })
    }

    fn record(&self, prev: Digest, seal: &Seal) -> Result<Record, Fault> {
        let wall = self.wall.parse().map_err(|error| Fault::Shape(format!("it is no record (its wall clock: {error})")))?;
        let at = Stamp { wall, mono_ms: self.mono_ms };
        let event = read_event(self.kind, self.keys).map_err(|error| Fault::Event(format!("its event cannot be read ({error})")))?;
        Ok(Record { seq: self.seq, at, prev, event, hash: as_text(seal).into() })
    }
}

/// A number as JSON writes it.
fn number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|_| !text.starts_with('+') && (text.len() == 1 || !text.starts_with('0')))
}

/// The hash a line ends with, where it is that of the line's text.
pub(super) fn unseal(line: &[u8]) -> Option<Seal> {
    let (body, seal) = line.split_at(line.len().checked_sub(SEAL_LEN)?);
    let (key, rest) = seal.split_at(HASH_KEY.len());
    // Most of what is torn or changed is seen without hashing.
    if key != HASH_KEY || rest[DIGEST_LEN..] != *HASH_END {
        return None;
    }
    let hash = fingerprint(body);
    (rest[..DIGEST_LEN] == hash).then_some(hash)
}

/// [`Digest::of`] as bytes, without a formatter: a journal of a million lines takes as many.
fn fingerprint(bytes: &[u8]) -> Seal {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut text = [0; DIGEST_LEN];
    text[..7].copy_from_slice(b"sha256:");
    for (pair, byte) in text[7..].chunks_exact_mut(2).zip(sha2::Sha256::digest(bytes)) {
        pair[0] = HEX[usize::from(byte >> 4)];
        pair[1] = HEX[usize::from(byte & 15)];
    }
    text
}

fn as_text(hash: &Seal) -> &str {
    std::str::from_utf8(hash).expect("hex digits are ASCII")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn the_version_that_is_written_is_the_newest_that_is_read() {
        assert_eq!(FORMAT, format!("{MAJOR}.{MINOR}"));
    }

    #[test]
    fn fingerprints_are_digests() {
        assert_eq!(Digest::from(as_text(&fingerprint(b"a boat"))), Digest::of(b"a boat"));
    }

    #[test]
    fn a_line_is_one_flat_object_sealed_with_its_hash() {
        let mut line = Vec::new();
        let at = Stamp { wall: "2026-03-12T02:47:00Z".parse().unwrap(), mono_ms: 12 };
        let event = Event::RunPaused { by: None, reason: "q".into() };
        let seal = encode(3, at, &"sha256:x".into(), &event, &mut line).unwrap();
        let hash = Digest::from(as_text(&seal));
        assert_eq!(
            String::from_utf8(line.clone()).unwrap(),
            format!(
                r#"{{"seq":3,"wall":"2026-03-12T02:47:00Z","mono_ms":12,"prev":"sha256:x","event":"run_paused","by":null,"reason":"q","hash":"{hash}"}}"#
            ) + "\n"
        );
        line.pop();
        let record = decode(&line, unseal(&line), 3, &"sha256:x".into()).unwrap();
        assert_eq!(record, Record { seq: 3, at, prev: "sha256:x".into(), event, hash });
        // What the JSON output holds is the same line.
        assert_eq!(serde_json::to_vec(&record).unwrap(), line);
    }

    #[test]
    fn a_line_in_another_place_is_refused() {
        let mut line = Vec::new();
        let at = Stamp { wall: Timestamp::UNIX_EPOCH, mono_ms: 0 };
        encode(3, at, &"sha256:x".into(), &Event::RunPaused { by: None, reason: String::new() }, &mut line).unwrap();
        line.pop();
        assert!(matches!(decode(&line, unseal(&line), 2, &"sha256:x".into()), Err(Fault::Place(_))));
        assert!(matches!(decode(&line, unseal(&line), 3, &"sha256:y".into()), Err(Fault::Place(_))));
        line[10] ^= 1;
        assert!(matches!(decode(&line, unseal(&line), 3, &"sha256:x".into()), Err(Fault::Changed)));
    }
}
