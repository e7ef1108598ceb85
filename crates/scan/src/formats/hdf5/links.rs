//! The links of a group, in the three forms there are. Links out of the file are told and never followed; links within
//! it lead to objects that are visited anyway.

use casemate_core::{Confidence, Severity};
use hdf5_reader::Storage as _;
use hdf5_reader::btree_v1::collect_btree_v1_leaves_storage;
use hdf5_reader::btree_v2::{BTreeV2Header, BTreeV2Record, collect_btree_v2_records_storage};
use hdf5_reader::error::Result;
use hdf5_reader::fractal_heap::{FractalHeap, FractalHeapDirectBlockCache};
use hdf5_reader::io::Cursor;
use hdf5_reader::local_heap::LocalHeap;
use hdf5_reader::messages::external_files::ExternalFilesMessage;
use hdf5_reader::messages::link::{self, LinkMessage, LinkTarget};
use hdf5_reader::messages::link_info::LinkInfoMessage;
use hdf5_reader::messages::symbol_table_msg::SymbolTableMessage;
use hdf5_reader::symbol_table::SymbolTableNode;

use super::walk::{Walk, shown};
use crate::fact::About;
use crate::finding::Finding;
use crate::formats::names::leads_out;
use crate::rule::Rule;

/// The file names of one data set that are told.
const TOLD_FILES: usize = 20;

impl Walk<'_> {
    /// The members of a group of the first kind.
    pub(super) fn old_group(&mut self, table: &SymbolTableMessage, path: &str) -> Result<()> {
        let (offset_size, length_size) = (self.offset_size, self.length_size);
        let heap = LocalHeap::parse_at_storage(self.file, table.heap_address, offset_size, length_size)?;
        let leaves = collect_btree_v1_leaves_storage(
            self.file,
            table.btree_address,
            offset_size,
            length_size,
            None,
            &[],
            None,
        )?;
        let entry = 2 * usize::from(offset_size) + 4 + 4 + 16;
        for (_, address) in leaves {
            let head = self.file.read_range(address, 8)?;
            let count = match *head {
                [b'S', b'N', b'O', b'D', _, _, low, high] => usize::from(u16::from_le_bytes([low, high])),
                _ => 0,
            };
            let bytes = self.file.read_range(address, 8 + count * entry)?;
            let node = SymbolTableNode::parse(&mut Cursor::new(&bytes), offset_size, length_size)?;
            for entry in node.entries {
                // Kind 2 is a link by path within the file.
                if entry.cache_type != 2 {
                    let name = heap.get_string_storage(entry.link_name_offset, self.file)?;
                    self.later(entry.object_header_address, Self::below(path, &name));
                }
            }
        }
        // The names stand in one stretch, with the space that is left between them.
        if let Ok(len) = usize::try_from(heap.data_segment_size) {
            self.file.read_range(heap.data_segment_address, len)?;
        }
        Ok(())
    }

    /// The links of a large group.
    pub(super) fn dense_links(&mut self, info: &LinkInfoMessage, path: &str) -> Result<()> {
        for bytes in self.dense(info.fractal_heap_address, info.btree_name_index_address)? {
            let mut cursor = Cursor::new(&bytes);
            let link = link::parse(&mut cursor, self.offset_size, self.length_size, bytes.len())?;
            self.link(&link, path);
        }
        Ok(())
    }

    /// The things of one kind that an object has too many of for its header.
    pub(super) fn dense(&mut self, heap: u64, index: u64) -> Result<Vec<Vec<u8>>> {
        if self.is_nowhere(heap) || self.is_nowhere(index) {
            return Ok(Vec::new());
        }
        let (offset_size, length_size) = (self.offset_size, self.length_size);
        let heap = FractalHeap::parse_at_storage(self.file, heap, offset_size, length_size)?;
        let header = BTreeV2Header::parse_at_storage(self.file, index, offset_size, length_size)?;
        let records =
            collect_btree_v2_records_storage(self.file, &header, offset_size, length_size, None, &[], None)?;
        let mut blocks = FractalHeapDirectBlockCache::default();
        let mut things = Vec::new();
        for record in records {
            let (BTreeV2Record::LinkNameHash { heap_id, .. }
            | BTreeV2Record::AttributeNameHash { heap_id, .. }) = record
            else {
                continue;
            };
            things.push(heap.get_object_storage_cached(
                &heap_id,
                self.file,
                offset_size,
                length_size,
                &mut blocks,
            )?);
        }
        Ok(things)
    }

    /// A link of a group.
    pub(super) fn link(&mut self, link: &LinkMessage, path: &str) {
        let name = Self::below(path, &link.name);
        match &link.target {
            LinkTarget::Hard { address } => self.later(*address, name),
            LinkTarget::Soft { .. } => {}
            LinkTarget::External { filename, path } => {
                self.scan.fact(About::NeedsFile, filename, "");
                let title = format!("`{name}` is a link to `{path}` in another file, `{filename}`");
                let severity = if leads_out(filename).is_some() { Severity::High } else { Severity::Medium };
                self.scan.find(
                    Finding::new(Rule::Hdf5ExternalLink, severity, Confidence::High, title, self.base)
                        .cve("CVE-2026-1669"),
                );
            }
        }
    }

    /// Data that lies in other files.
    pub(super) fn external_files(&mut self, files: &ExternalFilesMessage, address: u64, path: &str) {
        let (offset_size, length_size) = (self.offset_size, self.length_size);
        let heap = LocalHeap::parse_at_storage(self.file, files.heap_address, offset_size, length_size);
        for slot in files.slots.iter().take(TOLD_FILES) {
            let name =
                heap.as_ref().ok().and_then(|heap| heap.get_string_storage(slot.name_offset, self.file).ok());
            let name = name.unwrap_or_else(|| "a file whose name cannot be read".to_owned());
            self.scan.fact(About::NeedsFile, &name, "");
            let title = format!("The data of `{}` is read from another file, `{name}`", shown(path));
            let at = self.base.saturating_add(address);
            self.scan.find(
                Finding::new(Rule::Hdf5ExternalStorage, Severity::High, Confidence::High, title, at)
                    .cve("CVE-2026-1669"),
            );
        }
    }
}
