//! A scan whose digests are used for a signature: every file is read once, judged and hashed.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::anyhow;
use casemate_ledger::Hash;
use casemate_report::{ScanFormat, Style, render_scan};
use casemate_scan::{Digests, Options, Status};
use casemate_sign::{Algorithm, Entry, Ignore, Known, Range, Tree};

use crate::args::Threshold;
use crate::commands::scan;
use crate::exit::Failure;
use crate::sources::Named;

/// What a scan came to.
pub(super) enum Outcome {
    /// The model may be signed.
    Fine(Scanned),
    /// It may not; the report says why.
    Refused(String),
}

/// The digests of files that were scanned, by their path in the model.
pub(super) struct Scanned(BTreeMap<String, String>);

impl Scanned {
    /// Scans the model whose files were listed.
    pub(super) fn of(
        model: &Path,
        tree: &Tree,
        threshold: Threshold,
        offline: bool,
        quiet: bool,
    ) -> Result<Outcome, Failure> {
        let paths = [model.to_owned()];
        let named = Named { paths: &paths, exclude: &[], offline };
        let options = Options { digests: Digests::All, ..Options::default() };
        let report = scan::files(&named, None, &options, quiet)?;
        let found = report.worst().is_some_and(|worst| threshold.is_met_by(worst));
        let unread = report.files.iter().any(|file| file.status != Status::Complete);
        if found || unread {
            return Ok(Outcome::Refused(render_scan(&report, ScanFormat::Plain, Style::default())));
        }
        // What was scanned must be what is signed: whoever writes to a file in between is found out.
        let again = Tree::list(model, &Ignore::default(), tree.allow_symlinks)?;
        if let Some(entry) = tree.entries.iter().find(|entry| again.get(&entry.path) != Some(entry)) {
            return Err(anyhow!(
                "`{}` changed while it was scanned; sign a model that nobody writes to",
                entry.path
            )
            .into());
        }
        let prefix = format!("{}/", model.display().to_string().trim_end_matches('/'));
        let digests = report.files.into_iter().filter_map(|mut file| {
            let path = file.path.strip_prefix(&prefix).map_or_else(|| last(&file.path), str::to_owned);
            Some((path, file.digests.remove("sha256")?))
        });
        Ok(Outcome::Fine(Self(digests.collect())))
    }
}

/// The name of a single file.
fn last(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_owned()
}

impl Known for Scanned {
    fn recall(&self, entry: &Entry, range: Option<Range>, algorithm: Algorithm) -> Option<Vec<u8>> {
        if range.is_some() || algorithm != Algorithm::Sha256 {
            return None;
        }
        let digest: Hash = self.0.get(entry.path.as_str())?.parse().ok()?;
        Some(digest.as_bytes().to_vec())
    }

    fn learn(&self, _: &Entry, _: Option<Range>, _: Algorithm, _: &[u8]) {}
}
