//! Spreadsheets: workbooks and tables of any shape.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let text = vauban_fuzz::text(data);
    let binary = vauban_import::is_binary(data);
    let file = vauban_import::InputFile {
        id: vauban_model::FileId(0),
        name: if binary { "model.xlsx" } else { "model.csv" },
        text: if binary { "" } else { &text },
        bytes: if binary { data } else { &[] },
    };
    let _ = vauban_import::import(vauban_import::Format::Spreadsheet, &[file]);
});
