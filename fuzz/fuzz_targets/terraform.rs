//! Terraform: HCL, expressions, functions, templates, modules.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vauban_fuzz::infrastructure("main.tf", data));
