//! A condition of a threat, on every kind of element.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let text = vauban_fuzz::text(data);
    let library = vauban_rules::library::Library::default();
    for domain in vauban_model::vocabulary::Domain::ALL {
        let _ = vauban_rules::condition::parse::parse(&text, domain, &library);
    }
});
