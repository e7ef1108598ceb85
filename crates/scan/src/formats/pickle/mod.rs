//! Pickle streams of protocols 0 to 5, run on an abstract machine that builds no object and calls nothing.
//! The machine says what happened; `findings` says what that means.

mod budget;
mod call;
mod findings;
mod framing;
mod machine;
mod memo;
mod names;
mod nested;
mod opcode;
mod reader;
mod streams;
#[cfg(test)]
mod tests;
mod trace;
mod value;

use std::io::{Read, Seek};

pub use budget::Limits;

use crate::verdict::Report;

/// Reads a pickle file and says what loading it could do.
pub fn scan_pickle<R: Read + Seek>(source: R, limits: &Limits) -> Report {
    findings::report(&streams::read(source, limits))
}
