//! R data: one object or a workspace, in the three forms that R writes. It is walked item by item; nothing is evaluated.

mod calls;
mod form;
#[cfg(test)]
mod tests;
mod told;
mod walk;

use std::io;

use casemate_core::{Confidence, Severity};

use self::form::{Form, Kind};
use self::told::Told;
use self::walk::Walk;
use super::stream::{Broken, Stream};
use super::{Reader, Reading};
use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

/// By the mark of a workspace, or by the form and version of an object.
pub(crate) const READER: Reader = Reader { format: Format::Rds, fit, read };

/// The marks of workspaces.
const WORKSPACES: [&[u8]; 6] = [b"RDX2\n", b"RDX3\n", b"RDA2\n", b"RDA3\n", b"RDB2\n", b"RDB3\n"];

fn fit(sniff: &Sniff<'_>) -> Fit {
    let object = match sniff.head.split_at_checked(2) {
        Some((b"X\n", rest)) => matches!(rest.get(..4), Some([0, 0, 0, 2 | 3])),
        Some((b"B\n", rest)) => matches!(rest.get(..4), Some([2 | 3, 0, 0, 0])),
        Some((b"A\n", rest)) => {
            matches!(rest.get(..2), Some(b"2\n" | b"3\n"))
                && rest.get(2..7).is_some_and(|digits| digits.iter().all(u8::is_ascii_digit))
        }
        _ => false,
    };
    Fit::certain_if(object || WORKSPACES.iter().any(|mark| sniff.begins(mark)))
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let workspace = input.head(5)?.starts_with(b"RD");
    let start = if workspace { 5 } else { 0 };
    if workspace {
        scan.format(Format::Rda);
    }
    let mut told = Told::default();
    let result = whole(input, start, &mut told, scan);
    told.tell(scan);
    match result {
        Ok(end) if end < input.len() => behind(input, end, scan),
        Ok(_) => {}
        Err(broken) => broken.tell(Rule::RStructure, scan)?,
    }
    Ok(Reading::Done)
}

fn whole(input: &Input, start: u64, told: &mut Told, scan: &mut Scan) -> Result<u64, Broken> {
    let mut stream = Stream::new(input, start);
    let kind = match &stream.array::<2>()? {
        b"X\n" => Kind::Xdr,
        b"A\n" => Kind::Text,
        b"B\n" => Kind::Native,
        _ => return Err(Broken::wrong(start, "The form of the data is not known")),
    };
    let mut form = Form::new(stream, kind);
    let version = form.int()?;
    if !(2..=3).contains(&version) {
        return Err(Broken::wrong(start + 2, format!("The version of the data is {version}")));
    }
    let writer = form.int()?.cast_unsigned();
    form.int()?;
    let by = format!("R {}.{}.{}", writer >> 16, writer >> 8 & 0xff, writer & 0xff);
    scan.fact(About::Metadata, "written by", by);
    if version == 3 {
        let len = form.length()?;
        form.text(len)?;
    }
    scan.understood(0..form.stream.at());
    Walk::new(form, start > 0, told).run()
}

/// What follows the object: a line's end of text, or something hidden.
fn behind(input: &Input, end: u64, scan: &mut Scan) {
    let rest = end..input.len();
    let blank = rest.end - rest.start <= 2
        && input.bytes(rest.start, rest.end - rest.start).is_ok_and(|bytes| bytes.trim_ascii().is_empty());
    if blank {
        scan.understood(rest);
        return;
    }
    let title = format!("{} bytes follow the data", rest.end - rest.start);
    scan.find(Finding::new(Rule::RTrailingData, Severity::Medium, Confidence::High, title, end));
    scan.member("bytes behind the data", &input.rest(end), rest);
}
