//! What a journal asks of the file it writes to: a port, because disks that break are the point and cannot be had on demand.

use std::fmt::Debug;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::lock;

/// A file that is appended to.
pub(super) trait Medium: Debug + Send {
    /// How many names it has, and how many bytes.
    fn look(&self) -> io::Result<(u64, u64)>;
    /// Whether it is the file at this place.
    fn is_at(&self, path: &Path) -> io::Result<bool>;
    /// Puts all of the bytes at the end, or some of them when it fails.
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Makes what was written durable.
    fn sync_data(&mut self) -> io::Result<()>;
    /// Cuts off what is beyond `length`.
    fn set_len(&mut self, length: u64) -> io::Result<()>;
}

impl Medium for File {
    fn look(&self) -> io::Result<(u64, u64)> {
        self.metadata().map(|meta| (meta.nlink(), meta.len()))
    }

    fn is_at(&self, path: &Path) -> io::Result<bool> {
        lock::is_at(self, path)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        io::Write::write_all(self, bytes)
    }

    fn sync_data(&mut self) -> io::Result<()> {
        File::sync_data(self)
    }

    fn set_len(&mut self, length: u64) -> io::Result<()> {
        File::set_len(self, length)
    }
}
