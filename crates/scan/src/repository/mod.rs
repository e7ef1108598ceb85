//! What only several files together show: code that a configuration makes its loader run, shards that are missing,
//! weights that stand there twice, models without a licence. It reads reports and their facts, never a file.

mod code;
mod images;
mod layout;
mod licence;
mod shards;

use std::collections::BTreeMap;

use crate::finding::Finding;
use crate::verdict::FileReport;

/// Adds what files show together to the reports of those that it is about.
pub(crate) fn judge(files: &mut [FileReport]) {
    let mut told: BTreeMap<usize, Vec<Finding>> = BTreeMap::new();
    let tree = Tree::new(files);
    for (file, finding) in code::judge(&tree)
        .into_iter()
        .chain(shards::judge(&tree))
        .chain(layout::judge(&tree))
        .chain(licence::judge(&tree))
    {
        told.entry(file).or_default().push(finding);
    }
    let unseen = images::judge(&tree);
    for (file, findings) in told {
        if let Some(report) = files.get_mut(file) {
            report.take(findings);
        }
    }
    for (file, why) in unseen {
        if let Some(report) = files.get_mut(file) {
            report.gap(&why);
        }
    }
}

/// A finding, and the number of the file it is about.
type Told = Vec<(usize, Finding)>;

/// The files by their paths.
struct Tree<'f> {
    files: &'f [FileReport],
    by_path: BTreeMap<String, usize>,
    /// The files of each folder.
    by_folder: BTreeMap<String, Vec<usize>>,
}

impl<'f> Tree<'f> {
    fn new(files: &'f [FileReport]) -> Self {
        let mut tree = Self { files, by_path: BTreeMap::new(), by_folder: BTreeMap::new() };
        for (number, file) in files.iter().enumerate() {
            if let Some(path) = resolved("", &file.path) {
                tree.by_folder.entry(folder(&path).to_owned()).or_default().push(number);
                tree.by_path.insert(path, number);
            }
        }
        tree
    }

    /// Every file with its number, its folder and its name.
    fn all(&self) -> impl Iterator<Item = (usize, &'f FileReport, &str, &str)> {
        self.by_path.iter().filter_map(|(path, number)| {
            let report = self.files.get(*number)?;
            Some((*number, report, folder(path), name(path)))
        })
    }

    /// A file by its path below a folder.
    fn find(&self, below: &str, path: &str) -> Option<usize> {
        self.by_path.get(&resolved(below, path)?).copied()
    }

    /// Whether something lies in a folder below another.
    fn holds(&self, below: &str, path: &str) -> bool {
        let Some(folder) = resolved(below, path) else { return false };
        let inside = format!("{folder}/");
        self.by_path.range(inside.clone()..).next().is_some_and(|(path, _)| path.starts_with(&inside))
    }

    /// The files of a folder, by number and name.
    fn within(&self, folder: &str) -> impl Iterator<Item = (usize, &'f FileReport, &'f str)> {
        let files = self.by_folder.get(folder).into_iter().flatten();
        files.filter_map(|number| {
            let report = self.files.get(*number)?;
            Some((*number, report, name(&report.path)))
        })
    }
}

/// A path below a folder with its `.` and `..` taken out; nothing if it leads out of everything.
fn resolved(below: &str, path: &str) -> Option<String> {
    let is_absolute = path.starts_with('/');
    let below = if is_absolute { "" } else { below };
    let root = if is_absolute || below.starts_with('/') { "/" } else { "" };
    let mut parts: Vec<&str> = Vec::new();
    for part in below.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            // What was named may itself lie above.
            ".." if parts.last().is_none_or(|part| *part == "..") => parts.push(".."),
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| format!("{root}{}", parts.join("/")))
}

/// The folder that a path lies in; empty for one without.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The last part of a path.
fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests;
