//! The laws of the attack graph, on random systems: what is added never opens, what is taken away never opens, order
//! never matters, and every answer can be checked by trying.

use std::collections::BTreeSet;

use casemate_core::{Assumed, Attack, Case, Cuts, Experiment, Foothold, GoalReach, Id, Placed, Search, View};
use proptest::prelude::*;

use super::random::{Random, systems};
use crate::common::{With, catalog, described, judge_described};

fn case(system: &Random, view: View, experiment: Experiment) -> Case {
    judge_described(&described(&system.text()), With { view: Some(view), experiment, ..With::default() })
}

fn attack(system: &Random, view: View) -> Option<Attack> {
    case(system, view, Experiment::default()).attack
}

fn reached(attack: &Attack) -> BTreeSet<Foothold> {
    attack.goals.iter().filter(|goal| goal.path.is_some()).map(|goal| goal.id.clone()).collect()
}

fn goals(attack: &Option<Attack>) -> BTreeSet<Foothold> {
    attack.as_ref().map(reached).unwrap_or_default()
}

fn controls() -> Vec<String> {
    catalog().controls().keys().map(ToString::to_string).collect()
}

/// With these controls assumed to stand, or to fail, on top of what is claimed.
fn with(system: &Random, with: &[Placed], without: &[Placed]) -> BTreeSet<Foothold> {
    let assumed = |placed: &[Placed]| {
        placed.iter().map(|p| Assumed { control: p.control.clone(), on: Some(p.on.clone()) }).collect()
    };
    let experiment = Experiment { with: assumed(with), without: assumed(without) };
    case(system, View::Claimed, experiment).attack.as_ref().map(reached).unwrap_or_default()
}

/// Whether a goal is cut by exactly the sets that are listed: each cuts it, and nothing less of it does.
fn cuts_and_is_minimal(system: &Random, goal: &GoalReach, cuts: &Cuts) -> Result<(), TestCaseError> {
    for set in &cuts.sets {
        prop_assert!(!with(system, set, &[]).contains(&goal.id), "{set:?} does not cut {}", goal.id);
        for index in 0..set.len() {
            let mut less = set.clone();
            less.remove(index);
            prop_assert!(with(system, &less, &[]).contains(&goal.id), "{less:?} cuts {} too", goal.id);
        }
    }
    Ok(())
}

/// Controls that act on the threats of a goal's path, where those threats stand.
fn against(case: &Case, goal: &GoalReach) -> BTreeSet<Placed> {
    let threats: BTreeSet<_> =
        goal.path.iter().flat_map(|path| path.threats()).map(|(_, threat)| threat).collect();
    let findings = case.findings.iter().filter(|finding| threats.contains(&finding.id));
    let placed = findings.flat_map(|finding| {
        let place = |control: &Id| Placed { control: control.clone(), on: finding.component.clone() };
        finding.controls.iter().map(place)
    });
    placed.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_control_more_never_adds_a_goal(
        system in systems(controls(), 0..12),
        control in prop::sample::select(controls()),
        on in 0..4usize,
    ) {
        let mut more = system.clone();
        more.claims.push((control, format!("c{on}")));
        for view in [View::Bare, View::Claimed, View::Verified] {
            let (before, after) = (attack(&system, view), attack(&more, view));
            prop_assert!(goals(&after).is_subset(&goals(&before)), "{}", view);
        }
    }

    /// Where no claim counts, every flow that is taken out of the description takes paths away and gives none.
    #[test]
    fn a_flow_less_never_adds_a_goal(system in systems(controls(), 0..12)) {
        let before = attack(&system, View::Bare);
        for index in 0..system.flows.len() {
            let after = attack(&system.without_flow(index), View::Bare);
            let (after, before) = (goals(&after), goals(&before));
            let added: Vec<_> = after.difference(&before).collect();
            prop_assert!(added.is_empty(), "without {}: {added:?}", system.flows[index]);
        }
    }

    #[test]
    fn the_order_of_the_file_never_matters(system in systems(controls(), 0..12)) {
        prop_assert_eq!(attack(&system, View::Claimed), attack(&system.reversed(), View::Claimed));
    }

    /// Believing less never closes, and each world is a part of the next, in experiments too.
    #[test]
    fn the_worlds_contain_each_other(
        system in systems(controls(), 0..12),
        with in prop::collection::vec((prop::sample::select(controls()), 0..4usize), 0..3),
        without in prop::collection::vec((prop::sample::select(controls()), 0..4usize), 0..3),
    ) {
        let assumed = |list: Vec<(String, usize)>| -> Vec<Assumed> {
            list.into_iter().map(|(control, on)| format!("{control}@c{on}").parse().unwrap()).collect()
        };
        let experiment = Experiment { with: assumed(with), without: assumed(without) };
        let [bare, claimed, verified] = [View::Bare, View::Claimed, View::Verified]
            .map(|view| case(&system, view, experiment.clone()).attack);
        let sets = [&claimed, &verified, &bare].map(goals);
        prop_assert!(sets[0].is_subset(&sets[1]) && sets[1].is_subset(&sets[2]));
        if let Some(attack) = claimed {
            let counts = attack.reachable;
            prop_assert_eq!((counts.claimed, counts.verified, counts.bare), (sets[0].len(), sets[1].len(), sets[2].len()));
            prop_assert!(attack.possible >= counts.bare);
        }
    }

    #[test]
    fn every_path_replays_and_ends_at_its_goal(system in systems(controls(), 0..12)) {
        for view in [View::Bare, View::Claimed] {
            let case = case(&system, view, Experiment::default());
            let open: BTreeSet<_> = case.findings.iter().map(|finding| &finding.id).collect();
            for goal in case.attack.iter().flat_map(|attack| &attack.goals) {
                let Some(path) = &goal.path else { continue };
                prop_assert!(path.left_out == 0 && path.replays(&goal.id), "{}: {path:#?}", goal.id);
                prop_assert!(path.threats().all(|(_, threat)| open.contains(threat)), "{}", goal.id);
                prop_assert!(path.threats().next().is_some(), "{}: no threat leads to it", goal.id);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    /// Cut sets against trying them: each listed one cuts and is minimal, and every control and every pair of controls
    /// that is tried and cuts contains one that is listed.
    #[test]
    fn cut_sets_are_what_trying_finds(system in systems(controls(), 0..12)) {
        let Some(attack) = attack(&system, View::Claimed) else { return Ok(()) };
        let open = case(&system, View::Claimed, Experiment::default());
        for goal in attack.goals.iter().filter(|goal| goal.path.is_some()).take(3) {
            let cuts = goal.cuts.as_ref().unwrap();
            cuts_and_is_minimal(&system, goal, cuts)?;
            let exhaustive = cuts.search == Search::Exact && cuts.found == cuts.sets.len();
            let places: Vec<Placed> = against(&open, goal).into_iter().take(9).collect();
            for (index, one) in places.iter().enumerate().filter(|_| exhaustive) {
                for other in &places[index..] {
                    let tried = BTreeSet::from([one.clone(), other.clone()]);
                    let set: Vec<Placed> = tried.iter().cloned().collect();
                    let listed = cuts.sets.iter().any(|cut| cut.iter().all(|place| tried.contains(place)));
                    prop_assert!(
                        listed || with(&system, &set, &[]).contains(&goal.id),
                        "{}: {set:?} cuts it and is not listed", goal.id
                    );
                }
            }
        }
    }

    /// Depth against trying it: the failing set opens the goal, and no single failure does where depth is more than one.
    #[test]
    fn depth_is_what_trying_finds(system in systems(controls(), 20..60)) {
        let Some(attack) = attack(&system, View::Claimed) else { return Ok(()) };
        let standing: Vec<Placed> = system
            .claims
            .iter()
            .map(|(control, on)| Placed { control: control.parse().unwrap(), on: on.parse().unwrap() })
            .collect();
        for goal in &attack.goals {
            let Some(depth) = &goal.depth else { continue };
            prop_assert_eq!(depth.controls, depth.failing.len());
            let fails: Vec<Placed> = depth
                .failing
                .iter()
                .map(|guard| Placed { control: guard.control.clone(), on: guard.on.clone() })
                .collect();
            prop_assert!(with(&system, &[], &fails).contains(&goal.id), "{}: {fails:?} does not open it", goal.id);
            let alone = |place: &Placed| {
                let points = depth.single_points.iter();
                points.filter(|point| point.control == place.control && point.on == place.on).count() > 0
            };
            for place in standing.iter().filter(|_| depth.search == Search::Exact) {
                let opens = with(&system, &[], std::slice::from_ref(place)).contains(&goal.id);
                prop_assert_eq!(opens, alone(place), "{}: {} alone: {:?}", goal.id, place, depth);
            }
        }
    }
}
