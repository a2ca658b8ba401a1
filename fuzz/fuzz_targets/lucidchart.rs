//! Shape data of Lucidchart.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let text = vauban_fuzz::text(data);
    let _ = vauban_import::recognise("shapes.csv", &text);
    let file = vauban_import::InputFile::text(vauban_model::FileId(0), "shapes.csv", &text);
    let _ = vauban_import::import(vauban_import::Format::Lucidchart, &[file]);
});
