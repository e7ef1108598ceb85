//! Attack paths put together step by step.

use casemate_core::{
    AttackPath, Cuts, Depth, Exposure, FindingId, Foothold, GoalReach, Guard, Id, Likelihood, NextControl,
    Search, Step, StepKind, Technique,
};

fn parsed<T: std::str::FromStr<Err: std::fmt::Debug>>(names: &[&str]) -> Vec<T> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

fn step(kind: StepKind, how: String, at: Id, needs: &[&str], gains: &[&str]) -> Step {
    Step {
        kind,
        how: how.into(),
        at,
        via: None,
        threat: None,
        technique: None,
        needs: parsed(needs),
        gains: parsed(gains),
        reduced_by: Vec::new(),
        detected_by: Vec::new(),
        recovered_by: Vec::new(),
    }
}

/// Where a path begins: at a part, or at a part over a flow, `agent/ask`.
pub(crate) fn start(how: impl Into<String>, place: &str, gains: &[&str]) -> Step {
    moved(StepKind::Start, how.into(), place, &[], gains)
}

/// What follows from how the system is built.
pub(crate) fn moves(how: impl Into<String>, place: &str, needs: &[&str], gains: &[&str]) -> Step {
    moved(StepKind::Move, how.into(), place, needs, gains)
}

fn moved(kind: StepKind, how: String, place: &str, needs: &[&str], gains: &[&str]) -> Step {
    let (at, via) = place.split_once('/').map_or((place, None), |(at, via)| (at, Some(via)));
    Step { via: via.map(|via| via.parse().unwrap()), ..step(kind, how, at.parse().unwrap(), needs, gains) }
}

/// A threat that is exploited, with its names in ATLAS.
pub(crate) fn threat(
    how: impl Into<String>,
    name: &str,
    technique: &[&str],
    needs: &[&str],
    gains: &[&str],
) -> Step {
    let name: FindingId = name.parse().unwrap();
    let framework = "mitre-atlas@2026.09".parse().unwrap();
    let ids = technique.iter().map(|&id| id.into()).collect();
    Step {
        threat: Some(name.clone()),
        technique: (!technique.is_empty()).then_some(Technique { framework, ids }),
        ..step(StepKind::Threat, how.into(), name.element, needs, gains)
    }
}

/// The step with controls that reduce, detect and recover from it.
pub(crate) fn answered(step: Step, reduced: &[&str], detected: &[&str], recovered: &[&str]) -> Step {
    Step {
        reduced_by: parsed(reduced),
        detected_by: parsed(detected),
        recovered_by: parsed(recovered),
        ..step
    }
}

/// A goal that an attacker reaches; `cuts` are the sets that cut it.
pub(crate) fn reached(
    name: &str,
    (likelihood, exposure, length): (Likelihood, Exposure, usize),
    steps: Vec<Step>,
    search: Search,
    cuts: &[&[&str]],
) -> GoalReach {
    let sets: Vec<_> = cuts.iter().map(|set| parsed(set)).collect();
    GoalReach {
        claimed: true,
        verified: true,
        path: Some(AttackPath { exposure, likelihood, length, steps, left_out: 0 }),
        cuts: Some(Cuts { search, up_to: 3, found: sets.len(), sets }),
        ..goal(name)
    }
}

/// A goal that these guards hold off; one that starts with `~` is what the description says.
pub(crate) fn held(name: &str, verified: bool, failing: &[&str], single_points: &[&str]) -> GoalReach {
    let guards = |names: &[&str]| -> Vec<Guard> {
        names
            .iter()
            .map(|name| {
                let placed: casemate_core::Placed = name.trim_start_matches('~').parse().unwrap();
                Guard { control: placed.control, on: placed.on, described: name.starts_with('~') }
            })
            .collect()
    };
    let depth = Depth {
        search: Search::Exact,
        controls: failing.len(),
        failing: guards(failing),
        single_points: guards(single_points),
    };
    GoalReach { verified, depth: Some(depth), ..goal(name) }
}

fn goal(name: &str) -> GoalReach {
    let id: Foothold = name.parse().unwrap();
    let goal = id.what.as_str().parse().unwrap();
    let asset = id.on.clone();
    GoalReach { id, goal, asset, claimed: false, verified: false, path: None, cuts: None, depth: None }
}

/// A control that is not there.
pub(crate) fn next(
    place: &str,
    title: impl Into<String>,
    effort: impl Into<String>,
    goals: &[&str],
    paths: usize,
) -> NextControl {
    NextControl {
        place: place.parse().unwrap(),
        title: title.into().into(),
        effort: effort.into().into(),
        goals: parsed(goals),
        paths,
    }
}
