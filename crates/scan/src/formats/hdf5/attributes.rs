//! The attributes of objects: text among them is what Keras keeps its model in. Other values are numbers of a few bytes and
//! are not looked at.

use hdf5_reader::error::Result;
use hdf5_reader::global_heap::GlobalHeapCollection;
use hdf5_reader::io::Cursor;
use hdf5_reader::messages::attribute::{self, AttributeMessage};
use hdf5_reader::messages::attribute_info::AttributeInfoMessage;
use hdf5_reader::{Datatype, StringSize, VarLenKind};

use super::walk::{Walk, shown};
use crate::fact::About;
use crate::format::Format;
use crate::input::Input;

/// Attributes of the root that say what wrote the file.
const TOLD: &[&str] = &["keras_version", "backend", "generator"];
/// How much of a told value is kept.
const LONGEST_TOLD: usize = 200;

impl Walk<'_> {
    /// The attributes of an object with many of them.
    pub(super) fn dense_attributes(&mut self, info: &AttributeInfoMessage, path: &str) -> Result<()> {
        for bytes in self.dense(info.fractal_heap_address, info.btree_name_index_address)? {
            let mut cursor = Cursor::new(&bytes);
            let attribute = attribute::parse(&mut cursor, self.offset_size, self.length_size, bytes.len())?;
            self.attribute(&attribute, path);
        }
        Ok(())
    }

    /// One attribute.
    pub(super) fn attribute(&mut self, attribute: &AttributeMessage, path: &str) {
        let text = match &attribute.datatype {
            Datatype::String { size: StringSize::Fixed(_), .. } => Some(attribute.raw_data.clone()),
            Datatype::String { .. } | Datatype::VarLen { kind: VarLenKind::String, .. } => {
                match self.heap_text(&attribute.raw_data) {
                    Ok(text) => Some(text),
                    Err(error) => {
                        self.missing(format!("the attribute {} of {}: {error}", attribute.name, shown(path)));
                        None
                    }
                }
            }
            _ => None,
        };
        let Some(text) = text else { return };
        let end = text.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let text = text.get(..end).unwrap_or_default();
        if TOLD.contains(&attribute.name.as_str()) && path.is_empty() {
            let value: String = String::from_utf8_lossy(text).chars().take(LONGEST_TOLD).collect();
            self.scan.fact(About::Metadata, &attribute.name, value);
        }
        if text.trim_ascii_start().starts_with(b"{") {
            if matches!(attribute.name.as_str(), "model_config" | "training_config") {
                self.scan.format(Format::KerasH5);
            }
            // The text stands in the file as well, where it was read with the header.
            let name = Self::below(path, &attribute.name);
            self.scan.member(&name, &Input::from(text.to_vec()), 0..0);
        }
    }

    /// Text that stands in the heap of the file; of several, one after the other.
    fn heap_text(&self, references: &[u8]) -> Result<Vec<u8>> {
        let mut text = Vec::new();
        let mut cursor = Cursor::new(references);
        let reference = 4 + u64::from(self.offset_size) + 4;
        while cursor.remaining() >= reference {
            let len = usize::try_from(cursor.read_u32_le()?).unwrap_or(usize::MAX);
            let address = cursor.read_offset(self.offset_size)?;
            let index = u16::try_from(cursor.read_u32_le()?).unwrap_or(u16::MAX);
            if index == 0 || self.is_nowhere(address) {
                continue;
            }
            let heap = GlobalHeapCollection::parse_at_storage(
                self.file,
                address,
                self.offset_size,
                self.length_size,
            )?;
            let data = heap.get_object(index).map(|object| object.data.as_slice()).unwrap_or_default();
            text.extend_from_slice(data.get(..len.min(data.len())).unwrap_or_default());
        }
        Ok(text)
    }
}
