//! Where a tensor lies in a sealed safetensors file, from its header alone. Nothing but the header is opened for that, and
//! its length is not believed before it is bounded.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufReader, Read as _};
use std::ops::Range;

use casemate_core::printable;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::chunked::{ReadAt, SealedFile};
use crate::error::said;
use crate::{SealError, Unlocked};

/// The longest header that safetensors allows.
const MOST_HEADER: u64 = 100_000_000;
const MOST_DIMENSIONS: usize = 64;

/// A tensor of a sealed model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    /// The file it is in.
    pub file: String,
    /// The type of its elements, as the file says: `BF16`.
    pub dtype: String,
    /// Its shape.
    pub shape: Vec<u64>,
    /// Where its bytes are in the file.
    pub range: Range<u64>,
}

/// A tensor as a header has it.
#[derive(Deserialize)]
struct Entry {
    dtype: String,
    #[serde(deserialize_with = "bounded")]
    shape: Vec<u64>,
    data_offsets: [u64; 2],
}

/// A shape of no more dimensions than there may be, so that a long list is not held.
fn bounded<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u64>, D::Error> {
    struct Shape;
    impl<'de> Visitor<'de> for Shape {
        type Value = Vec<u64>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the sizes of a tensor's dimensions")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<u64>, A::Error> {
            let mut shape = Vec::new();
            while let Some(size) = seq.next_element()? {
                if shape.len() == MOST_DIMENSIONS {
                    return Err(serde::de::Error::custom("a tensor has too many dimensions"));
                }
                shape.push(size);
            }
            Ok(shape)
        }
    }
    deserializer.deserialize_seq(Shape)
}

impl Unlocked {
    /// Finds a tensor by its name, in one file or in all that end in `.safetensors`.
    ///
    /// # Errors
    /// There is none, there are several, or a file that is looked into is refused or has no header of safetensors.
    pub fn tensor(&self, name: &str, file: Option<&str>) -> Result<Tensor, SealError> {
        let all = self.manifest.files.iter().map(|entry| entry.path.as_str());
        let paths: Vec<&str> = match file {
            Some(file) => vec![file],
            None => all.filter(|path| path.ends_with(".safetensors")).collect(),
        };
        if paths.is_empty() {
            return Err(SealError::Tensor("the model has no files that end in .safetensors".to_owned()));
        }
        let mut found: BTreeMap<&str, Tensor> = BTreeMap::new();
        for path in &paths {
            let sealed = self.file(path)?;
            if let Some(tensor) = find(&sealed, name, path)? {
                found.insert(path, tensor);
            }
        }
        let name: String = printable(name).chars().take(200).collect();
        if found.len() > 1 {
            let files: Vec<&str> = found.into_keys().collect();
            let files = files.join(", ");
            return Err(SealError::Tensor(format!("the tensor `{name}` is in several files: {files}")));
        }
        found.into_values().next().ok_or_else(|| {
            SealError::Tensor(format!("no tensor is called `{name}` in {} files", paths.len()))
        })
    }
}

impl Tensor {
    /// The tensor of a name in one file, if it is there; `path` is the file's name.
    ///
    /// # Errors
    /// The file is refused or has no header of safetensors.
    pub fn find<S: ReadAt>(file: &SealedFile<S>, name: &str, path: &str) -> Result<Option<Self>, SealError> {
        find(file, name, path)
    }
}

fn find<S: ReadAt>(file: &SealedFile<S>, name: &str, path: &str) -> Result<Option<Tensor>, SealError> {
    let bad = |what: String| SealError::Tensor(format!("`{}` is not safetensors: {what}", printable(path)));
    let mut reader = file.reader();
    let mut length = [0; 8];
    reader.read_exact(&mut length).map_err(|error| bad(error.to_string()))?;
    let length = u64::from_le_bytes(length);
    if length > MOST_HEADER.min(file.size().saturating_sub(8)) {
        return Err(bad(format!("its header would be {length} bytes long")));
    }
    let data = 8 + length;
    // Read as it is parsed: what is held is one entry, however long the header is.
    let header = BufReader::new(reader.take(length));
    let mut json = serde_json::Deserializer::from_reader(header);
    let entry = json.deserialize_map(Named(name)).map_err(|error| bad(said(&error)))?;
    let Some(Entry { dtype, shape, data_offsets: [start, end] }) = entry else { return Ok(None) };
    let range = data.saturating_add(start)..data.saturating_add(end);
    if start > end || range.end > file.size() {
        return Err(bad(format!("the tensor would be at {start}..{end}, outside of the file")));
    }
    let dtype = printable(&dtype).chars().take(40).collect();
    Ok(Some(Tensor { file: path.to_owned(), dtype, shape, range }))
}

/// Takes one entry out of a header and skips the others.
struct Named<'a>(&'a str);

impl<'de> Visitor<'de> for Named<'_> {
    type Value = Option<Entry>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a header of safetensors")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(name) = map.next_key::<String>()? {
            if name == self.0 && name != "__metadata__" {
                if found.replace(map.next_value()?).is_some() {
                    return Err(serde::de::Error::custom("two tensors have that name"));
                }
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}
