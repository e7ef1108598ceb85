//! What an attacker can reach, as a case records it: goals in three worlds, the shortest path to each, what would cut it
//! and what must fail before it opens. Plain data: it is derived elsewhere.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text_form::text_form;
use crate::{Exposure, Fact, FindingId, FrameworkId, Goal, Id, Likelihood, View, Worlds, vocabulary};

/// What an attacker holds, and on which element: `query@llm`, or a goal: `steal-model@llm`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Foothold {
    /// What is held.
    pub what: Held,
    /// The element it is held on.
    pub on: Id,
}

/// A fact, or a goal of an attacker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Held {
    /// A step on the way.
    Fact(Fact),
    /// What the way leads to.
    Goal(Goal),
}

impl Held {
    /// The word as it is written in files and reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fact(fact) => fact.as_str(),
            Self::Goal(goal) => goal.as_str(),
        }
    }
}

/// Why a string is not a foothold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a foothold: write `fact@element` or `goal@element`, for example `query@llm`", crate::printable(.0))]
pub struct BadFoothold(String);

impl FromStr for Foothold {
    type Err = BadFoothold;

    fn from_str(text: &str) -> Result<Self, BadFoothold> {
        let bad = || BadFoothold(text.to_owned());
        let (what, on) = text.split_once('@').ok_or_else(bad)?;
        let fact = what.parse().map(Held::Fact);
        let what = fact.or_else(|_| what.parse().map(Held::Goal)).map_err(|_| bad())?;
        Ok(Self { what, on: on.parse().map_err(|_| bad())? })
    }
}

text_form!(Foothold);

impl fmt::Display for Foothold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}@{}", self.what.as_str(), self.on))
    }
}

/// A control at the element it is put on: `rate-limiting@llm`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Placed {
    /// The control.
    pub control: Id,
    /// The element it is put on.
    pub on: Id,
}

/// Why a string is not a control at an element.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a control at an element: write `control@element`, for example `rate-limiting@llm`", crate::printable(.0))]
pub struct BadPlaced(String);

impl FromStr for Placed {
    type Err = BadPlaced;

    fn from_str(text: &str) -> Result<Self, BadPlaced> {
        let bad = || BadPlaced(text.to_owned());
        let (control, on) = text.split_once('@').ok_or_else(bad)?;
        Ok(Self { control: control.parse().map_err(|_| bad())?, on: on.parse().map_err(|_| bad())? })
    }
}

text_form!(Placed);

impl fmt::Display for Placed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}@{}", self.control, self.on))
    }
}

/// What an attacker can reach in a system.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Attack {
    /// Goals there are: everything in the system that an attacker could want.
    pub possible: usize,
    /// Goals that an attacker reaches, per view.
    pub reachable: Worlds,
    /// Every goal that is reached when no control stands, by name.
    pub goals: Vec<GoalReach>,
    /// The controls that would change most, best first.
    pub next: Vec<NextControl>,
    /// Controls that are assumed to stand or to fail; a case with any of them is an experiment.
    #[serde(default, skip_serializing_if = "Experiment::is_empty")]
    pub experiment: Experiment,
}

/// One goal, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GoalReach {
    /// Its name: `steal-model@llm`.
    pub id: Foothold,
    /// What the attacker wants.
    pub goal: Goal,
    /// The element that it is about.
    pub asset: Id,
    /// Whether it is reached with every claim that is not disproved.
    pub claimed: bool,
    /// Whether it is reached with only verified claims.
    pub verified: bool,
    /// The shortest path in the view of the case; none if it is not reached in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<AttackPath>,
    /// What would cut every path; none if no path is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cuts: Option<Cuts>,
    /// What must fail before it is reached; none if a path is open already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth: Option<Depth>,
}

/// A way to a goal or a foothold: steps in an order in which each has what it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AttackPath {
    /// Who can walk it; of several starts the one that takes most access.
    pub exposure: Exposure,
    /// How likely the least likely step is, everything that stands in the way counted.
    pub likelihood: Likelihood,
    /// How many threats it takes; an assumed start, such as a supplier who turns, counts as one.
    pub length: usize,
    /// The steps.
    pub steps: Vec<Step>,
    /// So many moves are not among the steps, because the path is too long to list: only who begins and the threats are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl AttackPath {
    /// The steps that a threat takes.
    pub fn threats(&self) -> impl Iterator<Item = (&Step, &FindingId)> {
        self.steps.iter().filter_map(|step| Some((step, step.threat.as_ref()?)))
    }

    /// Whether every step has what it needs from the steps before it, and the last gives `end`. A path of which moves are
    /// left out does not replay.
    #[must_use]
    pub fn replays(&self, end: &Foothold) -> bool {
        let mut held: std::collections::BTreeSet<&Foothold> = std::collections::BTreeSet::new();
        for step in &self.steps {
            if (step.kind != StepKind::Start && step.needs.is_empty())
                || !step.needs.iter().all(|need| held.contains(need))
            {
                return false;
            }
            held.extend(&step.gains);
        }
        held.contains(end)
    }
}

vocabulary! {
    /// What a step of a path is.
    "step kind" StepKind {
        /// What an attacker has to begin with.
        Start = "start",
        /// A threat of the catalogue that nothing holds off.
        Threat = "threat",
        /// What follows from how the system is built.
        Move = "move",
    }
}

/// A step of a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// What kind of step.
    pub kind: StepKind,
    /// What happens, in a few words.
    pub how: Arc<str>,
    /// The actor, component, data or flow where it happens.
    pub at: Id,
    /// The flow that it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<Id>,
    /// The finding that it exploits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threat: Option<FindingId>,
    /// What a framework calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technique: Option<Technique>,
    /// What it needs, all of it gained before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Foothold>,
    /// What it gains.
    pub gains: Vec<Foothold>,
    /// Controls that stand and make it less likely without stopping it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reduced_by: Vec<Id>,
    /// Controls that stand and notice it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub detected_by: Vec<Id>,
    /// Controls that stand and limit the damage.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recovered_by: Vec<Id>,
}

/// What a framework calls a step: MITRE ATLAS where it has a name for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Technique {
    /// The framework and edition.
    pub framework: FrameworkId,
    /// Its entries.
    pub ids: Vec<Arc<str>>,
}

vocabulary! {
    /// How a set of controls was found.
    "search" Search {
        /// Everything up to the bound was tried.
        Exact = "exact",
        /// The bound was passed: what is given works, and something smaller may too.
        Greedy = "greedy",
    }
}

/// Sets of controls of which each cuts every path to a goal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cuts {
    /// How they were found.
    pub search: Search,
    /// Sets up to this size were searched.
    pub up_to: usize,
    /// How many there are.
    pub found: usize,
    /// The smallest, least effort first; of many the first few. Empty: no set of controls cuts it.
    pub sets: Vec<Vec<Placed>>,
}

/// How many independent controls must fail before a goal is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Depth {
    /// How it was found.
    pub search: Search,
    /// The number; with a greedy search it is no more than this.
    pub controls: usize,
    /// One set of that size whose failure opens a path.
    pub failing: Vec<Guard>,
    /// Every control whose failure alone opens a path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub single_points: Vec<Guard>,
}

/// Something that stands: a claimed control, or what the description says in the system's favour.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Guard {
    /// The control.
    pub control: Id,
    /// What it is claimed on.
    pub on: Id,
    /// Whether it is the description that says so (`auth: oauth2`) and not a claim.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub described: bool,
}

/// A control that is not there, and what it would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NextControl {
    /// The control, and where to put it.
    pub place: Placed,
    /// What it is called.
    pub title: Arc<str>,
    /// How much work it is: `low`, `medium`, `high`.
    pub effort: Arc<str>,
    /// Goals that are no longer reached with it.
    pub goals: Vec<Foothold>,
    /// Goals whose shortest path it cuts.
    pub paths: usize,
}

/// The `schema` of every paths document.
pub const PATHS_SCHEMA: &str = "casemate/paths/v1";

/// The attack graph of one system by itself: what `casemate paths` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Paths {
    /// Always [`PATHS_SCHEMA`].
    pub schema: Arc<str>,
    /// The system's id.
    pub system: Arc<str>,
    /// Which claims count.
    pub view: View,
    /// What an attacker can reach.
    pub attack: Attack,
    /// What the experiment changes, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
    /// What an attacker can hold on what was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Reach>,
}

/// What an experiment changes in its view.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// Goals that are reached with it and not without it.
    pub opened: Vec<Foothold>,
    /// Goals that are reached without it and not with it.
    pub cut: Vec<Foothold>,
}

/// What an attacker can hold on an element.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reach {
    /// What was asked for: an element, or something that can be held on it.
    pub target: Arc<str>,
    /// Everything that can be held there when no control stands, by name.
    pub footholds: Vec<FootholdReach>,
}

/// One thing that can be held, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FootholdReach {
    /// Its name: `query@llm`.
    pub id: Foothold,
    /// Whether it is reached with every claim that is not disproved.
    pub claimed: bool,
    /// Whether it is reached with only verified claims.
    pub verified: bool,
    /// The shortest path in the view; none if it is not reached in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<AttackPath>,
}

/// Controls that are assumed to stand or to fail.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Experiment {
    /// Assumed to stand and to be verified.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<Assumed>,
    /// Assumed to fail.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<Assumed>,
}

impl Experiment {
    /// Whether nothing is assumed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.with.is_empty() && self.without.is_empty()
    }

    /// What is assumed: `with X@y; without Z`. None if it is nothing.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        let part = |word: &str, list: &[Assumed]| {
            let names: Vec<String> = list.iter().map(ToString::to_string).collect();
            (!names.is_empty()).then(|| format!("{word} {}", names.join(", ")))
        };
        let parts = [part("with", &self.with), part("without", &self.without)];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

/// A control at an element, or everywhere: `rate-limiting@llm`, `rate-limiting`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Assumed {
    /// The control.
    pub control: Id,
    /// The element; none: everywhere.
    pub on: Option<Id>,
}

impl FromStr for Assumed {
    type Err = BadPlaced;

    fn from_str(text: &str) -> Result<Self, BadPlaced> {
        if text.contains('@') {
            return text
                .parse::<Placed>()
                .map(|placed| Self { control: placed.control, on: Some(placed.on) });
        }
        let control = text.parse().map_err(|_| BadPlaced(text.to_owned()))?;
        Ok(Self { control, on: None })
    }
}

text_form!(Assumed);

impl fmt::Display for Assumed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.on {
            Some(on) => f.pad(&format!("{}@{on}", self.control)),
            None => f.pad(self.control.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foothold_names_a_fact_or_a_goal_and_an_element() {
        let query: Foothold = "query@llm".parse().unwrap();
        assert_eq!((query.what, query.on.as_str()), (Held::Fact(Fact::Query), "llm"));
        let steal: Foothold = "steal-model@llm".parse().unwrap();
        assert_eq!(steal.what, Held::Goal(Goal::StealModel));
        assert_eq!(steal.to_string(), "steal-model@llm");
        assert!("fly@llm".parse::<Foothold>().is_err());
    }

    #[test]
    fn a_control_can_be_assumed_at_an_element_or_everywhere() {
        let at: Assumed = "rate-limiting@llm".parse().unwrap();
        assert_eq!(at.to_string(), "rate-limiting@llm");
        let everywhere: Assumed = "rate-limiting".parse().unwrap();
        assert_eq!(everywhere.on, None);
        assert!("rate limiting@llm".parse::<Assumed>().is_err());
    }

    #[test]
    fn an_experiment_says_what_it_assumes() {
        let experiment = |with: &[&str], without: &[&str]| {
            let assumed = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
            Experiment { with: assumed(with), without: assumed(without) }.words()
        };
        assert_eq!(experiment(&[], &[]), None);
        assert_eq!(experiment(&["tls@ask"], &["mfa"]).as_deref(), Some("with tls@ask; without mfa"));
        assert_eq!(experiment(&[], &["mfa", "tls"]).as_deref(), Some("without mfa, tls"));
    }

    fn step(kind: StepKind, needs: &[&str], gains: &[&str]) -> Step {
        let footholds = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        Step {
            kind,
            how: "".into(),
            at: Id::slug("llm"),
            via: None,
            threat: None,
            technique: None,
            needs: footholds(needs),
            gains: footholds(gains),
            reduced_by: Vec::new(),
            detected_by: Vec::new(),
            recovered_by: Vec::new(),
        }
    }

    #[test]
    fn a_path_replays_only_if_each_step_has_what_it_needs() {
        let start = step(StepKind::Start, &[], &["reach@llm"]);
        let threat = step(StepKind::Threat, &["reach@llm"], &["query@llm"]);
        let path = |steps| AttackPath {
            exposure: Exposure::Anyone,
            likelihood: Likelihood::Likely,
            length: 1,
            steps,
            left_out: 0,
        };
        let end = "query@llm".parse().unwrap();
        assert!(path(vec![start.clone(), threat.clone()]).replays(&end));
        assert!(!path(vec![threat.clone(), start]).replays(&end));
        assert!(!path(vec![threat]).replays(&end));
        assert!(!path(vec![step(StepKind::Move, &[], &["query@llm"])]).replays(&end));
    }
}
