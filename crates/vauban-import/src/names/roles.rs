//! The class, the stereotype or the second line that says what kind of thing is drawn: `:::external`,
//! `<<datastore>>`, `User<br/>External Interactor`.

use rustc_hash::FxHashSet;
use vauban_model::Span;
use vauban_model::model::{Element, ElementRef, Fact, Model, Origin, Value, symbol_of};
use vauban_model::vocabulary::{Domain, fact};

use crate::Format;
use crate::log::short;

/// The kind of component that a text about one says, whole: in any writing, `data_store`, `dataStore`, `Data Store`.
pub(crate) fn kind(text: &str) -> Option<&'static str> {
    if text.len() > 60 {
        return None;
    }
    let letters: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let stem = letters.strip_suffix("class").or_else(|| letters.strip_suffix("node")).unwrap_or(&letters);
    let stem = stem.strip_suffix('s').filter(|_| !stem.ends_with("ss")).unwrap_or(stem);
    match stem {
        "external"
        | "ext"
        | "externalentity"
        | "externalentitie"
        | "externalinteractor"
        | "externalsystem"
        | "externalsoftwaresystem"
        | "externalservice"
        | "externalactor"
        | "externaluser"
        | "interactor"
        | "thirdparty"
        | "3rdparty"
        | "actor"
        | "extern"
        | "externeentität"
        | "externerakteur"
        | "externe"
        | "entitéexterne"
        | "entidadexterna"
        | "externo"
        | "entitàesterna" => Some("external-entity"),
        "process" | "processe" | "multipleprocesse" | "multipleprocess" | "prozess" | "processus" | "proceso"
        | "processo" => Some("process"),
        "datastore" | "datenspeicher" | "magasindedonnée" | "stockagededonnée" | "almacéndedato" | "database"
        | "db" => Some("data-store"),
        _ => None,
    }
}

/// Where such words stand in a format: its classes and stereotypes, or the line below the name.
fn said(element: &Element, format: Format) -> Option<(&str, &'static str)> {
    let tags = matches!(format, Format::Mermaid | Format::PlantUml);
    let stereotype = element.extras.iter().filter(|(key, _)| &**key == "plantuml:stereotype");
    let stereotypes = stereotype.flat_map(|(_, words)| words.split(',')).map(str::trim);
    let tags = element.tags.iter().filter(|_| tags).map(|tag| &**tag);
    let drawn =
        matches!(format, Format::Mermaid | Format::PlantUml | Format::DrawIo | Format::Visio | Format::Lucidchart);
    let line = element.description.lines().next().filter(|_| drawn).map(|line| {
        let line = line.trim();
        line.trim_start_matches(['(', '[', '«', '<']).trim_end_matches([')', ']', '»', '>'])
    });
    let mut all = tags.chain(stereotypes).chain(line).filter_map(|text| Some((text, kind(text)?)));
    let first = all.next()?;
    // Who says two things has said nothing.
    all.all(|(_, kind)| kind == first.1).then_some(first)
}

/// States the kinds that texts say of elements without one; returns what was read, to be told.
pub(super) fn read(model: &mut Model, format: Format, whole: &FxHashSet<ElementRef>) -> Vec<(String, Span)> {
    let mut read = Vec::new();
    for (index, component) in model.components.iter_mut().enumerate() {
        let element = &mut component.element;
        if element.fact(fact::KIND).is_some() || whole.contains(&ElementRef::new(Domain::Component, index)) {
            continue;
        }
        let Some((text, kind)) = said(element, format) else { continue };
        let told = format!("`{}`, `{}`, is `{kind}`", short(&element.name), short(text));
        let span = element.span;
        let Some(symbol) = symbol_of(fact::KIND, kind) else { continue };
        element.set(Fact { id: fact::KIND, value: Value::Symbol(symbol), origin: Origin::Imported, span });
        read.push((told, span));
    }
    read
}

#[cfg(test)]
mod tests {
    use super::kind;

    #[test]
    fn whole_words_say_kinds() {
        for (text, expected) in [
            ("external", Some("external-entity")),
            ("External Interactor", Some("external-entity")),
            ("third-party", Some("external-entity")),
            ("dataStore", Some("data-store")),
            ("data_stores", Some("data-store")),
            ("process", Some("process")),
            ("processes", Some("process")),
            ("processClass", Some("process")),
            ("highRisk", None),
            ("External APIs we call", None),
            ("class", None),
            ("", None),
        ] {
            assert_eq!(kind(text), expected, "{text}");
        }
    }
}
