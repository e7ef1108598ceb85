//! Evidence from a scan: what the files show about the controls that are claimed of whoever uses them. It judges files
//! only; whether a claim holds is for `assess`.

use std::collections::BTreeMap;

use casemate_core::evidence::{
    Evidence, Measure, Method, PREDICATE_TYPE, Predicate, STATEMENT_TYPE, Subject, Tier, Verdict as Outcome,
};
use casemate_core::{Id, Timestamp};

use crate::fact::About;
use crate::format::Format;
use crate::report::ScanReport;
use crate::verdict::{FileReport, Status, Verdict};

/// One control that files can speak to.
struct Check {
    control: &'static str,
    check: &'static str,
    /// Whether looking at the files tries the control itself, or only what it is about.
    tier: Tier,
    /// What a file shows: that the control fails, that it holds, or nothing.
    shows: fn(&FileReport) -> Option<bool>,
}

const CHECKS: &[Check] = &[
    Check {
        control: "artefact-scanning",
        check: "artefact-scan-clean",
        tier: Tier::Verified,
        shows: |file| Some(file.verdict < Verdict::Suspicious),
    },
    Check {
        control: "safe-serialisation",
        check: "no-executable-format",
        tier: Tier::Verified,
        shows: holds_no_code,
    },
    Check {
        control: "remote-code-ban",
        check: "no-remote-code",
        tier: Tier::Observed,
        shows: |file| Some(!has(file, "remote-code")),
    },
    Check {
        control: "secrets-management",
        check: "no-secrets-in-repository",
        tier: Tier::Observed,
        shows: |file| Some(!has(file, "secret-")),
    },
    Check {
        control: "vulnerability-management",
        check: "no-known-vulnerabilities",
        tier: Tier::Observed,
        shows: has_advisory,
    },
];

/// The evidence that a scan gives about an element of a system: one document for each control it can speak to. `now` is
/// the time that is written down.
#[must_use]
pub fn evidence(report: &ScanReport, element: &Id, now: Timestamp) -> Vec<Evidence> {
    CHECKS.iter().filter_map(|check| of(check, report, element, now)).collect()
}

fn of(check: &Check, report: &ScanReport, element: &Id, now: Timestamp) -> Option<Evidence> {
    let shown: Vec<(&FileReport, bool)> =
        report.files.iter().filter_map(|file| Some((file, (check.shows)(file)?))).collect();
    if shown.is_empty() {
        return None;
    }
    let failing: Vec<&FileReport> = shown.iter().filter(|(_, holds)| !holds).map(|(file, _)| *file).collect();
    let unread: Vec<&FileReport> =
        shown.iter().map(|(file, _)| *file).filter(|file| file.status != Status::Complete).collect();
    let verdict = match (failing.is_empty(), unread.is_empty()) {
        (false, _) => Outcome::Fail,
        (true, false) => Outcome::Inconclusive,
        (true, true) => Outcome::Pass,
    };
    let number = |count: usize| Measure::Number(u32::try_from(count).map_or(f64::INFINITY, f64::from));
    let problem =
        |what: &str, file: &&FileReport| format!("{what}: {}", casemate_core::printable(&file.path));
    Some(Evidence {
        statement_type: STATEMENT_TYPE.to_owned(),
        subject: vec![Subject { name: element.to_string(), digest: report.summary.root.clone() }],
        predicate_type: PREDICATE_TYPE.to_owned(),
        predicate: Predicate {
            control: check.control.parse().ok()?,
            check: check.check.parse().ok()?,
            verdict,
            tier: check.tier,
            measured: BTreeMap::from([
                ("n".to_owned(), number(shown.len())),
                ("failing".to_owned(), number(failing.len())),
                ("not_read_wholly".to_owned(), number(unread.len())),
            ]),
            method: Method {
                tool: "casemate scan".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                parameters: BTreeMap::new(),
                seed: None,
            },
            started: now,
            finished: now,
            expires: None,
            problems: failing
                .iter()
                .map(|file| problem("fails", file))
                .chain(unread.iter().map(|file| problem("not read wholly", file)))
                .take(100)
                .collect(),
        },
    })
}

/// Whether a rule whose id begins so found something.
fn has(file: &FileReport, rule: &str) -> bool {
    file.findings.iter().any(|finding| finding.rule.as_str().starts_with(rule))
}

/// Formats whose loaders run what the file says.
const WITH_CODE: &[Format] = &[
    Format::Pickle,
    Format::Joblib,
    Format::TorchZip,
    Format::TorchScript,
    Format::TorchLegacy,
    Format::TorchTar,
    Format::Mar,
    Format::Nemo,
    Format::Torch7,
    Format::Rds,
    Format::Rda,
    Format::Llamafile,
];

/// Formats that hold a model as data; operators and layers that run code are told by what loading them does.
const AS_DATA: &[Format] = &[
    Format::Safetensors,
    Format::Gguf,
    Format::Ggml,
    Format::Npy,
    Format::Npz,
    Format::Hdf5,
    Format::KerasH5,
    Format::Keras,
    Format::SavedModel,
    Format::GraphDef,
    Format::MetaGraph,
    Format::TfLite,
    Format::Onnx,
    Format::OpenVino,
    Format::CoreMl,
    Format::Pmml,
    Format::XgboostJson,
    Format::XgboostUbj,
    Format::XgboostBinary,
    Format::LightGbm,
    Format::CatBoost,
    Format::FlaxMsgpack,
    Format::Skops,
    Format::Paddle,
    Format::ExecuTorch,
    Format::TensorRt,
    Format::MxNet,
];

/// Whether a model is kept as data, with nothing for its loader to run. Nothing for what is no model.
fn holds_no_code(file: &FileReport) -> Option<bool> {
    let members = file.facts.iter().filter(|fact| fact.about == About::Member);
    let within = members.filter_map(|fact| fact.detail.parse().ok());
    let formats: Vec<Format> = within.chain([file.format]).collect();
    let among = |some: &[Format]| formats.iter().any(|format| some.contains(format));
    match (among(WITH_CODE), among(AS_DATA)) {
        (true, _) => Some(false),
        (false, true) => Some(!file.capabilities.iter().any(|capability| capability.is_dangerous())),
        (false, false) => None,
    }
}

/// Whether no package that is asked for has a known vulnerability. Nothing where advisories were not looked up.
fn has_advisory(file: &FileReport) -> Option<bool> {
    has(file, "dependency-advisory").then_some(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Input, Options, scan};

    fn verdicts(files: &[(&str, &[u8])]) -> BTreeMap<String, Outcome> {
        let files =
            files.iter().map(|(path, bytes)| scan(path, &Input::from(bytes.to_vec()), &Options::default()));
        let report = ScanReport::new(files.collect());
        let now = "2026-11-25T00:00:00Z".parse().unwrap();
        let documents = evidence(&report, &"llm".parse().unwrap(), now);
        documents
            .into_iter()
            .map(|document| (document.predicate.control.to_string(), document.predicate.verdict))
            .collect()
    }

    #[test]
    fn a_harmful_file_fails_the_scan_alone() {
        let found = verdicts(&[("m.pkl", b"cos\nsystem\n(S'x'\ntR.")]);
        assert_eq!(found.get("artefact-scanning"), Some(&Outcome::Fail));
        assert_eq!(found.get("remote-code-ban"), Some(&Outcome::Pass));
    }

    #[test]
    fn what_was_not_read_is_no_pass() {
        let found = verdicts(&[("m.bin", b"\x01\x02\x03")]);
        assert_eq!(found.get("artefact-scanning"), Some(&Outcome::Inconclusive));
    }

    #[test]
    fn a_model_is_kept_safely_where_nothing_in_it_is_run() {
        let on = |files: &[(&str, &[u8])]| verdicts(files).remove("safe-serialisation");
        let tensors = include_bytes!("../fixtures/spare/tensors-safetensors/many.safetensors");
        assert_eq!(on(&[("m.safetensors", tensors)]), Some(Outcome::Pass));
        let plain = b"(dp0\nS'a'\nI1\ns.";
        assert_eq!(on(&[("m.safetensors", tensors), ("m.pkl", plain)]), Some(Outcome::Fail));
        let lambda = include_bytes!("../fixtures/catch/keras-lambda-code/system.keras");
        assert_eq!(on(&[("m.keras", lambda)]), Some(Outcome::Fail));
        assert_eq!(on(&[("README.md", b"# Words\n")]), None);
    }

    #[test]
    fn code_of_another_repository_fails_the_ban() {
        let found = verdicts(&[("config.json", br#"{"auto_map": {"AutoModel": "a/b--c.D"}}"#)]);
        assert_eq!(found.get("remote-code-ban"), Some(&Outcome::Fail));
    }
}
