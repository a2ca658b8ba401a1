//! The container of an evidence pack: a ZIP archive of which every byte outside the files has one allowed value.
//!
//! Written by hand rather than by a library, for one reason: what was written in one year must be checked byte by byte in
//! another, and a library is free to change what it writes. The layout is that of APPNOTE 6.3.10: local headers and data
//! one after the other, the central directory, the end record; method 0 (stored), flag bit 11 (names in UTF-8), dates
//! 1980-01-01 00:00, no extra fields, no comment. Any ZIP tool opens it.

use super::crc::crc32;

const LOCAL: u32 = 0x0403_4B50;
const CENTRAL: u32 = 0x0201_4B50;
const END: u32 = 0x0605_4B50;
const VERSION: u16 = 20;
const UTF8: u16 = 0x0800;
/// 1980-01-01, the first day that the format can say.
const DATE: u16 = 0x0021;
const LOCAL_LENGTH: usize = 30;
const CENTRAL_LENGTH: usize = 46;
const END_LENGTH: usize = 22;
/// Files of one archive at most: what the format's 16 bits allow.
pub const MAX_FILES: usize = 65_000;
/// Bytes of one archive at most: what its 32 bits allow, with room.
pub const MAX_BYTES: usize = 3_900_000_000;

/// A file of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Its path, with `/`.
    pub path: &'a str,
    /// Its content.
    pub bytes: &'a [u8],
    /// The CRC-32 that the archive says it has.
    pub crc: u32,
}

/// Writes the archive. `None` when there are more files or bytes than it can hold, or a path that is too long.
pub fn write<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Option<Vec<u8>> {
    let mut out: Vec<u8> = Vec::new();
    let mut directory: Vec<u8> = Vec::new();
    let mut count = 0u16;
    for (path, bytes) in files {
        if usize::from(count) >= MAX_FILES || out.len() + bytes.len() > MAX_BYTES {
            return None;
        }
        let (offset, size, length) =
            (u32::try_from(out.len()).ok()?, u32::try_from(bytes.len()).ok()?, u16::try_from(path.len()).ok()?);
        let crc = crc32(bytes);
        out.extend(LOCAL.to_le_bytes());
        header(&mut out, crc, size, length);
        out.extend(path.as_bytes());
        out.extend(bytes);
        directory.extend(CENTRAL.to_le_bytes());
        directory.extend(VERSION.to_le_bytes());
        header(&mut directory, crc, size, length);
        // Comment, disk, internal and external attributes.
        directory.extend([0u8; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(path.as_bytes());
        count += 1;
    }
    let (offset, size) = (u32::try_from(out.len()).ok()?, u32::try_from(directory.len()).ok()?);
    out.extend(directory);
    out.extend(END.to_le_bytes());
    out.extend([0u8; 4]);
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(size.to_le_bytes());
    out.extend(offset.to_le_bytes());
    out.extend([0u8; 2]);
    Some(out)
}

/// What local headers and the directory have in common.
fn header(out: &mut Vec<u8>, crc: u32, size: u32, length: u16) {
    out.extend(VERSION.to_le_bytes());
    out.extend(UTF8.to_le_bytes());
    out.extend([0u8; 4]);
    out.extend(DATE.to_le_bytes());
    out.extend(crc.to_le_bytes());
    out.extend(size.to_le_bytes());
    out.extend(size.to_le_bytes());
    out.extend(length.to_le_bytes());
    out.extend([0u8; 2]);
}

/// The files as the local headers tell them, one after the other. Where one is damaged, the next that looks whole is
/// looked for, and what lies between counts as the content of the one before.
pub fn by_headers(bytes: &[u8]) -> Vec<Entry<'_>> {
    let mut out: Vec<Entry<'_>> = Vec::new();
    let mut at = 0usize;
    while at < bytes.len() && out.len() <= MAX_FILES {
        if word(bytes, at) == Some(CENTRAL) {
            break;
        }
        let Some(entry) = local(bytes, at) else {
            let Some(next) = (at.saturating_sub(16)..bytes.len()).find(|from| is_header(bytes, *from)) else { break };
            if next <= at.saturating_sub(16) {
                break;
            }
            // What was taken for the end of the last file was not: it ends where the next begins.
            if let Some(last) = out.last_mut()
                && next < at
            {
                last.bytes = last.bytes.get(..last.bytes.len().saturating_sub(at - next)).unwrap_or_default();
            }
            at = next;
            if local(bytes, at).is_none() {
                break;
            }
            continue;
        };
        at += LOCAL_LENGTH + entry.path.len() + entry.bytes.len();
        out.push(entry);
    }
    out
}

fn is_header(bytes: &[u8], at: usize) -> bool {
    word(bytes, at) == Some(LOCAL) && half(bytes, at + 6) == Some(UTF8) && half(bytes, at + 12) == Some(DATE)
        || word(bytes, at) == Some(CENTRAL) && half(bytes, at + 8) == Some(UTF8)
}

fn local(bytes: &[u8], at: usize) -> Option<Entry<'_>> {
    if word(bytes, at)? != LOCAL {
        return None;
    }
    let crc = word(bytes, at + 14)?;
    let size = usize::try_from(word(bytes, at + 18)?).ok()?;
    let from = at + LOCAL_LENGTH;
    let to = from + usize::from(half(bytes, at + 26)?);
    let path = std::str::from_utf8(bytes.get(from..to)?).ok()?;
    Some(Entry { path, bytes: bytes.get(to..to.checked_add(size)?)?, crc })
}

/// The files as the directory at the end tells them; `None` when there is none to be found.
pub fn by_directory(bytes: &[u8]) -> Option<Vec<Entry<'_>>> {
    let end = bytes.len().checked_sub(END_LENGTH)?;
    if word(bytes, end)? != END {
        return None;
    }
    let count = usize::from(half(bytes, end + 10)?);
    let mut at = usize::try_from(word(bytes, end + 16)?).ok()?;
    let mut out = Vec::with_capacity(count.min(MAX_FILES));
    // Files do not overlap: a directory that names the same bytes again and again would cost without end.
    let mut room = bytes.len();
    for _ in 0..count {
        if word(bytes, at)? != CENTRAL {
            return None;
        }
        let crc = word(bytes, at + 16)?;
        let size = usize::try_from(word(bytes, at + 20)?).ok()?;
        let length = usize::from(half(bytes, at + 28)?);
        let offset = usize::try_from(word(bytes, at + 42)?).ok()?;
        let from = at + CENTRAL_LENGTH;
        let path = std::str::from_utf8(bytes.get(from..from + length)?).ok()?;
        let data = offset.checked_add(LOCAL_LENGTH + length)?;
        room = room.checked_sub(size)?;
        out.push(Entry { path, bytes: bytes.get(data..data.checked_add(size)?)?, crc });
        at = from + length;
    }
    Some(out)
}

/// Whether another tool packed an archive anew, as its directory says: most files are compressed, or have another date than
/// the one that is written here. A few altered bytes cannot make it so.
pub fn is_rewritten(bytes: &[u8]) -> bool {
    let count_all = || -> Option<(usize, usize)> {
        // A comment of at most 65,535 bytes may stand behind the end record.
        let last = bytes.len().checked_sub(END_LENGTH)?;
        let end = (last.saturating_sub(0xFFFF)..=last).rev().find(|at| word(bytes, *at) == Some(END))?;
        let mut at = usize::try_from(word(bytes, end + 16)?).ok()?;
        let (mut all, mut other) = (0usize, 0usize);
        while word(bytes, at) == Some(CENTRAL) {
            all += 1;
            let written_here =
                half(bytes, at + 10)? == 0 && half(bytes, at + 12)? == 0 && half(bytes, at + 14)? == DATE;
            other += usize::from(!written_here);
            let lengths = [at + 28, at + 30, at + 32].map(|length| half(bytes, length).map_or(0, usize::from));
            at = at.checked_add(CENTRAL_LENGTH + lengths.iter().sum::<usize>())?;
        }
        Some((all, other))
    };
    count_all().is_some_and(|(all, other)| other > 1 && other * 2 > all)
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}
