//! Visio drawings: archives of XML.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = vauban_import::recognise_bytes("drawing.vsdx", data);
    let file = vauban_import::InputFile { bytes: data, ..vauban_import::InputFile::text(vauban_model::FileId(0), "drawing.vsdx", "") };
    let _ = vauban_import::import(vauban_import::Format::Visio, &[file]);
});
