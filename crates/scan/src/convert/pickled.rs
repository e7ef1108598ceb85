//! Tensors and arrays that a pickle describes: PyTorch's by storage, NumPy's by the bytes in the pickle or behind it. A
//! call is recognised by its full name and arguments, or the file is refused.

use std::collections::HashMap;

use super::{Refusal, Taken, Tensor, array, strided};
use crate::formats::pickle::Span;
use crate::formats::pickle::tree::{Call, Node, Tree};
use crate::formats::zip::Member;
use crate::input::Input;
use crate::scan::Scan;

/// How deep dictionaries are followed, and how many values there may be in all, however they are shared.
const DEEPEST: usize = 32;
const MOST: usize = 1_000_000;
/// How much is kept that is no tensor.
const MOST_METADATA: usize = 10_000;

/// The tensors of a PyTorch archive.
pub(super) fn torch_zip(input: &Input, members: &[Member], scan: &mut Scan) -> Result<Taken, Refusal> {
    let names: HashMap<String, &Member> =
        members.iter().map(|member| (member.entry.name(), member)).collect();
    let prefix = names.keys().find_map(|name| name.strip_suffix("data.pkl").filter(|p| p.ends_with('/')));
    let prefix = prefix.ok_or_else(|| "there is no data.pkl in it".to_owned())?.to_owned();
    let mut shelf = array::Shelf::default();
    if let Some(order) = names.get(&format!("{prefix}byteorder")) {
        let order = shelf.open(order, input, scan)?;
        if order.head(16)? != b"little" {
            return Err("its numbers are not little-endian".to_owned().into());
        }
    }
    let pickle =
        names.get(&format!("{prefix}data.pkl")).ok_or_else(|| "there is no data.pkl in it".to_owned())?;
    let pickle = shelf.open(pickle, input, scan)?;
    let tree = Tree::read(&pickle)?;
    if tree.end != pickle.len() {
        return Err("something follows the pickle".to_owned().into());
    }
    let mut storages = HashMap::new();
    let mut taking = Taking { tree: &tree, pickle: &pickle, taken: Taken::default(), count: 0 };
    taking.all(&mut |key| {
        if let Some(known) = storages.get(key) {
            return Ok(Input::clone(known));
        }
        let name = format!("{prefix}data/{key}");
        let member = names.get(&name).ok_or_else(|| format!("{name} is not there"))?;
        let data = shelf.open(member, input, scan).map_err(|error| error.to_string())?;
        storages.insert(key.to_owned(), data.clone());
        Ok(data)
    })?;
    Ok(taking.taken)
}

/// The arrays of a pickle, also one of joblib.
pub(super) fn arrays(input: &Input) -> Result<Taken, Refusal> {
    let tree = Tree::read(input)?;
    if tree.end != input.len() {
        return Err("something follows the pickle".to_owned().into());
    }
    let mut taking = Taking { tree: &tree, pickle: input, taken: Taken::default(), count: 0 };
    taking.all(&mut |_| Err("it refers to data outside of the file".to_owned()))?;
    Ok(taking.taken)
}

type Storages<'s> = dyn FnMut(&str) -> Result<Input, String> + 's;

struct Taking<'t> {
    tree: &'t Tree,
    pickle: &'t Input,
    taken: Taken,
    count: usize,
}

impl Taking<'_> {
    fn all(&mut self, storages: &mut Storages<'_>) -> Result<(), Refusal> {
        Ok(self.value(self.tree.root, &mut Vec::new(), storages)?)
    }

    fn value(
        &mut self,
        node: Node,
        path: &mut Vec<String>,
        storages: &mut Storages<'_>,
    ) -> Result<(), String> {
        self.count += 1;
        if self.count > MOST || path.len() > DEEPEST {
            return Err("there are more values in it than are followed".to_owned());
        }
        let tree = self.tree;
        if let Some(entries) = tree.entries(node) {
            for (key, value) in entries {
                let key = match *key {
                    Node::Int(number) => number.to_string(),
                    key => tree.text(key).ok_or_else(|| "a key is neither text nor a number".to_owned())?,
                };
                path.push(key);
                self.value(*value, path, storages)?;
                path.pop();
            }
            return Ok(());
        }
        if let Some(items) = tree.items(node) {
            for (at, item) in items.iter().enumerate() {
                path.push(at.to_string());
                self.value(*item, path, storages)?;
                path.pop();
            }
            return Ok(());
        }
        let name = if path.is_empty() { "tensor".to_owned() } else { path.join(".") };
        let kept = match node {
            Node::Call(_) => {
                let tensor = self.tensor(name, node, storages)?;
                self.taken.tensors.push(tensor);
                return Ok(());
            }
            Node::None => "null".to_owned(),
            Node::Bool(value) => value.to_string(),
            Node::Int(value) => value.to_string(),
            Node::Float(value) => value.to_string(),
            Node::Text(_) => {
                tree.text(node).ok_or_else(|| format!("{name} is a text too long to be kept"))?
            }
            Node::Global(_) => {
                let (module, global) = tree.global(node).unwrap_or_default();
                return Err(format!("{name} is {module}.{global}"));
            }
            _ => return Err(format!("{name} is neither a tensor nor a plain value")),
        };
        if self.taken.metadata.len() >= MOST_METADATA {
            return Err("more in it is no tensor than is kept".to_owned());
        }
        self.taken.metadata.insert(name, kept);
        Ok(())
    }

    fn tensor(&self, name: String, node: Node, storages: &mut Storages<'_>) -> Result<Tensor, String> {
        let tree = self.tree;
        let call = tree.call(node).ok_or_else(|| format!("{name} is no tensor"))?;
        let (module, function) =
            tree.global(call.callable).ok_or_else(|| format!("{name} is made by something computed"))?;
        let arguments = tree.items(call.arguments).unwrap_or_default();
        match (module, function) {
            ("torch._utils", "_rebuild_parameter") => match arguments {
                [data @ Node::Call(_), ..] if !self.is_rebuilt_parameter(*data) => {
                    self.tensor(name, *data, storages)
                }
                _ => Err(format!("{name} is a parameter of something that is no tensor")),
            },
            ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2" | "_rebuild_tensor_v3") => {
                let explicit =
                    if function == "_rebuild_tensor_v3" { arguments.get(6).copied() } else { None };
                self.torch(name, arguments, explicit, storages)
            }
            ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct") => self.numpy(name, call),
            ("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer") => match arguments {
                [Node::Bytes(data), dtype, shape, order] => {
                    let fortran = tree.text(*order).is_some_and(|order| order == "F");
                    self.array(name, *data, *dtype, *shape, fortran)
                }
                _ => Err(format!("{name} is an array whose numbers are elsewhere")),
            },
            (_, "NumpyArrayWrapper") if module.ends_with("joblib.numpy_pickle") => self.wrapped(name, call),
            _ => Err(format!("{name} is made by {module}.{function}")),
        }
    }

    fn is_rebuilt_parameter(&self, node: Node) -> bool {
        let callable = self.tree.call(node).and_then(|call| self.tree.global(call.callable));
        callable == Some(("torch._utils", "_rebuild_parameter"))
    }

    /// A tensor of PyTorch: storage, offset, size, stride, and whatever does not matter here.
    fn torch(
        &self,
        name: String,
        arguments: &[Node],
        explicit: Option<Node>,
        storages: &mut Storages<'_>,
    ) -> Result<Tensor, String> {
        let tree = self.tree;
        let [storage @ Node::Persistent(_), Node::Int(offset), size, stride, ..] = *arguments else {
            return Err(format!("{name} is a tensor without a storage"));
        };
        let id = tree.call(storage).and_then(|call| tree.items(call.arguments)).unwrap_or_default();
        let [kind, class, key, _, Node::Int(items), ..] = *id else {
            return Err(format!("{name} has a storage that PyTorch does not know"));
        };
        if tree.text(kind).as_deref() != Some("storage") {
            return Err(format!("{name} has a storage that PyTorch does not know"));
        }
        let type_of = explicit.unwrap_or(class);
        let (module, class) = tree.global(type_of).unwrap_or_default();
        let dtype = torch_dtype(class).filter(|_| module == "torch" || module == "torch.storage");
        let dtype = dtype.ok_or_else(|| format!("safetensors has no type for {module}.{class}"))?;
        let key = tree.text(key).filter(|key| key.bytes().all(|byte| byte.is_ascii_digit()));
        let data = storages(&key.ok_or_else(|| format!("{name} has a storage with an odd name"))?)?;
        let claimed = u64::try_from(items).ok().and_then(|items| {
            // An untyped storage counts bytes.
            items.checked_mul(if explicit.is_some() { 1 } else { dtype.1 })
        });
        if claimed.is_none_or(|claimed| claimed > data.len()) {
            return Err(format!("{name} has a storage that is shorter than it says"));
        }
        let start = u64::try_from(offset).ok().and_then(|offset| offset.checked_mul(dtype.1));
        let (shape, strides) = (self.numbers(size), self.numbers(stride));
        let (Some(shape), Some(strides), Some(start)) = (shape, strides, start) else {
            return Err(format!("{name} has a size that cannot be read"));
        };
        if shape.len() != strides.len() {
            return Err(format!("{name} has as many strides as dimensions not"));
        }
        Ok(Tensor { name, dtype, shape, strides, start, data })
    }

    /// An array that was rebuilt empty and given its state: version, shape, type, order, bytes.
    fn numpy(&self, name: String, call: &Call) -> Result<Tensor, String> {
        match self.tree.items(call.state) {
            Some([_, shape, dtype, Node::Bool(fortran), Node::Bytes(data)]) => {
                self.array(name, *data, *dtype, *shape, *fortran)
            }
            _ => Err(format!("{name} is an array whose numbers are not bytes of the pickle")),
        }
    }

    /// An array whose numbers joblib wrote behind the opcodes.
    fn wrapped(&self, name: String, call: &Call) -> Result<Tensor, String> {
        let tree = self.tree;
        let found = |key: &str| tree.entry(call.state, key);
        let fortran = found("order").and_then(|order| tree.text(order)).is_some_and(|order| order == "F");
        match (call.raw, found("dtype"), found("shape")) {
            (Some(data), Some(dtype), Some(shape)) => self.array(name, data, dtype, shape, fortran),
            _ => Err(format!("{name} is an array that cannot be read")),
        }
    }

    fn array(
        &self,
        name: String,
        data: Span,
        dtype: Node,
        shape: Node,
        fortran: bool,
    ) -> Result<Tensor, String> {
        let code = self.numpy_code(dtype).ok_or_else(|| format!("{name} has a type that is not plain"))?;
        let shape = self.numbers(shape).ok_or_else(|| format!("{name} has a size that cannot be read"))?;
        let strides = if fortran { strided::fortran(&shape) } else { strided::row_major(&shape) };
        let data = self.pickle.slice(data.offset, data.len).ok_or_else(|| format!("{name} is cut off"))?;
        Ok(Tensor {
            dtype: array::dtype(&code)?,
            strides: strides.ok_or_else(|| format!("{name} is larger than can be"))?,
            shape,
            start: 0,
            data,
            name,
        })
    }

    /// A NumPy type as its code with its byte order: `dtype('f4', False, True)` given `(3, '<', …)`.
    fn numpy_code(&self, dtype: Node) -> Option<String> {
        let tree = self.tree;
        let call = tree.call(dtype)?;
        if tree.global(call.callable) != Some(("numpy", "dtype")) {
            return None;
        }
        let code = tree.text(*tree.items(call.arguments)?.first()?)?;
        let order = match call.state {
            Node::None => "|".to_owned(),
            state => tree.text(*tree.items(state)?.get(1)?)?,
        };
        let structured = tree
            .items(call.state)
            .is_some_and(|state| !matches!(state.get(2..5), Some([Node::None, Node::None, Node::None])));
        (!structured).then(|| format!("{order}{code}"))
    }

    fn numbers(&self, node: Node) -> Option<Vec<u64>> {
        let number = |item: &Node| match item {
            Node::Int(number) => u64::try_from(*number).ok(),
            _ => None,
        };
        self.tree.items(node)?.iter().map(number).collect()
    }
}

/// The type of safetensors for a storage class or a type of PyTorch.
fn torch_dtype(name: &str) -> Option<(&'static str, u64)> {
    Some(match name {
        "FloatStorage" | "float32" => ("F32", 4),
        "DoubleStorage" | "float64" => ("F64", 8),
        "HalfStorage" | "float16" => ("F16", 2),
        "BFloat16Storage" | "bfloat16" => ("BF16", 2),
        "LongStorage" | "int64" => ("I64", 8),
        "IntStorage" | "int32" => ("I32", 4),
        "ShortStorage" | "int16" => ("I16", 2),
        "CharStorage" | "int8" => ("I8", 1),
        "ByteStorage" | "uint8" => ("U8", 1),
        "BoolStorage" | "bool" => ("BOOL", 1),
        "ComplexFloatStorage" | "complex64" => ("C64", 8),
        "uint16" => ("U16", 2),
        "uint32" => ("U32", 4),
        "uint64" => ("U64", 8),
        "float8_e4m3fn" => ("F8_E4M3", 1),
        "float8_e5m2" => ("F8_E5M2", 1),
        _ => return None,
    })
}
