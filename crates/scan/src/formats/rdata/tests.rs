//! Tests of the reader of R data: whatever the bytes, reading ends.

use proptest::prelude::*;

use super::*;
use crate::testing::reads_to_an_end;

const FILES: [&[u8]; 3] = [
    include_bytes!("../../../fixtures/spare/tensors-r/frame.rds"),
    include_bytes!("../../../fixtures/spare/tensors-r/text.rds"),
    include_bytes!("../../../fixtures/spare/tensors-r/function.rds"),
];

fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    let input = Input::from(bytes.to_vec());
    reads_to_an_end(&input, read)
}

#[test]
fn a_deep_object_ends() {
    let mut bytes = b"X\n\0\0\0\x02\0\x04\0\0\0\x02\x03\0".to_vec();
    bytes.extend(b"\0\0\0\x13\0\0\0\x01".repeat(300_000));
    check(&bytes).unwrap();
}

proptest! {
    #[test]
    fn any_bytes_are_read_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&[b"X\n\0\0\0\x02\0\x04\0\0\0\x02\x03\0".as_slice(), &bytes].concat())?;
    }

    #[test]
    fn any_mutation_is_read_to_an_end(
        file in 0_usize..3,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = FILES[file].to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        check(&bytes)?;
    }
}
