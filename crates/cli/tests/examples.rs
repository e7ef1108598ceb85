//! The systems under `examples/` through the binary: they read without a problem, find what they were written to show,
//! and the order of their sections changes nothing.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says why and stops")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use casemate_core::{Case, ClaimStatus, Finding, FindingStatus, InputFormat, Severity, View};
use casemate_system::{Source, yaml};
use serde_json::Value;

const NOW: &str = "2026-11-23T00:00:00Z";

/// The folder that has a test file of its own.
const TESTED_APART: &str = "atlas";

/// Every other system file, by its folder.
const SYSTEMS: [&str; 10] = [
    "no-ai",
    "real/kserve-iris",
    "real/open-webui-ollama",
    "real/pytm-llm",
    "real/tay",
    "real/vllm-kubernetes",
    "support-bot",
    "support-bot/hardened",
    "tumour-screening",
    "tumour-screening/hardened",
];

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

/// The cases of all systems with their claims, made once for all tests.
static CLAIMED: LazyLock<BTreeMap<&str, Case>> =
    LazyLock::new(|| SYSTEMS.into_iter().map(|folder| (folder, assess(folder, View::Claimed))).collect());

fn claimed(folder: &str) -> &'static Case {
    CLAIMED.get(folder).unwrap_or_else(|| panic!("{folder} is not listed"))
}

fn assess(folder: &str, view: View) -> Case {
    run(&examples().join(folder), "casemate.yaml", view, None)
}

fn run(folder: &Path, file: &str, view: View, input: Option<&str>) -> Case {
    let mut child = Command::new(env!("CARGO_BIN_EXE_casemate"))
        .args([
            "assess",
            file,
            "--now",
            NOW,
            "--format",
            "json",
            "--fail-on",
            "never",
            "--view",
            view.as_str(),
        ])
        .current_dir(folder)
        .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    if let (Some(mut stdin), Some(text)) = (child.stdin.take(), input) {
        stdin.write_all(text.as_bytes()).expect("it reads stdin");
    }
    let output = child.wait_with_output().expect("it ends");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {errors}", folder.display());
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{}: {error}: {errors}", folder.display()))
}

fn open(case: &Case) -> BTreeSet<String> {
    case.open_findings().map(|finding| finding.id.to_string()).collect()
}

fn rests_alone(finding: &Finding) -> bool {
    finding.threat == "single-point-of-failure"
}

fn assert_open(case: &Case, wanted: &[&str]) {
    let open = open(case);
    for id in wanted {
        assert!(open.contains(*id), "no open {id} among {open:#?}");
    }
}

/// What a user is told is wrong with the description or its evidence.
fn problems(case: &Case) -> Vec<String> {
    case.problems.iter().map(|problem| problem.message.to_string()).collect()
}

#[test]
fn every_folder_with_a_system_file_is_tested() {
    let mut found = BTreeSet::new();
    let mut folders = vec![examples()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("examples are there") {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                if path != examples().join(TESTED_APART) {
                    folders.push(path);
                }
            } else if path.file_name().is_some_and(|name| name == "casemate.yaml") {
                let below = folder.strip_prefix(examples()).expect("it is below");
                found.insert(below.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    assert_eq!(found, SYSTEMS.into_iter().map(str::to_owned).collect());
}

#[test]
fn examples_have_no_problems_and_no_loose_ends() {
    for folder in SYSTEMS.into_iter().filter(|folder| *folder != "no-ai") {
        let case = claimed(folder);
        assert_eq!(case.input.format, InputFormat::System, "{folder}");
        assert_eq!(problems(case), Vec::<String>::new(), "{folder}");
        let loose = |finding: &&Finding| {
            matches!(finding.threat.as_str(), "dangling-reference" | "unmatched-acceptance")
        };
        assert_eq!(case.findings.iter().find(loose).map(|finding| &finding.id), None, "{folder}");
    }
}

#[test]
fn the_weak_support_bot_shows_what_is_wrong_with_it() {
    let case = claimed("support-bot");
    assert_open(
        case,
        &[
            "agent-identity-abuse@assistant",
            "contradicted-claim.api-authentication@llm",
            "data-exfiltration-by-agent@assistant",
            "excessive-agency@assistant",
            "indirect-prompt-injection@assistant",
            "memory-poisoning@assistant",
            "no-incident-response@support-bot",
            "prompt-injection@assistant",
            "rag-permission-bypass@ticket-index",
            "stale-evidence.llm-red-teaming@assistant",
            "tool-abuse@assistant",
            "unauthenticated-mcp-server@shop",
            "unauthenticated-model-api@assistant",
            "unauthenticated-model-api@llm",
            "unlimited-query-rate@shop-gateway",
            "unpinned-base-model@llm",
            "untrusted-mcp-server@parcel-tracking",
        ],
    );
    let ids = open(case);
    assert!((20..=38).contains(&ids.len()), "{} findings: {ids:#?}", ids.len());
    // The agent reads what others wrote; its model gets it from the agent and does not say it again.
    assert!(!ids.contains("indirect-prompt-injection@llm"));
    // A proxy is no guard.
    assert!(!ids.contains("guard-harms-group@shop-gateway"));
    assert_eq!(case.worst(), Some(Severity::Critical));
    assert_eq!(case.findings.iter().filter(|finding| finding.status == FindingStatus::Accepted).count(), 1);
    let statuses: BTreeSet<ClaimStatus> = case.claims.iter().map(|claim| claim.status).collect();
    for status in [
        ClaimStatus::Contradicted,
        ClaimStatus::Stale,
        ClaimStatus::NotApplicable,
        ClaimStatus::Unsupported,
        ClaimStatus::Asserted,
        ClaimStatus::Verified,
    ] {
        assert!(statuses.contains(&status), "no claim is {status}");
    }
}

#[test]
fn the_weak_screening_is_open_along_its_whole_pipeline() {
    let case = claimed("tumour-screening");
    assert_open(
        case,
        &[
            "adversarial-image-examples@screening",
            "annotators-see-personal-data@labelling",
            "data-in-transit-unencrypted@labelled",
            "data-poisoning@public-lesions",
            "feedback-poisoning@corrections",
            "hostile-data-file@intake",
            "inconclusive-evidence.bias-testing@screening",
            "label-flipping@labelling",
            "membership-inference@screening",
            "model-extraction@screening",
            "model-replaced-in-deployment@screening",
            "no-post-market-monitoring@tumour-screening",
            "notebook-compromise@workbench",
            "public-data-scrape-poisoning@public-lesions",
            "registry-overwrite@model-registry",
            "training-environment-compromise@training",
            "unauthenticated-model-api@screening",
            "unsafe-artefact-format@screening",
            "unsigned-model@model-registry",
            "unvalidated-model-input@screening",
        ],
    );
    let ids = open(case);
    assert!((25..=46).contains(&ids.len()), "{} findings: {ids:#?}", ids.len());
    // Attacks on inference stand where the model answers, not where it is trained.
    for threat in
        ["adversarial-image-examples", "membership-inference", "model-extraction", "unvalidated-model-input"]
    {
        assert!(!ids.contains(&format!("{threat}@training")), "{threat}");
    }
}

#[test]
fn hardening_closes_findings_and_evidence_keeps_them_closed() {
    for weak in ["support-bot", "tumour-screening"] {
        let hardened = format!("{weak}/hardened");
        let case = claimed(&hardened);
        // What is left says only that a goal rests on one control: one is enough, and a second would be deeper.
        let left: Vec<&Finding> = case.open_findings().filter(|finding| !rests_alone(finding)).collect();
        assert!(left.is_empty(), "{hardened}: {left:#?}");
        assert_eq!(case.worst(), Some(Severity::Low), "{hardened}");
        assert_eq!(
            case.findings.iter().filter(|f| f.status == FindingStatus::Accepted).count(),
            2,
            "{hardened}"
        );
        let count = |case: &Case| case.open_findings().filter(|finding| !rests_alone(finding)).count();
        let before = count(&assess(weak, View::Verified));
        let after = count(&assess(&hardened, View::Verified));
        assert!(after > 0 && after * 3 <= before, "{weak}: {before} open before, {after} after");
        let verified = case.claims.iter().filter(|claim| claim.status == ClaimStatus::Verified).count();
        assert!(verified * 2 > case.claims.len(), "{hardened}: {verified} of {} claims", case.claims.len());
        let weakest = case.claims.iter().map(|claim| claim.status).min();
        assert_eq!(weakest, Some(ClaimStatus::Asserted), "{hardened}");
    }
}

#[test]
fn fewer_claims_count_in_a_stricter_view() {
    for folder in SYSTEMS {
        let open = claimed(folder).open;
        assert!(open.claimed <= open.verified && open.verified <= open.bare, "{folder}: {open:?}");
    }
}

#[test]
fn real_systems_show_what_their_sources_tell() {
    let expected: [(&str, &[&str]); 5] = [
        (
            "real/kserve-iris",
            &[
                "unauthenticated-model-api@ingress",
                "unsafe-artefact-format@sklearn-iris",
                "plaintext-model-api@ingress",
            ],
        ),
        (
            "real/open-webui-ollama",
            &[
                "unauthenticated-model-api@ollama",
                "agent-code-execution@python-tools",
                "unpinned-dependencies@open-webui",
            ],
        ),
        (
            "real/pytm-llm",
            &[
                "prompt-injection@gpt-4-api",
                "excessive-agency@support-agent",
                "unvalidated-model-input@local-classifier",
            ],
        ),
        ("real/tay", &["feedback-poisoning@conversations", "harmful-output@tay"]),
        (
            "real/vllm-kubernetes",
            &[
                "remote-model-code@mistral-7b",
                "unpinned-base-model@mistral-7b",
                "unauthenticated-model-api@mistral-7b",
            ],
        ),
    ];
    for (folder, ids) in expected {
        assert_open(claimed(folder), ids);
        assert!(examples().join(folder).join("README.md").is_file(), "{folder} names its sources");
    }
}

#[test]
fn a_system_without_ai_has_no_findings_and_says_why() {
    let case = assess("no-ai", View::Bare);
    assert!(case.findings.is_empty(), "{:#?}", open(&case));
    let problems = problems(&case);
    assert!(
        problems.len() == 1 && problems.iter().all(|p| p.contains("no AI component was found")),
        "{problems:?}"
    );
}

#[test]
fn the_checklist_gives_its_two_lines() {
    let case = run(&examples(), "checklist.json", View::Claimed, None);
    let line = |f: &Finding| format!("[{}] {}: {}", f.severity.as_str().to_uppercase(), f.category, f.title);
    let lines: Vec<String> = case.findings.iter().map(line).collect();
    let expected = [
        "[CRITICAL] Model Security: Model API lacks authentication",
        "[HIGH] Adversarial Defense: No input validation on model inputs",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn the_order_of_the_file_never_shows() {
    for folder in SYSTEMS {
        let text =
            std::fs::read_to_string(examples().join(folder).join("casemate.yaml")).expect("it is there");
        let value: Value = yaml::parse(&Source { file: folder, text: &text }).expect("it is YAML");
        let case = without_places(claimed(folder));
        let turned =
            without_places(&run(&examples().join(folder), "-", View::Claimed, Some(&reversed(&value))));
        for part in ["findings", "closed", "claims", "goals", "open", "coverage", "problems"] {
            assert!(case.get(part).is_some(), "{part}");
            assert_eq!(case.get(part), turned.get(part), "{folder}: {part}");
        }
    }
}

/// The same content as JSON, which is YAML too, with every map and list written from its end.
fn reversed(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let entry = |(key, value): (&String, &Value)| {
                format!("{}: {}", Value::from(key.as_str()), reversed(value))
            };
            format!("{{{}}}", map.iter().rev().map(entry).collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().rev().map(reversed).collect::<Vec<_>>().join(", "))
        }
        scalar => scalar.to_string(),
    }
}

/// A case as JSON without lines and columns.
fn without_places(case: &Case) -> Value {
    let mut value = serde_json::to_value(case).expect("a case is JSON");
    drop_places(&mut value);
    value
}

fn drop_places(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.remove("location");
            map.values_mut().for_each(drop_places);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_places),
        _ => {}
    }
}
