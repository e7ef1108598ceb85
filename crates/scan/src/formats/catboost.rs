//! CatBoost models: a length, a flatbuffer, and further parts that the flatbuffer lists. Parts that nobody has described
//! are gaps.

use std::io;

use casemate_core::{Confidence, Severity};

use super::flatbuffer::{Flatbuffer, Table};
use super::metadata::shortened;
use super::stream::{Broken, Stream};
use super::{Reader, Reading};
use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

/// By its first four bytes.
pub(crate) const READER: Reader = Reader { format: Format::CatBoost, fit, read };

/// The part with statistics of categories.
const STATISTICS: &str = "static_provider_v1";

fn fit(sniff: &Sniff<'_>) -> Fit {
    Fit::certain_if(sniff.begins(b"CBM1"))
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let mut stream = Stream::new(input, 4);
    if let Err(broken) = whole(input, &mut stream, scan) {
        broken.tell(Rule::CatboostStructure, scan)?;
    }
    Ok(Reading::Done)
}

fn whole(input: &Input, stream: &mut Stream, scan: &mut Scan) -> Result<(), Broken> {
    scan.understood(0..8.min(input.len()));
    let parts = part(input, stream, "The model", core, scan)?;
    for name in parts {
        if !name.starts_with("static_provider") && !name.contains("ctr") {
            scan.gap(format!("the part {} is not known", shortened(&name, 80)));
            return Ok(());
        }
        if name != STATISTICS {
            scan.fact(About::Metadata, "part", shortened(&name, 80));
        }
        let start = stream.at();
        let tables = stream.u32()?;
        scan.understood(start..stream.at());
        for _ in 0..tables {
            part(input, stream, "A table of statistics", statistics, scan)?;
        }
    }
    if stream.left() > 0 {
        let title = format!("{} bytes follow the model", stream.left());
        let rule = Rule::CatboostStructure;
        scan.find(Finding::new(rule, Severity::Medium, Confidence::High, title, stream.at()));
        scan.member("bytes behind the model", &input.rest(stream.at()), stream.at()..input.len());
    }
    Ok(())
}

/// Reads a length and the flatbuffer that is so long.
fn part<T>(
    input: &Input,
    stream: &mut Stream,
    what: &str,
    walk: fn(&mut Flatbuffer, &mut Scan) -> T,
    scan: &mut Scan,
) -> Result<T, Broken> {
    let at = stream.at();
    let len = u64::from(stream.u32()?);
    let start = stream.at();
    let Some(bytes) = input.slice(start, len) else {
        let left = stream.left();
        return Err(Broken::wrong(
            at,
            format!("{what} is said to be {len} bytes long, of which {left} are there"),
        ));
    };
    scan.understood(at..start);
    let mut fb = Flatbuffer::new(&bytes);
    let read = walk(&mut fb, scan);
    fb.conclude_within(len, start, scan)?;
    stream.skip(len)?;
    Ok(read)
}

/// The trees; gives the names of the parts that follow.
fn core(fb: &mut Flatbuffer, scan: &mut Scan) -> Vec<String> {
    let Some(root) = fb.root() else { return Vec::new() };
    if let Some(version) = fb.text(root, 0) {
        scan.fact(About::Metadata, "format", version);
    }
    if let Some(trees) = fb.table(root, 1) {
        read_trees(fb, trees);
    }
    for pair in fb.tables(root, 2) {
        let (key, value) = (fb.text(pair, 0).unwrap_or_default(), fb.text(pair, 1).unwrap_or_default());
        scan.fact(About::Metadata, shortened(&key, 200), shortened(&value, 400));
    }
    fb.texts(root, 3)
}

fn read_trees(fb: &mut Flatbuffer, trees: Table) {
    // Splits, sizes and starts of trees, leaves and their weights, steps, and the leaves of nodes.
    for (field, width) in [(1, 4), (2, 4), (3, 4), (8, 8), (9, 8), (10, 4), (11, 4), (16, 8)] {
        fb.vector(trees, field, width);
    }
    for feature in fb.tables(trees, 4) {
        fb.text(feature, 2);
    }
    for feature in fb.tables(trees, 5) {
        fb.vector(feature, 3, 4);
        fb.text(feature, 4);
    }
    for feature in fb.tables(trees, 6) {
        fb.vector(feature, 1, 4);
        fb.texts(feature, 2);
    }
    for feature in fb.tables(trees, 7) {
        if let Some(base) = fb.table(feature, 0).and_then(|statistic| fb.table(statistic, 0)) {
            combination(fb, base);
        }
        fb.vector(feature, 1, 4);
    }
    for feature in fb.tables(trees, 12) {
        fb.text(feature, 2);
    }
}

/// Which features a statistic is of.
fn combination(fb: &mut Flatbuffer, base: Table) {
    if let Some(combination) = fb.table(base, 0) {
        for (field, width) in [(0, 4), (1, 8), (2, 8)] {
            fb.vector(combination, field, width);
        }
    }
}

fn statistics(fb: &mut Flatbuffer, _scan: &mut Scan) {
    let Some(root) = fb.root() else { return };
    if let Some(base) = fb.table(root, 0) {
        combination(fb, base);
    }
    fb.blob(root, 1);
    fb.blob(root, 2);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::lightgbm;
    use super::*;
    use crate::testing::reads_to_an_end;

    const MODELS: [(Reader, &[u8]); 2] = [
        (READER, include_bytes!("../../fixtures/spare/tensors-trees/categories.cbm")),
        (lightgbm::READER, include_bytes!("../../fixtures/spare/tensors-trees/lightgbm.txt")),
    ];

    proptest! {
        #[test]
        fn any_mutation_is_read_to_an_end(
            model in 0_usize..2,
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
            cut in any::<prop::sample::Index>(),
        ) {
            let (reader, model) = &MODELS[model];
            let mut bytes = model.to_vec();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            for len in [bytes.len(), cut.index(bytes.len())] {
                let input = Input::from(bytes[..len].to_vec());
                reads_to_an_end(&input, reader.read)?;
            }
        }
    }
}
