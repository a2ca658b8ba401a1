//! Archives from strangers: what is in them, without believing what they say of themselves.

use std::collections::BTreeSet;
use std::io::{Cursor, Read};

use zip::ZipArchive;

/// Entries of an archive at most; a drawing has some dozens.
const MOST_ENTRIES: usize = 10_000;
/// Bytes of one entry at most, unpacked.
const MOST_ENTRY: u64 = 64 << 20;
/// Bytes of all entries together at most, unpacked. Counted while unpacking, not taken from the archive's own words.
const MOST_TOTAL: u64 = 256 << 20;

/// An archive that is read entry by entry.
pub(crate) struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    left: u64,
}

/// All files of an archive with their paths, each unpacked within the bounds above. The error says in words for people what
/// is wrong: one that cannot be read in full is not read at all, nor is one of which two tools may read different files.
pub fn unpack(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, String> {
    let mut archive = Archive::open(bytes)?;
    let listed = listed(bytes)?;
    // Of two entries of one name, tools unpack the one or the other.
    let paths: BTreeSet<Vec<&[u8]>> = listed.iter().map(|name| path(name)).collect();
    if paths.len() != listed.len() || listed.len() != archive.zip.len() {
        return Err("the archive holds several entries of one name".to_owned());
    }
    let mut names: Vec<String> = Vec::new();
    for name in archive.zip.file_names() {
        let name = name.map_err(|error| format!("the archive is broken: {error}"))?;
        names.push(name.into_owned());
    }
    let mut out = Vec::new();
    for name in names {
        if name.starts_with(['/', '\\']) || name.split(['/', '\\']).any(|part| part == "..") {
            return Err(format!("`{name}` lies outside the archive"));
        }
        if !name.ends_with('/') {
            let content = archive.read(&name)?;
            out.push((name, content));
        } else if archive.size(&name) != Some(0) {
            return Err(format!("`{name}` is a folder and has content"));
        }
    }
    Ok(out)
}

/// The names that the directory of an archive has, as bytes: the library keeps only one of those that repeat. The error says
/// why they cannot be told.
fn listed(bytes: &[u8]) -> Result<Vec<&[u8]>, &'static str> {
    const BROKEN: &str = "the archive is broken: its directory cannot be read";
    let (count, offset) = end_record(bytes).ok_or(BROKEN)?;
    // In these, the true numbers stand in a record of their own, and tools differ in which they believe.
    if count == u16::MAX || offset == u32::MAX {
        return Err("the archive is of the form ZIP64, which is not read here");
    }
    directory(bytes, count, offset).ok_or(BROKEN)
}

/// Two bytes as a number.
fn half(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

/// Four bytes as a number.
fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

/// How many entries the end record of an archive says there are, and where their directory starts.
fn end_record(bytes: &[u8]) -> Option<(u16, u32)> {
    // A comment of at most 65,535 bytes may stand behind the end record. One that does not reach the end of the file is
    // not the one that every tool finds.
    let last = bytes.len().checked_sub(22)?;
    let end = (last.saturating_sub(0xFFFF)..=last).rev().find(|at| word(bytes, *at) == Some(0x0605_4B50))?;
    let comment = usize::from(half(bytes, end + 20)?);
    if end + 22 + comment != bytes.len() {
        return None;
    }
    Some((half(bytes, end + 10)?, word(bytes, end + 16)?))
}

/// The names in a directory; `None` where it does not hold as many as the end record says.
fn directory(bytes: &[u8], count: u16, offset: u32) -> Option<Vec<&[u8]>> {
    let mut at = usize::try_from(offset).ok()?;
    let mut out = Vec::new();
    while word(bytes, at) == Some(0x0201_4B50) {
        let length = usize::from(half(bytes, at + 28)?);
        let more = [usize::from(half(bytes, at + 30)?), usize::from(half(bytes, at + 32)?)];
        let name = at.checked_add(46)?;
        let behind = name.checked_add(length)?;
        out.push(bytes.get(name..behind)?);
        at = behind.checked_add(more.iter().sum::<usize>())?;
    }
    (out.len() == usize::from(count)).then_some(out)
}

/// The parts of the path that a name is, once unpacked: `a//b`, `./a/b` and `a\b` are one.
fn path(name: &[u8]) -> Vec<&[u8]> {
    name.split(|byte| matches!(byte, b'/' | b'\\'))
        .filter(|part| !part.is_empty() && *part != b".".as_slice())
        .collect()
}

impl<'a> Archive<'a> {
    /// Opens an archive. The error says what is wrong in words for people.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, String> {
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|error| format!("the archive is broken: {error}"))?;
        if zip.len() > MOST_ENTRIES {
            return Err(format!("the archive has {} entries; {MOST_ENTRIES} are the most", zip.len()));
        }
        Ok(Archive { zip, left: MOST_TOTAL })
    }

    /// Whether there is an entry of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.zip.index_for_name(name).is_some()
    }

    /// How many bytes the archive says that an entry has, unpacked. Only good for refusing early.
    pub(crate) fn size(&mut self, name: &str) -> Option<u64> {
        self.zip.by_name(name).ok().map(|entry| entry.size())
    }

    /// Unpacks an entry. Nothing is written anywhere, so names that climb out of the archive do no harm.
    pub(crate) fn read(&mut self, name: &str) -> Result<Vec<u8>, String> {
        let limit = MOST_ENTRY.min(self.left);
        let entry = self.zip.by_name(name).map_err(|error| format!("`{name}` cannot be unpacked: {error}"))?;
        let mut bytes = Vec::new();
        let mut bounded = entry.take(limit + 1);
        bounded.read_to_end(&mut bytes).map_err(|error| format!("`{name}` cannot be unpacked: {error}"))?;
        let length = bytes.len() as u64;
        if length > limit {
            return Err(format!("`{name}` unpacks to more than {} MB; it was not read", limit >> 20));
        }
        self.left -= length;
        Ok(bytes)
    }

    /// Unpacks an entry that is text.
    pub(crate) fn read_text(&mut self, name: &str) -> Result<String, String> {
        let bytes = self.read(name)?;
        Ok(vauban_syntax::decode_text(name, &bytes).0)
    }
}

#[cfg(test)]
mod tests {
    use super::unpack;

    /// An archive of stored entries, each with its name and its content; no CRC, so that only empty ones can be read.
    fn packed(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut out: Vec<u8> = Vec::new();
        let mut directory: Vec<u8> = Vec::new();
        let length = |it: usize| u32::try_from(it).unwrap_or_default().to_le_bytes();
        for (name, content) in entries {
            let mut common: Vec<u8> = vec![20, 0, 0, 8, 0, 0, 0, 0, 0x21, 0, 0, 0, 0, 0];
            common.extend(length(content.len()));
            common.extend(length(content.len()));
            // The length of the name, and no extra field: together four bytes.
            common.extend(length(name.len()));
            let offset = length(out.len());
            out.extend(0x0403_4B50u32.to_le_bytes());
            out.extend(&common);
            out.extend(name.as_bytes());
            out.extend(*content);
            directory.extend(0x0201_4B50u32.to_le_bytes());
            directory.extend([20u8, 0]);
            directory.extend(&common);
            directory.extend([0u8; 10]);
            directory.extend(offset);
            directory.extend(name.as_bytes());
        }
        let (offset, size) = (length(out.len()), length(directory.len()));
        out.extend(directory);
        out.extend(0x0605_4B50u32.to_le_bytes());
        out.extend([0u8; 4]);
        for _ in 0..2 {
            out.extend(length(entries.len()).into_iter().take(2));
        }
        out.extend(size);
        out.extend(offset);
        out.extend([0u8; 2]);
        out
    }

    #[test]
    fn an_archive_that_tools_read_in_different_ways_is_not_unpacked() {
        let files = unpack(&packed(&[("a/", b""), ("a/one", b""), ("two", b"")]));
        let expected = vec![("a/one".to_owned(), Vec::new()), ("two".to_owned(), Vec::new())];
        assert_eq!(files, Ok(expected));
        // A forged file before the true one.
        assert!(unpack(&packed(&[("one", b"forged"), ("one", b"")])).is_err());
        // Content where nobody looks for any.
        assert!(unpack(&packed(&[("one", b""), ("hidden/", b"content")])).is_err());
        assert!(unpack(&packed(&[("../one", b"")])).is_err());
        assert!(unpack(&packed(&[("/one", b"")])).is_err());
        // Names that are one file once unpacked.
        for other in ["./a/one", "a//one", "a\\one", "a/./one"] {
            assert!(unpack(&packed(&[("a/one", b""), (other, b"")])).is_err(), "{other}");
        }
        // Something behind the end, where another tool looks for another end.
        let mut longer = packed(&[("one", b"")]);
        longer.extend(b"more");
        assert!(unpack(&longer).is_err());
    }

    #[test]
    fn an_archive_whose_numbers_stand_elsewhere_is_named() {
        let mut large = packed(&[("one", b"")]);
        let offset = large.len() - 6;
        large[offset..offset + 4].fill(0xFF);
        let said = super::listed(&large);
        assert!(said.is_err_and(|said| said.contains("ZIP64")));
    }
}
