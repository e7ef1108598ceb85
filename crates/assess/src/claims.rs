//! Claims against evidence: what each claim is worth, and which controls therefore stand on which element. A claim is
//! never worth more than what was shown for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use casemate_core::evidence::{Tier, Verdict};
use casemate_core::{
    Assumed, ClaimRecord, ClaimStatus, EvidenceNote, Experiment, Id, MaxAge, Problem, ProblemKind, Recorded,
    Timestamp, View,
};
use casemate_system::System;
use casemate_system::file::{Claim, PointerKind};

use crate::Inputs;
use crate::evidence::{EvidenceFile, unrecorded};

/// Whether the documents that claims point at are there, by path as written.
pub type Documents = BTreeMap<String, bool>;

/// Every claim with its status.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    pub(crate) records: Vec<ClaimRecord>,
    pub(crate) problems: Vec<Problem>,
    /// Statuses by control and by the target that the claim names.
    by_target: BTreeMap<Id, BTreeMap<Id, Vec<ClaimStatus>>>,
    /// What is assumed of controls, whatever is claimed and shown.
    experiment: Experiment,
    /// Controls that something is claimed or assumed of, anywhere.
    named: BTreeSet<Id>,
}

impl Claims {
    pub(crate) fn judge(system: &System, inputs: &Inputs<'_>) -> Self {
        let Inputs { evidence, documents, now, .. } = *inputs;
        let controls = inputs.catalog.controls();
        let artefact = |control: &Id| controls.get(control).is_some_and(|control| control.artefact);
        let mut claims = Self { experiment: inputs.experiment.clone(), ..Self::default() };
        let mut used = BTreeSet::new();
        let named = named(system);
        for claim in &system.claims {
            let about: Vec<(usize, &EvidenceFile)> = evidence
                .iter()
                .enumerate()
                .filter(|(_, file)| {
                    inputs.catalog.means(&file.evidence.predicate.control, &claim.control.value)
                })
                .collect();
            let own = claim.on.iter().filter_map(|target| target.value.parse::<Id>().ok());
            let tested = about.iter().flat_map(|(_, file)| &file.evidence.subject);
            // What was tested inside what a claim covers is that claim, tested there.
            let within = tested
                .filter_map(|subject| subject.name.parse::<Id>().ok())
                .filter(|element| covers(claim, element, system))
                .filter(|element| !named.contains(&(&claim.control.value, element.as_str())));
            let elements: BTreeSet<Id> = own.chain(within).collect();
            for element in elements {
                let mut judged = Judged::new(claim, documents);
                for (index, file) in &about {
                    if file.evidence.subject.iter().any(|subject| subject.name == element.as_str()) {
                        used.insert(*index);
                        match unusable(file, &element, artefact(&claim.control.value), system, now) {
                            Some(problem) => claims.problems.push(problem),
                            None => judged.add(file, now),
                        }
                    }
                }
                let (status, reason) = judged.status();
                claims
                    .by_target
                    .entry(element.clone())
                    .or_default()
                    .entry(claim.control.value.clone())
                    .or_default()
                    .push(status);
                claims.records.push(ClaimRecord {
                    control: claim.control.value.clone(),
                    component: element,
                    status,
                    reason: reason.into(),
                    evidence: judged.notes,
                    location: system.locate(claim.control.position),
                });
            }
        }
        let experiment = claims.experiment.with.iter().chain(&claims.experiment.without);
        let assumed = experiment.map(|assumed| assumed.control.clone());
        let claimed = claims.by_target.values().flat_map(|controls| controls.keys().cloned());
        claims.named = claimed.chain(assumed).collect();
        claims.problems.extend(unclaimed(evidence, &used));
        claims.problems.extend(unrecorded(evidence));
        claims
            .records
            .sort_by(|a, b| (&a.control, &a.component, a.status).cmp(&(&b.control, &b.component, b.status)));
        claims
    }

    /// Whether anything is claimed or assumed of a control at all. Most controls of the catalogue are never named, and
    /// asking about each of their places takes longer than judging the threats.
    pub(crate) fn names(&self, control: &Id) -> bool {
        self.named.contains(control)
    }

    /// Whether the claims on this very target hold in a view: no if a check disproved one, `None` if nothing counts
    /// either way.
    pub(crate) fn on(&self, control: &Id, target: &Id, view: View) -> Option<bool> {
        if self.assumed_to_fail(control, target) {
            return Some(false);
        }
        if assumes(&self.experiment.with, control, target) && view != View::Bare {
            return Some(true);
        }
        let statuses = self.by_target.get(target)?.get(control)?;
        if statuses.contains(&ClaimStatus::Contradicted) {
            return Some(false);
        }
        statuses.iter().any(|status| status.holds_in(view)).then_some(true)
    }

    /// Whether an experiment takes a control away from an element.
    pub(crate) fn assumed_to_fail(&self, control: &Id, element: &Id) -> bool {
        assumes(&self.experiment.without, control, element)
    }
}

/// Whether something is assumed of a control on an element.
fn assumes(assumed: &[Assumed], control: &Id, element: &Id) -> bool {
    assumed.iter().any(|known| known.control == *control && known.on.as_ref().is_none_or(|on| on == element))
}

/// The elements that claims name, by control.
fn named(system: &System) -> BTreeSet<(&Id, &str)> {
    let claims = system.claims.iter();
    claims.flat_map(|claim| claim.on.iter().map(|on| (&claim.control.value, on.value.as_str()))).collect()
}

/// Whether a claim names a boundary around an element, or the system that the element is a part of.
fn covers(claim: &Claim, element: &Id, system: &System) -> bool {
    let name = element.as_str();
    let part = system.components.contains_key(name)
        || system.data.contains_key(name)
        || system.flows.contains_key(name)
        || system.boundaries.contains_key(name);
    let whole = |target: &str| part && target == system.meta.id.value.as_str();
    let parent = || system.boundaries.get(name)?.parent.as_ref().map(|parent| parent.value.as_str());
    let inside = system.boundary_of(name).or_else(parent);
    let around = |target: &str| system.enclosing(inside).any(|(id, _)| id.as_str() == target);
    claim.on.iter().any(|target| whole(&target.value) || around(&target.value))
}

/// What has been shown for one claim on one element.
struct Judged<'c> {
    claim: &'c Claim,
    document: Option<Document>,
    notes: Vec<EvidenceNote>,
    /// The runs of each check.
    runs: BTreeMap<Id, Vec<(Timestamp, Outcome)>>,
}

/// A document that a claim points at.
enum Document {
    There(String),
    Missing(String),
}

/// What one run of a check comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    Pass(Tier),
    Fail,
    Stale,
    Inconclusive,
    NotApplicable,
    /// Not in a ledger that is there.
    Unvouched,
}

impl Outcome {
    /// The less it says for a claim, the higher.
    const fn doubt(&self) -> u8 {
        match self {
            Self::Pass(Tier::Verified) => 0,
            Self::Pass(Tier::Observed) => 1,
            Self::Stale => 2,
            Self::Inconclusive => 3,
            Self::NotApplicable => 4,
            Self::Unvouched => 5,
            Self::Fail => 6,
        }
    }
}

impl<'c> Judged<'c> {
    fn new(claim: &'c Claim, documents: &Documents) -> Self {
        let mut document = None;
        let mut notes = Vec::new();
        for pointer in &claim.evidence {
            let Some(path) = &pointer.path else {
                if pointer.kind == PointerKind::Manual {
                    document.get_or_insert(Document::There("a person's word".to_owned()));
                }
                continue;
            };
            if !matches!(pointer.kind, PointerKind::Document | PointerKind::Manual | PointerKind::Attestation)
            {
                continue;
            }
            let there = documents.get(&path.value).copied().unwrap_or(false);
            let shown = casemate_core::printable(&path.value);
            notes.push(EvidenceNote {
                check: shown.as_str().into(),
                outcome: if there { "document" } else { "missing" }.into(),
                finished: None,
                digest: None,
                measured: None,
                ledger: None,
            });
            match (&document, there) {
                (Some(Document::There(_)), _) => {}
                (_, true) => document = Some(Document::There(shown)),
                (_, false) => document = Some(Document::Missing(shown)),
            }
        }
        Self { claim, document, notes, runs: BTreeMap::new() }
    }

    fn add(&mut self, file: &EvidenceFile, now: Timestamp) {
        let predicate = &file.evidence.predicate;
        let stale = stale(file, max_age(self.claim, &predicate.check), now);
        // Whoever put a document there may as well have written what it says.
        let unvouched = matches!(file.ledger, Some(Recorded::Missing | Recorded::Unchecked));
        let outcome = match predicate.verdict {
            Verdict::Fail => Outcome::Fail,
            Verdict::Pass | Verdict::NotApplicable if unvouched => Outcome::Unvouched,
            Verdict::Pass | Verdict::NotApplicable if stale => Outcome::Stale,
            Verdict::Pass => Outcome::Pass(predicate.tier),
            Verdict::NotApplicable => Outcome::NotApplicable,
            Verdict::Inconclusive => Outcome::Inconclusive,
        };
        let measured: Vec<String> = predicate
            .measured
            .iter()
            .map(|(name, value)| casemate_core::printable(&format!("{name} {value}")))
            .collect();
        self.notes.push(EvidenceNote {
            check: predicate.check.as_str().into(),
            outcome: if outcome == Outcome::Stale { "stale" } else { predicate.verdict.as_str() }.into(),
            finished: Some(predicate.finished.to_string().into()),
            digest: Some(Arc::clone(&file.digest)),
            measured: (!measured.is_empty()).then(|| measured.join(", ").into()),
            ledger: file.ledger,
        });
        self.runs.entry(predicate.check.clone()).or_default().push((predicate.finished, outcome));
    }

    /// A failure outweighs everything; then the best fresh pass; then what is stale or could not tell; then documents.
    fn status(&mut self) -> (ClaimStatus, String) {
        self.notes.sort_by(|a, b| {
            (&a.check, &a.finished, &a.outcome, &a.digest).cmp(&(
                &b.check,
                &b.finished,
                &b.outcome,
                &b.digest,
            ))
        });
        let latest: BTreeMap<&Id, (Timestamp, Outcome)> =
            self.runs.iter().filter_map(|(check, runs)| Some((check, latest(runs)?))).collect();
        let of = |wanted: &dyn Fn(&Outcome) -> bool| {
            let named = latest.iter().filter(|(_, (_, outcome))| wanted(outcome));
            named
                .map(|(check, (finished, _))| format!("`{check}` of {}", casemate_core::Day::of(*finished)))
                .collect::<Vec<_>>()
        };
        let failed = of(&|outcome| *outcome == Outcome::Fail);
        let verified = of(&|outcome| *outcome == Outcome::Pass(Tier::Verified));
        let observed = of(&|outcome| *outcome == Outcome::Pass(Tier::Observed));
        let stale = of(&|outcome| *outcome == Outcome::Stale);
        let unclear = of(&|outcome| *outcome == Outcome::Inconclusive);
        let outside = of(&|outcome| *outcome == Outcome::NotApplicable);
        let unvouched = of(&|outcome| *outcome == Outcome::Unvouched);
        if !failed.is_empty() {
            (ClaimStatus::Contradicted, format!("{} failed", failed.join(", ")))
        } else if let Some(reason) = &self.claim.not_applicable {
            (ClaimStatus::NotApplicable, casemate_core::printable(reason))
        } else if !verified.is_empty() {
            (ClaimStatus::Verified, format!("{} passed", verified.join(", ")))
        } else if !observed.is_empty() {
            (ClaimStatus::Observed, format!("{} saw it configured", observed.join(", ")))
        } else if !stale.is_empty() {
            (ClaimStatus::Stale, format!("{} is older than it may be", stale.join(", ")))
        } else if !unclear.is_empty() {
            (ClaimStatus::NotCheckable, format!("{} could not tell", unclear.join(", ")))
        } else if !outside.is_empty() {
            (ClaimStatus::NotCheckable, format!("{} does not apply to it", outside.join(", ")))
        } else if !unvouched.is_empty() {
            (ClaimStatus::NotCheckable, format!("the ledger does not vouch for {}", unvouched.join(", ")))
        } else {
            match &self.document {
                Some(Document::There(path)) => (ClaimStatus::Asserted, format!("rests on {path}")),
                Some(Document::Missing(path)) => {
                    (ClaimStatus::Unsupported, format!("points at {path}, which is not there"))
                }
                None if self.claim.evidence.is_empty() => {
                    (ClaimStatus::Unsupported, "nothing is given for it".to_owned())
                }
                None => (ClaimStatus::Unsupported, "its checks have not been run".to_owned()),
            }
        }
    }
}

/// What the runs of one check come to: the latest counts, and of two that ended together the one that says less, so
/// that their order never matters. A failure stands until the check passes.
fn latest(runs: &[(Timestamp, Outcome)]) -> Option<(Timestamp, Outcome)> {
    let mut runs = runs.to_vec();
    runs.sort_by_key(|(finished, outcome)| (*finished, outcome.doubt()));
    runs.into_iter().reduce(|before, run| match (&before.1, &run.1) {
        (Outcome::Fail, Outcome::Inconclusive | Outcome::NotApplicable) => before,
        // What the ledger does not vouch for counts for nothing beside what it does.
        (_, Outcome::Unvouched) => before,
        _ => run,
    })
}

/// The age a claim allows for a check: of the pointer that names it, else the strictest of those that name none.
fn max_age(claim: &Claim, check: &Id) -> Option<MaxAge> {
    let named = claim.evidence.iter().filter(|pointer| pointer.check.as_ref() == Some(check));
    let unnamed = claim.evidence.iter().filter(|pointer| pointer.check.is_none());
    named
        .filter_map(|pointer| pointer.max_age)
        .min()
        .or_else(|| unnamed.filter_map(|pointer| pointer.max_age).min())
}

fn stale(file: &EvidenceFile, max_age: Option<MaxAge>, now: Timestamp) -> bool {
    let predicate = &file.evidence.predicate;
    predicate.expires.is_some_and(|expires| expires < now)
        || max_age.is_some_and(|age| now.duration_since(predicate.finished) > age.duration())
}

/// Why a document that names a claim says nothing about it.
fn unusable(
    file: &EvidenceFile,
    element: &Id,
    artefact: bool,
    system: &System,
    now: Timestamp,
) -> Option<Problem> {
    let problem = |what: String| Problem {
        kind: ProblemKind::Evidence,
        message: format!("{}: {what}; it counts for nothing", file.file).into(),
        location: None,
    };
    if file.evidence.predicate.finished > now {
        return Some(problem(format!(
            "finished at {}, after the time of this assessment",
            file.evidence.predicate.finished
        )));
    }
    let component = system.components.get(element).and_then(|component| component.model.as_ref());
    let data = system.data.get(element).and_then(|data| data.origin.as_ref());
    let stated = component
        .and_then(|model| model.digest.as_deref())
        .or_else(|| data.and_then(|o| o.digest.as_deref()))?;
    let (algorithm, value) = stated.split_once(':')?;
    let subject = file.evidence.subject.iter().find(|subject| subject.name == element.as_str())?;
    match subject.digest.get(algorithm) {
        Some(tested) => (!tested.eq_ignore_ascii_case(value)).then(|| {
            problem(format!("tested another artefact than `{element}` has now ({algorithm} differs)"))
        }),
        None => artefact.then(|| {
            problem(format!("does not say by its {algorithm} digest which artefact of `{element}` it tested"))
        }),
    }
}

fn unclaimed(evidence: &[EvidenceFile], used: &BTreeSet<usize>) -> Vec<Problem> {
    let unused = evidence.iter().enumerate().filter(|(index, _)| !used.contains(index));
    unused
        .map(|(_, file)| {
            let names: Vec<String> =
                file.evidence.subject.iter().map(|subject| casemate_core::printable(&subject.name)).collect();
            let message = format!(
                "{}: tests `{}` on {}, which nobody claims; add it to `controls` to have it count",
                file.file,
                file.evidence.predicate.control,
                names.join(", ")
            );
            Problem { kind: ProblemKind::Evidence, message: message.into(), location: None }
        })
        .collect()
}
