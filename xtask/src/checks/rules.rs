//! Every rule of the scanner is tried on a case it must catch, and so is every vulnerability it names; it refers to what
//! exists, and there are at least as many cases to spare as to catch.

use anyhow::Result;
use casemate_catalog::Catalog;
use casemate_scan::Rule;

use crate::generate::scan::{cases, of};
use crate::repository::Repository;

/// Rules about links, which cannot be committed for every system: unit tests make them.
const MADE_BY_TESTS: &[Rule] = &[Rule::LinkEscape];

pub(crate) fn check(repository: &Repository) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    let cases = cases(repository)?;
    let caught = |rule: &str| {
        cases.iter().any(|case| case.kind == "catch" && case.expected.split(',').any(|name| name == rule))
    };
    let catalog = Catalog::load(&[])?;
    for rule in Rule::ALL {
        let file = format!("crates/scan/rules/{rule}.yaml");
        if !caught(rule.as_str()) && !MADE_BY_TESTS.contains(rule) {
            problems.push(format!(
                "{file}: no case must be caught by it; write one in crates/scan/fixtures/make"
            ));
        }
        for cve in rule.cves() {
            let shown = cases.iter().any(|case| case.cves.split(',').any(|named| named == *cve));
            if !shown {
                problems.push(format!("{file}: no case shows {cve}"));
            }
        }
        for (framework, items) in of(*rule)? {
            match catalog.frameworks().get(&framework) {
                None => problems.push(format!("{file}: there is no framework {framework}")),
                Some(pack) => problems.extend(
                    items
                        .iter()
                        .filter(|item| pack.item(item).is_none())
                        .map(|item| format!("{file}: {framework} has no {item}")),
                ),
            }
        }
    }
    let count = |kind: &str| cases.iter().filter(|case| case.kind == kind).count();
    if count("spare") < count("catch") {
        problems.push(format!(
            "crates/scan/fixtures: {} cases to spare and {} to catch; benign files are what people have",
            count("spare"),
            count("catch")
        ));
    }
    Ok(problems)
}
