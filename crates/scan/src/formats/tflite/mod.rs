//! TensorFlow Lite: a flatbuffer, sometimes with buffers behind it, sometimes with an archive of labels. The archive is
//! left to whoever reads archives.

mod model;
mod ops;
#[cfg(test)]
mod tests;

use std::io;

use casemate_core::{Confidence, Severity};

use super::flatbuffer::Flatbuffer;
use super::tensors::is_padding;
use super::{Reader, Reading, zip};
use crate::finding::Finding;
use crate::format::Format;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

/// By the identifier of its schema.
pub(crate) const READER: Reader = Reader { format: Format::TfLite, fit, read };

fn fit(sniff: &Sniff<'_>) -> Fit {
    Fit::certain_if(sniff.has_at(4, b"TFL3"))
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let mut fb = Flatbuffer::new(input);
    model::read(&mut fb, input.len(), scan);
    let end = fb.end();
    fb.conclude(end, scan)?;
    let rest = end..input.len();
    if is_padding(input, &rest)? {
        scan.understood(rest);
    } else if (zip::READER.fit)(&Sniff::new("", input)?) == Fit::No {
        let title = format!("{} bytes follow the model", rest.end - rest.start);
        scan.find(Finding::new(Rule::TfliteTrailingData, Severity::Medium, Confidence::High, title, end));
        scan.member("bytes behind the model", &input.rest(end), rest);
    }
    Ok(Reading::Done)
}
