#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| zerogate_fuzz::run("envelope", data));
