//! The attack graph: what an attacker can reach in a system, derived by rules from who begins where, how the system is
//! built and which threats nothing holds off. Controls act through threats alone; nothing here judges a claim.

mod answer;
mod cut;
mod depth;
mod derive;
mod guard;
mod lists;
mod next;
mod parts;
mod path;
mod reach;
mod rule;
mod search;
mod slice;
mod solve;
mod space;

use casemate_catalog::Catalog;
use casemate_core::{Goal, View};
use casemate_system::System;

use self::lists::Lists;
use self::parts::Parts;
use self::rule::{Cause, Rule};
use self::solve::Solution;
use self::space::Element;
use crate::judge::Judgement;
use crate::standing::Standing;
use crate::topology::Topology;

/// The rules of a system, and what they need looked up fast.
pub(crate) struct Graph<'s> {
    parts: Parts<'s>,
    rules: Vec<Rule>,
    judgements: &'s [Judgement<'s>],
    standing: Standing<'s>,
    /// Everything an attacker could want.
    assets: Vec<(Goal, Element)>,
    /// The judgements that nothing holds off, per view.
    open: [Vec<bool>; 3],
    /// For each node the rules that need it.
    waiting: Lists,
}

impl<'s> Graph<'s> {
    pub(crate) fn of(
        system: &'s System,
        topology: &'s Topology<'s>,
        judgements: &'s [Judgement<'s>],
        standing: Standing<'s>,
        catalog: &Catalog,
    ) -> Self {
        let parts = Parts::of(system, topology);
        let assets = derive::assets(&parts);
        let rules = derive::rules(&parts, &assets, judgements, catalog);
        let waiting = Lists::of(parts.space.rows(), &rules, |rule| &rule.needs);
        let open = [View::Bare, View::Claimed, View::Verified]
            .map(|view| judgements.iter().map(|judgement| judgement.closed_in(view).is_empty()).collect());
        Self { parts, rules, judgements, standing, assets, open, waiting }
    }

    /// Whether nothing holds a rule off in a view.
    fn open(&self, rule: usize, view: View) -> bool {
        let Some(rule) = self.rules.get(rule) else { return false };
        let open =
            |judgement| self.open.get(view as usize).and_then(|open| open.get(judgement)) == Some(&true);
        rule.cause.judgement().is_none_or(open)
    }

    /// The rule, if it is open and has what it needs in a view with this solution.
    fn firing(&self, rule: usize, solution: &Solution, view: View) -> Option<&Rule> {
        let fires = |rule: &&Rule| rule.needs.iter().all(|need| solution.holds(*need));
        self.rules.get(rule).filter(fires).filter(|_| self.open(rule, view))
    }

    /// The number of the judgement that a rule comes from.
    fn judgement_number(&self, rule: usize) -> Option<usize> {
        self.rules.get(rule)?.cause.judgement()
    }

    fn judgement(&self, cause: Cause) -> Option<&'s Judgement<'s>> {
        self.judgements.get(cause.judgement()?)
    }

    /// What an attacker can hold in a view.
    pub(crate) fn world(&self, view: View) -> Solution {
        self.solve(|rule| self.open(rule, view))
    }
}
