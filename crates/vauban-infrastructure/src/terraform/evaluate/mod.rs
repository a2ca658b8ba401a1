//! Evaluation on demand: a value is worked out when somebody asks for it, once, and a value that asks for itself is
//! unknown because of a cycle. There is no order to get wrong.

mod body;
mod call;
mod documents;
mod emit;
mod expand;
mod expression;
mod files;
mod load;
mod modules;
mod operators;
mod policy;
mod roots;
mod template;
mod traverse;
mod types;
mod variables;

use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::resource::{Text, Value, Via, Why};
use vauban_model::{Diagnostic, FileId, Span};

use super::syntax::Expr;
use crate::{InputFile, Options, Output, Tree};
use load::Module;

/// How deep evaluation goes before it gives up: through expressions, locals, variables and modules together.
const DEEPEST: u16 = 220;

/// Most instances of one block.
const INSTANCES: usize = 10_000;

/// Most resources of one folder.
const RESOURCES: usize = 200_000;

/// Most instances of modules of one folder.
const MODULES: usize = 20_000;

/// Most alternatives kept of a value that depends on something not known.
const ALTERNATIVES: usize = 32;

/// Most items that a loop in an expression goes over.
const ITEMS: usize = 1 << 16;

/// Most work done for one root module, besides [`WORK_PER_BYTE`]: expressions evaluated and parts of values copied. What is
/// left then is not known. A folder of production with 3,000 resources in 1 MB takes 1.5 million.
const WORK: u64 = 20_000_000;

/// Roots of one folder that may do all their work: together they do no more, but for [`LEAST_WORK`].
const HEAVY_ROOTS: u64 = 3;

/// Work that every root may do, whatever others did.
const LEAST_WORK: u64 = 500_000;

/// More work for larger folders.
const WORK_PER_BYTE: u64 = 10;

/// Most parts of one value that is copied.
const LARGEST: usize = 200_000;

/// Longest text put together, in bytes.
const LONGEST: usize = 8 << 20;

/// Reads all root modules.
pub(super) fn evaluate(tree: &mut Tree<'_>, options: &Options, files: &[InputFile], output: &mut Output) {
    let mut evaluator = Evaluator {
        paths: tree.paths,
        open: &mut *tree.open,
        options,
        output,
        directories: load::directories(files),
        modules: FxHashMap::default(),
        instances: Vec::new(),
        addresses: FxHashMap::default(),
        attributes: FxHashMap::default(),
        texts: files.iter().map(|file| (file.path.to_string(), Some((file.id, file.text.clone())))).collect(),
        templates: FxHashMap::default(),
        said: FxHashSet::default(),
        failures: 0,
        depth: 0,
        running: Vec::new(),
        keep_text: false,
        resources: 0,
        spent: 0,
        spent_before: 0,
        root: String::new(),
        allowed: 0,
        for_each_root: files.iter().fold(WORK, |all, file| {
            let bytes = u64::try_from(file.text.len()).unwrap_or(u64::MAX);
            all.saturating_add(bytes.saturating_mul(WORK_PER_BYTE))
        }),
    };
    evaluator.roots();
}

/// A value that is worked out once.
#[derive(Clone, Debug)]
enum Slot {
    /// Being worked out right now.
    Busy,
    /// Worked out; whether the tool would have failed on the way.
    Done(Rc<Value>, bool),
}

/// Opens a file of the tree.
type Open<'a> = dyn FnMut(&str) -> Result<(FileId, Arc<str>), String> + 'a;

/// A text of the tree that was opened, or could not be.
type Opened = Option<(FileId, Arc<str>)>;

/// A template file that was read.
type Template = Option<Rc<Expr>>;

struct Evaluator<'a> {
    paths: &'a [String],
    open: &'a mut Open<'a>,
    options: &'a Options,
    output: &'a mut Output,
    /// Folders with configuration, and their files.
    directories: Vec<(String, Vec<InputFile>)>,
    /// Modules by folder; nothing where there is no configuration.
    modules: FxHashMap<String, Option<Rc<Module>>>,
    instances: Vec<Instance>,
    /// Which instance of which block an address is: module instance, block, instance of the block.
    addresses: FxHashMap<Text, (usize, usize, usize)>,
    attributes: FxHashMap<(usize, usize, usize), FxHashMap<Text, Slot>>,
    texts: FxHashMap<String, Opened>,
    templates: FxHashMap<String, Template>,
    said: FxHashSet<(&'static str, Option<Span>, Text)>,
    /// How often the tool would have failed so far: what `try` and `can` look at.
    failures: u32,
    depth: u16,
    /// Inputs, locals and outputs that are being worked out, each for the one before: what they are, the instance, the name.
    running: Vec<(variables::Kind, usize, Text)>,
    /// Whether texts that are documents stay texts, because a function of texts looks at them.
    keep_text: bool,
    resources: usize,
    /// Work done for the root at hand so far, and how much may be.
    spent: u64,
    allowed: u64,
    /// Work done for the roots before it.
    spent_before: u64,
    /// How much may be done for one root, when others left enough.
    for_each_root: u64,
    /// The folder of the root at hand.
    root: String,
}

/// A module, called once.
struct Instance {
    module: Rc<Module>,
    /// What addresses in it start with: `live/eks:module.net[0].`.
    prefix: Text,
    /// Its folder as `path.module` says it.
    path: Text,
    /// The folder of the root module.
    root: Rc<RootModule>,
    /// Who calls it: instance, number of the call there, and the instance of the call.
    caller: Option<(usize, usize, Key)>,
    /// Names of calls from the root on, for the list of modules that were fetched.
    names: Text,
    /// Provider configurations by the names they have here, and where they are deployed.
    providers: Vec<(Text, Text)>,
    calls: Vec<Span>,
    many: bool,
    /// What has to hold for it to be there, where that is not known.
    only_if: Vec<Held>,
    depth: u16,
    variables: FxHashMap<Text, Slot>,
    locals: FxHashMap<Text, Slot>,
    outputs: FxHashMap<Text, Slot>,
    expansions: FxHashMap<usize, Option<Rc<Expansion>>>,
    children: FxHashMap<usize, Option<Rc<Children>>>,
}

/// What belongs to a root module as a whole.
struct RootModule {
    dir: String,
    /// Values given for its variables, the last one that counts.
    values: FxHashMap<Text, variables::Given>,
    /// Folders of modules that were fetched, by their names.
    fetched: FxHashMap<String, String>,
}

/// How many there are of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Neither `count` nor `for_each`.
    Single,
    /// `count`.
    Counted,
    /// `for_each`.
    Keyed,
    /// It is not known how many.
    Unknown,
}

/// All instances of a block.
struct Expansion {
    form: Form,
    keys: Vec<Key>,
    /// What has to hold for there to be one at all, where there is one or none and nobody knows which.
    only_if: Vec<Held>,
}

/// Something that has to hold for a block to be there: the condition itself, the same wherever it is the same, and words
/// for it.
type Held = (Text, Text);

/// One instance of a block.
#[derive(Clone, Debug)]
struct Key {
    /// Its address.
    address: Text,
    /// `0`, `a`, or empty.
    name: Text,
    each: Option<(Value, Value)>,
    count: Option<Value>,
}

/// All instances of a module call; a module that is not at hand has no instances.
struct Children {
    expansion: Expansion,
    instances: Vec<usize>,
}

/// What names mean at a place.
#[derive(Clone, Copy)]
struct Scope<'s> {
    instance: usize,
    key: Option<&'s Key>,
    bindings: Option<&'s Binding<'s>>,
    item: Option<&'s Value>,
}

/// A variable of `for`, of a dynamic block or of a template file.
struct Binding<'s> {
    name: &'s str,
    value: Value,
    next: Option<&'s Binding<'s>>,
}

impl<'s> Scope<'s> {
    fn of(instance: usize) -> Self {
        Scope { instance, key: None, bindings: None, item: None }
    }

    fn with_key(self, key: &'s Key) -> Self {
        Scope { key: Some(key), ..self }
    }

    fn bound(&self, name: &str) -> Option<&'s Value> {
        let mut binding = self.bindings;
        while let Some(here) = binding {
            if here.name == name {
                return Some(&here.value);
            }
            if here.name == files::ALL
                && let Some(value) = here.value.as_map().and_then(|all| all.iter().find(|(key, _)| &**key == name))
            {
                return Some(&value.1);
            }
            binding = here.next;
        }
        None
    }
}

impl Evaluator<'_> {
    /// Says something once for a place.
    fn say(&mut self, diagnostic: Diagnostic) {
        let key = (diagnostic.code, diagnostic.span, Text::from(diagnostic.message.as_str()));
        if self.said.insert(key) {
            self.output.diagnostics.push(diagnostic);
        }
    }

    /// Begins with a root: what others spent is not its own, as long as all together stay within bounds.
    fn begin(&mut self, root: &str) {
        self.spent_before = self.spent_before.saturating_add(self.spent.min(self.allowed));
        let together = self.for_each_root.saturating_mul(HEAVY_ROOTS);
        self.spent = 0;
        self.allowed = together.saturating_sub(self.spent_before).max(LEAST_WORK).min(self.for_each_root);
        root.clone_into(&mut self.root);
    }

    /// Work about to be done; false when it was too much already.
    fn spend(&mut self, work: usize) -> bool {
        self.spent = self.spent.saturating_add(u64::try_from(work).unwrap_or(u64::MAX));
        self.spent <= self.allowed
    }

    /// Work of copying a value; false when it is too large, or when there was too much already.
    fn copies(&mut self, value: &Value) -> bool {
        let parts = super::functions::weight(value);
        parts <= LARGEST && self.spend(parts)
    }

    /// Something the tool would have failed at.
    fn failure(&mut self, name: impl Into<Text>, span: Span) -> Value {
        self.failures = self.failures.saturating_add(1);
        Value::unknown(Why::Unsupported, name, span)
    }

    fn instance(&self, instance: usize) -> Option<&Instance> {
        self.instances.get(instance)
    }

    fn instance_mut(&mut self, instance: usize) -> Option<&mut Instance> {
        self.instances.get_mut(instance)
    }

    /// The value of a slot; remembers that it failed.
    fn settled(&mut self, slot: &Slot, name: &str, span: Span) -> Rc<Value> {
        match slot {
            Slot::Busy => Rc::new(Value::unknown(Why::Cycle, name, span)),
            Slot::Done(value, failed) => {
                if *failed {
                    self.failures = self.failures.saturating_add(1);
                }
                Rc::clone(value)
            }
        }
    }
}

/// A value as it is where it is used: the place it had becomes where it came from.
fn used(mut value: Value, span: Span, name: &str) -> Value {
    let before = value.via.take();
    value.via = Some(Arc::new(Via { span: value.span, name: name.into(), before }));
    value.span = span;
    value
}
