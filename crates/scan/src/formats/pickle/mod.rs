//! Pickle streams of protocols 0 to 5, run on an abstract machine that builds no object and calls nothing.
//! The machine says what happened; `findings` says what that means.

mod arrays;
mod budget;
mod call;
mod contain;
mod cves;
mod escapes;
mod fill;
mod findings;
mod framing;
mod machine;
mod memo;
mod names;
mod nested;
mod numbers;
mod opcode;
mod packages;
mod reader;
mod seen;
mod streams;
#[cfg(test)]
mod tests;
mod trace;
pub(crate) mod tree;
mod value;

use std::io;

pub(crate) use arrays::{dtype, item as storage_item};
pub use budget::PickleLimits;
pub(crate) use nested::TORCH;
pub use seen::{Ending, Seen, seen};
pub(crate) use streams::Outcome;
pub(crate) use trace::Storage;
pub(crate) use value::{Dtype, Span};

use crate::format::Format;
use crate::formats::{Reader, Reading, torch};
use crate::input::Input;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

/// Pickles by their protocol byte, or by what running them shows.
pub(crate) const READER: Reader = Reader { format: Format::Pickle, fit, read };

fn fit(sniff: &Sniff<'_>) -> Fit {
    match *sniff.head {
        [0x80, protocol, ..] if protocol <= 5 => Fit::Certain,
        [first, ..] => Fit::maybe_if(opcode::Op::of(first).is_some()),
        [] => Fit::No,
    }
}

/// Reads pickle streams. Text can begin like one: without a protocol byte it has to run to its end, or do something
/// dangerous before it breaks.
pub(crate) fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let outcome = streams::read(input.cursor(), &scan.limits.pickle);
    if let Some(error) = outcome.failed {
        return Err(error);
    }
    if input.array::<1>(0)? != [0x80] && !outcome.is_plausible() {
        return Ok(Reading::NotThis);
    }
    findings::tell(&outcome, scan);
    if !outcome.trace.arrays.is_empty() || !outcome.trace.objects.is_empty() {
        scan.format(Format::Joblib);
    }
    for span in &outcome.large {
        if let Some(part) = input.slice(span.offset, span.len) {
            scan.member(&format!("value at {}", span.offset), &part, span.offset..span.offset + span.len);
        }
    }
    torch::tell_magic(input, &outcome, scan)?;
    if let Some(from) = outcome.trailing
        && torch::behind_pickles(input, from, &outcome.trace.storages, scan)?
    {
        return Ok(Reading::Done);
    }
    findings::tell_trailing(&outcome, scan);
    Ok(Reading::Done)
}

/// Reads pickle streams whose persistent ids mean something to whoever calls this.
pub(crate) fn read_with_ids(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let mut outcome = streams::read(input.cursor(), &scan.limits.pickle);
    if let Some(error) = outcome.failed {
        return Err(error);
    }
    outcome.trace.notes.remove(&trace::Note::PersistentId);
    findings::tell(&outcome, scan);
    findings::tell_trailing(&outcome, scan);
    Ok(Reading::Done)
}

/// How much of something that should be numbers is run before it must have shown that it is a pickle.
const GLANCE: u64 = 4096;

/// Whether something that should be numbers is a pickle that does harm. Numbers break the machine within a few opcodes.
pub(crate) fn is_harmful(input: &Input, scan: &Scan) -> bool {
    let glance = input.slice(0, input.len().min(GLANCE)).unwrap_or_else(|| input.clone());
    let first = streams::read(glance.cursor(), &scan.limits.pickle);
    if first.trace.is_dangerous() {
        return true;
    }
    first.runs_on() && streams::read(input.cursor(), &scan.limits.pickle).trace.is_dangerous()
}
