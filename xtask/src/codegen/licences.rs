//! `docs/licences.md`: what Vauban is built on, and under which terms.

use std::path::Path;

use super::Generated;
use crate::tidy::{Package, third_party};

const HEAD: &str = "\
<!-- Generated from the packages' own manifests by `cargo xtask codegen`; do not edit. -->

# Licences of what we build on

Vauban itself is under the [Apache License 2.0](../LICENSE). The packages below come from crates.io, each under the
licence its authors declare; [deny.toml](../deny.toml) says which licences we accept and why, and a test holds this
list against it. Versions are in `Cargo.lock`. The catalogues of the library have terms of their own, named in
[library/tables](../library/tables/README.md).

The letters of PNG pictures come from a font in the binary: Vauban Sans, regular and bold, cut from Arimo 1.341 and
renamed, under the [SIL Open Font License 1.1](../crates/vauban-export/assets/vauban-sans-LICENSE.txt), which comes with
the files; [what was changed](../crates/vauban-export/assets/README.md).
";

/// The list, from the manifests of every package on every platform.
pub(super) fn generate(root: &Path) -> Result<Vec<Generated>, String> {
    let (shipped, rest): (Vec<Package>, Vec<Package>) =
        third_party(root)?.into_iter().partition(|package| package.shipped);
    let text = format!(
        "{HEAD}\n## In the binary, or used to make it\n\n{}\n## For tests and chores only\n\n{}",
        table(&shipped),
        table(&rest)
    );
    Ok(vec![("docs/licences.md".into(), text)])
}

fn table(packages: &[Package]) -> String {
    let rows: String = packages.iter().map(|package| format!("| {} | {} |\n", package.name, package.licence)).collect();
    format!("| package | licence |\n|---|---|\n{rows}")
}
