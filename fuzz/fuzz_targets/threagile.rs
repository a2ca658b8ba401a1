//! Threagile models, 0.9 and 1.0.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let text = vauban_fuzz::text(data);
    let file = vauban_import::InputFile { id: vauban_model::FileId(0), name: "threagile.yaml", text: &text };
    let _ = vauban_import::includes(vauban_import::Format::Threagile, &text, file.id);
    let _ = vauban_import::import(vauban_import::Format::Threagile, &[file]);
});
