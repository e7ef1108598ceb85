//! The questions a case answers from the graph: which goals are reached in which world, by which path, what would cut
//! it, what must fail first. Everything is searched within one budget, so that large systems are judged in bounded time.

use casemate_core::{Attack, Experiment, Goal, GoalReach, View, Worlds};

use super::Graph;
use super::guard::Closing;
use super::lists::Lists;
use super::path::MOST_STEPS;
use super::search::Budget;
use super::slice::Slicer;
use super::solve::Solution;
use super::space::{Element, Node};

/// Rules that all searches together may look at: some hundredths of a second.
const WORK: usize = 600_000;

/// Of which every goal gets its share, and never more than so many.
const SHARE: usize = 150_000;

/// As many steps as the paths of a case list together: enough for thousands of goals, too little to fill the memory.
const STEPS: usize = 50_000;

/// What an attacker can hold in each of the three worlds.
pub(crate) struct Solved {
    bare: Solution,
    claimed: Solution,
    verified: Solution,
}

impl Solved {
    pub(crate) const fn of(&self, view: View) -> &Solution {
        match view {
            View::Bare => &self.bare,
            View::Claimed => &self.claimed,
            View::Verified => &self.verified,
        }
    }
}

/// What all questions look things up in.
struct Tables<'a> {
    /// For each node the rules that give it.
    givers: &'a Lists,
    /// For each judgement what would close it.
    closing: &'a Closing,
    slicer: Slicer<'a>,
    /// So many steps may still be listed.
    steps: usize,
}

impl Graph<'_> {
    pub(crate) fn solved(&self) -> Solved {
        Solved {
            bare: self.world(View::Bare),
            claimed: self.world(View::Claimed),
            verified: self.world(View::Verified),
        }
    }

    /// Everything a case says of attacks.
    pub(crate) fn answer(&self, solved: &Solved, view: View, experiment: &Experiment) -> Attack {
        let givers = Lists::of(self.parts.space.rows(), &self.rules, |rule| &rule.gains);
        let closing = Closing::of(self, view);
        let mut budget = Budget::of(WORK);
        let mut goals = Vec::new();
        let mut reachable = Worlds::default();
        let mut reached = Vec::new();
        let held = |(goal, on): &&(Goal, Element)| solved.bare.holds(Node::goal(*goal, *on));
        let assets: Vec<&(Goal, Element)> = self.assets.iter().filter(held).collect();
        let mut tables =
            Tables { givers: &givers, closing: &closing, slicer: Slicer::of(self, &givers), steps: STEPS };
        let share = (WORK / assets.len().max(1)).min(SHARE);
        for &&(goal, on) in &assets {
            let asset = Node::goal(goal, on);
            let mut own = budget.share(share);
            let goal = self.goal(goal, asset, solved, view, &mut tables, &mut own);
            budget.give_back(&own);
            reachable.bare += 1;
            reachable.claimed += usize::from(goal.claimed);
            reachable.verified += usize::from(goal.verified);
            if goal.path.is_some() {
                reached.push(asset);
            }
            goals.push(goal);
        }
        goals.sort_by(|a, b| a.id.cmp(&b.id));
        Attack {
            possible: self.assets.len(),
            reachable,
            goals,
            next: self.next(&reached, solved.of(view), &closing, view),
            experiment: experiment.clone(),
        }
    }

    fn goal(
        &self,
        goal: Goal,
        asset: Node,
        solved: &Solved,
        view: View,
        Tables { givers, closing, slicer, steps }: &mut Tables<'_>,
        budget: &mut Budget,
    ) -> GoalReach {
        let id = self.parts.space.foothold(asset);
        let world = solved.of(view);
        let path = self.path(asset, world, view, MOST_STEPS.min(*steps));
        *steps = steps.saturating_sub(path.as_ref().map_or(0, |path| path.steps.len()));
        let (mut cuts, mut depth) = (None, None);
        if path.is_some() {
            cuts = slicer
                .slice(asset, world, view, budget)
                .and_then(|slice| closing.cuts(&slice, budget))
                .or_else(|| Some(self.last_cut(asset, world, givers, closing, view)));
        } else {
            depth = slicer
                .slice(asset, &solved.bare, View::Bare, budget)
                .and_then(|slice| self.depth(&slice, view, budget))
                .or_else(|| self.depth_bound(asset, &solved.bare, view));
        }
        GoalReach {
            goal,
            asset: id.on.clone(),
            id,
            claimed: solved.claimed.holds(asset),
            verified: solved.verified.holds(asset),
            path,
            cuts,
            depth,
        }
    }
}
