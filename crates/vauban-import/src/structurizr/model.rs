//! Elements and relationships with their identifiers resolved: includes put in place, constants filled in, archetypes
//! followed, blocks that add to an element added to it.

use rustc_hash::FxHashMap;
use vauban_model::{Diagnostic, Span};

use super::elements::{Element, Field, Kind, Relationship, Said, View};
use super::expression::Expression;
use super::raw::{Statement, Word, read};
use crate::InputFile;
use crate::log::{Log, short};

/// Files that one workspace may include, counted each time.
const MOST_INCLUDES: usize = 500;
/// Includes inside includes at most.
const MOST_NESTED: usize = 16;
/// Bytes of all included files at most, counted each time.
const MOST_BYTES: usize = 16 << 20;
/// Elements inside elements at most, includes counted.
const MOST_DEPTH: usize = 64;
/// Elements and relationships that all expressions together are held against.
const MOST_COMPARISONS: usize = 20_000_000;
/// Elements at most.
const MOST_ELEMENTS: usize = 100_000;

/// A relationship whose ends are not looked up yet: elements may stand behind it.
struct Pending {
    /// The element in scope.
    scope: Option<usize>,
    source: Option<Word>,
    target: Word,
    said: Said,
    span: Span,
}

/// A workspace.
#[derive(Default)]
pub(super) struct Model {
    pub(super) name: String,
    pub(super) description: String,
    /// Properties of the workspace.
    pub(super) others: Vec<(String, String)>,
    pub(super) elements: Vec<Element>,
    pub(super) relationships: Vec<Relationship>,
    pub(super) views: Vec<View>,
    /// The shape drawn for elements with a tag.
    pub(super) shapes: Vec<(String, String)>,
    /// What each instance is an instance of.
    pub(super) instance_of: FxHashMap<usize, usize>,
    hierarchical: bool,
    known: FxHashMap<String, usize>,
    /// Identifiers without their parents', and whether several elements have them.
    short: FxHashMap<String, (usize, bool)>,
    constants: FxHashMap<String, String>,
    archetypes: FxHashMap<String, (String, Said)>,
    pending: Vec<Pending>,
    pending_instances: Vec<(usize, Word)>,
    /// What is said of relationships by an expression, and where.
    pending_rules: Vec<(Statement, Option<usize>)>,
    /// Elements and relationships that expressions may still be held against.
    effort: Option<usize>,
    /// What stands between the names of groups inside groups, where the workspace says so.
    separator: String,
    /// Groups of such names, by what is around them and their own name.
    groups: FxHashMap<(Option<usize>, String), usize>,
    /// Whether the workspace that this one adds to could not be read: what it defines is not missing by mistake.
    is_without_base: bool,
    /// References to what is not there because of that, the first of them.
    left_open: (usize, Option<Span>),
    includes: usize,
    included_bytes: usize,
    pub(super) nested: usize,
    depth: usize,
}

/// The files at hand.
pub(super) struct Files<'f> {
    files: &'f [InputFile<'f>],
}

impl Model {
    /// Reads the main file and what it includes.
    pub(super) fn read(files: &[InputFile<'_>], log: &mut Log) -> Model {
        let mut model = Model::default();
        let Some(main) = files.first() else {
            let place = Span::new(vauban_model::FileId(0), 1, 1, 0);
            log.push(Diagnostic::warning("import-empty", place, "there is no file").help("name the workspace"));
            return model;
        };
        let statements = read(main.text, main.id, log);
        let files = Files { files };
        let found = statements.iter().any(|statement| statement.keyword() == "workspace");
        for statement in &statements {
            match statement.keyword().as_str() {
                "workspace" => model.workspace(statement, &files, log),
                // A part that others include, read by itself.
                _ => model.in_model(statement, None, &files, log),
            }
        }
        if !found {
            let place = statements.first().map_or(Span::new(main.id, 1, 1, 0), |first| first.span);
            log.push(
                Diagnostic::warning("import-empty", place, "there is no `workspace` in the file")
                    .help("read the file that begins with `workspace`; it includes the others"),
            );
        }
        model.connect(log);
        if let (number, Some(span)) = model.left_open {
            let what = if number == 1 { "1 reference was".to_owned() } else { format!("{number} references were") };
            let message =
                format!("{what} left out with what they say: the workspace that this one extends was not read");
            log.push(
                Diagnostic::warning("import-missing-reference", span, message)
                    .help("they may name what that workspace defines; make it readable first"),
            );
        }
        model
    }

    /// Tells of an identifier that nothing has, unless the file that would define it could not be read.
    fn missing(&mut self, word: Option<&Word>, span: Span, log: &mut Log) {
        if self.is_without_base {
            self.left_open.0 += 1;
            self.left_open.1.get_or_insert(span);
        } else {
            missing(word, span, log);
        }
    }

    /// Takes up what stands between the names of nested groups, wherever the properties stand in the block.
    fn note_separator(&mut self, statements: &[Statement]) {
        let properties = statements.iter().filter(|statement| statement.keyword() == "properties");
        let mut all = properties.flat_map(|statement| &statement.block);
        if let Some(said) = all.find(|property| property.word(0).eq_ignore_ascii_case("structurizr.groupSeparator")) {
            self.separator = self.text(said, 1);
        }
    }

    /// The group that a name with separators lies in, made where nobody has yet, and the last part of the name.
    fn outer_groups(&mut self, name: &str, scope: Option<usize>, span: Span) -> (Option<usize>, String) {
        let parts: Vec<&str> = name.split(&*self.separator).map(str::trim).filter(|part| !part.is_empty()).collect();
        let Some((last, outer)) = parts.split_last() else { return (scope, name.to_owned()) };
        let mut around = scope;
        for part in outer.iter().take(MOST_DEPTH) {
            let key = (around, (*part).to_owned());
            around = Some(match self.groups.get(&key) {
                Some(known) => *known,
                None => {
                    let index = self.elements.len();
                    let (name, said) = ((*part).to_owned(), Said::default());
                    let identifier = String::new();
                    self.elements.push(Element { kind: Kind::Group, name, identifier, parent: around, said, span });
                    self.groups.insert(key, index);
                    index
                }
            });
        }
        (around, (*last).to_owned())
    }

    /// A text with its `${constants}` filled in, once.
    pub(super) fn fill(&self, text: &str) -> String {
        if !text.contains("${") {
            return text.to_owned();
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            match after.split_once('}').and_then(|(name, after)| Some((self.constants.get(name)?, after))) {
                Some((value, after)) if out.len() < 1 << 16 => {
                    out.push_str(value);
                    rest = after;
                }
                _ => {
                    out.push_str("${");
                    rest = after;
                }
            }
        }
        out.push_str(rest);
        out
    }

    pub(super) fn text(&self, statement: &Statement, index: usize) -> String {
        self.fill(statement.word(index))
    }

    fn workspace(&mut self, statement: &Statement, files: &Files<'_>, log: &mut Log) {
        if statement.word(1).eq_ignore_ascii_case("extends") {
            self.extend(statement, files, log);
        } else {
            self.name =
                Some(self.text(statement, 1)).filter(|name| !name.is_empty()).unwrap_or(std::mem::take(&mut self.name));
            self.description = Some(self.text(statement, 2))
                .filter(|text| !text.is_empty())
                .unwrap_or(std::mem::take(&mut self.description));
        }
        self.in_workspace(&statement.block, files, log);
    }

    /// The workspace that this one adds to comes first.
    fn extend(&mut self, statement: &Statement, files: &Files<'_>, log: &mut Log) {
        let path = self.text(statement, 2);
        let Some(base) = self.open(&path, statement.span, files, log) else {
            self.is_without_base = true;
            return;
        };
        for inner in read(base.text, base.id, log) {
            match inner.keyword().as_str() {
                "workspace" => self.workspace(&inner, files, log),
                _ => self.in_model(&inner, None, files, log),
            }
        }
        self.nested -= 1;
    }

    /// A file at hand, if it may be read once more; `nested` goes down when it has been read.
    pub(super) fn open<'f>(
        &mut self,
        path: &str,
        span: Span,
        files: &Files<'f>,
        log: &mut Log,
    ) -> Option<InputFile<'f>> {
        let own = files.files.iter().find(|file| file.id == span.file).map_or("", |file| file.name);
        let folder = own.rsplit_once('/').map_or("", |(folder, _)| folder);
        let wanted = normal(&format!("{folder}/{path}"));
        let found = files
            .files
            .iter()
            .skip(1)
            .find(|file| normal(file.name) == wanted)
            .or_else(|| files.files.iter().skip(1).find(|file| normal(file.name).ends_with(&normal(path))));
        if self.nested >= MOST_NESTED || self.includes >= MOST_INCLUDES || self.included_bytes > MOST_BYTES {
            let message = format!("`{}` is included too deep or too often; it was left out", short(path));
            log.group(Diagnostic::warning("import-too-deep", span, message).help("includes go round in a circle"));
            return None;
        }
        let Some(file) = found else {
            let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            let (reason, help) = if climbs(folder, path) {
                (
                    "it lies outside of the folder of the workspace, and only that folder is read",
                    "put a copy of it into the folder, or a workspace that includes both into the folder above and read \
                     that one",
                )
            } else if path.contains("://") {
                ("it is on the network", "put the file beside the workspace and name it by a relative path")
            } else if last.trim_matches('.').contains('.') {
                ("it is not at hand", "put the file beside the workspace and name it by a relative path")
            } else {
                // Structurizr itself reads all files of a folder.
                ("it looks like a folder, and folders are not looked through", "include each of its files by name")
            };
            let message = format!("`{}` was not read: {reason}", short(path));
            log.push(Diagnostic::warning("import-missing-include", span, message).help(help));
            return None;
        };
        if file.text.trim_start().starts_with('{') {
            log.push(
                Diagnostic::warning(
                    "import-missing-include",
                    span,
                    format!("`{}` is JSON, which is not read", short(path)),
                )
                .help("extend a workspace in the DSL"),
            );
            return None;
        }
        self.nested += 1;
        self.includes += 1;
        self.included_bytes += file.text.len();
        Some(*file)
    }

    fn in_workspace(&mut self, statements: &[Statement], files: &Files<'_>, log: &mut Log) {
        self.note_separator(statements);
        for statement in statements {
            match statement.keyword().as_str() {
                "name" => self.name = self.text(statement, 1),
                "description" => self.description = self.text(statement, 1),
                "model" => {
                    self.note_separator(&statement.block);
                    statement.block.iter().for_each(|inner| self.in_model(inner, None, files, log));
                }
                "views" => self.in_views(&statement.block, files, log),
                "properties" => {
                    for property in &statement.block {
                        self.others.push((property.word(0).to_owned(), self.text(property, 1)));
                    }
                }
                "configuration" => {
                    log.left_out("configuration", statement.span, "it is about who may look at the workspace");
                }
                "!docs" | "!adrs" | "!decisions" => {
                    self.others.push((statement.keyword().trim_start_matches('!').to_owned(), self.text(statement, 1)));
                }
                "!include" => {
                    let path = self.text(statement, 1);
                    if let Some(file) = self.open(&path, statement.span, files, log) {
                        let inner = read(file.text, file.id, log);
                        self.in_workspace(&inner, files, log);
                        self.nested -= 1;
                    }
                }
                _ if self.directive(statement, log) => {}
                // Old workspaces, and parts that are read by themselves, have elements right here.
                _ => self.in_model(statement, None, files, log),
            }
        }
    }

    /// What may stand anywhere.
    pub(super) fn directive(&mut self, statement: &Statement, log: &mut Log) -> bool {
        match statement.keyword().as_str() {
            "!identifiers" => self.hierarchical = statement.word(1).eq_ignore_ascii_case("hierarchical"),
            "!const" | "!constant" | "!var" => {
                let value = self.text(statement, 2);
                self.constants.insert(statement.word(1).to_owned(), value);
            }
            "!impliedrelationships" => {
                log.left_out(
                    "!impliedRelationships",
                    statement.span,
                    "flows are drawn where they are stated, not once more for what is around them",
                );
            }
            "!script" | "!plugin" | "!components" => {
                let message = format!("`{}` was not run", statement.keyword());
                log.push(
                    Diagnostic::warning("import-dropped", statement.span, message)
                        .help("what it would add is not in the model; state it, or export the workspace and read that"),
                );
            }
            _ => return false,
        }
        true
    }

    fn in_model(&mut self, statement: &Statement, scope: Option<usize>, files: &Files<'_>, log: &mut Log) {
        let keyword = statement.keyword();
        let assigned = statement.words.get(1).is_some_and(|word| !word.quoted && word.text == "=");
        let (identifier, at) = if assigned { (statement.word(0), 2) } else { ("", 0) };
        let arrow = statement.words.iter().skip(at).take(2).position(|word| !word.quoted && is_arrow(&word.text));
        if let Some(position) = arrow {
            self.relationship(statement, at, position, scope, log);
            return;
        }
        let word = if assigned { statement.word(2).to_lowercase() } else { keyword };
        let archetype = self.archetypes.get(&word).cloned();
        let base = archetype.as_ref().map_or(word.as_str(), |(base, _)| base.as_str());
        if let Some(kind) = Kind::of(base) {
            self.element(statement, at + 1, kind, identifier, archetype.map(|(_, said)| said), scope, files, log);
            return;
        }
        match word.as_str() {
            "!include" => {
                let path = self.text(statement, 1);
                if let Some(file) = self.open(&path, statement.span, files, log) {
                    for inner in read(file.text, file.id, log) {
                        self.in_model(&inner, scope, files, log);
                    }
                    self.nested -= 1;
                }
            }
            "!ref" | "!extend" | "!element" => {
                let reference = statement.words.get(at + 1).cloned();
                let found = reference.as_ref().and_then(|word| self.find(&word.text, scope));
                match found {
                    Some(element) => {
                        if !identifier.is_empty() {
                            self.known.entry(identifier.to_lowercase()).or_insert(element);
                        }
                        self.inside(&statement.block, element, files, log);
                    }
                    None => self.missing(reference.as_ref(), statement.span, log),
                }
            }
            "!elements" => self.of_elements(statement, scope, files, log),
            // Once all relationships are known, those further down too.
            "!relationships" => self.pending_rules.push((statement.clone(), scope)),
            "archetypes" => self.in_archetypes(&statement.block, files, log),
            "deploymentgroup" => {}
            "properties" | "perspectives" if scope.is_none() => {
                for property in &statement.block {
                    self.others.push((property.word(0).to_owned(), self.text(property, 1)));
                }
            }
            "model" => statement.block.iter().for_each(|inner| self.in_model(inner, scope, files, log)),
            "views" => self.in_views(&statement.block, files, log),
            _ if self.directive(statement, log) => {}
            _ => {
                let message = format!("`{}` is no statement that is understood here", short(statement.word(0)));
                let help = "it was left out, with its block; see the language reference of the DSL";
                log.group(Diagnostic::warning("import-unknown-key", statement.span, message).help(help));
            }
        }
    }

    /// What stands in the block of an element.
    fn inside(&mut self, statements: &[Statement], element: usize, files: &Files<'_>, log: &mut Log) {
        if self.depth >= MOST_DEPTH {
            let place = statements.first().map(|first| first.span);
            if let Some(place) = place {
                let message =
                    format!("elements lie more than {MOST_DEPTH} deep in each other; what is deeper was left out");
                log.group(Diagnostic::warning("import-too-deep", place, message).help("no workspace nests so deep"));
            }
            return;
        }
        self.depth += 1;
        self.inside_of(statements, element, files, log);
        self.depth -= 1;
    }

    fn inside_of(&mut self, statements: &[Statement], element: usize, files: &Files<'_>, log: &mut Log) {
        for statement in statements {
            let keyword = statement.keyword();
            let text = self.text(statement, 1);
            let Some(own) = self.elements.get_mut(element) else { return };
            let said = &mut own.said;
            match keyword.as_str() {
                "tags" | "tag" => {
                    for word in statement.words.iter().skip(1) {
                        said.tag(&word.text);
                    }
                }
                "description" => said.description = text,
                "technology" => said.technology = text,
                "name" => own.name = text,
                "url" | "instances" | "metadata" => said.others.push((keyword, text)),
                "!docs" | "!adrs" | "!decisions" => {
                    said.others.push((keyword.trim_start_matches('!').to_owned(), text));
                }
                "healthcheck" => {
                    let words: Vec<&str> = statement.words.iter().skip(1).map(|word| word.text.as_str()).collect();
                    said.others.push(("health-check".to_owned(), words.join(" ")));
                }
                "properties" | "perspectives" => {
                    for property in &statement.block {
                        let words: Vec<String> =
                            property.words.iter().skip(1).map(|word| self.fill(&word.text)).collect();
                        let prefix = if keyword == "properties" { "" } else { "perspective " };
                        let pair = (format!("{prefix}{}", property.word(0)), words.join(" "));
                        if let Some(own) = self.elements.get_mut(element) {
                            own.said.others.push(pair);
                        }
                    }
                }
                _ => self.in_model(statement, Some(element), files, log),
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one caller, and a struct of these would only be taken apart again")]
    fn element(
        &mut self,
        statement: &Statement,
        at: usize,
        kind: Kind,
        identifier: &str,
        archetype: Option<Said>,
        scope: Option<usize>,
        files: &Files<'_>,
        log: &mut Log,
    ) {
        if self.elements.len() >= MOST_ELEMENTS {
            let message = format!("only the first {MOST_ELEMENTS} elements were read");
            log.group(Diagnostic::warning("import-too-large", statement.span, message).help("split the workspace"));
            return;
        }
        let mut said = Said::default();
        for (offset, field) in kind.fields().iter().enumerate() {
            said.field(*field, &self.text(statement, at + 1 + offset));
        }
        if let Some(archetype) = &archetype {
            said.inherit(archetype);
        }
        let mut name = self.text(statement, at);
        let mut scope = scope;
        if kind == Kind::Group && !self.separator.is_empty() {
            (scope, name) = self.outer_groups(&name, scope, statement.span);
            // The same name again is the same group.
            if let Some(known) = self.groups.get(&(scope, name.clone())).copied() {
                if !identifier.is_empty() {
                    self.known.entry(identifier.to_lowercase()).or_insert(known);
                }
                self.inside(&statement.block, known, files, log);
                return;
            }
            self.groups.insert((scope, name.clone()), self.elements.len());
        }
        let index = self.elements.len();
        let full =
            match scope.and_then(|scope| self.named(scope)).filter(|_| self.hierarchical && !identifier.is_empty()) {
                Some(parent) => format!("{parent}.{identifier}"),
                None => identifier.to_owned(),
            };
        if kind == Kind::Instance
            && let Some(word) = statement.words.get(at)
        {
            self.pending_instances.push((index, word.clone()));
        }
        if !full.is_empty() && self.known.insert(full.to_lowercase(), index).is_some() {
            let message = format!("the identifier `{}` is used twice", short(&full));
            log.push(
                Diagnostic::warning("import-duplicate-id", statement.span, message)
                    .help("from here on it means the second; give each its own"),
            );
        }
        if !identifier.is_empty() {
            self.short
                .entry(identifier.to_lowercase())
                .and_modify(|(_, several)| *several = true)
                .or_insert((index, false));
        }
        self.elements.push(Element { kind, name, identifier: full, parent: scope, said, span: statement.span });
        self.inside(&statement.block, index, files, log);
    }

    /// The identifier of the nearest element around that has one. Groups have none and are seen through.
    fn named(&self, scope: usize) -> Option<&str> {
        let mut at = Some(scope);
        // Parents stand before their children, so this ends.
        while let Some(element) = at.and_then(|index| self.elements.get(index)) {
            if !element.identifier.is_empty() {
                return Some(&element.identifier);
            }
            at = element.parent;
        }
        None
    }

    /// Archetypes, those of included files among them.
    fn in_archetypes(&mut self, statements: &[Statement], files: &Files<'_>, log: &mut Log) {
        for statement in statements {
            if statement.keyword() == "!include" {
                let path = self.text(statement, 1);
                if let Some(file) = self.open(&path, statement.span, files, log) {
                    for inner in read(file.text, file.id, log) {
                        match inner.keyword().as_str() {
                            "archetypes" => self.in_archetypes(&inner.block, files, log),
                            _ => self.in_archetypes(std::slice::from_ref(&inner), files, log),
                        }
                    }
                    self.nested -= 1;
                }
            } else if !self.directive(statement, log) {
                self.archetype(statement);
            }
        }
    }

    /// A name for elements or relationships of a certain make.
    fn archetype(&mut self, statement: &Statement) {
        let assigned = statement.word(1) == "=";
        let name = statement.word(0).to_lowercase();
        let base = if assigned { statement.word(2).to_lowercase() } else { name.clone() };
        let mut said = Said::default();
        for inner in &statement.block {
            match inner.keyword().as_str() {
                "tags" | "tag" => inner.words.iter().skip(1).for_each(|word| said.tag(&word.text)),
                "description" => said.description = self.text(inner, 1),
                "technology" => said.technology = self.text(inner, 1),
                _ => {}
            }
        }
        // One for relationships is used as `--name->`.
        let name = if is_arrow(&base) { format!("--{name}->") } else { name };
        let base = match self.archetypes.get(&base).cloned() {
            Some((root, known)) => {
                said.inherit(&known);
                root
            }
            None => base,
        };
        self.archetypes.insert(name, (base, said));
    }

    /// A relationship; `position` tells whether its source is said (1) or is the element around it (0).
    fn relationship(&mut self, statement: &Statement, at: usize, position: usize, scope: Option<usize>, log: &mut Log) {
        let (arrow, rest) = (statement.word(at + position).to_lowercase(), at + position + 1);
        let Some(target) = statement.words.get(rest).cloned() else {
            let message = "this relationship goes nowhere";
            log.push(
                Diagnostic::warning("import-missing-reference", statement.span, message).help("name its destination"),
            );
            return;
        };
        let source = (position == 1).then(|| statement.words.get(at).cloned()).flatten();
        let mut said = Said::default();
        for (offset, field) in [Field::Description, Field::Technology, Field::Tags].into_iter().enumerate() {
            said.field(field, &self.text(statement, rest + 1 + offset));
        }
        said.take(self.relationship_block(&statement.block, log));
        if let Some((_, archetype)) = self.archetypes.get(&arrow) {
            said.inherit(archetype);
        } else if !matches!(arrow.as_str(), "->" | "-/>") {
            let message = format!("`{}` is no archetype of relationships here; it is read as `->`", short(&arrow));
            log.group(
                Diagnostic::warning("import-missing-reference", statement.span, message)
                    .help("define it in `archetypes`, or include the file that does"),
            );
        }
        if arrow == "-/>" {
            let message = "`-/>` takes a relationship out of a deployment; deployments keep all";
            log.group(Diagnostic::note("import-dropped", statement.span, message));
            return;
        }
        self.pending.push(Pending { scope, source, target, said, span: statement.span });
    }

    /// What the block of a relationship says.
    fn relationship_block(&self, block: &[Statement], log: &mut Log) -> Said {
        let mut said = Said::default();
        for inner in block {
            match inner.keyword().as_str() {
                "tags" | "tag" => inner.words.iter().skip(1).for_each(|word| said.tag(&word.text)),
                "description" => said.description = self.text(inner, 1),
                "technology" => said.technology = self.text(inner, 1),
                "url" => said.others.push(("url".to_owned(), self.text(inner, 1))),
                "properties" | "perspectives" => {
                    for property in &inner.block {
                        said.others.push((property.word(0).to_owned(), self.text(property, 1)));
                    }
                }
                _ => {
                    let message = format!("`{}` is not understood in a relationship", short(inner.word(0)));
                    log.group(Diagnostic::warning("import-unknown-key", inner.span, message).help("it was left out"));
                }
            }
        }
        said
    }

    /// Whether expressions may be held against so many more.
    fn may_compare(&mut self, number: usize, span: Span, log: &mut Log) -> bool {
        let left = self.effort.unwrap_or(MOST_COMPARISONS);
        self.effort = Some(left.saturating_sub(number));
        if number > left {
            let message = "expressions are held against too many elements; this one was left out";
            log.group(Diagnostic::warning("import-too-large", span, message).help("split the workspace"));
        }
        number <= left
    }

    /// The expression behind `!elements` or `!relationships`, if it is one that is understood.
    fn expression(&self, statement: &Statement, scope: Option<usize>, log: &mut Log) -> Option<Expression> {
        let words: Vec<String> = statement.words.iter().skip(1).map(|word| self.fill(&word.text)).collect();
        let find = |identifier: &str| self.find(identifier, scope);
        let read = Expression::read(&words.join(" "), &find);
        if let Err(what) = &read {
            let message = format!("`{}` is not understood in an expression", short(what));
            log.push(Diagnostic::warning("import-unknown-key", statement.span, message).help(
                "what it is said of was left out; tags, types, technologies, parents and the ends of relationships are compared",
            ));
        }
        read.ok()
    }

    /// What a block says of all elements that an expression holds for.
    fn of_elements(&mut self, statement: &Statement, scope: Option<usize>, files: &Files<'_>, log: &mut Log) {
        let Some(expression) = self.expression(statement, scope, log) else { return };
        let ends = if expression.is_about_ends() { self.pending.len() } else { 0 };
        let number = self.elements.len().saturating_add(ends).saturating_mul(1 + statement.block.len());
        if !self.may_compare(number, statement.span, log) {
            return;
        }
        let ends: Vec<(usize, usize)> = if expression.is_about_ends() { self.known_ends() } else { Vec::new() };
        let found: Vec<usize> = expression.elements(&self.elements, &ends);
        if found.is_empty() {
            let message = format!("nothing so far is what `{}` says", short(statement.word(1)));
            log.push(Diagnostic::note("import-missing-reference", statement.span, message));
        }
        for element in found {
            self.inside(&statement.block, element, files, log);
        }
    }

    /// The ends of the relationships so far whose ends are known.
    fn known_ends(&self) -> Vec<(usize, usize)> {
        let ends = self.pending.iter().filter_map(|pending| {
            let source = match &pending.source {
                Some(word) => self.find(&word.text, pending.scope),
                None => self.find("this", pending.scope),
            };
            Some((source?, self.find(&pending.target.text, pending.scope)?))
        });
        ends.collect()
    }

    /// What blocks say of relationships that their expressions hold for.
    fn of_relationships(&mut self, log: &mut Log) {
        for (statement, scope) in std::mem::take(&mut self.pending_rules) {
            let Some(expression) = self.expression(&statement, scope, log) else { continue };
            if !self.may_compare(self.relationships.len(), statement.span, log) {
                continue;
            }
            let said = self.relationship_block(&statement.block, log);
            let elements = std::mem::take(&mut self.elements);
            for relationship in self.relationships.iter_mut().filter(|it| expression.holds(it, &elements)) {
                relationship.said.take(said.clone());
            }
            self.elements = elements;
        }
    }

    /// The element that an identifier means, seen from another element.
    pub(super) fn find(&self, identifier: &str, scope: Option<usize>) -> Option<usize> {
        let wanted = identifier.to_lowercase();
        if wanted == "this" {
            // A group is no element that anything can go to.
            let mut at = scope;
            while let Some(element) = at.and_then(|index| self.elements.get(index)).filter(|it| it.kind == Kind::Group)
            {
                at = element.parent;
            }
            return at;
        }
        if self.hierarchical {
            let mut at = scope;
            while let Some(element) = at.and_then(|index| self.elements.get(index)) {
                if !element.identifier.is_empty()
                    && let Some(found) = self.known.get(&format!("{}.{wanted}", element.identifier.to_lowercase()))
                {
                    return Some(*found);
                }
                at = element.parent;
            }
        }
        let unique = || self.short.get(&wanted).filter(|(_, several)| !several).map(|(index, _)| *index);
        self.known.get(&wanted).copied().or_else(unique)
    }

    /// Looks up both ends of every relationship.
    fn connect(&mut self, log: &mut Log) {
        for (instance, word) in std::mem::take(&mut self.pending_instances) {
            let scope = self.elements.get(instance).and_then(|element| element.parent);
            match self.find(&word.text, scope) {
                Some(found) if found != instance => {
                    self.instance_of.insert(instance, found);
                }
                _ => self.missing(Some(&word), word.span, log),
            }
        }
        for pending in std::mem::take(&mut self.pending) {
            let source = match &pending.source {
                Some(word) => self.find(&word.text, pending.scope),
                None => self.find("this", pending.scope),
            };
            let target = self.find(&pending.target.text, pending.scope);
            match (source, target) {
                (Some(source), Some(target)) => {
                    self.relationships.push(Relationship { source, target, said: pending.said, span: pending.span });
                }
                (None, _) => self.missing(pending.source.as_ref(), pending.span, log),
                (_, None) => self.missing(Some(&pending.target), pending.span, log),
            }
        }
        self.of_relationships(log);
    }
}

/// `->`, or one of the user's own: `--https->`.
pub(super) fn is_arrow(word: &str) -> bool {
    word == "->" || word == "-/>" || word.len() > 3 && word.starts_with("--") && word.ends_with("->")
}

fn missing(word: Option<&Word>, span: Span, log: &mut Log) {
    let name = word.map_or("", |word| word.text.as_str());
    let message = format!("`{}` is no element of the workspace", short(name));
    log.push(Diagnostic::warning("import-missing-reference", span, message).help(
        "identifiers stand before `=`; with `!identifiers hierarchical` they begin with those of what is around",
    ));
}

/// Whether a path, seen from the folder of the file that names it, leads out of what is read: further up than the folder
/// has names.
fn climbs(folder: &str, path: &str) -> bool {
    let mut depth = folder.split('/').filter(|part| !matches!(*part, "" | ".")).count();
    for part in path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return true,
            },
            _ => depth += 1,
        }
    }
    false
}

/// A path without `.` and `..`, and without what is before the root.
fn normal(path: &str) -> String {
    let path = path.replace('\\', "/");
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
