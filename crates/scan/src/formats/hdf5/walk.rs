//! The objects of an HDF5 file, each visited once however many links lead to it. It reads headers only and follows no link
//! out of the file.

use std::collections::{BTreeSet, VecDeque};
use std::io;

use casemate_core::{Confidence, Severity};
use hdf5_reader::Storage as _;
use hdf5_reader::error::Error;
use hdf5_reader::io::Cursor;
use hdf5_reader::messages::shared::SharedMessage;
use hdf5_reader::messages::{
    HdfMessage, MSG_ATTRIBUTE, MSG_DATASPACE, MSG_DATATYPE, MSG_FILL_VALUE, MSG_FILTER_PIPELINE,
};
use hdf5_reader::object_header::ObjectHeader;
use hdf5_reader::superblock::Superblock;

use super::storage::Recorder;
use crate::finding::Finding;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;

/// How many objects of a file are visited.
const MOST_OBJECTS: usize = 300_000;
/// How long the header of one object may be.
const LONGEST_HEADER: usize = 4 * 1024 * 1024;
/// How much of a path is kept.
const LONGEST_PATH: usize = 1_000;

/// A walk through a file.
pub(super) struct Walk<'a> {
    pub(super) file: &'a Recorder,
    pub(super) offset_size: u8,
    pub(super) length_size: u8,
    /// What the offsets in the file count from.
    pub(super) base: u64,
    pub(super) scan: &'a mut Scan,
    root: Option<u64>,
    end: u64,
    ahead: VecDeque<(u64, String)>,
    seen: BTreeSet<u64>,
    whole: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(file: &'a Recorder, superblock: &Superblock, base: u64, scan: &'a mut Scan) -> Self {
        let entry = superblock.root_symbol_table_entry.as_ref().map(|entry| entry.object_header_address);
        let mut walk = Self {
            file,
            offset_size: superblock.offset_size,
            length_size: superblock.length_size,
            base,
            scan,
            root: superblock.root_object_header_address.or(entry),
            end: 0,
            ahead: VecDeque::new(),
            seen: BTreeSet::new(),
            whole: true,
        };
        // The end may be counted with or without the user block.
        let ends = [superblock.eof_address, superblock.eof_address.saturating_sub(base)];
        walk.end = ends.into_iter().find(|end| *end <= file.len()).unwrap_or_else(|| {
            walk.missing("the file breaks off before the end that it names");
            file.len()
        });
        for address in [walk.root, superblock.extension_address].into_iter().flatten() {
            walk.later(address, String::new());
        }
        walk
    }

    /// Visits everything that the root leads to.
    pub(super) fn run(&mut self) -> io::Result<()> {
        if self.root.is_none() {
            self.missing("it names no root");
        }
        while let Some((address, path)) = self.ahead.pop_front() {
            match self.header(address) {
                Ok(header) => self.object(header, address, &path)?,
                Err(error) => self.unreadable(&error, address, &path),
            }
        }
        Ok(())
    }

    /// Whether everything was read that there is to read.
    pub(super) fn is_whole(&self) -> bool {
        self.whole
    }

    /// Where the file ends, according to itself.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// The file from its first block on.
    pub(super) fn input(&self) -> &Input {
        self.file.input()
    }

    /// Whether an address says that there is nothing.
    pub(super) fn is_nowhere(&self, address: u64) -> bool {
        Cursor::is_undefined_offset(address, self.offset_size)
    }

    /// Something that could not be read.
    pub(super) fn missing(&mut self, why: impl AsRef<str>) {
        self.whole = false;
        self.scan.gap(why);
    }

    /// An object to visit, if it was not yet.
    pub(super) fn later(&mut self, address: u64, path: String) {
        if self.is_nowhere(address) || !self.seen.insert(address) {
            return;
        }
        if self.seen.len() > MOST_OBJECTS {
            self.missing("there are more objects than are read");
            return;
        }
        self.ahead.push_back((address, path));
    }

    /// The path of a child.
    pub(super) fn below(path: &str, name: &str) -> String {
        let joined = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
        joined.chars().take(LONGEST_PATH).collect()
    }

    fn header(&self, address: u64) -> hdf5_reader::error::Result<ObjectHeader> {
        let (offset_size, length_size) = (self.offset_size, self.length_size);
        ObjectHeader::parse_at_storage_with_limit(
            self.file,
            address,
            offset_size,
            length_size,
            LONGEST_HEADER,
        )
    }

    /// A message that stands in the header of another object, such as a type that several objects share.
    fn shared(&self, message: HdfMessage) -> HdfMessage {
        let HdfMessage::Shared(SharedMessage::SharedInOhdr { message_type, address }) = message else {
            return message;
        };
        let found = self.header(address).ok().and_then(|header| {
            header.messages.into_iter().find(|found| match found {
                HdfMessage::Datatype(_) => message_type == MSG_DATATYPE,
                HdfMessage::Dataspace(_) => message_type == MSG_DATASPACE,
                HdfMessage::FillValue(_) => message_type == MSG_FILL_VALUE,
                HdfMessage::FilterPipeline(_) => message_type == MSG_FILTER_PIPELINE,
                HdfMessage::Attribute(_) => message_type == MSG_ATTRIBUTE,
                _ => false,
            })
        });
        found.unwrap_or(message)
    }

    fn object(&mut self, header: ObjectHeader, address: u64, path: &str) -> io::Result<()> {
        let messages: Vec<HdfMessage> =
            header.messages.into_iter().map(|message| self.shared(message)).collect();
        for message in &messages {
            match message {
                HdfMessage::SymbolTable(table) => {
                    self.tell_error(|walk| walk.old_group(table, path), path);
                }
                HdfMessage::Link(link) => self.link(link, path),
                HdfMessage::LinkInfo(info) => self.tell_error(|walk| walk.dense_links(info, path), path),
                HdfMessage::Attribute(attribute) => self.attribute(attribute, path),
                HdfMessage::AttributeInfo(info) => {
                    self.tell_error(|walk| walk.dense_attributes(info, path), path);
                }
                HdfMessage::ExternalFiles(files) => self.external_files(files, address, path),
                HdfMessage::Shared(_) => {
                    self.missing(format!("{}: a shared message cannot be resolved", shown(path)));
                }
                _ => {}
            }
        }
        self.data(&messages, address, path)
    }

    fn tell_error(&mut self, read: impl FnOnce(&mut Self) -> hdf5_reader::error::Result<()>, path: &str) {
        if let Err(error) = read(self) {
            self.missing(format!("{}: {error}", shown(path)));
        }
    }

    /// An object whose header cannot be read. One layout is known and not read: data put together from other files.
    fn unreadable(&mut self, error: &Error, address: u64, path: &str) {
        if matches!(innermost(error), Error::UnsupportedLayoutClass(3)) {
            let title = format!("The data of `{}` is put together from other data sets", shown(path));
            let rule = Rule::Hdf5VirtualDataset;
            let at = self.base.saturating_add(address);
            self.scan.find(Finding::new(rule, Severity::Medium, Confidence::High, title, at));
        }
        self.missing(format!("{}: {error}", shown(path)));
    }
}

/// The cause at the bottom of an error.
fn innermost(error: &Error) -> &Error {
    match error {
        Error::Context { source, .. } => innermost(source),
        other => other,
    }
}

/// A path as it is shown.
pub(super) fn shown(path: &str) -> &str {
    if path.is_empty() { "/" } else { path }
}
