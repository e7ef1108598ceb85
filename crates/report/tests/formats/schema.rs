//! The official schemas, where their folder is at hand. It is no part of the project, so a check that needs one says
//! when it was skipped, and beside it stands one that needs none.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use jsonschema::Registry;
use serde_json::Value;

/// The folder beside the checkout, or above it where the checkout is a linked work tree.
fn folder() -> Option<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().map(|above| above.join("shared/reference/schemas")).find(|folder| folder.is_dir())
}

/// Asserts that documents obey a schema; `beside` are the schemas that it refers to.
#[track_caller]
pub(crate) fn assert_valid(documents: &[Value], schema: &str, beside: &[&str]) {
    let Some(folder) = folder() else {
        // Written past the test harness, which shows what a passing test prints to nobody.
        let skipped = "SKIPPED: ../shared/reference/schemas is absent, so nothing was checked against";
        writeln!(std::io::stderr(), "{skipped} {schema}").unwrap();
        return;
    };
    let read = |name: &str| -> Value {
        serde_json::from_str(&std::fs::read_to_string(folder.join(name)).unwrap()).unwrap()
    };
    let mut registry = Registry::new();
    for name in beside {
        let schema = read(name);
        let id = schema["$id"].as_str().unwrap().to_owned();
        registry = registry.add(&id, schema).unwrap();
    }
    let registry = registry.prepare().unwrap();
    let schema = read(schema);
    let validator = jsonschema::options()
        .with_registry(&registry)
        .should_validate_formats(true)
        .offline()
        .build(&schema)
        .unwrap();
    for document in documents {
        let errors: Vec<String> = validator
            .iter_errors(document)
            .map(|error| format!("{} at {}", error, error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}
