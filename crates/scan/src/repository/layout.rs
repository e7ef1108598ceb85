//! What lies in a model's folder that has no business there, or that stands there twice.

use std::collections::BTreeSet;

use casemate_core::{Confidence, Severity};

use super::{Told, Tree};
use crate::finding::Finding;
use crate::format::Format;
use crate::rule::Rule;
use crate::verdict::FileReport;

/// Endings of compiled code, and what it is.
const COMPILED: &[(&str, &str)] = &[
    (".so", "a shared library"),
    (".dylib", "a shared library"),
    (".dll", "a shared library"),
    (".pyd", "a Python module of machine code"),
    (".pyc", "compiled Python"),
    (".pyo", "compiled Python"),
];

/// Looks at each folder.
pub(super) fn judge(tree: &Tree<'_>) -> Told {
    let mut told = Vec::new();
    for (number, report, _, name) in tree.all() {
        told.extend(compiled(report, name).map(|finding| (number, finding)));
    }
    for folder in tree.by_folder.keys() {
        told.extend(doubled(tree, folder));
    }
    told
}

/// Compiled code, unless its own reader said as much.
fn compiled(report: &FileReport, name: &str) -> Option<Finding> {
    let lower = name.to_lowercase();
    let is_numbered = lower.contains(".so.");
    let (_, what) = COMPILED.iter().find(|(end, _)| lower.ends_with(end) || *end == ".so" && is_numbered)?;
    let is_told = report.findings.iter().any(|finding| finding.severity >= Severity::Medium);
    let is_code = matches!(report.format, Format::Executable | Format::Unknown | Format::Llamafile);
    let title = format!("`{name}` is {what}");
    (is_code && !is_told)
        .then(|| Finding::new(Rule::CompiledCode, Severity::Medium, Confidence::Medium, title, 0))
}

/// Weights that stand there as safetensors and as a pickle.
fn doubled(tree: &Tree<'_>, folder: &str) -> Told {
    let safe: BTreeSet<String> = tree
        .within(folder)
        .filter(|(_, report, _)| report.format == Format::Safetensors)
        .map(|(_, _, name)| stem(name))
        .collect();
    let pickles = tree.within(folder).filter(|(_, report, _)| {
        matches!(report.format, Format::Pickle | Format::TorchZip | Format::TorchLegacy | Format::TorchTar)
    });
    let doubled = pickles.filter(|(_, _, name)| safe.contains(&stem(name)));
    let tell = |(number, _, name): (usize, &FileReport, &str)| {
        let title = format!("`{name}` holds as a pickle what stands beside it as safetensors");
        (number, Finding::new(Rule::PickleBesideSafetensors, Severity::Low, Confidence::Medium, title, 0))
    };
    doubled.map(tell).collect()
}

/// What the weights are called, whatever their format: `pytorch_model.bin` is `model.safetensors`.
fn stem(name: &str) -> String {
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    let stem = match stem.rsplit_once("-of-").and_then(|(before, _)| before.rsplit_once('-')) {
        Some((series, _)) => series,
        None => stem,
    };
    stem.replace("pytorch_", "")
}
