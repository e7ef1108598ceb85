//! The questions a case answers from the graph: which goals are reached in which world, by which path, what would cut
//! it, what must fail first. Everything is searched within one budget, so that large systems are judged in bounded time.

use casemate_core::{Attack, Experiment, GoalReach, Held, View, Worlds};

use super::Graph;
use super::guard::Closing;
use super::lists::Lists;
use super::search::Budget;
use super::slice::Slice;
use super::solve::Solution;
use super::space::Node;

/// Rules that all searches together may look at: a fraction of a second.
const WORK: usize = 3_000_000;

/// Of which a single search may take so many.
const SHARE: usize = 150_000;

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
#[derive(Clone, Copy)]
struct Tables<'a> {
    /// For each node the rules that give it.
    givers: &'a Lists,
    /// For each judgement what would close it.
    closing: &'a Closing,
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
        for &asset in self.assets.iter().filter(|asset| solved.bare.holds(**asset)) {
            let goal =
                self.goal(asset, solved, view, Tables { givers: &givers, closing: &closing }, &mut budget);
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
        asset: Node,
        solved: &Solved,
        view: View,
        Tables { givers, closing }: Tables<'_>,
        budget: &mut Budget,
    ) -> GoalReach {
        let id = self.parts.space.foothold(asset);
        let goal = match asset.what {
            Held::Goal(goal) => goal,
            Held::Fact(_) => casemate_core::Goal::CorruptDecision,
        };
        let world = solved.of(view);
        let path = self.path(asset, world, view);
        let mut share = budget.share(SHARE);
        let (mut cuts, mut depth) = (None, None);
        if path.is_some() {
            cuts = Some(match Slice::of(self, asset, world, givers, view, &mut share) {
                Some(slice) => closing.cuts(&slice, &mut share),
                None => self.last_cut(asset, world, givers, closing, view),
            });
        } else {
            let slice = Slice::of(self, asset, &solved.bare, givers, View::Bare, &mut share);
            depth = slice
                .and_then(|slice| self.depth(&slice, view, &mut share))
                .or_else(|| self.depth_bound(asset, &solved.bare, view));
        }
        budget.give_back(&share);
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
