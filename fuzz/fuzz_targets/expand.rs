#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| vipd_fuzz::expand(bytes));
