//! The file of decisions.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let text = vauban_fuzz::text(data);
    let file = vauban_format::InputFile { id: vauban_model::FileId(0), name: "decisions.yaml", text: &text };
    let (decisions, _) = vauban_format::read_decisions(&[file]);
    let mut book = vauban_risk::decisions::Book::new(&decisions, Some("2026-01-01"));
    let _ = book.find("rule@element");
    let _ = book.diagnostics();
});
