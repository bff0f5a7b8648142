//! Reading a journal: line by line, believing a line only when its hash, its place and its event are right.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::de::IgnoredAny;

use super::error::JournalError;
use super::lines::{LINE_LIMIT, each_line, read_line, text};
use super::record::{Fault, Header, MAJOR, Record, Seal, decode, decode_header};
use crate::file;
use crate::id::Digest;

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
    let Reader { input, mut chain, .. } = Reader::open(path)?;
    let broken = |error| JournalError::io("read", path)(error);
    each_line(input, broken, |line, seal| {
        if let Some(record) = chain.link(line, seal)? {
            each(record);
        }
        Ok(())
    })?;
    let Chain { header, seq, last, length, torn, unended, .. } = chain;
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
    line: Vec<u8>,
    chain: Chain,
    ended: bool,
}

/// How far a journal is believed.
#[derive(Debug)]
struct Chain {
    path: PathBuf,
    header: Header,
    /// The number of the next record, which is the number of records read.
    seq: u64,
    last: Digest,
    length: u64,
    torn: Option<TornTail>,
    unended: bool,
}

impl Reader<BufReader<File>> {
    /// Opens the journal and reads its header.
    ///
    /// # Errors
    /// It cannot be read, is no journal, is of another major version, or ends within its header.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let file = file::open_to_read(path).map_err(JournalError::io("read", path))?;
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
        read_line(&mut input, &mut line).map_err(JournalError::io("read", path))?;
        let whole = line.strip_suffix(b"\n");
        if whole.is_none() && (line.len() < LINE_LIMIT) && is_torn(text(&line)) {
            return Err(JournalError::Empty { path: path.to_owned() });
        }
        let header = decode_header(whole.unwrap_or(&line)).map_err(|fault| match fault {
            Fault::Changed => damaged(path, 1, Fault::Changed, None),
            fault => JournalError::NotAJournal { path: path.to_owned(), what: fault.words(None) },
        })?;
        if header.major != MAJOR {
            return Err(JournalError::Version { path: path.to_owned(), found: header.version() });
        }
        let (length, unended) = (line.len() as u64, whole.is_none());
        let chain = Chain { path: path.to_owned(), seq: 0, last: header.hash.clone(), header, length, torn: None, unended };
        Ok(Self { input, line, chain, ended: unended })
    }

    /// The first line.
    pub fn header(&self) -> &Header {
        &self.chain.header
    }

    /// The torn last line, once the reader has come to it.
    pub fn torn(&self) -> Option<&TornTail> {
        self.chain.torn.as_ref()
    }

    /// Hash of the last line read.
    pub fn last(&self) -> &Digest {
        &self.chain.last
    }

    fn advance(&mut self) -> Result<Option<Record>, JournalError> {
        if self.ended {
            return Ok(None);
        }
        self.line.clear();
        let seal = read_line(&mut self.input, &mut self.line).map_err(JournalError::io("read", &self.chain.path))?;
        if self.line.is_empty() { Ok(None) } else { self.chain.link(&self.line, seal) }
    }
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = Result<Record, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.advance();
        self.ended |= !matches!(next, Ok(Some(_)));
        next.transpose()
    }
}

impl Chain {
    /// Believes the next line, which is there with its line end, or not: `None` when it is the last and torn.
    fn link(&mut self, line: &[u8], seal: Option<Seal>) -> Result<Option<Record>, JournalError> {
        let number = self.seq + 2;
        if line.len() >= LINE_LIMIT {
            let fault = Fault::Shape("it is longer than any line that lifeboat writes".into());
            return Err(damaged(&self.path, number, fault, None));
        }
        let (text, whole) = (text(line), line.ends_with(b"\n"));
        match decode(text, seal, self.seq, &self.last) {
            Ok(record) => {
                self.length += text.len() as u64 + u64::from(whole);
                self.unended = !whole;
                self.seq += 1;
                self.last = record.hash.clone();
                Ok(Some(record))
            }
            Err(_) if !whole && is_torn(text) => {
                let shown = &text[..text.len().min(TORN_SHOWN)];
                let text = String::from_utf8_lossy(shown).into_owned();
                self.torn = Some(TornTail { line: number, bytes: line.len() as u64, text });
                Ok(None)
            }
            Err(fault) => Err(damaged(&self.path, number, fault, Some(&self.header))),
        }
    }
}

/// Whether a line without a line end is only the beginning of one. Anything else was changed, not torn.
fn is_torn(text: &[u8]) -> bool {
    text.is_empty() || (text[0] == b'{' && serde_json::from_slice::<IgnoredAny>(text).is_err_and(|error| error.is_eof()))
}

pub(super) fn damaged(path: &Path, line: u64, fault: Fault, header: Option<&Header>) -> JournalError {
    JournalError::Damaged { path: path.to_owned(), line, what: fault.words(header) }
}
