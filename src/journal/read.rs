//! Reading a journal: line by line, believing a line only when its hash, its place and its event are right.

use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

use serde::de::IgnoredAny;

use super::error::JournalError;
use super::record::{Fault, Header, MAJOR, Record, decode, decode_header};
use crate::id::Digest;

/// The longest line that is read. A line longer than this is damage: the longest there is holds the plan, and a runbook is bounded.
const LINE_LIMIT: u64 = 256 << 20;

/// How much of a torn line is kept for people.
const TORN_SHOWN: usize = 200;

/// A last line that was never written to its end. Nothing was done on the strength of it, for the write had not returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TornTail {
    /// Counts from 1; the header is line 1.
    pub line: u64,
    /// How many bytes of it are there.
    pub bytes: u64,
    /// The beginning of it.
    pub text: String,
}

/// A whole journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Readback {
    /// Its first line.
    pub header: Header,
    /// In order, without gaps.
    pub records: Vec<Record>,
    /// The torn last line, which is not among the records.
    pub torn: Option<TornTail>,
    /// Hash of the last whole line.
    pub last: Digest,
    /// Bytes of the whole lines: where the next record goes.
    pub length: u64,
    /// The last whole line lacks only its line end.
    pub unended: bool,
}

/// What a journal was found to be, without its records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// Its first line.
    pub header: Header,
    /// How many records it has.
    pub records: u64,
    /// The torn last line, which is not among the records.
    pub torn: Option<TornTail>,
    /// Hash of the last whole line. Kept elsewhere, it also shows when records were cut off the end.
    pub last: Digest,
    /// Bytes of the whole lines: where the next record goes.
    pub length: u64,
    /// The last whole line lacks only its line end.
    pub unended: bool,
}

/// Reads a whole journal and hands over every record. Nothing of it is kept, so that a long one needs no memory.
///
/// # Errors
/// It cannot be read, is no journal, is of another major version, holds nothing, or is damaged anywhere but in a torn last line. The
/// records before the damage have been handed over then.
pub fn replay(path: &Path, mut each: impl FnMut(Record)) -> Result<Replayed, JournalError> {
    let mut reader = Reader::open(path)?;
    for record in reader.by_ref() {
        each(record?);
    }
    let Reader { header, seq, last, length, torn, unended, .. } = reader;
    Ok(Replayed { header, records: seq, torn, last, length, unended })
}

/// Reads a whole journal and keeps its records.
///
/// # Errors
/// As [`replay`].
pub fn read(path: &Path) -> Result<Readback, JournalError> {
    let mut records = Vec::new();
    let found = replay(path, |record| records.push(record))?;
    Ok(Readback::of(found, records))
}

/// Reads a whole journal for the sake of its chain.
///
/// # Errors
/// As [`replay`].
pub fn verify(path: &Path) -> Result<Replayed, JournalError> {
    replay(path, drop)
}

impl Readback {
    pub(super) fn of(found: Replayed, records: Vec<Record>) -> Self {
        let Replayed { header, torn, last, length, unended, records: _ } = found;
        Self { header, records, torn, last, length, unended }
    }
}

/// Reads a journal record by record, in memory for one line. Ends after the last record, or after the first error.
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    path: PathBuf,
    header: Header,
    /// The number of the next record, which is the number of records read.
    seq: u64,
    last: Digest,
    length: u64,
    torn: Option<TornTail>,
    unended: bool,
    ended: bool,
    line: Vec<u8>,
}

impl Reader<BufReader<File>> {
    /// Opens the journal and reads its header.
    ///
    /// # Errors
    /// It cannot be read, is no journal, is of another major version, or ends within its header.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let file = File::open(path).map_err(JournalError::io("read", path))?;
        Self::new(path, BufReader::with_capacity(64 << 10, file))
    }
}

impl<R: BufRead> Reader<R> {
    /// Reads the header of a journal from anywhere; `path` is for the messages.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn new(path: &Path, mut input: R) -> Result<Self, JournalError> {
        let mut line = Vec::new();
        if !read_line(&mut input, &mut line).map_err(JournalError::io("read", path))? {
            return Err(JournalError::NotAJournal { path: path.to_owned(), what: "its first line has no end".into() });
        }
        let ended = line.last() == Some(&b'\n');
        if ended {
            line.pop();
        } else if line.is_empty() || is_torn(&line) {
            return Err(JournalError::Empty { path: path.to_owned() });
        }
        let header = decode_header(&line).map_err(|fault| match fault {
            Fault::Changed => damaged(path, 1, Fault::Changed, None),
            fault => JournalError::NotAJournal { path: path.to_owned(), what: fault.words(None) },
        })?;
        if header.major != MAJOR {
            return Err(JournalError::Version { path: path.to_owned(), found: header.version() });
        }
        Ok(Self {
            input,
            path: path.to_owned(),
            seq: 0,
            last: header.hash.clone(),
            header,
            length: line.len() as u64 + u64::from(ended),
            torn: None,
            unended: !ended,
            ended: !ended,
            line,
        })
    }

    /// The first line.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The torn last line, once the reader has come to it.
    pub fn torn(&self) -> Option<&TornTail> {
        self.torn.as_ref()
    }

    /// Hash of the last line read.
    pub fn last(&self) -> &Digest {
        &self.last
    }

    fn advance(&mut self) -> Result<Option<Record>, JournalError> {
        if self.ended {
            return Ok(None);
        }
        let bounded = read_line(&mut self.input, &mut self.line).map_err(JournalError::io("read", &self.path))?;
        let number = self.seq + 2;
        if !bounded {
            let fault = Fault::Shape("it is longer than any line that lifeboat writes".into());
            return Err(damaged(&self.path, number, fault, None));
        }
        if self.line.is_empty() {
            self.ended = true;
            return Ok(None);
        }
        let whole = self.line.last() == Some(&b'\n');
        let text = match self.line.strip_suffix(b"\n") {
            Some(text) => text,
            // A crash can leave the end of a file filled with zeros.
            None => without_zeros(&self.line),
        };
        match decode(text, self.seq, &self.last) {
            Ok(record) => {
                self.length += text.len() as u64 + u64::from(whole);
                self.unended = !whole;
                self.ended = !whole;
                self.seq += 1;
                self.last = record.hash.clone();
                Ok(Some(record))
            }
            Err(_) if !whole && is_torn(text) => {
                let shown = &text[..text.len().min(TORN_SHOWN)];
                let text = String::from_utf8_lossy(shown).into_owned();
                self.torn = Some(TornTail { line: number, bytes: self.line.len() as u64, text });
                self.ended = true;
                Ok(None)
            }
            Err(fault) => Err(damaged(&self.path, number, fault, Some(&self.header))),
        }
    }
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = Result<Record, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.advance();
        self.ended |= next.is_err();
        next.transpose()
    }
}

fn without_zeros(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    &line[..end]
}

/// Whether a line without a line end is only the beginning of one. Anything else was changed, not torn.
fn is_torn(line: &[u8]) -> bool {
    let line = without_zeros(line);
    line.is_empty() || (line[0] == b'{' && serde_json::from_slice::<IgnoredAny>(line).is_err_and(|error| error.is_eof()))
}

/// Reads up to and with the next line end; false when the line is longer than any that lifeboat writes.
pub(super) fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> std::io::Result<bool> {
    line.clear();
    input.by_ref().take(LINE_LIMIT).read_until(b'\n', line)?;
    Ok((line.len() as u64) < LINE_LIMIT)
}

pub(super) fn damaged(path: &Path, line: u64, fault: Fault, header: Option<&Header>) -> JournalError {
    JournalError::Damaged { path: path.to_owned(), line, what: fault.words(header) }
}
