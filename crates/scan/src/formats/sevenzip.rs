//! 7-Zip archives. The format packs members together, so they are unpacked in turn. An encrypted archive cannot be read,
//! which is no error.

use std::io::{self, Read};

use casemate_core::{Confidence, Severity};
use sevenz_rust2::{ArchiveReader, Error, Password};

use crate::finding::Finding;
use crate::format::Format;
use crate::formats::names::leads_out;
use crate::formats::{Reader, Reading, packed};
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::Fit;

/// The most memory that unpacking may take, in KiB.
const MOST_MEMORY: usize = 40 * 1024;

/// 7-Zip archives by their magic.
pub(crate) const READER: Reader = Reader {
    format: Format::SevenZip,
    fit: |sniff| Fit::certain_if(sniff.begins(b"7z\xbc\xaf\x27\x1c")),
    read,
};

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    // Members are packed together: as long as all are read, all bytes are.
    let mut archive =
        match ArchiveReader::new_with_memory_limit(input.cursor(), Password::empty(), MOST_MEMORY) {
            Ok(archive) => archive,
            Err(error) => {
                scan.gap(why(&error));
                return Ok(Reading::Done);
            }
        };
    archive.set_thread_count(1);
    let packed = input.len();
    let mut failed = None;
    let result = archive.for_each_entries(|entry, stream| match member(entry, stream, packed, scan) {
        Ok(()) => Ok(true),
        Err(error) => {
            failed = Some(error);
            Ok(false)
        }
    });
    if let Some(error) = failed {
        return Err(error);
    }
    match result {
        Ok(()) => {
            let end = end(input)?;
            scan.understood(0..end);
            packed::behind(input, end, scan)?;
        }
        Err(error) => scan.gap(why(&error)),
    }
    Ok(Reading::Done)
}

/// Where the archive ends: behind its header at the end, which the one at the start points to.
fn end(input: &Input) -> io::Result<u64> {
    let [offset, len] = [12, 20].map(|at| input.array(at).map(u64::from_le_bytes));
    let end = offset?.saturating_add(len?).saturating_add(32);
    Ok(end.min(input.len()))
}

fn member(
    entry: &sevenz_rust2::ArchiveEntry,
    stream: &mut dyn Read,
    packed: u64,
    scan: &mut Scan,
) -> io::Result<()> {
    let name = entry.name();
    if let Some(how) = leads_out(name) {
        let title = format!("The name `{name}` {how}");
        scan.find(Finding::new(Rule::ArchiveTraversal, Severity::High, Confidence::High, title, 0));
    }
    if entry.is_directory() || !entry.has_stream() {
        return Ok(());
    }
    let data = scan.unpack(stream, packed, name)?;
    scan.member(name, &data, 0..packed);
    Ok(())
}

fn why(error: &Error) -> String {
    match error {
        Error::PasswordRequired | Error::MaybeBadPassword(_) => "it is encrypted".to_owned(),
        Error::MaxMemLimited { .. } => "unpacking it takes more memory than is allowed".to_owned(),
        Error::UnsupportedCompressionMethod(method) => {
            format!("it is packed by a method that is not read: {method}")
        }
        other => format!("the archive is broken: {other}"),
    }
}
