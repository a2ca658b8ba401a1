//! The record of events: what is called intact is exactly what its events give.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let text = vauban_fuzz::text(data);
    let file = vauban_format::InputFile { id: vauban_model::FileId(0), name: "vauban.record.jsonl", text: &text };
    let (record, _) = vauban_format::read_record(&file);
    if record.intact {
        assert_eq!(vauban_format::write_record(&record.events), text);
    }
});
