//! The lock on ids: users write threat and control ids into acceptances, baselines and claims, so an id keeps its
//! meaning for ever. An id is added, may be retired, and never comes back.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::{Result, bail};
use casemate_catalog::Catalog;

/// Where the lock is kept.
pub(crate) const FILE: &str = "crates/catalog/ids.lock";

const HEADER: &str =
    "# Every threat and control id there has ever been. `cargo xtask generate` adds new ones.
# An id is never reused: to take one out of the catalogue, write `retired` behind it here.
";

/// A kind and an id: `threat prompt-injection`.
type Name = (String, String);

/// Every id there has ever been, and whether it is retired.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Lock(BTreeMap<Name, bool>);

/// The ids in the catalogue now.
pub(crate) fn in_use() -> Result<BTreeSet<Name>> {
    let catalog = Catalog::load(&[])?;
    let threats = catalog.threats().keys().map(|id| ("threat".to_owned(), id.to_string()));
    let controls = catalog.controls().keys().map(|id| ("control".to_owned(), id.to_string()));
    Ok(threats.chain(controls).collect())
}

impl Lock {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let mut names = BTreeMap::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let (kind, id, retired) = match *words {
                [] => continue,
                [kind, id] => (kind, id, false),
                [kind, id, "retired"] => (kind, id, true),
                _ => {
                    bail!("{FILE}: `{line}` is not `threat ID`, `control ID` or one of these with `retired`")
                }
            };
            if names.insert((kind.to_owned(), id.to_owned()), retired).is_some() {
                bail!("{FILE}: `{kind} {id}` stands there twice; keep one");
            }
        }
        Ok(Self(names))
    }

    pub(crate) fn render(&self) -> String {
        let mut text = HEADER.to_owned();
        for ((kind, id), retired) in &self.0 {
            let _ = writeln!(text, "{kind} {id}{}", if *retired { " retired" } else { "" });
        }
        text
    }

    /// Adds the ids that are new.
    pub(crate) fn add(&mut self, in_use: &BTreeSet<Name>) {
        for name in in_use {
            self.0.entry(name.clone()).or_insert(false);
        }
    }

    /// What is wrong between the lock and the catalogue.
    pub(crate) fn problems(&self, in_use: &BTreeSet<Name>) -> Vec<String> {
        let mut problems = Vec::new();
        for (kind, id) in in_use {
            match self.0.get(&(kind.clone(), id.clone())) {
                None => {
                    problems.push(format!("{FILE}: the {kind} `{id}` is new; run `cargo xtask generate`"));
                }
                Some(true) => {
                    problems.push(format!("{FILE}: the {kind} `{id}` was retired; choose another id"));
                }
                Some(false) => {}
            }
            if kind == "threat" && in_use.contains(&("control".to_owned(), id.clone())) {
                problems.push(format!(
                    "crates/catalog/threats/{id}.yaml: `{id}` is a control too; choose another id"
                ));
            }
        }
        for (name, _) in self.0.iter().filter(|(name, retired)| !**retired && !in_use.contains(*name)) {
            let (kind, id) = name;
            problems.push(format!(
                "{FILE}: the {kind} `{id}` has vanished; bring it back, or write `retired` behind it"
            ));
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[(&str, &str)]) -> BTreeSet<Name> {
        names.iter().map(|(kind, id)| ((*kind).to_owned(), (*id).to_owned())).collect()
    }

    #[test]
    fn what_is_locked_stays_or_is_retired() {
        let lock = Lock::parse("# note\ncontrol a\nthreat b\nthreat c retired\n").unwrap();
        assert_eq!(lock.problems(&names(&[("control", "a"), ("threat", "b")])), Vec::<String>::new());
        assert!(lock.problems(&names(&[("control", "a")])).concat().contains("`b` has vanished"));
        let back = names(&[("control", "a"), ("threat", "b"), ("threat", "c")]);
        assert!(lock.problems(&back).concat().contains("`c` was retired"));
    }

    #[test]
    fn a_new_id_is_added_once() {
        let mut lock = Lock::default();
        let now = names(&[("threat", "b"), ("control", "a")]);
        assert_eq!(lock.problems(&now).len(), 2);
        lock.add(&now);
        assert_eq!(lock.problems(&now), Vec::<String>::new());
        assert_eq!(Lock::parse(&lock.render()).unwrap(), lock);
    }

    #[test]
    fn a_threat_and_a_control_never_share_an_id() {
        let mut lock = Lock::default();
        let now = names(&[("threat", "a"), ("control", "a")]);
        lock.add(&now);
        assert!(lock.problems(&now).concat().contains("is a control too"));
    }

    #[test]
    fn a_line_that_says_something_else_is_an_error() {
        assert!(Lock::parse("threat a b c").is_err());
        assert!(Lock::parse("threat a\nthreat a retired").is_err());
    }
}
