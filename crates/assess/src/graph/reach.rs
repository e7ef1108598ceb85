//! What can be held, and which threats no path leads to because nobody gets what they need. Says why, and changes
//! nothing.

use std::collections::BTreeSet;

use casemate_core::{Entry, Foothold, Held};

use super::Graph;
use super::derive::{is_step, needs};
use super::solve::Solution;
use super::space::Node;

impl Graph<'_> {
    /// What is held in a solution, of what is wanted, by name. Goals are held where they are about something.
    pub(crate) fn held(&self, world: &Solution, wanted: impl Fn(&Foothold) -> bool) -> Vec<(Node, Foothold)> {
        let assets: BTreeSet<Node> = self.assets.iter().map(|(goal, on)| Node::goal(*goal, *on)).collect();
        let nodes: BTreeSet<Node> = self.rules.iter().flat_map(|rule| rule.gains.iter().copied()).collect();
        let counts = |node: &Node| matches!(node.what, Held::Fact(_)) || assets.contains(node);
        let held = nodes.into_iter().filter(|node| counts(node) && world.holds(*node));
        let mut held: Vec<(Node, Foothold)> =
            held.map(|node| (node, self.parts.space.foothold(node))).filter(|(_, id)| wanted(id)).collect();
        held.sort_by(|a, b| a.1.cmp(&b.1));
        held
    }

    /// The judgements that are steps of an attack and have no path to them in a solution, with the reason.
    pub(crate) fn unreachable(&self, world: &Solution) -> Vec<(usize, String)> {
        // Where nobody is described to do anything, nothing is known of who could get there.
        if self.parts.actors().next().is_none() {
            return Vec::new();
        }
        let judged = self.judgements.iter().enumerate();
        judged
            .filter_map(|(number, judgement)| {
                let threat = &judgement.entry.threat;
                // What is not done harms without an attack too.
                let attacked = is_step(threat) && threat.entry != Entry::Omission;
                let at = self.parts.space.element(judgement.id.element.as_str()).filter(|_| attacked)?;
                let sets = needs(threat);
                let held = |fact| world.holds(Node::fact(fact, at));
                if sets.iter().any(|set| set.iter().all(|fact| held(*fact))) {
                    return None;
                }
                let missing = sets.first()?.iter().find(|fact| !held(**fact))?;
                Some((
                    number,
                    format!("no path leads to it: nobody gets `{missing}` on `{}`", judgement.id.element),
                ))
            })
            .collect()
    }
}
