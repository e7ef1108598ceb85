//! Which threats no path leads to: whatever they would grant, nobody gets what they need. Says why, and changes nothing.

use casemate_core::Held;

use super::Graph;
use super::derive::{is_step, needs};
use super::solve::Solution;
use super::space::Node;

impl Graph<'_> {
    /// The judgements that are steps of an attack and have no path to them in a solution, with the reason.
    pub(crate) fn unreachable(&self, world: &Solution) -> Vec<(usize, String)> {
        // Where nobody is described, nothing is known of who could get there.
        if self.parts.system.actors.is_empty() {
            return Vec::new();
        }
        let judged = self.judgements.iter().enumerate();
        judged
            .filter_map(|(number, judgement)| {
                let threat = &judgement.entry.threat;
                let at =
                    self.parts.space.element(judgement.id.element.as_str()).filter(|_| is_step(threat))?;
                let sets = needs(threat);
                let held = |fact| world.holds(Node { on: at, what: Held::Fact(fact) });
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
