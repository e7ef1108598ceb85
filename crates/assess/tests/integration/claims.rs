//! What claims are worth, and what that does to findings.

use crate::common::{Evidence, PASS, With, find, judge, judge_with};
use casemate_assess::EvidenceFile;
use casemate_core::{ClaimStatus, Recorded, Severity, View};

const SYSTEM: &str = "components:
  llm: { kind: serve, exposes: [{ protocol: https, auth: none, public: true }], model: { task: chat, modality: [text], outputs: [text] } }
controls:
  - control: api-authentication
    on: [llm]
    evidence: [{ kind: probe, check: endpoint-requires-auth, max_age: 30d }]
";
const GAP: &str = "unauthenticated-model-api@llm";

fn with(evidence: &[Evidence]) -> With<'static> {
    With { evidence: evidence.iter().map(Evidence::file).collect(), ..With::default() }
}

fn status(evidence: &[Evidence]) -> ClaimStatus {
    judge_with(SYSTEM, with(evidence)).claims[0].status
}

#[test]
fn a_claim_closes_a_finding_where_claims_count_and_nowhere_else() {
    let case = judge(SYSTEM);
    assert_eq!(case.claims[0].status, ClaimStatus::Unsupported);
    assert!(find(&case, GAP).is_none());
    let verified = judge_with(SYSTEM, With { view: Some(View::Verified), ..With::default() });
    assert!(find(&verified, GAP).is_some_and(|finding| finding.reason.contains("claimed and not verified")));
    assert!(find(&judge_with(SYSTEM, With { view: Some(View::Bare), ..With::default() }), GAP).is_some());
    assert!(case.open.bare > case.open.claimed && case.open.verified > case.open.claimed);
}

#[test]
fn a_check_that_passed_verifies() {
    let verified = With { view: Some(View::Verified), ..with(&[PASS]) };
    let case = judge_with(SYSTEM, verified);
    assert_eq!(case.claims[0].status, ClaimStatus::Verified);
    assert!(find(&case, GAP).is_none());
    assert_eq!(case.claims[0].evidence[0].measured.as_deref(), Some("ci 0.91 to 1, n 40, refused 1"));
    assert_eq!(status(&[Evidence { tier: "observed", ..PASS }]), ClaimStatus::Observed);
}

#[test]
fn a_check_that_failed_contradicts_whatever_else_passed() {
    let fail = Evidence { verdict: "fail", check: "another-check", ..PASS };
    let case = judge_with(SYSTEM, with(&[PASS, fail]));
    assert_eq!(case.claims[0].status, ClaimStatus::Contradicted);
    assert!(find(&case, GAP).is_some(), "a disproved control protects nothing");
    let finding = find(&case, "contradicted-claim.api-authentication@llm").unwrap();
    assert_eq!(finding.severity, Severity::Critical);
}

#[test]
fn the_latest_run_of_a_check_counts() {
    let before = Evidence { verdict: "fail", finished: "2026-11-10T00:00:00Z", ..PASS };
    assert_eq!(status(&[before, PASS]), ClaimStatus::Verified);
    let after = Evidence { verdict: "fail", finished: "2026-11-21T00:00:00Z", ..PASS };
    assert_eq!(status(&[PASS, after]), ClaimStatus::Contradicted);
    let unsure = Evidence { verdict: "inconclusive", finished: "2026-11-21T00:00:00Z", ..PASS };
    let failed = Evidence { verdict: "fail", ..PASS };
    assert_eq!(
        status(&[unsure, failed]),
        ClaimStatus::Contradicted,
        "a failure stands until the check passes"
    );
    let tie = Evidence { verdict: "fail", ..PASS };
    assert_eq!(status(&[PASS, Evidence { ..tie }]), ClaimStatus::Contradicted);
    assert_eq!(
        status(&[tie, PASS]),
        ClaimStatus::Contradicted,
        "of two at once the one that says less counts"
    );
    let unclear = || Evidence { verdict: "inconclusive", ..PASS };
    assert_eq!(status(&[PASS, unclear()]), status(&[unclear(), PASS]));
}

#[test]
fn old_evidence_is_stale_by_max_age_and_by_expiry() {
    let old = Evidence { finished: "2026-10-01T00:00:00Z", ..PASS };
    let case = judge_with(SYSTEM, with(&[old]));
    assert_eq!(case.claims[0].status, ClaimStatus::Stale);
    assert!(find(&case, "stale-evidence.api-authentication@llm").is_some());
    assert_eq!(status(&[Evidence { expires: Some("2026-11-22T00:00:00Z"), ..PASS }]), ClaimStatus::Stale);
    let failed_long_ago = Evidence { verdict: "fail", finished: "2026-02-01T00:00:00Z", ..PASS };
    assert_eq!(
        status(&[failed_long_ago]),
        ClaimStatus::Contradicted,
        "a failure does not expire into a pass"
    );
}

#[test]
fn what_could_not_be_checked_never_looks_like_a_pass() {
    let case = judge_with(SYSTEM, with(&[Evidence { verdict: "inconclusive", ..PASS }]));
    assert_eq!(case.claims[0].status, ClaimStatus::NotCheckable);
    assert!(find(&case, "inconclusive-evidence.api-authentication@llm").is_some());
    assert_eq!(status(&[Evidence { verdict: "not-applicable", ..PASS }]), ClaimStatus::NotCheckable);
}

#[test]
fn evidence_about_something_else_counts_for_nothing_and_says_so() {
    let digest = SYSTEM.replace("task: chat,", "task: chat, digest: \"sha256:aa\",");
    let other = With { evidence: vec![Evidence { digest: Some("bb"), ..PASS }.file()], ..With::default() };
    let case = judge_with(&digest, other);
    assert_eq!(case.claims[0].status, ClaimStatus::Unsupported);
    assert!(
        case.problems.iter().any(|problem| problem.message.contains("tested another artefact")),
        "{:?}",
        case.problems
    );
    let same = With { evidence: vec![Evidence { digest: Some("AA"), ..PASS }.file()], ..With::default() };
    assert_eq!(judge_with(&digest, same).claims[0].status, ClaimStatus::Verified);

    let signing = digest.replace("control: api-authentication", "control: model-signing");
    let signed = |digest| Evidence { control: "model-signing", digest, ..PASS };
    let case = judge_with(&signing, with(&[signed(None)]));
    assert_eq!(case.claims[0].status, ClaimStatus::Unsupported, "a signature is of one artefact");
    assert!(
        case.problems.iter().any(|problem| problem.message.contains("does not say by its sha256 digest"))
    );
    assert_eq!(judge_with(&signing, with(&[signed(Some("aa"))])).claims[0].status, ClaimStatus::Verified);

    let case = judge_with(SYSTEM, with(&[Evidence { subject: "other", ..PASS }]));
    assert!(
        case.problems.iter().any(|problem| problem.message.contains("nobody claims")),
        "{:?}",
        case.problems
    );
    let case = judge_with(SYSTEM, with(&[Evidence { finished: "2027-01-01T00:00:00Z", ..PASS }]));
    assert_eq!(case.claims[0].status, ClaimStatus::Unsupported);
    assert!(
        case.problems.iter().any(|problem| problem.message.contains("after the time of this assessment"))
    );
}

#[test]
fn a_document_that_is_there_asserts_and_one_that_is_not_supports_nothing() {
    let system = SYSTEM.replace(
        "kind: probe, check: endpoint-requires-auth, max_age: 30d",
        "kind: document, path: docs/auth.md",
    );
    let there = With { documents: [("docs/auth.md".to_owned(), true)].into(), ..With::default() };
    assert_eq!(judge_with(&system, there).claims[0].status, ClaimStatus::Asserted);
    let case = judge(&system);
    assert_eq!(case.claims[0].status, ClaimStatus::Unsupported);
    assert!(case.claims[0].reason.contains("not there"), "{}", case.claims[0].reason);
}

#[test]
fn a_control_that_does_not_apply_closes_nothing() {
    let case = judge(&SYSTEM.replace("on: [llm]", "on: [llm]\n    not_applicable: the endpoint is a demo"));
    assert_eq!(case.claims[0].status, ClaimStatus::NotApplicable);
    assert_eq!(&*case.claims[0].reason, "the endpoint is a demo");
    assert!(find(&case, GAP).is_some());
}

#[test]
fn claims_reach_what_they_name_and_what_lies_in_it() {
    let system = |on: &str| {
        format!(
            "boundaries: {{ org: {{ kind: org }}, cluster: {{ kind: namespace, parent: org }}, other: {{ kind: vpc }} }}
components: {{ llm: {{ kind: serve, boundary: cluster, exposes: [{{ auth: none }}], model: {{ task: chat }} }} }}
controls: [{{ control: api-authentication, on: [{on}] }}]"
        )
    };
    for on in ["llm", "cluster", "org", "example"] {
        assert!(find(&judge(&system(on)), GAP).is_none(), "{on}");
    }
    assert!(find(&judge(&system("other")), GAP).is_some());
}

#[test]
fn data_is_protected_when_every_component_that_holds_it_is() {
    let system = |on: &str| {
        format!(
            "data: {{ set: {{ kind: training, sensitivity: confidential }} }}
components:
  lake: {{ kind: store, stores: [set] }}
  backup: {{ kind: store, stores: [set] }}
  train: {{ kind: train }}
flows: {{ load: {{ from: lake, to: train, data: [set] }} }}
controls: [{{ control: data-encryption-at-rest, on: [{on}] }}]"
        )
    };
    let gap = "training-data-unencrypted@set";
    assert!(find(&judge(&system("lake")), gap).is_some(), "the backup is not protected");
    assert!(find(&judge(&system("lake, backup")), gap).is_none());
    assert!(find(&judge(&system("set")), gap).is_none());
}

#[test]
fn a_claim_on_the_trainer_reaches_the_models_it_makes() {
    let system = |control: &str, on: &str| {
        format!(
            "actors: {{ customer: {{ kind: user }} }}
data: {{ records: {{ kind: training, personal: true, sensitivity: confidential }} }}
components:
  train: {{ kind: train, stores: [records] }}
  registry: {{ kind: registry }}
  scorer: {{ kind: serve, exposes: [{{ auth: none }}], model: {{ task: classification, modality: [tabular], outputs: [scores], fine_tuned_on: [records] }} }}
flows:
  push: {{ from: train, to: registry }}
  pull: {{ from: registry, to: scorer }}
  ask: {{ from: customer, to: scorer }}
controls: [{{ control: {control}, on: [{on}] }}]"
        )
    };
    let gap = "membership-inference@scorer";
    assert!(find(&judge(&system("rollback", "scorer")), gap).is_some());
    for on in ["scorer", "train", "records"] {
        assert!(find(&judge(&system("differential-privacy", on)), gap).is_none(), "{on}");
    }
    let serving = "unauthenticated-model-api@scorer";
    assert!(
        find(&judge(&system("api-authentication", "train")), serving).is_some(),
        "serving is not protected in training"
    );
}

#[test]
fn a_claim_on_all_around_does_not_make_good_what_a_check_disproved() {
    let fail = || With { evidence: vec![Evidence { verdict: "fail", ..PASS }.file()], ..With::default() };
    let broken = "contradicted-claim.api-authentication@llm";
    let system = |on: &str| {
        format!(
            "boundaries: {{ cluster: {{ kind: namespace }} }}
components:
  llm: {{ kind: serve, boundary: cluster, exposes: [{{ auth: none }}], model: {{ task: chat }} }}
  other: {{ kind: serve, boundary: cluster, exposes: [{{ auth: none }}], model: {{ task: chat }} }}
controls: [{{ control: api-authentication, on: [{on}] }}]"
        )
    };
    for on in ["cluster", "example", "cluster, llm", "llm, example, cluster, llm"] {
        let case = judge_with(&system(on), fail());
        assert!(find(&case, GAP).is_some(), "{on}");
        assert_eq!(
            case.findings.iter().filter(|finding| finding.id.to_string() == broken).count(),
            1,
            "one finding: {on}"
        );
        assert!(find(&case, "unauthenticated-model-api@other").is_none(), "only `llm` failed: {on}");
        let pass = With { view: Some(View::Verified), ..with(&[PASS]) };
        let case = judge_with(&system(on), pass);
        assert!(find(&case, GAP).is_none(), "what passed inside is verified: {on}");
        assert!(find(&case, "unauthenticated-model-api@other").is_some(), "and nothing else is: {on}");
    }
}

#[test]
fn data_is_not_protected_by_a_store_whose_control_failed() {
    let system = "data: { set: { kind: training, sensitivity: confidential } }
components: { lake: { kind: store, stores: [set] }, train: { kind: train } }
flows: { load: { from: lake, to: train, data: [set] } }
controls: [{ control: data-encryption-at-rest, on: [example] }]";
    let gap = "training-data-unencrypted@set";
    assert!(find(&judge(system), gap).is_none());
    let failed =
        Evidence { control: "data-encryption-at-rest", subject: "lake", verdict: "fail", ..PASS }.file();
    assert!(find(&judge_with(system, With { evidence: vec![failed], ..With::default() }), gap).is_some());
}

#[test]
fn a_claim_that_the_description_contradicts_is_a_finding() {
    let disputed = "disputed-claim.api-authentication@llm";
    let case = judge(SYSTEM);
    assert!(find(&case, disputed).is_some_and(|finding| finding.reason.contains("`auth: none`")));
    assert!(find(&judge(&SYSTEM.replace("auth: none", "auth: api-key")), disputed).is_none());
    let disproved = judge_with(SYSTEM, with(&[Evidence { verdict: "fail", ..PASS }]));
    assert!(find(&disproved, disputed).is_none(), "it is contradicted already");
}

/// A document, and where the ledger puts it.
fn placed(evidence: &Evidence, place: Recorded) -> EvidenceFile {
    EvidenceFile { ledger: Some(place), ..evidence.file() }
}

#[test]
fn what_the_ledger_does_not_vouch_for_counts_against_a_claim_and_never_for_it() {
    let judge =
        |files: &[EvidenceFile]| judge_with(SYSTEM, With { evidence: files.to_vec(), ..With::default() });
    let fail = Evidence { verdict: "fail", ..PASS };
    let later = Evidence { finished: "2026-11-21T10:00:00Z", ..PASS };

    let case = judge(&[placed(&PASS, Recorded::Recorded)]);
    assert_eq!(case.claims[0].status, ClaimStatus::Verified);
    assert_eq!(case.claims[0].evidence[0].ledger, Some(Recorded::Recorded));
    assert!(case.problems.is_empty(), "{:?}", case.problems);

    for place in [Recorded::Missing, Recorded::Unchecked] {
        let case = judge(&[placed(&PASS, place)]);
        assert_eq!(case.claims[0].status, ClaimStatus::NotCheckable);
        assert_eq!(
            &*case.claims[0].reason,
            "the ledger does not vouch for `endpoint-requires-auth` of 2026-11-20"
        );
        assert_eq!(case.claims[0].evidence[0].ledger, Some(place));
        assert_eq!(judge(&[placed(&fail, place)]).claims[0].status, ClaimStatus::Contradicted);
        // It takes nothing away from what is recorded, either way.
        let failed = judge(&[placed(&fail, Recorded::Recorded), placed(&later, place)]);
        assert_eq!(
            failed.claims[0].status,
            ClaimStatus::Contradicted,
            "a pass put there does not mend a failure"
        );
        let passed = judge(&[placed(&PASS, Recorded::Recorded), placed(&later, place)]);
        assert_eq!(passed.claims[0].status, ClaimStatus::Verified);
    }
    let told = &judge(&[placed(&PASS, Recorded::Missing)]).problems[0].message;
    assert!(told.starts_with("evidence.json: not in the ledger"), "{told}");
}
