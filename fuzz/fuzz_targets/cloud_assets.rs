//! An export of the Cloud Asset Inventory.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vauban_fuzz::infrastructure("assets.json", data));
