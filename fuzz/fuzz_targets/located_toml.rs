//! A located tree from TOML.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let (text, _) = vauban_syntax::decode_text("x", data);
    let (file, limits) = (vauban_model::FileId(0), vauban_syntax::Limits::default());
    let _ = vauban_syntax::parse_toml(file, &text, 0, &limits, &mut Vec::new());
});
