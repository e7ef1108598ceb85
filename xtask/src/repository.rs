//! The repository's files: what git tracks, and what it would track once added. Ignored files do not exist here.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// The repository, and the names of its files relative to its root.
#[derive(Debug)]
pub(crate) struct Repository {
    root: PathBuf,
    files: BTreeSet<String>,
}

impl Repository {
    pub(crate) fn open() -> Result<Self> {
        let mut root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        root.pop();
        let arguments =
            ["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        let listed = output(Command::new("git").args(arguments).current_dir(&root))?;
        let exists = |name: &&str| !name.is_empty() && root.join(name).is_file();
        let files = listed.split('\0').filter(exists).map(str::to_owned).collect();
        Ok(Self { root, files })
    }

    /// Every file, sorted.
    pub(crate) fn files(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(String::as_str)
    }

    /// Files below a folder (`docs/src/`) with an ending (`.md`).
    pub(crate) fn files_in<'a>(&'a self, folder: &'a str, ending: &'a str) -> impl Iterator<Item = &'a str> {
        self.files().filter(move |file| file.starts_with(folder) && file.ends_with(ending))
    }

    /// Rust sources.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &str> {
        self.files_in("", ".rs")
    }

    pub(crate) fn has(&self, file: &str) -> bool {
        self.files.contains(file)
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.root.join(file)
    }

    /// The text of a file.
    pub(crate) fn read(&self, file: &str) -> Result<String> {
        fs::read_to_string(self.path(file)).with_context(|| format!("cannot read {file}"))
    }

    /// The text of a file, or `None` for one that is no text.
    pub(crate) fn text(&self, file: &str) -> Result<Option<String>> {
        let bytes = fs::read(self.path(file)).with_context(|| format!("cannot read {file}"))?;
        Ok(String::from_utf8(bytes).ok())
    }

    /// Writes a file and the folders above it; says whether that changed anything.
    pub(crate) fn write(&self, file: &str, text: &str) -> Result<bool> {
        let path = self.path(file);
        if fs::read_to_string(&path).is_ok_and(|old| old == text) {
            return Ok(false);
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot create the folder of {file}"))?;
        }
        fs::write(&path, text).with_context(|| format!("cannot write {file}"))?;
        Ok(true)
    }

    /// What `cargo ARGUMENTS` prints, at a fixed width and without colour.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Result<String> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.args(arguments).current_dir(&self.root).env("COLUMNS", "100").env("NO_COLOR", "1");
        output(command.env_remove("CLICOLOR_FORCE"))
    }
}

/// What a command prints; an error if it fails.
fn output(command: &mut Command) -> Result<String> {
    let shown = format!("{command:?}");
    let done = command.stdin(Stdio::null()).output().with_context(|| format!("cannot run {shown}"))?;
    if !done.status.success() {
        bail!("{shown} failed: {}", String::from_utf8_lossy(&done.stderr).trim());
    }
    String::from_utf8(done.stdout).with_context(|| format!("{shown} printed something that is no UTF-8"))
}
