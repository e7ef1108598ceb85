//! NeMo's models: a tar of a configuration and a checkpoint. Old NeMo unpacked whatever the archive named and unpickled
//! the checkpoint; this says where an archive relies on that. The configuration is judged by what it builds.

use std::io;
use std::ops::Range;

use casemate_core::{Confidence, Severity};

use super::hydra;
use crate::finding::Finding;
use crate::format::Format;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;

const CONFIGURATION: &str = "model_config.yaml";

/// Whether these are the members of such an archive.
pub(crate) fn is(names: &[String]) -> bool {
    names.iter().any(|name| plain(name) == CONFIGURATION)
}

/// Reads a member.
pub(crate) fn part(name: &str, input: &Input, within: Range<u64>, scan: &mut Scan) -> io::Result<()> {
    if plain(name) == CONFIGURATION {
        hydra::look_at_nemo(name, input, scan)?;
    }
    let at = within.start;
    let format = scan.member(name, input, within);
    let unpickled = matches!(
        format,
        Format::Pickle | Format::Joblib | Format::TorchZip | Format::TorchLegacy | Format::TorchTar
    );
    if unpickled && scan.found_in(name).any(Finding::is_proof) {
        let title = format!("Restoring the model unpickles `{name}`, which does harm");
        scan.find(Finding::new(Rule::NemoCheckpoint, Severity::High, Confidence::High, title, at));
    }
    Ok(())
}

/// A name that leads out of the folder that NeMo unpacks into, with what is known of that.
pub(crate) fn traversal(finding: Finding, how: &str) -> Finding {
    let finding = finding.cve("CVE-2025-23250");
    // The earlier of the two is about relative paths only.
    if how.starts_with("climbs") { finding.cve("CVE-2025-23360") } else { finding }
}

fn plain(name: &str) -> &str {
    name.trim_start_matches("./")
}
