//! From a threat on an element to a severity: the asset's worth, who can get at it, how mature the technique is, what
//! reduces it. Every step leaves a reason; severity and confidence are not mixed.

use std::sync::Arc;

use casemate_catalog::{Extent, Threat};
use casemate_core::{Entry, Exposure, Id, Likelihood, Property, Rated, Rating, Sensitivity, Trust};
use casemate_system::System;
use casemate_system::file::Data;

use crate::facts::Facts;
use crate::topology::Topology;

/// What an asset is worth when nobody says: serious harm, so that silence never hides a finding.
const UNRATED: Rating = Rating::High;

/// Rates a threat on an element.
pub(crate) fn rate(
    threat: &Threat,
    element: &Id,
    facts: &Facts,
    reduced_by: Vec<Id>,
    system: &System,
    topology: &Topology<'_>,
) -> Rated {
    let (exposure, exposure_from) = exposure(threat.entry, element, facts, system, topology);
    let worth = |property: Property| worth(property, element, system, topology);
    rated(threat, &worth, exposure, exposure_from, reduced_by)
}

/// Rates a threat when nothing is known but that its control is missing: the worst that its way in allows.
pub(crate) fn rate_unknown(threat: &Threat) -> Rated {
    let (exposure, from) = match threat.entry {
        Entry::Network | Entry::Query | Entry::Content => {
            (Exposure::Anyone, "a checklist does not say who can reach it")
        }
        Entry::Supply => (Exposure::Inside, "it enters with what is supplied"),
        Entry::Insider => (Exposure::Insider, "it takes access that people inside hold"),
        Entry::Omission => (Exposure::Inside, "no attack is needed for it"),
    };
    rated(threat, &|_| (UNRATED, "not rated, so taken as high".into()), exposure, from, Vec::new())
}

fn rated(
    threat: &Threat,
    worth: &dyn Fn(Property) -> (Rating, Arc<str>),
    exposure: Exposure,
    exposure_from: &str,
    reduced_by: Vec<Id>,
) -> Rated {
    let mut worst: Option<(Rating, Property, Rating, Arc<str>)> = None;
    for (&property, &extent) in &threat.impact {
        let (asset, from) = worth(property);
        let impact = if extent == Extent::Full { asset } else { asset.lowered() };
        if worst.as_ref().is_none_or(|(known, ..)| *known < impact) {
            worst = Some((impact, property, asset, from));
        }
    }
    let (impact, property, asset, asset_from) =
        worst.unwrap_or((Rating::Low, Property::Integrity, Rating::Low, "the threat takes nothing".into()));
    Rated {
        impact,
        property,
        asset,
        asset_from,
        likelihood: Likelihood::of(exposure, threat.maturity, !reduced_by.is_empty()),
        exposure,
        exposure_from: exposure_from.into(),
        maturity: threat.maturity,
        reduced_by,
        unreachable: None,
    }
}

/// What an element is worth in one respect, and where that comes from.
fn worth(property: Property, element: &Id, system: &System, topology: &Topology<'_>) -> (Rating, Arc<str>) {
    if let Some(component) = system.components.get(element) {
        let impact = &component.impact;
        let stated = match property {
            Property::Confidentiality => impact.confidentiality,
            Property::Integrity | Property::Robustness | Property::Explainability => {
                impact.integrity.max(impact.safety)
            }
            Property::Availability => impact.availability,
            Property::Fairness => impact.fairness,
        };
        if let Some(stated) = stated {
            return (stated, format!("`{element}` is rated so").into());
        }
    }
    if property == Property::Confidentiality
        && let Some((rating, data)) = sensitive(element, system, topology)
    {
        return (rating, format!("its data `{data}` is rated so").into());
    }
    match system.meta.criticality {
        Some(rating) => (rating, "the criticality of the system".into()),
        None => (UNRATED, "not rated, so taken as high".into()),
    }
}

/// The worth of the most sensitive data an element holds, carries or is.
fn sensitive<'s>(element: &Id, system: &'s System, topology: &Topology<'_>) -> Option<(Rating, &'s str)> {
    let flowing = topology.inbound(element.as_str()).iter().chain(topology.outbound(element.as_str()));
    let flowing = flowing.flat_map(|(_, flow)| &flow.data);
    let component = system.components.get(element);
    let held = component.into_iter().flat_map(|component| &component.stores);
    let tuned = component
        .and_then(|component| component.model.as_ref())
        .into_iter()
        .flat_map(|model| &model.fine_tuned_on);
    let carried = system.flows.get(element).into_iter().flat_map(|flow| &flow.data);
    let names = held.chain(tuned).chain(flowing).chain(carried).map(|data| data.value.as_str());
    let all = names.chain(std::iter::once(element.as_str()));
    let rated = all.filter_map(|name| {
        let (id, data) = system.data.get_key_value(name)?;
        Some((rating_of(data)?, id.as_str()))
    });
    rated.max_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(a.1)))
}

fn rating_of(data: &Data) -> Option<Rating> {
    let stated = data.sensitivity.map(|sensitivity| match sensitivity {
        Sensitivity::Public => Rating::Low,
        Sensitivity::Internal => Rating::Medium,
        Sensitivity::Confidential => Rating::High,
        Sensitivity::Restricted => Rating::Critical,
    });
    let personal = (data.personal == Some(true)).then_some(Rating::High);
    stated.max(personal)
}

/// Who can get at the point where a threat enters, and how that is known.
fn exposure(
    entry: Entry,
    element: &Id,
    facts: &Facts,
    system: &System,
    topology: &Topology<'_>,
) -> (Exposure, &'static str) {
    let node = element.as_str();
    match entry {
        Entry::Supply => (Exposure::Inside, "it enters with what is supplied"),
        Entry::Insider => (Exposure::Insider, "it takes access that people inside hold"),
        Entry::Omission => (Exposure::Inside, "no attack is needed for it"),
        Entry::Network | Entry::Query => match facts {
            Facts::Component(facts) => {
                let reached = match topology.network_exposure(node) {
                    (Exposure::Anyone, _) if facts.authenticates() => (
                        Exposure::Users,
                        "anyone on the internet can connect to it, and must authenticate first",
                    ),
                    known => known,
                };
                let passed_on = topology.requests(node).filter(|_| entry == Entry::Query);
                match passed_on.filter(|exposure| *exposure > reached.0) {
                    Some(Exposure::Anyone) => (Exposure::Anyone, "anyone's requests are passed on to it"),
                    Some(exposure) => (exposure, "users' requests are passed on to it"),
                    None => reached,
                }
            }
            Facts::Flow(_) => system.flows.get(element).map_or((Exposure::Inside, "it is inside"), |flow| {
                let crosses = |end: &str| topology.within(end, casemate_core::BoundaryKind::Internet);
                if crosses(&flow.from.value) || crosses(&flow.to.value) {
                    (Exposure::Anyone, "it crosses the internet")
                } else {
                    (Exposure::Inside, "it stays off the internet")
                }
            }),
            Facts::Data(_) | Facts::System(_) => {
                (Exposure::Inside, "it is reached through the system's parts")
            }
        },
        Entry::Content => match facts {
            Facts::Component(_) => match topology.content(node) {
                Some(Exposure::Anyone) => (Exposure::Anyone, "anyone can write content that reaches it"),
                Some(Exposure::Users) => (Exposure::Users, "users write content that reaches it"),
                Some(_) => (Exposure::Inside, "partners write content that reaches it"),
                None => (Exposure::Inside, "only the system's own content reaches it"),
            },
            Facts::Flow(_) => match system.flows.get(element) {
                Some(flow) if topology.trust(flow) == Trust::Untrusted => {
                    (topology.writer(flow), "its content is untrusted")
                }
                _ => (Exposure::Inside, "its content comes from inside"),
            },
            Facts::Data(_) => data_exposure(node, system, topology),
            Facts::System(_) => (Exposure::Inside, "it is reached through the system's parts"),
        },
    }
}

fn data_exposure(id: &str, system: &System, topology: &Topology<'_>) -> (Exposure, &'static str) {
    if topology.public(id) {
        return (Exposure::Anyone, "anyone can write to where it comes from");
    }
    let carried = system.flows.values().filter(|flow| flow.data.iter().any(|data| data.value == id));
    let writers = carried
        .filter(|flow| topology.sender_trust(flow) == Trust::Untrusted)
        .map(|flow| topology.writer(flow));
    match writers.max() {
        Some(exposure) => (exposure, "it arrives by an untrusted flow"),
        None => (Exposure::Inside, "only suppliers and the system itself write it"),
    }
}
