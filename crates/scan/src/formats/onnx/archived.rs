//! ONNX models in an archive, together with links that stand where their data should: unpacking the archive makes the
//! link, and loading the model follows it. Hard links come to other machines in no other way.

use std::collections::BTreeSet;

use casemate_core::{Confidence, Severity};

use super::external::named;
use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::rule::Rule;
use crate::scan::Scan;

/// The files that the ONNX models of the archive that is being read need, by their names in it.
pub(crate) fn needed(scan: &Scan) -> BTreeSet<String> {
    let models: BTreeSet<&str> = scan
        .facts(About::Member)
        .filter(|fact| fact.detail == Format::Onnx.as_str())
        .map(|fact| fact.name.as_str())
        .collect();
    let needed = scan.facts(About::NeedsFile).filter_map(|fact| {
        let model = fact.member.last().filter(|model| models.contains(model.as_str()))?;
        let folder = model.rsplit_once('/').map_or("", |(folder, _)| folder);
        let parts = folder.split('/').chain(fact.name.split('/'));
        let parts: Vec<&str> = parts.filter(|part| !matches!(*part, "" | ".")).collect();
        Some(parts.join("/"))
    });
    needed.collect()
}

/// What to say of such a link. `is_way` if it is a folder on the way to the file that the model names.
pub(crate) fn link(location: &str, is_hard: bool, is_way: bool, at: u64) -> Finding {
    let title = match (is_way, is_hard) {
        (true, _) => {
            format!("A folder on the way to `{location}`, the data of a model, is a link that leads out")
        }
        (false, true) => format!("`{location}`, the data of a model, is a hard link that leads out"),
        (false, false) => format!("`{location}`, the data of a model, is a link that leads out"),
    };
    let finding = Finding::new(Rule::OnnxExternalLink, Severity::High, Confidence::High, title, at);
    if is_hard { finding.cve("CVE-2026-34446") } else { named(finding, !is_way) }
}
