//! What holds a threat off, and what could: the controls whose failure opens it, and those whose addition closes it.
//! Controls are numbered, so that sets of them are cheap; which sets are tried is decided elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use casemate_core::{Guard, Id, Placed, View};

use super::Graph;
use crate::judge::Judgement;

/// As many ways to close or to open one threat as are looked at.
const MOST_OPTIONS: usize = 64;

/// A set of numbered things.
pub(super) type Few = BTreeSet<u32>;

/// Things with a number each.
#[derive(Debug)]
pub(super) struct Numbered<T> {
    things: Vec<T>,
    numbers: BTreeMap<T, u32>,
}

impl<T: Ord + Clone> Numbered<T> {
    pub(super) const fn new() -> Self {
        Self { things: Vec::new(), numbers: BTreeMap::new() }
    }

    fn number(&mut self, thing: T) -> u32 {
        let next = u32::try_from(self.things.len()).unwrap_or(u32::MAX);
        *self.numbers.entry(thing).or_insert_with_key(|thing| {
            self.things.push(thing.clone());
            next
        })
    }

    /// The same things numbered in their order, and the new number of each.
    fn sorted(self) -> (Self, Vec<u32>) {
        let mut renumbered = vec![0; self.things.len()];
        let mut numbers = self.numbers;
        for ((_, number), new) in numbers.iter_mut().zip(0u32..) {
            if let Some(slot) = renumbered.get_mut(*number as usize) {
                *slot = new;
            }
            *number = new;
        }
        (Self { things: numbers.keys().cloned().collect(), numbers }, renumbered)
    }

    pub(super) fn thing(&self, number: u32) -> Option<&T> {
        self.things.get(number as usize)
    }

    /// The things of a set, in order.
    pub(super) fn things(&self, set: &Few) -> Vec<T> {
        let mut things: Vec<T> = set.iter().filter_map(|number| self.thing(*number).cloned()).collect();
        things.sort();
        things
    }
}

/// Sets of numbered things, and whether they are all there are.
#[derive(Debug)]
pub(super) struct Options {
    pub(super) sets: Vec<Few>,
    pub(super) complete: bool,
}

/// What would close an open threat.
#[derive(Debug, Clone, Default)]
pub(super) struct Closers {
    /// Each closes it alone, wherever of its places it is put.
    stop: Vec<Few>,
    /// Each counts towards `missing`.
    reduce: Vec<Few>,
    /// How many of `reduce` close it together with those that stand already; none: they never do.
    missing: Option<usize>,
    /// Whether some places were left out.
    shortened: bool,
}

impl Closers {
    #[cfg(test)]
    pub(super) const fn new(stop: Vec<Few>, reduce: Vec<Few>, missing: Option<usize>) -> Self {
        Self { stop, reduce, missing, shortened: false }
    }

    /// Whether a set of added controls closes it.
    pub(super) fn satisfied(&self, added: &Few) -> bool {
        let there = |places: &&Few| !places.is_disjoint(added);
        self.stop.iter().any(|places| there(&places))
            || self.missing.is_some_and(|missing| self.reduce.iter().filter(there).count() >= missing)
    }

    /// The smallest sets that close it.
    pub(super) fn options(&self) -> Options {
        let alone = |places: &Few| places.iter().map(|place| Few::from([*place])).collect::<Vec<Few>>();
        let mut sets: Vec<Few> = self.stop.iter().flat_map(alone).collect();
        let groups: Vec<Vec<Few>> = self.reduce.iter().map(alone).collect();
        let together = self.missing.map(|missing| choose(&groups, missing));
        let complete = !self.shortened && together.as_ref().is_none_or(|together| together.complete);
        sets.extend(together.into_iter().flat_map(|together| together.sets));
        Options { sets, complete }
    }

    /// The controls of which each closes it alone.
    pub(super) fn alone(&self) -> impl Iterator<Item = u32> {
        let reduce = self.reduce.iter().filter(|_| self.missing == Some(1));
        self.stop.iter().chain(reduce).flatten().copied()
    }

    /// The same with other numbers.
    fn renumbered(mut self, numbers: &[u32]) -> Self {
        for few in self.stop.iter_mut().chain(&mut self.reduce) {
            *few = few.iter().filter_map(|number| numbers.get(*number as usize)).copied().collect();
        }
        self
    }
}

/// What would close each judgement that is open in a view, looked up once. Controls are numbered in the order of names.
pub(super) struct Closing {
    pub(super) placed: Numbered<Placed>,
    /// By judgement; of one that is closed nothing.
    closers: Vec<Closers>,
    /// The best option for each judgement by itself.
    best: Vec<Option<Few>>,
    /// How much work each control is, by its number.
    efforts: Vec<usize>,
}

impl Closing {
    pub(super) fn of(graph: &Graph<'_>, view: View) -> Self {
        let mut placed = Numbered::new();
        let closers = graph.judgements.iter().map(|judgement| {
            if judgement.closed_in(view).is_empty() {
                graph.closers(judgement, view, &mut placed)
            } else {
                Closers::default()
            }
        });
        let closers: Vec<Closers> = closers.collect();
        let (placed, numbers) = placed.sorted();
        let closers = closers.into_iter().map(|closers| closers.renumbered(&numbers)).collect();
        let controls = graph.standing.catalog.controls();
        let effort =
            |placed: &Placed| controls.get(&placed.control).map_or(0, |control| control.effort as usize);
        let efforts = placed.things.iter().map(effort).collect();
        let mut closing = Self { placed, closers, best: Vec::new(), efforts };
        let best =
            closing.closers.iter().map(|closers| closing.cheapest(closers.options().sets, &Few::new()));
        closing.best = best.collect();
        closing
    }

    pub(super) fn closers(&self, judgement: usize) -> Option<&Closers> {
        self.closers.get(judgement)
    }

    pub(super) fn options(&self, judgement: usize) -> Vec<Few> {
        self.closers(judgement).map(|closers| closers.options().sets).unwrap_or_default()
    }

    /// The option that closes a judgement with least.
    pub(super) fn best(&self, judgement: usize) -> Option<&Few> {
        self.best.get(judgement)?.as_ref()
    }

    /// The option that adds least to what is added already.
    pub(super) fn cheapest(&self, options: Vec<Few>, added: &Few) -> Option<Few> {
        options.into_iter().min_by_key(|option| self.rank(option.difference(added).copied().collect()))
    }

    /// How many controls a set is, and how much work: smaller is better. Names decide between equals.
    pub(super) fn rank(&self, set: Few) -> (usize, usize, Few) {
        let effort = set.iter().filter_map(|number| self.efforts.get(*number as usize)).sum();
        (set.len(), effort, set)
    }
}

/// What holds a closed threat off. Of each control that stands, the sets of claims that must fail together before it does
/// not.
#[derive(Debug)]
pub(super) struct Holders {
    /// All of these must fail.
    all: Vec<Vec<Few>>,
    /// And of these so many.
    of: Vec<Vec<Few>>,
    some: usize,
}

impl Holders {
    /// All of some controls must fail, and of others so many.
    pub(super) const fn new(all: Vec<Vec<Few>>, of: Vec<Vec<Few>>, some: usize) -> Self {
        Self { all, of, some }
    }

    /// Whether it is open once a set has failed.
    pub(super) fn fallen(&self, failed: &Few) -> bool {
        let fails = |ways: &&Vec<Few>| ways.iter().any(|way| way.is_subset(failed));
        self.all.iter().all(|ways| fails(&ways)) && self.of.iter().filter(fails).count() >= self.some
    }

    /// The smallest sets whose failure opens it.
    pub(super) fn options(&self) -> Options {
        let first = choose(&self.all, self.all.len());
        let second = choose(&self.of, self.some);
        let pairs = first.sets.iter().flat_map(|one| second.sets.iter().map(move |other| one | other));
        let sets: Vec<Few> = pairs.take(MOST_OPTIONS).collect();
        let complete = first.complete
            && second.complete
            && first.sets.len().saturating_mul(second.sets.len()) <= MOST_OPTIONS;
        Options { sets, complete }
    }
}

impl Graph<'_> {
    /// What would close a judgement that is open in a view.
    fn closers(&self, judgement: &Judgement<'_>, view: View, placed: &mut Numbered<Placed>) -> Closers {
        let edges = &judgement.entry.threat.controls;
        let element = &judgement.id.element;
        let mut shortened = false;
        let mut places = |control: &Id| -> Few {
            let (places, all) = self.standing.places(control, element, view);
            shortened |= !all;
            places.into_iter().map(|on| placed.number(Placed { control: control.clone(), on })).collect()
        };
        let stop = edges.stop.iter().map(&mut places).collect();
        let (standing, missing): (Vec<&Id>, Vec<&Id>) = match edges.enough {
            Some(_) => edges.reduce.iter().partition(|control| self.standing.holds(control, element, view)),
            None => (Vec::new(), Vec::new()),
        };
        let reduce = missing.into_iter().map(places).collect();
        let missing = edges.enough.map(|enough| enough.saturating_sub(standing.len()));
        Closers { stop, reduce, missing, shortened }
    }

    /// What holds off a judgement that is closed in a view.
    pub(super) fn holders(
        &self,
        judgement: &Judgement<'_>,
        view: View,
        guards: &mut Numbered<Guard>,
    ) -> Holders {
        let edges = &judgement.entry.threat.controls;
        let element = &judgement.id.element;
        let said = (judgement.described && view == View::Claimed)
            .then(|| self.standing.described(edges, element))
            .flatten();
        let mut standing = |controls: &[Id]| -> Vec<Vec<Few>> {
            let holds = controls.iter().filter(|control| self.standing.holds(control, element, view));
            let ways = holds.map(|control| {
                let ways = self.standing.ways_to_fail(control, element, view);
                let mut guard =
                    |on: Id| guards.number(Guard { control: control.clone(), on, described: false });
                ways.into_iter().map(|way| way.into_iter().map(&mut guard).collect()).collect()
            });
            ways.collect()
        };
        let of = standing(&edges.reduce);
        let mut all = standing(&edges.stop);
        if let Some(control) = said {
            // What the description and a claim on the element say of one control falls with that control.
            let claimed = Guard { control: control.clone(), on: element.clone(), described: false };
            let alone = |ways: &&Vec<Few>| {
                ways.iter()
                    .any(|way| way.len() == 1 && way.iter().all(|n| guards.thing(*n) == Some(&claimed)))
            };
            if !all.iter().chain(&of).any(|ways| alone(&ways)) {
                all.push(vec![Few::from([guards.number(Guard { described: true, ..claimed })])]);
            }
        }
        let some = edges.enough.map_or(0, |enough| (of.len() + 1).saturating_sub(enough));
        Holders::new(all, of, some)
    }
}

/// Every choice of so many of the groups, and of one member of each.
fn choose(groups: &[Vec<Few>], count: usize) -> Options {
    let mut chosen: Vec<(usize, Few)> = vec![(0, Few::new())];
    let mut complete = true;
    for (index, group) in groups.iter().enumerate() {
        let left = groups.len() - index - 1;
        let mut next = Vec::new();
        for (taken, set) in chosen {
            let members = group.iter().filter(|_| taken < count);
            next.extend(members.map(|member| (taken + 1, &set | member)));
            if taken + left >= count {
                next.push((taken, set));
            }
        }
        complete &= next.len() <= MOST_OPTIONS;
        next.truncate(MOST_OPTIONS);
        chosen = next;
    }
    let sets = chosen.into_iter().filter(|(taken, _)| *taken == count).map(|(_, set)| set).collect();
    Options { sets, complete }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_of_two_of_three_is_offered_once() {
        let groups = [1, 2, 3].map(|number| vec![Few::from([number])]);
        assert_eq!(choose(&groups, 2).sets, [[1, 2], [1, 3], [2, 3]].map(Few::from));
        assert_eq!(choose(&groups, 0).sets, [Few::new()]);
        assert_eq!(choose(&groups, 4).sets, Vec::<Few>::new());
    }

    #[test]
    fn what_is_left_out_is_told() {
        let groups: Vec<Vec<Few>> = (0..20).map(|number| vec![Few::from([number])]).collect();
        assert!(!choose(&groups, 3).complete);
        assert!(choose(&groups, 1).complete);
    }
}
