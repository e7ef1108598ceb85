//! From data to models and from models to where they run: what is changed upstream is changed downstream.

use std::collections::BTreeSet;

use casemate_core::{ComponentKind, DataKind, Fact, Stage};

use super::{Rules, delivers_models};
use crate::graph::parts::{Part, Parts};
use crate::graph::rule::Way;
use crate::graph::space::Element;
use crate::topology::turns_into_models;

pub(super) fn add(parts: &Parts<'_>, rules: &mut Rules) {
    for (link, from, sender, receiver) in parts.between() {
        let via = Some(link.element);
        let keeps_models = delivers_models(receiver.kind) || receiver.has_model;
        if delivers_models(sender.kind) && keeps_models {
            rules.along(Way::Delivers, (Fact::Write, from), link.to, via, &[Fact::Write]);
            rules.along(Way::Delivers, (Fact::Supply, from), link.to, via, &[Fact::Supply]);
            rules.along(Way::Delivers, (Fact::Poison, from), link.to, via, &[Fact::Poison]);
        }
        for &data in &link.data {
            let Some(set) = parts.data.get(&data) else { continue };
            if prepares(sender) {
                rules.along(Way::Stored, (Fact::Write, from), data, via, &[Fact::Write]);
                if set.trains {
                    rules.along(Way::Stored, (Fact::Poison, from), data, via, &[Fact::Poison]);
                }
            }
            if learns(receiver.kind) && learned(set.data.kind) {
                rules.along(Way::Learns, (Fact::Poison, data), link.to, via, &[Fact::Poison]);
            }
        }
        if sender.kind == ComponentKind::FeatureStore {
            rules.along(Way::Delivers, (Fact::Poison, from), link.to, via, &[Fact::Poison]);
        }
    }
    for (&element, part) in &parts.components {
        if learns(part.kind) {
            rules.step(Way::Learns, (Fact::Write, element), element, &[Fact::Poison]);
        }
        for data in parts.stores(part).collect::<BTreeSet<_>>() {
            if learns(part.kind) && parts.data.get(&data).is_some_and(|set| learned(set.data.kind)) {
                rules.step(Way::Learns, (Fact::Poison, data), element, &[Fact::Poison]);
            }
        }
        for data in parts.tuned_on(part).collect::<BTreeSet<_>>() {
            rules.step(Way::Learns, (Fact::Poison, data), element, &[Fact::Poison]);
        }
        for trainer in trainers(parts, part) {
            rules.step(Way::TrainedBy, (Fact::Poison, trainer), element, &[Fact::Poison]);
            rules.step(Way::TrainedBy, (Fact::Write, trainer), element, &[Fact::Write]);
        }
    }
    for (&data, set) in &parts.data {
        if set.trains {
            rules.step(Way::Learns, (Fact::Write, data), data, &[Fact::Poison]);
        }
    }
    for link in parts.links.iter().filter(|link| link.to_component) {
        for &data in &link.data {
            let Some(set) = parts.data.get(&data) else { continue };
            let gained = match set.data.kind {
                DataKind::Weights => Fact::Write,
                _ if set.trains => Fact::Poison,
                _ => continue,
            };
            let to = if gained == Fact::Write { link.to } else { data };
            rules.along(Way::Content, (Fact::Write, link.element), to, Some(link.element), &[gained]);
        }
    }
}

/// As many trainers as are told of one model; what comes along flows is told by the flows.
const MOST_TRAINERS: usize = 32;

/// The training components whose models come to a component.
pub(super) fn trainers<'a>(parts: &'a Parts<'_>, part: &'a Part<'_>) -> impl Iterator<Item = Element> + 'a {
    parts.elements(parts.topology.trainers(part.id.as_str()).iter().take(MOST_TRAINERS).map(|id| id.as_str()))
}

const fn learns(kind: ComponentKind) -> bool {
    matches!(kind, ComponentKind::Train | ComponentKind::Aggregator)
}

/// Whether data of this kind is learned from where it comes to training. What a model is tuned on is named apart.
const fn learned(kind: DataKind) -> bool {
    !matches!(kind, DataKind::Secrets | DataKind::Weights)
}

fn prepares(part: &Part<'_>) -> bool {
    matches!(part.component.lifecycle_stage(), Stage::Collect | Stage::Prepare)
        && !turns_into_models(part.kind)
}
