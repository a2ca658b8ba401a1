//! A tree of kustomizations.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vauban_fuzz::infrastructure("kustomization.yaml", data));
