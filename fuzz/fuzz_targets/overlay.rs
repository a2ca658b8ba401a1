//! An overlay, laid over a small model.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let text = vauban_fuzz::text(data);
    let file = |name, text| vauban_format::InputFile { id: vauban_model::FileId(0), name, text };
    let mut model = vauban_format::read_model(&[file("model.yaml", vauban_fuzz::SMALL_MODEL)]).model;
    let _ = vauban_format::apply_overlay(&mut model, &[file("overlay.yaml", &text)]);
    let _ = vauban_format::write_model(&model);
});
