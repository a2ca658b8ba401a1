//! Drawings of draw.io: plain, compressed, in pictures.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let text = vauban_fuzz::text(data);
    let binary = vauban_import::is_binary(data);
    let file = vauban_import::InputFile {
        id: vauban_model::FileId(0),
        name: "model.drawio",
        text: if binary { "" } else { &text },
        bytes: if binary { data } else { &[] },
    };
    let _ = vauban_import::import(vauban_import::Format::DrawIo, &[file]);
});
