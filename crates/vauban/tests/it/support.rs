//! Running the program, temporary folders, and looking into its JSON.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

/// What one run gave.
#[derive(Debug)]
pub(crate) struct Run {
    /// The exit code; -1 when a signal ended it.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
    /// The command, for messages.
    what: String,
}

impl Run {
    /// Fails unless the exit code is this one.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n--- stdout\n{}\n--- stderr\n{}", self.what, self.out, self.err);
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("{}: no JSON: {error}\n{}\n{}", self.what, self.out, self.err))
    }

    /// Fails unless standard error has this text.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.err.contains(text), "{}: `{text}` is not said in\n{}", self.what, self.err);
        self
    }

    /// Fails unless standard output has this text.
    #[track_caller]
    pub(crate) fn prints(self, text: &str) -> Self {
        assert!(self.out.contains(text), "{}: `{text}` is not printed in\n{}", self.what, self.out);
        self
    }
}

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository is there")
}

/// Runs the program in a folder. The environment is bare of what changes its output.
pub(crate) fn run_in(folder: &Path, arguments: &[&str]) -> Run {
    run_with(folder, arguments, &[])
}

/// Runs the program in a folder with variables of the environment.
pub(crate) fn run_with(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vauban"));
    command.current_dir(folder).args(arguments).stdin(Stdio::null()).env_remove("NO_COLOR").env("COLUMNS", "100");
    for (name, value) in variables {
        command.env(name, value);
    }
    let output = command.output().expect("the program runs");
    Run {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).expect("output is UTF-8"),
        err: String::from_utf8(output.stderr).expect("messages are UTF-8"),
        what: format!("vauban {}", arguments.join(" ")),
    }
}

/// Runs the program in the repository, where paths in its output are the same on every machine.
pub(crate) fn run(arguments: &[&str]) -> Run {
    run_in(&root(), arguments)
}

/// A folder of its own that goes when it is dropped.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("vauban-it-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a temporary folder can be made");
        Folder(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file and says its path.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).expect("a folder can be made");
        }
        std::fs::write(&path, text).expect("a file can be written");
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        run_in(&self.0, arguments)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The public corpus, if it lies beside this repository.
pub(crate) fn corpus() -> Option<PathBuf> {
    let path = root().join("../shared/corpus");
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: ../shared/corpus is absent");
    None
}

/// All files below a folder, sorted.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else { return out };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            out.extend(files_below(&path));
        } else {
            out.push(path);
        }
    }
    out.sort();
    out
}

/// The text of a field.
pub(crate) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_else(|| panic!("no text `{key}` in {value}"))
}

/// The items of a list.
pub(crate) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or_else(|| panic!("no list `{key}` in {value}"), Vec::as_slice)
}

/// The texts of a list of texts.
pub(crate) fn texts<'a>(value: &'a Value, key: &str) -> Vec<&'a str> {
    list(value, key).iter().filter_map(Value::as_str).collect()
}

/// Ids of open findings, in order.
pub(crate) fn open(check: &Value) -> Vec<&str> {
    list(check, "findings").iter().filter(|f| text(f, "status") == "open").map(|f| text(f, "id")).collect()
}

/// The finding with an id.
pub(crate) fn finding<'a>(check: &'a Value, id: &str) -> Option<&'a Value> {
    list(check, "findings").iter().find(|f| text(f, "id") == id)
}

/// A model with one finding, `unlimited-requests@web`, for tests of everything around findings.
pub(crate) const SMALL: &str = "\
vauban: 1
system: {name: Small, owner: us}
data:
  orders: {classification: confidential, kinds: [order]}
boundaries:
  internet: {kind: internet, trust: untrusted}
  cloud: {kind: cloud-account, trust: trusted}
components:
  browser: {technology: browser, in: internet}
  web: {technology: web-application, in: cloud, handles: [orders], lacks: [rate-limiting]}
flows:
  browser -> web: {protocol: https, authentication: session, carries: [orders]}
";

/// The finding of [`SMALL`] that tests use.
pub(crate) const SMALL_FINDING: &str = "unlimited-requests@web";
