//! Assemblies of the AWS CDK: what `cdk synth` writes into `cdk.out`.
//!
//! The templates of an assembly are read as any template is, and ids stay CloudFormation's. What the assembly knows
//! besides is put on the resources: the path of the construct, the line of the program that made it, and the folder
//! of the code that it runs. A resource then stands where the program makes it, if that file is in the tree.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::resource::{Resource, Source, Text, Value};
use vauban_model::{Diagnostic, FileId, Span};
use vauban_syntax::{Limits, Node, parse_json};

use crate::files::{file_name, folder, join};
use crate::{InputFile, Output, Tree, plain};

/// Whether a file is the list of what an assembly holds.
pub(crate) fn recognise(path: &str, text: &str) -> bool {
    file_name(path) == "manifest.json"
        && text.contains("\"artifacts\"")
        && ["aws:cloudformation:stack", "cdk:cloud-assembly", "cdk:tree"].iter().any(|kind| text.contains(kind))
}

/// What an assembly says of one resource.
#[derive(Clone, Debug, Default)]
struct Construct {
    path: Option<Text>,
    /// Calls that led to it, innermost first, as the program's runtime writes them.
    trace: Vec<String>,
}

/// All assemblies of a tree.
#[derive(Debug, Default)]
pub(crate) struct Assemblies {
    /// By path of a template: what is said of its resources, by logical id.
    constructs: FxHashMap<String, FxHashMap<String, Construct>>,
    /// By path of a construct, which holds in nested stacks too: its trace.
    traces: FxHashMap<Text, Vec<String>>,
    /// By hash: the folder or file that an asset is made from.
    assets: FxHashMap<String, String>,
    /// Source files that were opened, by what traces call them.
    places: FxHashMap<String, Option<(FileId, String)>>,
}

impl Assemblies {
    /// Reads the manifests, and marks the templates they name.
    pub(crate) fn read(tree: &mut Tree<'_>, inputs: &mut [InputFile], output: &mut Output) -> Assemblies {
        let mut all = Assemblies::default();
        let manifests: Vec<InputFile> = inputs.iter().filter(|input| input.source == Source::Cdk).cloned().collect();
        let mut templates: FxHashSet<String> = FxHashSet::default();
        for manifest in &manifests {
            let Some(root) = json(manifest.id, &manifest.text, &mut output.diagnostics) else { continue };
            let home = folder(&manifest.path);
            for entry in root.get("artifacts").and_then(Node::as_mapping).unwrap_or(&[]) {
                let artifact = &entry.value;
                let property = |key: &str| artifact.get("properties").and_then(|all| all.get(key)?.as_str());
                match artifact.get("type").and_then(Node::as_str) {
                    Some("aws:cloudformation:stack") => {
                        let Some(template) = property("templateFile").and_then(|file| join(home, file)) else {
                            continue;
                        };
                        if tree.paths.binary_search(&template).is_err() {
                            output.diagnostics.push(
                                Diagnostic::warning(
                                    "template-missing",
                                    entry.key_span,
                                    format!("the template of the stack `{}` is not there", entry.key),
                                )
                                .help("run `cdk synth` again, and give the whole of its output"),
                            );
                        }
                        let mut known: FxHashMap<String, Construct> = FxHashMap::default();
                        learn(artifact.get("metadata"), &mut known, &mut all.traces);
                        let file = artifact.get("additionalMetadataFile").and_then(Node::as_str);
                        if let Some(path) = file.and_then(|file| join(home, file))
                            && let Some(more) = all.open(tree, &path, output)
                        {
                            learn(Some(&more), &mut known, &mut all.traces);
                        }
                        templates.insert(template.clone());
                        all.constructs.insert(template, known);
                    }
                    Some("cdk:asset-manifest") => {
                        let Some(path) = property("file").and_then(|file| join(home, file)) else { continue };
                        let Some(assets) = all.open(tree, &path, output) else { continue };
                        all.learn_assets(home, &assets);
                    }
                    Some("cdk:tree") => {
                        let path = property("file").or_else(|| artifact.get("file")?.as_str());
                        if let Some(path) = path.and_then(|file| join(home, file))
                            && tree.paths.binary_search(&path).is_ok()
                        {
                            output.files.push((path.as_str().into(), Source::Cdk));
                        }
                    }
                    _ => {}
                }
            }
        }
        for input in inputs.iter_mut().filter(|input| input.source == Source::CloudFormation) {
            // Templates of nested stacks lie beside those that the manifest names.
            let home = folder(&input.path);
            let nested = input.path.ends_with(".nested.template.json")
                && manifests.iter().any(|manifest| folder(&manifest.path) == home);
            if templates.contains(&*input.path) || nested {
                input.source = Source::Cdk;
                if let Some(known) = output.files.iter_mut().find(|(path, _)| *path == input.path) {
                    known.1 = Source::Cdk;
                }
            }
        }
        not_synthesised(tree, &manifests, output);
        all
    }

    fn open(&mut self, tree: &mut Tree<'_>, path: &str, output: &mut Output) -> Option<Node> {
        tree.paths.binary_search_by(|known| known.as_str().cmp(path)).ok()?;
        let (id, text) = (tree.open)(path).ok()?;
        output.files.push((path.into(), Source::Cdk));
        json(id, &text, &mut output.diagnostics)
    }

    fn learn_assets(&mut self, home: &str, assets: &Node) {
        for section in ["files", "dockerImages"] {
            for entry in assets.get(section).and_then(Node::as_mapping).unwrap_or(&[]) {
                let Some(source) = entry.value.get("source") else { continue };
                let written = source.get("path").or_else(|| source.get("directory")).and_then(Node::as_str);
                if let Some(path) = written.and_then(|path| join(home, path)) {
                    self.assets.insert(entry.key.to_string(), path);
                }
            }
        }
    }

    /// Whether there is anything to add.
    pub(crate) fn is_empty(&self) -> bool {
        self.constructs.is_empty()
    }

    /// Puts on a resource what its assembly knows of it.
    pub(crate) fn complete(&mut self, tree: &mut Tree<'_>, template: &str, resource: &mut Resource) {
        let id = resource.address.rsplit('/').next().unwrap_or(&resource.address).to_owned();
        let known = self.constructs.get(template).and_then(|all| all.get(&id)).cloned().unwrap_or_default();
        let path =
            resource.get("Metadata").and_then(|metadata| metadata.get("aws:cdk:path")?.as_text()).map(Text::from);
        let span = resource.span;
        let traced = path.as_ref().and_then(|path| self.traces.get(path)).cloned();
        let trace = traced.unwrap_or(known.trace);
        if let Some(path) = path.or(known.path) {
            plain::set(&mut resource.attributes, "construct", Value::text(path, span));
        }
        if let Some(folder) = self.code(resource) {
            plain::set(&mut resource.attributes, "code_folder", Value::text(folder, span));
        }
        let Some((frame, line, column)) = trace.iter().find_map(|frame| place(frame)) else { return };
        let shown = match self.source(tree, frame) {
            Some((file, path)) => {
                let place = format!("{template}:{}", span.line);
                plain::set(&mut resource.attributes, "template_line", Value::text(place, span));
                resource.span = Span::new(file, line, column, 0);
                path
            }
            None => frame.to_owned(),
        };
        let shown = Value::text(format!("{shown}:{line}"), span);
        plain::set(&mut resource.attributes, "construct_line", shown);
    }

    /// The folder of the code that a resource runs.
    fn code(&self, resource: &Resource) -> Option<String> {
        let key = ["Code.S3Key", "Code.ImageUri", "Content.S3Key", "ContentUri.Key"];
        let key = key.iter().find_map(|path| resource.get(path))?;
        let text = plain::render(key);
        // `hash.zip`, or an image's name that ends in its hash.
        let hash = text.rsplit([':', '/']).next()?.split('.').next()?;
        self.assets.get(hash).cloned()
    }

    /// The file of the tree that a trace names by an absolute path of the machine it was written on.
    fn source(&mut self, tree: &mut Tree<'_>, written: &str) -> Option<(FileId, String)> {
        if let Some(known) = self.places.get(written) {
            return known.clone();
        }
        let name = file_name(written);
        let candidates: Vec<&str> =
            tree.paths.iter().map(String::as_str).filter(|path| file_name(path) == name).collect();
        let found = plain::nearest(&candidates, "", written.trim_start_matches('/'))
            .and_then(|path| Some(((tree.open)(path).ok()?.0, path.to_owned())));
        self.places.insert(written.to_owned(), found.clone());
        found
    }
}

/// Takes what is said of constructs: by path, a list of entries with a type.
fn learn(metadata: Option<&Node>, known: &mut FxHashMap<String, Construct>, traces: &mut FxHashMap<Text, Vec<String>>) {
    for entry in metadata.and_then(Node::as_mapping).unwrap_or(&[]) {
        let mut id = None;
        let mut trace: Vec<String> = Vec::new();
        for said in entry.value.as_sequence().unwrap_or(&[]) {
            let frames = match said.get("type").and_then(Node::as_str) {
                Some("aws:cdk:logicalId") => {
                    id = said.get("data").and_then(Node::as_str).map(str::to_owned);
                    said.get("trace")
                }
                Some("aws:cdk:creationStack") => said.get("data"),
                _ => None,
            };
            if trace.is_empty() {
                let frames = frames.and_then(Node::as_sequence).unwrap_or(&[]);
                trace.extend(frames.iter().filter_map(Node::as_str).map(str::to_owned));
            }
        }
        if let Some(id) = id {
            let path = Text::from(entry.key.trim_start_matches('/'));
            traces.insert(path.clone(), trace.clone());
            known.insert(id, Construct { path: Some(path), trace });
        }
    }
}

/// The file, line and column of a call in the team's own code.
fn place(frame: &str) -> Option<(&str, u32, u32)> {
    let foreign = ["node_modules", "node:", "aws-cdk-lib", "site-packages", "internal/", "@jsii"];
    if foreign.iter().any(|word| frame.contains(word)) {
        return None;
    }
    // `File "/app/stack.py", line 12, in __init__`
    if let Some(rest) = frame.split_once("File \"").map(|(_, rest)| rest) {
        let (file, rest) = rest.split_once('"')?;
        let digits: String =
            rest.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
        return Some((file, digits.parse().ok()?, 1));
    }
    // `new Stack (/app/stack.ts:12:5)` or `at /app/stack.ts:12:5`
    let inner = match frame.rsplit_once('(') {
        Some((_, inner)) => inner.trim_end().trim_end_matches(')'),
        None => frame.trim().rsplit(' ').next()?,
    };
    let (rest, last) = inner.rsplit_once(':')?;
    let last: u32 = last.parse().ok()?;
    let found = match rest.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse::<u32>().ok()?))) {
        Some((file, line)) => (file, line, last),
        None => (rest, last, 1),
    };
    (found.1 > 0 && found.0.contains(['/', '\\', '.'])).then_some(found)
}

/// Says of a program without its output that nothing of it is known.
fn not_synthesised(tree: &mut Tree<'_>, manifests: &[InputFile], output: &mut Output) {
    for path in tree.paths.iter().filter(|path| file_name(path) == "cdk.json") {
        let home = folder(path);
        let made = manifests.iter().any(|manifest| {
            home.is_empty() || manifest.path.strip_prefix(home).is_some_and(|rest| rest.starts_with('/'))
        });
        let program = !made && (tree.open)(path).is_ok_and(|(_, text)| text.contains("\"app\""));
        if program {
            output.diagnostics.push(
                Diagnostic::warning_without_place("format-not-read", format!("`{path}` is not read: CDK program"))
                    .help("run `cdk synth` in its folder: what it writes into `cdk.out` is read"),
            );
        }
    }
}

fn json(id: FileId, text: &Arc<str>, problems: &mut Vec<Diagnostic>) -> Option<Node> {
    parse_json(id, text, &Limits { max_bytes: 64 << 20, max_depth: 200, ..Limits::default() }, problems)
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn places_are_taken_from_the_teams_own_calls() {
        assert_eq!(place("new WafStack (/src/waf/waf.ts:160:28)"), Some(("/src/waf/waf.ts", 160, 28)));
        assert_eq!(place("at /src/app.js:3:1"), Some(("/src/app.js", 3, 1)));
        assert_eq!(place("at Object.<anonymous> (C:\\work\\app.ts:3:1)"), Some(("C:\\work\\app.ts", 3, 1)));
        assert_eq!(place("File \"/app/stack.py\", line 12, in __init__"), Some(("/app/stack.py", 12, 1)));
        for foreign in [
            "new Bucket (/x/node_modules/aws-cdk-lib/s3.js:1:2)",
            "...aws-cdk-lib...",
            "(no user code in 10 frames)",
            "",
        ] {
            assert_eq!(place(foreign), None, "{foreign}");
        }
    }
}
