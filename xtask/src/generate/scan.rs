//! The rules of the scanner, one section each, and the table of every case that its test suite catches or spares.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use casemate_catalog::Catalog;
use casemate_core::{FrameworkId, References};
use casemate_scan::Rule;

use super::markdown::{head, prose, references, rows};
use crate::repository::Repository;

const TABLES: &str = "crates/scan/fixtures/cases/";
const NOT_IN_A_FILE: &str = "crates/scan/fixtures/not_in_a_file.tsv";
/// How many cases of one vulnerability are named.
const NAMED: usize = 4;

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
    pub(crate) cves: String,
    shows: String,
}

impl Case {
    /// The last part of its path.
    fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
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
         verdict is named. Scripts in `crates/scan/fixtures/make` write them, the test suite scans them all.\n\n",
        caught.len(),
        spared.len()
    );
    text += &vulnerabilities(&caught, repository)?;
    text += "\n## Caught\n\n| what it shows | case | rules | CVE |\n| --- | --- | --- | --- |\n";
    for case in caught {
        text += &format!(
            "| {} | `{}` | {} | {} |\n",
            prose(&case.shows),
            case.name(),
            linked(case.expected.split(',')),
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

/// Each published vulnerability with the cases that show it, and those that no file shows.
fn vulnerabilities(caught: &[&Case], repository: &Repository) -> Result<String> {
    let mut by_cve: BTreeMap<(u32, u32), Vec<&Case>> = BTreeMap::new();
    for case in caught {
        for cve in case.cves.split(',').filter_map(year_and_number) {
            by_cve.entry(cve).or_default().push(case);
        }
    }
    let mut text = "## Vulnerabilities\n\n| CVE | cases | rules |\n| --- | --- | --- |\n".to_owned();
    for ((year, number), cases) in by_cve {
        let names: Vec<String> = cases.iter().map(|case| format!("`{}`", case.name())).collect();
        let rules: BTreeSet<&str> = cases.iter().filter_map(|case| case.expected.split(',').next()).collect();
        let more = if names.len() > NAMED { ", …" } else { "" };
        let named: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
        text += &format!(
            "| CVE-{year}-{number:04} | {}{more} | {} |\n",
            named.join(", "),
            linked(rules.into_iter())
        );
    }
    text += "\n## Not visible in a file\n\n| CVE | why |\n| --- | --- |\n";
    for line in repository.read(NOT_IN_A_FILE)?.lines().skip(1) {
        let (cve, why) = line.split_once('\t').with_context(|| format!("{NOT_IN_A_FILE}: {line}"))?;
        text += &format!("| {cve} | {} |\n", prose(why));
    }
    Ok(text)
}

/// The parts of a number that stands for something; those of the year 2099 are made up for tests of dependencies.
fn year_and_number(cve: &str) -> Option<(u32, u32)> {
    let (year, number) = cve.strip_prefix("CVE-")?.split_once('-')?;
    let year = year.parse().ok().filter(|year| *year != 2099)?;
    Some((year, number.parse().ok()?))
}

/// Rules, linked to where they are described.
fn linked<'r>(rules: impl Iterator<Item = &'r str>) -> String {
    let rules: Vec<String> = rules.map(|rule| format!("[{rule}](scan-rules.md#{rule})")).collect();
    rules.join(", ")
}
