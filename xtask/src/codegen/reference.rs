//! `docs/reference/`: the pages that say what the library holds, made from its files.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use toml::{Table, Value};

use super::Generated;
use crate::tidy::{Kind, library_entries};
use crate::workspace;

/// The first line of every page made here.
pub(super) fn head(source: &str) -> String {
    format!("<!-- Generated from {source} by `cargo xtask codegen`; do not edit. -->\n\n")
}

/// All pages about the library.
pub(super) fn generate(root: &Path) -> Result<Vec<Generated>, String> {
    let threats = pages(root, Kind::Threat)?;
    let controls = pages(root, Kind::Control)?;
    let text = [
        ("facts.md", facts(&workspace::read_toml(&root.join("library/vocabulary/facts.toml"))?)),
        ("threats.md", threat_tables(&threats)),
        ("controls.md", control_table(&controls, &threats)),
        ("technologies.md", technology_tree(&technologies(root)?)),
        ("attackers.md", attacker_table(&attackers(root)?)),
    ];
    Ok(text.into_iter().map(|(name, text)| (Path::new("docs/reference").join(name), text)).collect())
}

/// A page of the library, taken apart.
struct Page {
    id: String,
    path: String,
    head: Table,
    title: String,
    summary: String,
}

impl Page {
    fn new(id: String, path: String, text: &str) -> Result<Page, String> {
        let broken = || format!("{path}: a page starts with a ```toml block");
        let (head, body) =
            text.strip_prefix("```toml\n").and_then(|rest| rest.split_once("\n```\n")).ok_or_else(broken)?;
        let head = head.parse().map_err(|error: toml::de::Error| format!("{path}: {}", error.message()))?;
        let title = body.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or_default().trim().to_owned();
        let prose = body.lines().skip_while(|line| !line.starts_with("# ")).skip(1);
        let first: Vec<&str> = prose
            .skip_while(|line| line.trim().is_empty())
            .take_while(|line| !line.trim().is_empty() && !line.starts_with('#'))
            .map(str::trim)
            .collect();
        Ok(Page { id, path, head, title, summary: first.join(" ") })
    }

    /// The id as a link from `docs/reference/`.
    fn link(&self) -> String {
        format!("[`{}`](../../{})", self.id, self.path)
    }

    fn family(&self) -> &str {
        self.path.split('/').nth(2).unwrap_or_default()
    }
}

fn pages(root: &Path, kind: Kind) -> Result<Vec<Page>, String> {
    let entries = library_entries(root, kind)?;
    entries.into_iter().map(|entry| Page::new(entry.id, entry.path, &entry.text)).collect()
}

fn attackers(root: &Path) -> Result<Vec<Page>, String> {
    let mut out = Vec::new();
    for (name, _) in workspace::entries(&root.join("library/attackers"))? {
        let Some(id) = name.strip_suffix(".md").filter(|id| *id != "README") else { continue };
        let path = format!("library/attackers/{name}");
        out.push(Page::new(id.to_owned(), path.clone(), &workspace::read(&root.join(&path))?)?);
    }
    Ok(out)
}

fn technologies(root: &Path) -> Result<Vec<Table>, String> {
    let mut out = Vec::new();
    for (name, _) in workspace::entries(&root.join("library/technologies"))? {
        if name.ends_with(".toml") {
            let shelf = workspace::read_toml(&root.join("library/technologies").join(&name))?;
            out.extend(tables(&shelf, "technology"));
        }
    }
    out.sort_by_key(|technology| word(technology, "id").to_owned());
    Ok(out)
}

pub(super) fn word<'a>(table: &'a Table, key: &str) -> &'a str {
    table.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn flag(table: &Table, key: &str) -> bool {
    table.get(key).and_then(Value::as_bool).unwrap_or(false)
}

pub(super) fn words(table: &Table, key: &str) -> Vec<String> {
    match table.get(key) {
        Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::String(one)) => vec![one.clone()],
        _ => Vec::new(),
    }
}

pub(super) fn tables(table: &Table, key: &str) -> Vec<Table> {
    let values = table.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    values.iter().filter_map(Value::as_table).cloned().collect()
}

/// Text for a cell of a table.
pub(super) fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn code(list: &[String]) -> String {
    list.iter().map(|text| format!("`{}`", cell(text))).collect::<Vec<_>>().join(", ")
}

/// The kinds of element, in the order of the model.
const DOMAINS: [&str; 6] = ["system", "component", "flow", "boundary", "data", "identity"];

/// What a fact's value looks like, with a link to the words it takes.
fn type_text(kind: &str) -> String {
    match kind.split_once(':') {
        Some(("enum", name)) => format!("one of [{name}](#{name})"),
        Some(("set", name)) => format!("any of [{name}](#{name})"),
        Some(("refs", domain)) => format!("ids of {}", plural(domain)),
        _ => match kind {
            "bool" => "yes or no",
            "technologies" => "[technologies](technologies.md)",
            "words" => "list of words",
            other => other,
        }
        .to_owned(),
    }
}

fn plural(domain: &str) -> &str {
    match domain {
        "component" => "components",
        "flow" => "flows",
        "boundary" => "boundaries",
        "identity" => "identities",
        other => other,
    }
}

fn facts(vocabulary: &Table) -> String {
    let (facts, enumerations) = (tables(vocabulary, "fact"), tables(vocabulary, "enum"));
    let relations = tables(vocabulary, "relation");
    let mut out = head("`library/vocabulary/facts.toml`");
    out.push_str(
        "# Facts\n\nThe words that a model may use and a condition may ask about. A *stated* fact is written in the model. A \
         *derived* fact\nis computed from the others; nobody writes it. What is not stated is unknown, not false; see \
         [Concepts](../concepts.md#three-values).\n\n",
    );
    let _ =
        writeln!(out, "{} facts, {} enumerations, {} relations.\n", facts.len(), enumerations.len(), relations.len());
    for domain in DOMAINS {
        let of: Vec<&Table> = facts.iter().filter(|fact| words(fact, "on").iter().any(|on| on == domain)).collect();
        if of.is_empty() {
            continue;
        }
        let _ = writeln!(out, "## On a {domain}\n");
        for (title, derived) in [("Stated", false), ("Derived", true)] {
            let list: Vec<&&Table> = of.iter().filter(|fact| flag(fact, "derived") == derived).collect();
            if list.is_empty() {
                continue;
            }
            let _ = writeln!(out, "{title}:\n\n| fact | value | what it says |\n|---|---|---|");
            for fact in list {
                let id = word(fact, "id");
                let key = word(fact, "key");
                let written =
                    if key.is_empty() || key == id { String::new() } else { format!(" In a model: `{key}`.") };
                let aliases = words(fact, "aliases");
                let also = if aliases.is_empty() { String::new() } else { format!(" Also: {}.", code(&aliases)) };
                let _ = writeln!(
                    out,
                    "| `{id}` | {} | {}{written}{also} |",
                    type_text(word(fact, "type")),
                    cell(word(fact, "doc"))
                );
            }
            out.push('\n');
        }
        let list: Vec<&Table> = relations.iter().filter(|relation| word(relation, "on") == domain).collect();
        if !list.is_empty() {
            out.push_str(
                "Relations, for walks in conditions:\n\n| relation | leads to | what it is |\n|---|---|---|\n",
            );
            for relation in list {
                let to = word(relation, "to");
                let to = if flag(relation, "many") { plural(to).to_owned() } else { format!("at most one {to}") };
                let _ = writeln!(out, "| `{}` | {to} | {} |", word(relation, "id"), cell(word(relation, "doc")));
            }
            out.push('\n');
        }
    }
    out.push_str("## Enumerations\n\nOrdered ones run from least to most and can be compared with `<` and `>=`.\n");
    for enumeration in &enumerations {
        let ordered = if flag(enumeration, "ordered") { " Ordered." } else { "" };
        let name = word(enumeration, "name");
        let _ = writeln!(out, "\n### {name}\n\n{}{ordered}\n", word(enumeration, "doc"));
        let _ = writeln!(out, "{}", code(&words(enumeration, "values")));
        let aliases = enumeration.get("aliases").and_then(Value::as_table).cloned().unwrap_or_default();
        if !aliases.is_empty() {
            let list: Vec<String> = aliases
                .iter()
                .map(|(alias, value)| format!("`{alias}` for `{}`", value.as_str().unwrap_or_default()))
                .collect();
            let _ = writeln!(out, "\nAlso understood: {}.", list.join(", "));
        }
    }
    out
}

/// A family's folder name as a heading.
fn heading(family: &str) -> String {
    let words = family.replace('-', " ");
    let mut letters = words.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

fn threat_tables(threats: &[Page]) -> String {
    let mut families: BTreeMap<&str, Vec<&Page>> = BTreeMap::new();
    for threat in threats {
        families.entry(threat.family()).or_default().push(threat);
    }
    let mut out = head("the pages in `library/threats/`");
    let _ = writeln!(
        out,
        "# Threats\n\n{} threats in {} families. The link leads to the threat's own page: where it applies, why it matters, \
         what to do,\nand the examples that are run as tests. `vauban library show ID` prints the same page.\n",
        threats.len(),
        families.len()
    );
    let links: Vec<String> = families
        .iter()
        .map(|(family, list)| {
            format!("[{}](#{}) ({})", heading(family), heading(family).to_lowercase().replace(' ', "-"), list.len())
        })
        .collect();
    let _ = writeln!(out, "{}", links.join(" · "));
    for (family, list) in families {
        let _ = writeln!(
            out,
            "\n## {}\n\n| id | what is wrong | on | STRIDE | severity | ATT&CK | CWE | also known as |\n|---|---|---|---|---|---|---|---|",
            heading(family)
        );
        for threat in list {
            let head = &threat.head;
            let experimental = if word(head, "status") == "experimental" { " (experimental)" } else { "" };
            let _ = writeln!(
                out,
                "| {} | {}{experimental} | {} | {} | {} | {} | {} | {} |",
                threat.link(),
                cell(&threat.title),
                word(head, "on"),
                words(head, "stride").concat(),
                word(head, "severity"),
                words(head, "attack").join(", "),
                words(head, "cwe").join(", "),
                code(&words(head, "aliases"))
            );
        }
    }
    out
}

/// Threats by the control that a list of theirs (`control`, `control:levels`, either with `@place`) names.
fn by_control<'a>(threats: &'a [Page], key: &str) -> BTreeMap<String, BTreeSet<&'a str>> {
    let mut found: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for threat in threats {
        for named in words(&threat.head, key) {
            let control = named.split([':', '@']).next().unwrap_or_default().trim().to_owned();
            found.entry(control).or_default().insert(&threat.id);
        }
    }
    found
}

fn control_table(controls: &[Page], threats: &[Page]) -> String {
    let (stopped, weakened) = (by_control(threats, "stopped_by"), by_control(threats, "weakened_by"));
    let count = |found: &BTreeMap<String, BTreeSet<&str>>, control: &Page| -> usize {
        let own = std::iter::once(control.id.clone()).chain(words(&control.head, "aliases"));
        own.filter_map(|name| found.get(&name)).flatten().collect::<BTreeSet<_>>().len()
    };
    let mut out = head("the pages in `library/controls/`");
    let _ = writeln!(
        out,
        "# Controls\n\n{} controls. A model says `controls: [id]` where one is in place and `lacks: [id]` where it is known to be \
         missing; on a\nboundary or the system it holds for everything inside. *Stops* and *weakens* count the threats of the \
         library.\n\n| id | what it does | stated on | kind | effort | days | stops | weakens | D3FEND | ATT&CK | requirements |\n\
         |---|---|---|---|---|---|---|---|---|---|---|",
        controls.len()
    );
    for control in controls {
        let _ = writeln!(
            out,
            "| {} | **{}.** {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            control.link(),
            cell(&control.title),
            cell(&control.summary),
            words(&control.head, "on").join(", "),
            word(&control.head, "kind"),
            word(&control.head, "effort"),
            control.head.get("cost_days").and_then(Value::as_integer).map_or(String::new(), |days| days.to_string()),
            count(&stopped, control),
            count(&weakened, control),
            words(&control.head, "d3fend").join(", "),
            words(&control.head, "attack_mitigations").join(", "),
            words(&control.head, "requirements").join(", ")
        );
    }
    out
}

/// A tree by the first thing that each technology is; leaves of one parent share a line.
fn technology_tree(technologies: &[Table]) -> String {
    let mut children: BTreeMap<String, Vec<&Table>> = BTreeMap::new();
    for technology in technologies {
        let parent = words(technology, "is").into_iter().next().unwrap_or_default();
        children.entry(parent).or_default().push(technology);
    }
    let mut out = head("the shelves in `library/technologies/`");
    let _ = writeln!(
        out,
        "# Technologies\n\n{} technologies. A model says `technology: ID`. Each is all of what stands above it, so a threat on \
         databases knows\nevery database. One that is several things stands below the first of them, with the others in \
         brackets.\n`vauban library list technologies` shows the same list.\n",
        technologies.len()
    );
    branch("", 0, &children, &mut out);
    out
}

fn branch(parent: &str, depth: usize, children: &BTreeMap<String, Vec<&Table>>, out: &mut String) {
    // The library's own reader refuses cycles; a page is no place to hang in one.
    let (Some(list), true) = (children.get(parent), depth < 20) else { return };
    let (inner, leaves): (Vec<&&Table>, Vec<&&Table>) =
        list.iter().partition(|technology| children.contains_key(word(technology, "id")));
    let indent = "  ".repeat(depth);
    let show = |technology: &Table| {
        let others: Vec<String> = words(technology, "is").into_iter().skip(1).collect();
        let others = if others.is_empty() { String::new() } else { format!(" ({})", others.join(", ")) };
        format!("`{}`{others}", word(technology, "id"))
    };
    if !leaves.is_empty() {
        let leaves: Vec<String> = leaves.iter().map(|technology| show(technology)).collect();
        let _ = writeln!(out, "{indent}- {}", leaves.join(", "));
    }
    for technology in inner {
        let _ = writeln!(out, "{indent}- **{}** {}", word(technology, "name"), show(technology));
        branch(word(technology, "id"), depth + 1, children, out);
    }
}

fn attacker_table(attackers: &[Page]) -> String {
    let mut out = head("the pages in `library/attackers/`");
    let _ = writeln!(
        out,
        "# Attackers\n\n{} attackers. Each starts where its conditions hold. A methodology may name the ones it considers \
         (`threat_sources`);\nwithout that all of them are. The likelihood is that they try at all.\n\n\
         | id | who | source | likelihood | starts with |\n|---|---|---|---|---|",
        attackers.len()
    );
    for attacker in attackers {
        let starts: Vec<String> = tables(&attacker.head, "starts")
            .iter()
            .map(|start| {
                let when = word(start, "when").split_whitespace().collect::<Vec<_>>().join(" ");
                format!("`{}` where `{}`", word(start, "state"), cell(&when))
            })
            .collect();
        let _ = writeln!(
            out,
            "| {} | **{}.** {} | {} | {} | {} |",
            attacker.link(),
            cell(&attacker.title),
            cell(&attacker.summary),
            word(&attacker.head, "source"),
            word(&attacker.head, "likelihood"),
            starts.join("; ")
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Page, by_control, technology_tree, type_text};

    fn page(id: &str, text: &str) -> Page {
        Page::new(id.to_owned(), format!("library/threats/web/{id}.md"), text).unwrap()
    }

    #[test]
    fn a_page_gives_its_title_and_first_paragraph() {
        let page =
            page("a", "```toml\non = \"flow\"\n```\n\n# A door is open\n\nAnybody\nwalks in.\n\n## Why it matters\n");
        assert_eq!((page.title.as_str(), page.summary.as_str()), ("A door is open", "Anybody walks in."));
        assert_eq!(page.family(), "web");
        assert!(Page::new("b".into(), "b.md".into(), "# No head\n").is_err());
    }

    #[test]
    fn controls_are_found_behind_levels_and_places() {
        let threats = [page("a", "```toml\nw = [\"tls:2\", \"tls@flow.target\", \"mfa\"]\n```\n# A\n")];
        let found = by_control(&threats, "w");
        assert_eq!(found["tls"].len(), 1);
        assert_eq!(found.keys().collect::<Vec<_>>(), ["mfa", "tls"]);
    }

    #[test]
    fn types_read_as_words() {
        assert_eq!(type_text("enum:kind"), "one of [kind](#kind)");
        assert_eq!(type_text("refs:identity"), "ids of identities");
        assert_eq!(type_text("bool"), "yes or no");
    }

    #[test]
    fn leaves_share_a_line_below_what_they_are() {
        let shelf: toml::Table =
            "[[t]]\nid = \"db\"\nname = \"Database\"\n[[t]]\nid = \"pg\"\nname = \"P\"\nis = [\"db\", \"x\"]\n\
                                  [[t]]\nid = \"my\"\nname = \"M\"\nis = [\"db\"]\n"
                .parse()
                .unwrap();
        let text = technology_tree(&super::tables(&shelf, "t"));
        assert!(text.ends_with("- **Database** `db`\n  - `pg` (x), `my`\n"), "{text}");
    }
}
