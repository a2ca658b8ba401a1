//! A Terraform plan in JSON.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vauban_fuzz::infrastructure("plan.json", data));
