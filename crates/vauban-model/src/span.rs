//! Where something was read: files by number, lines and columns as an editor counts them.

/// A file that was read, as an index into [`SourceMap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A stretch of text on one line. Lines and columns start at 1; columns count Unicode scalar values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file the text stands in.
    pub file: FileId,
    /// Line, from 1.
    pub line: u32,
    /// Column of the first character, from 1.
    pub column: u32,
    /// Characters covered on that line; 0 means "here".
    pub length: u32,
}

impl Span {
    /// A span of `length` characters at a place.
    pub fn new(file: FileId, line: u32, column: u32, length: u32) -> Self {
        Span { file, line, column, length }
    }
}

/// One file's name and text, as handed in by the caller.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// The name to show, relative to where the user works, with forward slashes.
    pub name: String,
    /// The text, decoded; empty where a file could not be decoded.
    pub text: String,
    /// The bytes of a file that is no text, such as an archive or a picture; empty for texts.
    pub bytes: Vec<u8>,
}

/// Every file that took part in a reading, in the order they were read.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// Registers a file and returns its number.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(SourceFile { name: name.into(), text: text.into(), bytes: Vec::new() });
        id
    }

    /// Registers a file that is no text and returns its number.
    pub fn add_bytes(&mut self, name: impl Into<String>, bytes: Vec<u8>) -> FileId {
        let id = self.add(name, "");
        if let Some(file) = self.files.last_mut() {
            file.bytes = bytes;
        }
        id
    }

    /// The file with this number, if it belongs to this map.
    pub fn get(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(id.0 as usize)
    }

    /// The file's name, or `?` for a number from another map.
    pub fn name(&self, id: FileId) -> &str {
        self.get(id).map_or("?", |file| &file.name)
    }

    /// All files in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        (0u32..).map(FileId).zip(&self.files)
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether no file was added.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}
