//! What the judgements add up to: open threats per view, goals, stages, frameworks. Counting only.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use casemate_catalog::{Catalog, Threat};
use casemate_core::{
    Coverage, Finding, FindingStatus, FrameworkCoverage, FrameworkId, Goal, GoalStatus, References, Stage,
    StageCoverage, View, Worlds,
};
use casemate_system::System;

use crate::judge::Judgement;

/// A threat on an element, as far as counting needs it.
pub(crate) struct Counted<'a> {
    pub(crate) threat: &'a Threat,
    pub(crate) references: &'a References,
    pub(crate) closed_claimed: bool,
    pub(crate) closed_verified: bool,
}

impl Counted<'_> {
    pub(crate) fn of<'a>(judgement: &'a Judgement<'_>) -> Counted<'a> {
        Counted {
            threat: &judgement.entry.threat,
            references: &judgement.entry.references,
            closed_claimed: !judgement.closed_claimed.is_empty(),
            closed_verified: !judgement.closed_verified.is_empty(),
        }
    }

    const fn closed_in(&self, view: View) -> bool {
        match view {
            View::Bare => false,
            View::Claimed => self.closed_claimed,
            View::Verified => self.closed_verified,
        }
    }
}

pub(crate) fn worlds<'a>(counted: impl IntoIterator<Item = &'a Counted<'a>>) -> Worlds {
    let mut worlds = Worlds::default();
    for threat in counted {
        worlds.bare += 1;
        worlds.claimed += usize::from(!threat.closed_claimed);
        worlds.verified += usize::from(!threat.closed_verified);
    }
    worlds
}

pub(crate) fn goals(counted: &[Counted<'_>], findings: &[Finding]) -> Vec<GoalStatus> {
    Goal::ALL
        .iter()
        .map(|&goal| GoalStatus {
            goal,
            open: worlds(counted.iter().filter(|threat| threat.threat.goals.contains(&goal))),
            worst: findings
                .iter()
                .find(|finding| finding.status == FindingStatus::Open && finding.goals.contains(&goal))
                .map(|finding| finding.id.clone()),
        })
        .collect()
}

pub(crate) fn coverage(
    counted: &[Counted<'_>],
    system: Option<&System>,
    catalog: &Catalog,
    view: View,
) -> Coverage {
    let asked: BTreeSet<&FrameworkId> = system
        .into_iter()
        .flat_map(|system| &system.meta.frameworks)
        .map(|framework| &framework.value)
        .collect();
    let wanted = |id: &&FrameworkId| asked.is_empty() || asked.contains(id);
    Coverage {
        stages: Stage::ALL.iter().map(|&stage| stage_coverage(stage, counted, system, view)).collect(),
        frameworks: catalog
            .frameworks()
            .keys()
            .filter(wanted)
            .map(|id| framework(id, counted, catalog, view))
            .collect(),
    }
}

fn stage_coverage(
    stage: Stage,
    counted: &[Counted<'_>],
    system: Option<&System>,
    view: View,
) -> StageCoverage {
    let here: Vec<_> =
        counted.iter().filter(|threat| threat.threat.applies.stages.contains(&stage)).collect();
    let distinct: BTreeSet<_> = here.iter().map(|threat| &threat.threat.id).collect();
    let closed = here.iter().filter(|threat| threat.closed_in(view)).count();
    let components = system.map_or(0, |system| {
        system.components.values().filter(|component| component.lifecycle_stage() == stage).count()
    });
    StageCoverage { stage, components, applicable: distinct.len(), open: here.len() - closed, closed }
}

fn framework(id: &FrameworkId, counted: &[Counted<'_>], catalog: &Catalog, view: View) -> FrameworkCoverage {
    let in_catalog = catalog.coverage(id);
    let pack = catalog.frameworks().get(id);
    let kinds: BTreeSet<&str> =
        in_catalog.keys().filter_map(|item| pack?.item(item)).map(|item| &*item.kind).collect();
    let mut state: BTreeMap<&Arc<str>, bool> = BTreeMap::new();
    for threat in counted {
        for item in threat.references.get(id).into_iter().flatten() {
            *state.entry(item).or_insert(false) |= !threat.closed_in(view);
        }
    }
    let items =
        |open: bool| state.iter().filter(|(_, is)| **is == open).map(|(item, _)| Arc::clone(item)).collect();
    FrameworkCoverage {
        framework: id.clone(),
        title: pack.map(|pack| Arc::clone(&pack.title)).unwrap_or_default(),
        entries: pack.map_or(0, |pack| pack.items.iter().filter(|item| kinds.contains(&*item.kind)).count()),
        in_catalog: in_catalog.len(),
        open: items(true),
        closed: items(false),
    }
}
