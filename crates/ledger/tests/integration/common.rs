//! What tests of ledgers share: a folder with a ledger in it. It asserts nothing.

use std::path::Path;
use std::time::Duration;

use casemate_ledger::{Algorithm, Ledger, Lock, SignerKey, VerifierKey, Writer};
use tempfile::TempDir;

/// A test that starts a process lends it every open file for a moment, and with it every lock.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// A ledger in a folder that goes away with it.
pub(crate) struct Log {
    pub(crate) folder: TempDir,
    pub(crate) key: VerifierKey,
    secret: String,
}

impl Log {
    /// A ledger with these entries, appended at once.
    pub(crate) fn with<E: AsRef<[u8]>>(entries: &[E]) -> Self {
        let key = SignerKey::generate("example.com/log".parse().unwrap(), Algorithm::Ed25519).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (verifier, secret) = (key.verifier().clone(), key.secret_text().to_string());
        let lock = Lock::take(folder.path(), PATIENCE).unwrap();
        Writer::create(lock, key).unwrap().append(entries).unwrap();
        Self { folder, key: verifier, secret }
    }

    /// A ledger with `count` entries, `entry 0` and so on.
    pub(crate) fn of(count: u64) -> Self {
        Self::with(&(0..count).map(entry).collect::<Vec<_>>())
    }

    pub(crate) fn signer(&self) -> SignerKey {
        self.secret.parse().unwrap()
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn append<E: AsRef<[u8]>>(&self, entries: &[E]) {
        self.writer().append(entries).unwrap();
    }

    pub(crate) fn writer(&self) -> Writer {
        Writer::at(self.path(), self.signer(), PATIENCE).unwrap()
    }

    pub(crate) fn read(&self) -> Ledger {
        Ledger::open(self.path(), &self.key).unwrap()
    }
}

pub(crate) fn entry(index: u64) -> Vec<u8> {
    format!("entry {index}").into_bytes()
}
