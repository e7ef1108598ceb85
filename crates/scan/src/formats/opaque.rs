//! Files that are known and that nobody outside their maker can read. They are named, and never called clean.

use crate::format::Format;
use crate::formats::{Reader, Reading};
use crate::sniff::Fit;

/// RAR, of every version.
pub(crate) const RAR: Reader = Reader {
    format: Format::Rar,
    fit: |sniff| Fit::certain_if(sniff.begins(b"Rar!\x1a\x07")),
    read: |_, scan| {
        scan.gap("RAR archives are not read; pack the files as a zip archive to have them scanned");
        Ok(Reading::Done)
    },
};

/// A plan of TensorRT. Its magic is short, so a name helps.
pub(crate) const TENSOR_RT: Reader = Reader {
    format: Format::TensorRt,
    fit: |sniff| {
        let named = [".engine", ".plan", ".trt"].iter().any(|end| sniff.name.ends_with(end));
        let magic = sniff.begins(b"ftrt") || sniff.begins(b"ptrt");
        Fit::maybe_if((named || magic) && !sniff.is_text())
    },
    read: |_, scan| {
        scan.gap("a TensorRT engine is opaque: it holds code for a graphics processor, and plug-ins may be named in it");
        Ok(Reading::Done)
    },
};
