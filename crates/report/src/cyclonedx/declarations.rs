//! The case as CycloneDX declarations: who assessed, what is claimed of what, and what speaks for and against it.
//!
//! What the system file claims is a claim; a finding about it is its counter-evidence. A threat that stands open is a
//! counter-claim to the framework entries it speaks to, never a claim that somebody could take for a promise.

use std::collections::{BTreeMap, BTreeSet};

use casemate_core::{
    Case, Category, ClaimRecord, Closed, Element, EvidenceNote, Finding, FindingId, FlowView, FrameworkId,
    Id, Recorded, Timestamp,
};
use serde_json::{Value, json};

use super::{SYSTEM, properties, property, reference};
use crate::{frameworks, names};

const ASSESSOR: &str = "assessor/casemate";

/// Claims, the evidence they rest on, and what they are about.
pub(super) fn declarations(case: &Case) -> Value {
    let mut record = Record {
        case,
        names: BTreeSet::new(),
        claims: Vec::new(),
        evidence: Vec::new(),
        support: BTreeMap::new(),
    };
    for claim in &case.claims {
        record.claim(claim);
    }
    for finding in &case.findings {
        record.finding(finding);
    }
    for closed in &case.closed {
        record.closed(closed);
    }
    json!({
        "assessors": [{
            "bom-ref": ASSESSOR,
            "thirdParty": false,
            "organization": { "name": format!("{} {}", case.tool.name, case.tool.version) },
        }],
        "attestations": attestations(case),
        "targets": targets(case),
        "claims": record.claims,
        "evidence": record.evidence,
    })
}

/// The framework editions that the case refers to, with the entries it refers to.
pub(super) fn standards(case: &Case) -> Vec<Value> {
    let standard = |(id, used): (&FrameworkId, frameworks::Used<'_>)| {
        let entries: BTreeSet<&str> = used.found.union(&used.closed).copied().collect();
        let requirement = |entry: &str| json!({ "bom-ref": requirement(id, entry), "identifier": entry });
        let requirements: Vec<Value> = entries.into_iter().map(requirement).collect();
        json!({
            "bom-ref": format!("standard/{id}"),
            "name": if used.title.is_empty() { id.name.as_str() } else { used.title },
            "version": id.edition,
            "requirements": requirements,
        })
    };
    frameworks::used(case).into_iter().map(standard).collect()
}

/// Per framework edition, which entries the findings speak against. A report attests no score: that every threat of
/// the catalogue is closed is not the same as meeting the entry.
fn attestations(case: &Case) -> Vec<Value> {
    let attestation = |(id, used): (&FrameworkId, frameworks::Used<'_>)| {
        let open = used.found.iter().map(|entry| {
            let against: Vec<String> = case
                .findings
                .iter()
                .filter(|finding| finding.references.get(id).is_some_and(|ids| ids.iter().any(|id| **id == **entry)))
                .map(|finding| stands(&finding.id))
                .collect();
            json!({
                "requirement": requirement(id, entry),
                "counterClaims": against,
                "conformance": { "rationale": format!("findings of this case that refer to this entry: {}", against.len()) },
            })
        });
        let closed = used.closed.difference(&used.found).map(|entry| {
            json!({
                "requirement": requirement(id, entry),
                "conformance": {
                    "rationale": format!("threats that refer to this entry apply, and all are closed in the {} view", case.view),
                },
            })
        });
        json!({
            "summary": format!("What the findings of this case mean for {} {}", used.title, id.edition),
            "assessor": ASSESSOR,
            "map": open.chain(closed).collect::<Vec<Value>>(),
        })
    };
    frameworks::used(case).into_iter().map(attestation).collect()
}

fn requirement(framework: &FrameworkId, entry: &str) -> String {
    format!("requirement/{framework}/{entry}")
}

fn stands(id: &FindingId) -> String {
    format!("stands/{id}")
}

/// The declarations as they grow.
struct Record<'a> {
    case: &'a Case,
    /// Names given so far: no two things of a document may share one.
    names: BTreeSet<String>,
    claims: Vec<Value>,
    evidence: Vec<Value>,
    /// What speaks for the claim of a control on an element.
    support: BTreeMap<(&'a Id, &'a Id), Vec<String>>,
}

impl<'a> Record<'a> {
    fn claim(&mut self, claim: &'a ClaimRecord) {
        let (mut evidence, mut against) = (Vec::new(), Vec::new());
        for note in &claim.evidence {
            let name = self.unique(format!("evidence/{}@{}", claim.control, claim.component));
            self.evidence.push(noted(&name, note));
            // What could not be checked, or is too old, never speaks for a claim.
            let speaks_for = matches!(&*note.outcome, "pass" | "document");
            if speaks_for { evidence.push(name) } else { against.push(name) }
        }
        for finding in self.case.findings.iter().filter(|finding| doubts(finding, claim)) {
            against.push(self.stands_open(finding));
        }
        let name = self.unique(format!("claim/{}@{}", claim.control, claim.component));
        self.claims.push(json!({
            "bom-ref": name,
            "target": target(&claim.component, self.case),
            "predicate": format!("{} protects {}", claim.control, claim.component),
            "reasoning": format!("{}: {}", claim.status, claim.reason),
            "evidence": evidence,
            "counterEvidence": against,
        }));
        self.support.entry((&claim.control, &claim.component)).or_default().extend(evidence);
    }

    fn finding(&mut self, finding: &Finding) {
        let evidence = self.stands_open(finding);
        let mut plans = vec![self.written(format!("advice/{}", finding.id), &finding.recommendation)];
        if let Some(accepted) = &finding.acceptance {
            let plan = format!("Accepted until {}: {}", accepted.expires, accepted.reason);
            plans.push(self.written(format!("acceptance/{}", finding.id), &plan));
        }
        let name = self.unique(stands(&finding.id));
        self.claims.push(json!({
            "bom-ref": name,
            "target": target(&finding.component, self.case),
            "predicate": format!("{} on {}: {}", finding.status, finding.component, finding.title),
            "reasoning": format!("{} severity, {} confidence", finding.severity, finding.confidence),
            "evidence": [evidence],
            "mitigationStrategies": plans,
        }));
    }

    fn closed(&mut self, closed: &Closed) {
        let support = closed.by.iter().filter_map(|control| self.support.get(&(control, &closed.id.element)));
        let evidence: Vec<String> = support.flatten().cloned().collect();
        let name = self.unique(format!("held-off/{}", closed.id));
        self.claims.push(json!({
            "bom-ref": name,
            "target": target(&closed.id.element, self.case),
            "predicate": format!("held off on {}: {}", closed.id.element, closed.title),
            "reasoning": format!("by {}, in the {} view", names(&closed.by), closed.basis()),
            "evidence": evidence,
        }));
    }

    /// The finding as evidence, written once.
    fn stands_open(&mut self, finding: &Finding) -> String {
        let place = finding.location.as_ref().map(|location| format!(" ({location})")).unwrap_or_default();
        self.written(
            format!("finding/{}", finding.id),
            &format!("{}: {}{place}", finding.title, finding.reason),
        )
    }

    /// A text as evidence, written once under its name.
    fn written(&mut self, name: String, text: &str) -> String {
        if self.names.insert(name.clone()) {
            self.evidence.push(json!({
                "bom-ref": name,
                "description": text,
                "created": self.case.generated.to_string(),
            }));
        }
        name
    }

    fn unique(&mut self, name: String) -> String {
        let mut free = name.clone();
        let mut number = 1;
        while !self.names.insert(free.clone()) {
            number += 1;
            free = format!("{name}#{number}");
        }
        free
    }
}

/// Whether a finding is about the claim itself: it failed, is stale, or could not be checked.
fn doubts(finding: &Finding, claim: &ClaimRecord) -> bool {
    finding.category == Category::Assurance
        && finding.component == claim.component
        && finding.controls.contains(&claim.control)
}

/// The record of one check, or a document that was pointed at.
fn noted(name: &str, note: &EvidenceNote) -> Value {
    let data = [
        ("measured", note.measured.as_deref()),
        ("sha256", note.digest.as_deref()),
        ("ledger", note.ledger.map(Recorded::as_str)),
    ];
    let data: Vec<Value> = data
        .into_iter()
        .filter_map(|(name, content)| {
            Some(json!({
                "name": name,
                "contents": { "attachment": { "contentType": "text/plain", "content": content? } },
            }))
        })
        .collect();
    let finished = note.finished.as_deref().and_then(|time| time.parse::<Timestamp>().ok());
    json!({
        "bom-ref": name,
        "description": format!("{}: {}", note.check, note.outcome),
        "created": finished.map(|time| time.to_string()),
        "data": data,
    })
}

/// What a claim is about. Whatever the system does not list is the system itself.
fn target(element: &Id, case: &Case) -> String {
    let kind = match case.system.elements.get(element) {
        Some(Element::Component(_)) => "component",
        Some(Element::Data(_)) => "data",
        Some(Element::Actor(_)) => "actor",
        Some(Element::Boundary(_)) => "boundary",
        None if case.system.flows.iter().any(|flow| flow.id == *element) => "flow",
        None => return SYSTEM.to_owned(),
    };
    reference(kind, element)
}

/// Actors, boundaries and flows: the targets that are no part of the inventory.
fn targets(case: &Case) -> Value {
    let mut organizations = Vec::new();
    let mut components = Vec::new();
    for (id, element) in &case.system.elements {
        let name = target(id, case);
        match element {
            Element::Actor(actor) => organizations.push(json!({ "bom-ref": name, "name": actor.name })),
            Element::Boundary(boundary) => components.push(json!({
                "type": "platform",
                "bom-ref": name,
                "name": boundary.name,
                "properties": [property("kind", boundary.kind.as_str())],
            })),
            Element::Component(_) | Element::Data(_) => {}
        }
    }
    let flow = |flow: &FlowView| {
        json!({
            "bom-ref": target(&flow.id, case),
            "name": flow.id,
            "properties": properties([
                ("from", Some(flow.from.as_str())),
                ("to", Some(flow.to.as_str())),
                ("protocol", flow.protocol.as_deref()),
                ("trust", Some(flow.trust.as_str())),
            ]),
        })
    };
    let flows: Vec<Value> = case.system.flows.iter().map(flow).collect();
    json!({ "organizations": organizations, "components": components, "services": flows })
}
