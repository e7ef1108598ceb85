//! Tests of the reader of flatbuffers and of the models in them: whatever the bytes, reading ends.

use proptest::prelude::*;

use super::super::executorch;
use super::*;
use crate::testing::reads_to_an_end;

const MODEL: &[u8] = include_bytes!("../../../fixtures/spare/tensors-flatbuffer/model.tflite");
const PROGRAM: &[u8] = include_bytes!("../../../fixtures/spare/tensors-flatbuffer/segments.pte");

const WITH_LABELS: &[u8] = include_bytes!("../../../fixtures/spare/tensors-flatbuffer/metadata.tflite");

#[test]
fn a_model_with_an_archive_of_labels_is_a_model() {
    let report = crate::scan("a", &Input::from(WITH_LABELS.to_vec()), &crate::Options::default());
    assert_eq!(report.format, Format::TfLite);
    assert!(report.facts.iter().any(|fact| fact.name == "labels.txt"));
}

fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    let input = Input::from(bytes.to_vec());
    for reader in [READER, executorch::READER] {
        reads_to_an_end(&input, reader.read)?;
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_bytes_are_read_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        check(&bytes)?;
    }

    #[test]
    fn any_mutation_is_read_to_an_end(
        program: bool,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = if program { PROGRAM } else { MODEL }.to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        check(&bytes)?;
        bytes.truncate(cut.index(bytes.len()));
        check(&bytes)?;
    }
}
