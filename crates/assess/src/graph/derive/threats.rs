//! Every threat that applies becomes a rule: who has what it needs gains what it grants, and the goals that amounts to.

use std::collections::BTreeSet;

use casemate_catalog::{Catalog, Scope, Threat};
use casemate_core::{ComponentKind, Entry, Fact, Goal};

use super::Rules;
use super::goals::holds;
use crate::graph::parts::Parts;
use crate::graph::rule::{Cause, Rule};
use crate::graph::space::{Element, Node};
use crate::judge::Judgement;

pub(super) fn add(parts: &Parts<'_>, judgements: &[Judgement<'_>], rules: &mut Rules) {
    for (number, judgement) in judgements.iter().enumerate() {
        let threat = &judgement.entry.threat;
        let Some(at) = parts.space.element(judgement.id.element.as_str()).filter(|_| is_step(threat)) else {
            continue;
        };
        let gains = gains(threat, at, parts);
        for needs in needs(threat) {
            let needs = needs.into_iter().map(|fact| Node::fact(fact, at)).collect();
            rules.rules.push(Rule {
                needs,
                gains: gains.clone(),
                cause: Cause::Threat { judgement: number, at },
            });
        }
    }
}

/// Whether a threat is a step of a path. What is true of the system as a whole is none; what is merely not done is one
/// only where the catalogue says what it takes or what it gives.
pub(crate) fn is_step(threat: &Threat) -> bool {
    let says = !threat.needs.is_empty() || !threat.grants.is_empty();
    threat.applies.to != Scope::System && (threat.entry != Entry::Omission || says)
}

/// What an attacker must have: any one of these sets. Where the catalogue says nothing, the way in says it; and what
/// enters with the access of people inside can always be done by them.
pub(crate) fn needs(threat: &Threat) -> Vec<Vec<Fact>> {
    let entered = match threat.entry {
        Entry::Network => Fact::Reach,
        Entry::Query => Fact::Query,
        Entry::Content => Fact::Feed,
        Entry::Supply => Fact::Supply,
        Entry::Insider | Entry::Omission => Fact::Access,
    };
    match threat.needs.as_slice() {
        [] => vec![vec![entered]],
        needs if threat.entry == Entry::Insider => vec![needs.to_vec(), vec![Fact::Access]],
        needs => vec![needs.to_vec()],
    }
}

/// The facts a threat grants, and those of its goals that it attains: all if it grants nothing, for then it is the end
/// of a path; else those that a fact it grants amounts to.
fn gains(threat: &Threat, at: Element, parts: &Parts<'_>) -> Vec<Node> {
    let facts = threat.grants.iter().map(|fact| Node::fact(*fact, at));
    let attained = threat.goals.iter().copied().filter(|goal| {
        threat.grants.is_empty() || goal.attained_by().iter().any(|fact| threat.grants.contains(fact))
    });
    let goals = attained.flat_map(|goal| {
        let lost = if goal == Goal::LeakData { lost(threat, at, parts) } else { Vec::new() };
        [at].into_iter().chain(lost).map(move |on| Node::goal(goal, on))
    });
    facts.chain(goals).collect()
}

/// The data that leaks with a threat, besides what passes through where it stands: what a model learned if it is asked
/// out of it, and all that a component or flow has to do with if the threat gets at that.
fn lost(threat: &Threat, at: Element, parts: &Parts<'_>) -> Vec<Element> {
    let leaks = |data: &Element| parts.data.get(data).is_some_and(|set| holds(Goal::LeakData, set));
    let part = parts.components.get(&at);
    if !threat.grants.is_empty() {
        parts.touched(at).iter().copied().filter(leaks).collect()
    } else if threat.entry == Entry::Query {
        part.into_iter().flat_map(|part| parts.tuned_on(part)).filter(leaks).collect()
    } else {
        Vec::new()
    }
}

/// Kinds of components whose door a threat of the catalogue opens: from being able to connect to being able to ask.
pub(super) fn doors(catalog: &Catalog) -> BTreeSet<ComponentKind> {
    let opens = |threat: &&Threat| threat.needs == [Fact::Reach] && threat.grants.contains(&Fact::Query);
    let threats = catalog.threats().values().map(|entry| &entry.threat);
    threats.filter(opens).flat_map(|threat| threat.applies.kinds.iter().copied()).collect()
}
