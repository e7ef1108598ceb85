//! The built-in catalogue loads: every id names its file and every name leads somewhere. Finds what the build would
//! pass over in silence as well.

use anyhow::Result;
use casemate_catalog::Catalog;

use crate::repository::Repository;

pub(crate) fn check(repository: &Repository) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for folder in ["threats/", "controls/", "frameworks/"] {
        let folder = format!("crates/catalog/{folder}");
        for file in repository.files_in(&folder, "") {
            let name = file.trim_start_matches(&folder);
            if name != "README.md" && (!name.ends_with(".yaml") || name.contains('/')) {
                problems.push(format!("{file}: is not compiled in; only {folder}<id>.yaml is"));
            }
        }
    }
    if let Err(error) = Catalog::load(&[]) {
        problems.extend(error.to_string().lines().map(str::to_owned));
    }
    Ok(problems)
}
