//! XGBoost's binary form before 2.1: memory laid out in a file. Its lengths are held against the file before anything is
//! left out.

use std::io;

use casemate_core::{Confidence, Severity};

use super::metadata;
use super::stream::{Broken, Stream};
use super::tensors::tell_numbers;
use super::{Reader, Reading};
use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

/// By the names of objective and booster behind the parameters.
pub(crate) const READER: Reader = Reader { format: Format::XgboostBinary, fit, read };

/// How long the parameters are, of the model, of the trees, and of a tree.
const MODEL: u64 = 136;
const TREES: u64 = 160;
const TREE: u64 = 148;
/// How long a node and its statistics are.
const NODE: u64 = 20 + 16;
const LONGEST_NAME: u64 = 256;
const LONGEST_TEXT: u64 = 64 * 1024;
const MOST: u64 = 10_000_000;
/// What names of objectives begin with.
const OBJECTIVES: [&[u8]; 6] = [b"reg:", b"binary:", b"multi:", b"rank:", b"count:", b"survival:"];

fn start(head: &[u8]) -> u64 {
    if head.starts_with(b"binf") { 4 } else { 0 }
}

fn fit(sniff: &Sniff<'_>) -> Fit {
    let at = usize::try_from(start(&sniff.head) + MODEL).unwrap_or(usize::MAX);
    let name = sniff.head.get(at.saturating_add(8)..).unwrap_or_default();
    let short = sniff.head.get(at + 1..at + 8).is_some_and(|rest| rest == [0; 7]);
    let certain = short && OBJECTIVES.iter().any(|objective| name.starts_with(objective));
    Fit::certain_if(certain)
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let mut stream = Stream::new(input, start(&input.head(4)?));
    if let Err(broken) = whole(&mut stream, scan) {
        broken.tell(Rule::XgboostStructure, scan)?;
    } else if stream.left() > 0 {
        let title = format!("{} bytes follow the model", stream.left());
        let rule = Rule::XgboostStructure;
        scan.find(Finding::new(rule, Severity::Medium, Confidence::High, title, stream.at()));
        scan.member("bytes behind the model", &input.rest(stream.at()), stream.at()..input.len());
    }
    Ok(Reading::Done)
}

fn whole(stream: &mut Stream, scan: &mut Scan) -> Result<(), Broken> {
    stream.skip(4)?;
    let features = stream.u32()?;
    let classes = stream.i32()?;
    let attributes = stream.i32()? != 0;
    let metrics = stream.i32()? != 0;
    stream.skip(MODEL - 20)?;
    let objective = name(stream)?;
    let booster = name(stream)?;
    scan.fact(About::Metadata, "objective", objective.as_str());
    scan.fact(About::Metadata, "booster", booster.as_str());
    scan.fact(About::Metadata, "num_feature", features.to_string());
    scan.fact(About::Metadata, "num_class", classes.to_string());
    match booster.as_str() {
        "gbtree" | "dart" => trees(stream, booster == "dart", scan)?,
        "gblinear" => {
            stream.skip(MODEL)?;
            numbers(stream, 4, scan)?;
        }
        _ => return Err(Broken::wrong(stream.at(), format!("There is no booster `{booster}`"))),
    }
    scan.understood(0..stream.at());
    if attributes {
        for _ in 0..counted(stream, "attributes", 16)? {
            let (key, at) = (name(stream)?, stream.at());
            let value = text(stream, LONGEST_TEXT)?;
            metadata::tell(&key, &value, at, stream.at() - at, scan);
        }
    }
    // Objectives with one more parameter write it as a text.
    if objective == "count:poisson" {
        name(stream)?;
    }
    if metrics {
        for _ in 0..counted(stream, "metrics", 8)? {
            name(stream)?;
        }
    }
    scan.understood(0..stream.at());
    Ok(())
}

fn trees(stream: &mut Stream, dart: bool, scan: &mut Scan) -> Result<(), Broken> {
    let at = stream.at();
    let count = stream.i32()?;
    stream.skip(TREES - 4)?;
    let Some(count) = u64::try_from(count).ok().filter(|count| count.saturating_mul(TREE) <= stream.left())
    else {
        return Err(Broken::wrong(at, format!("The header counts {count} trees, more than there are bytes")));
    };
    scan.fact(About::Metadata, "num_trees", count.to_string());
    for _ in 0..count {
        tree(stream, scan)?;
    }
    stream.skip(count * 4)?;
    if dart && count > 0 {
        numbers(stream, 4, scan)?;
    }
    Ok(())
}

fn tree(stream: &mut Stream, scan: &mut Scan) -> Result<(), Broken> {
    let at = stream.at();
    stream.skip(4)?;
    let nodes = stream.i32()?;
    stream.skip(12)?;
    let vector = stream.i32()?;
    stream.skip(TREE - 24)?;
    let len = u64::try_from(nodes).ok().map(|nodes| nodes * NODE).filter(|len| *len <= stream.left());
    let Some(len) = len else {
        return Err(Broken::wrong(at, format!("A tree counts {nodes} nodes, more than there are bytes")));
    };
    let start = stream.at();
    stream.skip(len)?;
    tell_numbers(start..start + len, scan);
    if vector != 0 {
        numbers(stream, 4, scan)?;
    }
    Ok(())
}

/// A count of items that are at least so many bytes long.
fn counted(stream: &mut Stream, what: &str, least: u64) -> Result<u64, Broken> {
    let at = stream.at();
    let count = stream.u64()?;
    if count > MOST || count.saturating_mul(least) > stream.left() {
        return Err(Broken::wrong(at, format!("The model counts {count} {what}, more than there are bytes")));
    }
    Ok(count)
}

fn numbers(stream: &mut Stream, width: u64, scan: &mut Scan) -> Result<(), Broken> {
    let at = stream.at();
    let count = stream.u64()?;
    let Some(len) = count.checked_mul(width).filter(|len| *len <= stream.left()) else {
        return Err(Broken::wrong(at, format!("A list counts {count} numbers, more than there are bytes")));
    };
    let start = stream.at();
    stream.skip(len)?;
    tell_numbers(start..start + len, scan);
    Ok(())
}

fn name(stream: &mut Stream) -> Result<String, Broken> {
    text(stream, LONGEST_NAME)
}

fn text(stream: &mut Stream, most: u64) -> Result<String, Broken> {
    let at = stream.at();
    let len = stream.u64()?;
    if len > stream.left() {
        return Err(Broken::wrong(at, format!("A text is {len} bytes long, beyond the file")));
    }
    stream.text(len, most)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::reads_to_an_end;

    const FILE: &[u8] = include_bytes!("../../fixtures/spare/tensors-trees/model.bst");

    proptest! {
        #[test]
        fn any_mutation_is_read_to_an_end(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut bytes = FILE.to_vec();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            bytes.truncate(cut.index(bytes.len()).max(4));
            let input = Input::from(bytes);
            reads_to_an_end(&input, read)?;
        }
    }
}
