//! Tests of the safetensors reader: bytes in, report out.

use proptest::prelude::*;

use super::*;
use crate::verdict::{FileReport, Status, Verdict};
use crate::{Limits, Options};

fn file(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
}

fn scan(bytes: &[u8]) -> FileReport {
    crate::scan("a", &Input::from(bytes.to_vec()), &Options::default())
}

fn rules(bytes: &[u8]) -> Vec<Rule> {
    scan(bytes).findings.iter().map(|finding| finding.rule).collect()
}

const PLAIN: &str = r#"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F4","shape":[4],"data_offsets":[8,10]}}  "#;

#[test]
fn a_plain_file_is_clean_whatever_its_numbers_are() {
    let report = scan(&file(PLAIN, b"MZ#!/bin/s"));
    assert_eq!((report.format, report.verdict), (Format::Safetensors, Verdict::Clean));
    assert_eq!((report.status, report.findings.len()), (Status::Complete, 0));
    assert!(report.facts.iter().any(|fact| fact.name == "a" && fact.detail == "F32 [2]"));
}

#[test]
fn each_lie_of_a_header_is_told() {
    let one = |entry: &str, data: usize| rules(&file(&format!("{{\"a\":{{{entry}}}}}"), &vec![7; data]));
    let shape = r#""dtype":"F32","shape":[2],"#;
    assert_eq!(one(&format!("{shape}\"data_offsets\":[0,9]"), 9), [Rule::SafetensorsShape]);
    assert_eq!(one(&format!("{shape}\"data_offsets\":[8,0]"), 0), [Rule::SafetensorsShape]);
    assert_eq!(one(&format!("{shape}\"data_offsets\":[0,8]"), 4), [Rule::SafetensorsOutOfFile]);
    assert_eq!(one(&format!("{shape}\"data_offsets\":[0,8]"), 9), [Rule::SafetensorsTrailingData]);
    assert_eq!(one(&format!("{shape}\"data_offsets\":[2,10]"), 10), [Rule::SafetensorsHole]);
    assert_eq!(one(&format!("{shape}\"data_offsets\":[0,-8]"), 8), [Rule::SafetensorsHeader]);
    assert_eq!(
        one(&format!("{shape}\"shape\":[2],\"data_offsets\":[0,8]"), 8),
        [Rule::SafetensorsDuplicateKey]
    );
    let huge = r#""dtype":"F64","shape":[4294967296,4294967296,0],"data_offsets":[0,0]"#;
    assert_eq!(one(huge, 0), [Rule::SafetensorsShape]);
    assert_eq!(rules(&file("{\"a\":1 ", b"")), [Rule::SafetensorsHeader]);
    assert_eq!(rules(&file("{} x", b"")), [Rule::SafetensorsHeader]);
}

#[test]
fn a_length_that_lies_is_told_and_not_allocated() {
    let mut bytes = file(PLAIN, &[0; 10]);
    bytes[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    assert!(rules(&bytes).contains(&Rule::SafetensorsOutOfFile));
}

#[test]
fn a_hundred_thousand_tensors_are_read() {
    let entry = |at: usize| {
        format!("\"layer.{at}\":{{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[{at},{}]}}", at + 1)
    };
    let entries: Vec<String> = (0..100_000).map(entry).collect();
    let report = scan(&file(&format!("{{{}}}", entries.join(",")), &vec![0; 100_000]));
    assert_eq!((report.verdict, report.status), (Verdict::Clean, Status::Complete));
    assert_eq!(report.facts.len(), 100_000);
}

fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    let input = Input::from(bytes.to_vec());
    let run = || {
        let mut scan = Scan::new(Limits::default());
        if bytes.len() >= 8 {
            read(&input, &mut scan).unwrap();
        }
        scan.conclude("a", &input)
    };
    let report = run();
    prop_assert!(report.coverage.understood <= report.coverage.total);
    prop_assert_eq!(report, run());
    Ok(())
}

proptest! {
    #[test]
    fn any_bytes_are_read_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&bytes)?;
        check(&file(&String::from_utf8_lossy(&bytes), &bytes))?;
    }

    #[test]
    fn any_mutation_is_read_to_an_end(at in 0_usize..160, byte: u8, cut in 0_usize..170) {
        let mut bytes = file(PLAIN, &[1; 10]);
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
        check(&bytes)?;
        bytes.truncate(cut);
        check(&bytes)?;
    }
}
