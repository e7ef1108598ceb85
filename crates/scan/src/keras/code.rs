//! Python code that is packed into a configuration: a marshalled code object, in Base64. It is not run and not fully
//! parsed, since its layout differs between versions of Python; the names in it stand in plain sight.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::capability::{Capability, is_hidden};

/// The longest code that is looked at, packed.
const LONGEST: usize = 1024 * 1024;
/// The shortest text that can hold a code object.
const SHORTEST: usize = 40;

/// Names that plain arithmetic on tensors has no use for.
const MODULES: &[&str] = &[
    "os",
    "posix",
    "nt",
    "subprocess",
    "pty",
    "socket",
    "ctypes",
    "urllib",
    "requests",
    "http",
    "shutil",
    "importlib",
    "runpy",
    "builtins",
    "__builtin__",
    "pickle",
    "marshal",
    "webbrowser",
    "ftplib",
    "smtplib",
    "paramiko",
    "multiprocessing",
    "_posixsubprocess",
    "asyncio",
    "pathlib",
    "tempfile",
    "codecs",
    "base64",
    "sys",
    "threading",
    "pip",
];

/// What a piece of code looks like.
pub(super) struct Code {
    /// What the worst name in it can do, and that name.
    pub(super) worst: Option<(Capability, String)>,
}

/// The code that a text holds, if it holds any.
pub(super) fn code(text: &str) -> Option<Code> {
    if text.len() < SHORTEST || text.len() > LONGEST {
        return None;
    }
    let clean: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let bytes = STANDARD.decode(&clean).ok()?;
    is_code(&bytes).then(|| Code { worst: worst(&bytes) })
}

/// Python source that is packed as text.
pub(super) fn source(text: &str) -> Code {
    let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    Code { worst: words.filter_map(judged).max() }
}

/// A code object begins with its mark, with or without the one for references, and small counts of arguments.
fn is_code(bytes: &[u8]) -> bool {
    let small = |at: usize| matches!(bytes.get(at..at + 4), Some([_, 0, 0, 0]));
    matches!(bytes.first(), Some(0x63 | 0xe3)) && small(1) && small(5)
}

/// The worst of the strings in it, each with its mark and length before it.
fn worst(bytes: &[u8]) -> Option<(Capability, String)> {
    let strings = bytes.windows(2).enumerate().filter_map(|(at, window)| {
        let text = match *window {
            [mark, len] if matches!(mark & 0x7f, b'z' | b'Z') => {
                bytes.get(at + 2..at + 2 + usize::from(len))?
            }
            [mark, low] if matches!(mark & 0x7f, b'a' | b'A' | b'u' | b't' | b's') => {
                let len = match bytes.get(at + 2..at + 5)? {
                    [high, 0, 0] => usize::from(u16::from_le_bytes([low, *high])),
                    _ => return None,
                };
                bytes.get(at + 5..at + 5 + len)?
            }
            _ => return None,
        };
        std::str::from_utf8(text).ok().filter(|text| text.len() > 1)
    });
    strings.filter_map(judged).max()
}

/// What a name can do, if that is more than arithmetic.
fn judged(name: &str) -> Option<(Capability, String)> {
    const HARMLESS: &[&str] =
        &["__name__", "__main__", "__doc__", "__init__", "__class__", "__module__", "__qualname__"];
    let first = name.split('.').next().unwrap_or(name);
    let capability = if MODULES.contains(&first) {
        Capability::of(first, "anything").max(Capability::Introspection)
    } else if is_hidden(name) && !HARMLESS.contains(&name) {
        Capability::Introspection.max(Capability::of("builtins", name))
    } else {
        Capability::of("builtins", name)
    };
    capability.is_dangerous().then(|| (capability, name.to_owned()))
}
