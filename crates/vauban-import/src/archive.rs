//! Archives from strangers: what is in them, without believing what they say of themselves.

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
