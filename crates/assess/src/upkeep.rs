//! Findings about the case itself: false claims, old evidence, references that lead nowhere, acceptances of nothing.
//! They keep the case honest; none of them is about a threat.

use std::sync::Arc;

use casemate_catalog::Catalog;
use casemate_core::{
    Auth, Category, ClaimRecord, ClaimStatus, Confidence, Domain, Finding, FindingId, FindingStatus, Id,
    Location, Severity, vocabulary,
};
use casemate_system::file::{Component, Endpoint};
use casemate_system::{Dangling, System};

vocabulary! {
    /// What can be wrong with a case.
    "case rule" Rule {
        /// A check ran and the control does not work.
        ContradictedClaim = "contradicted-claim",
        /// The evidence for a claim is too old.
        StaleEvidence = "stale-evidence",
        /// A check ran and could not tell.
        InconclusiveEvidence = "inconclusive-evidence",
        /// The description says the opposite of a claim.
        DisputedClaim = "disputed-claim",
        /// The description names something that does not exist.
        DanglingReference = "dangling-reference",
        /// An acceptance matches no finding.
        UnmatchedAcceptance = "unmatched-acceptance",
        /// Nobody is described who could attack.
        NoActor = "no-actor",
        /// Nothing is described that an attacker could want.
        NoGoalAsset = "no-goal-asset",
        /// Boundaries lie in each other in a way that cannot be.
        ContradictoryBoundary = "contradictory-boundary",
        /// A goal is kept away by one control alone.
        SinglePointOfFailure = "single-point-of-failure",
    }
}

impl Rule {
    /// What stands open.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::ContradictedClaim => "A claimed control does not work",
            Self::StaleEvidence => "The evidence for a claim is too old to count",
            Self::InconclusiveEvidence => "A check could not tell whether a claim is true",
            Self::DisputedClaim => "A claim and the description contradict each other",
            Self::DanglingReference => "The description names something that does not exist",
            Self::UnmatchedAcceptance => "An accepted risk matches no finding",
            Self::NoActor => "Nobody is described who could attack the system",
            Self::NoGoalAsset => "Nothing is described that an attacker could want",
            Self::ContradictoryBoundary => "The description of a boundary contradicts itself",
            Self::SinglePointOfFailure => "One control alone keeps an attacker away",
        }
    }

    /// What to do.
    #[must_use]
    pub const fn recommendation(self) -> &'static str {
        match self {
            Self::ContradictedClaim => "Repair the control and run its check again, or withdraw the claim",
            Self::StaleEvidence => "Run the check again",
            Self::InconclusiveEvidence => "Give the check what it lacked and run it again",
            Self::DisputedClaim => "Correct whichever is wrong; what the claim holds off rests on it",
            Self::DanglingReference => {
                "Correct the name or describe what it names; what hangs on it was not judged"
            }
            Self::UnmatchedAcceptance => "Delete the acceptance, or correct the finding it names",
            Self::NoActor => {
                "Describe under `actors` who uses, feeds and runs the system, and draw their flows; paths of attack start there"
            }
            Self::NoGoalAsset => {
                "Describe the models, data and tools of the system; without them no path of attack has an end"
            }
            Self::ContradictoryBoundary => {
                "Correct the boundary or what lies in it; who can reach what follows from it"
            }
            Self::SinglePointOfFailure => {
                "Put a second, independent control in the way, so that one failure does not open it"
            }
        }
    }
}

/// Findings from claims that evidence does not bear out.
pub(crate) fn claims(records: &[ClaimRecord], threats: &[Finding], catalog: &Catalog) -> Vec<Finding> {
    let mut findings = Vec::new();
    for record in records {
        let (rule, severity, confidence) = match record.status {
            ClaimStatus::Contradicted => {
                (Rule::ContradictedClaim, severity_of_loss(record, threats, catalog), Confidence::High)
            }
            ClaimStatus::Stale => (Rule::StaleEvidence, Severity::Medium, Confidence::High),
            ClaimStatus::NotCheckable => (Rule::InconclusiveEvidence, Severity::Low, Confidence::High),
            _ => continue,
        };
        let reason =
            format!("`{}` on `{}` is {}: {}", record.control, record.component, record.status, record.reason);
        let about = record.control.as_str();
        let mut finding =
            finding(rule, about, &record.component, severity, confidence, reason, record.location.clone());
        finding.controls = vec![record.control.clone()];
        findings.push(finding);
    }
    findings
}

/// Findings from claims on an element whose description says the opposite. A claim that a check disproved has its
/// finding already.
pub(crate) fn disputed(system: &System, records: &[ClaimRecord]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for claim in system.claims.iter().filter(|claim| claim.not_applicable.is_none()) {
        for target in &claim.on {
            let described = system.components.get_key_value(target.value.as_str());
            let Some((element, component)) = described else { continue };
            let control = &claim.control.value;
            let Some(said) = opposite(control.as_str(), component) else { continue };
            let disproved = |record: &ClaimRecord| {
                record.control == *control
                    && record.component == *element
                    && record.status == ClaimStatus::Contradicted
            };
            if records.iter().any(disproved) {
                continue;
            }
            let reason = format!("`{control}` is claimed on `{element}`, and its description says {said}");
            let (severity, confidence) = (Severity::Medium, Confidence::Medium);
            let location = system.locate(claim.control.position);
            let rule = Rule::DisputedClaim;
            let mut finding =
                finding(rule, control.as_str(), element, severity, confidence, reason, location);
            finding.controls = vec![control.clone()];
            findings.push(finding);
        }
    }
    findings
}

/// What the description of a component says against a control, if it says anything.
fn opposite(control: &str, component: &Component) -> Option<&'static str> {
    let endpoint = |says: fn(&Endpoint) -> bool| component.exposes.iter().any(says);
    let agent = component.agent.as_ref();
    let model = component.model.as_ref();
    let (says, what) = match control {
        "api-authentication" | "mcp-authentication" => {
            (endpoint(|endpoint| endpoint.auth == Some(Auth::None)), "`auth: none`")
        }
        "data-encryption-in-transit" => (endpoint(unencrypted), "that an endpoint is not encrypted"),
        "human-approval" => {
            (agent.is_some_and(|agent| agent.human_approval == Some(false)), "`human_approval: false`")
        }
        "remote-code-ban" => {
            (model.is_some_and(|model| model.remote_code == Some(true)), "`remote_code: true`")
        }
        _ => return None,
    };
    says.then_some(what)
}

fn unencrypted(endpoint: &Endpoint) -> bool {
    endpoint.protocol.as_deref().and_then(crate::facts::encrypts) == Some(false)
}

/// Findings from references that lead nowhere.
pub(crate) fn dangling(dangling: &[Dangling]) -> Vec<Finding> {
    dangling
        .iter()
        .map(|reference| {
            let meant = reference
                .nearest
                .as_ref()
                .map(|name| format!(" (did you mean `{name}`?)"))
                .unwrap_or_default();
            let reason = format!(
                "`{}` names `{}`, which is no {} of this system{meant}",
                reference.key, reference.name, reference.expected
            );
            let about = Id::slug(&format!("{} {}", reference.key, reference.name));
            let location = reference.location.clone();
            finding(
                Rule::DanglingReference,
                about.as_str(),
                &reference.owner,
                Severity::High,
                Confidence::High,
                reason,
                location,
            )
        })
        .collect()
}

/// The finding for an acceptance that matches nothing.
pub(crate) fn unmatched(accepted: &FindingId, location: Option<Location>) -> Finding {
    let reason = format!("the acceptance of `{accepted}` matches no finding of this case");
    let about = accepted.threat.as_str();
    finding(
        Rule::UnmatchedAcceptance,
        about,
        &accepted.element,
        Severity::Low,
        Confidence::High,
        reason,
        location,
    )
}

/// How bad it is that a control does not work: as bad as the gap that it leaves on the element, and at least high, for
/// it was relied upon.
fn severity_of_loss(record: &ClaimRecord, threats: &[Finding], catalog: &Catalog) -> Severity {
    let gap = catalog.controls().get(&record.control).map(|control| &control.gap);
    let left =
        threats.iter().find(|finding| Some(&finding.threat) == gap && finding.component == record.component);
    left.map_or(Severity::High, |finding| finding.severity).max(Severity::High)
}

/// A finding of a case rule; `about` tells those of one rule on one element apart and may be empty.
pub(crate) fn finding(
    rule: Rule,
    about: &str,
    element: &Id,
    severity: Severity,
    confidence: Confidence,
    reason: String,
    location: Option<Location>,
) -> Finding {
    let threat = Id::slug(rule.as_str());
    let named = if about.is_empty() { rule.to_string() } else { format!("{rule}.{about}") };
    Finding {
        id: FindingId {
            threat: named.parse().unwrap_or_else(|_| Id::slug(&named)),
            element: element.clone(),
        },
        threat,
        title: rule.title().into(),
        category: Category::Assurance,
        domain: Domain::Governance,
        severity,
        confidence,
        component: element.clone(),
        status: FindingStatus::Open,
        reason: reason.into(),
        recommendation: rule.recommendation().into(),
        command: None,
        controls: Vec::new(),
        violates: Arc::new([]),
        goals: Arc::new([]),
        rating: None,
        references: Arc::default(),
        due: Vec::new(),
        acceptance: None,
        baseline: None,
        location,
    }
}

/// A problem for a system in which no AI component is found.
pub(crate) fn no_ai(system: &System) -> casemate_core::Problem {
    casemate_core::Problem {
        kind: casemate_core::ProblemKind::Description,
        message: format!(
            "no AI component was found in `{}`, so no threat of the catalogue was judged; give a component a `model`, or a kind such as `serve`, `train` or `agent`",
            system.meta.id.value
        )
        .into(),
        location: system.location(&system.meta.id.value),
    }
}
