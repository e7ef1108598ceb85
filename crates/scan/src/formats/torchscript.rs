//! TorchScript: operators by which a script reaches files, the network or other libraries. Scripts run when the model
//! does, in an interpreter of their own that has little else.

use std::collections::BTreeSet;
use std::io;

use casemate_core::{Confidence, Severity};

use crate::capability::Capability;
use crate::finding::Finding;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;

/// A longer script is looked at up to here.
const LONGEST: u64 = 16 * 1024 * 1024;
/// Operators that come with PyTorch and its own libraries.
const KNOWN: &[&str] =
    &["aten", "prim", "prims", "quantized", "quantized_decomposed", "torchvision", "torchaudio", "torchtext"];

/// Tells of the operators in a script. `name` is that of the part.
pub(crate) fn read(name: &str, input: &Input, scan: &mut Scan) -> io::Result<()> {
    let bytes = input.bytes(0, input.len().min(LONGEST))?;
    if input.len() > LONGEST {
        scan.gap(format!("{name} is longer than is looked at"));
    }
    let mut told = BTreeSet::new();
    names(&bytes, |path, at| {
        if let Some((capability, what)) = judged(path) {
            if told.insert(path.to_owned()) {
                scan.does(capability);
                let rule = Rule::TorchscriptOperator;
                tell(
                    scan,
                    rule,
                    Severity::High,
                    format!("The script calls `{path}`, which {what}"),
                    name,
                    at,
                );
            }
        } else if let Some(library) = library(path).filter(|library| told.insert((*library).to_owned())) {
            let title = format!("The script needs the operators of `{library}`");
            tell(scan, Rule::TorchscriptLibrary, Severity::Low, title, name, at);
        }
    });
    Ok(())
}

fn tell(scan: &mut Scan, rule: Rule, severity: Severity, title: String, name: &str, at: u64) {
    let mut finding = Finding::new(rule, severity, Confidence::Medium, title, at);
    finding.location.member.push(name.to_owned());
    scan.find(finding);
}

/// What an operator does that computing never needs.
fn judged(path: &str) -> Option<(Capability, &'static str)> {
    let last = path.rsplit('.').next()?;
    let is_operator = path.starts_with("torch.") || path.starts_with("ops.");
    Some(match last {
        "save" | "_pickle_save" if is_operator => (Capability::FileWrite, "writes a file"),
        "write_file" | "sox_io_save_audio_file" if is_operator => (Capability::FileWrite, "writes a file"),
        "from_file" | "read_file" | "sox_io_load_audio_file" if is_operator => {
            (Capability::FileRead, "reads a file")
        }
        "_pickle_load_obj" if is_operator => (Capability::NestedDeserialise, "loads another pickle"),
        "rpc_async" | "rpc_sync" | "rpc_remote" => (Capability::Network, "runs code on other machines"),
        _ => return None,
    })
}

/// The library that an operator belongs to, if it is none of PyTorch's own.
fn library(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("torch.ops.").or_else(|| path.strip_prefix("ops."))?;
    let (library, _) = rest.split_once('.')?;
    (!KNOWN.contains(&library)).then_some(library)
}

/// Shows every dotted name outside of strings and comments.
fn names(bytes: &[u8], mut show: impl FnMut(&str, u64)) {
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let rest = bytes.get(at..).unwrap_or_default();
        match byte {
            b'#' => at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()),
            b'"' | b'\'' => at += string(rest, byte),
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
                let len = rest.iter().position(|byte| !is_part(byte)).unwrap_or(rest.len());
                if let Some(Ok(name)) = rest.get(..len).map(std::str::from_utf8) {
                    show(name, at as u64);
                }
                at += len;
            }
            _ => at += 1,
        }
    }
}

/// How long the string is that begins here.
fn string(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while let Some(&byte) = rest.get(at) {
        match byte {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_outside_of_strings_and_comments() {
        let mut found = Vec::new();
        names(b"x = torch.add(a, 'torch.save \\' b') # torch.save\n ops.my.op(x)", |name, _| {
            found.push(name.to_owned());
        });
        assert_eq!(found, ["x", "torch.add", "a", "ops.my.op", "x"]);
    }

    #[test]
    fn operators_are_judged_by_their_names() {
        assert!(judged("torch.save").is_some());
        assert!(judged("ops.aten.save").is_some());
        assert!(judged("self.save").is_none());
        assert!(judged("torch.add").is_none());
        assert_eq!(library("ops.my.op"), Some("my"));
        assert_eq!(library("ops.torchvision.nms"), None);
    }
}
