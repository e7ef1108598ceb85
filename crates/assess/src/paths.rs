//! What an attacker can hold on one element, and how: the attack graph asked from its other end. Computed again from the
//! same inputs as the case, so that the two cannot differ.

use std::collections::BTreeSet;

use casemate_core::{Foothold, FootholdReach, Goal, Held, Id, Reach, View, nearest, printable};
use casemate_system::{Description, System};

use crate::grounds::Grounds;
use crate::{AssessError, Inputs};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Everything that can be held on an element.
    Element(String),
    /// One thing: `query@llm`, `steal-model@llm`.
    Foothold(Foothold),
    /// A goal, wherever it is: `steal-model`.
    Goal(Goal),
}

/// Why something cannot be asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is nothing that an attacker could get at here: no component, data, flow or boundary, no goal and no foothold such as `query@llm`{hint}", printable(.name))]
pub struct UnknownTarget {
    name: String,
    hint: String,
}

impl Target {
    /// The target of this name in a system.
    ///
    /// # Errors
    /// There is none; with the nearest name there is.
    pub fn of(name: &str, system: &System) -> Result<Self, UnknownTarget> {
        let elements: BTreeSet<&str> = system.targets().map(Id::as_str).collect();
        if elements.contains(name) {
            return Ok(Self::Element(name.to_owned()));
        }
        if let Ok(goal) = name.parse() {
            return Ok(Self::Goal(goal));
        }
        match name.parse::<Foothold>() {
            Ok(foothold) if elements.contains(foothold.on.as_str()) => Ok(Self::Foothold(foothold)),
            _ => {
                let wanted = name.split_once('@').map_or(name, |(_, element)| element);
                let goals = Goal::ALL.iter().map(|goal| goal.as_str());
                let meant = nearest(wanted, elements.into_iter().chain(goals));
                let hint = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
                Err(UnknownTarget { name: name.to_owned(), hint })
            }
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Element(name) => printable(name),
            Self::Foothold(foothold) => foothold.to_string(),
            Self::Goal(goal) => goal.to_string(),
        }
    }

    fn wants(&self, foothold: &Foothold) -> bool {
        match self {
            Self::Element(name) => foothold.on == **name,
            Self::Foothold(wanted) => foothold == wanted,
            Self::Goal(goal) => foothold.what == Held::Goal(*goal),
        }
    }
}

/// What an attacker can hold on a target, with the shortest path to each in the view asked for. Nothing for a checklist
/// and for a system without AI, which have no attack graph.
///
/// # Errors
/// As [`crate::assess`].
pub fn reach(target: &Target, inputs: &Inputs<'_>) -> Result<Reach, AssessError> {
    let mut reach = Reach { target: target.name().into(), footholds: Vec::new() };
    let Description::System(system) = &inputs.described.description else { return Ok(reach) };
    if !system.is_ai() {
        return Ok(reach);
    }
    let grounds = Grounds::of(system, inputs);
    let judgements = grounds.judge().all()?;
    let graph = grounds.graph(&judgements);
    let solved = graph.solved();
    let held = graph.held(solved.of(View::Bare), |foothold| target.wants(foothold));
    reach.footholds = held
        .into_iter()
        .map(|(node, id)| FootholdReach {
            id,
            claimed: solved.of(View::Claimed).holds(node),
            verified: solved.of(View::Verified).holds(node),
            path: graph.listed_path(node, solved.of(inputs.view), inputs.view),
        })
        .collect();
    Ok(reach)
}
