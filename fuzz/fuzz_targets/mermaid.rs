//! Mermaid flowcharts.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let text = vauban_fuzz::text(data);
    let _ = vauban_import::recognise("chart.mmd", &text);
    let file = vauban_import::InputFile::text(vauban_model::FileId(0), "chart.mmd", &text);
    let _ = vauban_import::import(vauban_import::Format::Mermaid, &[file]);
});
