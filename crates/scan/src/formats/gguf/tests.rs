//! Tests of the GGUF reader: bytes in, report out.

use proptest::prelude::*;

use super::*;
use crate::Options;
use crate::testing::reads_to_an_end;
use crate::verdict::{FileReport, Status, Verdict};

/// Puts a file together.
#[derive(Default)]
struct Builder {
    big: bool,
    keys: Vec<Vec<u8>>,
    tensors: Vec<Vec<u8>>,
    data: Vec<u8>,
}

impl Builder {
    fn number<const N: usize>(&self, little: [u8; N]) -> Vec<u8> {
        let mut bytes = little.to_vec();
        if self.big {
            bytes.reverse();
        }
        bytes
    }

    fn text(&self, text: &str) -> Vec<u8> {
        [self.number((text.len() as u64).to_le_bytes()), text.as_bytes().to_vec()].concat()
    }

    fn key(mut self, key: &str, kind: u32, value: &[u8]) -> Self {
        self.keys.push([self.text(key), self.number(kind.to_le_bytes()), value.to_vec()].concat());
        self
    }

    fn string(self, key: &str, value: &str) -> Self {
        let value = self.text(value);
        self.key(key, 8, &value)
    }

    fn tensor(mut self, name: &str, shape: &[u64], kind: u32, offset: u64) -> Self {
        let mut bytes = self.text(name);
        bytes.extend(self.number(u32::try_from(shape.len()).unwrap().to_le_bytes()));
        for size in shape {
            bytes.extend(self.number(size.to_le_bytes()));
        }
        bytes.extend(self.number(kind.to_le_bytes()));
        bytes.extend(self.number(offset.to_le_bytes()));
        self.tensors.push(bytes);
        self
    }

    fn data(mut self, len: usize) -> Self {
        self.data = vec![7; len];
        self
    }

    fn build(&self) -> Vec<u8> {
        let mut bytes = b"GGUF".to_vec();
        bytes.extend(self.number(3_u32.to_le_bytes()));
        bytes.extend(self.number((self.tensors.len() as u64).to_le_bytes()));
        bytes.extend(self.number((self.keys.len() as u64).to_le_bytes()));
        bytes.extend(self.keys.concat());
        bytes.extend(self.tensors.concat());
        bytes.resize(bytes.len().next_multiple_of(32), 0);
        bytes.extend(&self.data);
        bytes
    }
}

fn plain() -> Builder {
    Builder::default().string("general.architecture", "llama").tensor("a", &[32, 2], 2, 0).data(36)
}

fn scan(bytes: &[u8]) -> FileReport {
    crate::scan("a", &Input::from(bytes.to_vec()), &Options::default())
}

fn rules(builder: &Builder) -> Vec<Rule> {
    scan(&builder.build()).findings.iter().map(|finding| finding.rule).collect()
}

#[test]
fn both_byte_orders_are_clean() {
    for big in [false, true] {
        let start = Builder { big, ..Builder::default() };
        let report =
            scan(&start.string("general.license", "mit").tensor("a", &[32, 2], 2, 0).data(36).build());
        assert_eq!((report.verdict, report.status), (Verdict::Clean, Status::Complete), "{report:?}");
        assert!(report.facts.iter().any(|fact| fact.about == About::Licence && fact.name == "mit"));
        assert!(report.facts.iter().any(|fact| fact.detail == "Q4_0 [32, 2]"));
    }
}

#[test]
fn each_lie_is_told() {
    let none = || Builder::default();
    assert_eq!(rules(&plain().string("a", "1").string("a", "2")), [Rule::GgufDuplicateName]);
    assert_eq!(rules(&none().tensor("a", &[2], 0, 0).tensor("a", &[2], 0, 32).data(40)).len(), 2);
    assert_eq!(rules(&none().tensor("a", &[2], 0, 0).tensor("b", &[2], 0, 0).data(8)), [Rule::GgufOverlap]);
    assert_eq!(rules(&none().tensor("a", &[1 << 62, 8], 0, 0)), [Rule::GgufOverflow]);
    assert_eq!(rules(&none().tensor("a", &[2], 0, u64::MAX - 3)), [Rule::GgufOverflow]);
    assert_eq!(rules(&none().tensor("a", &[200], 0, 0).data(32)), [Rule::GgufOutOfFile]);
    assert_eq!(rules(&none().tensor("a", &[1, 1, 1, 1, 1], 0, 0).data(4)), [Rule::GgufShape]);
    assert_eq!(rules(&none().tensor("a", &[31], 2, 0).data(18)), [Rule::GgufShape]);
    assert_eq!(rules(&none().tensor("a", &[2], 0, 4).data(12)).len(), 2);
    assert_eq!(rules(&plain().key("general.alignment", 4, &48_u32.to_le_bytes()))[0], Rule::GgufAlignment);
    assert_eq!(rules(&plain().data(100)), [Rule::GgufHiddenData]);
    assert_eq!(rules(&plain().key("x", 99, &[0; 8])), [Rule::GgufHeader]);
    let nested =
        [9_u32.to_le_bytes().as_slice(), &1_u64.to_le_bytes(), &0_u32.to_le_bytes(), &[0; 8]].concat();
    assert_eq!(rules(&plain().key("x", 9, &nested)), [Rule::GgufNestedArray]);
    let huge = [0_u32.to_le_bytes().as_slice(), &u64::MAX.to_le_bytes()].concat();
    assert_eq!(rules(&plain().key("x", 9, &huge)), [Rule::GgufOverflow]);
    let long = [0_u32.to_le_bytes().as_slice(), &1_000_000_u64.to_le_bytes()].concat();
    assert_eq!(rules(&plain().key("x", 9, &long)), [Rule::GgufOutOfFile]);
}

#[test]
fn counts_that_overflow_are_told_by_their_vulnerability() {
    for (at, cve) in [(8, "CVE-2024-21836"), (16, "CVE-2024-23605")] {
        let mut bytes = plain().build();
        bytes[at..at + 8].copy_from_slice(&u64::MAX.to_le_bytes());
        assert_eq!(scan(&bytes).findings[0].cves, [cve]);
    }
}

#[test]
fn every_template_is_a_part_of_its_own() {
    let template = "{% for m in messages %}{{ m.content }}{% endfor %}";
    let builder =
        plain().string("tokenizer.chat_template", template).string("tokenizer.chat_template.tool", "x");
    let report = scan(&builder.build());
    let parts: Vec<&str> = report
        .facts
        .iter()
        .filter(|fact| fact.about == About::Member)
        .map(|fact| fact.name.as_str())
        .collect();
    assert_eq!(parts, ["tokenizer.chat_template", "tokenizer.chat_template.tool"]);
}

#[test]
fn a_shard_names_the_other_shards() {
    let builder =
        plain().key("split.count", 2, &3_u16.to_le_bytes()).key("split.no", 2, &0_u16.to_le_bytes());
    let report = scan(&builder.build());
    let needs: Vec<&str> = report
        .facts
        .iter()
        .filter(|fact| fact.about == About::NeedsFile)
        .map(|fact| fact.name.as_str())
        .collect();
    assert_eq!(needs, ["*-00002-of-00003.gguf", "*-00003-of-00003.gguf"]);
}

fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    let input = Input::from(bytes.to_vec());
    reads_to_an_end(&input, read)
}

proptest! {
    #[test]
    fn any_bytes_are_read_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..200), version in 1_u8..4) {
        check(&bytes)?;
        check(&[b"GGUF".as_slice(), &[version, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0], &bytes].concat())?;
    }

    #[test]
    fn any_mutation_is_read_to_an_end(changes in prop::collection::vec((0_usize..200, any::<u8>()), 1..4)) {
        let nested = [9_u32.to_le_bytes().as_slice(), &1_u64.to_le_bytes(), &8_u32.to_le_bytes(), &[0; 8]].concat();
        let mut bytes = plain().key("x", 9, &nested).tensor("b", &[3, 2], 0, 64).build();
        for (at, byte) in changes {
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
        }
        check(&bytes)?;
    }
}
