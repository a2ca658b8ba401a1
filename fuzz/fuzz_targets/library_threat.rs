//! A page of the library, as each of its kinds.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let text = vauban_fuzz::text(data);
    for path in
        ["threats/x/page.md", "controls/page.md", "attackers/page.md", "technologies/page.toml", "overrides.toml"]
    {
        let file =
            vauban_rules::library::LibraryFile { id: vauban_model::FileId(0), path, text: &text, built_in: false };
        let _ = vauban_rules::library::Library::read(&[file]);
    }
});
