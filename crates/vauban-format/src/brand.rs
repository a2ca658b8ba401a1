//! How an organisation's documents look: the `brand` of `vauban.yaml`, or a file of its own.

use vauban_model::brand::{Brand, Colour};
use vauban_model::{Diagnostic, Span};
use vauban_syntax::Node;

use crate::config::{Setting, text};
use crate::document::{InputFile, check_version, parse, top};
use crate::report::Report;

/// Keys of a brand, with what they mean.
pub(crate) const KEYS: &[(&str, &str)] = &[
    ("name", "The organisation's name."),
    ("logo", "File with the logo, SVG or PNG."),
    ("colour", "Colour of headings and of table heads, such as `#1f2a44`."),
    ("footer", "A line at the foot of every page."),
    ("marking", "Classification marking on every page, such as `Confidential`."),
];

/// A brand as written: the logo is a file that the caller reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BrandSettings {
    /// Everything but the logo.
    pub brand: Brand,
    /// The logo's file, as written.
    pub logo: Option<Setting<Box<str>>>,
}

/// Reads a file with a brand: its keys on top, or under `brand`.
pub fn read_brand(file: &InputFile<'_>) -> (BrandSettings, Vec<Diagnostic>) {
    let mut report = Report::default();
    let mut settings = BrandSettings::default();
    if let Some(root) = parse(file, &mut report) {
        let inner = root.as_mapping().and_then(|entries| entries.iter().find(|entry| &*entry.key == "brand"));
        settings = read_into(inner.map_or(&root, |entry| &entry.value), &mut report);
    }
    (settings, report.finish())
}

/// Reads a brand from its mapping.
pub(crate) fn read_into(node: &Node, report: &mut Report) -> BrandSettings {
    let mut settings = BrandSettings::default();
    for entry in top(node, "a brand", report) {
        let (key, node) = (&*entry.key, &entry.value);
        let brand = &mut settings.brand;
        match key {
            "version" => check_version("version", node, report),
            _ if !KEYS.iter().any(|(known, _)| *known == key) => {
                let known: Vec<&str> = KEYS.iter().map(|(key, _)| *key).collect();
                report.unknown_key(key, entry.key_span, "a brand", &known);
            }
            _ if node.is_null() => {}
            "logo" => settings.logo = text(key, node, report),
            "colour" => brand.colour = text(key, node, report).and_then(|it| colour(&it.value, it.span, report)),
            "name" => brand.name = value(key, node, report),
            "footer" => brand.footer = value(key, node, report),
            _ => brand.marking = value(key, node, report),
        }
    }
    settings
}

fn value(key: &str, node: &Node, report: &mut Report) -> Box<str> {
    text(key, node, report).map(|it| it.value).unwrap_or_default()
}

fn colour(word: &str, span: Span, report: &mut Report) -> Option<Colour> {
    let found = Colour::parse(word);
    match found {
        None => report.push(
            Diagnostic::error("brand-colour", span, format!("`{}` is no colour", crate::report::shown(word)))
                .help("write six hexadecimal digits in quotes, such as `\"#1f2a44\"`"),
        ),
        Some(colour) if colour.legible() != colour => report.push(
            Diagnostic::warning(
                "pale-brand-colour",
                span,
                format!("`{}` cannot be read on white", crate::report::shown(word)),
            )
            .help("choose a darker one; until then documents use Vauban's own"),
        ),
        Some(_) => {}
    }
    found
}

#[cfg(test)]
mod tests {
    use vauban_model::FileId;

    use super::*;

    fn read(text: &str) -> (BrandSettings, Vec<String>) {
        let (settings, diagnostics) = read_brand(&InputFile { id: FileId(0), name: "brand.yaml", text });
        (settings, diagnostics.iter().map(|it| it.code.to_string()).collect())
    }

    #[test]
    fn a_brand_is_read_with_or_without_its_heading() {
        let text =
            "name: Lamp Ltd\nlogo: logo.svg\ncolour: \"#005a9c\"\nfooter: Lamp Ltd, London\nmarking: Confidential\n";
        let (plain, codes) = read(text);
        assert_eq!(codes, Vec::<String>::new());
        assert_eq!(&*plain.brand.name, "Lamp Ltd");
        assert_eq!(plain.brand.colour, Some(Colour([0, 0x5A, 0x9C])));
        assert_eq!(plain.logo.map(|it| it.value).as_deref(), Some("logo.svg"));
        let (nested, _) = read(&format!("brand:\n  {}", text.trim_end().replace('\n', "\n  ")));
        assert_eq!(nested.brand, plain.brand);
    }

    #[test]
    fn what_cannot_be_used_is_told() {
        assert_eq!(read("colour: blue\n").1, ["brand-colour"]);
        assert_eq!(read("colour: \"#ffee00\"\n").1, ["pale-brand-colour"]);
        assert_eq!(read("color: \"#000000\"\n").1, ["unknown-key"]);
        assert_eq!(read("- a\n").1, ["expected-mapping"]);
        assert_eq!(read("").1, Vec::<String>::new());
    }
}
