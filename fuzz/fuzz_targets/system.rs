//! Any bytes as a system file, a checklist or anything else a user hands in. What is done with them stands in the library, so that tests do the same.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| casemate_fuzz::system(bytes));
