//! Our own text format, with what a model asks to include.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let text = vauban_fuzz::text(data);
    let file = vauban_format::InputFile { id: vauban_model::FileId(0), name: "model.yaml", text: &text };
    let read = vauban_format::read_model(&[file]);
    let _ = vauban_format::includes(&file, &mut Vec::new());
    let _ = vauban_format::write_model(&read.model);
});
