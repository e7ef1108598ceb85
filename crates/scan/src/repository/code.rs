//! Code that a loader is told to run: where it is, and what it does. Code that nobody is told to run is judged by
//! itself.

use std::collections::BTreeSet;

use casemate_core::{Confidence, Severity};

use super::{Told, Tree, folder, resolved};
use crate::capability::Capability;
use crate::fact::{About, Fact};
use crate::finding::Finding;
use crate::format::Format;
use crate::rule::Rule;
use crate::verdict::FileReport;

/// How many calls of one file are told.
const MOST: usize = 20;

/// Files that loaders run without being told, and who does.
const UNASKED: &[(&str, &str)] = &[
    ("custom_generate/generate.py", "Generating with remote code allowed"),
    ("handler.py", "An inference endpoint for this model"),
];

/// Follows every configuration to the code it names.
pub(super) fn judge(tree: &Tree<'_>) -> Told {
    let mut told = Vec::new();
    let mut run = BTreeSet::new();
    for (number, report, folder, _) in tree.all() {
        for fact in own(report, About::RemoteCode) {
            if fact.name.contains("--") {
                continue;
            }
            let code = match report.format {
                Format::TritonConfig => versions(tree, folder),
                _ => located(tree, folder, fact).into_iter().collect(),
            };
            if code.is_empty() {
                told.extend(missing(report, fact).map(|finding| (number, finding)));
            }
            run.extend(code);
        }
        if is_model(report) {
            for (path, who) in UNASKED {
                if let Some(code) = tree.find(folder, path) {
                    run.insert(code);
                    let title = format!("{who} runs this file");
                    let finding =
                        Finding::new(Rule::RemoteCode, Severity::Medium, Confidence::Medium, title, 0);
                    told.push((code, finding));
                }
            }
        }
    }
    for code in reached(tree, run) {
        let calls = tree.files.get(code).map(dangerous).unwrap_or_default();
        told.extend(calls.into_iter().map(|finding| (code, finding)));
    }
    told
}

/// The facts that a file tells of itself, and not of what is in it.
fn own(report: &FileReport, about: About) -> impl Iterator<Item = &Fact> {
    report.facts.iter().filter(move |fact| fact.about == about && fact.member.is_empty())
}

/// Whether a file is a configuration that says what kind of model there is.
fn is_model(report: &FileReport) -> bool {
    own(report, About::Metadata).any(|fact| matches!(&*fact.name, "architectures" | "model_type"))
}

/// The file in which a class is: its module, or a package of that name.
fn located(tree: &Tree<'_>, folder: &str, fact: &Fact) -> Option<usize> {
    let (module, _) = fact.name.rsplit_once('.')?;
    let path = module.replace('.', "/");
    let below = resolved(folder, &fact.detail).unwrap_or_default();
    [&*below, folder].into_iter().find_map(|below| {
        tree.find(below, &format!("{path}.py")).or_else(|| tree.find(below, &format!("{path}/__init__.py")))
    })
}

/// The programs of a model's versions, which lie in folders with numbers for names.
fn versions(tree: &Tree<'_>, below: &str) -> Vec<usize> {
    let all = tree.all().filter(|(_, _, folder, name)| {
        let (above, version) = folder.rsplit_once('/').unwrap_or(("", folder));
        *name == "model.py" && above == below && version.bytes().all(|byte| byte.is_ascii_digit())
    });
    all.map(|(number, ..)| number).collect()
}

/// Only `auto_map` and MLflow say for certain that the code comes with the model.
fn missing(report: &FileReport, fact: &Fact) -> Option<Finding> {
    if !matches!(report.format, Format::HfConfig | Format::MlModel) {
        return None;
    }
    let title = format!("The loader is told to run `{}`, whose file is not there", fact.name);
    Some(Finding::new(Rule::MissingCode, Severity::Low, Confidence::High, title, 0))
}

/// What runs, with everything it imports from beside it.
fn reached(tree: &Tree<'_>, mut run: BTreeSet<usize>) -> BTreeSet<usize> {
    let mut open: Vec<usize> = run.iter().copied().collect();
    while let Some(number) = open.pop() {
        let Some(report) = tree.files.get(number) else { continue };
        for fact in own(report, About::NeedsFile) {
            if let Some(next) = tree.find(folder(&report.path), &fact.name)
                && run.insert(next)
            {
                open.push(next);
            }
        }
    }
    run
}

/// The calls of code that a loader runs, where they can do harm.
fn dangerous(report: &FileReport) -> Vec<Finding> {
    let calls = own(report, About::Code).filter_map(|fact| {
        let at_import = is_at_import(&fact.detail)?;
        let (severity, confidence) = rated(fact.name.parse().ok()?, at_import)?;
        let title = format!("Loading the model runs this: {}", fact.detail);
        Some(Finding::new(Rule::RemoteCodeDangerous, severity, confidence, title, 0))
    });
    calls.take(MOST).collect()
}

/// Whether a call happens when the file is imported; nothing if a loader does not come to it at all.
fn is_at_import(detail: &str) -> Option<bool> {
    let has = |words: &[&str]| words.iter().any(|word| detail.contains(word));
    if has(&["at import", "when imported"]) {
        Some(true)
    } else {
        has(&["in function", "in a function"]).then_some(false)
    }
}

/// How bad a call is in code that a loader runs. Models read files and load weights; they start no processes. What
/// waits in a function may wait for its user.
fn rated(capability: Capability, at_import: bool) -> Option<(Severity, Confidence)> {
    Some(match (capability, at_import) {
        (Capability::CodeExecution | Capability::Process, true) => (Severity::Critical, Confidence::High),
        (Capability::Network | Capability::FileWrite, true) => (Severity::High, Confidence::Medium),
        (Capability::CodeExecution | Capability::Process, false) => (Severity::High, Confidence::Medium),
        (Capability::Network | Capability::FileWrite, false) => (Severity::Medium, Confidence::Low),
        _ => return None,
    })
}
