//! Tests of the readers of TensorFlow: whatever the bytes, reading ends.

use proptest::prelude::*;

use super::*;
use crate::Rule;
use crate::testing::reads_to_an_end;

const MODEL: &[u8] = include_bytes!("../../../fixtures/spare/graphs-tensorflow/saved_model.pb");
const INDEX: &[u8] = include_bytes!("../../../fixtures/spare/graphs-tensorflow/variables.index");
const LAYERS: &[u8] = include_bytes!("../../../fixtures/spare/graphs-tensorflow/keras_metadata.pb");

fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    let input = Input::from(bytes.to_vec());
    for reader in [SAVED, META, GRAPH, KERAS, checkpoint::READER] {
        reads_to_an_end(&input, reader.read)?;
        (reader.fit)(&Sniff::new("a", &input).unwrap());
    }
    Ok(())
}

#[test]
fn the_code_of_a_lambda_layer_is_told_once() {
    let code = include_bytes!("../../../fixtures/catch/keras-lambda-code/metadata.pb");
    let report = crate::scan("keras_metadata.pb", &Input::from(code.to_vec()), &crate::Options::default());
    let rules: Vec<Rule> = report.findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, [Rule::KerasLambdaCode]);
}

proptest! {
    #[test]
    fn any_bytes_are_read_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        check(&bytes)?;
    }

    #[test]
    fn any_mutation_is_read_to_an_end(
        which in 0..3_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = [MODEL, INDEX, LAYERS][which].to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        check(&bytes)?;
        bytes.truncate(cut.index(bytes.len()));
        check(&bytes)?;
    }
}
