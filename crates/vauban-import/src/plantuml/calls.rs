//! Calls of macros: those of C4-PlantUML by what they mean, those of other libraries as far as they look like elements.

use vauban_model::model::Value;
use vauban_model::vocabulary::fact;
use vauban_model::{Diagnostic, Span};

use super::lower::Reader;
use super::macros::{Macro, Relation, relation};
use super::raw::Call;
use crate::draft::one_line;
use crate::extras::keep;
use crate::log::short;
use crate::prose::{state, state_protocol, state_technologies, word};
use crate::sketch::{Drawn, Role};
use crate::technologies::of_camel_case;

/// Beginnings of macros that are about looks.
const LOOK_MACROS: [&str; 16] = [
    "LAYOUT",
    "SHOW_",
    "HIDE_",
    "Lay_",
    "Add",
    "Update",
    "Set",
    "Without",
    "RoundedBoxShape",
    "EightSidedShape",
    "increment",
    "setIndex",
    "PERSON_",
    "Index",
    "LastIndex",
    "Sprite",
];

impl Reader<'_, '_> {
    /// A macro.
    pub(super) fn call(&mut self, call: &Call, span: Span) {
        let name = call.name.as_str();
        if name.eq_ignore_ascii_case("AddProperty") {
            let values: Vec<&str> = (1..4).map(|place| call.get("", place)).filter(|text| !text.is_empty()).collect();
            keep(&mut self.properties, self.draft.format, call.get("col1", 0), values.join(", "));
        } else if name == "Boundary_End" {
            self.canvas.close();
        } else if let Some(relation) = relation(name) {
            self.relation(call, relation, span);
        } else if let Some(kind) = Macro::of(name) {
            self.element(call, kind, span);
        } else if LOOK_MACROS.iter().any(|word| name.starts_with(word)) {
            self.draft.log.left_out(name, span, "it is about how diagrams look");
        } else {
            self.unknown(call, span);
        }
    }

    fn relation(&mut self, call: &Call, relation: Relation, span: Span) {
        let shift = usize::from(relation.indexed);
        let (mut from, mut to) = (call.get("from", shift).to_owned(), call.get("to", shift + 1).to_owned());
        if from.is_empty() || to.is_empty() {
            let message = format!("`{}` does not say what it connects", short(&call.name));
            self.draft.log.push(Diagnostic::warning("import-missing-reference", span, message).help("name both ends"));
            return;
        }
        for end in [&from, &to] {
            if self.canvas.find(end).is_none() {
                let message = format!("`{}` is used before anything is called so", short(end));
                self.draft.log.group(
                    Diagnostic::note("import-implied-component", span, message)
                        .help("it is read as a component of this name"),
                );
                self.canvas.named(end, span);
            }
        }
        let mut drawn = Drawn::at(span);
        drawn.name = one_line(&self.fill(call.get("label", shift + 2)));
        // `Rel_(a, b, "label", "-UP->")` has the arrow where the others have the technology, or one place behind it.
        let no_technology = relation.with_arrow && call.arguments.len() < shift + 5;
        let technology = if no_technology { String::new() } else { self.fill(call.get("techn", shift + 3)) };
        drawn.description = self.fill(call.get("descr", if relation.with_arrow { usize::MAX } else { shift + 4 }));
        self.common(&mut drawn, call, shift + 6, shift + 7);
        if !technology.is_empty() {
            keep(&mut drawn.extras, self.draft.format, "technology", technology.as_str());
        }
        if relation.indexed {
            keep(&mut drawn.extras, self.draft.format, "index", call.get("e_index", 0));
        }
        state_protocol(&mut drawn, &technology);
        if relation.both {
            state(&mut drawn, fact::TWO_WAY, Value::Bool(true));
        }
        if relation.back {
            std::mem::swap(&mut from, &mut to);
        }
        self.canvas.connect(&from, &to, drawn);
    }

    fn element(&mut self, call: &Call, kind: Macro, span: Span) {
        let alias = call.get("alias", 0);
        if alias.is_empty() {
            let message = format!("`{}` has no name", short(&call.name));
            self.draft
                .log
                .push(Diagnostic::warning("import-missing-id", span, message).help("its first argument is its name"));
            return;
        }
        let mut drawn = Drawn::at(span);
        let label = self.fill(call.get("label", 1));
        drawn.name = if label.is_empty() { alias.to_owned() } else { one_line(&label) };
        let places = kind.places();
        let at = |place: Option<usize>| place.unwrap_or(usize::MAX);
        let technology = self.fill(call.get("techn", at(places.technology)));
        let typed = self.fill(call.get("type", at(places.kind)));
        drawn.description = self.fill(call.get("descr", at(places.description)));
        self.common(&mut drawn, call, places.tags, places.tags + 1);
        keep(&mut drawn.extras, self.draft.format, "element", call.name.as_str());
        for (key, value) in [("technology", &technology), ("type", &typed)] {
            if !value.is_empty() {
                keep(&mut drawn.extras, self.draft.format, key, value.as_str());
            }
        }
        let zone = kind.zone || call.opens;
        if !zone {
            // A queue of others holds data as their store does.
            if kind.store || kind.queue && kind.external {
                word(&mut drawn, fact::KIND, "data-store");
                if kind.external {
                    word(&mut drawn, fact::OPERATED_BY, "third-party");
                }
            } else if kind.external || kind.person {
                word(&mut drawn, fact::KIND, "external-entity");
            }
            let words = if technology.is_empty() && kind.queue { "message-queue" } else { &technology };
            state_technologies(&mut drawn, words);
        }
        let alias = alias.to_owned();
        let index = self.draw(&alias, if zone { Role::Zone } else { Role::Component }, drawn);
        // In sequence diagrams a boundary is closed by a call.
        if call.opens {
            self.open(Some(index));
        }
    }

    /// Tags, and where a link leads.
    fn common(&self, drawn: &mut Drawn, call: &Call, tags: usize, link: usize) {
        let tags = self.fill(call.get("tags", tags));
        drawn.tags = tags.split('+').map(str::trim).filter(|tag| !tag.is_empty()).map(Into::into).collect();
        let link = call.get("link", link);
        if !link.is_empty() {
            keep(&mut drawn.extras, self.draft.format, "link", link);
        }
    }

    /// A macro of some library of icons: `EC2(web, "Web server", "t3.micro")`.
    fn unknown(&mut self, call: &Call, span: Span) {
        let alias = call.get("alias", 0);
        let plain = !alias.is_empty() && alias.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
        if !plain || call.arguments.len() + call.named.len() < 2 && !call.opens {
            let message = format!("the macro `{}` is not known", short(&call.name));
            self.draft
                .log
                .group(Diagnostic::warning("import-unknown-key", span, message).help("its call was left out"));
            if call.opens {
                self.open(None);
            }
            return;
        }
        // An icon of a product says what the element is.
        let product = of_camel_case(&call.name);
        if product.is_none() {
            let (what, help) = match call.opens {
                true => ("a boundary", "its second argument is taken as the name"),
                false => ("a component", "its name is taken as the technology, its second argument as the name"),
            };
            let message = format!("the macro `{}` is not known; it is read as {what}", short(&call.name));
            self.draft.log.group(Diagnostic::note("import-unknown-key", span, message).help(help));
        }
        let mut drawn = Drawn::at(span);
        let label = self.fill(call.get("label", 1));
        drawn.name = if label.is_empty() { alias.to_owned() } else { one_line(&label) };
        drawn.description = (2..call.arguments.len())
            .map(|place| call.get("", place))
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join("\n");
        keep(&mut drawn.extras, self.draft.format, "element", call.name.as_str());
        if !call.opens {
            state_technologies(&mut drawn, product.unwrap_or(&call.name));
        }
        let alias = alias.to_owned();
        let index = self.draw(&alias, if call.opens { Role::Zone } else { Role::Component }, drawn);
        if call.opens {
            self.open(Some(index));
        }
    }
}
