//! Every relative link in a Markdown file leads to a file of the repository, and to a heading where it names one.
//! Addresses on the web are not contacted.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::documents::Document;
use crate::repository::Repository;

pub(crate) fn check(repository: &Repository) -> Result<Vec<String>> {
    let mut documents = BTreeMap::new();
    for file in repository.files_in("", ".md") {
        documents.insert(file, Document::parse(&repository.read(file)?));
    }
    let mut problems = Vec::new();
    for (file, document) in &documents {
        for target in &document.targets {
            if let Some(problem) = problem(file, target, &documents, repository) {
                problems.push(format!("{file}: {problem}"));
            }
        }
    }
    Ok(problems)
}

fn problem(
    file: &str,
    target: &str,
    documents: &BTreeMap<&str, Document>,
    repository: &Repository,
) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let Some(path) = resolve(file, path) else {
        return Some(format!(
            "the link `{target}` leads out of the repository; name the file by its address on the web"
        ));
    };
    let folder = format!("{}/", path.trim_end_matches('/'));
    if !repository.has(&path) && !path.is_empty() && repository.files_in(&folder, "").next().is_none() {
        return Some(format!("the link `{target}` leads nowhere: there is no {path}"));
    }
    let missing = documents
        .get(path.as_str())
        .is_some_and(|other| !anchor.is_empty() && !other.anchors.contains(anchor));
    missing.then(|| format!("the link `{target}` leads nowhere: {path} has no heading `#{anchor}`"))
}

/// A link's path from the root of the repository; `None` if it leaves it.
fn resolve(file: &str, link: &str) -> Option<String> {
    if link.is_empty() {
        return Some(file.to_owned());
    }
    let mut path: Vec<&str> = file.split('/').collect();
    path.pop();
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                path.pop()?;
            }
            name => path.push(name),
        }
    }
    Some(path.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_relative_to_their_file() {
        assert_eq!(
            resolve("docs/src/assess.md", "reference/cli.md").as_deref(),
            Some("docs/src/reference/cli.md")
        );
        assert_eq!(resolve("docs/src/assess.md", "../../README.md").as_deref(), Some("README.md"));
        assert_eq!(resolve("README.md", "./examples/").as_deref(), Some("examples"));
        assert_eq!(resolve("README.md", "").as_deref(), Some("README.md"));
        assert_eq!(resolve("README.md", "../other"), None);
    }
}
