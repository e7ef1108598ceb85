//! Where the data of a data set lies, and what it is. Numbers are passed over; bytes without a meaning of their own are
//! read as whatever they are.

use std::io;

use hdf5_reader::Storage as _;
use hdf5_reader::chunk_index::{
    ChunkEntry, collect_implicit_chunk_entries, collect_v2_chunk_entries_storage,
};
use hdf5_reader::error::{Error, Result};
use hdf5_reader::extensible_array::collect_extensible_array_chunk_entries_storage;
use hdf5_reader::fixed_array::collect_fixed_array_chunk_entries_storage;
use hdf5_reader::io::Cursor;
use hdf5_reader::messages::HdfMessage;
use hdf5_reader::messages::dataspace::DataspaceMessage;
use hdf5_reader::messages::layout::{ChunkIndexing, DataLayout};
use hdf5_reader::{Datatype, StringSize, dtype_element_size};

use super::walk::{Walk, shown};
use crate::fact::About;
use crate::formats::looks_harmful;

/// How many chunks of one data set are followed by an index that is read at once.
const MOST_CHUNKS: u64 = 500_000;
/// How deep and how large the tree of chunks may be.
const DEEPEST: u32 = 20;
const MOST_NODES: usize = 2_000_000;

/// What a header says about data.
struct Data<'m> {
    space: &'m DataspaceMessage,
    datatype: &'m Datatype,
    layout: &'m DataLayout,
}

impl<'m> Data<'m> {
    fn of(messages: &'m [HdfMessage]) -> Option<Self> {
        let (mut space, mut datatype, mut layout) = (None, None, None);
        for message in messages {
            match message {
                HdfMessage::Dataspace(message) => space = Some(message),
                HdfMessage::Datatype(message) => datatype = Some(&message.datatype),
                HdfMessage::DataLayout(message) => layout = Some(&message.layout),
                _ => {}
            }
        }
        Some(Self { space: space?, datatype: datatype?, layout: layout? })
    }

    /// Whether every value is a number.
    fn is_numbers(&self) -> bool {
        is_number(self.datatype)
    }

    /// How many bytes one value takes and all of them take.
    fn sizes(&self) -> Option<(u64, u64)> {
        let element = dtype_element_size(self.datatype).ok().and_then(|size| u64::try_from(size).ok())?;
        let count = self.space.num_elements().ok()?;
        Some((element, count.checked_mul(element)?))
    }
}

impl Walk<'_> {
    /// The data of an object, if it has any.
    pub(super) fn data(&mut self, messages: &[HdfMessage], address: u64, path: &str) -> io::Result<()> {
        let Some(data) = Data::of(messages) else {
            let has_layout = messages.iter().any(|message| matches!(message, HdfMessage::DataLayout(_)));
            if has_layout {
                self.missing(format!("{}: its type or shape cannot be read", shown(path)));
            }
            return Ok(());
        };
        self.scan.fact(About::Tensor, path, format!("{} {:?}", name(data.datatype), data.space.dims));
        match data.layout {
            DataLayout::Compact { data: bytes } => {
                // It stands in the header, which was read.
                let _ = (bytes, address);
                Ok(())
            }
            DataLayout::Contiguous { address, size } => self.stretch(&data, *address, *size, path),
            DataLayout::Chunked { address, .. } if self.is_nowhere(*address) => Ok(()),
            DataLayout::Chunked { .. } => {
                if let Err(error) = self.chunks(&data) {
                    self.missing(format!("{}: {error}", shown(path)));
                }
                Ok(())
            }
        }
    }

    /// Data in one stretch.
    fn stretch(&mut self, data: &Data<'_>, address: u64, size: u64, path: &str) -> io::Result<()> {
        if self.is_nowhere(address) || size == 0 {
            return Ok(());
        }
        let Some(part) = self.input().slice(address, size) else {
            self.missing(format!("{}: its data goes beyond the end of the file", shown(path)));
            return Ok(());
        };
        let span = self.base + address..self.base + address + size;
        let single_bytes = matches!(data.sizes(), Some((1, _)))
            || matches!(data.datatype, Datatype::Opaque { .. } | Datatype::VarLen { .. });
        if single_bytes && looks_harmful(path, &part, self.scan)? {
            self.scan.member(shown(path), &part, span);
        } else if data.is_numbers() {
            self.scan.numbers(span);
        } else {
            self.scan.understood(span);
        }
        Ok(())
    }

    fn chunks(&mut self, data: &Data<'_>) -> Result<()> {
        let DataLayout::Chunked { address, dims, element_size, chunk_indexing } = data.layout else {
            return Ok(());
        };
        // Newer layouts count the bytes of a value as one more dimension.
        let dims = dims.get(..data.space.dims.len()).unwrap_or(dims);
        let element = u64::from(*element_size);
        let product = dims.iter().try_fold(element, |product, dim| product.checked_mul(u64::from(*dim)));
        let chunk = product.ok_or_else(|| Error::Other("its chunks are too large".to_owned()))?;
        let Some(indexing) = chunk_indexing else {
            let mut nodes = 0;
            return self.tree(data, *address, dims.len() + 1, DEEPEST, &mut nodes);
        };
        let count = data.sizes().map_or(u64::MAX, |(_, all)| all / chunk.max(1));
        if count > MOST_CHUNKS {
            return Err(Error::Other("its data is in more pieces than are followed".to_owned()));
        }
        for entry in self.indexed(data, *address, dims, *element_size, indexing)? {
            let size = if entry.size == 0 { chunk } else { entry.size };
            self.piece(data, entry.address, size)?;
        }
        Ok(())
    }

    fn indexed(
        &self,
        data: &Data<'_>,
        address: u64,
        dims: &[u32],
        element: u32,
        indexing: &ChunkIndexing,
    ) -> Result<Vec<ChunkEntry>> {
        let (offset_size, length_size) = (self.offset_size, self.length_size);
        let shape = data.space.dims.as_slice();
        match indexing {
            ChunkIndexing::SingleChunk { filtered_size, .. } => {
                Ok(vec![ChunkEntry { address, size: *filtered_size, filter_mask: 0, offsets: Vec::new() }])
            }
            ChunkIndexing::Implicit => {
                let element = usize::try_from(element).unwrap_or(usize::MAX);
                collect_implicit_chunk_entries(address, shape, dims, element, None, self.file.len())
            }
            ChunkIndexing::FixedArray { .. } => collect_fixed_array_chunk_entries_storage(
                self.file,
                address,
                offset_size,
                length_size,
                shape,
                dims,
                None,
            ),
            ChunkIndexing::ExtensibleArray { .. } => collect_extensible_array_chunk_entries_storage(
                self.file,
                address,
                offset_size,
                length_size,
                shape,
                data.space.max_dims.as_deref(),
                dims,
                None,
            ),
            ChunkIndexing::BTreeV2 => {
                let rank = u32::try_from(shape.len()).unwrap_or(u32::MAX);
                collect_v2_chunk_entries_storage(
                    self.file,
                    address,
                    offset_size,
                    length_size,
                    rank,
                    dims,
                    None,
                )
            }
        }
    }

    /// A tree of chunks of the first kind, a node at a time: there may be millions.
    fn tree(
        &mut self,
        data: &Data<'_>,
        address: u64,
        rank: usize,
        depth: u32,
        nodes: &mut usize,
    ) -> Result<()> {
        *nodes += 1;
        if depth == 0 || *nodes > MOST_NODES {
            return Err(Error::Other("its data is in more pieces than are followed".to_owned()));
        }
        let head = 8 + 2 * usize::from(self.offset_size);
        let bytes = self.file.read_range(address, head)?;
        let (level, count) = match *bytes {
            [b'T', b'R', b'E', b'E', 1, level, low, high, ..] => {
                (level, usize::from(u16::from_le_bytes([low, high])))
            }
            _ => return Err(Error::InvalidBTreeSignature),
        };
        let key = 8 + 8 * rank;
        let len = head + count * (key + usize::from(self.offset_size)) + key;
        let bytes = self.file.read_range(address, len)?;
        let mut cursor = Cursor::new(&bytes);
        cursor.skip(head)?;
        for _ in 0..count {
            let size = u64::from(cursor.read_u32_le()?);
            cursor.skip(key - 4)?;
            let child = cursor.read_offset(self.offset_size)?;
            if level == 0 {
                self.piece(data, child, size)?;
            } else {
                self.tree(data, child, rank, depth - 1, nodes)?;
            }
        }
        Ok(())
    }

    /// One chunk.
    fn piece(&mut self, data: &Data<'_>, address: u64, size: u64) -> Result<()> {
        if self.is_nowhere(address) {
            return Ok(());
        }
        if self.input().slice(address, size).is_none() {
            return Err(Error::OffsetOutOfBounds(address));
        }
        let span = self.base + address..self.base + address + size;
        if data.is_numbers() {
            self.scan.numbers(span);
        } else {
            self.scan.understood(span);
        }
        Ok(())
    }
}

fn is_number(datatype: &Datatype) -> bool {
    match datatype {
        Datatype::FixedPoint { .. }
        | Datatype::FloatingPoint { .. }
        | Datatype::Bitfield { .. }
        | Datatype::Reference { .. } => true,
        Datatype::Enum { base, .. } | Datatype::Array { base, .. } => is_number(base),
        Datatype::Compound { fields, .. } => fields.iter().all(|field| is_number(&field.datatype)),
        _ => false,
    }
}

/// The type as NumPy would name it.
fn name(datatype: &Datatype) -> String {
    match datatype {
        Datatype::FixedPoint { size, signed, .. } => {
            format!("{}{}", if *signed { "int" } else { "uint" }, u32::from(*size) * 8)
        }
        Datatype::FloatingPoint { size, .. } => format!("float{}", u32::from(*size) * 8),
        Datatype::String { size: StringSize::Fixed(size), .. } => format!("string{size}"),
        Datatype::String { .. } => "string".to_owned(),
        Datatype::Enum { .. } => "enum".to_owned(),
        Datatype::Compound { .. } => "compound".to_owned(),
        Datatype::Array { base, dims } => format!("{}{dims:?}", name(base)),
        Datatype::VarLen { .. } => "variable".to_owned(),
        Datatype::Opaque { size, .. } => format!("opaque{size}"),
        Datatype::Reference { .. } => "reference".to_owned(),
        Datatype::Bitfield { .. } => "bits".to_owned(),
    }
}
