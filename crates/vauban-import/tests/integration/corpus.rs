//! The public corpus: every file of the three formats imports whole, everything else is left alone.

use std::path::{Path, PathBuf};

use serde_json::Value;
use vauban_import::{Format, Imported, InputFile, import, includes, recognise};
use vauban_model::model::{Element, Fact, Value as FactValue};
use vauban_model::vocabulary::{Domain, FactType, fact};
use vauban_model::{FileId, Severity};

/// The corpus, if it lies beside this repository.
pub(crate) fn corpus() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: corpus absent ({})", path.display());
    None
}

/// A file and those it includes, read as a caller would.
pub(crate) struct Read {
    pub(crate) format: Format,
    /// Names and texts, the main file first.
    pub(crate) files: Vec<(String, String)>,
    /// The main file, if it is no text; its text is empty then.
    pub(crate) bytes: Vec<u8>,
}

impl Read {
    pub(crate) fn import(&self) -> Imported {
        let files: Vec<InputFile<'_>> = (0u32..)
            .zip(&self.files)
            .map(|(number, (name, text))| {
                let bytes = if number == 0 { self.bytes.as_slice() } else { &[] };
                InputFile { bytes, ..InputFile::text(FileId(number), name, text) }
            })
            .collect();
        import(self.format, &files)
    }
}

/// Reads a file if it is of one of the three formats.
pub(crate) fn read(path: &Path) -> Option<Read> {
    let name = path.to_string_lossy().into_owned();
    let text = std::fs::read_to_string(path).ok()?;
    let format = recognise(&name, &text)?;
    let mut files = Vec::new();
    collect(format, path, text, &mut files);
    Some(Read { format, files, bytes: Vec::new() })
}

fn collect(format: Format, path: &Path, text: String, files: &mut Vec<(String, String)>) {
    let wanted = includes(format, &text, FileId(0));
    files.push((path.to_string_lossy().into_owned(), text));
    for (include, _) in wanted {
        let next = path.parent().unwrap_or(Path::new("")).join(include);
        // Two files may include a third.
        if files.iter().any(|(known, _)| *known == next.to_string_lossy()) {
            continue;
        }
        // Examples may include what is nowhere; the reader says so.
        let Ok(text) = std::fs::read_to_string(&next) else { continue };
        collect(format, &next, text, files);
    }
}

/// Every file of some folders of the corpus, sorted.
fn all_files(corpus: &Path, folders: &[&str]) -> Vec<PathBuf> {
    let mut waiting: Vec<PathBuf> = folders.iter().map(|folder| corpus.join(folder)).collect();
    let mut found = Vec::new();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

const FOLDERS: [&str; 4] = ["otm", "threagile", "threagile-thirdparty", "threat-dragon"];

/// Folders whose formats have a test file of their own.
const MORE_FOLDERS: [&str; 5] = ["threat-composer", "tm-library", "cyclonedx-tm", "pytm", "threatcl"];

/// Every file of a folder of the corpus with this ending.
pub(crate) fn files_in(corpus: &Path, folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut files = all_files(corpus, &[folder]);
    files.retain(|path| {
        let name = path.to_string_lossy();
        path.extension().is_some_and(|found| found == extension) && !name.ends_with(".schema.json")
    });
    files
}

/// Every file of the three formats in the corpus.
pub(crate) fn models(corpus: &Path) -> Vec<(String, Read)> {
    let folders: Vec<&str> = FOLDERS.into_iter().chain(MORE_FOLDERS).collect();
    let files = all_files(corpus, &folders).into_iter();
    files.filter_map(|path| Some((relative(corpus, &path), read(&path)?))).collect()
}

fn relative(corpus: &Path, path: &Path) -> String {
    path.strip_prefix(corpus).unwrap().to_string_lossy().replace('\\', "/")
}

/// What a file holds: components, flows, boundaries, data assets, recorded threats, runtimes, abuse cases, decisions.
type Counts = [usize; 8];

fn counted(imported: &Imported) -> Counts {
    let model = &imported.model;
    [
        model.components.len(),
        model.flows.len(),
        model.boundaries.len(),
        model.data.len(),
        model.recorded_threats.len(),
        model.runtimes.len(),
        model.abuse_cases.len(),
        imported.decisions.len(),
    ]
}

/// Counted with PyYAML from the files' own maps and lists, not with this importer. The example has 5 boundaries, and
/// a sixth is added for its two clients on the internet; a category counts once per place where it was found.
const THREAGILE: &[(&str, Counts)] = &[
    ("threagile-thirdparty/vanheemstra-example-v0.9.1/threagile-example-model.yaml", [14, 20, 6, 12, 2, 1, 11, 6]),
    ("threagile-thirdparty/vanheemstra-minimalist-v0.9.1/threagile-minimalist.yaml", [2, 1, 1, 1, 1, 1, 1, 1]),
    ("threagile/example/threagile.yaml", [14, 20, 6, 12, 2, 1, 11, 6]),
    ("threagile/stub/threagile.yaml", [2, 1, 1, 1, 1, 1, 1, 0]),
    ("threagile/test-includes/all.yaml", [14, 20, 6, 12, 2, 1, 11, 6]),
    // The same model in thirteen files, and five more that one of these includes.
    ("threagile/test-includes/main.yaml", [14, 20, 6, 12, 2, 1, 11, 6]),
    ("threagile/v0.9.1/threagile-example-model.yaml", [14, 20, 6, 12, 2, 1, 11, 6]),
    ("threagile/v0.9.1/threagile-stub-model.yaml", [2, 1, 1, 1, 1, 1, 1, 1]),
];

#[test]
fn formats_are_recognised_and_everything_else_is_left_alone() {
    let Some(corpus) = corpus() else { return };
    for path in all_files(&corpus, &FOLDERS) {
        let name = relative(&corpus, &path);
        let text = std::fs::read_to_string(&path).unwrap();
        let expected = match &*name {
            "threat-dragon/huskyai.tmbom.json" => Some(Format::ThreatModelLibrary),
            "threat-dragon/mobile-cloud.otm.json" => Some(Format::OpenThreatModel),
            // What Threagile writes after analysing, beside what it reads.
            "threagile/test-includes/all.json"
            | "threagile/test-includes/parsed-model.json"
            | "threagile/test-includes/parsed-model.yaml" => None,
            _ if name.contains("schema") || name.ends_with(".md") || name.contains("LICENSE") => None,
            _ if THREAGILE.iter().any(|(model, _)| *model == name) => Some(Format::Threagile),
            // Parts of a model that another file includes.
            _ if name.starts_with("threagile/test-includes/technical_assets_") => Some(Format::Threagile),
            _ if name.starts_with("otm/") => Some(Format::OpenThreatModel),
            _ if name.starts_with("threat-dragon/") => Some(Format::ThreatDragon),
            _ => None,
        };
        assert_eq!(recognise(&name, &text), expected, "{name}");
    }
}

#[test]
fn no_file_of_another_trade_is_mistaken() {
    let Some(corpus) = corpus() else { return };
    let others = ["iac", "kubernetes-goat", "terragoat"];
    let mut seen = 0;
    for path in all_files(&corpus, &others) {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        seen += 1;
        // Somebody drew the network that the code builds.
        let drawn = path.extension().is_some_and(|it| it == "drawio").then_some(Format::DrawIo);
        assert_eq!(recognise(&path.to_string_lossy(), &text), drawn, "{}", path.display());
    }
    assert!(seen > 100, "only {seen} files seen");
}

#[test]
fn no_model_yields_an_error_and_every_reading_is_the_same() {
    let Some(corpus) = corpus() else { return };
    // Some files are broken on purpose, one by accident.
    let broken = |name: &str| name.contains("/invalid/") || name.ends_with("cyclonedx-2.0-prototype.json");
    for (name, read) in models(&corpus).into_iter().filter(|(name, _)| !broken(name)) {
        let imported = read.import();
        for diagnostic in &imported.diagnostics {
            assert_ne!(diagnostic.severity, Severity::Error, "{name}: {diagnostic:?}");
        }
        assert_eq!(crate::dump::dump(&imported), crate::dump::dump(&read.import()), "{name}");
    }
}

#[test]
fn every_fact_fits_its_type_and_stands_in_a_file() {
    let Some(corpus) = corpus() else { return };
    for (name, read) in models(&corpus) {
        let imported = read.import();
        for domain in Domain::ALL {
            for (reference, element) in imported.model.elements(domain) {
                for fact in &element.facts {
                    let definition = fact.id.definition();
                    assert!(definition.on.contains(&domain), "{name}: {} on {reference:?}", definition.id);
                    assert!(fits(fact, &imported), "{name}: {fact:?}");
                    assert!((fact.span.file.0 as usize) < read.files.len(), "{name}: {fact:?}");
                }
            }
        }
    }
}

fn fits(fact: &Fact, imported: &Imported) -> bool {
    match (&fact.value, fact.id.definition().ty) {
        (FactValue::Bool(_), FactType::Bool) => true,
        (FactValue::Symbol(symbol), FactType::Enum(words)) => words.word(*symbol) != "?",
        (FactValue::Symbols(symbols), FactType::Set(words)) => symbols.iter().all(|symbol| words.word(*symbol) != "?"),
        (FactValue::Words(_), FactType::Words | FactType::Technologies) => true,
        (FactValue::References(references), FactType::References(domain)) => {
            references.iter().all(|index| (*index as usize) < imported.model.count(domain))
        }
        _ => false,
    }
}

#[test]
fn threagile_counts_agree_with_the_files() {
    let Some(corpus) = corpus() else { return };
    for (name, expected) in THREAGILE {
        let read = read(&corpus.join(name)).unwrap_or_else(|| panic!("{name} is not recognised"));
        assert_eq!(counted(&read.import()), *expected, "{name}");
    }
}

#[test]
fn threagile_includes_come_to_the_same_model_as_one_file() {
    let Some(corpus) = corpus() else { return };
    let import = |name: &str| read(&corpus.join(name)).unwrap().import();
    let whole = import("threagile/test-includes/all.yaml");
    let parts = import("threagile/test-includes/main.yaml");
    let codes: Vec<&str> = parts.diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(codes, ["import-inferred"], "{:?}", parts.diagnostics);
    // Order differs as Threagile's own files list the assets in another order; names and facts do not.
    let told = |imported: &Imported, domain: Domain| {
        let mut told: Vec<String> = imported
            .model
            .elements(domain)
            .map(|(_, element)| format!("{} {} {}", element.id, element.name, values(imported, element)))
            .collect();
        told.sort();
        told
    };
    for domain in [Domain::Component, Domain::Flow, Domain::Boundary, Domain::Data] {
        assert_eq!(told(&whole, domain), told(&parts, domain));
    }
}

fn values(imported: &Imported, element: &Element) -> String {
    let value = |fact: &Fact| match (&fact.value, fact.id.definition().ty) {
        (FactValue::References(references), FactType::References(domain)) => {
            let ids = references.iter().map(|index| vauban_model::model::ElementRef { domain, index: *index });
            ids.map(|reference| imported.model.id(reference).to_owned()).collect::<Vec<_>>().join(",")
        }
        (value, _) => format!("{value:?}"),
    };
    element
        .facts
        .iter()
        .map(|fact| format!("{}={}", fact.id.definition().id, value(fact)))
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn threagile_ids_are_those_of_the_engine() {
    let Some(corpus) = corpus() else { return };
    let imported = read(&corpus.join("threagile/v0.9.1/threagile-example-model.yaml")).unwrap().import();
    let text =
        std::fs::read_to_string(corpus.join("threagile/v0.9.1/threagile-example-model.engine-v0.9.1.risks.json"));
    let risks: Value = serde_json::from_str(&text.unwrap()).unwrap();
    let known = |id: &str| {
        let in_domain = |domain| imported.model.elements(domain).any(|(_, element)| *element.id == *id);
        [Domain::Component, Domain::Flow, Domain::Boundary, Domain::Data].into_iter().any(in_domain)
            || imported.model.runtimes.iter().any(|runtime| *runtime.id == *id)
    };
    let mut seen = 0;
    for risk in risks.as_array().unwrap() {
        for id in risk["synthetic_id"].as_str().unwrap().split('@').skip(1) {
            // A dangling `->` is a slip of the engine's.
            assert!(known(id.trim_end_matches("->")), "{id}");
            seen += 1;
        }
    }
    assert!(seen > 80, "{seen}");
    let own: Vec<&str> = imported.model.recorded_threats.iter().map(|threat| &*threat.id).collect();
    assert_eq!(own, ["something-strange@sql-database", "something-strange@contract-fileserver"]);
}

#[test]
fn otm_counts_agree_with_the_files() {
    let Some(corpus) = corpus() else { return };
    let mut seen = 0;
    for (name, read) in models(&corpus).into_iter().filter(|(_, read)| read.format == Format::OpenThreatModel) {
        seen += 1;
        let imported = read.import();
        let counts = counted(&imported);
        let Ok(file) = serde_json::from_str::<Value>(&read.files[0].1) else {
            // The YAML files: counted with PyYAML.
            let expected = match &*name {
                "otm/EXAMPLE.yaml" => [4, 2, 2, 2, 2],
                "otm/sl-lucid_example.yaml" => [10, 8, 3, 0, 0],
                "otm/sl-manual_threat_model.yaml" => [3, 2, 3, 0, 0],
                "otm/sl-minimal_content.yaml" => [0, 0, 0, 0, 0],
                "otm/sl-otm_file_example_yaml.otm" => [22, 22, 2, 0, 0],
                "otm/sl-tf_example.yaml" => [29, 22, 2, 0, 0],
                "otm/sl-visio_example.yaml" => [5, 4, 4, 0, 0],
                _ => panic!("{name} is not JSON and not counted"),
            };
            assert_eq!(counts[..5], expected, "{name}");
            continue;
        };
        let length = |key: &str| file[key].as_array().map_or(0, Vec::len);
        let instances = |key: &str| -> Vec<String> {
            let elements = file[key].as_array().into_iter().flatten();
            let threats = elements.flat_map(|element| element["threats"].as_array().into_iter().flatten());
            threats.map(|threat| threat["threat"].as_str().unwrap().to_owned()).collect()
        };
        let mut named = instances("components");
        named.extend(instances("dataflows"));
        let alone = file["threats"].as_array().into_iter().flatten();
        let alone = alone.filter(|threat| !named.iter().any(|id| *id == threat["id"].as_str().unwrap())).count();
        let expected =
            [length("components"), length("dataflows"), length("trustZones"), length("assets"), named.len() + alone];
        assert_eq!(counts[..5], expected, "{name}");
        // Every reference of the file leads somewhere here, so no stand-in was made and every part has its place.
        for (component, json) in imported.model.components.iter().zip(file["components"].as_array().unwrap()) {
            assert_eq!(&*component.element.id, json["id"].as_str().unwrap());
            assert_eq!(component.parent.is_some(), json["parent"]["component"].is_string(), "{name}");
        }
    }
    assert_eq!(seen, 14);
}

#[test]
fn threat_dragon_counts_agree_with_the_files() {
    let Some(corpus) = corpus() else { return };
    let mut seen = 0;
    for (name, read) in models(&corpus).into_iter().filter(|(_, read)| read.format == Format::ThreatDragon) {
        seen += 1;
        let imported = read.import();
        let file: Value = serde_json::from_str(&read.files[0].1).unwrap();
        let model = if file["model"].is_object() { &file["model"] } else { &file };
        let empty = Vec::new();
        let diagrams = model["detail"]["diagrams"].as_array().unwrap_or(&empty);
        let cells: Vec<&Value> = diagrams
            .iter()
            .flat_map(|diagram| {
                let cells =
                    if diagram["cells"].is_array() { &diagram["cells"] } else { &diagram["diagramJson"]["cells"] };
                cells.as_array().into_iter().flatten()
            })
            .collect();
        let kind =
            |cell: &Value| cell["data"]["type"].as_str().or(cell["type"].as_str()).unwrap_or_default().to_owned();
        let of = |kinds: &[&str]| cells.iter().filter(|cell| kinds.contains(&&*kind(cell))).count();
        let threats: usize = cells
            .iter()
            .map(|cell| {
                let length = |threats: &Value| threats.as_array().map_or(0, Vec::len);
                length(&cell["data"]["threats"]) + length(&cell["threats"])
            })
            .sum();
        let stand_ins = imported.model.components.iter().filter(|c| c.element.name.starts_with("(unattached")).count();
        let components = of(&["tm.Actor", "tm.Process", "tm.Store"]);
        assert_eq!(imported.model.components.len(), components + stand_ins, "{name}");
        assert_eq!(imported.model.flows.len(), of(&["tm.Flow"]), "{name}");
        assert_eq!(imported.model.boundaries.len(), of(&["tm.Boundary", "tm.BoundaryBox"]), "{name}");
        assert_eq!(imported.model.recorded_threats.len(), threats, "{name}");
        assert_eq!(imported.model.notes.len(), of(&["tm.Text"]), "{name}");
        let ticked = |key: &str| {
            let ticked = |cell: &&&Value| cell["data"][key] == true || cell[key] == true;
            cells.iter().filter(ticked).count()
        };
        assert_eq!(
            imported.model.data.len(),
            ticked("storesCredentials") + ticked("isALog") + ticked("handlesCardPayment"),
            "{name}"
        );
        let public = imported.model.flows.iter().filter(|f| f.element.bool(fact::OVER_INTERNET) == Some(true)).count();
        assert_eq!(public, ticked("isPublicNetwork"), "{name}");
        // A status is counted as the file spells it.
        for status in ["Open", "Mitigated"] {
            let in_file = cells.iter().flat_map(|cell| {
                let on_cell = cell["threats"].as_array().into_iter().flatten();
                cell["data"]["threats"].as_array().into_iter().flatten().chain(on_cell)
            });
            let in_file = in_file.filter(|threat| threat["status"] == status).count();
            let here = imported.model.recorded_threats.iter().filter(|threat| *threat.status == *status).count();
            assert_eq!(here, in_file, "{name}: {status}");
        }
    }
    assert_eq!(seen, 15);
}

#[test]
fn threat_dragon_drawings_are_understood() {
    let Some(corpus) = corpus() else { return };
    let import = |name: &str| read(&corpus.join("threat-dragon").join(name)).unwrap().import();
    // The line in the first demo runs between the browser and the web application, over both flows.
    let demo = import("v1-model.json");
    for flow in &demo.model.flows {
        let crosses = flow.element.extras.iter().find(|(key, _)| &**key == "threat-dragon:crosses");
        assert_eq!(crosses.map(|(_, ids)| &**ids), Some("trust-boundary"), "{}", flow.element.name);
    }
    // Boxes: one inside the internet box of the CMS, by eye.
    let cms = import("v2-demo-generic-cms.json");
    let inside: Vec<&str> =
        cms.model.components.iter().filter(|c| c.boundary.is_some()).map(|c| &*c.element.name).collect();
    assert!(!inside.is_empty() && inside.len() < cms.model.components.len(), "{inside:?}");
    // Loose ends.
    let loose = import("v2.0-test-reports.json");
    let stand_ins = loose.model.components.iter().filter(|c| c.element.name.starts_with("(unattached")).count();
    let warned = loose.diagnostics.iter().filter(|d| d.code == "import-unattached-flow").count();
    assert!(warned >= 10 && stand_ins <= warned, "{warned} {stand_ins}");
    assert!(loose.model.components.iter().filter(|c| !c.element.in_scope()).count() >= stand_ins);
}
