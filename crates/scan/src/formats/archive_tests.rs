//! Archives, streams, programs and images of the cases, changed at random: whatever comes of it, reading ends.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

use crate::{Input, Options, Status};

/// Small files of the cases; bombs take their time and are tried whole elsewhere.
fn files() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let table = |name: &str| fs::read_to_string(root.join("cases").join(name)).unwrap_or_default();
    let cases = table("archives-zip.tsv") + &table("archives-others.tsv");
    cases
        .lines()
        .filter_map(|line| line.split('\t').nth(1))
        .filter(|path| !path.contains("archive-bomb"))
        .filter_map(|path| fs::read(root.join(path)).ok())
        .filter(|bytes| !bytes.is_empty() && bytes.len() < 16 * 1024)
        .collect()
}

#[test]
fn what_is_packed_by_a_method_that_is_not_read_is_a_gap_that_names_the_method() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/spare");
    for (path, method) in [
        ("archives-zip/deflate64.zip", "Deflate64"),
        ("archives-zip/ppmd.zip", "PPMd"),
        ("archives-others/deflate64.7z", "DEFLATE64"),
        ("archives-others/ppmd.7z", "PPMD"),
    ] {
        let input = Input::from(fs::read(root.join(path)).unwrap());
        let report = crate::scan(path, &input, &Options::default());
        assert_eq!(report.status, Status::Inconclusive, "{path}");
        let gaps = &report.coverage.gaps;
        assert!(gaps.iter().any(|gap| gap.contains(method)), "{path}: {gaps:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_mutation_is_read_to_an_end(
        mut bytes in prop::sample::select(files()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()) + 1);
        }
        let scan = || crate::scan("model", &Input::from(bytes.clone()), &Options::default());
        let report = scan();
        prop_assert!(report.coverage.understood <= report.coverage.total);
        prop_assert_eq!(report, scan());
    }

    #[test]
    fn any_bytes_behind_a_magic_are_read_to_an_end(
        magic in prop::sample::select(vec![
            &b"PK\x03\x04"[..], b"PK\x05\x06", b"\x1f\x8b\x08", b"BZh91AY&SY", b"\xfd7zXZ\0", b"\x04\x22\x4d\x18",
            b"\x28\xb5\x2f\xfd", b"\x50\x2a\x4d\x18\x04\0\0\0....\x28\xb5\x2f\xfd", b"7z\xbc\xaf\x27\x1c\0\x04",
            b"x\x9c", b"\x5d\0\0\x01\0\xff\xff\xff\xff\xff\xff\xff\xff",
        ]),
        rest in prop::collection::vec(any::<u8>(), 0..800),
    ) {
        let bytes = [magic, &rest].concat();
        let scan = || crate::scan("model", &Input::from(bytes.clone()), &Options::default());
        let report = scan();
        prop_assert!(report.coverage.understood <= report.coverage.total);
        prop_assert_eq!(report, scan());
    }
}
