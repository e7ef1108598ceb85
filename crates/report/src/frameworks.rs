//! Which framework entries a case refers to: what SARIF calls taxa and CycloneDX requirements. Counting is the
//! judge's; this only gathers.

use std::collections::{BTreeMap, BTreeSet};

use casemate_core::{Case, FrameworkId};

/// A framework edition as far as a case refers to it.
#[derive(Debug, Default)]
pub(crate) struct Used<'a> {
    /// Its title, where the coverage knows it.
    pub(crate) title: &'a str,
    /// Entries a finding refers to.
    pub(crate) found: BTreeSet<&'a str>,
    /// Entries where threats apply and all are closed.
    pub(crate) closed: BTreeSet<&'a str>,
}

/// The framework editions that findings or closed threats refer to.
pub(crate) fn used(case: &Case) -> BTreeMap<&FrameworkId, Used<'_>> {
    let mut used: BTreeMap<&FrameworkId, Used<'_>> = BTreeMap::new();
    for (id, entries) in case.findings.iter().flat_map(|finding| &*finding.references) {
        used.entry(id).or_default().found.extend(entries.iter().map(|entry| &**entry));
    }
    for framework in &case.coverage.frameworks {
        if !framework.closed.is_empty() {
            let closed = framework.closed.iter().map(|entry| &**entry);
            used.entry(&framework.framework).or_default().closed.extend(closed);
        }
        if let Some(used) = used.get_mut(&framework.framework) {
            used.title = &framework.title;
        }
    }
    used
}
