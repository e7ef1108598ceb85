//! Fuzzes the reading of any description, with and without known names. What it runs lives in the library, where plain tests replay the corpus.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| casemate_fuzz::system(bytes));
