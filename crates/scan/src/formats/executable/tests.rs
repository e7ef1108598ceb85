//! Programs by their headers, and what only begins like one.

use proptest::prelude::*;

use super::*;
use crate::{FileReport, Options, Verdict};

/// A program of ELF without sections: one segment that is the file, up to a length.
fn elf(len: u64) -> Vec<u8> {
    let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0\x01\0\0\0".to_vec();
    file.extend(0_u64.to_le_bytes());
    file.extend(64_u64.to_le_bytes());
    file.extend([0; 12]);
    file.extend(b"\x40\0\x38\0\x01\0\0\0\0\0\0\0");
    file.extend(b"\x01\0\0\0\x05\0\0\0");
    for field in [0, 0, 0, len, len, 4096] {
        file.extend(u64::to_le_bytes(field));
    }
    file.resize(usize::try_from(len).unwrap(), 0x90);
    file
}

fn scan(bytes: Vec<u8>) -> FileReport {
    crate::scan("model", &Input::from(bytes), &Options::default())
}

fn rules(report: &FileReport) -> Vec<Rule> {
    report.findings.iter().map(|finding| finding.rule).collect()
}

#[test]
fn a_program_is_told_and_what_hangs_behind_is_read() {
    let report = scan(elf(200));
    assert_eq!((report.format, report.verdict), (Format::Executable, Verdict::Suspicious));
    let report = scan([elf(200), b"cos\nsystem\n(S'echo casemate'\ntR.".to_vec()].concat());
    assert_eq!(report.verdict, Verdict::Malicious, "{:?}", rules(&report));
}

#[test]
fn numbers_and_text_that_begin_alike_are_no_programs() {
    for bytes in [&b"MZ is a word in this vocabulary"[..], b"\x7fELF", b"MZ", b"\xca\xfe\xba\xbe\0\0\0\x34"] {
        assert!(Kind::of(bytes).is_none(), "{bytes:?}");
    }
}

proptest! {
    #[test]
    fn nothing_panics_and_twice_is_the_same(
        magic in prop::sample::select(vec![&b"\x7fELF\x02\x01\x01"[..], b"\x7fELF\x01\x02\x01", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"MZqFpD='"]),
        rest in prop::collection::vec(any::<u8>(), 0..600),
        changes in prop::collection::vec((0_usize..120, any::<u8>()), 0..6),
    ) {
        let mut mutated = elf(300);
        for (at, byte) in changes {
            mutated[at] = byte;
        }
        for bytes in [[magic, &rest].concat(), mutated] {
            let report = scan(bytes.clone());
            prop_assert!(report.coverage.understood <= report.coverage.total);
            prop_assert_eq!(report, scan(bytes));
        }
    }
}
