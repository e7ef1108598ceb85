//! GGUF of versions 1 to 3, in both byte orders: metadata, tensors, and the numbers behind them. Templates in the metadata
//! are handed over as parts; numbers are never read.

mod tensors;
#[cfg(test)]
mod tests;
pub(crate) mod types;
mod values;

use std::io;

use casemate_core::{Confidence, Severity};

use super::stream::{Broken, Stream};
use super::tensors::{Names, Places};
use super::{Reader, Reading};
use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

/// By its first four bytes.
pub(crate) const READER: Reader = Reader { format: Format::Gguf, fit, read };

const MAGIC: &[u8; 4] = b"GGUF";
/// The longest name that the format allows.
const LONGEST_NAME: u64 = 65_535;
/// What tensors are aligned to if nothing else is said.
const ALIGNMENT: u64 = 32;
/// How many tensors and keys are read.
const MOST: u64 = 1_000_000;

/// What was read of a file so far.
struct Gguf {
    version: u32,
    alignment: u64,
    keys: Names,
    names: Names,
    places: Places,
    /// The first tensor that does not keep to the alignment, and where that is said.
    misaligned: Option<(u64, u64)>,
    /// Whether there are tensors whose size nobody knows.
    unsized_tensors: bool,
    /// Items of arrays read so far.
    items: u64,
    shards: Option<u64>,
    shard: Option<u64>,
    big: bool,
}

fn fit(sniff: &Sniff<'_>) -> Fit {
    Fit::certain_if(sniff.begins(MAGIC))
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let mut stream = Stream::new(input, 4);
    if let Err(broken) = whole(input, &mut stream, scan) {
        scan.understood(0..stream.at().min(input.len()));
        broken.tell(Rule::GgufHeader, scan)?;
    }
    Ok(Reading::Done)
}

fn whole(input: &Input, stream: &mut Stream, scan: &mut Scan) -> Result<(), Broken> {
    let (version, big) = version(stream)?;
    stream.set_big_endian(big);
    let mut gguf = Gguf::new(version, big);
    let at = stream.at();
    let tensors = gguf.length(stream)?;
    let keys = gguf.length(stream)?;
    // A key is at least its length, a type and one byte; a tensor its name, sizes, type and offset.
    let counted = [
        (keys, gguf.word() + 5, "keys", "CVE-2024-23605"),
        (tensors, gguf.word() + 16, "tensors", "CVE-2024-21836"),
    ];
    for (count, least, what, cve) in counted {
        // Loaders reserve a record of a few hundred bytes for each.
        let Some(bytes) = count.checked_mul(least).filter(|_| count <= u64::MAX / 512) else {
            return Err(gguf.overflow(at, &format!("The header counts {count} {what}"), Some(cve), scan));
        };
        gguf.fits(bytes, at, stream.left(), &format!("The header counts {count} {what}, which"), scan)?;
        if count > MOST {
            return Err(Broken::Budget(format!("there are more {what} than are read")));
        }
    }
    for _ in 0..keys {
        values::read(stream, &mut gguf, scan)?;
    }
    for _ in 0..tensors {
        tensors::read(stream, &mut gguf, scan)?;
    }
    let header = stream.at();
    scan.understood(0..header);
    let data = header.next_multiple_of(gguf.alignment.max(1));
    tensors::tell_padding(input, header..data.min(input.len()), scan)?;
    gguf.needs_shards(scan);
    tensors::tell_data(input, data, &mut gguf, scan)?;
    Ok(())
}

/// The version, and whether numbers are big-endian.
fn version(stream: &mut Stream) -> Result<(u32, bool), Broken> {
    let at = stream.at();
    let number = stream.u32()?;
    let swapped = number.swap_bytes();
    match (number, swapped) {
        (1..=3, _) => Ok((number, false)),
        (_, 1..=3) => Ok((swapped, true)),
        _ => Err(Broken::wrong(at, format!("The version of the format is {number}, which is not known"))),
    }
}

impl Gguf {
    fn new(version: u32, big: bool) -> Self {
        Self {
            version,
            alignment: ALIGNMENT,
            keys: Names::default(),
            names: Names::default(),
            places: Places::default(),
            misaligned: None,
            unsized_tensors: false,
            items: 0,
            shards: None,
            shard: None,
            big,
        }
    }

    /// How many bytes a length is.
    fn word(&self) -> u64 {
        if self.version == 1 { 4 } else { 8 }
    }

    /// A length or count.
    fn length(&self, stream: &mut Stream) -> Result<u64, Broken> {
        if self.version == 1 { stream.u32().map(u64::from) } else { stream.u64() }
    }

    /// A number that overflows where loaders compute with it.
    fn overflow(&self, at: u64, what: &str, cve: Option<&'static str>, scan: &mut Scan) -> Broken {
        let title = format!("{what}, which overflows");
        let finding = Finding::new(Rule::GgufOverflow, Severity::High, Confidence::High, title, at);
        scan.find(cve.into_iter().fold(finding, Finding::cve));
        scan.gap(format!("it cannot be read on from offset {at}"));
        Broken::Budget("a count in the header overflows".to_owned())
    }

    /// Whether so many bytes are left. A length that no file can have is no accident.
    fn fits(&self, len: u64, at: u64, left: u64, what: &str, scan: &mut Scan) -> Result<(), Broken> {
        if len <= left {
            return Ok(());
        }
        if i64::try_from(len).is_err() {
            let what = format!("{what} is {len} bytes long");
            return Err(self.overflow(at, &what, Some("CVE-2024-23496"), scan));
        }
        let title = format!("{what} needs {len} bytes, of which {left} are there");
        scan.find(Finding::new(Rule::GgufOutOfFile, Severity::Medium, Confidence::High, title, at));
        Err(Broken::Budget(format!("it cannot be read on from offset {at}")))
    }

    /// A key or the name of a tensor.
    fn name(&self, stream: &mut Stream, what: &str, scan: &mut Scan) -> Result<String, Broken> {
        let at = stream.at();
        let len = self.length(stream)?;
        self.fits(len, at, stream.left(), &format!("A {what}"), scan)?;
        if len > LONGEST_NAME {
            let title = format!("A {what} is {len} bytes long; the format allows {LONGEST_NAME}");
            scan.find(Finding::new(Rule::GgufHeader, Severity::Medium, Confidence::High, title, at));
        }
        stream.text(len, LONGEST_NAME)
    }

    /// The name of the tensor that is described at an offset.
    fn name_at(&self, input: &Input, at: u64) -> String {
        let mut stream = Stream::new(input, at);
        stream.set_big_endian(self.big);
        let name = self.length(&mut stream).and_then(|len| stream.text(len, LONGEST_NAME));
        name.map_or_else(|_| "A tensor".to_owned(), |name| format!("`{name}`"))
    }

    /// Counts items of arrays.
    fn spend(&mut self, items: u64, most: u64) -> Result<(), Broken> {
        self.items = self.items.saturating_add(items);
        if self.items > most {
            Err(Broken::Budget("the arrays hold more than is read".to_owned()))
        } else {
            Ok(())
        }
    }

    /// Keeps the numbers that say how to read the rest.
    fn note_number(&mut self, key: &str, kind: u32, number: u64, at: u64, scan: &mut Scan) {
        match key {
            "general.alignment" => {
                // The format asks for 32 unsigned bits, a multiple of eight; the reference loader for a power of two.
                if kind != 4 || !number.is_power_of_two() || !(8..=1 << 30).contains(&number) {
                    let title = format!("`general.alignment` is {number}");
                    let rule = Rule::GgufAlignment;
                    scan.find(Finding::new(rule, Severity::Medium, Confidence::High, title, at));
                }
                self.alignment = number.clamp(1, 1 << 30);
            }
            "split.count" => self.shards = Some(number),
            "split.no" => self.shard = Some(number),
            _ => {}
        }
    }

    /// The other parts of a model in parts, by the names that writers give them.
    fn needs_shards(&self, scan: &mut Scan) {
        let Some(count) = self.shards.filter(|count| (2..=99_999).contains(count)) else { return };
        for shard in (0..count).filter(|shard| Some(*shard) != self.shard).take(1000) {
            let name = format!("*-{:05}-of-{count:05}.gguf", shard + 1);
            scan.fact(About::NeedsFile, name, "split.count");
        }
    }
}
