//! Whether the record of one pack goes on where that of an earlier one ended.
//!
//! The chain of hashes shows that a record is of one piece, not that its owner did not write all of it anew. Who has an
//! earlier pack can tell: every event of that one must still be there, unchanged and in its place.

use super::archive;

/// Where records lie in a pack.
const FOLDER: &str = "13-record/record";

/// What comparing two packs gave, for one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Continued {
    /// The record's path in the packs.
    pub file: String,
    /// How many events of the earlier pack are still in their place.
    pub same: usize,
    /// How many events the earlier pack has.
    pub earlier: usize,
    /// How many the later one has; `None` where it has no such record.
    pub later: Option<usize>,
}

impl Continued {
    /// Whether nothing of the past was changed.
    pub fn is_good(&self) -> bool {
        self.same == self.earlier && self.later.is_some()
    }
}

/// Compares the records of an earlier pack with those of a later one, each in the order of the paths. Both packs must have
/// been verified. Empty where the earlier pack has no record.
pub fn continued(earlier: &[u8], later: &[u8]) -> Vec<Continued> {
    let later = records(later);
    let mut out = Vec::new();
    for (file, lines) in records(earlier) {
        let other = later.iter().find(|(name, _)| *name == file).map(|(_, lines)| lines);
        let same = other.map_or(0, |other| lines.iter().zip(other).take_while(|(a, b)| a == b).count());
        out.push(Continued { file, same, earlier: lines.len(), later: other.map(Vec::len) });
    }
    out
}

/// The records of a pack, each as its events: all lines but the seal.
fn records(pack: &[u8]) -> Vec<(String, Vec<&[u8]>)> {
    let mut out: Vec<(String, Vec<&[u8]>)> = Vec::new();
    for entry in archive::by_directory(pack).unwrap_or_default() {
        if entry.path.starts_with(FOLDER) && entry.path.ends_with(".jsonl") {
            let lines = entry.bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
            out.push((entry.path.to_owned(), lines.filter(|line| !line.starts_with(b"{\"seal\":")).collect()));
        }
    }
    out.sort();
    out
}

#[cfg(test)]
mod tests {
    use super::continued;
    use crate::evidence::archive;

    fn pack(record: &str) -> Vec<u8> {
        archive::write([("13-record/extract.jsonl", &b"x\n"[..]), ("13-record/record.jsonl", record.as_bytes())])
            .unwrap()
    }

    #[test]
    fn a_record_may_grow_and_nothing_else() {
        let early = pack("{\"number\":1}\n{\"number\":2}\n{\"seal\":2}\n");
        let grown = continued(&early, &pack("{\"number\":1}\n{\"number\":2}\n{\"number\":3}\n{\"seal\":3}\n"));
        assert_eq!(grown.len(), 1);
        assert!(grown.iter().all(super::Continued::is_good), "{grown:?}");
        for other in [
            "{\"number\":1}\n{\"seal\":1}\n",
            "{\"number\":1}\n{\"number\":9}\n{\"number\":3}\n{\"seal\":3}\n",
            "{\"number\":2}\n{\"number\":1}\n{\"seal\":2}\n",
            "",
        ] {
            let found = continued(&early, &pack(other));
            assert!(!found.iter().all(super::Continued::is_good), "{other}: {found:?}");
        }
        let without = archive::write([("a", &b"x"[..])]).unwrap();
        assert!(!continued(&early, &without).iter().all(super::Continued::is_good), "the record is gone");
        assert_eq!(continued(&without, &early), [], "there was none to go on from");
    }
}
