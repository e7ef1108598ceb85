//! Findings from descriptions of which no attack could be derived, or a wrong one: nobody who attacks, nothing to attack,
//! boundaries that cannot lie as they are said to. An empty graph must never look like a safe system.

use casemate_core::{ActorKind, Attack, BoundaryKind, Confidence, Finding, Id, Severity};
use casemate_system::System;
use casemate_system::file::Flow;

use crate::upkeep::{Rule, finding};

/// Everything that keeps paths of attack from being derived rightly.
pub(crate) fn findings(system: &System, attack: Option<&Attack>) -> Vec<Finding> {
    let mut findings = attack.map(|attack| parts(system, attack)).unwrap_or_default();
    findings.extend(boundaries(system));
    findings
}

/// Who attacks, and what there is to attack.
fn parts(system: &System, attack: &Attack) -> Vec<Finding> {
    let whole = &system.meta.id.value;
    let mut findings = Vec::new();
    let mut about_whole = |rule: Rule, reason: String| {
        let location = system.location(whole);
        findings.push(finding(rule, "", whole, Severity::High, Confidence::High, reason, location));
    };
    let sends = |flow: &Flow| system.actors.contains_key(flow.from.value.as_str());
    if !system.flows.values().any(sends) {
        let who = if system.actors.is_empty() { "names no actor" } else { "draws no flow from any actor" };
        let start = "so paths start only from the internet, suppliers and people inside";
        about_whole(Rule::NoActor, format!("`{whole}` {who}, {start}"));
    }
    if attack.possible == 0 {
        about_whole(
            Rule::NoGoalAsset,
            format!("`{whole}` has no model, data or tool that a goal could be about, so no path has an end"),
        );
    }
    findings
}

fn boundaries(system: &System) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut contradiction = |element: &Id, about: &str, reason: String| {
        let location = system.location(element);
        let rule = Rule::ContradictoryBoundary;
        findings.push(finding(rule, about, element, Severity::High, Confidence::High, reason, location));
    };
    for (id, boundary) in &system.boundaries {
        let parent = boundary.parent.as_ref().map(|parent| parent.value.as_str());
        let around = system.enclosing(parent).find(|(_, outer)| !can_lie_in(boundary.kind, outer.kind));
        if let Some((outer, outer_boundary)) = around {
            let reason = format!(
                "`{id}` ({}) lies in `{outer}` ({}), which cannot contain it",
                boundary.kind, outer_boundary.kind
            );
            contradiction(id, outer.as_str(), reason);
        }
    }
    for (id, actor) in &system.actors {
        let at = actor.at.as_ref().map(|at| at.value.as_str());
        let closed = system.enclosing(at).find(|(_, boundary)| keeps_strangers_out(boundary.kind));
        if let (ActorKind::Anonymous, Some((boundary, _))) = (actor.kind, closed) {
            let reason = format!(
                "`{id}` is anonymous and acts from within `{boundary}`, which only known parties are in"
            );
            contradiction(id, boundary.as_str(), reason);
        }
    }
    for (id, flow) in &system.flows {
        let from = flow.from.value.as_str();
        let Some(to) = system.components.get(flow.to.value.as_str()) else { continue };
        let outside = system.actors.get(from).is_some_and(|actor| {
            actor.kind == ActorKind::Anonymous
                || system.enclosing(system.boundary_of(from)).any(|(_, b)| b.kind == BoundaryKind::Internet)
        });
        let closed =
            !to.exposes.is_empty() && to.exposes.iter().all(|endpoint| endpoint.public == Some(false));
        if outside && closed {
            let to = &flow.to.value;
            let reason = format!(
                "`{id}` leads from `{from}` on the internet to `{to}`, whose endpoints all say `public: false`"
            );
            contradiction(id, to, reason);
        }
    }
    findings
}

/// Whether a boundary can lie within another. Only what can never be is denied: the internet is inside nothing, an
/// organisation inside no part of one, and nothing but enclaves and tenants inside an enclave.
const fn can_lie_in(inner: BoundaryKind, outer: BoundaryKind) -> bool {
    match (inner, outer) {
        (BoundaryKind::Internet, outer) => matches!(outer, BoundaryKind::Internet),
        (BoundaryKind::Org, outer) => {
            matches!(outer, BoundaryKind::Internet | BoundaryKind::Org | BoundaryKind::ThirdParty)
        }
        (inner, BoundaryKind::Enclave) => matches!(inner, BoundaryKind::Enclave | BoundaryKind::Tenant),
        _ => true,
    }
}

/// Whether only known parties are within a boundary of a kind.
const fn keeps_strangers_out(kind: BoundaryKind) -> bool {
    matches!(kind, BoundaryKind::Vpc | BoundaryKind::Namespace | BoundaryKind::Host | BoundaryKind::Enclave)
}
