//! Checking a pack with the records in it: whether its bytes are what was made, its files agree, and each record of events
//! is of one piece.

use vauban_export::evidence::sign::PublicKey;
use vauban_export::evidence::{self, Answer, Packed, Problem};
use vauban_format::{InputFile, read_record};
use vauban_model::{FileId, Severity};

/// How a pack came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// As the archive that was made: every byte of it can be accounted for.
    Made,
    /// As an archive that another tool made of the same files: only the files can be checked.
    Rewritten,
    /// As a folder into which it was unpacked.
    Folder,
}

impl Container {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Container::Made => "as-made",
            Container::Rewritten => "rewritten",
            Container::Folder => "folder",
        }
    }
}

/// The archive that was made of the files in one that may have been packed anew by another tool, and which of the two it is.
pub fn as_made(bytes: Vec<u8>) -> (Vec<u8>, Container) {
    if !evidence::archive::is_rewritten(&bytes) {
        return (bytes, Container::Made);
    }
    // What cannot be unpacked stays what it is, and is told so.
    match vauban_import::unpack(&bytes).ok().and_then(evidence::put_together) {
        Some(made) => (made, Container::Rewritten),
        None => (bytes, Container::Made),
    }
}

/// What came of checking a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The archive, its files, its signature. What a record contradicts of what the pack says of it is among the problems.
    pub answer: Answer,
    /// Its records; empty where there is none, or where the pack itself was altered.
    pub records: Vec<RecordState>,
}

impl Verified {
    /// Whether nothing was altered, neither in the pack nor in the records it was made from.
    pub fn is_good(&self) -> bool {
        self.answer.is_good() && self.records.iter().all(|record| record.wrong.is_none())
    }
}

/// A record of events in a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordState {
    /// Its path in the pack.
    pub file: String,
    /// How many events can be read.
    pub events: usize,
    /// The hash of the last; empty where there is none.
    pub last: String,
    /// The first thing that is not what was written; `None` where the chain of hashes and the seal are whole.
    pub wrong: Option<String>,
}

/// Checks a pack. `expected` is the public key that must have signed it, where the caller knows it.
pub fn verify(bytes: &[u8], expected: Option<&PublicKey>) -> Verified {
    let mut answer = evidence::verify(bytes, expected);
    let altered = |answer: &Answer, file: &str| answer.problems.iter().any(|problem| problem.file == *file);
    // Of a record, or a description of it, that was altered, only that can be said.
    if altered(&answer, evidence::MANIFEST) {
        return Verified { answer, records: Vec::new() };
    }
    let mut records = Vec::new();
    for packed in evidence::records(bytes) {
        let state = state(&packed);
        if packed.intact != state.wrong.is_none() && !altered(&answer, &packed.file) {
            let what = match &state.wrong {
                Some(wrong) => format!("is not intact ({wrong}), and the pack says that it is"),
                None => "is intact, and the pack says that it is not".to_owned(),
            };
            answer.problems.push(Problem { file: packed.file, what });
        }
        records.push(state);
    }
    Verified { answer, records }
}

fn state(packed: &Packed) -> RecordState {
    let Some(text) = &packed.text else {
        let wrong = Some("it is no text".to_owned());
        return RecordState { file: packed.file.clone(), events: 0, last: String::new(), wrong };
    };
    let (record, diagnostics) = read_record(&InputFile { id: FileId(0), name: &packed.file, text });
    let first = diagnostics.into_iter().find(|it| it.severity == Severity::Error).map(|it| it.message.to_string());
    RecordState {
        file: packed.file.clone(),
        events: record.events.len(),
        last: record.events.last().map(|event| event.hash.to_string()).unwrap_or_default(),
        wrong: if record.intact {
            None
        } else {
            Some(first.unwrap_or_else(|| "it is not what was written".to_owned()))
        },
    }
}
