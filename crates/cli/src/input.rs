//! Reads files within bounds and within the system file's folder. Nothing read here is run.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use anyhow::Context as _;
use casemate_assess::{Documents, EvidenceFile, MAX_EVIDENCE};
use casemate_core::{Input, InputFormat, Problem, ProblemKind};
use casemate_system::{Description, Source, System, yaml};
use sha2::{Digest as _, Sha256};

use crate::exit::Failure;

/// The name of a system file in a folder.
pub(crate) const SYSTEM_FILE: &str = "casemate.yaml";
/// Where evidence lies, below the system file's folder.
const EVIDENCE_FOLDER: &str = ".casemate/evidence";
/// The most evidence documents that are read.
const MAX_EVIDENCE_FILES: usize = 10_000;

/// An input file and its text.
#[derive(Debug)]
pub(crate) struct InputFile {
    /// As the user named it.
    pub(crate) name: String,
    /// The folder it is in.
    pub(crate) folder: PathBuf,
    /// Its content.
    pub(crate) text: String,
    sha256: String,
}

impl InputFile {
    /// Opens a file, the system file in a folder, or standard input (`-`).
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let path = path.unwrap_or_else(|| Path::new(SYSTEM_FILE));
        if path == Path::new("-") {
            let bytes = bounded(std::io::stdin().lock(), "<stdin>")?;
            return Self::new("<stdin>".to_owned(), PathBuf::from("."), bytes);
        }
        let file = if path.is_dir() { path.join(SYSTEM_FILE) } else { path.to_path_buf() };
        if !file.exists() {
            return Err(Failure::NoInput {
                message: format!("no such file: {}", file.display()),
                hint: "`casemate init` writes a starter file; `casemate assess FILE` reads one elsewhere"
                    .to_owned(),
            });
        }
        let name = file.display().to_string();
        let handle = fs::File::open(&file).with_context(|| format!("cannot open {name}"))?;
        let bytes = bounded(handle, &name)?;
        let folder = match file.parent() {
            Some(parent) if parent != Path::new("") => parent.to_path_buf(),
            _ => PathBuf::from("."),
        };
        Self::new(name, folder, bytes)
    }

    fn new(name: String, folder: PathBuf, bytes: Vec<u8>) -> Result<Self, Failure> {
        let sha256 = casemate_core::hex(&Sha256::digest(&bytes));
        let text = String::from_utf8(bytes).map_err(|error| {
            anyhow::anyhow!(
                "{name} is not UTF-8 text (first bad byte at {})",
                error.utf8_error().valid_up_to()
            )
        })?;
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        Ok(Self { name, folder, text, sha256 })
    }

    pub(crate) fn source(&self) -> Source<'_> {
        Source { file: &self.name, text: &self.text }
    }

    pub(crate) fn describe(&self, format: InputFormat) -> Input {
        Input { file: self.name.as_str().into(), format, sha256: self.sha256.as_str().into() }
    }

    pub(crate) fn invalid(&self, diagnostics: Vec<casemate_system::Diagnostic>) -> Failure {
        Failure::Invalid { file: self.name.clone(), text: self.text.clone(), diagnostics }
    }
}

/// The whole of a stream, or an error past the size limit.
fn bounded(stream: impl std::io::Read, name: &str) -> Result<Vec<u8>, Failure> {
    let limit = yaml::MAX_BYTES;
    let mut bytes = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    stream.take(most).read_to_end(&mut bytes).with_context(|| format!("cannot read {name}"))?;
    if bytes.len() > limit {
        let diagnostic = yaml::too_large();
        return Err(Failure::Invalid {
            file: name.to_owned(),
            text: String::new(),
            diagnostics: vec![diagnostic],
        });
    }
    Ok(bytes)
}

/// The bytes of a file that is named on the command line.
pub(crate) fn bytes(path: &Path, most: usize) -> Result<Vec<u8>, Failure> {
    let file = fs::File::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Failure::NoInput {
            message: format!("no such file: {}", path.display()),
            hint: "name a file that is there".to_owned(),
        },
        _ => anyhow::anyhow!("cannot open {}: {error}", path.display()).into(),
    })?;
    let mut bytes = Vec::new();
    file.take(most as u64 + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read {}", path.display()))?;
    if bytes.len() > most {
        return Err(anyhow::anyhow!("{} is larger than {most} bytes", path.display()).into());
    }
    Ok(bytes)
}

/// Evidence from the folder beside the system file and from files that were named.
pub(crate) fn evidence(
    folder: &Path,
    named: &[PathBuf],
) -> Result<(Vec<EvidenceFile>, Vec<Problem>), Failure> {
    let mut paths = found(&folder.join(EVIDENCE_FOLDER))?;
    for path in named {
        if !path.exists() {
            return Err(Failure::NoInput {
                message: format!("no such evidence file: {}", path.display()),
                hint: "--evidence names one evidence document; those in .casemate/evidence are read anyway"
                    .to_owned(),
            });
        }
        paths.push(path.clone());
    }
    let mut files: BTreeMap<String, EvidenceFile> = BTreeMap::new();
    let mut problems = Vec::new();
    for path in paths {
        let name = casemate_core::printable(&path.display().to_string());
        match read_evidence(&path, &name) {
            // The same document twice is one document.
            Ok(file) => {
                files.entry(file.digest.to_string()).or_insert(file);
            }
            Err(problem) => problems.push(problem),
        }
    }
    Ok((files.into_values().collect(), problems))
}

fn found(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry.with_context(|| format!("cannot read {}", folder.display()))?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            paths.push(path);
        }
        if paths.len() > MAX_EVIDENCE_FILES {
            return Err(Failure::Other(anyhow::anyhow!(
                "{} holds more than {MAX_EVIDENCE_FILES} evidence documents; remove what is no longer needed",
                folder.display()
            )));
        }
    }
    paths.sort();
    Ok(paths)
}

fn read_evidence(path: &Path, name: &str) -> Result<EvidenceFile, Problem> {
    let unreadable = |error: std::io::Error| Problem {
        kind: ProblemKind::Evidence,
        message: format!("{name}: cannot be read ({error}); it counts for nothing").into(),
        location: None,
    };
    // A link could lead out of the folder, and a pipe or device could keep the run waiting.
    if !fs::symlink_metadata(path).map_err(unreadable)?.is_file() {
        return Err(unreadable(std::io::Error::other("not a plain file")));
    }
    let mut bytes = Vec::new();
    let most = u64::try_from(MAX_EVIDENCE).unwrap_or(u64::MAX).saturating_add(1);
    fs::File::open(path).map_err(unreadable)?.take(most).read_to_end(&mut bytes).map_err(unreadable)?;
    casemate_assess::parse_evidence(name, &bytes)
}

/// Which of the documents that claims point at are there.
pub(crate) fn documents(description: &Description, folder: &Path) -> Documents {
    let Description::System(system) = description else { return Documents::new() };
    let pointers = system.claims.iter().flat_map(|claim| &claim.evidence);
    let paths = pointers.filter_map(|pointer| pointer.path.as_ref());
    paths
        .map(|path| (path.value.clone(), confined(folder, &path.value).is_some_and(|path| path.is_file())))
        .collect()
}

/// A path below a folder; none if it leads out of it, by `..`, from the root or through a link.
fn confined(folder: &Path, path: &str) -> Option<PathBuf> {
    let path = Path::new(path);
    if !path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
        return None;
    }
    let folder = folder.canonicalize().ok()?;
    let full = folder.join(path).canonicalize().ok()?;
    full.starts_with(&folder).then_some(full)
}

/// The system in a file whose acceptances count.
pub(crate) fn system(path: &Path, names: &casemate_system::Names) -> Result<System, Failure> {
    let file = InputFile::open(Some(path))?;
    let described = casemate_system::read(&file.source(), names).map_err(|errors| file.invalid(errors))?;
    match described.description {
        Description::System(system) => Ok(*system),
        Description::Checklist(_) => Err(Failure::Other(anyhow::anyhow!(
            "{} is a checklist and holds no acceptances; --accept-from takes a system file",
            file.name
        ))),
    }
}
