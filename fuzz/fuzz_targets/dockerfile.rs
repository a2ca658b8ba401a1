//! A Dockerfile.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vauban_fuzz::infrastructure("Dockerfile", data));
