//! Where evidence goes, whichever command made it. It judges nothing.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use casemate_core::evidence::Evidence;
use casemate_core::hex;
use sha2::{Digest as _, Sha256};

use crate::exit::Failure;
use crate::output::Terminal;

/// Writes one document per control, named by its content: the same result is the same file.
pub(crate) fn evidence(documents: &[Evidence], folder: &Path, terminal: &Terminal) -> Result<(), Failure> {
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    for document in documents {
        let text = serde_json::to_string_pretty(document)? + "\n";
        let digest = hex(&Sha256::digest(text.as_bytes()));
        let name = format!("{}-{}.json", document.predicate.check, digest.get(..12).unwrap_or(&digest));
        let file = folder.join(name);
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
        let verdict = document.predicate.verdict;
        terminal.note(&format!("evidence on {}: {verdict}, {}", document.predicate.control, file.display()));
    }
    Ok(())
}
