//! Turns the catalogue's YAML files into one JSON document that is compiled in. JSON parses an order of
//! magnitude faster, and every run of the tool parses the catalogue.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let root = env::var("CARGO_MANIFEST_DIR")?;
    let mut files = BTreeMap::new();
    for folder in ["threats", "controls", "frameworks"] {
        let folder_path = Path::new(&root).join(folder);
        println!("cargo::rerun-if-changed={}", folder_path.display());
        for entry in fs::read_dir(&folder_path)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "yaml") {
                let text = fs::read_to_string(&path)?;
                let value: serde_json::Value =
                    serde_saphyr::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
                let name = path.file_name().ok_or("a file without a name")?.to_string_lossy().into_owned();
                files.insert(format!("{folder}/{name}"), value);
            }
        }
    }
    let target = Path::new(&env::var("OUT_DIR")?).join("catalog.json");
    fs::write(target, serde_json::to_vec(&files)?)?;
    Ok(())
}
