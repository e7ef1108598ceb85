//! `casemate/case/v1`: the case itself. Stable; fields are added, never changed.

use casemate_core::Case;

pub(crate) fn render(case: &Case) -> String {
    // A case holds only strings, numbers, lists and maps with string keys, which always serialise.
    let mut text = serde_json::to_string_pretty(case).unwrap_or_default();
    text.push('\n');
    text
}
