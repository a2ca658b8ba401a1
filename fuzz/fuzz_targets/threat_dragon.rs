//! Threat Dragon, version 1 and 2.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let text = vauban_fuzz::text(data);
    let file = vauban_import::InputFile { id: vauban_model::FileId(0), name: "model.json", text: &text };
    let _ = vauban_import::import(vauban_import::Format::ThreatDragon, &[file]);
});
