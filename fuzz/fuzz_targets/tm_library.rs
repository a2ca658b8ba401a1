//! Models of the OWASP Threat Model Library.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let text = vauban_fuzz::text(data);
    let _ = vauban_import::includes(vauban_import::Format::ThreatModelLibrary, &text, vauban_model::FileId(0));
    let file = vauban_import::InputFile::text(vauban_model::FileId(0), "model.json", &text);
    let _ = vauban_import::import(vauban_import::Format::ThreatModelLibrary, &[file]);
});
