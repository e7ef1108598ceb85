//! The files on this disk, held against what was signed (OMS v1.0, sections 8.4 and 8.5), file by file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use casemate_core::hex;
use rayon::iter::ParallelIterator as _;

use crate::hashing::{HashError, Hashing, Known, digests};
use crate::ignore::Ignore;
use crate::manifest::{Manifest, Method, Range, Resource};
use crate::path::ModelPath;
use crate::tree::{Entry, Odd, Tree, TreeError};

/// What is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Every file that was signed, and that there is no other.
    Whole,
    /// Every file that was signed; others may lie beside them.
    Signed,
    /// These files and folders only: what is about to be loaded.
    Only(Vec<ModelPath>),
}

/// How the files differ from what was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mismatch {
    /// The content is another.
    Changed {
        /// The file.
        path: ModelPath,
        /// Which bytes, where shards were signed.
        ranges: Vec<Range>,
        /// The digest that was signed, in hexadecimal; of the first range.
        signed: String,
        /// The digest it has; nothing where the file is shorter than that range.
        found: Option<String>,
    },
    /// The file is not there.
    Missing(ModelPath),
    /// The file was not signed.
    Extra(ModelPath),
    /// A symbolic link lies there, and links were not signed.
    Link(ModelPath),
    /// Something lies there that is no file.
    Special(ModelPath),
    /// It was to be verified, and no signature covers it.
    NotSigned(ModelPath),
    /// It cannot be read.
    Unreadable(ModelPath, String),
}

impl From<&Odd> for Mismatch {
    fn from(odd: &Odd) -> Self {
        match odd {
            Odd::Link(path) => Self::Link(path.clone()),
            Odd::Special(path) => Self::Special(path.clone()),
        }
    }
}

impl Mismatch {
    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &ModelPath {
        match self {
            Self::Changed { path, .. }
            | Self::Missing(path)
            | Self::Extra(path)
            | Self::Link(path)
            | Self::Special(path)
            | Self::NotSigned(path)
            | Self::Unreadable(path, _) => path,
        }
    }
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// How many files were held against the signature.
    pub checked: usize,
    /// How many files the signature covers.
    pub signed: usize,
    /// Where they differ, by path.
    pub mismatches: Vec<Mismatch>,
    /// What to look at though it is no difference.
    pub warnings: Vec<String>,
}

/// How to verify files.
#[derive(Clone, Copy)]
pub struct Comparing<'a> {
    /// What is verified.
    pub scope: &'a Scope,
    /// What may lie in the model unsigned, besides what the manifest leaves out.
    pub ignore: &'a Ignore,
    /// Digests that are known already.
    pub known: &'a dyn Known,
    /// Told how many bytes are to be read, once.
    pub total: &'a (dyn Fn(u64) + Sync),
    /// Told how many bytes were done, as they are done.
    pub progress: &'a (dyn Fn(u64) + Sync),
}

/// Holds a model against a manifest.
///
/// # Errors
/// The model cannot be listed. What differs is no error, but a result.
pub fn compare(manifest: &Manifest, model: &Path, how: Comparing<'_>) -> Result<Comparison, TreeError> {
    let mut ignore = how.ignore.clone();
    // What cannot be a path in a model leaves nothing out.
    for path in manifest.serialization().ignore_paths.iter().filter_map(|path| ModelPath::parse(path).ok()) {
        ignore.add(path);
    }
    // A file that was signed is looked at even where a verifier would ignore it.
    let tree = Tree::list(model, &Ignore::nothing(), manifest.serialization().allow_symlinks)?;
    let mut files: BTreeMap<&ModelPath, Vec<&Resource>> = BTreeMap::new();
    for resource in manifest.resources() {
        files.entry(&resource.path).or_default().push(resource);
    }
    let mut mismatches = Vec::new();
    let signed = files.len();
    match how.scope {
        Scope::Whole => {
            mismatches.extend(beside(&tree, &files, &ignore, manifest.serialization().method));
        }
        Scope::Signed => {}
        Scope::Only(paths) => {
            let signed = on_the_way(&files);
            let unsigned = paths.iter().filter(|path| !signed.contains(path.as_str()));
            mismatches.extend(unsigned.map(|path| Mismatch::NotSigned(path.clone())));
            files.retain(|path, _| {
                path.ancestors().any(|part| paths.iter().any(|path| path.as_str() == part))
            });
        }
    }
    let odd: BTreeSet<&str> = tree.odd.iter().map(|odd| odd.path().as_str()).collect();
    let mut work: Vec<(&Entry, Option<Range>)> = Vec::new();
    for (path, resources) in &files {
        match tree.get(path) {
            // The length alone shows that shards are missing or that there are others.
            Some(entry) if !same_ranges(entry, resources, manifest.serialization().method) => {
                mismatches.push(cut(path, resources, entry.size));
            }
            Some(entry) => work.extend(resources.iter().map(|resource| (entry, resource.range))),
            // What lies there instead, or a folder on the way, is told below.
            None if path.ancestors().any(|part| odd.contains(part)) => {}
            None => mismatches.push(Mismatch::Missing((*path).clone())),
        }
    }
    let looked_at = on_the_way(&files);
    let odd = tree.odd.iter().filter(|odd| looked_at.contains(odd.path().as_str()));
    mismatches.extend(odd.map(Mismatch::from));
    (how.total)(
        work.iter().map(|(entry, range)| range.map_or(entry.size, |range| range.end - range.start)).sum(),
    );
    mismatches.extend(contents(&tree, work, manifest, how));
    mismatches.sort_by(|a, b| a.path().cmp(b.path()));
    mismatches.dedup();
    Ok(Comparison { checked: files.len(), signed, mismatches, warnings: tree.warnings })
}

/// The files, and the folders they lie in.
fn on_the_way<'f>(files: &BTreeMap<&'f ModelPath, Vec<&Resource>>) -> BTreeSet<&'f str> {
    files.keys().flat_map(|file| file.ancestors()).collect()
}

/// What lies beside the signed files.
fn beside(
    tree: &Tree,
    files: &BTreeMap<&ModelPath, Vec<&Resource>>,
    ignore: &Ignore,
    method: Method,
) -> Vec<Mismatch> {
    // Shards do not cover empty files, so nothing says whether one belongs there.
    let covers_empty = method == Method::Files;
    let extra = tree
        .entries
        .iter()
        .filter(|entry| !files.contains_key(&entry.path) && !ignore.covers(&entry.path))
        .filter(|entry| covers_empty || entry.size > 0)
        .map(|entry| Mismatch::Extra(entry.path.clone()));
    let odd = tree.odd.iter().filter(|odd| !ignore.covers(odd.path())).map(Mismatch::from);
    extra.chain(odd).collect()
}

/// Whether a file of this size has just the ranges that were signed.
fn same_ranges(entry: &Entry, resources: &[&Resource], method: Method) -> bool {
    let signed: BTreeSet<Option<Range>> = resources.iter().map(|resource| resource.range).collect();
    // As many as were signed and one more tell whether they are the same, however long the file is.
    let found: BTreeSet<Option<Range>> = method.ranges(entry.size).take(resources.len() + 1).collect();
    signed == found
}

fn cut(path: &ModelPath, resources: &[&Resource], size: u64) -> Mismatch {
    let ranges: Vec<Range> =
        resources.iter().filter_map(|resource| resource.range).filter(|range| range.end > size).collect();
    let signed = resources.first().map(|resource| hex(&resource.digest)).unwrap_or_default();
    Mismatch::Changed { path: path.clone(), ranges, signed, found: None }
}

/// Reads the files and says which are not what was signed.
fn contents(
    tree: &Tree,
    work: Vec<(&Entry, Option<Range>)>,
    manifest: &Manifest,
    how: Comparing<'_>,
) -> Vec<Mismatch> {
    let signed: BTreeMap<(&ModelPath, Option<Range>), &Resource> =
        manifest.resources().iter().map(|resource| ((&resource.path, resource.range), resource)).collect();
    let hashing = Hashing {
        method: manifest.serialization().method,
        algorithm: manifest.serialization().algorithm,
        known: how.known,
        progress: how.progress,
    };
    let judged: Vec<Option<Mismatch>> = digests(&tree.root, work, hashing)
        .map(|(entry, range, digest)| {
            let expected = signed.get(&(&entry.path, range)).map(|resource| &resource.digest);
            match digest {
                Ok(digest) if expected == Some(&digest) => None,
                Ok(digest) => Some(Mismatch::Changed {
                    path: entry.path.clone(),
                    ranges: range.into_iter().collect(),
                    signed: expected.map(|digest| hex(digest)).unwrap_or_default(),
                    found: Some(hex(&digest)),
                }),
                Err(error) => Some(Mismatch::Unreadable(entry.path.clone(), unreadable(&error))),
            }
        })
        .collect();
    let mut found: Vec<Mismatch> = Vec::new();
    for mismatch in judged.into_iter().flatten() {
        match (found.last_mut(), mismatch) {
            // The ranges of one file become one line.
            (
                Some(Mismatch::Changed { path: before, ranges: all, .. }),
                Mismatch::Changed { path, ranges, .. },
            ) if *before == path => all.extend(ranges),
            (_, mismatch) => found.push(mismatch),
        }
    }
    found
}

fn unreadable(error: &HashError) -> String {
    match error {
        HashError::Unreadable(_, source) => source.to_string(),
        other => other.to_string(),
    }
}
