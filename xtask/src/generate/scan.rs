//! The rules of the scanner, one section each, and the table of every case that its test suite catches or spares.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use casemate_catalog::Catalog;
use casemate_core::{FrameworkId, References};
use casemate_scan::Rule;

use super::markdown::{head, prose, references, rows};
use crate::repository::Repository;

const TABLES: &str = "crates/scan/fixtures/cases/";

pub(super) fn rules(catalog: &Catalog) -> Result<String> {
    let mut text = head("Rules of scan", "crates/scan/rules");
    text += &format!(
        "`casemate scan` knows {} rules. What each is tried on stands in [Cases of scan](scan-cases.md).\n\n",
        Rule::ALL.len()
    );
    for rule in Rule::ALL {
        text += &format!("## {rule}\n\n**{}.** {}.\n\n", prose(rule.title()), prose(rule.explanation()));
        text += &rows(&[("What to do", prose(rule.recommendation())), ("Names", rule.cves().join(", "))]);
        text += &references(&of(*rule)?, catalog);
    }
    Ok(text.trim_end().to_owned() + "\n")
}

/// The references of a rule as the catalogue writes them.
pub(crate) fn of(rule: Rule) -> Result<References> {
    let mut all = BTreeMap::new();
    for (framework, items) in rule.references() {
        let id: FrameworkId = framework.parse().with_context(|| format!("{rule}: {framework}"))?;
        all.insert(id, items.iter().map(|item| (*item).into()).collect());
    }
    Ok(all)
}

/// A line of a table of cases.
pub(crate) struct Case {
    pub(crate) kind: String,
    pub(crate) path: String,
    pub(crate) expected: String,
    cves: String,
    shows: String,
}

/// Every case, table by table.
pub(crate) fn cases(repository: &Repository) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for file in repository.files_in(TABLES, ".tsv") {
        for line in repository.read(file)?.lines().skip(1) {
            let mut columns = line.split('\t').map(str::to_owned);
            let mut next = || columns.next().with_context(|| format!("{file}: not five columns: {line}"));
            let case =
                Case { kind: next()?, path: next()?, expected: next()?, cves: next()?, shows: next()? };
            cases.push(case);
        }
    }
    Ok(cases)
}

pub(super) fn table(repository: &Repository) -> Result<String> {
    let cases = cases(repository)?;
    let of = |kind: &str| cases.iter().filter(|case| case.kind == kind).collect::<Vec<_>>();
    let (caught, spared) = (of("catch"), of("spare"));
    let mut text = head("Cases of scan", TABLES);
    text += &format!(
        "{} files and folders that must be caught by name, and {} that must be read wholly and come out clean unless another\n\
         verdict is named. Scripts in `crates/scan/fixtures/make` write them, the test suite scans them all.\n\n\
         ## Caught\n\n| what it shows | case | rules | CVE |\n| --- | --- | --- | --- |\n",
        caught.len(),
        spared.len()
    );
    for case in caught {
        let rules: Vec<String> =
            case.expected.split(',').map(|rule| format!("[{rule}](scan-rules.md#{rule})")).collect();
        let name = case.path.rsplit('/').next().unwrap_or(&case.path);
        text += &format!(
            "| {} | `{name}` | {} | {} |\n",
            prose(&case.shows),
            rules.join(", "),
            case.cves.replace(',', ", ")
        );
    }
    text += "\n## Spared\n\n| what it shows | case | verdict |\n| --- | --- | --- |\n";
    for case in spared {
        let name = case.path.trim_start_matches("spare/");
        text += &format!("| {} | `{name}` | {} |\n", prose(&case.shows), case.expected);
    }
    Ok(text)
}
