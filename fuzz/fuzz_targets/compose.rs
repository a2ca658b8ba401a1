//! Docker Compose.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vauban_fuzz::infrastructure("compose.yaml", data));
