//! Arrays outside of the opcodes: the raw blocks that joblib writes between them, and the storages that PyTorch keeps
//! elsewhere. Their numbers are stepped over, never read.

use std::io::{Read, Seek};

use super::machine::{End, Halt, Machine};
use super::trace::Storage;
use super::value::{Dtype, Span, Value};

/// Arrays of objects inside arrays of objects.
const DEEPEST: u8 = 4;

/// What an item of a NumPy type takes, by its code as `dtype.__reduce__` writes it: a letter and a size.
pub(crate) fn dtype(code: &str) -> Option<Dtype> {
    let code = code.trim_start_matches(['<', '>', '|', '=']);
    let mut letters = code.chars();
    let kind = letters.next()?;
    let digits = letters.as_str().split('[').next().unwrap_or_default();
    let size: u32 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    Some(match kind {
        'O' => Dtype::Object,
        'U' => Dtype::Bytes(size.checked_mul(4)?),
        '?' => Dtype::Bytes(1),
        'b' | 'i' | 'u' | 'f' | 'c' | 'm' | 'M' if size > 0 => Dtype::Bytes(size),
        'S' | 'V' | 'a' => Dtype::Bytes(size),
        _ => return None,
    })
}

/// What an item of a PyTorch storage takes, by the name of its class.
pub(crate) fn item(class: &str) -> Option<u64> {
    Some(match class.strip_suffix("Storage")? {
        "Bool" | "Byte" | "Char" | "QInt8" | "QUInt8" | "Untyped" | "" => 1,
        "Half" | "Short" | "BFloat16" => 2,
        "Float" | "Int" | "QInt32" => 4,
        "Double" | "Long" | "ComplexFloat" => 8,
        "ComplexDouble" => 16,
        _ => return None,
    })
}

impl<R: Read + Seek> Machine<'_, R> {
    /// Steps over the array that follows a wrapper with this state: a byte that says how much padding there is, the
    /// padding, and the numbers; or a stream of its own for objects (joblib 1.5, `numpy_pickle.py`).
    pub(super) fn array(&mut self, state: &Value) -> Result<(), Halt> {
        let Value::Container(number) = *state else { return Err(UNKNOWN) };
        let fields = self.containers.fields(number).to_vec();
        let (mut shape, mut kind, mut aligned) = (None, None, false);
        for (key, value) in &fields {
            match &*self.text(*key)? {
                "shape" => shape = items(value),
                "dtype" => kind = Some(value.clone()),
                "numpy_array_alignment_bytes" => aligned = matches!(value, Value::Int(_)),
                _ => {}
            }
        }
        let (Some(shape), Some(Value::Dtype(dtype))) = (shape, kind) else { return Err(UNKNOWN) };
        self.frame_end = u64::MAX;
        let Dtype::Bytes(size) = dtype else { return self.objects() };
        if aligned {
            let padding = self.reader.byte()?;
            self.reader.skip(u64::from(padding))?;
        }
        let len = shape.checked_mul(u64::from(size)).ok_or(UNKNOWN)?;
        let span = self.reader.skip(len)?;
        self.trace.arrays.push(span);
        Ok(())
    }

    /// Remembers the file that holds an array.
    pub(super) fn array_file(&mut self, state: &Value) -> Result<(), Halt> {
        let Value::Container(number) = *state else { return Ok(()) };
        for (key, value) in self.containers.fields(number).to_vec() {
            if let Value::Text(name) = value
                && &*self.text(key)? == "filename"
                && self.trace.files.len() < self.limits.globals
            {
                let name = self.text(name)?;
                self.trace.files.push((name, self.at));
            }
        }
        Ok(())
    }

    /// Runs the stream that holds the objects of an array.
    fn objects(&mut self) -> Result<(), Halt> {
        if self.trace.depth >= DEEPEST {
            return Err(Halt::Broken("arrays of objects are nested too deep"));
        }
        self.trace.depth += 1;
        let start = self.reader.position();
        let (end, _) = Machine::new(self.reader, self.trace, self.limits).run();
        self.trace.depth -= 1;
        let len = self.reader.position() - start;
        self.trace.objects.push(Span { offset: start, len });
        match end {
            End::Stopped => Ok(()),
            End::Broken(what) => Err(Halt::Broken(what)),
            End::Truncated => Err(super::reader::ReadError::Truncated.into()),
            End::Length => Err(super::reader::ReadError::Length.into()),
            End::Spent(spent) => Err(spent.into()),
            End::Failed(error) => Err(super::reader::ReadError::Io(error).into()),
        }
    }

    /// Remembers the storage that a persistent id of PyTorch names.
    pub(super) fn storage(&mut self, id: &Value) -> Result<(), Halt> {
        if let Some([_, Value::Global(class), Value::Text(key), _, Value::Int(items), ..]) = id.items()
            && let Ok(items) = u64::try_from(*items)
            && self.trace.storages.len() < self.limits.memo
        {
            let key = self.text(*key)?;
            let item = self.trace.at(*class).and_then(|class| item(&class.name));
            let at = self.at;
            let known = self.trace.storages.entry(key.into()).or_insert(Storage { items, item, at });
            known.items = known.items.max(items);
        }
        Ok(())
    }
}

const UNKNOWN: Halt = Halt::Broken("the size of an array is not known");

/// How many items a shape has.
fn items(shape: &Value) -> Option<u64> {
    shape.items()?.iter().try_fold(1_u64, |product, side| match side {
        Value::Int(side) => product.checked_mul(u64::try_from(*side).ok()?),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_take_what_numpy_says() {
        for (code, taken) in [
            ("f8", Some(Dtype::Bytes(8))),
            ("<i4", Some(Dtype::Bytes(4))),
            ("|b1", Some(Dtype::Bytes(1))),
            ("U10", Some(Dtype::Bytes(40))),
            ("M8[ns]", Some(Dtype::Bytes(8))),
            ("O8", Some(Dtype::Object)),
            ("V16", Some(Dtype::Bytes(16))),
            ("x", None),
            ("f", None),
            ("", None),
        ] {
            assert_eq!(dtype(code), taken, "{code}");
        }
    }
}
