//! Makes the Rust tables of the vocabulary from `library/vocabulary/facts.toml`.

use std::fmt::Write as _;

/// The text of `crates/vauban-model/src/vocabulary/tables.rs` for a given `facts.toml`.
pub(crate) fn tables(source: &str) -> Result<String, String> {
    let table: toml::Table = source.parse().map_err(|error| format!("facts.toml: {error}"))?;
    let list = |name: &str| table.get(name).and_then(toml::Value::as_array).cloned().unwrap_or_default();
    let text = |value: &toml::Value, key: &str| value.get(key).and_then(toml::Value::as_str).unwrap_or("").to_owned();
    let flag = |value: &toml::Value, key: &str| value.get(key).and_then(toml::Value::as_bool).unwrap_or(false);
    let strings = |value: &toml::Value, key: &str| -> Vec<String> {
        let array = value.get(key).and_then(toml::Value::as_array).cloned().unwrap_or_default();
        array.iter().filter_map(toml::Value::as_str).map(str::to_owned).collect()
    };
    let enumerations = list("enum");
    let enumeration_index = |name: &str| {
        enumerations
            .iter()
            .position(|e| text(e, "name") == name)
            .ok_or_else(|| format!("facts.toml: no enumeration `{name}`"))
    };
    let domain = |name: &str| -> Result<String, String> {
        Ok(match name {
            "system" => "Domain::System",
            "component" => "Domain::Component",
            "flow" => "Domain::Flow",
            "boundary" => "Domain::Boundary",
            "data" => "Domain::Data",
            "identity" => "Domain::Identity",
            other => return Err(format!("facts.toml: no kind of element `{other}`")),
        }
        .to_owned())
    };

    let mut out = String::from(
        "//! Generated from `library/vocabulary/facts.toml` by `cargo xtask codegen`; do not edit.\n\n\
         use super::{Domain, EnumId, Enumeration, FactDefinition, FactId, FactType, Relation, RelationDefinition};\n\n\
         /// Every enumeration of the vocabulary.\npub static ENUMERATIONS: &[Enumeration] = &[\n",
    );
    for e in &enumerations {
        let aliases = e.get("aliases").and_then(toml::Value::as_table).cloned().unwrap_or_default();
        let aliases: Vec<String> = aliases
            .iter()
            .map(|(word, value)| format!("({word:?}, {:?})", value.as_str().unwrap_or_default()))
            .collect();
        let _ = writeln!(
            out,
            "    Enumeration {{ name: {:?}, ordered: {}, values: &{:?}, aliases: &[{}], doc: {:?} }},",
            text(e, "name"),
            flag(e, "ordered"),
            strings(e, "values"),
            aliases.join(", "),
            text(e, "doc"),
        );
    }
    out.push_str(
        "];\n\n/// Every fact of the vocabulary, stated and derived.\npub static FACTS: &[FactDefinition] = &[\n",
    );
    let facts = list("fact");
    for f in &facts {
        let kind = text(f, "type");
        let rust_type = match kind.split_once(':') {
            Some(("enum", name)) => format!("FactType::Enum(EnumId({}))", enumeration_index(name)?),
            Some(("set", name)) => format!("FactType::Set(EnumId({}))", enumeration_index(name)?),
            Some(("refs", name)) => format!("FactType::References({})", domain(name)?),
            _ => match kind.as_str() {
                "bool" => "FactType::Bool".to_owned(),
                "number" => "FactType::Number".to_owned(),
                "text" => "FactType::Text".to_owned(),
                "words" => "FactType::Words".to_owned(),
                "technologies" => "FactType::Technologies".to_owned(),
                other => return Err(format!("facts.toml: no type `{other}`")),
            },
        };
        let on = strings(f, "on").iter().map(|name| domain(name)).collect::<Result<Vec<_>, _>>()?;
        let id = text(f, "id");
        let key = if text(f, "key").is_empty() { id.clone() } else { text(f, "key") };
        let _ = writeln!(
            out,
            "    FactDefinition {{ id: {id:?}, key: {key:?}, on: &[{}], ty: {rust_type}, derived: {}, aliases: &{:?}, doc: {:?} }},",
            on.join(", "),
            flag(f, "derived"),
            strings(f, "aliases"),
            text(f, "doc"),
        );
    }
    out.push_str("];\n\n/// Every relation between elements.\npub static RELATIONS: &[RelationDefinition] = &[\n");
    let relations = list("relation");
    for r in &relations {
        let (on, to) = (domain(&text(r, "on"))?, domain(&text(r, "to"))?);
        let _ = writeln!(
            out,
            "    RelationDefinition {{ id: {:?}, on: {on}, to: {to}, many: {}, doc: {:?} }},",
            text(r, "id"),
            flag(r, "many"),
            text(r, "doc"),
        );
    }
    out.push_str(
        "];\n\n/// The facts by name, for code that asks for one of them.\npub mod fact {\n    use super::FactId;\n",
    );
    for (index, f) in facts.iter().enumerate() {
        let _ = writeln!(out, "    /// {}", text(f, "doc"));
        let _ = writeln!(out, "    pub const {}: FactId = FactId({index});", text(f, "id").to_uppercase());
    }
    out.push_str("}\n\n/// The relations by name, for code that walks one of them.\npub mod relation {\n    use super::Relation;\n");
    for (index, r) in relations.iter().enumerate() {
        let _ = writeln!(out, "    /// {}", text(r, "doc"));
        let name = format!("{}_{}", text(r, "on"), text(r, "id")).to_uppercase();
        let _ = writeln!(out, "    pub const {name}: Relation = Relation({index});");
    }
    out.push_str("}\n");
    Ok(out)
}
