//! What holds a threat off, and what could: the controls whose failure opens it, and those whose addition closes it.
//! Sets of controls are small and sorted; which of them are tried is decided elsewhere.

use std::collections::BTreeSet;

use casemate_core::{Guard, Id, Placed, View};

use super::Graph;
use crate::judge::Judgement;

/// As many ways to close or to open one threat as are looked at.
const MOST_OPTIONS: usize = 64;

/// What would close an open threat.
pub(super) struct Closers {
    /// Each closes it alone, wherever of its places it is put.
    stop: Vec<BTreeSet<Placed>>,
    /// Each counts towards `missing`.
    reduce: Vec<BTreeSet<Placed>>,
    /// How many of `reduce` close it together with those that stand already; none: they never do.
    missing: Option<usize>,
}

impl Closers {
    pub(super) const fn new(
        stop: Vec<BTreeSet<Placed>>,
        reduce: Vec<BTreeSet<Placed>>,
        missing: Option<usize>,
    ) -> Self {
        Self { stop, reduce, missing }
    }

    /// Whether a set of added controls closes it.
    pub(super) fn satisfied(&self, added: &BTreeSet<Placed>) -> bool {
        let there = |places: &&BTreeSet<Placed>| !places.is_disjoint(added);
        self.stop.iter().any(|places| there(&places))
            || self.missing.is_some_and(|missing| self.reduce.iter().filter(there).count() >= missing)
    }

    /// The smallest sets that close it.
    pub(super) fn options(&self) -> Vec<BTreeSet<Placed>> {
        let single = |place: &Placed| BTreeSet::from([place.clone()]);
        let mut options: Vec<BTreeSet<Placed>> = self.stop.iter().flatten().map(single).collect();
        if let Some(missing) = self.missing {
            options.extend(choose(&self.reduce, missing));
        }
        options
    }
}

/// What holds a closed threat off.
pub(super) struct Holders {
    /// All of these must fail.
    all: BTreeSet<Guard>,
    /// And of these so many.
    of: Vec<BTreeSet<Guard>>,
    some: usize,
}

impl Holders {
    /// All of some guards must fail, and of others so many; the guards of one claim fail together.
    pub(super) fn new(all: Vec<BTreeSet<Guard>>, of: Vec<BTreeSet<Guard>>, some: usize) -> Self {
        Self { all: all.into_iter().flatten().collect(), of, some }
    }

    /// Whether it is open once a set has failed.
    pub(super) fn fallen(&self, failed: &BTreeSet<Guard>) -> bool {
        self.all.is_subset(failed)
            && self.of.iter().filter(|guard| guard.is_subset(failed)).count() >= self.some
    }

    /// The smallest sets whose failure opens it.
    pub(super) fn options(&self) -> Vec<BTreeSet<Guard>> {
        let choices = choose(&self.of, self.some);
        choices
            .into_iter()
            .map(|choice| choice.into_iter().chain(self.all.iter().cloned()).collect())
            .collect()
    }
}

impl Graph<'_> {
    /// What would close a judgement that is open in a view.
    pub(super) fn closers(&self, judgement: &Judgement<'_>, view: View) -> Closers {
        let edges = &judgement.entry.threat.controls;
        let element = &judgement.id.element;
        let places = |control: &Id| {
            let places = self.standing.places(control, element).into_iter();
            places.map(|on| Placed { control: control.clone(), on }).collect()
        };
        let (standing, missing): (Vec<&Id>, Vec<&Id>) =
            edges.reduce.iter().partition(|control| self.standing.holds(control, element, view));
        let enough = edges.enough.map(|enough| enough.saturating_sub(standing.len()));
        let reduce = missing.into_iter().map(places).collect();
        Closers::new(edges.stop.iter().map(places).collect(), reduce, enough)
    }

    /// What holds off a judgement that is closed in a view.
    pub(super) fn holders(&self, judgement: &Judgement<'_>, view: View) -> Holders {
        let edges = &judgement.entry.threat.controls;
        let element = &judgement.id.element;
        let guards = |controls: &[Id]| -> Vec<BTreeSet<Guard>> {
            let standing = controls.iter().filter_map(|control| {
                let on = self.standing.guard(control, element, view)?;
                Some(BTreeSet::from([Guard { control: control.clone(), on, described: false }]))
            });
            standing.collect()
        };
        let of = guards(&edges.reduce);
        let some = edges.enough.map_or(0, |enough| (of.len() + 1).saturating_sub(enough));
        let described = (judgement.described && view == View::Claimed)
            .then(|| judgement.closed_claimed.first())
            .flatten()
            .map(|control| {
                BTreeSet::from([Guard { control: control.clone(), on: element.clone(), described: true }])
            });
        Holders::new(guards(&edges.stop).into_iter().chain(described).collect(), of, some)
    }
}

/// Every choice of so many of the groups, and of one member of each.
fn choose<T: Ord + Clone>(groups: &[BTreeSet<T>], count: usize) -> Vec<BTreeSet<T>> {
    let mut chosen: Vec<(usize, BTreeSet<T>)> = vec![(0, BTreeSet::new())];
    for (index, group) in groups.iter().enumerate() {
        let left = groups.len() - index - 1;
        let mut next = Vec::new();
        for (taken, set) in chosen {
            for member in group.iter().filter(|_| taken < count) {
                let mut with = set.clone();
                with.insert(member.clone());
                next.push((taken + 1, with));
            }
            if taken + left >= count {
                next.push((taken, set));
            }
        }
        next.truncate(MOST_OPTIONS);
        chosen = next;
    }
    chosen.into_iter().filter(|(taken, _)| *taken == count).map(|(_, set)| set).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_of_two_of_three_is_offered_once() {
        let groups = ["a", "b", "c"].map(|name| BTreeSet::from([name]));
        let choices: Vec<Vec<&str>> =
            choose(&groups, 2).into_iter().map(|choice| choice.into_iter().collect()).collect();
        assert_eq!(choices, [vec!["a", "b"], vec!["a", "c"], vec!["b", "c"]]);
        assert_eq!(choose(&groups, 0), [BTreeSet::new()]);
        assert_eq!(choose(&groups, 4), Vec::<BTreeSet<&str>>::new());
    }
}
