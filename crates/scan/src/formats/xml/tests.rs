//! Tests of the reader of XML: whatever the bytes, reading ends.

use proptest::prelude::*;

use super::*;
use crate::testing::reads_to_an_end;

const MODEL: &[u8] = include_bytes!("../../../fixtures/spare/graphs-xml/openvino.xml");
const ENTITIES: &[u8] = include_bytes!("../../../fixtures/catch/xml-entity-expansion/laughs.pmml");

fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    let input = Input::from(bytes.to_vec());
    reads_to_an_end(&input, read)
}

proptest! {
    #[test]
    fn any_text_is_read_to_an_end(text in "<[ -~]{0,200}") {
        check(text.as_bytes())?;
    }

    #[test]
    fn any_mutation_is_read_to_an_end(
        entities: bool,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = if entities { ENTITIES } else { MODEL }.to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        check(&bytes)?;
    }
}

#[test]
fn depth_and_length_have_an_end() {
    check(&b"<net>".repeat(50_000)).unwrap();
    check(&[b"<net a='".as_slice(), &vec![b'x'; LONGEST + 10], b"'/>"].concat()).unwrap();
}
