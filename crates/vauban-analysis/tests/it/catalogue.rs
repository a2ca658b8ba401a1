//! The catalogue of resources that is compiled in.

use crate::laws_support::LIBRARY;

#[test]
fn catalogue_and_tables_read_without_a_complaint() {
    let problems = LIBRARY.infrastructure_problems();
    let shown: Vec<String> = problems
        .iter()
        .map(|d| {
            let place = d.span.map_or(String::new(), |s| format!("{}:{}", LIBRARY.sources.name(s.file), s.line));
            format!("{place}: {} ({})", d.message, d.help.as_deref().unwrap_or(""))
        })
        .collect();
    assert!(shown.is_empty(), "{}", shown.join("\n"));
}
