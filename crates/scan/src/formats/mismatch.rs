//! Names that promise something else than the file is. A name is no proof of anything: only those are told that would
//! make a person or a check trust what can run code.

use casemate_core::{Confidence, Severity};

use crate::finding::Finding;
use crate::format::Format;
use crate::rule::Rule;
use crate::scan::Scan;

/// Extensions of what holds data alone.
const DATA: &[&str] = &[
    "safetensors",
    "gguf",
    "ggml",
    "json",
    "jsonl",
    "txt",
    "md",
    "rst",
    "csv",
    "tsv",
    "yaml",
    "yml",
    "toml",
    "xml",
    "html",
    "log",
    "png",
    "jpg",
    "jpeg",
    "gif",
    "webp",
    "bmp",
    "svg",
    "wav",
    "mp3",
    "mp4",
    "pdf",
    "parquet",
    "arrow",
    "onnx",
    "tflite",
    "h5",
    "hdf5",
    "npy",
    "jinja",
    "msgpack",
];
/// Extensions of what may hold code for an interpreter, and is no program.
const WEIGHTS: &[&str] =
    &["bin", "pt", "pth", "ckpt", "pkl", "pickle", "joblib", "npz", "keras", "pb", "dat", "data"];

/// Extensions that PyTorch files have.
const TORCH: &[&str] = &["bin", "pt", "pth", "ckpt"];

/// Tells of a name that promises something harmless.
pub(crate) fn tell(name: &str, format: Format, scan: &mut Scan) {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let Some((_, extension)) = file.rsplit_once('.') else { return };
    let extension = extension.to_ascii_lowercase();
    let data = DATA.contains(&extension.as_str());
    if extension == "skops" && matches!(format, Format::Pickle | Format::Joblib) {
        // Old skops opens what is no archive with joblib, whatever its name.
        let title = "A file named `.skops` is a pickle, which is loaded without the checks of skops";
        let finding = Finding::new(Rule::FormatMismatch, Severity::High, Confidence::Medium, title, 0);
        return scan.find(finding.cve("CVE-2025-54886"));
    }
    if TORCH.contains(&extension.as_str()) && format == Format::Pickle {
        // By such a name, a check that looks for PyTorch's own formats alone has passed over pickles that do harm.
        return scan.name_proof("CVE-2025-10155");
    }
    let (severity, what) = match format {
        Format::Executable | Format::Llamafile if data || WEIGHTS.contains(&extension.as_str()) => {
            (Severity::High, "a program")
        }
        Format::Pickle
        | Format::Joblib
        | Format::TorchZip
        | Format::TorchScript
        | Format::TorchLegacy
        | Format::TorchTar
            if data =>
        {
            (Severity::Medium, "a pickle, which can run code")
        }
        Format::Zip | Format::SevenZip | Format::Tar | Format::Rar | Format::Mar if data => {
            (Severity::Medium, "an archive")
        }
        _ => return,
    };
    let title = format!("A file named `.{extension}` is {what} ({format})");
    scan.find(Finding::new(Rule::FormatMismatch, severity, Confidence::Medium, title, 0));
}

#[cfg(test)]
mod tests {
    use crate::{Input, Options, Rule};

    #[test]
    fn a_name_that_promises_data_is_held_to_it() {
        let pickle = || Input::from(b"\x80\x04]\x94.".to_vec());
        let tells = |name: &str| {
            let report = crate::scan(name, &pickle(), &Options::default());
            report.findings.iter().any(|finding| finding.rule == Rule::FormatMismatch)
        };
        for name in ["a.json", "m/x.SafeTensors", "picture.png"] {
            assert!(tells(name), "{name}");
        }
        for name in ["a.pkl", "pytorch_model.bin", "blob", "a.json.pkl", "json"] {
            assert!(!tells(name), "{name}");
        }
    }
}
