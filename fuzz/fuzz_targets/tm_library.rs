//! Fuzzes the reading of imports of OWASP Threat Model Library files. What it runs lives in the library, where plain tests replay the corpus.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| casemate_fuzz::tm_library(bytes));
