//! SAM: what `AWS::Serverless::…` resources stand for.
//!
//! Not done yet: the resources stay as they are written, with a diagnostic. [`expand`] is where they become the resources
//! that the transform makes.

use rustc_hash::FxHashMap;

use vauban_model::Diagnostic;
use vauban_model::resource::{Resource, Text, Value};

/// The resources of one template, evaluated, into those that the transform makes.
///
/// `globals` is the evaluated section of that name, `prefix` stands before the ids of the scope (empty, or ending in
/// `/`), and `bodies` are the evaluated API descriptions that resources name as `DefinitionUri`, by address.
pub(super) fn expand(
    own: Vec<Resource>,
    globals: Option<&Value>,
    prefix: &str,
    bodies: &FxHashMap<Text, Value>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Resource> {
    let _ = (globals, prefix, bodies);
    if let Some(first) = own.iter().find(|resource| resource.ty.starts_with("AWS::Serverless::")) {
        problems.push(
            Diagnostic::warning(
                "serverless-not-expanded",
                first.span,
                format!("what SAM makes of `{}` and its like is not read yet", first.native_type),
            )
            .help("give the processed template too, as `aws cloudformation get-template` prints it"),
        );
    }
    own
}
