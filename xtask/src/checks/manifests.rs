//! Every crate takes the workspace's lints and is named after its folder. Its dependencies are for `dependencies`.

use anyhow::Result;

use crate::metadata;
use crate::repository::Repository;

pub(crate) fn check(repository: &Repository) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for package in metadata::packages(repository)? {
        let manifest = &package.manifest_path;
        if !takes_lints(&repository.read(manifest)?) {
            problems.push(format!("{manifest}: add `[lints]` with `workspace = true`"));
        }
        let named = match manifest.strip_prefix("crates/").and_then(|rest| rest.strip_suffix("/Cargo.toml")) {
            Some("cli") => "casemate".to_owned(),
            Some(folder) => format!("casemate-{folder}"),
            None => package.name.clone(),
        };
        if package.name != named {
            problems.push(format!(
                "{manifest}: the package is `{}`; name it `{named}` after its folder",
                package.name
            ));
        }
    }
    Ok(problems)
}

fn takes_lints(manifest: &str) -> bool {
    let mut lines = manifest.lines().map(str::trim).skip_while(|line| *line != "[lints]").skip(1);
    lines.find(|line| !line.is_empty()) == Some("workspace = true")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lints_are_taken_from_the_workspace() {
        assert!(takes_lints("[package]\nname = \"a\"\n\n[lints]\nworkspace = true\n"));
        assert!(!takes_lints("[package]\nname = \"a\"\n"));
        assert!(!takes_lints("[lints]\n[lints.rust]\nworkspace = true\n"));
    }
}
