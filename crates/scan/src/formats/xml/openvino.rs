//! OpenVINO's intermediate representation: layers of known sets, and constants by their place in the file of weights,
//! which has the same name and is not read here.

use casemate_core::{Confidence, Severity};

use super::{Attributes, find};
use crate::fact::About;
use crate::finding::Finding;
use crate::formats::metadata::shortened;
use crate::formats::names::leads_out;
use crate::formats::tensors::{count, shaped};
use crate::rule::Rule;
use crate::scan::Scan;

/// How much of a name is kept, and how many sides of a shape.
const LONGEST_NAME: usize = 400;
const MOST_SIDES: usize = 1_000;

/// Sets that come with OpenVINO.
const SETS: &[&str] = &[
    "experimental",
    "gpu_opset",
    "ie_internal_opset",
    "intel_cpu",
    "npu_opset",
    "type_relaxed_opset",
    "util",
];

/// Layers of OpenVINO's tokenizers, which are an extension that comes with it.
const TOKENIZERS: &[&str] = &[
    "BPETokenizer",
    "BytesToChars",
    "CaseFold",
    "CharsMapNormalization",
    "CharsToBytes",
    "CombineSegments",
    "EqualStr",
    "FuzeRagged",
    "NormalizeUnicode",
    "NumericToString",
    "RaggedToDense",
    "RaggedToRagged",
    "RaggedToSparse",
    "RegexNormalization",
    "RegexSplit",
    "SentencepieceDetokenizer",
    "SentencepieceStreamDetokenizer",
    "SentencepieceTokenizer",
    "SpecialTokensSplit",
    "StringTensorPack",
    "StringTensorUnpack",
    "StringToHashBucket",
    "TrieTokenizer",
    "Truncate",
    "UTF8Validate",
    "UnigramTokenizer",
    "VocabDecoder",
    "VocabEncoder",
    "WordpieceTokenizer",
];

/// A model while it is read.
#[derive(Default)]
pub(super) struct OpenVino {
    layer: String,
    needed: u64,
    broken: bool,
    extensions: Vec<String>,
}

impl OpenVino {
    pub(super) fn element(&mut self, name: &str, attributes: &Attributes, at: u64, scan: &mut Scan) {
        match name {
            "net" | "Net" => {
                for key in ["name", "version"] {
                    if let Some(value) = find(attributes, key) {
                        scan.fact(About::Metadata, key, shortened(value, LONGEST_NAME));
                    }
                }
            }
            "layer" => self.layer(attributes, at, scan),
            "CustomLayer" => {
                let layer = find(attributes, "name").unwrap_or_default();
                let title = format!("The layer `{layer}` brings a kernel of its own");
                scan.find(Finding::new(
                    Rule::OpenvinoExtension,
                    Severity::Medium,
                    Confidence::High,
                    title,
                    at,
                ));
            }
            "Source" => self.source(attributes, at, scan),
            _ if find(attributes, "offset").is_some() && find(attributes, "size").is_some() => {
                self.data(attributes, at, scan);
            }
            _ => {}
        }
    }

    pub(super) fn ended(&mut self, name: &str) {
        if name == "layer" {
            self.layer.clear();
        }
    }

    /// What the file of weights has to hold.
    pub(super) fn close(&self, scan: &mut Scan) {
        if self.needed > 0 {
            scan.fact(About::NeedsFile, ".bin", format!("bytes 0..{}", self.needed));
        }
    }

    fn layer(&mut self, attributes: &Attributes, at: u64, scan: &mut Scan) {
        self.layer = shortened(find(attributes, "name").unwrap_or_default(), LONGEST_NAME);
        let kind = &*shortened(find(attributes, "type").unwrap_or_default(), LONGEST_NAME);
        // Before version 10, layers had no set.
        let set = find(attributes, "version").unwrap_or("opset1");
        let known = set.strip_prefix("opset").is_some_and(|number| number.parse::<u8>().is_ok());
        if known && kind != "Custom" || SETS.contains(&set) || self.extensions.iter().any(|told| told == kind)
        {
            return;
        }
        let (severity, confidence) = if set == "extension" && TOKENIZERS.contains(&kind) {
            scan.needs("openvino-tokenizers");
            (Severity::Low, Confidence::High)
        } else {
            (Severity::Medium, Confidence::Medium)
        };
        if self.extensions.len() < 100 {
            self.extensions.push(kind.to_owned());
        }
        let title = format!("`{kind}` is a layer of `{set}`");
        scan.find(Finding::new(Rule::OpenvinoExtension, severity, confidence, title, at));
    }

    /// The source of a kernel.
    fn source(&self, attributes: &Attributes, at: u64, scan: &mut Scan) {
        let Some(file) = find(attributes, "filename") else { return };
        scan.fact(About::NeedsFile, shortened(file, 4096), "");
        let how = leads_out(file).map(|how| format!(", which {how}")).unwrap_or_default();
        let severity = if how.is_empty() { Severity::Medium } else { Severity::High };
        let title = format!("A kernel is compiled from `{file}`{how}");
        scan.find(Finding::new(Rule::OpenvinoExtension, severity, Confidence::High, title, at));
    }

    /// Where a constant lies.
    fn data(&mut self, attributes: &Attributes, at: u64, scan: &mut Scan) {
        let number = |name| find(attributes, name).and_then(|text| text.trim().parse::<u64>().ok());
        let end = number("offset").zip(number("size")).and_then(|(offset, size)| offset.checked_add(size));
        let Some(end) = end else {
            return self.range("has no place that a file can have".to_owned(), at, scan);
        };
        self.needed = self.needed.max(end);
        let Some(dtype) = find(attributes, "element_type") else { return };
        let shape = find(attributes, "shape").unwrap_or_default();
        let sides: Option<Vec<u64>> = shape
            .split(',')
            .map(str::trim)
            .filter(|side| !side.is_empty())
            .take(MOST_SIDES)
            .map(|side| side.parse().ok())
            .collect();
        let Some(sides) = sides else {
            return self.range(format!("has the shape `{shape}`"), at, scan);
        };
        scan.fact(About::Tensor, self.layer.clone(), shaped(&shortened(dtype, LONGEST_NAME), &sides));
        let Some(bits) = bits(dtype) else { return };
        let wanted = count(&sides).and_then(|count| count.checked_mul(bits)).map(|bits| bits.div_ceil(8));
        let size = number("size").unwrap_or(0);
        if wanted != Some(size) {
            let wanted =
                wanted.map_or_else(|| "more than any memory".to_owned(), |wanted| format!("{wanted} bytes"));
            self.range(format!("needs {wanted} and has {size}"), at, scan);
        }
    }

    /// One such finding is enough.
    fn range(&mut self, what: String, at: u64, scan: &mut Scan) {
        if !std::mem::replace(&mut self.broken, true) {
            let title = format!("The constant `{}` {what}", self.layer);
            scan.find(Finding::new(Rule::OpenvinoDataRange, Severity::Medium, Confidence::High, title, at));
        }
    }
}

/// How many bits a number of a type has; none for text and for what is not known.
fn bits(dtype: &str) -> Option<u64> {
    Some(match dtype {
        "u1" => 1,
        "u2" => 2,
        "u4" | "i4" | "nf4" | "f4e2m1" => 4,
        "u3" => 3,
        "u6" => 6,
        "boolean" | "i8" | "u8" | "f8e4m3" | "f8e5m2" | "f8e8m0" => 8,
        "f16" | "bf16" | "i16" | "u16" => 16,
        "f32" | "i32" | "u32" => 32,
        "f64" | "i64" | "u64" => 64,
        _ => return None,
    })
}
