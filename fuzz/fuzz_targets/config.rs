//! The configuration and the methodology.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let text = vauban_fuzz::text(data);
    let file = vauban_format::InputFile { id: vauban_model::FileId(0), name: "vauban.yaml", text: &text };
    let _ = vauban_format::read_config(&file);
    let _ = vauban_format::read_methodology(&[file]);
});
