//! What the tests share: models drawn by hand, and a library of a few pages.

use vauban_model::model::{
    Boundary, Checkpoint, Component, ControlStatement, Element, ElementRef, Fact, Flow, Model, Origin, OutOfScope,
    SharedRuntime, Value,
};
use vauban_model::vocabulary::{Domain, FactId, FactType};
use vauban_model::{Diagnostic, FileId, Severity, Span};
use vauban_rules::bits::Truth;
use vauban_rules::facts::Facts;
use vauban_rules::library::{Library, LibraryFile};

/// A place that no test looks at.
pub(crate) const HERE: Span = Span { file: FileId(0), line: 1, column: 1, length: 0 };

/// A model that is drawn line by line. Elements are named by number in the order of their drawing.
pub(crate) struct Drawing {
    pub(crate) model: Model,
}

/// The element of a kind with a number.
pub(crate) fn at(domain: Domain, index: u32) -> ElementRef {
    ElementRef { domain, index }
}

impl Drawing {
    pub(crate) fn new() -> Self {
        Drawing { model: Model::new(Element::new("system", "System", HERE)) }
    }

    pub(crate) fn component(&mut self, id: &str, boundary: Option<u32>, facts: &[(&str, &str)]) -> u32 {
        let element = Element::new(id, id, HERE);
        self.model.components.push(Component { element, boundary, parent: None });
        self.state(Domain::Component, self.model.components.len() - 1, facts)
    }

    pub(crate) fn flow(&mut self, source: u32, target: u32, facts: &[(&str, &str)]) -> u32 {
        let id = format!("f{}", self.model.flows.len());
        self.model.flows.push(Flow { element: Element::new(&*id, &*id, HERE), source, target });
        self.state(Domain::Flow, self.model.flows.len() - 1, facts)
    }

    pub(crate) fn boundary(&mut self, id: &str, parent: Option<u32>, facts: &[(&str, &str)]) -> u32 {
        self.model.boundaries.push(Boundary { element: Element::new(id, id, HERE), parent });
        self.state(Domain::Boundary, self.model.boundaries.len() - 1, facts)
    }

    pub(crate) fn data(&mut self, id: &str, facts: &[(&str, &str)]) -> u32 {
        self.model.data.push(Element::new(id, id, HERE));
        self.state(Domain::Data, self.model.data.len() - 1, facts)
    }

    pub(crate) fn identity(&mut self, id: &str, facts: &[(&str, &str)]) -> u32 {
        self.model.identities.push(Element::new(id, id, HERE));
        self.state(Domain::Identity, self.model.identities.len() - 1, facts)
    }

    pub(crate) fn runtime(&mut self, components: &[u32]) {
        self.model.runtimes.push(SharedRuntime {
            id: "host".into(),
            name: "host".into(),
            description: Box::default(),
            tags: Vec::new(),
            components: components.to_vec(),
            span: HERE,
        });
    }

    pub(crate) fn checkpoint(&mut self, authenticates: bool, protects: &[u32]) {
        self.model.checkpoints.push(Checkpoint {
            id: "checkpoint".into(),
            authenticates,
            protects: protects.to_vec(),
            by: None,
            how: Box::default(),
            span: HERE,
        });
    }

    /// Says that a control is there, or not.
    pub(crate) fn control(&mut self, element: ElementRef, control: &str, present: bool) {
        let statement =
            ControlStatement { control: control.into(), present, origin: Origin::Stated, span: HERE, note: None };
        self.element(element).set_control(statement);
    }

    pub(crate) fn leave_out(&mut self, element: ElementRef) {
        self.element(element).out_of_scope = Some(OutOfScope { reason: "not ours".into(), span: HERE });
    }

    pub(crate) fn element(&mut self, element: ElementRef) -> &mut Element {
        self.model.get_mut(element).unwrap()
    }

    /// States one fact by its key in model files. References are written as numbers.
    pub(crate) fn fact(&mut self, element: ElementRef, key: &str, text: &str) {
        let id =
            FactId::of_key(element.domain, key).unwrap_or_else(|| panic!("no fact {key} on a {:?}", element.domain));
        let value = value(id, text);
        self.element(element).set(Fact { id, value, origin: Origin::Stated, span: HERE });
    }

    fn state(&mut self, domain: Domain, index: usize, facts: &[(&str, &str)]) -> u32 {
        let element = ElementRef::new(domain, index);
        for (key, text) in facts {
            self.fact(element, key, text);
        }
        element.index
    }
}

/// The value that a text stands for.
pub(crate) fn value(id: FactId, text: &str) -> Value {
    let parts = || text.split(',').map(str::trim).filter(|part| !part.is_empty());
    match id.definition().ty {
        FactType::Bool => Value::Bool(text == "yes"),
        FactType::Enum(words) => Value::Symbol(words.parse(text).unwrap_or_else(|| panic!("no word {text}"))),
        FactType::Set(words) => {
            let mut list: Vec<u16> = parts().map(|part| words.parse(part).unwrap()).collect();
            list.sort_unstable();
            Value::Symbols(list.into())
        }
        FactType::Number => Value::Number(text.parse().unwrap()),
        FactType::Text => Value::Text(text.into()),
        FactType::Words | FactType::Technologies => Value::Words(parts().map(Box::from).collect()),
        FactType::References(_) => Value::References(parts().map(|part| part.parse().unwrap()).collect()),
    }
}

/// The technologies of the small library: a database is one of two stores, a gateway guards what is behind it.
const SHELF: &str = r#"
[[technology]]
id = "store"
kind = "data-store"
[[technology]]
id = "database"
is = ["store"]
aliases = ["db"]
facts = { encryption_at_rest = "disk" }
[[technology]]
id = "file-store"
is = ["store"]
controls = ["safe-writes"]
[[technology]]
id = "server"
kind = "process"
facts = { machine = "virtual", accepts = ["json"] }
[[technology]]
id = "gateway"
is = ["server"]
guards = ["filter"]
[[technology]]
id = "browser"
kind = "external-entity"
facts = { used_by_people = true }
[[technology]]
id = "person"
kind = "external-entity"
[[technology]]
id = "client"
kind = "process"
facts = { used_by_people = true }
[[technology]]
id = "single-page-application"
is = ["client"]
[[technology]]
id = "kiosk"
is = ["client"]
"#;

/// Controls of the small library: file name and front matter.
const CONTROLS: &[(&str, &str)] = &[
    ("filter", "on = [\"component\"]"),
    ("safe-writes", "on = [\"component\"]"),
    ("limits", "on = [\"component\", \"boundary\", \"system\"]\naliases = [\"old-limits\"]"),
    ("line-lock", "on = [\"flow\", \"boundary\", \"system\"]"),
    (
        "secrecy",
        "on = [\"flow\", \"component\"]\npresent_when = { flow = \"flow.encrypted\" }\nmissing_when = { flow = \"!flow.encrypted\", component = 'component.encryption_at_rest == \"none\"' }",
    ),
    ("doorman", "on = [\"component\"]\naliases = [\"checkpoint:authentication\"]"),
    ("judge", "on = [\"component\"]\naliases = [\"checkpoint:authorisation\"]"),
];

/// A page with a front matter.
pub(crate) fn page(front: &str, title: &str) -> String {
    format!("```toml\n{front}\n```\n\n# {title}\n\nOne line.\n\n## How\n\nLike this.\n")
}

/// A threat page with a condition.
pub(crate) fn threat_page(on: &str, when: &str, more: &str) -> String {
    let front = format!(
        "on = \"{on}\"\nseverity = \"medium\"\nlikelihood = \"possible\"\nstride = [\"T\"]\nwhen = '''\n{when}\n'''\ntitle = \"Trouble at {{{on}}}\"\nsays = \"There is trouble at {{{on}}}.\"\n{more}"
    );
    page(&front, "Trouble")
}

/// The pages of the small library: path and text.
pub(crate) fn small_pages() -> Vec<(String, String)> {
    let mut pages = vec![("technologies/shelf.toml".to_owned(), SHELF.to_owned())];
    for (id, front) in CONTROLS {
        pages.push((format!("controls/{id}.md"), page(front, id)));
    }
    // Somebody has to ask for the blast radius, or it is not computed.
    let asks = threat_page("component", "component.blast_radius > 1000", "");
    pages.push(("threats/test/wide.md".to_owned(), asks));
    let asks = threat_page("identity", "identity.blast_radius > 1000", "");
    pages.push(("threats/test/wide-identity.md".to_owned(), asks));
    pages
}

/// Reads pages as the built-in library, and further ones as an organisation's.
pub(crate) fn read(built_in: &[(String, String)], ours: &[(String, String)]) -> (Library, Vec<Diagnostic>) {
    let files: Vec<LibraryFile<'_>> = built_in
        .iter()
        .map(|page| (page, true))
        .chain(ours.iter().map(|page| (page, false)))
        .zip(0u32..)
        .map(|(((path, text), built_in), id)| LibraryFile { id: FileId(id), path, text, built_in })
        .collect();
    Library::read(&files)
}

/// The small library.
pub(crate) fn small() -> Library {
    let (library, diagnostics) = read(&small_pages(), &[]);
    assert_eq!(show(&diagnostics), "");
    library
}

/// The small library with threats of a test: id and page.
pub(crate) fn with_threats(threats: &[(&str, String)]) -> Library {
    let mut pages = small_pages();
    pages.extend(threats.iter().map(|(id, text)| (format!("threats/test/{id}.md"), text.clone())));
    let (library, diagnostics) = read(&pages, &[]);
    assert_eq!(show(&diagnostics), "");
    library
}

/// Every page of the library in the repository.
pub(crate) fn real_pages() -> Vec<(String, String)> {
    let root = format!("{}/../../library", env!("CARGO_MANIFEST_DIR"));
    let mut pages = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            let name = path.to_str().unwrap().replace('\\', "/");
            if path.is_dir() {
                folders.push(name);
            } else {
                let inside = name[root.len() + 1..].to_owned();
                if ["threats/", "controls/", "technologies/", "attackers/"]
                    .iter()
                    .any(|start| inside.starts_with(start))
                {
                    pages.push((inside, std::fs::read_to_string(&path).unwrap()));
                }
            }
        }
    }
    pages.sort();
    pages
}

/// Diagnostics as lines: place, severity, code, message, help.
pub(crate) fn show(diagnostics: &[Diagnostic]) -> String {
    let mut lines = String::new();
    for diagnostic in diagnostics {
        let place =
            diagnostic.span.map_or("?".to_owned(), |s| format!("{}:{}:{}+{}", s.file.0, s.line, s.column, s.length));
        let severity = match diagnostic.severity {
            Severity::Error => "",
            Severity::Warning => "warning ",
            Severity::Note => "note ",
        };
        lines.push_str(&format!("{place} {severity}{}: {}", diagnostic.code, diagnostic.message));
        if let Some(help) = &diagnostic.help {
            lines.push_str(&format!(" | {help}"));
        }
        lines.push('\n');
    }
    lines
}

/// A truth as `yes`, `no` or `?`.
pub(crate) fn word(truth: Truth) -> &'static str {
    match truth {
        Truth::True => "yes",
        Truth::False => "no",
        Truth::Unknown => "?",
    }
}

/// The value of a fact at an element, `?` when unknown; also derived facts, by their name in conditions.
pub(crate) fn said(facts: &Facts<'_>, element: ElementRef, fact: &str) -> String {
    let id = FactId::parse(fact).unwrap_or_else(|| panic!("no fact {fact}"));
    facts.text(element, id).unwrap_or_else(|| "?".to_owned())
}
