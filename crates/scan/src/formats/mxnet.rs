//! MXNet parameters: arrays one after the other, then their names. Dense arrays are read; sparse ones are a gap.

use std::io;

use casemate_core::{Confidence, Severity};

use super::metadata::shortened;
use super::stream::{Broken, Stream};
use super::tensors::{count, shaped, tell_numbers};
use super::{Reader, Reading};
use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

/// By the number that lists of arrays begin with.
pub(crate) const READER: Reader = Reader { format: Format::MxNet, fit, read };

/// The magic numbers of an array, by version.
const FIRST: u32 = 0xf993_fac8;
const SECOND: u32 = 0xf993_fac9;
const THIRD: u32 = 0xf993_faca;
const MOST_ARRAYS: u64 = 200_000;
const MOST_SIZES: u32 = 64;
const LONGEST_NAME: u64 = 4096;

/// Types of numbers with their widths.
const TYPES: [(&str, u64); 13] = [
    ("float32", 4),
    ("float64", 8),
    ("float16", 2),
    ("uint8", 1),
    ("int32", 4),
    ("int8", 1),
    ("int64", 8),
    ("bool", 1),
    ("int16", 2),
    ("uint16", 2),
    ("uint32", 4),
    ("uint64", 8),
    ("bfloat16", 2),
];

fn fit(sniff: &Sniff<'_>) -> Fit {
    Fit::certain_if(sniff.begins(&[0x12, 1, 0, 0, 0, 0, 0, 0]) && sniff.has_at(8, &[0; 8]))
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let mut stream = Stream::new(input, 16);
    scan.understood(0..16.min(input.len()));
    match whole(&mut stream, scan) {
        Ok(()) if stream.left() > 0 => {
            let title = format!("{} bytes follow the names", stream.left());
            let rule = Rule::MxnetStructure;
            scan.find(Finding::new(rule, Severity::Medium, Confidence::High, title, stream.at()));
            scan.member("bytes behind the names", &input.rest(stream.at()), stream.at()..input.len());
        }
        Ok(()) => {}
        Err(broken) => broken.tell(Rule::MxnetStructure, scan)?,
    }
    Ok(Reading::Done)
}

fn whole(stream: &mut Stream, scan: &mut Scan) -> Result<(), Broken> {
    let start = stream.at();
    let arrays = counted(stream, "arrays")?;
    scan.understood(start..stream.at());
    let mut shapes = Vec::new();
    for _ in 0..arrays {
        shapes.push(array(stream, scan)?);
    }
    let start = stream.at();
    let names = counted(stream, "names")?;
    if names != 0 && names != arrays {
        let title = format!("There are {names} names of {arrays} arrays");
        scan.find(Finding::new(Rule::MxnetStructure, Severity::Medium, Confidence::High, title, start));
    }
    for number in 0..names {
        let at = stream.at();
        let len = stream.u64()?;
        if len > stream.left() {
            return Err(Broken::wrong(at, format!("A name is {len} bytes long, beyond the file")));
        }
        let name = stream.text(len, LONGEST_NAME)?;
        let shape = usize::try_from(number).ok().and_then(|number| shapes.get(number));
        scan.fact(About::Tensor, shortened(&name, 200), shape.cloned().unwrap_or_default());
    }
    scan.understood(start..stream.at());
    Ok(())
}

fn counted(stream: &mut Stream, what: &str) -> Result<u64, Broken> {
    let at = stream.at();
    let count = stream.u64()?;
    if count > MOST_ARRAYS || count.saturating_mul(8) > stream.left() {
        return Err(Broken::wrong(at, format!("The file counts {count} {what}, more than there are bytes")));
    }
    Ok(count)
}

/// One array; gives its type and shape.
fn array(stream: &mut Stream, scan: &mut Scan) -> Result<String, Broken> {
    let at = stream.at();
    let magic = stream.u32()?;
    let (sizes, wide) = match magic {
        SECOND | THIRD => {
            if stream.i32()? > 0 {
                return Err(Broken::Budget("sparse arrays are not read".to_owned()));
            }
            (stream.u32()?, true)
        }
        FIRST => (stream.u32()?, true),
        // Before there were magic numbers, an array began with how many sizes it has.
        sizes => (sizes, false),
    };
    if sizes > MOST_SIZES {
        return Err(Broken::wrong(at, format!("An array has {sizes} dimensions")));
    }
    let mut shape = Vec::new();
    for _ in 0..sizes {
        shape.push(if wide { stream.u64()? } else { u64::from(stream.u32()?) });
    }
    if sizes == 0 && magic != THIRD {
        scan.understood(at..stream.at());
        return Ok(shaped("none", &shape));
    }
    // Where it was, and its type.
    stream.skip(8)?;
    let kind = stream.i32()?;
    let Some((dtype, width)) = usize::try_from(kind).ok().and_then(|kind| TYPES.get(kind)).copied() else {
        return Err(Broken::wrong(at, format!("An array is of the unknown type {kind}")));
    };
    let shown = shaped(dtype, &shape);
    let Some(len) = count(&shape).and_then(|count| count.checked_mul(width)) else {
        let title = format!("The shape of an array overflows: {shown}");
        scan.find(Finding::new(Rule::MxnetStructure, Severity::High, Confidence::High, title, at));
        return Err(Broken::Budget(format!("it cannot be read on from offset {at}")));
    };
    if len > stream.left() {
        return Err(Broken::wrong(at, format!("An array of {len} bytes reaches beyond the file: {shown}")));
    }
    let start = stream.at();
    stream.skip(len)?;
    scan.understood(at..start);
    tell_numbers(start..start + len, scan);
    Ok(shown)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::reads_to_an_end;

    const FILE: &[u8] = include_bytes!("../../fixtures/spare/tensors-others/model.params");

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
            bytes.truncate(cut.index(bytes.len()));
            let input = Input::from(bytes);
            reads_to_an_end(&input, read)?;
        }
    }
}
