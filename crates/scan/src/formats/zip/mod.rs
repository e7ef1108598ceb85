//! Zip archives, by both of their views: the directory at the end, and the headers before the data. Programs believe
//! one or the other, so every disagreement is a finding. Nothing is unpacked to disk under a name from the archive.

mod bytes;
mod check;
mod directory;
pub(crate) mod kinds;
mod layout;
mod local;
mod member;

use std::collections::BTreeSet;
use std::io;

use casemate_core::{Confidence, Severity};

pub(crate) use self::directory::Entry;
pub(crate) use self::member::{Member, Opened};
use crate::finding::Finding;
use crate::format::Format;
use crate::formats::{Reader, Reading, executable};
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

/// Zip archives, wherever in a file they are.
pub(crate) const READER: Reader = Reader { format: Format::Zip, fit, read };

fn fit(sniff: &Sniff<'_>) -> Fit {
    if sniff.begins(local::SIGNATURE) || sniff.begins(directory::END) {
        return Fit::Certain;
    }
    // Something before the archive does not keep programs from opening it.
    let mut records = directory::records(sniff.tail(), sniff.input.len()).into_iter();
    let found = records.any(|record| {
        directory::read(sniff.input, record, 1).is_ok_and(|found| {
            found.is_some_and(|directory| {
                directory.entries.first().is_some_and(|entry| {
                    local::read(sniff.input, entry.header).is_ok_and(|local| local.is_some())
                })
            })
        })
    });
    if found { Fit::Behind } else { Fit::No }
}

/// Reads an archive and everything in it.
pub(crate) fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let records = directory::records(&input.tail(TAIL)?, input.len());
    let most = scan.limits.members;
    let mut found = Vec::new();
    for record in records {
        for view in directory::views(input, record, most)? {
            if !found.iter().any(|other: &directory::Directory| other.start == view.start) {
                found.push(view);
            }
        }
    }
    let mut found = found.into_iter();
    let Some(mut directory) = found.next() else {
        return headless(input, scan);
    };
    let members = members(input, &mut directory, scan)?;
    check::directory(&directory, &members, scan);
    let mut others: Vec<_> = found.filter(|other| !layout::is_within(other, &members, input)).collect();
    let further = further(input, &members, &mut others, scan)?;
    layout::read(input, &directory, &members, &others, &further, scan)?;
    kinds::read(input, &members, scan)?;
    kinds::further(input, &further, scan)?;
    if executable::is_program(input)? {
        let model = members.iter().any(|member| member.entry.name().ends_with(".gguf"));
        let title = "It runs as a program and opens as a zip archive";
        scan.find(Finding::new(Rule::Polyglot, Severity::Medium, Confidence::High, title, 0));
        scan.format(if model { Format::Llamafile } else { Format::Executable });
    }
    Ok(Reading::Done)
}

/// The members of an archive that is wanted for what is in it, by its last directory.
pub(crate) fn contents(input: &Input, scan: &mut Scan) -> io::Result<Vec<Member>> {
    let records = directory::records(&input.tail(TAIL)?, input.len());
    for record in records {
        if let Some(mut directory) = directory::read(input, record, scan.limits.members)? {
            return members(input, &mut directory, scan);
        }
    }
    Err(io::Error::new(io::ErrorKind::InvalidData, "it is a zip without a directory"))
}

const TAIL: usize = 64 * 1024 + 22;
/// How many directories are read besides the first.
const MOST_DIRECTORIES: usize = 4;

/// An archive without a directory: programs that read from the start still open it.
fn headless(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    if input.array::<4>(0)? != *local::SIGNATURE {
        return Ok(Reading::NotThis);
    }
    let title = "The archive has no directory; its members are read by their headers";
    scan.find(Finding::new(Rule::ZipNoDirectory, Severity::Medium, Confidence::High, title, 0));
    scan.gap("the archive breaks off before its directory");
    layout::hidden(input, 0..input.len(), scan)?;
    Ok(Reading::Done)
}

/// The members that only further directories list.
fn further(
    input: &Input,
    members: &[Member],
    others: &mut [directory::Directory],
    scan: &mut Scan,
) -> io::Result<Vec<Member>> {
    let mut known: BTreeSet<u64> = members.iter().map(|member| member.entry.header).collect();
    let mut further = Vec::new();
    for other in others.iter_mut().take(MOST_DIRECTORIES) {
        check::several(other, scan);
        let found = self::members(input, other, scan)?;
        further.extend(found.into_iter().filter(|member| known.insert(member.entry.header)));
    }
    if others.len() > MOST_DIRECTORIES {
        scan.gap("the archive has more directories than are read");
    }
    Ok(further)
}

/// The members by their entries, each held against its local header. They take the entries over: there may be many.
fn members(input: &Input, directory: &mut directory::Directory, scan: &mut Scan) -> io::Result<Vec<Member>> {
    let entries = std::mem::take(&mut directory.entries);
    let format = kinds::format(&entries.iter().map(Entry::name).collect::<Vec<String>>());
    let mut members = Vec::with_capacity(entries.len());
    for entry in entries {
        match local::read(input, entry.header)? {
            Some(local) => {
                check::member(&entry, &local, format, input, scan);
                members.push(Member::new(entry, &local));
            }
            None => {
                let title = format!("The directory lists `{}`, which has no header there", entry.name());
                let rule = Rule::ZipMissingMember;
                scan.find(Finding::new(rule, Severity::Medium, Confidence::High, title, entry.at));
                scan.gap(format!("{} is not where the directory says", entry.name()));
            }
        }
    }
    Ok(members)
}
