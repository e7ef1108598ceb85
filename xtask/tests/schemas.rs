//! The JSON Schemas accept what Casemate itself ships and serve an editor: all is described, no key is unknown.

#![expect(clippy::unwrap_used, reason = "the helpers of a test are part of it")]

use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use serde_json::{Value, json};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Files below a folder whose path ends so; none if there is no such folder.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = entries
        .flat_map(|path| if path.is_dir() { files(&path, ending) } else { vec![path] })
        .filter(|path| path.to_string_lossy().replace('\\', "/").ends_with(ending))
        .collect();
    found.sort();
    found
}

fn is_evidence(path: &Path) -> bool {
    path.parent().is_some_and(|folder| folder.ends_with(".casemate/evidence"))
}

fn yaml(path: &Path) -> Value {
    serde_saphyr::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[track_caller]
fn accepts(schema: &Validator, what: &dyn std::fmt::Display, value: &Value) {
    let errors: Vec<String> =
        schema.iter_errors(value).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{what}: {}", errors.join("; "));
}

fn system_schema() -> Validator {
    jsonschema::validator_for(&casemate_system::json_schema()).unwrap()
}

#[test]
fn system_files_that_casemate_ships_are_accepted() {
    let schema = system_schema();
    accepts(&schema, &"starter.yaml", &yaml(&root().join("crates/cli/src/commands/starter.yaml")));
    for path in files(&root().join("examples"), "/casemate.yaml") {
        accepts(&schema, &path.display(), &yaml(&path));
    }
}

#[test]
fn the_examples_of_threats_are_accepted() {
    let schema = system_schema();
    let catalog = casemate_catalog::Catalog::load(&[]).unwrap();
    for (id, entry) in catalog.threats() {
        let examples = &entry.threat.examples;
        for example in [&examples.open, &examples.closed, &examples.not_applicable].into_iter().flatten() {
            let mut system = example.clone();
            let map = system.as_object_mut().unwrap();
            map.entry("version").or_insert(json!(1));
            map.entry("system")
                .or_insert(json!({}))
                .as_object_mut()
                .unwrap()
                .entry("id")
                .or_insert(json!("x"));
            accepts(&schema, id, &system);
        }
    }
}

#[test]
fn the_catalogue_and_evidence_are_accepted() {
    for (folder, ending, schema) in [
        ("crates/catalog/threats", ".yaml", casemate_catalog::threat_schema()),
        ("crates/catalog/controls", ".yaml", casemate_catalog::control_schema()),
        ("crates/catalog/frameworks", ".yaml", casemate_catalog::framework_schema()),
        ("examples", ".json", casemate_report::evidence_schema()),
    ] {
        let schema = jsonschema::validator_for(&schema).unwrap();
        let found = files(&root().join(folder), ending);
        for path in found.iter().filter(|path| folder != "examples" || is_evidence(path)) {
            accepts(&schema, &path.display(), &yaml(path));
        }
    }
}

#[test]
fn mistakes_are_rejected() {
    let schema = system_schema();
    let system = json!({ "version": 1, "system": { "id": "shop" } });
    accepts(&schema, &"the smallest system", &system);
    for (key, value) in [
        ("version", json!(2)),
        ("componets", json!({})),
        ("components", json!({ "llm": { "kind": "serv" } })),
        ("components", json!({ "llm": { "stage": "serve" } })),
        ("components", json!({ "The LLM": { "kind": "serve" } })),
        ("controls", json!([{ "control": "model-signing" }])),
        ("accept", json!([{ "finding": "a@b", "expires": "2027-01-31" }])),
    ] {
        let mut wrong = system.clone();
        wrong[key] = value;
        assert!(!schema.is_valid(&wrong), "{wrong}");
    }
}

#[test]
fn an_editor_finds_a_description_of_everything() {
    for schema in [
        casemate_system::json_schema(),
        casemate_catalog::threat_schema(),
        casemate_catalog::control_schema(),
        casemate_catalog::framework_schema(),
    ] {
        for key in ["$schema", "title", "description"] {
            assert!(schema[key].is_string(), "a schema has no {key}");
        }
        described(&schema, "the schema");
        for (name, definition) in schema["$defs"].as_object().unwrap() {
            described(definition, name);
        }
    }
}

/// An object is closed and all its properties are described; a list of words describes each.
fn described(schema: &Value, name: &str) {
    if let Some(properties) = schema["properties"].as_object() {
        assert_eq!(schema["additionalProperties"], json!(false), "{name} takes unknown keys");
        for (key, property) in properties {
            assert!(property["description"].is_string(), "{name}.{key} has no description");
        }
    }
    for word in schema["oneOf"].as_array().into_iter().flatten() {
        assert!(word["const"].is_string() && word["description"].is_string(), "{name}: {word}");
    }
}
