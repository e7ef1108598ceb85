//! The evidence documents of the encoded case studies: one for each claim and element, with figures from a table. Judges
//! nothing; `example-check` stands for tools that would have run.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, anyhow, bail};
use casemate_core::evidence::{Evidence, PREDICATE_TYPE, STATEMENT_TYPE};
use casemate_system::file::{Claim, SystemFile};
use casemate_system::{Source, yaml};
use serde_json::{Map, Value, json};

use crate::repository::Repository;

/// The folder whose systems get documents.
const EXAMPLES: &str = "examples/atlas/";
/// Where documents lie, beside a system file.
const FOLDER: &str = "/.casemate/evidence/";

/// What a run of a check found.
enum Run {
    /// All of so many tries went well, counted under a name.
    All(&'static str, u32),
    /// None of so many tries went wrong, counted under a name.
    None(&'static str, u32),
    /// Some of so many tries, counted under a name, with the rate that was allowed and the rate without the control.
    Some { name: &'static str, count: u32, n: u32, threshold: f64, undefended: f64 },
}

/// The figures of each check, all of them invented. An attack that would not succeed without the control shows nothing,
/// so every rate stands beside the one without it.
#[rustfmt::skip] // A table: one check, one line.
const RUNS: &[(&str, Run)] = &[
    ("agent-stops-on-command", Run::All("stopped", 20)),
    ("artefact-scan-clean", Run::None("findings", 12)),
    ("base-model-pinned", Run::All("matching", 4)),
    ("blocks-harmful-output", Run::Some { name: "passed", count: 4, n: 250, threshold: 0.05, undefended: 0.38 }),
    ("citations-resolve", Run::All("resolved", 120)),
    ("consequential-action-waits", Run::All("waited", 50)),
    ("data-digest-matches", Run::All("matching", 25_000)),
    ("endpoint-hides-scores", Run::None("scores-seen", 200)),
    ("endpoint-rejects-malformed", Run::All("rejected", 60)),
    ("extraction-alarm-fires", Run::All("alarms", 20)),
    ("feedback-burst-flagged", Run::All("flagged", 20)),
    ("hidden-instructions-not-indexed", Run::Some { name: "indexed", count: 1, n: 200, threshold: 0.05, undefended: 1.0 }),
    ("implausible-input-refused", Run::Some { name: "accepted", count: 6, n: 300, threshold: 0.05, undefended: 0.83 }),
    ("lockfile-has-hashes", Run::All("with-hash", 140)),
    ("mcp-requires-token", Run::None("answered-without-token", 6)),
    ("mcp-server-pinned", Run::All("pinned", 3)),
    ("model-digest-matches", Run::All("matching", 3)),
    ("model-is-sealed", Run::All("sealed", 4)),
    ("model-signature-verifies", Run::All("matching", 3)),
    ("no-known-vulnerabilities", Run::None("known-vulnerabilities", 5)),
    ("no-secrets-in-repository", Run::None("secrets", 480)),
    ("poison-screen-run", Run::Some { name: "planted-missed", count: 3, n: 100, threshold: 0.1, undefended: 1.0 }),
    ("provenance-recorded", Run::All("with-provenance", 25_000)),
    ("provenance-verifies", Run::All("with-provenance", 4)),
    ("quota-enforced", Run::All("stopped", 10)),
    ("rate-limit-enforced", Run::All("refused", 340)),
    ("registry-write-restricted", Run::All("refused", 9)),
    ("remote-content-not-rendered", Run::None("rendered", 60)),
    ("resists-direct-injection", Run::Some { name: "followed", count: 4, n: 300, threshold: 0.05, undefended: 0.41 }),
    ("resists-indirect-injection", Run::Some { name: "followed", count: 2, n: 200, threshold: 0.05, undefended: 0.37 }),
    ("resists-jailbreaks", Run::Some { name: "complied", count: 3, n: 250, threshold: 0.05, undefended: 0.62 }),
    ("robust-accuracy", Run::Some { name: "misled", count: 188, n: 2_000, threshold: 0.15, undefended: 0.94 }),
    ("store-encrypted", Run::None("readable", 20)),
    ("system-prompt-not-disclosed", Run::None("canary-seen", 150)),
    ("tls-configured", Run::None("plaintext-accepted", 4)),
    ("tool-checks-caller-rights", Run::All("refused", 30)),
    ("tool-definitions-unchanged", Run::All("unchanged", 8)),
    ("tool-has-no-host-mounts", Run::None("host-files-seen", 25)),
    ("tool-runs-unprivileged", Run::None("privileges-gained", 25)),
    ("tools-withdrawn-after-untrusted-content", Run::All("withdrawn", 40)),
    ("training-not-exposed", Run::None("open-ports", 12)),
    ("unauthorised-caller-refused", Run::All("refused", 36)),
    ("unlisted-destination-refused", Run::All("refused", 24)),
];

/// Every document and its text.
pub(super) fn files(repository: &Repository) -> Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    for name in repository.files_in(EXAMPLES, "/casemate.yaml") {
        let text = repository.read(name)?;
        let source = Source { file: name, text: &text };
        let system: SystemFile =
            yaml::parse(&source).map_err(|problem| anyhow!("{name}: {}", problem.message))?;
        let folder = name.trim_end_matches("/casemate.yaml");
        for claim in &system.controls {
            for (file, text) in documents(claim).with_context(|| format!("in {name}"))? {
                if files.insert(format!("{folder}{FOLDER}{file}"), text).is_some() {
                    bail!("{name}: {file} would be written for two claims; join them");
                }
            }
        }
    }
    Ok(files)
}

/// Whether a file lies where only generated documents do.
pub(crate) fn owns(file: &str) -> bool {
    file.starts_with(EXAMPLES) && file.contains(FOLDER)
}

/// The documents for a claim: one for each element and check.
fn documents(claim: &Claim) -> Result<Vec<(String, String)>> {
    let control = claim.control.value.as_str();
    let checks: Vec<&str> =
        claim.evidence.iter().filter_map(|pointer| Some(pointer.check.as_ref()?.as_str())).collect();
    let [check] = checks.as_slice() else {
        bail!("the claim of `{control}` names {} checks; name one", checks.len());
    };
    let document = |on: &str| Ok((format!("{control}-{on}.json"), document(control, on, check)?));
    claim.on.iter().map(|on| document(&on.value)).collect()
}

fn document(control: &str, on: &str, check: &str) -> Result<String> {
    let known = RUNS.iter().find(|(name, _)| *name == check);
    let (_, run) = known.with_context(|| format!("the check `{check}` has no figures in {}", file!()))?;
    let (measured, parameters) = figures(run);
    let document = json!({
        "_type": STATEMENT_TYPE,
        "subject": [{ "name": on }],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "control": control,
            "check": check,
            "verdict": "pass",
            "tier": "verified",
            "measured": measured,
            "method": { "tool": "example-check", "version": "1.0.0", "parameters": parameters },
            "started": "2026-11-16T08:00:00Z",
            "finished": "2026-11-16T08:05:00Z",
            "expires": "2030-12-31T00:00:00Z",
            "problems": [],
        },
    });
    serde_json::from_value::<Evidence>(document.clone())
        .context("what is written is no evidence document")?;
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

/// What was measured, and with which parameters.
fn figures(run: &Run) -> (Value, Value) {
    let counted = |name: &str, count: u32, n: u32| {
        let mut measured = Map::new();
        measured.insert(name.to_owned(), count.into());
        measured.insert("n".to_owned(), n.into());
        measured
    };
    match *run {
        Run::All(name, n) => (counted(name, n, n).into(), json!({})),
        Run::None(name, n) => (counted(name, 0, n).into(), json!({})),
        Run::Some { name, count, n, threshold, undefended } => {
            let mut measured = counted(name, count, n);
            measured.insert("rate".to_owned(), rounded(f64::from(count) / f64::from(n)).into());
            measured.insert("ci".to_owned(), interval(count, n).into());
            (measured.into(), json!({ "threshold": threshold, "undefended": undefended }))
        }
    }
}

/// The 95 % interval of a rate (Wilson).
fn interval(count: u32, n: u32) -> Vec<f64> {
    const Z: f64 = 1.959_964;
    let n = f64::from(n);
    let rate = f64::from(count) / n;
    let centre = rate + Z * Z / (2.0 * n);
    let half = Z * (rate * (1.0 - rate) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    vec![rounded((centre - half) / scale), rounded((centre + half) / scale)]
}

fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_stand_beside_their_interval_and_what_happens_without_the_control() {
        let run = Run::Some { name: "followed", count: 3, n: 300, threshold: 0.05, undefended: 0.41 };
        let (measured, parameters) = figures(&run);
        assert_eq!(measured, json!({ "followed": 3, "n": 300, "rate": 0.01, "ci": [0.0034, 0.029] }));
        assert_eq!(parameters, json!({ "threshold": 0.05, "undefended": 0.41 }));
    }

    #[test]
    fn every_rate_passes_what_it_was_allowed_and_differs_from_what_happens_without_the_control() {
        for (check, run) in RUNS {
            if let Run::Some { count, n, threshold, undefended, .. } = *run {
                let [_, most] = interval(count, n)[..] else { panic!("two ends") };
                assert!(most <= threshold && threshold < undefended, "{check}: {most}");
            }
        }
    }

    #[test]
    fn a_check_without_figures_is_named() {
        let error = document("rate-limiting", "llm", "guessing").unwrap_err().to_string();
        assert!(error.contains("`guessing` has no figures"), "{error}");
    }
}
