//! A located tree from JSON.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let (text, _) = vauban_syntax::decode_text("x", data);
    let (file, limits) = (vauban_model::FileId(0), vauban_syntax::Limits::default());
    let _ = vauban_syntax::parse_json(file, &text, &limits, &mut Vec::new());
});
