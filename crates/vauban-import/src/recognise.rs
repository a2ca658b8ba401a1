//! Which format a text is in, judged by the keys at its top.

use crate::Format;
use crate::raw::body;

/// How much of a text is looked at. A model larger than this shows its keys earlier.
const WINDOW: usize = 4 << 20;

/// The keys that tell formats apart.
#[derive(Debug, Default)]
struct Keys {
    /// Keys that belong to somebody else: seeing one settles it.
    foreign: bool,
    otm_version: bool,
    project: bool,
    trust_zones: bool,
    threagile_version: bool,
    technical_assets: bool,
    threagile_output: bool,
    summary: bool,
    detail: bool,
    detail_of_diagrams: bool,
    template: bool,
    model: bool,
    /// Keys of formats that are told by several of them together.
    seen: Vec<&'static str>,
}

/// Keys that tell a format only together with others.
const PARTS: [&str; 25] = [
    "schema",
    "applicationInfo",
    "mitigationLinks",
    "assumptionLinks",
    "namespace",
    "type",
    "threats",
    "mitigations",
    "trust_zones",
    "trust_boundaries",
    "data_flows",
    "threat_personas",
    "scope",
    "bomFormat",
    "specFormat",
    "services",
    "blueprints",
    "risks",
    "controls",
    "elements",
    "flows",
    "isOrdered",
    "onDuplicates",
    "boundaries",
    "threatsFile",
];

impl Keys {
    /// Notes a key at the top.
    fn top(&mut self, key: &str) {
        if let Some(part) = PARTS.iter().find(|part| **part == key)
            && !self.seen.contains(part)
        {
            self.seen.push(part);
        }
        match key {
            // Ours; Kubernetes and many configuration files; API descriptions; Compose.
            "vauban" | "apiVersion" | "openapi" | "swagger" | "services" => self.foreign = true,
            "otmVersion" => self.otm_version = true,
            "project" => self.project = true,
            "trustZones" => self.trust_zones = true,
            "threagile_version" => self.threagile_version = true,
            "technical_assets" => self.technical_assets = true,
            // What Threagile writes after analysing has the keys of a model and more, in another shape.
            "generated_risks_by_category" | "built_in_risk_categories" => self.threagile_output = true,
            "summary" => self.summary = true,
            "detail" => self.detail = true,
            "templateMetadata" => self.template = true,
            "model" => self.model = true,
            _ => {}
        }
    }

    /// Notes a key one level down.
    fn below(&mut self, parent: &str, key: &str) {
        if parent == "detail" && matches!(key, "diagrams" | "contributors" | "diagramTop") {
            self.detail_of_diagrams = true;
        }
    }

    fn has(&self, key: &str) -> bool {
        self.seen.contains(&key)
    }

    fn any(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.has(key))
    }

    fn format(&self, name: &str, text: &str) -> Option<Format> {
        if self.any(&["bomFormat", "specFormat"]) {
            // A bill of materials without a system in it is no model.
            let models = self.any(&["services", "blueprints", "threats", "risks", "controls"]);
            let window = text.get(..WINDOW).unwrap_or(text);
            return (models || window.contains("\"threat-model\"")).then_some(Format::CycloneDx);
        }
        if self.foreign {
            return None;
        }
        if self.otm_version || (self.project && self.trust_zones && has_extension(name, "otm")) {
            return Some(Format::OpenThreatModel);
        }
        if self.threagile_output {
            return None;
        }
        if self.threagile_version || self.technical_assets {
            return Some(Format::Threagile);
        }
        let pack = self.has("namespace") && self.has("type") && self.any(&["threats", "mitigations"]);
        if self.has("schema") && (pack || self.any(&["applicationInfo", "mitigationLinks", "assumptionLinks"])) {
            return Some(Format::ThreatComposer);
        }
        if self.has("trust_zones") && self.any(&["trust_boundaries", "data_flows", "threat_personas"]) {
            return Some(Format::ThreatModelLibrary);
        }
        let tuned = self.any(&["isOrdered", "onDuplicates", "threatsFile"]);
        if self.has("elements") && self.has("flows") && (tuned || self.has("boundaries")) {
            return Some(Format::Pytm);
        }
        let dragon = self.summary && self.detail && self.detail_of_diagrams;
        (dragon || (self.template && self.model)).then_some(Format::ThreatDragon)
    }
}

fn has_extension(name: &str, extension: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, found)| found.eq_ignore_ascii_case(extension))
}

/// See [`crate::recognise()`].
pub(crate) fn recognise(name: &str, text: &str) -> Option<Format> {
    let text = text.trim_start_matches('\u{feff}');
    if body(text).starts_with('<') {
        return xml(text);
    }
    if hcl(text) {
        return Some(Format::Threatcl);
    }
    let mut keys = Keys::default();
    if body(text).starts_with('{') {
        json_keys(text, &mut keys);
    } else {
        yaml_keys(text, &mut keys);
    }
    let found = keys.format(name, text);
    if found.is_some() || keys.foreign {
        return found;
    }
    // Texts without keys. They come last, because descriptions in a model may hold a diagram.
    if crate::lucidchart::is_export(text) {
        Some(Format::Lucidchart)
    } else if crate::structurizr::is_workspace(text) {
        Some(Format::Structurizr)
    } else if crate::plantuml::is_plantuml(text) {
        Some(Format::PlantUml)
    } else if crate::mermaid::is_mermaid(text) || crate::mermaid::is_any_diagram(name, text) {
        Some(Format::Mermaid)
    } else if !body(text).starts_with(['{', '[']) && crate::spreadsheet::is_table(name, text) {
        Some(Format::Spreadsheet)
    } else {
        None
    }
}

/// Whether a text is threatcl's: a block of its own, or its version, at the beginning of a line.
fn hcl(text: &str) -> bool {
    let window = text.get(..WINDOW).unwrap_or(text);
    let mut lines =
        window.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with(['#', '/', '*']));
    let begins =
        |line: &str, word: &str| line.strip_prefix(word).is_some_and(|rest| rest.starts_with([' ', '\t', '=', '"']));
    let Some(first) = lines.next() else { return false };
    // Terraform begins with a variable as well, other languages quote threatcl's.
    if !["spec_version", "threatmodel", "variable", "component", "backend"].iter().any(|word| begins(first, word)) {
        return false;
    }
    std::iter::once(first).chain(lines).any(|line| {
        let after = |word: &str| line.strip_prefix(word).map(str::trim_start);
        after("threatmodel").is_some_and(|rest| rest.starts_with('"'))
            || after("spec_version").is_some_and(|rest| rest.starts_with('='))
            || after("component").is_some_and(|rest| rest.starts_with("\"control\""))
    })
}

/// The format of an XML text, by its outermost element.
fn xml(text: &str) -> Option<Format> {
    let (root, rest) = outermost(text)?;
    match root {
        "ThreatModel" if rest.contains("ThreatModeling.Model") => Some(Format::MicrosoftThreatModelingTool),
        "mxfile" | "mxGraphModel" | "mxlibrary" => Some(Format::DrawIo),
        // Any picture may be an SVG; this one carries a drawing along.
        "svg"
            if rest.contains("content=")
                && (rest.contains("mxfile") || rest.contains("mxGraphModel") || rest.contains("%3Cmx")) =>
        {
            Some(Format::DrawIo)
        }
        "KnowledgeBase" => Some(Format::MicrosoftThreatModelingTool),
        // Drawings of Visio before 2013 as XML: known, so that they can be refused with a reason.
        "VisioDocument" => Some(Format::Visio),
        _ => None,
    }
}

/// The local name of the outermost element, and its attributes. Steps over the declaration, comments and a document
/// type, however many there are.
pub(crate) fn outermost(text: &str) -> Option<(&str, &str)> {
    let mut rest = body(text);
    loop {
        let end = if rest.starts_with("<?") {
            rest.find("?>")? + 2
        } else if rest.starts_with("<!--") {
            rest.find("-->")? + 3
        } else if rest.starts_with("<!") {
            // An internal subset has markup of its own, in brackets.
            let close = rest.find('>')?;
            match rest.find('[').filter(|open| *open < close) {
                Some(_) => rest.find("]>")? + 2,
                None => close + 1,
            }
        } else {
            break;
        };
        rest = body(rest.get(end..)?);
    }
    let tag = rest.strip_prefix('<')?;
    let tag = tag.get(..tag.find('>')?)?;
    let (name, attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag.trim_end_matches('/'), ""));
    Some((name.rsplit(':').next().unwrap_or(name), attributes))
}

/// See [`crate::recognise_bytes()`].
pub(crate) fn recognise_bytes(_name: &str, bytes: &[u8]) -> Option<Format> {
    if crate::drawio::is_in_picture(bytes) {
        return Some(Format::DrawIo);
    }
    if crate::visio::is_visio(bytes) {
        return Some(Format::Visio);
    }
    crate::spreadsheet::is_workbook(bytes).then_some(Format::Spreadsheet)
}

/// Notes the keys of the outermost object and of the objects directly in it.
fn json_keys(text: &str, keys: &mut Keys) {
    let bytes = text.as_bytes();
    let end = bytes.len().min(WINDOW);
    let mut depth = 0usize;
    let mut top = "";
    let mut at = 0usize;
    while at < end {
        match bytes[at] {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let start = at + 1;
                at = start;
                while at < end && bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                let after = bytes.get(at + 1..).unwrap_or_default();
                let is_key = after.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':');
                // An escape may have stepped over the end, and the window may end inside a character.
                let key = text.get(start..at.min(end));
                match (is_key, key, depth) {
                    (true, Some(key), 1) => {
                        keys.top(key);
                        top = key;
                    }
                    (true, Some(key), 2) => keys.below(top, key),
                    _ => {}
                }
            }
            _ => {}
        }
        at += 1;
    }
}

/// Notes the keys in the first column of the first document.
fn yaml_keys(text: &str, keys: &mut Keys) {
    let mut read = 0usize;
    let mut started = false;
    for line in text.lines() {
        read += line.len() + 1;
        if read > WINDOW {
            return;
        }
        if line.starts_with("---") {
            if started {
                return;
            }
            continue;
        }
        let Some(first) = line.bytes().next() else { continue };
        if matches!(first, b' ' | b'\t' | b'#' | b'%' | b'-') {
            continue;
        }
        started = true;
        let key = match first {
            b'"' | b'\'' => {
                line[1..].split_once(char::from(first)).filter(|(_, rest)| rest.trim_start().starts_with(':'))
            }
            _ => line.split_once(':').filter(|(_, rest)| rest.is_empty() || rest.starts_with([' ', '\t'])),
        };
        if let Some((key, _)) = key {
            keys.top(key.trim_end());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::recognise;
    use crate::Format;

    #[test]
    fn formats_are_known_by_their_keys_wherever_these_stand() {
        assert_eq!(recognise("x.yaml", "# c\n---\ntitle: T\nthreagile_version: 1.0.0\n"), Some(Format::Threagile));
        assert_eq!(recognise("x", "technical_assets:\n  A:\n    id: a\n"), Some(Format::Threagile));
        assert_eq!(recognise("x", "\u{feff}\"otmVersion\": 0.2.0\n"), Some(Format::OpenThreatModel));
        assert_eq!(recognise("x", "{\"project\":{},\"otmVersion\" : \"0.2.0\"}"), Some(Format::OpenThreatModel));
        assert_eq!(recognise("x.otm", "project:\n  id: a\ntrustZones: []\n"), Some(Format::OpenThreatModel));
        let dragon = "{\"version\":\"2.0\",\"summary\":{\"title\":\"{\\\"\"},\"detail\":{\"diagrams\":[]}}";
        assert_eq!(recognise("x.json", dragon), Some(Format::ThreatDragon));
        assert_eq!(recognise("x", "{\"templateMetadata\":{},\"model\":{}}"), Some(Format::ThreatDragon));
    }

    #[test]
    fn other_trades_are_left_alone() {
        for text in [
            "",
            "   ",
            "{",
            "{\"a\\",
            "\"\\",
            "vauban: 1\ntechnical_assets: {}\n",
            "apiVersion: v1\nkind: ConfigMap\ndata:\n  x: |\n    otmVersion: 0.2.0\n",
            "services:\n  web:\n    image: otmVersion\n",
            "openapi: 3.0.3\ninfo:\n  title: Threagile API\n",
            "{\"properties\":{\"otmVersion\":{\"type\":\"string\"}}}",
            "{\"title\":\"Not found\",\"summary\":\"x\",\"detail\":\"no such diagram\"}",
            "project:\n  id: a\ntrustZones: []\n",
            "{\"technical_assets\":{},\"generated_risks_by_category\":{}}",
            "apiVersion: v1\ndata:\n  a: |\n    @startuml\n    ```mermaid\n    graph TD\n",
        ] {
            assert_eq!(recognise("file.yaml", text), None, "{text}");
        }
    }

    #[test]
    fn a_text_of_many_megabytes_is_not_read_to_its_end() {
        let mut text = "x: ".to_owned() + &"y".repeat(5 << 20);
        text.push_str("\nthreagile_version: 1.0.0\n");
        assert_eq!(recognise("x.yaml", &text), None);
        let mut json = "{\"x\":\"".to_owned() + &"ü".repeat(3 << 20);
        json.push_str("\",\"otmVersion\":\"0.2.0\"}");
        assert_eq!(recognise("x.json", &json), None);
    }
}
