//! Torch files of the Lua days: numbers, texts, tables and objects by their class names. Functions in them are byte code;
//! what a class reads that nobody has described is a gap.

use std::io;

use casemate_core::{Confidence, Severity};

use super::metadata::shortened;
use super::stream::{Broken, Stream};
use super::tensors::{shaped, tell_numbers};
use super::{Reader, Reading};
use crate::capability::Capability;
use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

/// By the type, index and version of the first object, or as a table of such.
pub(crate) const READER: Reader = Reader { format: Format::Torch7, fit, read };

const MOST_OBJECTS: u64 = 5_000_000;
const MOST_OPEN: usize = 10_000;
const LONGEST_NAME: u64 = 200;
const MOST_SIZES: i32 = 64;

/// Types of objects by their numbers.
const NUMBER: i32 = 1;
const TEXT: i32 = 2;
const TABLE: i32 = 3;
const OBJECT: i32 = 4;
const BOOLEAN: i32 = 5;

fn fit(sniff: &Sniff<'_>) -> Fit {
    let word = |at: usize| sniff.head.get(at..at + 4)?.try_into().ok().map(i32::from_le_bytes);
    match (word(0), word(4), word(8)) {
        (Some(OBJECT), Some(1), Some(3)) => Fit::certain_if(sniff.has_at(12, b"V 1")),
        (Some(TABLE), Some(1), Some(1..=1_000_000)) => {
            Fit::maybe_if(word(12).is_some_and(|kind| (1..=5).contains(&kind)))
        }
        // The same as text, which is not read.
        _ => Fit::certain_if(sniff.begins(b"4\n1\n3\nV 1\n")),
    }
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    if input.head(2)? == b"4\n" {
        scan.gap("Torch files that are written as text are not read");
        return Ok(Reading::Done);
    }
    let mut walk =
        Walk { stream: Stream::new(input, 0), left: vec![1], seen: 0, understood: 0, functions: 0 };
    let result = walk.run(scan);
    let end = walk.stream.at().min(input.len());
    scan.understood(walk.understood..end);
    match result {
        Ok(()) if end < input.len() => {
            let title = format!("{} bytes follow the object", input.len() - end);
            let rule = Rule::Torch7Structure;
            scan.find(Finding::new(rule, Severity::Medium, Confidence::High, title, end));
            scan.member("bytes behind the object", &input.rest(end), end..input.len());
        }
        Ok(()) => {}
        Err(broken) => broken.tell(Rule::Torch7Structure, scan)?,
    }
    Ok(Reading::Done)
}

struct Walk {
    stream: Stream,
    /// How many objects are left in each table that is open.
    left: Vec<u64>,
    seen: u64,
    understood: u64,
    functions: u64,
}

impl Walk {
    fn run(&mut self, scan: &mut Scan) -> Result<(), Broken> {
        // The index of an object counts up; one that is not new is a reference.
        let mut known = 0;
        while let Some(left) = self.left.last_mut() {
            if *left == 0 {
                self.left.pop();
                continue;
            }
            *left -= 1;
            self.seen += 1;
            if self.seen > MOST_OBJECTS {
                return Err(Broken::Budget("there are more objects than are read".to_owned()));
            }
            self.object(&mut known, scan)?;
        }
        Ok(())
    }

    fn open(&mut self, count: u64) -> Result<(), Broken> {
        if self.left.len() >= MOST_OPEN {
            let at = self.stream.at();
            return Err(Broken::wrong(at, "Tables lie deeper in each other than any loader needs"));
        }
        self.left.push(count);
        Ok(())
    }

    fn object(&mut self, known: &mut i32, scan: &mut Scan) -> Result<(), Broken> {
        let at = self.stream.at();
        match self.stream.i32()? {
            0 => Ok(()),
            NUMBER => self.stream.skip(8),
            BOOLEAN => self.stream.skip(4),
            TEXT => self.text(at).map(|_| ()),
            kind @ (TABLE | OBJECT | 6..=8) => {
                let index = self.stream.i32()?;
                if index <= *known {
                    return Ok(());
                }
                *known = index;
                match kind {
                    TABLE => {
                        let count = self.stream.i32()?;
                        let Some(count) = u64::try_from(count)
                            .ok()
                            .filter(|count| count.saturating_mul(8) <= self.stream.left())
                        else {
                            let why = format!("A table counts {count} pairs, more than there are bytes");
                            return Err(Broken::wrong(at, why));
                        };
                        self.open(count * 2)
                    }
                    OBJECT => self.instance(at, scan),
                    _ => self.function(at, scan),
                }
            }
            kind => Err(Broken::wrong(at, format!("There is no type {kind} of objects"))),
        }
    }

    /// A text with its length.
    fn text(&mut self, at: u64) -> Result<String, Broken> {
        let len = self.stream.i32()?;
        match u64::try_from(len).ok().filter(|len| *len <= self.stream.left()) {
            Some(len) => self.stream.text(len, LONGEST_NAME),
            None => Err(Broken::wrong(at, format!("A text is {len} bytes long, beyond the file"))),
        }
    }

    /// Byte code, and the variables it holds.
    fn function(&mut self, at: u64, scan: &mut Scan) -> Result<(), Broken> {
        let len = self.stream.i32()?;
        let Some(len) = u64::try_from(len).ok().filter(|len| *len <= self.stream.left()) else {
            return Err(Broken::wrong(at, format!("A function is {len} bytes long, beyond the file")));
        };
        self.stream.skip(len)?;
        self.functions += 1;
        if self.functions == 1 {
            scan.does(Capability::CodeExecution);
            let title = "A Lua function is in the file, as byte code";
            let rule = Rule::Torch7Function;
            scan.find(Finding::new(rule, Severity::High, Confidence::Medium, title, at));
        }
        self.open(1)
    }

    /// An object of a class: a tensor, a storage, or a table of fields.
    fn instance(&mut self, at: u64, scan: &mut Scan) -> Result<(), Broken> {
        let version = self.text(at)?;
        let class = if version.starts_with("V ") { self.text(at)? } else { version };
        let kind =
            class.strip_prefix("torch.").and_then(|class| class.split_once("Tensor").map(|(kind, _)| kind));
        if let Some(kind) = kind {
            return self.tensor(kind, scan);
        }
        let storage = class.strip_prefix("torch.").and_then(|class| class.strip_suffix("Storage"));
        if let Some(kind) = storage {
            return self.storage(kind, at, scan);
        }
        scan.fact(About::Metadata, "class", shortened(&class, 200));
        let known = ["nn.", "nngraph.", "cudnn.", "cunn.", "inn.", "optim."]
            .iter()
            .any(|prefix| class.starts_with(prefix));
        if !known {
            return Err(Broken::Budget(format!(
                "how the class {} is read is not known",
                shortened(&class, 80)
            )));
        }
        self.open(1)
    }

    fn tensor(&mut self, kind: &str, scan: &mut Scan) -> Result<(), Broken> {
        let at = self.stream.at();
        let sizes = self.stream.i32()?;
        if !(0..=MOST_SIZES).contains(&sizes) {
            return Err(Broken::wrong(at, format!("A tensor has {sizes} dimensions")));
        }
        let shape = (0..sizes).map(|_| self.stream.u64()).collect::<Result<Vec<u64>, _>>()?;
        self.stream.skip(u64::from(sizes.unsigned_abs()) * 8 + 8)?;
        scan.fact(About::Tensor, format!("at {at}"), shaped(kind, &shape));
        self.open(1)
    }

    fn storage(&mut self, kind: &str, at: u64, scan: &mut Scan) -> Result<(), Broken> {
        let width = match kind.trim_start_matches("Cuda") {
            "Byte" | "Char" => 1,
            "Short" | "Half" => 2,
            "Int" | "Float" | "" => 4,
            "Long" | "Double" => 8,
            _ => {
                return Err(Broken::Budget(format!(
                    "how a storage of {} is read is not known",
                    shortened(kind, 40)
                )));
            }
        };
        let count = self.stream.u64()?;
        let Some(len) = count.checked_mul(width).filter(|len| *len <= self.stream.left()) else {
            return Err(Broken::wrong(at, format!("A storage of {count} numbers reaches beyond the file")));
        };
        let start = self.stream.at();
        self.stream.skip(len)?;
        scan.understood(self.understood..start);
        tell_numbers(start..start + len, scan);
        self.understood = start + len;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::reads_to_an_end;

    const FILE: &[u8] = include_bytes!("../../fixtures/spare/tensors-others/model.t7");

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
