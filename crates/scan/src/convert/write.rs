//! The safetensors file: a header in JSON, and the numbers one after the other. The header is written first, so nothing
//! is held.

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::{Map, Value, json};

use super::{Refusal, Tensor};

/// How much longer than the data all tensors together may be: tensors that share numbers are written once each.
const MOST_SHARED: u64 = 16;

/// Writes tensors in the order they have; says how many bytes that is.
pub(super) fn safetensors(
    tensors: &[Tensor],
    metadata: &BTreeMap<String, String>,
    out: &mut impl Write,
) -> Result<u64, Refusal> {
    let mut header = Map::new();
    let mut about = metadata.clone();
    about.insert("format".to_owned(), "pt".to_owned());
    header.insert("__metadata__".to_owned(), json!(about));
    let (mut at, mut there) = (0_u64, 0_u64);
    for tensor in tensors {
        let len = tensor.len().filter(|_| tensor.is_within());
        let end = len.and_then(|len| at.checked_add(len));
        let end = end.ok_or_else(|| format!("{} is larger than the numbers that are there", tensor.name))?;
        let place = json!({"dtype": tensor.dtype.0, "shape": tensor.shape, "data_offsets": [at, end]});
        header.insert(tensor.name.clone(), place);
        there = there.max(tensor.data.len());
        at = end;
    }
    let limit = there.saturating_mul(MOST_SHARED).saturating_mul(tensors.len() as u64);
    if at > limit {
        return Err("the tensors repeat each other's numbers without measure".to_owned().into());
    }
    let mut header = Value::Object(header).to_string().into_bytes();
    header.resize(header.len().next_multiple_of(8), b' ');
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(&header)?;
    for tensor in tensors {
        tensor.write(out)?;
    }
    out.flush()?;
    Ok(8 + header.len() as u64 + at)
}
