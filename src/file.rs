//! Opening what is named as a file and may be anything: a pipe without a writer would be waited for, a device never ends.

use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::OFlags;

/// What something is that is not an ordinary file, `a named pipe (FIFO)`; `None` when it is one.
pub fn other_than_a_file(kind: FileType) -> Option<&'static str> {
    match kind {
        kind if kind.is_file() => None,
        kind if kind.is_dir() => Some("a folder"),
        kind if kind.is_symlink() => Some("a symbolic link"),
        kind if kind.is_fifo() => Some("a named pipe (FIFO)"),
        kind if kind.is_socket() => Some("a socket"),
        _ => Some("a device"),
    }
}

/// Opens an ordinary file, without waiting for anybody.
///
/// # Errors
/// It is something else ([`io::ErrorKind::InvalidInput`]), or cannot be opened.
pub fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    open_as(path, options, OFlags::NONBLOCK)
}

/// The same where a link to a file is none: what is opened is what stands there.
///
/// # Errors
/// As [`open`].
pub fn open_in_place(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    open_as(path, options, OFlags::NONBLOCK | OFlags::NOFOLLOW)
}

fn open_as(path: &Path, options: &mut OpenOptions, flags: OFlags) -> io::Result<File> {
    // A socket cannot be opened at all, and a link not in its place: their errors do not say what they are.
    let named = |error: io::Error| match std::fs::symlink_metadata(path) {
        Ok(meta) if flags.contains(OFlags::NOFOLLOW) || !meta.is_symlink() => ordinary(&meta).err().unwrap_or(error),
        _ => error,
    };
    let file = options.custom_flags(flags.bits().cast_signed()).open(path).map_err(named)?;
    ordinary(&file.metadata()?)?;
    Ok(file)
}

fn ordinary(meta: &Metadata) -> io::Result<()> {
    let other = other_than_a_file(meta.file_type());
    other.map_or(Ok(()), |what| Err(io::Error::new(io::ErrorKind::InvalidInput, format!("it is {what}, not a file"))))
}

/// Opens an ordinary file to read it.
///
/// # Errors
/// As [`open`].
pub fn open_to_read(path: &Path) -> io::Result<File> {
    open(path, OpenOptions::new().read(true))
}

/// Reads an ordinary file of at most `most` bytes. What counts is what is read, not what the file says of its size.
///
/// # Errors
/// As [`open`]; it is larger ([`io::ErrorKind::FileTooLarge`]); it cannot be read.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    read_bounded(open_to_read(path)?, most)
}

/// Reads to the end, which must come within `most` bytes.
///
/// # Errors
/// It is larger ([`io::ErrorKind::FileTooLarge`]), or cannot be read.
pub fn read_bounded(from: impl io::Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it is larger than {most} bytes")));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_ordinary_file_is_read_and_nothing_is_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::write(at("plain"), "text").unwrap();
        std::os::unix::fs::symlink("plain", at("link")).unwrap();
        std::os::unix::fs::symlink("pipe", at("link_to_pipe")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, at("pipe"), rustix::fs::Mode::from_raw_mode(0o600)).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        assert_eq!(read(&at("plain"), 4).unwrap(), b"text");
        assert_eq!(read(&at("link"), 4).unwrap(), b"text");
        assert_eq!(read(&at("plain"), 3).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(read(Path::new("/dev/zero"), 3).unwrap_err().to_string(), "it is a device, not a file");
        for (name, what) in
            [("pipe", "a named pipe (FIFO)"), ("link_to_pipe", "a named pipe (FIFO)"), ("socket", "a socket"), ("", "a folder")]
        {
            assert_eq!(read(&at(name), 3).unwrap_err().to_string(), format!("it is {what}, not a file"));
        }
        let in_place = |name: &str, write: bool| open_in_place(&at(name), OpenOptions::new().read(true).write(write));
        in_place("plain", true).unwrap();
        for (name, write) in [("pipe", true), ("link", true), ("link", false), ("socket", false)] {
            assert_eq!(in_place(name, write).unwrap_err().kind(), io::ErrorKind::InvalidInput, "{name}");
        }
        assert_eq!(read(&at("nothing"), 3).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
