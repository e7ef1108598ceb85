//! The attacks under `examples/atlas/` through the binary: each reaches its goal without controls, by the steps that
//! were published and in their order, and with verified controls it does not.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says why and stops")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;

use casemate_catalog::{Catalog, Framework};
use casemate_core::{
    AttackPath, Case, ClaimStatus, Finding, Foothold, FrameworkId, GoalReach, Held, Id, View,
};
use casemate_system::{Source, yaml};

const NOW: &str = "2026-11-23T00:00:00Z";

/// What was published, and where it is encoded.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Chains {
    edition: FrameworkId,
    cases: Vec<Study>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Study {
    study: String,
    title: String,
    folder: String,
    goal: Foothold,
    techniques: Vec<String>,
}

/// A study with its case in each view.
struct Judged {
    study: &'static Study,
    bare: Case,
    claimed: Case,
    verified: Case,
}

static CHAINS: LazyLock<Chains> = LazyLock::new(|| {
    let text = read("chains.yaml");
    yaml::parse(&Source { file: "chains.yaml", text: &text })
        .unwrap_or_else(|problem| panic!("{}", problem.message))
});

static JUDGED: LazyLock<Vec<Judged>> = LazyLock::new(|| CHAINS.cases.iter().map(Judged::of).collect());

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::load(&[]).expect("the catalogue loads"));

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/atlas")
}

fn read(file: &str) -> String {
    std::fs::read_to_string(examples().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Starts to judge a folder in a view.
fn start(folder: &str, view: View) -> Child {
    Command::new(env!("CARGO_BIN_EXE_casemate"))
        .args(["assess", "casemate.yaml", "--now", NOW, "--format", "json", "--fail-on", "never"])
        .args(["--view", view.as_str()])
        .current_dir(examples().join(folder))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts")
}

fn case(folder: &str, started: Child) -> Case {
    let output = started.wait_with_output().expect("it ends");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{folder}: {errors}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{folder}: {error}: {errors}"))
}

impl Judged {
    /// Judges a study in all views at once.
    fn of(study: &'static Study) -> Self {
        let start = |view| start(&study.folder, view);
        let (bare, claimed, verified) = (start(View::Bare), start(View::Claimed), start(View::Verified));
        let case = |started| case(&study.folder, started);
        Self { study, bare: case(bare), claimed: case(claimed), verified: case(verified) }
    }

    /// How the goal stands in a case.
    fn goal<'c>(&self, case: &'c Case) -> &'c GoalReach {
        let attack = case.attack.as_ref().unwrap_or_else(|| panic!("{}: no attack", self.study.folder));
        let goal = attack.goals.iter().find(|goal| goal.id == self.study.goal);
        goal.unwrap_or_else(|| panic!("{}: {} is not among the goals", self.study.folder, self.study.goal))
    }

    /// The path without controls.
    fn path(&self) -> &AttackPath {
        let path = self.goal(&self.bare).path.as_ref();
        path.unwrap_or_else(|| panic!("{}: {} is not reached", self.study.folder, self.study.goal))
    }

    /// What ATLAS calls a finding, in all editions.
    fn techniques(&self, finding: &str) -> BTreeSet<&str> {
        let found = self.bare.findings.iter().find(|known| known.id.to_string() == finding);
        let found = found.unwrap_or_else(|| panic!("{}: no {finding}", self.study.folder));
        let atlas = found.references.iter().filter(|(framework, _)| framework.name == CHAINS.edition.name);
        atlas.flat_map(|(_, ids)| ids).map(|id| id.as_ref()).collect()
    }
}

/// Whether two techniques are the same, or one is a kind of the other.
fn same(a: &str, b: &str) -> bool {
    let kind_of = |a: &str, b: &str| a.strip_prefix(b).is_some_and(|rest| rest.starts_with('.'));
    a == b || kind_of(a, b) || kind_of(b, a)
}

/// The edition of ATLAS that the chains are written in.
fn atlas() -> &'static Framework {
    CATALOG.frameworks().get(&CHAINS.edition).expect("the edition is in the catalogue")
}

#[test]
fn every_folder_is_listed_once() {
    let listed: Vec<&str> = CHAINS.cases.iter().map(|study| study.folder.as_str()).collect();
    let entries = std::fs::read_dir(examples())
        .expect("examples are there")
        .map(|entry| entry.expect("it can be read"));
    let found: BTreeSet<String> = entries
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(found, listed.iter().map(|folder| (*folder).to_owned()).collect());
    assert_eq!(found.len(), listed.len(), "a folder is listed twice");
    let studies: Vec<&str> = CHAINS.cases.iter().map(|study| study.study.as_str()).collect();
    assert!(studies.is_sorted_by(|a, b| a < b), "each study once, in order: {studies:?}");
}

#[test]
fn the_cases_are_many_and_cover_what_attackers_want() {
    assert!(CHAINS.cases.len() >= 20, "{} cases", CHAINS.cases.len());
    let goals: BTreeSet<Held> = CHAINS.cases.iter().map(|study| study.goal.what).collect();
    assert!(goals.iter().all(|goal| matches!(goal, Held::Goal(_))), "{goals:?}");
    assert!(goals.len() >= 5, "{goals:?}");
    let longer = JUDGED.iter().filter(|judged| judged.path().threats().count() >= 2).count();
    assert!(longer >= 6, "{longer} paths of two threats or more");
}

#[test]
fn chains_are_those_that_were_published() {
    for study in &CHAINS.cases {
        let item = atlas().item(&study.study).unwrap_or_else(|| panic!("{} is no study", study.study));
        assert_eq!((&*item.kind, &*item.title), ("case-study", study.title.as_str()), "{}", study.study);
        let published: Vec<&str> = item.related.iter().map(|id| id.as_ref()).collect();
        assert_eq!(study.techniques, published, "{}", study.study);
    }
}

#[test]
fn each_system_reads_without_a_problem_and_each_claim_is_verified() {
    for judged in JUDGED.iter() {
        let folder = &judged.study.folder;
        for case in [&judged.bare, &judged.claimed, &judged.verified] {
            assert!(case.problems.is_empty(), "{folder}: {:#?}", case.problems);
            // What is wrong with the case itself is a threat of no catalogue entry; that a goal hangs on one control
            // alone is no fault of the description.
            let about_the_case = |finding: &&Finding| {
                !CATALOG.threats().contains_key(&finding.threat)
                    && !finding.threat.as_str().starts_with("single-point-of-failure")
            };
            assert_eq!(
                case.findings.iter().find(about_the_case).map(|finding| &finding.id),
                None,
                "{folder}"
            );
        }
        let claims = &judged.verified.claims;
        assert!(!claims.is_empty(), "{folder}: nothing is claimed");
        for claim in claims {
            assert_eq!(
                claim.status,
                ClaimStatus::Verified,
                "{folder}: {} on {}",
                claim.control,
                claim.component
            );
        }
    }
}

#[test]
fn without_controls_the_goal_is_reached() {
    for judged in JUDGED.iter() {
        assert!(judged.path().replays(&judged.study.goal), "{}: {:#?}", judged.study.folder, judged.path());
    }
}

#[test]
fn paths_follow_the_published_chain() {
    for judged in JUDGED.iter() {
        let study = judged.study;
        let mut reached = 0;
        for (_, threat) in judged.path().threats() {
            let known = judged.techniques(&threat.to_string());
            let step =
                study.techniques.iter().position(|technique| known.iter().any(|id| same(id, technique)));
            let step = step.unwrap_or_else(|| {
                panic!("{}: {threat} ({known:?}) is no step of {:?}", study.folder, study.techniques)
            });
            assert!(step >= reached, "{}: {threat} comes too late in {:?}", study.folder, study.techniques);
            reached = step;
        }
    }
}

#[test]
fn with_the_controls_the_goal_is_out_of_reach() {
    for judged in JUDGED.iter() {
        for case in [&judged.claimed, &judged.verified] {
            let goal = judged.goal(case);
            let reached = (goal.claimed, goal.verified, goal.path.is_some());
            assert_eq!(reached, (false, false, false), "{}: {:#?}", judged.study.folder, goal.path);
        }
    }
}

#[test]
fn some_claim_is_among_what_atlas_lists_against_the_attack() {
    let against = |mitigation: &str, study: &Study| {
        let item = atlas().item(mitigation);
        let mut mitigates = item.into_iter().flat_map(|item| &item.related);
        mitigates.any(|id| study.techniques.iter().any(|technique| same(id, technique)))
    };
    let listed: BTreeMap<_, Vec<&str>> = CATALOG
        .controls()
        .iter()
        .map(|(id, control)| {
            let atlas =
                control.references.iter().filter(|(framework, _)| framework.name == CHAINS.edition.name);
            (id, atlas.flat_map(|(_, ids)| ids).map(|id| id.as_ref()).collect())
        })
        .collect();
    for judged in JUDGED.iter() {
        let study = judged.study;
        let helps =
            |control: &Id| listed.get(control).is_some_and(|ids| ids.iter().any(|id| against(id, study)));
        // Against plain holes and stolen keys, ATLAS lists nothing of its own.
        let anything = listed.keys().copied().any(helps);
        let claimed = judged.verified.claims.iter().any(|claim| helps(&claim.control));
        assert!(claimed || !anything, "{}", study.folder);
    }
}

#[test]
fn files_say_what_they_encode() {
    let table = read("README.md");
    for judged in JUDGED.iter() {
        let study = judged.study;
        let text = read(&format!("{}/casemate.yaml", study.folder));
        let head: Vec<&str> = text.lines().map_while(|line| line.strip_prefix('#')).collect();
        let head = head.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
        let row = table.lines().find(|line| line.contains(&format!("({}/casemate.yaml)", study.folder)));
        let row = row.unwrap_or_else(|| panic!("{} is not in the table", study.folder));
        let chain = study.techniques.join(", ");
        for said in [study.study.as_str(), &study.title, &chain, "Left out: "] {
            assert!(head.contains(said), "{}: the comment does not say `{said}`", study.folder);
        }
        let threats = judged.path().threats().map(|(_, threat)| threat.to_string());
        for name in threats.chain([study.goal.to_string()]) {
            let name = format!("`{name}`");
            assert!(head.contains(&name), "{}: the comment does not name {name}", study.folder);
            assert!(row.contains(&name), "{}: the table does not name {name}", study.folder);
        }
        let lines =
            text.lines().filter(|line| !line.trim().is_empty() && !line.trim().starts_with('#')).count();
        assert!((5..=40).contains(&lines), "{}: {lines} lines; keep it small", study.folder);
    }
}
