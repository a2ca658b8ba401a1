//! Terraform text as an inventory with rights.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use vauban_cloud::permissions::{Answer, Request, Rights, Tables, Target, Verdict};
use vauban_cloud::{Estate, LibraryText};
use vauban_infrastructure::{Options, Tree, read};
use vauban_model::FileId;
use vauban_model::resource::Inventory;

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The tables of the library.
pub(crate) fn tables() -> &'static Tables<'static> {
    static TABLES: OnceLock<Tables<'static>> = OnceLock::new();
    TABLES.get_or_init(|| {
        let folder = root().join("library/permissions");
        let mut names: Vec<_> = std::fs::read_dir(&folder)
            .expect("the library has a folder for permissions")
            .map(|entry| entry.expect("readable").file_name().into_string().expect("utf-8"))
            .collect();
        names.sort();
        let files: Vec<LibraryText<'static>> = names
            .iter()
            .enumerate()
            .map(|(at, name)| LibraryText {
                id: FileId(u32::try_from(at).expect("few")),
                path: String::leak(format!("permissions/{name}")),
                text: String::leak(std::fs::read_to_string(folder.join(name)).expect("readable")),
            })
            .collect();
        let (tables, diagnostics) = Tables::read(&files);
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        tables
    })
}

/// Reads files by path.
pub(crate) fn inventory(files: &BTreeMap<String, String>, options: &Options) -> Inventory {
    let paths: Vec<String> = files.keys().cloned().collect();
    let mut open = |path: &str| {
        let at = paths.iter().position(|one| one == path).ok_or("no such file")?;
        Ok((FileId(u32::try_from(at).expect("few")), Arc::from(files[path].as_str())))
    };
    read(&mut Tree { paths: &paths, open: &mut open }, options).inventory
}

/// Reads one text of Terraform and asks.
pub(crate) fn terraform(text: &str, check: impl FnOnce(&World<'_>)) {
    let files = BTreeMap::from([("main.tf".to_owned(), text.to_owned())]);
    let inventory = inventory(&files, &Options::default());
    with(&inventory, check);
}

/// Asks an inventory.
pub(crate) fn with(inventory: &Inventory, check: impl FnOnce(&World<'_>)) {
    let estate = Estate::new(inventory);
    let rights = Rights::new(&estate, tables());
    check(&World { estate: &estate, rights: &rights });
}

/// An inventory that can be asked by address.
pub(crate) struct World<'w> {
    pub(crate) estate: &'w Estate<'w>,
    pub(crate) rights: &'w Rights<'w>,
}

impl World<'_> {
    pub(crate) fn at(&self, address: &str) -> u32 {
        self.estate.find(address).unwrap_or_else(|| {
            let all: Vec<_> = self.estate.inventory.resources.iter().map(|one| &one.address).collect();
            panic!("no {address} among {all:?}")
        })
    }

    pub(crate) fn principal(&self, address: &str) -> u32 {
        self.rights.principal_of(self.at(address)).unwrap_or_else(|| panic!("{address} is no principal"))
    }

    /// The answer for a principal, an action and a target: an address, a name, or `*` for anything.
    pub(crate) fn verdict(&self, principal: &str, action: &str, target: &str) -> Verdict {
        self.asking(principal, action, target, &Request::default())
    }

    pub(crate) fn asking(&self, principal: &str, action: &str, target: &str, request: &Request<'_>) -> Verdict {
        let target = if target == "*" {
            Target::Anything
        } else if let Some(at) = self.estate.find(target) {
            Target::Resource(at)
        } else {
            assert!(target.contains([':', '/']), "neither an address nor a name: {target}");
            Target::Named(target)
        };
        self.rights.can(self.principal(principal), action, target, request)
    }

    pub(crate) fn can(&self, principal: &str, action: &str, target: &str) -> Answer {
        self.verdict(principal, action, target).answer
    }

    pub(crate) fn anyone(&self, action: &str, target: &str) -> Answer {
        self.rights.anyone(action, Target::Resource(self.at(target))).answer
    }

    pub(crate) fn admin(&self, principal: &str) -> Answer {
        self.rights.administers_account(self.principal(principal)).answer
    }
}
