//! HDF5 as libraries write it, and as attackers change it.

use proptest::prelude::*;

use crate::{FileReport, Input, Options, scan};

const FILES: [&[u8]; 4] = [
    include_bytes!("../../../fixtures/spare/keras_hdf5/every-layout-earliest.h5"),
    include_bytes!("../../../fixtures/spare/keras_hdf5/every-layout-latest.h5"),
    include_bytes!("../../../fixtures/spare/keras_hdf5/attributes.h5"),
    include_bytes!("../../../fixtures/spare/keras_hdf5/strings.h5"),
];

fn report(bytes: Vec<u8>) -> FileReport {
    scan("model.h5", &Input::from(bytes), &Options::default())
}

/// A valid file with some bytes changed and its end cut off.
fn broken() -> impl Strategy<Value = Vec<u8>> {
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12);
    (0..FILES.len(), changes, any::<prop::sample::Index>(), any::<bool>()).prop_map(
        |(which, changes, cut, cuts)| {
            let mut bytes = FILES[which].to_vec();
            for (at, value) in changes {
                // Structure stands at the front of these files.
                let at = at.index(bytes.len().min(6_000));
                bytes[at] = value;
            }
            if cuts {
                bytes.truncate(cut.index(bytes.len()));
            }
            bytes
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]
    #[test]
    fn a_broken_file_is_read_as_far_as_it_goes(bytes in broken()) {
        let first = report(bytes.clone());
        prop_assert!(first.coverage.understood <= first.coverage.total);
        prop_assert_eq!(first, report(bytes));
    }

    #[test]
    fn anything_behind_the_first_bytes_is_read(rest in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let mut bytes = b"\x89HDF\r\n\x1a\n\0".to_vec();
        bytes.extend(rest);
        let read = report(bytes);
        prop_assert!(read.coverage.understood <= read.coverage.total);
    }
}

#[test]
fn a_file_that_breaks_off_is_inconclusive() {
    let bytes = FILES[0];
    let cut = report(bytes[..bytes.len() / 2].to_vec());
    assert_eq!(cut.status, crate::Status::Inconclusive);
}
