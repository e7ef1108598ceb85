//! What an attacker could want, and where it is: which elements are worth which goal, and how a goal that is reached at
//! one element is reached at what depends on it.

use std::collections::BTreeSet;

use casemate_core::{ComponentKind, DataKind, Goal, Sensitivity};

use super::Rules;
use super::supply::trainers;
use crate::graph::parts::{Part, Parts, Set};
use crate::graph::rule::Way;
use crate::graph::space::{Element, Node};
use crate::topology::hands_out;

/// Everything in the system that an attacker could want. Whether an element is worth a goal depends on the element
/// alone, never on flows: a flow that is taken away then takes no asset along and makes none.
pub(crate) fn assets(parts: &Parts<'_>) -> Vec<(Goal, Element)> {
    let mut assets = Vec::new();
    for &goal in Goal::ALL {
        let components = parts.components.iter().filter(|(_, part)| worth(goal, part, parts));
        assets.extend(components.map(|(&element, _)| (goal, element)));
        let data = parts.data.iter().filter(|(_, set)| holds(goal, set));
        assets.extend(data.map(|(&element, _)| (goal, element)));
    }
    assets
}

/// Whether a component is something that a goal is about.
fn worth(goal: Goal, part: &Part<'_>, parts: &Parts<'_>) -> bool {
    // Where no model is described, what makes or keeps models stands for them.
    let stands_in = !parts.any_model
        && matches!(part.kind, ComponentKind::Train | ComponentKind::Aggregator | ComponentKind::Registry);
    let decides = (part.has_model || part.agent || part.kind == ComponentKind::Serve)
        && !matches!(part.kind, ComponentKind::Train | ComponentKind::Registry | ComponentKind::Store);
    match goal {
        Goal::StealModel => !part.third_party && (part.proprietary || stands_in),
        Goal::LeakData => {
            // What a part keeps is named apart; of one that keeps nothing, what passes through it is what leaks.
            decides || (handles_data(part.kind) && part.component.stores.is_empty())
        }
        Goal::CorruptDecision => decides || stands_in,
        Goal::AbuseTool => {
            let tool = matches!(part.kind, ComponentKind::Tool | ComponentKind::McpServer);
            tool || (part.agent && parts.named_tools(part).next().is_none())
        }
        Goal::DenyService => decides || part.kind == ComponentKind::Gateway,
        Goal::DrainCost => {
            decides && (part.llm || part.generative || part.kind == ComponentKind::ThirdPartyApi)
        }
        Goal::HarmGroup => decides && (part.affects_people || part.generative || part.agent) || stands_in,
    }
}

/// Whether data that others should not see passes through a component of this kind.
const fn handles_data(kind: ComponentKind) -> bool {
    matches!(
        kind,
        ComponentKind::App
            | ComponentKind::Gateway
            | ComponentKind::McpServer
            | ComponentKind::Memory
            | ComponentKind::RagIndex
            | ComponentKind::FeatureStore
            | ComponentKind::Aggregator
            | ComponentKind::Notebook
    )
}

/// Whether data is something that a goal is about.
pub(super) fn holds(goal: Goal, set: &Set<'_>) -> bool {
    match goal {
        Goal::StealModel => set.data.kind == DataKind::Weights,
        Goal::LeakData => {
            set.data.kind != DataKind::Weights
                && (set.data.sensitivity != Some(Sensitivity::Public) || set.data.personal == Some(true))
        }
        _ => false,
    }
}

/// How goals reach from where a threat stands to the assets they are about. They stop at the first asset on each way.
pub(super) fn add(parts: &Parts<'_>, assets: &[(Goal, Element)], rules: &mut Rules) {
    let assets: BTreeSet<(Goal, Element)> = assets.iter().copied().collect();
    for &goal in Goal::ALL.iter().filter(|goal| **goal != Goal::LeakData) {
        // Only an agent calls tools; what stands before it has to go through it.
        let agents_only = goal == Goal::AbuseTool;
        let mut leads = |from: Element, to: Element, via: Option<Element>| {
            if from != to && !assets.contains(&(goal, from)) {
                let (from, to) = (Node::goal(goal, from), Node::goal(goal, to));
                let way = if agents_only { Way::Calls } else { Way::Depends };
                rules.any(way, from, to.on, via, vec![to]);
            }
        };
        for (link, from, sender, receiver) in parts.between() {
            let via = Some(link.element);
            if !agents_only || sender.agent {
                leads(from, link.to, via);
            }
            // What answers misleads those who ask, and they miss it when it is gone; it costs them nothing.
            let felt = matches!(goal, Goal::CorruptDecision | Goal::HarmGroup | Goal::DenyService);
            if hands_out(receiver.kind) && felt {
                leads(link.to, from, via);
            }
        }
        for (&element, part) in &parts.components {
            for trainer in trainers(parts, part) {
                leads(trainer, element, None);
            }
            for data in parts.tuned_on(part) {
                leads(data, element, None);
            }
            for data in parts.stores(part) {
                leads(data, element, None);
                if goal == Goal::StealModel {
                    leads(element, data, None);
                }
            }
            for tool in parts.named_tools(part) {
                leads(element, tool, None);
            }
        }
        for link in parts.links.iter().filter(|link| link.to_component) {
            leads(link.element, link.to, Some(link.element));
            for &data in &link.data {
                if parts.data.get(&data).is_some_and(|set| set.trains) {
                    leads(data, link.to, Some(link.element));
                }
            }
        }
    }
}
