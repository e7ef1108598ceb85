//! Published advisories on packages, from an export of OSV that lies on disk: a zip of JSON files, or a folder of them.
//! It asks nobody, and what concerns no package at hand is dropped as soon as that is seen.

mod advisory;
mod matching;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use self::advisory::Advisory;
use self::matching::{Ask, Match, findings, matches};
use crate::fact::About;
use crate::formats::zip;
use crate::input::Input;
use crate::limits::Limits;
use crate::scan::Scan;
use crate::verdict::FileReport;

/// The longest advisory that is read.
const LONGEST: u64 = 8 * 1024 * 1024;
/// How many folders deep an export is followed.
const DEEPEST: usize = 4;

/// An export of OSV.
#[derive(Debug, Clone)]
pub struct Osv {
    path: PathBuf,
}

/// What there was in an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Read {
    /// Advisories on packages of the Python Package Index.
    pub advisories: usize,
    /// Files that are no advisory.
    pub broken: usize,
}

impl Osv {
    /// An export: a zip such as `PyPI/all.zip`, or a folder of JSON files.
    ///
    /// # Errors
    /// If it is neither.
    pub fn open(path: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        if metadata.is_file() {
            let begin = Input::file(File::open(path)?)?.head(4)?;
            if !begin.starts_with(b"PK\x03\x04") {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "it is neither a zip nor a folder"));
            }
        }
        Ok(Self { path: path.to_path_buf() })
    }

    /// Adds what is published on the packages that files ask for to their reports.
    ///
    /// # Errors
    /// If the export cannot be read.
    pub fn check(&self, files: &mut [FileReport]) -> io::Result<Read> {
        let asks = asks(files);
        let mut found: BTreeMap<usize, Vec<Match>> = BTreeMap::new();
        let mut read = Read::default();
        if asks.is_empty() {
            return Ok(read);
        }
        let mut look = |bytes: &[u8]| match Advisory::parse(bytes) {
            Some(advisory) => {
                read.advisories += usize::from(advisory.is_on_python());
                for (file, one) in matches(&advisory, &asks) {
                    found.entry(file).or_default().push(one);
                }
            }
            None => read.broken += 1,
        };
        if self.path.is_dir() {
            folder(&self.path, 0, &mut look)?;
        } else {
            archive(&self.path, &mut look)?;
        }
        for (file, matches) in found {
            if let Some(report) = files.get_mut(file) {
                report.take(findings(matches));
            }
        }
        Ok(read)
    }
}

/// What files ask for, by the name of the package.
fn asks(files: &[FileReport]) -> BTreeMap<String, Vec<Ask>> {
    let mut asks: BTreeMap<String, Vec<Ask>> = BTreeMap::new();
    for (file, report) in files.iter().enumerate() {
        for fact in report.facts.iter().filter(|fact| fact.about == About::NeedsPackage) {
            // Conda's packages have names of their own.
            let is_conda = fact.detail.starts_with('=') && !fact.detail.starts_with("==");
            if !is_conda {
                let ask = Ask::new(file, fact.member.clone(), &fact.detail);
                asks.entry(fact.name.clone()).or_default().push(ask);
            }
        }
    }
    asks
}

fn folder(path: &Path, depth: usize, look: &mut impl FnMut(&[u8])) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() && depth < DEEPEST {
            folder(&entry.path(), depth + 1, look)?;
        } else if kind.is_file() && entry.path().extension().is_some_and(|extension| extension == "json") {
            let input = Input::file(File::open(entry.path())?)?;
            if input.len() <= LONGEST {
                look(&input.bytes(0, input.len())?);
            }
        }
    }
    Ok(())
}

fn archive(path: &Path, look: &mut impl FnMut(&[u8])) -> io::Result<()> {
    let input = Input::file(File::open(path)?)?;
    let mut scan = Scan::new(Limits::default());
    for member in zip::contents(&input, &mut scan)? {
        if !member.entry.name.ends_with(b".json") || member.entry.size > LONGEST {
            continue;
        }
        if let zip::Opened::Data(data, _) = member.open(&input, &mut scan)?
            && data.len() <= LONGEST
        {
            look(&data.bytes(0, data.len())?);
        }
    }
    Ok(())
}
