//! The catalogue: every threat, control and framework, known to be consistent. Made only by loading and validating.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use casemate_core::{Day, FrameworkId, Id, References};
use sha2::{Digest as _, Sha256};

use crate::expression::Expression;
use crate::load::{self, CatalogError, Entries};
use crate::{Control, DutyDate, Framework, Scope, Threat, validate};

/// A consistent catalogue.
#[derive(Debug)]
pub struct Catalog {
    threats: BTreeMap<Id, Entry>,
    controls: BTreeMap<Id, Control>,
    frameworks: BTreeMap<FrameworkId, Framework>,
    duties: Vec<Duty>,
    digest: Arc<str>,
}

/// A threat, ready to be judged.
#[derive(Debug)]
pub struct Entry {
    /// The threat as written.
    pub threat: Threat,
    /// Its `when`, compiled.
    pub when: Expression,
    /// Its references, older editions included.
    pub references: Arc<References>,
}

/// A date on which duties begin, ready to be judged.
#[derive(Debug)]
pub struct Duty {
    /// The law, in its edition.
    pub framework: FrameworkId,
    /// The day the facts were taken.
    pub as_of: Day,
    /// The date as written.
    pub date: DutyDate,
    /// Its `when`, compiled.
    pub when: Option<Expression>,
}

impl Catalog {
    /// The built-in catalogue with users' folders added. A user's entry may not take a built-in id.
    ///
    /// # Errors
    /// A folder cannot be read, a file does not parse, or the entries are not consistent; all inconsistencies at once.
    pub fn load(folders: &[PathBuf]) -> Result<Self, CatalogError> {
        let mut entries = load::built_in()?;
        // The built-in part is hashed as it is compiled in: writing every entry again would take longer than reading it.
        let mut digest = Sha256::new_with_prefix(load::BUILT_IN);
        let built_in = entries.threats.len();
        for folder in folders {
            let more = load::folder(folder)?;
            hash(&more, &mut digest);
            entries.threats.extend(more.threats);
            entries.controls.extend(more.controls);
            entries.frameworks.extend(more.frameworks);
        }
        Self::build(entries, built_in, casemate_core::hex(&digest.finalize()).into())
    }

    /// Of the threats the first so many are built in.
    fn build(entries: Entries, built_in: usize, digest: Arc<str>) -> Result<Self, CatalogError> {
        let mut problems = validate::ids(&entries);
        let frameworks: BTreeMap<_, _> =
            entries.frameworks.into_iter().map(|(_, framework)| (framework.id.clone(), framework)).collect();
        let controls: BTreeMap<_, _> =
            entries.controls.into_iter().map(|(_, control)| (control.id.clone(), control)).collect();
        let mut threats = BTreeMap::new();
        for (number, (file, threat)) in entries.threats.into_iter().enumerate() {
            problems.extend(validate::threat(&file, &threat, &controls, &frameworks));
            let when = if number < built_in {
                Ok(Expression::built_in(Arc::clone(&threat.when), threat.applies.to))
            } else {
                Expression::compile(&threat.when, threat.applies.to)
            };
            match when {
                Ok(when) => {
                    let references = Arc::new(all_editions(&threat.references, &frameworks));
                    threats.insert(threat.id.clone(), Entry { threat, when, references });
                }
                Err(error) => problems.push(format!("{file}: `when` {error}")),
            }
        }
        problems.extend(validate::controls(&controls, &threats, &frameworks));
        problems.extend(validate::frameworks(&frameworks));
        let mut duties = Vec::new();
        for pack in frameworks.values() {
            for date in &pack.dates {
                match date.when.as_deref().map(|when| Expression::compile(when, Scope::System)).transpose() {
                    Ok(when) => {
                        duties.push(Duty {
                            framework: pack.id.clone(),
                            as_of: pack.as_of,
                            date: date.clone(),
                            when,
                        });
                    }
                    Err(error) => {
                        problems.push(format!("framework {}: `when` of {} {error}", pack.id, date.date));
                    }
                }
            }
        }
        if problems.is_empty() {
            Ok(Self { threats, controls, frameworks, duties, digest })
        } else {
            problems.sort();
            Err(CatalogError::Invalid(problems))
        }
    }

    /// Compiles every expression: for a thread of its own, while others read the description that they will be asked
    /// of. What it has not come to is compiled when it is first needed; it comes from the other end than judging does,
    /// so that neither waits for the other.
    pub fn warm(&self) {
        self.threats.values().rev().for_each(|entry| entry.when.warm());
    }

    /// Every threat by id.
    #[must_use]
    pub const fn threats(&self) -> &BTreeMap<Id, Entry> {
        &self.threats
    }

    /// Every control by id.
    #[must_use]
    pub const fn controls(&self) -> &BTreeMap<Id, Control> {
        &self.controls
    }

    /// The control that a file means by a name: its id, or one of its aliases.
    #[must_use]
    pub fn control(&self, name: &Id) -> Option<&Control> {
        self.controls
            .get(name)
            .or_else(|| self.controls.values().find(|control| control.aliases.contains(name)))
    }

    /// Whether a file means a control by a name.
    #[must_use]
    pub fn means(&self, name: &Id, control: &Id) -> bool {
        name == control || self.control(name).is_some_and(|meant| meant.id == *control)
    }

    /// Every framework by name and edition.
    #[must_use]
    pub const fn frameworks(&self) -> &BTreeMap<FrameworkId, Framework> {
        &self.frameworks
    }

    /// Every date on which duties begin.
    #[must_use]
    pub fn duties(&self) -> &[Duty] {
        &self.duties
    }

    /// SHA-256 over all entries, hexadecimal.
    #[must_use]
    pub fn digest(&self) -> Arc<str> {
        Arc::clone(&self.digest)
    }

    /// The entries of a framework that threats refer to, with those threats.
    #[must_use]
    pub fn coverage(&self, framework: &FrameworkId) -> BTreeMap<Arc<str>, Vec<&Id>> {
        let mut covered: BTreeMap<Arc<str>, Vec<&Id>> = BTreeMap::new();
        for (id, entry) in &self.threats {
            for reference in entry.references.get(framework).into_iter().flatten() {
                covered.entry(Arc::clone(reference)).or_default().push(id);
            }
        }
        covered
    }
}

/// References in the editions they are written in, and in every edition an alias table leads to.
fn all_editions(written: &References, frameworks: &BTreeMap<FrameworkId, Framework>) -> References {
    let mut all = written.clone();
    for (id, references) in written {
        for aliases in frameworks.get(id).into_iter().flat_map(|framework| &framework.aliases) {
            let Some(other) = frameworks.get(&aliases.edition) else { continue };
            let known = all.entry(aliases.edition.clone()).or_default();
            for reference in references {
                let same = (aliases.same_ids && other.item(reference).is_some()).then_some(reference);
                if let Some(alias) = aliases.ids.get(reference).or(same)
                    && !known.contains(alias)
                {
                    known.push(Arc::clone(alias));
                }
            }
        }
    }
    all.retain(|_, references| !references.is_empty());
    all.values_mut().for_each(|references| references.sort());
    all
}

fn hash(entries: &Entries, digest: &mut Sha256) {
    for (_, threat) in &entries.threats {
        digest.update(serde_json::to_vec(threat).unwrap_or_default());
    }
    for (_, control) in &entries.controls {
        digest.update(serde_json::to_vec(control).unwrap_or_default());
    }
    for (_, framework) in &entries.frameworks {
        digest.update(serde_json::to_vec(framework).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_expression_compiles() {
        let catalog = Catalog::load(&[]).unwrap();
        for entry in catalog.threats().values() {
            let compiled = Expression::compile(&entry.threat.when, entry.threat.applies.to);
            assert!(compiled.is_ok(), "{}: {compiled:?}", entry.threat.id);
        }
    }
}
