//! Where ledgers lie and how they are opened: the folder, beside it the key that signs and the key that verifies. Only the
//! first use makes one; what is damaged is never begun anew.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use casemate_ledger::{Algorithm, Ledger, LedgerError, Lock, SignerKey, VerifierKey, Writer};
use zeroize::Zeroizing;

use crate::exit::Failure;

/// Where a ledger lies if nobody says otherwise.
pub(crate) const DEFAULT: &str = ".casemate/ledger";
/// How long another run that writes is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// What the names of ledgers begin with that were given none.
const UNNAMED: &str = "casemate.local";

/// The folder of a ledger, and its keys.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) folder: PathBuf,
    /// Signs; whoever reads it can rewrite the ledger.
    pub(crate) key: PathBuf,
    /// Verifies.
    pub(crate) public: PathBuf,
}

impl Place {
    /// The ledger in a folder, with its keys beside it: `ledger/`, `ledger.key`, `ledger.pub`.
    pub(crate) fn at(folder: &Path) -> Self {
        let beside = |extension: &str| {
            let mut path = folder.as_os_str().to_owned();
            path.push(extension);
            PathBuf::from(path)
        };
        Self { folder: folder.to_path_buf(), key: beside(".key"), public: beside(".pub") }
    }

    /// The ledger of what is written to an evidence folder. Only `.casemate` gets keys beside its folders; any other
    /// evidence folder keeps them within, where nobody takes them for theirs.
    pub(crate) fn of_evidence(folder: &Path) -> Self {
        match folder.parent() {
            Some(parent) if parent.ends_with(".casemate") => Self::at(&parent.join("ledger")),
            _ => Self::at(&folder.join(DEFAULT)),
        }
    }

    /// The ledger beside a system file.
    pub(crate) fn of_system(folder: &Path) -> Self {
        Self::at(&folder.join(DEFAULT))
    }

    /// Whether there is a ledger, or was one: a key that verifies nothing says that something was taken away.
    pub(crate) fn is_there(&self) -> bool {
        self.folder.join("checkpoint").exists() || self.folder.join("tile").exists() || self.public.exists()
    }

    pub(crate) fn verifier(&self) -> Result<VerifierKey, Failure> {
        read_verifier(&self.public)
    }

    pub(crate) fn read(&self) -> Result<Ledger, Failure> {
        Ok(Ledger::open(&self.folder, &self.verifier()?)?)
    }

    fn signer(&self) -> Result<SignerKey, Failure> {
        let text = fs::read(&self.key).map(Zeroizing::new);
        let text =
            text.with_context(|| format!("cannot read the key of the ledger, {}", self.key.display()))?;
        let key = std::str::from_utf8(&text).ok().and_then(|text| text.parse::<SignerKey>().ok());
        Ok(key.ok_or_else(|| {
            anyhow!(
                "{} is not a signer key: expected `PRIVATE+KEY+NAME+ID+KEY`, as `casemate ledger init` writes it",
                self.key.display()
            )
        })?)
    }

    /// Goes on with the ledger that is there.
    pub(crate) fn writer(&self) -> Result<Writer, Failure> {
        if !self.folder.is_dir() {
            return Err(LedgerError::NoLedger(self.folder.clone()).into());
        }
        let key = self.signer()?;
        Ok(Writer::at(&self.folder, key, PATIENCE)?)
    }

    /// Goes on with the ledger, or begins it. Two runs that begin it together make one.
    pub(crate) fn writer_or_begin(&self) -> Result<(Writer, Begun), Failure> {
        let lock = self.lock()?;
        if self.folder.join("checkpoint").exists() {
            let writer = Writer::open(lock, self.signer()?)?;
            if !self.public.exists() {
                self.publish(writer.verifier())?;
            }
            return Ok((writer, Begun::Before));
        }
        Ok((self.create(lock, None)?, Begun::Now))
    }

    /// Begins a ledger of this origin, or of one made up.
    pub(crate) fn begin(&self, origin: Option<&str>) -> Result<Writer, Failure> {
        self.create(self.lock()?, origin)
    }

    fn lock(&self) -> Result<Lock, Failure> {
        fs::create_dir_all(&self.folder)
            .with_context(|| format!("cannot create {}", self.folder.display()))?;
        Ok(Lock::take(&self.folder, PATIENCE)?)
    }

    fn create(&self, lock: Lock, origin: Option<&str>) -> Result<Writer, Failure> {
        // The public key is written last, so where it is, a ledger was.
        if self.public.exists() && !self.folder.join("checkpoint").exists() {
            return Err(anyhow!(
                "{} is there, and its ledger is gone; put the ledger back from a copy, or move the key away to begin another",
                self.public.display()
            )
            .into());
        }
        let key = if self.key.exists() {
            // Made by a run that was stopped before it could use it, or by the user.
            let key = self.signer()?;
            if origin.is_some_and(|origin| origin != key.verifier().name().as_str()) {
                return Err(anyhow!(
                    "{} is a key of `{}`; move it away, or leave --origin out",
                    self.key.display(),
                    key.verifier().name()
                )
                .into());
            }
            key
        } else {
            let key = match origin {
                Some(origin) => SignerKey::generate(origin.parse()?, Algorithm::Ed25519)?,
                None => SignerKey::generate_under(UNNAMED)?,
            };
            write_secret(&self.key, &key)?;
            key
        };
        let writer = Writer::create(lock, key)?;
        self.publish(writer.verifier())?;
        self.keep_out_of_git();
        Ok(writer)
    }

    fn publish(&self, key: &VerifierKey) -> Result<(), Failure> {
        Ok(fs::write(&self.public, format!("{key}\n"))
            .with_context(|| format!("cannot write {}", self.public.display()))?)
    }

    /// Within `.casemate`, which people commit for its evidence, the key must not be committed with it.
    fn keep_out_of_git(&self) {
        let Some(parent) = self.folder.parent().filter(|parent| parent.ends_with(".casemate")) else {
            return;
        };
        let file = parent.join(".gitignore");
        if !file.exists() {
            // A courtesy: what it is for is said in the book as well.
            let _ = fs::write(
                file,
                "# Whoever has this key can rewrite the ledger.\n/ledger.key\n/ledger/.lock\n/ledger/.part/\n",
            );
        }
    }
}

/// Whether a ledger was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begun {
    /// It was.
    Before,
    /// It was begun just now.
    Now,
}

/// The key in a file, or written out.
pub(crate) fn read_verifier(path: &Path) -> Result<VerifierKey, Failure> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(_) if path.to_string_lossy().contains('+') => path.to_string_lossy().into_owned(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Failure::NoInput {
                message: format!("no key to verify the ledger with: {} is missing", path.display()),
                hint: "name it with --public-key, or make a ledger with `casemate ledger init`".to_owned(),
            });
        }
        Err(error) => return Err(anyhow!("cannot read {}: {error}", path.display()).into()),
    };
    Ok(text.trim().parse::<VerifierKey>().with_context(|| format!("{} is no key", path.display()))?)
}

/// Writes a private key for nobody else to read; it is there wholly or not at all.
pub(crate) fn write_secret(path: &Path, key: &SignerKey) -> Result<(), Failure> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let write = || -> std::io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&part)?;
        file.write_all(key.secret_text().as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(&part, path)
    };
    Ok(write().with_context(|| format!("cannot write the key {}", path.display()))?)
}
