//! What scripts carry on: credentials that a command writes into a file, uploads or sends.
//!
//! A script is read command by command, as a shell would split it: what a command mentions (a reference, a variable or a
//! file that was given one before) goes where the command writes.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use vauban_model::Span;
use vauban_model::resource::{Text, Value, ValueKind};

use super::book::{Book, Form};
use super::makers::file_path;
use crate::Estate;

/// Attributes that are scripts.
const SCRIPTS: [&str; 6] =
    ["provisioner", "user_data", "user_data_base64", "custom_data", "metadata_startup_script", "startup_script"];

/// Commands that put something somewhere, the types that they put it into, and the scheme of addresses by which the first
/// argument is a download instead. Source: the reference of the providers' command lines.
const CARRIERS: [(&str, &[&str], &str); 17] = [
    ("aws s3 cp", &["aws_s3_bucket"], "s3://"),
    ("aws s3 mv", &["aws_s3_bucket"], "s3://"),
    ("aws s3 sync", &["aws_s3_bucket"], "s3://"),
    ("aws s3api put-object", &["aws_s3_bucket"], ""),
    ("aws sns publish", &["aws_sns_topic"], ""),
    ("aws sqs send-message", &["aws_sqs_queue"], ""),
    ("aws dynamodb put-item", &["aws_dynamodb_table"], ""),
    ("aws ssm put-parameter", &["aws_ssm_parameter"], ""),
    ("aws secretsmanager put-secret-value", &["aws_secretsmanager_secret"], ""),
    ("aws codecommit put-file", &["aws_codecommit_repository"], ""),
    ("aws kinesis put-record", &["aws_kinesis_stream"], ""),
    ("gsutil cp", &["google_storage_bucket"], "gs://"),
    ("gcloud storage cp", &["google_storage_bucket"], "gs://"),
    ("gcloud pubsub topics publish", &["google_pubsub_topic"], ""),
    ("gcloud secrets versions add", &["google_secret_manager_secret"], ""),
    ("az storage blob upload", &["azurerm_storage_account", "azurerm_storage_container"], ""),
    ("az keyvault secret set", &["azurerm_key_vault", "azurerm_key_vault_secret"], ""),
];

/// First of the characters that stand for what is not text; no script has them.
const FIRST_MARK: u32 = 0xF_0000;

/// Marks in one script at the most: the characters that are kept for private use.
const MOST_MARKS: usize = 60_000;

/// Variables and files of one script that are kept in mind.
const MOST_KEPT: usize = 200;

/// How deep values are looked into.
const MOST_DEPTH: usize = 64;

/// A credential that a script puts into something.
pub(super) struct Carried {
    pub(super) credential: u32,
    pub(super) from: u32,
    pub(super) store: u32,
    pub(super) attribute: Text,
    pub(super) span: Span,
}

/// What all scripts carry on.
#[derive(Default)]
pub(super) struct Scripts {
    pub(super) carried: Vec<Carried>,
    /// Files on the machine that runs the tool: the credentials in each, and whose command wrote them.
    pub(super) files: BTreeMap<Text, Vec<(u32, u32)>>,
}

/// What stands in the place of something that is not text.
#[derive(Default)]
struct Mark {
    credentials: Vec<u32>,
    resource: Option<u32>,
}

/// Reads the scripts of all resources. Linear in their length.
pub(super) fn collect(estate: &Estate<'_>, book: &Book) -> Scripts {
    let mut out = Scripts::default();
    let mut buckets: FxHashMap<&str, u32> = FxHashMap::default();
    for (at, resource) in (0u32..).zip(&estate.inventory.resources) {
        let name = match &*resource.ty {
            "aws_s3_bucket" => resource.text("bucket"),
            "google_storage_bucket" => resource.text("name"),
            _ => None,
        };
        if let Some(name) = name {
            buckets.entry(name).or_insert(at);
        }
    }
    for (at, resource) in (0u32..).zip(&estate.inventory.resources) {
        for key in SCRIPTS {
            let Some(value) = resource.get(key) else { continue };
            templates(value, 0, &mut |script| {
                let Some((text, marks)) = marked(estate, book, script) else { return };
                let mut reader = Reader {
                    estate,
                    marks: &marks,
                    buckets: &buckets,
                    variables: BTreeMap::new(),
                    files: BTreeMap::new(),
                    carried: BTreeSet::new(),
                };
                reader.read(&text);
                for (credential, store) in reader.carried {
                    let attribute = key.into();
                    out.carried.push(Carried { credential, from: at, store, attribute, span: script.span });
                }
                // Files of machines stay there; the tool's own are found again by what is uploaded.
                if key == "provisioner" {
                    for (file, credentials) in reader.files {
                        let known = out.files.entry(file).or_default();
                        for credential in credentials {
                            if !known.contains(&(credential, at)) {
                                known.push((credential, at));
                            }
                        }
                    }
                }
            });
        }
    }
    out
}

fn templates<'v>(value: &'v Value, depth: usize, found: &mut dyn FnMut(&'v Value)) {
    if depth > MOST_DEPTH {
        return;
    }
    match &value.kind {
        ValueKind::Template(_) => found(value),
        ValueKind::List(items) | ValueKind::OneOf(items) => {
            items.iter().for_each(|item| templates(item, depth + 1, found));
        }
        ValueKind::Map(entries) => entries.iter().for_each(|(_, item)| templates(item, depth + 1, found)),
        ValueKind::Secret(inner) | ValueKind::Document(inner) => templates(inner, depth + 1, found),
        _ => {}
    }
}

/// The text of a script with a mark for each part that is not text; nothing when no part is a credential.
fn marked(estate: &Estate<'_>, book: &Book, script: &Value) -> Option<(String, Vec<Mark>)> {
    let ValueKind::Template(parts) = &script.kind else { return None };
    let (mut text, mut marks) = (String::new(), Vec::<Mark>::new());
    for part in parts {
        let part = part.open();
        let mark = match &part.kind {
            ValueKind::Text(known) => {
                text.push_str(known);
                continue;
            }
            ValueKind::Reference(reference) => Mark {
                credentials: book.of_attribute(&reference.address, &reference.attribute).collect(),
                resource: estate.find(&reference.address),
            },
            ValueKind::Unknown(unknown) => Mark {
                credentials: book.of(&Form::Unknown(unknown.name.clone())).into_iter().collect(),
                resource: None,
            },
            _ => {
                text.push_str(&estate.render(part));
                continue;
            }
        };
        if marks.len() < MOST_MARKS
            && let Some(sign) = u32::try_from(marks.len()).ok().and_then(|at| char::from_u32(FIRST_MARK + at))
        {
            text.push(sign);
            marks.push(mark);
        }
    }
    marks.iter().any(|mark| !mark.credentials.is_empty()).then_some((text, marks))
}

/// Reads one script.
struct Reader<'e, 'a> {
    estate: &'e Estate<'a>,
    marks: &'e [Mark],
    buckets: &'e FxHashMap<&'e str, u32>,
    variables: BTreeMap<String, BTreeSet<u32>>,
    files: BTreeMap<Text, BTreeSet<u32>>,
    /// Credential, and what it is put into.
    carried: BTreeSet<(u32, u32)>,
}

impl Reader<'_, '_> {
    fn read(&mut self, text: &str) {
        for command in commands(text) {
            self.command(&command);
        }
    }

    fn mark(&self, sign: char) -> Option<&Mark> {
        self.marks.get(u32::from(sign).checked_sub(FIRST_MARK)? as usize)
    }

    fn command(&mut self, command: &str) {
        let said = said(command);
        let words: Vec<&str> = said.split_whitespace().map(bare).collect();
        let mut held: BTreeSet<u32> =
            said.chars().filter_map(|sign| self.mark(sign)).flat_map(|mark| mark.credentials.iter().copied()).collect();
        for (name, credentials) in &self.variables {
            if uses(&said, name) {
                held.extend(credentials);
            }
        }
        for word in &words {
            if let Some(credentials) = self.files.get(&path(word)) {
                held.extend(credentials);
            }
        }
        if held.is_empty() {
            return;
        }
        if let Some(name) = assigned(command)
            && self.variables.len() < MOST_KEPT
        {
            self.variables.entry(name.to_owned()).or_default().extend(&held);
        }
        for file in written(command).into_iter().filter(|_| writes_what_it_says(&said)) {
            if self.files.len() < MOST_KEPT {
                self.files.entry(path(file)).or_default().extend(&held);
            }
        }
        for (carrier, types, download) in CARRIERS {
            let Some(rest) = command.split_once(carrier).map(|(_, rest)| rest) else { continue };
            // What has no address at its end is fetched.
            let mut arguments = rest.split_whitespace().map(bare).filter(|word| *word == "-" || !word.starts_with('-'));
            let fetched = arguments.any(|word| word.starts_with(download))
                && arguments.next().is_some_and(|target| !target.starts_with(download));
            if !download.is_empty() && fetched {
                continue;
            }
            let fits = |at: &u32| types.contains(&&*self.estate.resource(*at).ty);
            let by_name = rest.split_whitespace().map(bare).filter_map(|word| {
                let name = word.strip_prefix("s3://").or_else(|| word.strip_prefix("gs://"))?;
                self.buckets.get(name.split('/').next()?).copied()
            });
            let stores: BTreeSet<u32> =
                rest.chars().filter_map(|sign| self.mark(sign)?.resource).chain(by_name).filter(fits).collect();
            for store in stores {
                self.carried.extend(held.iter().map(|credential| (*credential, store)));
            }
        }
    }
}

/// A word without the quotation marks around it and what says that a file follows.
fn bare(word: &str) -> &str {
    let word = word.trim_matches(|c| matches!(c, '"' | '\'' | ',' | ')' | '('));
    ["fileb://", "file://", "@"].into_iter().find_map(|start| word.strip_prefix(start)).unwrap_or(word)
}

fn path(word: &str) -> Text {
    file_path(word)
}

/// What of a command is said by it: without settings for it alone (`PGPASSWORD=… pg_dump`) and without the password that it
/// signs in with, which goes nowhere but there.
fn said(command: &str) -> String {
    let is_setting = |word: &str| {
        word.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        })
    };
    let words: Vec<&str> = command.split_whitespace().collect();
    let own = words.iter().take_while(|word| is_setting(word)).count();
    // A setting with nothing behind it is one for the script.
    let skipped = if own < words.len() { own } else { 0 };
    let mut out = String::with_capacity(command.len());
    let mut hides = false;
    for word in words.into_iter().skip(skipped) {
        let signs_in = word == "--password" || word == "--pass" || word == "-u" || word == "--user";
        if !hides && !word.starts_with("--password=") {
            out.push_str(word);
            out.push(' ');
        }
        hides = signs_in;
    }
    out
}

/// Whether a text uses a variable.
fn uses(text: &str, name: &str) -> bool {
    let plain = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    text.split('$').skip(1).any(|rest| {
        rest.strip_prefix(name).is_some_and(plain)
            || rest.strip_prefix('{').and_then(|rest| rest.strip_prefix(name)).is_some_and(|rest| rest.starts_with('}'))
    })
}

/// Whether a command's output is what it is told: others use it and write something else.
fn writes_what_it_says(command: &str) -> bool {
    const ECHOES: [&str; 5] = ["echo", "printf", "cat", "tee", "<<"];
    command
        .split_whitespace()
        .any(|word| ECHOES.iter().any(|echo| word == *echo || *echo == "<<" && word.contains("<<")))
}

/// The variable that a command sets.
fn assigned(command: &str) -> Option<&str> {
    let command = command.trim_start();
    let command = command.strip_prefix("export ").unwrap_or(command).trim_start();
    let (name, _) = command.split_once('=')?;
    let plain = !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    plain.then_some(name)
}

/// The files that a command writes: behind `>` and `>>`, and those of `tee`.
fn written(command: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = command;
    while let Some((before, after)) = rest.split_once('>') {
        let after = after.strip_prefix('>').unwrap_or(after);
        rest = after;
        // `2>`, `>&`, `->` and `=>` write no text of the command's into a file.
        if before.ends_with(['2', '-', '=', '<', '>']) || after.starts_with('&') {
            continue;
        }
        if let Some(file) = after.split_whitespace().next().map(bare).filter(|file| !file.is_empty()) {
            out.push(file);
        }
    }
    let mut words = command.split_whitespace().map(bare);
    if words.any(|word| word == "tee") {
        out.extend(words.take_while(|word| !matches!(*word, "|" | "<" | ">" | "<<")).filter(|it| !it.starts_with('-')));
    }
    out
}

/// The commands of a script: lines, and what `;`, `&&` and `||` part outside of quotation marks. A text that a command is
/// given (`<<EOF`) belongs to it.
fn commands(text: &str) -> Vec<String> {
    let text = text.replace("\\\r\n", " ").replace("\\\n", " ");
    let mut out = Vec::new();
    let mut lines = text.lines();
    let mut open = String::new();
    while let Some(line) = lines.next() {
        if open.is_empty() && line.trim_start().starts_with('#') {
            continue;
        }
        if !open.is_empty() {
            open.push('\n');
        }
        open.push_str(line);
        if let Some(end) = here_document(line).filter(|end| lines.clone().any(|inner| inner.trim() == end)) {
            for inner in lines.by_ref() {
                if inner.trim() == end {
                    break;
                }
                open.push('\n');
                open.push_str(inner);
            }
            out.push(std::mem::take(&mut open));
            continue;
        }
        if unclosed(&open) && open.len() < MOST_OPEN {
            continue;
        }
        parted(&open, &mut out);
        open.clear();
    }
    if !open.is_empty() {
        // A quotation mark that is never closed was none.
        open.lines().for_each(|line| parted(line, &mut out));
    }
    out
}

/// Text in quotation marks over several lines, in bytes; more is an apostrophe.
const MOST_OPEN: usize = 20_000;

/// The word that ends the text that a command is given.
fn here_document(line: &str) -> Option<String> {
    let (before, after) = line.split_once("<<")?;
    // `<<<` gives a word, and `$((1 << 20))` is a sum.
    if after.starts_with('<') || before.rsplit_once("((").is_some_and(|(_, inner)| !inner.contains("))")) {
        return None;
    }
    let word = after.trim_start_matches(['-', '~']).trim_start();
    let word = word.trim_start_matches(['"', '\'', '\\']);
    let word: String = word.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).collect();
    (!word.is_empty() && !word.starts_with(|c: char| c.is_ascii_digit())).then_some(word)
}

/// Whether a quotation mark is open at the end.
fn unclosed(text: &str) -> bool {
    let mut quote = None;
    let mut escaped = false;
    for c in text.chars() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (None | Some('"'), '\\') => escaped = true,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            _ => {}
        }
    }
    quote.is_some()
}

/// Parts a line at `;`, `&&` and `||` outside of quotation marks.
fn parted(line: &str, out: &mut Vec<String>) {
    let (mut quote, mut escaped, mut current) = (None, false, String::new());
    let mut signs = line.chars().peekable();
    while let Some(c) = signs.next() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (None | Some('"'), '\\') => escaped = true,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            (None, ';') => {
                out.push(std::mem::take(&mut current));
                continue;
            }
            (None, '&' | '|') if signs.peek() == Some(&c) => {
                signs.next();
                out.push(std::mem::take(&mut current));
                continue;
            }
            _ => {}
        }
        current.push(c);
    }
    if !current.trim().is_empty() {
        out.push(current);
    }
}

#[cfg(test)]
mod tests {
    use super::{assigned, commands, said, uses, written};

    #[test]
    fn commands_are_parted_as_a_shell_does() {
        let text = "a; b && c || d\n# it's a comment\ne --m 'x; y' \\\n  f\ncat <<EOF > g\nh; i\nEOF\nj";
        let found: Vec<String> = commands(text).into_iter().map(|it| it.trim().to_owned()).collect();
        assert_eq!(found, ["a", "b", "c", "d", "e --m 'x; y'    f", "cat <<EOF > g\nh; i", "j"]);
    }

    #[test]
    fn a_text_for_a_command_ends_where_it_says() {
        let found = commands(
            "cat <<EOF>/etc/app\nx; y\nEOF\necho $((1 << 20))\ncat <<'END-OF' > z\n;\nEND-OF\nb <<NEVER\nc; d",
        );
        let found: Vec<&str> = found.iter().map(|it| it.trim()).collect();
        assert_eq!(
            found,
            ["cat <<EOF>/etc/app\nx; y", "echo $((1 << 20))", "cat <<'END-OF' > z\n;", "b <<NEVER", "c", "d"]
        );
    }

    #[test]
    fn what_a_command_signs_in_with_is_not_what_it_says() {
        assert!(!said("PGPASSWORD=X pg_dump app > dump.sql").contains('X'));
        assert!(!said("mysqldump --password X app").contains('X'));
        assert!(said("KEY=X").contains('X'));
        assert!(uses("echo $KEY", "KEY") && uses("echo ${KEY}", "KEY") && !uses("echo $KEYNAME", "KEY"));
    }

    #[test]
    fn a_quotation_mark_that_is_never_closed_swallows_nothing() {
        let found = commands("echo don't\necho b; echo c");
        assert!(found.iter().any(|it| it.trim() == "echo c"), "{found:?}");
    }

    #[test]
    fn files_are_behind_arrows_and_tee() {
        assert_eq!(written("echo x >>../assets/a.txt"), ["../assets/a.txt"]);
        assert_eq!(written("run 2> errors > 'out put'"), ["out"]);
        assert_eq!(written("echo x | sudo tee -a /etc/keys"), ["/etc/keys"]);
        assert!(written("run >&2").is_empty());
    }

    #[test]
    fn a_setting_of_a_variable_has_a_plain_name() {
        assert_eq!(assigned("export KEY=\"x\""), Some("KEY"));
        assert_eq!(assigned("KEY=x"), Some("KEY"));
        assert_eq!(assigned("curl --data a=b"), None);
    }
}
