//! Imports: what each format becomes, what it cannot become, and that hostile inputs only ever give an answer.
//! `UPDATE_EXPECT=1` rewrites the expected files.

#![expect(clippy::unwrap_used, reason = "a test helper may fail the test")]

use std::fs;
use std::path::{Path, PathBuf};

use casemate_core::{InputFormat, ProblemKind};
use casemate_system::file::SystemFile;
use casemate_system::{Description, Names, Source, import, read, read_file, to_yaml, yaml};

const FORMATS: [(InputFormat, &str); 4] = [
    (InputFormat::TmLibrary, "tm-library/parcel-sorter.json"),
    (InputFormat::Threagile, "threagile/ticket-desk.yaml"),
    (InputFormat::Otm, "otm/loan-check.yaml"),
    (InputFormat::CycloneDx, "cyclonedx/wine-advisor.json"),
];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/import")
}

fn names() -> Names {
    Names { controls: import::claimable().map(str::to_owned).collect(), ..Names::default() }
}

/// Every fixture: its format by its folder, its path and its text.
fn every_fixture() -> Vec<(InputFormat, PathBuf, String)> {
    let mut found = Vec::new();
    for (format, example) in FORMATS {
        let folder = fixtures().join(example).parent().unwrap().to_owned();
        let mut paths: Vec<PathBuf> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths.into_iter().filter(|path| !path.to_string_lossy().contains("expected")) {
            let text = fs::read_to_string(&path).unwrap();
            found.push((format, path, text));
        }
    }
    found
}

#[test]
fn each_format_becomes_the_system_file_a_person_would_write() {
    for (format, example) in FORMATS {
        let path = fixtures().join(example);
        let text = fs::read_to_string(&path).unwrap();
        let source = Source { file: example, text: &text };
        let (file, problems) = read_file(&source, format).unwrap();
        let mut result = to_yaml(&file);
        result.push_str("\n# Problems\n");
        for problem in &problems {
            result.push_str(&format!("# [{}] {}\n", problem.kind, problem.message));
        }
        let expected = path.with_extension("expected.yaml");
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            fs::write(&expected, &result).unwrap();
        }
        assert_eq!(
            result,
            fs::read_to_string(&expected).unwrap_or_default(),
            "{example}: UPDATE_EXPECT=1 rewrites"
        );
        assert!(problems.iter().any(|problem| problem.kind == ProblemKind::NotMapped));
    }
}

#[test]
fn an_input_is_told_by_its_keys_and_resolves() {
    for (format, path, text) in every_fixture() {
        let source = Source { file: "input", text: &text };
        let described =
            read(&source, &names()).unwrap_or_else(|errors| panic!("{}: {errors:?}", path.display()));
        assert_eq!(described.format, format, "{}", path.display());
        assert!(matches!(described.description, Description::System(_)));
    }
}

#[test]
fn what_is_written_reads_back_the_same() {
    for (format, path, text) in every_fixture() {
        let (file, _) = read_file(&Source { file: "input", text: &text }, format).unwrap();
        let written = to_yaml(&file);
        let read: SystemFile = yaml::parse(&Source { file: "written", text: &written })
            .unwrap_or_else(|error| panic!("{}: {error}\n{written}", path.display()));
        assert_eq!(read, file, "{}", path.display());
    }
}

#[test]
fn dangling_references_are_kept_for_the_report() {
    for (format, expected) in [
        (InputFormat::TmLibrary, &["components.label-desk.boundary", "flows.export.to"][..]),
        (InputFormat::Threagile, &["components.articles-index.stores", "flows.chat-api-bill.to"]),
        (InputFormat::Otm, &["components.features.stores", "components.trainer.boundary", "flows.lost.to"]),
        (InputFormat::CycloneDx, &["components.sommelier.model.fine_tuned_on", "flows.web-to-lost.to"]),
    ] {
        let (_, example) = FORMATS.into_iter().find(|(known, _)| *known == format).unwrap();
        let text = fs::read_to_string(fixtures().join(example)).unwrap();
        let described = read(&Source { file: example, text: &text }, &names()).unwrap();
        let Description::System(system) = described.description else { panic!("{example} is a system") };
        let mut keys: Vec<&str> = system.dangling.iter().map(|dangling| dangling.key.as_str()).collect();
        keys.sort_unstable();
        assert_eq!(keys, expected, "{example}");
    }
}

#[test]
fn colliding_names_stay_apart_and_references_follow() {
    let text = fs::read_to_string(fixtures().join("tm-library/collisions.json")).unwrap();
    let (file, problems) = read_file(&Source { file: "input", text: &text }, InputFormat::TmLibrary).unwrap();
    let ids: Vec<&str> = file.components.0.iter().map(|(id, _)| id.value.as_str()).collect();
    assert_eq!(file.system.id.value, "api");
    assert_eq!(ids, ["api-2", "api-3", "api-4", "api-2-2"]);
    let flow = &file.flows.0[0].1;
    assert_eq!((flow.from.value.as_str(), flow.to.value.as_str()), ("api-3", "api-2"));
    // A name that merely looks like an id given here leads nowhere.
    assert_eq!(file.flows.0[1].1.from.value, "api-4?");
    assert_eq!(file.components.0[3].1.boundary.as_ref().unwrap().value, "api-3?");
    assert!(problems.iter().any(|problem| problem.message.contains("given a second time")));
}

#[test]
fn nothing_unknown_is_dropped_in_silence() {
    let inputs = [
        (
            InputFormat::TmLibrary,
            r#"{"trust_zones": [{"symbolic_name": "z", "title": "z", "moat": true}], "novel": [1, 2]}"#,
        ),
        (
            InputFormat::Threagile,
            r#"{"threagile_version": "1", "technical_assets": {"a": {"moat": true}}, "novel": [1, 2]}"#,
        ),
        (
            InputFormat::Otm,
            r#"{"otmVersion": "1", "components": [{"id": "a", "moat": true}], "novel": [1, 2]}"#,
        ),
        (
            InputFormat::CycloneDx,
            r#"{"bomFormat": "CycloneDX", "services": [{"name": "a", "moat": true}], "novel": [1, 2]}"#,
        ),
    ];
    for (format, text) in inputs {
        let (_, problems) = read_file(&Source { file: "input", text }, format).unwrap();
        for part in ["moat`: 1 value has no place", "`novel`: 2 entries have no place"] {
            assert!(
                problems.iter().any(|problem| problem.message.contains(part)),
                "{format}: {part} in {problems:#?}"
            );
        }
    }
}

#[test]
fn a_flood_of_unknown_keys_gives_a_bounded_list() {
    let keys: Vec<String> = (0..5000).map(|n| format!("\"k{n}\": 1")).collect();
    let text = format!("{{\"otmVersion\": \"1\", {}}}", keys.join(", "));
    let (_, problems) = read_file(&Source { file: "input", text: &text }, InputFormat::Otm).unwrap();
    assert!(problems.len() <= 201);
    assert!(problems.last().unwrap().message.starts_with("4800 further values"));
}

#[test]
fn control_characters_never_come_through() {
    for (format, path, text) in every_fixture() {
        let (file, problems) = read_file(&Source { file: "input", text: &text }, format).unwrap();
        let mut all = to_yaml(&file);
        all.extend(problems.iter().map(|problem| problem.message.as_ref()));
        assert!(!all.chars().any(|c| c.is_control() && c != '\n' || c == '\u{202e}'), "{}", path.display());
    }
}

#[test]
fn malformed_input_is_one_diagnostic_with_its_place() {
    for (format, text) in [
        (InputFormat::TmLibrary, "{\"trust_zones\": [}"),
        (InputFormat::Threagile, "threagile_version: 1\n  technical_assets: {"),
        (InputFormat::Otm, "otmVersion: 1\notmVersion: 2"),
        (InputFormat::CycloneDx, "{\"bomFormat\": \"CycloneDX\""),
    ] {
        let error = read_file(&Source { file: "input", text }, format).unwrap_err();
        assert!(error.location.is_some(), "{format}: {error}");
    }
    for (format, _) in FORMATS {
        assert!(read_file(&Source { file: "input", text: "[1, 2]" }, format).is_err());
        let deep = format!("{{\"a\": {}1{}}}", "[".repeat(5000), "]".repeat(5000));
        assert!(read_file(&Source { file: "input", text: &deep }, format).is_err());
    }
}
