//! NumPy arrays as tensors: by the header of a `.npy`, alone or in an archive.

use std::fs::File;
use std::io;
use std::sync::Arc;

use super::{Refusal, Taken, Tensor, strided};
use crate::formats::npy;
use crate::formats::zip::{Member, Opened};
use crate::input::Input;
use crate::scan::Scan;

/// The type of safetensors for a NumPy code such as `<f4`, and the bytes of an item.
pub(super) fn dtype(code: &str) -> Result<(&'static str, u64), String> {
    let (order, rest) = match code.split_at_checked(1) {
        Some((order @ ("<" | ">" | "|" | "="), rest)) => (order, rest),
        _ => ("<", code),
    };
    let known = match rest {
        "b1" | "?" => ("BOOL", 1),
        "u1" => ("U8", 1),
        "i1" => ("I8", 1),
        "u2" => ("U16", 2),
        "i2" => ("I16", 2),
        "f2" => ("F16", 2),
        "u4" => ("U32", 4),
        "i4" => ("I32", 4),
        "f4" => ("F32", 4),
        "u8" => ("U64", 8),
        "i8" => ("I64", 8),
        "f8" => ("F64", 8),
        "c8" => ("C64", 8),
        _ => return Err(format!("safetensors has no type for {code}")),
    };
    if order == ">" && known.1 > 1 {
        return Err(format!("the numbers of type {code} are big-endian"));
    }
    Ok(known)
}

/// The array in a `.npy`.
pub(super) fn npy(name: &str, input: &Input) -> Result<Tensor, Refusal> {
    let (array, start) = npy::header(input)?.ok_or_else(|| format!("the header of {name} cannot be read"))?;
    if array.objects {
        return Err(format!("{name} holds Python objects").into());
    }
    let strides =
        if array.fortran { strided::fortran(&array.shape) } else { strided::row_major(&array.shape) };
    Ok(Tensor {
        name: name.to_owned(),
        dtype: dtype(&array.code)?,
        strides: strides.ok_or_else(|| format!("{name} is larger than can be"))?,
        shape: array.shape,
        start,
        data: input.clone(),
    })
}

/// The arrays in a `.npz`.
pub(super) fn npz(input: &Input, members: &[Member], scan: &mut Scan) -> Result<Taken, Refusal> {
    let (mut taken, mut shelf) = (Taken::default(), Shelf::default());
    for member in members {
        let name = member.entry.name();
        let data = shelf.open(member, input, scan)?;
        let name = name.strip_suffix(".npy").unwrap_or(&name);
        taken.tensors.push(npy(name, &data)?);
    }
    Ok(taken)
}

/// What was unpacked from the members of an archive, in one file without a name: memory is for one member at most.
#[derive(Default)]
pub(super) struct Shelf {
    file: Option<Arc<File>>,
    len: u64,
}

impl Shelf {
    /// The bytes of a member.
    pub(super) fn open(&mut self, member: &Member, input: &Input, scan: &mut Scan) -> io::Result<Input> {
        match member.open(input, scan)? {
            Opened::Data(data, _) if member.is_stored() => Ok(data),
            Opened::Data(data, _) => self.put(&data),
            Opened::Closed(why) => Err(io::Error::new(io::ErrorKind::InvalidData, why)),
        }
    }

    fn put(&mut self, data: &Input) -> io::Result<Input> {
        let file = match &self.file {
            Some(file) => Arc::clone(file),
            None => Arc::clone(self.file.insert(Arc::new(tempfile::tempfile()?))),
        };
        let start = self.len;
        self.len += io::copy(&mut data.cursor(), &mut &*file)?;
        Input::new(file, self.len).slice(start, data.len()).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}
