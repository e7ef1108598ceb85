//! Fuzzes the reading of imports of CycloneDX BOMs. What it runs lives in the library, where plain tests replay the corpus.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| casemate_fuzz::cyclonedx(bytes));
