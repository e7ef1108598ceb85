//! Conversions of files that PyTorch, NumPy and joblib wrote, read back by NumPy and compared number by number; and the
//! policy for such a file, held against Python's own unpickler. Where Python has no such package the test says so.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use casemate_scan::{Digests, Input, Options, convert, policy, scan};

/// The Python that is asked: `CASEMATE_PYTHON`, or `python3`.
fn python(script: &str, folder: &Path) -> bool {
    let program = std::env::var("CASEMATE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let status = Command::new(program)
        .args(["-I", "-B", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/convert.py"), script])
        .arg(folder)
        .stderr(if script == "compare" { Stdio::inherit() } else { Stdio::null() })
        .status();
    status.is_ok_and(|status| status.success())
}

#[test]
fn what_is_converted_has_the_same_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut tried = 0;
    for family in ["numpy", "joblib", "torch"] {
        if !python(family, folder) {
            eprintln!("skipped: Python has no {family}, so its files were not converted");
        }
    }
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|end| end == "model")) {
        let input = Input::file(File::open(path).unwrap()).unwrap();
        let mut out = File::create(path.with_extension("safetensors")).unwrap();
        let converted = convert(&input, &mut out);
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert_eq!(converted.is_ok(), !name.starts_with("refused"), "{name}: {converted:?}");
        tried += 1;
    }
    if tried > 0 {
        assert!(python("compare", folder), "Python reads other numbers");
    }
}

#[test]
fn the_policy_of_a_file_is_what_its_unpickler_needs() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    if !python("pickles", folder) {
        eprintln!("skipped: Python has no numpy, so no policy was tried");
        return;
    }
    let path = folder.join("array.pkl");
    let input = Input::file(File::open(&path).unwrap()).unwrap();
    let report = scan("array.pkl", &input, &Options { digests: Digests::default(), ..Options::default() });
    let policy = policy(&report);
    assert!(policy.suffices(), "{policy:?}");
    fs::write(folder.join("policy.py"), policy.python()).unwrap();
    assert!(python("policy", folder), "the policy does not fit");
}
