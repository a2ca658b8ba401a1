//! A Pulumi program in YAML, or an export of a stack.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vauban_fuzz::infrastructure("Pulumi.yaml", data));
