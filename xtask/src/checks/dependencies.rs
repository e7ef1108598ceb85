//! Dependencies point up the list in DESIGN only, and capabilities do not know each other. Counts every kind of
//! dependency: what tests need is a dependency too.

use anyhow::Result;

use crate::metadata;
use crate::repository::Repository;

const FOUNDATIONS: &[&str] = &["casemate-core", "casemate-keys", "casemate-ledger"];
const CAPABILITIES: &[&str] = &[
    "casemate-attack",
    "casemate-catalog",
    "casemate-federate",
    "casemate-guard",
    "casemate-monitor",
    "casemate-privacy",
    "casemate-probe",
    "casemate-respond",
    "casemate-scan",
    "casemate-seal",
    "casemate-sign",
    "casemate-system",
    "casemate-watermark",
];
const JUDGES: &[&str] = &["casemate-assess", "casemate-check", "casemate-report"];

pub(crate) fn check(repository: &Repository) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for package in metadata::packages(repository)? {
        let manifest = &package.manifest_path;
        match allowed(&package.name) {
            None => problems.push(format!(
                "{manifest}: the crate `{}` has no place yet; give it one in xtask/src/checks/dependencies.rs",
                package.name
            )),
            Some(allowed) => {
                let wrong = package.uses().filter(|used| !allowed.iter().any(|ring| ring.contains(used)));
                problems.extend(wrong.map(|used| {
                    format!(
                        "{manifest}: `{}` must not depend on `{used}`; move what both need up the list, or hand it in",
                        package.name
                    )
                }));
            }
        }
    }
    Ok(problems)
}

/// What a crate may depend on within the workspace; `None` for a crate nobody has placed.
fn allowed(name: &str) -> Option<&'static [&'static [&'static str]]> {
    Some(match name {
        "casemate-core" => &[],
        "casemate-keys" | "casemate-ledger" => &[&["casemate-core"]],
        // A report shows what a capability found, and needs its words for that.
        "casemate-report" => &[&["casemate-core", "casemate-scan", "casemate-sign"]],
        // It hands the scanner what lies elsewhere, in the scanner's shapes.
        "casemate-store" => &[&["casemate-core", "casemate-scan"]],
        "casemate-assess" => &[FOUNDATIONS, &["casemate-catalog", "casemate-system"]],
        "casemate-check" => &[FOUNDATIONS, CAPABILITIES],
        "casemate-console" => &[FOUNDATIONS, CAPABILITIES, JUDGES],
        "casemate" | "xtask" => &[FOUNDATIONS, CAPABILITIES, JUDGES, &["casemate-console", "casemate-store"]],
        name if CAPABILITIES.contains(&name) => &[FOUNDATIONS],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(user: &str, used: &str) -> bool {
        allowed(user).is_some_and(|allowed| allowed.iter().any(|ring| ring.contains(&used)))
    }

    #[test]
    fn dependencies_point_up_only() {
        assert!(may("casemate-scan", "casemate-core"));
        assert!(may("casemate-assess", "casemate-catalog"));
        assert!(may("casemate-check", "casemate-scan"));
        assert!(may("casemate", "casemate-console"));
        assert!(may("casemate-store", "casemate-scan"));
        assert!(!may("casemate-scan", "casemate-store"));
        assert!(!may("casemate-core", "casemate-ledger"));
        assert!(!may("casemate-scan", "casemate-catalog"));
        assert!(!may("casemate-assess", "casemate-scan"));
        assert!(!may("casemate-report", "casemate-system"));
        assert!(!may("casemate-console", "casemate"));
    }

    #[test]
    fn an_unknown_crate_has_no_place() {
        assert_eq!(allowed("casemate-utils"), None);
    }
}
