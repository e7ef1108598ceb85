//! The targets of `casemate-scan`: one for every format, named like it, and one for conversion and comparison each. A format
//! without a reader of its own, such as one that is a zip inside, is reached by the whole scan.
//! `crates/scan/tests/corpus.rs` runs the same functions; nothing here may depend on the fuzzer.

use casemate_scan::testing::{forced, lawful};
use casemate_scan::{
    FileReport, Format, Input, Limits, Options, PickleLimits, ScanReport, Version, convert, diff, policy,
    scan,
};

/// A target's name and what it does.
type Target = (&'static str, fn(&[u8]));

/// The targets that are no formats.
const OTHERS: &[Target] = &[("convert", converts), ("diff", differs)];

/// The names of all targets.
pub fn names() -> impl Iterator<Item = &'static str> {
    let read = |format: &&Format| !matches!(format, Format::Unknown | Format::Empty);
    let formats = Format::ALL.iter().filter(read).map(|format| format.as_str());
    formats.chain(OTHERS.iter().map(|(name, _)| *name))
}

/// Runs a target.
///
/// # Panics
/// If something does not hold for the bytes, or there is no such target.
pub fn run(name: &str, bytes: &[u8]) {
    if let Some((_, target)) = OTHERS.iter().find(|(target, _)| *target == name) {
        return target(bytes);
    }
    match name.parse() {
        Ok(format) => reads(format, bytes),
        Err(_) => panic!("there is no target {name}"),
    }
}

/// Whatever the bytes, the readers of a format and the whole scan keep the laws, and say the same twice.
fn reads(format: Format, bytes: &[u8]) {
    let input = Input::from(bytes.to_vec());
    let once = forced(format, &input, limits());
    once.iter().for_each(|report| keeps_the_laws(report, &input));
    assert_eq!(once, forced(format, &input, limits()));
    let report = whole(path(format), &input);
    assert_eq!(report, whole(path(format), &input));
    assert!(!policy(&report).python().is_empty());
}

/// What is converted is as long as it says, and is clean.
fn converts(bytes: &[u8]) {
    let mut out = Vec::new();
    if let Ok(converted) = convert(&Input::from(bytes.to_vec()), &mut out) {
        assert_eq!(converted.bytes, out.len() as u64);
        let report = whole("converted", &Input::from(out));
        assert_eq!(report.format, Format::Safetensors, "{report:?}");
        assert_eq!(report.coverage.gaps, Vec::<String>::new());
    }
}

/// Two files in one, the length of the first before it: nothing differs from itself.
fn differs(bytes: &[u8]) {
    let (len, rest) = bytes.split_first().map_or((0, bytes), |(len, rest)| (usize::from(*len) * 16, rest));
    let (before, now) = rest.split_at(len.min(rest.len()));
    let report = |bytes: &[u8]| ScanReport::new(vec![whole("model", &Input::from(bytes.to_vec()))]);
    let (before, now) = (report(before), report(now));
    let version = |report| Version { report, root: "" };
    let _ = diff(version(&before), version(&now));
    let same = diff(version(&now), version(&now));
    assert!(same.files.is_empty() && same.facts.is_empty() && same.new.is_empty(), "{same:?}");
}

fn whole(path: &str, input: &Input) -> FileReport {
    let options = Options { limits: limits(), ..Options::default() };
    let report = scan(path, input, &options);
    keeps_the_laws(&report, input);
    report
}

fn keeps_the_laws(report: &FileReport, input: &Input) {
    let kept = lawful(report, input.len());
    assert!(kept.is_ok(), "{kept:?}");
}

/// Limits that a fuzzer reaches in little time and memory.
fn limits() -> Limits {
    let pickle =
        PickleLimits { opcodes: 200_000, all_nested_bytes: 4 * 1024 * 1024, ..PickleLimits::default() };
    Limits { members: 2_000, unpacked: 32 * 1024 * 1024, pickle, ..Limits::default() }
}

/// Where a file of a format is said to be. Some formats are told by their names.
fn path(format: Format) -> &'static str {
    match format {
        Format::Dockerfile => "Dockerfile",
        Format::HfConfig | Format::KerasConfig => "config.json",
        Format::Jinja => "chat_template.jinja",
        Format::KerasMetadata => "keras_metadata.pb",
        Format::LockFile => "poetry.lock",
        Format::MlModel => "MLmodel",
        Format::ModelCard => "README.md",
        Format::Notebook => "a.ipynb",
        Format::Oci => "manifest.json",
        Format::PyProject => "pyproject.toml",
        Format::Python => "model.py",
        Format::Requirements => "requirements.txt",
        Format::Shell => "run.sh",
        Format::ShardIndex => "model.safetensors.index.json",
        Format::Text => "LICENSE",
        Format::Toml => "a.toml",
        Format::TritonConfig => "config.pbtxt",
        Format::Yaml => "a.yaml",
        _ => "model",
    }
}
