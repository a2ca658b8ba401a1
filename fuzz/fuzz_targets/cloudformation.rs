//! CloudFormation and SAM.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vauban_fuzz::infrastructure("template.yaml", data));
