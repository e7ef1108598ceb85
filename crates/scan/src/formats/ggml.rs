//! The formats before GGUF: GGML, GGMF, GGJT and GGLA, as llama.cpp wrote them. Other programs used the same magic numbers
//! with other hyperparameters, so what does not fit is a gap where nothing says how it should be.

use std::io;

use casemate_core::{Confidence, Severity};

use super::gguf::types;
use super::stream::{Broken, Stream};
use super::tensors::{count, shaped};
use super::{Reader, Reading};
use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

/// By the four bytes of the magic number, which is little-endian.
pub(crate) const READER: Reader = Reader { format: Format::Ggml, fit, read };

const MOST_TENSORS: u32 = 100_000;
const MOST_TOKENS: u32 = 4_000_000;
const LONGEST_NAME: u32 = 4096;
const ALIGNMENT: u64 = 32;

/// Which of the formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Scored,
    Aligned(u32),
    Adapter,
}

fn kind(head: &[u8]) -> Option<Kind> {
    let version = || head.get(4..8)?.try_into().ok().map(u32::from_le_bytes);
    match head.get(..4)? {
        b"lmgg" => Some(Kind::Plain),
        b"fmgg" if version()? == 1 => Some(Kind::Scored),
        b"tjgg" if (1..=3).contains(&version()?) => Some(Kind::Aligned(version()?)),
        b"algg" if version()? == 1 => Some(Kind::Adapter),
        _ => None,
    }
}

fn is_of_family(head: &[u8]) -> bool {
    [b"lmgg", b"fmgg", b"tjgg", b"algg"].iter().any(|magic| head.starts_with(*magic))
}

fn fit(sniff: &Sniff<'_>) -> Fit {
    Fit::certain_if(is_of_family(&sniff.head))
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let Some(kind) = kind(&input.head(8)?) else {
        scan.understood(0..4.min(input.len()));
        scan.gap("the version of this GGML file is not known");
        return Ok(Reading::Done);
    };
    let mut stream = Stream::new(input, if kind == Kind::Plain { 4 } else { 8 });
    match whole(&mut stream, kind, scan) {
        Ok(()) => {}
        Err(Broken::End { .. } | Broken::Wrong { .. }) if kind == Kind::Plain => {
            scan.gap("the hyperparameters are not those of llama; what follows them is not known");
        }
        Err(broken) => broken.tell(Rule::GgmlStructure, scan)?,
    }
    Ok(Reading::Done)
}

fn whole(stream: &mut Stream, kind: Kind, scan: &mut Scan) -> Result<(), Broken> {
    if kind == Kind::Adapter {
        for name in ["lora_r", "lora_alpha"] {
            let value = stream.i32()?;
            scan.fact(About::Metadata, name, value.to_string());
        }
    } else {
        hyperparameters(stream, kind, scan)?;
    }
    scan.understood(0..stream.at());
    let mut tensors = 0;
    while stream.left() > 0 {
        tensors += 1;
        if tensors > MOST_TENSORS {
            return Err(Broken::Budget("there are more tensors than are read".to_owned()));
        }
        tensor(stream, kind, scan)?;
    }
    Ok(())
}

/// Seven numbers and the vocabulary.
fn hyperparameters(stream: &mut Stream, kind: Kind, scan: &mut Scan) -> Result<(), Broken> {
    let tokens = stream.u32()?;
    scan.fact(About::Metadata, "n_vocab", tokens.to_string());
    for name in ["n_embd", "n_mult", "n_head", "n_layer", "n_rot", "ftype"] {
        let value = stream.u32()?;
        scan.fact(About::Metadata, name, value.to_string());
    }
    if tokens > MOST_TOKENS {
        return Err(Broken::wrong(stream.at(), format!("The header counts {tokens} tokens")));
    }
    for _ in 0..tokens {
        let at = stream.at();
        let len = stream.u32()?;
        if u64::from(len) > stream.left() {
            return Err(Broken::wrong(at, format!("A token is {len} bytes long, beyond the file")));
        }
        stream.skip(u64::from(len) + if kind == Kind::Plain { 0 } else { 4 })?;
    }
    Ok(())
}

fn tensor(stream: &mut Stream, kind: Kind, scan: &mut Scan) -> Result<(), Broken> {
    let at = stream.at();
    let (sizes, len, number) = (stream.u32()?, stream.u32()?, stream.u32()?);
    if sizes > 4 || len > LONGEST_NAME {
        return Err(Broken::wrong(at, format!("A tensor has {sizes} dimensions and a name of {len} bytes")));
    }
    let shape = (0..sizes).map(|_| stream.u32().map(u64::from)).collect::<Result<Vec<u64>, _>>()?;
    let name = stream.text(u64::from(len), u64::from(LONGEST_NAME))?;
    let Some(of) = types::by_number(number) else {
        return Err(Broken::wrong(at, format!("The tensor `{name}` is of the unknown type {number}")));
    };
    // Before the third version of GGJT, scales were 32 bits wide.
    let bytes = match (kind, number) {
        (Kind::Aligned(3) | Kind::Adapter, _) => of.bytes,
        (_, 2) => 20,
        (_, 3) => 24,
        (_, 8) => 36,
        _ => of.bytes,
    };
    let size = count(&shape).and_then(|count| count.div_ceil(of.block).checked_mul(bytes));
    if matches!(kind, Kind::Aligned(_) | Kind::Adapter) {
        stream.seek(stream.at().next_multiple_of(ALIGNMENT));
    }
    let start = stream.at();
    scan.fact(About::Tensor, name.as_str(), shaped(of.name, &shape));
    let Some(size) = size.filter(|size| *size <= stream.left()) else {
        let title = format!("`{name}` reaches beyond the file: {}", shaped(of.name, &shape));
        let severity = if size.is_none() { Severity::High } else { Severity::Medium };
        if kind != Kind::Plain {
            scan.find(Finding::new(Rule::GgmlStructure, severity, Confidence::High, title, at));
        }
        return Err(Broken::Budget(format!("it cannot be read on from offset {at}")));
    };
    stream.skip(size)?;
    scan.understood(at..start);
    scan.numbers(start..start + size);
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::verdict::Verdict;
    use crate::{Limits, Options};

    fn words(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    /// A model of one token and one tensor.
    fn file(magic: &[u8], version: &[u32], scored: bool, aligned: bool) -> Vec<u8> {
        let mut bytes =
            [magic, &words(version), &words(&[1, 8, 256, 1, 1, 8, 1]), &words(&[2]), b"ab"].concat();
        if scored {
            bytes.extend([0; 4]);
        }
        bytes.extend(words(&[2, 1, 0, 4, 2]));
        bytes.push(b'w');
        if aligned {
            bytes.resize(bytes.len().next_multiple_of(32), 0);
        }
        bytes.extend([3; 32]);
        bytes
    }

    #[test]
    fn all_generations_are_read_wholly() {
        let files = [
            file(b"lmgg", &[], false, false),
            file(b"fmgg", &[1], true, false),
            file(b"tjgg", &[3], true, true),
        ];
        for bytes in files {
            let report = crate::scan("a", &Input::from(bytes), &Options::default());
            assert_eq!((report.format, report.verdict), (Format::Ggml, Verdict::Clean), "{report:?}");
            assert!(report.facts.iter().any(|fact| fact.detail == "F32 [4, 2]"));
        }
    }

    #[test]
    fn old_blocks_are_larger() {
        let mut bytes = [b"tjgg".as_slice(), &words(&[1, 0, 8, 256, 1, 1, 8, 1, 1, 1, 2, 32]), b"w"].concat();
        bytes.resize(bytes.len().next_multiple_of(32) + 20, 0);
        let report = crate::scan("a", &Input::from(bytes), &Options::default());
        assert_eq!(report.verdict, Verdict::Clean, "{report:?}");
    }

    #[test]
    fn a_tensor_beyond_the_file_is_told() {
        let mut bytes = file(b"tjgg", &[3], true, true);
        bytes.truncate(bytes.len() - 1);
        let report = crate::scan("a", &Input::from(bytes), &Options::default());
        assert_eq!(report.findings[0].rule, Rule::GgmlStructure);
    }

    proptest! {
        #[test]
        fn any_mutation_is_read_to_an_end(changes in prop::collection::vec((0_usize..140, any::<u8>()), 0..4), cut in 4_usize..140) {
            let mut bytes = file(b"tjgg", &[3], true, true);
            for (at, byte) in changes {
                if let Some(place) = bytes.get_mut(at) {
                    *place = byte;
                }
            }
            bytes.truncate(cut);
            let input = Input::from(bytes);
            let run = || {
                let mut scan = Scan::new(Limits::default());
                read(&input, &mut scan).unwrap();
                scan.conclude("a", &input)
            };
            prop_assert!(run().coverage.understood <= run().coverage.total);
        }
    }
}
