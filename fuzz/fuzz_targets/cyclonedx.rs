//! Any bytes as a CycloneDX BOM. What is done with them stands in the library, so that tests do the same.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| casemate_fuzz::cyclonedx(bytes));
