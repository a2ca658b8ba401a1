//! Documents: which, in which format, to where.

use std::io::IsTerminal as _;
use std::path::Path;
use std::process::ExitCode;

use vauban_analysis::export::documents::{self, content};
use vauban_analysis::export::picture::raster;
use vauban_analysis::reviews;
use vauban_model::brand::Brand;
use vauban_model::did_you_mean;
use vauban_model::document::{Block, Document, shown};
use vauban_model::words::count;

use super::{Arguments, Failure, Shape, told};
use crate::commands::{to_file, write_bytes};
use crate::{fonts, project};

/// The word for every document.
const ALL: &str = "all";

/// Letters without a font that a note names.
#[cfg(feature = "pdf")]
const FEW_LETTERS: usize = 12;
/// Remarks of the typesetter that a note names.
#[cfg(feature = "pdf")]
const FEW_REMARKS: usize = 2;

/// A file to write.
struct File {
    name: String,
    bytes: Vec<u8>,
}

/// Names the documents.
pub(super) fn list() -> Result<ExitCode, Failure> {
    let wide = content::KINDS.iter().map(|kind| kind.id.len()).max().unwrap_or(0);
    let mut text = format!("{:wide$}  everything below in one document\n", content::FULL);
    for kind in content::KINDS {
        text.push_str(&format!("{:wide$}  {}\n", kind.id, kind.about));
    }
    super::write_output(&text, None)?;
    Ok(ExitCode::SUCCESS)
}

/// Writes the documents.
pub(super) fn run(arguments: &Arguments, format: Shape) -> Result<ExitCode, Failure> {
    let names = names(&arguments.document)?;
    let (session, configuration) = project::session(&arguments.project)?;
    let brand = super::brand::brand(arguments.brand.as_deref(), &configuration)?;
    project::narrate(&session.diagnostics, &session.project.sources);
    // A document goes to people who do not see what was said here.
    project::sound(&session)?;
    let report = session.report();
    let record = session.project.record.clone().unwrap_or_default();
    let hashes = reviews::model_hashes(&session);
    let source = content::Source { report: &report, record: &record, model_hashes: &hashes, marking: &brand.marking };
    let documents: Vec<Document> = names.iter().filter_map(|name| content::document(name, &source)).collect();
    let output = to_file(arguments.output.as_deref());
    let into_folder = output.is_some_and(is_folder) || documents.len() > 1 && format != Shape::Xlsx;
    if into_folder {
        let Some(folder) = output else {
            return Err(Failure::new(
                format!("{} documents do not go to standard output", documents.len()),
                "name a folder with `--output documents/`",
            ));
        };
        let mut written = 0usize;
        for file in in_folder(&documents, format, &brand)? {
            let path = Path::new(folder).join(&file.name).to_string_lossy().replace('\\', "/");
            write_bytes(&file.bytes, Some(&path))?;
            written += 1;
        }
        tell!("{written} files are in {folder}");
        return Ok(ExitCode::SUCCESS);
    }
    let Some(document) = documents.first() else { return Ok(ExitCode::SUCCESS) };
    let is_binary = matches!(format, Shape::Pdf | Shape::Docx | Shape::Xlsx);
    if output.is_none() && is_binary && arguments.output.is_none() && std::io::stdout().is_terminal() {
        return Err(Failure::new("a terminal shows no such file", "name one with `--output`"));
    }
    let beside = output.map(stem);
    let files = match format {
        Shape::Xlsx => vec![File { name: String::new(), bytes: workbook(&documents, &brand)? }],
        Shape::Csv => vec![File { name: String::new(), bytes: table(document, arguments.table.as_deref())? }],
        _ => written(document, format, &brand, beside.as_deref())?,
    };
    for (at, file) in files.iter().enumerate() {
        match (at, output) {
            (0, _) => write_bytes(&file.bytes, output)?,
            (_, Some(path)) => write_beside(path, &file.name, &file.bytes)?,
            _ => {}
        }
    }
    if let Some(path) = output {
        told(path);
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes a file into the folder of another.
pub(super) fn write_beside(path: &str, name: &str, bytes: &[u8]) -> Result<(), Failure> {
    let beside = Path::new(path).parent().unwrap_or(Path::new("")).join(name);
    write_bytes(bytes, Some(&beside.to_string_lossy()))
}

/// The file of the logo that goes with a text: its name and bytes.
pub(super) fn logo(brand: &Brand, path: &str) -> Option<(String, Vec<u8>)> {
    documents::logo_file(brand, &stem(path))
}

/// Whether an output names a folder: it is one, or ends like one.
pub(super) fn is_folder(output: &str) -> bool {
    output.ends_with(['/', '\\']) || Path::new(output).is_dir()
}

/// A file's name without folder and ending.
fn stem(path: &str) -> String {
    Path::new(path).file_stem().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The documents that are meant.
fn names(given: &[String]) -> Result<Vec<&str>, Failure> {
    let known: Vec<&str> = content::KINDS.iter().map(|kind| kind.id).collect();
    if given.is_empty() {
        return Ok(vec![content::FULL]);
    }
    let mut out: Vec<&str> = Vec::new();
    for name in given {
        let found = known.iter().copied().chain([content::FULL]).find(|it| it == name);
        match found {
            _ if name == ALL => out.extend(&known),
            Some(name) => out.push(name),
            None => {
                let all = known.iter().copied().chain([content::FULL, ALL]);
                let help = did_you_mean(name, all).map_or_else(
                    || "`vauban report --list-documents` names all".to_owned(),
                    |name| format!("did you mean `{name}`?"),
                );
                return Err(Failure::new(format!("there is no document `{name}`"), help));
            }
        }
    }
    let mut seen = Vec::new();
    out.retain(|name| {
        !seen.contains(name) && {
            seen.push(*name);
            true
        }
    });
    Ok(out)
}

/// The files of several documents in a folder.
fn in_folder(documents: &[Document], format: Shape, brand: &Brand) -> Result<Vec<File>, Failure> {
    let mut out = Vec::new();
    for document in documents {
        match format {
            Shape::Csv => {
                out.extend(document.tables().map(|table| File {
                    name: format!("{}-{}.csv", document.id, table.id),
                    bytes: documents::csv(table),
                }))
            }
            Shape::Xlsx => {
                let bytes = workbook(std::slice::from_ref(document), brand)?;
                out.push(File { name: format!("{}.xlsx", document.id), bytes });
            }
            _ => out.extend(written(document, format, brand, Some(&document.id))?),
        }
    }
    Ok(out)
}

/// A document in a format, and what stands beside it. The first file is the document.
fn written(document: &Document, format: Shape, brand: &Brand, beside: Option<&str>) -> Result<Vec<File>, Failure> {
    let one = |ending: &str, bytes: Vec<u8>| vec![File { name: format!("{}.{ending}", document.id), bytes }];
    Ok(match format {
        Shape::Html => one("html", documents::html(document, brand).into_bytes()),
        Shape::Markdown => {
            let made = documents::markdown(document, brand, beside);
            let mut out = one("md", made.text.into_bytes());
            out.extend(made.logo.into_iter().map(|(name, bytes)| File { name, bytes }));
            out.extend(made.figures.into_iter().map(|(name, svg)| File { name, bytes: svg.into_bytes() }));
            out
        }
        Shape::Docx => {
            let more = fonts_for_pictures(document);
            let bytes = documents::word(document, brand, &more).map_err(|message| Failure::new(message, ""))?;
            one("docx", bytes)
        }
        Shape::Pdf => one("pdf", pdf(document, brand)?),
        Shape::Csv
        | Shape::Xlsx
        | Shape::Sarif
        | Shape::Json
        | Shape::Navigator
        | Shape::OscalAssessmentResults
        | Shape::OscalPoam
        | Shape::OscalComponentDefinition => {
            return Err(Failure::new(
                "documents do not have that format",
                "choose pdf, html, markdown, docx, xlsx or csv, or leave `--document` out",
            ));
        }
    })
}

fn workbook(documents: &[Document], brand: &Brand) -> Result<Vec<u8>, Failure> {
    documents::workbook(documents, brand).map_err(|message| Failure::new(message, ""))
}

fn table(document: &Document, name: Option<&str>) -> Result<Vec<u8>, Failure> {
    let found = documents::table(document, name);
    // A line of headings alone looks like an answer.
    if let Some(empty) = found.filter(|table| table.rows.is_empty()) {
        let others = document.tables().filter(|table| !table.rows.is_empty());
        let others: Vec<String> =
            others.map(|table| format!("`--table {}` has {}", table.id, count(table.rows.len(), "row"))).collect();
        let others = if others.is_empty() { String::new() } else { format!(" Of the others, {}.", others.join(", ")) };
        tell!("The table `{}` of `{}` has no row. {}{others}", empty.id, document.id, shown(&empty.selection));
    }
    found.map(documents::csv).ok_or_else(|| {
        let names: Vec<String> = document.tables().map(|it| format!("`{}`", it.id)).collect();
        match name {
            Some(name) => Failure::new(
                format!("`{}` has no table `{name}`", document.id),
                format!("it has: {}", names.join(", ")),
            ),
            None => Failure::new(format!("`{}` has no table", document.id), "choose another document or format"),
        }
    })
}

/// Fonts of this machine, where a picture has letters that ours lacks.
fn fonts_for_pictures(document: &Document) -> Vec<Vec<u8>> {
    let lacks = |block: &Block| matches!(block, Block::Figure { svg, .. } if !raster::lacking(svg, &[]).is_empty());
    if document.blocks.iter().any(lacks) { fonts::of_this_machine() } else { Vec::new() }
}

/// Letters in words; of many a few, and how many they are.
#[cfg(feature = "pdf")]
fn letters(lacking: &std::collections::BTreeSet<char>) -> String {
    let few: String = lacking.iter().take(FEW_LETTERS).collect();
    match lacking.len() {
        0..=FEW_LETTERS => format!("the letters {few}"),
        number => format!("{number} letters of this document, {few} among them"),
    }
}

/// Remarks in a line; of many the first few, and how many more there are.
#[cfg(feature = "pdf")]
fn some(remarks: &[String]) -> String {
    let few = remarks.iter().take(FEW_REMARKS).cloned().collect::<Vec<_>>().join("; ");
    match remarks.len().saturating_sub(FEW_REMARKS) {
        0 => few,
        more => format!("{few}; and {more} more of the kind"),
    }
}

#[cfg(feature = "pdf")]
pub(crate) fn pdf(document: &Document, brand: &Brand) -> Result<Vec<u8>, Failure> {
    use vauban_analysis::typeset;
    let more = if typeset::lacking(document, brand, &[]).is_empty() { Vec::new() } else { fonts::of_this_machine() };
    let lacking = typeset::lacking(document, brand, &more);
    if !lacking.is_empty() {
        tell!("note: no font on this machine has {}; the PDF shows boxes for them", letters(&lacking));
    }
    let made = typeset::pdf(document, brand, more)
        .map_err(|error| Failure::new(error.to_string(), "choose another format, or leave the logo out"))?;
    if !made.accessible {
        tell!("note: the PDF has tags, but does not fulfil PDF/UA-1: {}", some(&made.remarks));
    }
    Ok(made.bytes)
}

#[cfg(not(feature = "pdf"))]
pub(crate) fn pdf(_: &Document, _: &Brand) -> Result<Vec<u8>, Failure> {
    Err(Failure::new("this Vauban was built without PDF", "choose html or docx, or build it with the feature `pdf`"))
}

#[cfg(all(test, feature = "pdf"))]
mod tests {
    use super::*;

    #[test]
    fn a_note_about_thousands_of_letters_is_one_line() {
        let lacking = ('\u{4e00}'..'\u{5e00}').collect();
        assert_eq!(letters(&lacking), "4096 letters of this document, 一丁丂七丄丅丆万丈三上下 among them");
        assert_eq!(letters(&['一', '丁'].into()), "the letters 一丁");
        let remarks: Vec<String> = (0..5000).map(|at| format!("letter {at} has no font")).collect();
        assert_eq!(some(&remarks), "letter 0 has no font; letter 1 has no font; and 4998 more of the kind");
        assert_eq!(some(remarks.get(..2).unwrap_or_default()), "letter 0 has no font; letter 1 has no font");
    }
}
