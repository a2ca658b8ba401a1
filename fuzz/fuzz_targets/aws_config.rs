//! A snapshot of AWS Config.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vauban_fuzz::infrastructure("snapshot.json", data));
