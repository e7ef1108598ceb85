//! Facts of the system as a whole.

use casemate_core::{AiActRole, AiActTier, ComponentKind, Day, Id, Stage};
use casemate_system::System;
use serde::Serialize;

use super::{ComponentFacts, sorted};
use crate::topology::Topology;

/// How many days an exercised playbook counts as tested.
const TESTED_FOR: i64 = 365;

#[derive(Debug, Serialize)]
pub(crate) struct SystemFacts {
    id: String,
    jurisdiction: Vec<Id>,
    role: &'static str,
    tier: &'static str,
    annex_iii: bool,
    generative: bool,
    llm: bool,
    agents: u64,
    models: u64,
    trains: bool,
    serves: bool,
    personal: bool,
    affects_people: bool,
    kinds: Vec<ComponentKind>,
    stages: Vec<Stage>,
    parties: u32,
    playbooks: u64,
    playbooks_tested: bool,
}

impl SystemFacts {
    pub(crate) fn of(system: &System, topology: &Topology<'_>, today: Day) -> Self {
        let components: Vec<ComponentFacts> =
            system.components.keys().map(|id| ComponentFacts::of(id.as_str(), system, topology)).collect();
        Self::from_components(system, &components, today)
    }

    pub(crate) fn from_components(system: &System, components: &[ComponentFacts], today: Day) -> Self {
        let act = system.meta.ai_act.as_ref();
        let count = |holds: &dyn Fn(&ComponentFacts) -> bool| {
            u64::try_from(components.iter().filter(|facts| holds(facts)).count()).unwrap_or(u64::MAX)
        };
        let playbooks = &system.incidents.playbooks;
        let tested = |day: Day| (0..=TESTED_FOR).contains(&today.days_since(day));
        Self {
            id: system.meta.id.value.to_string(),
            jurisdiction: sorted(system.meta.jurisdiction.iter().cloned()),
            role: act.and_then(|act| act.role).map(AiActRole::as_str).unwrap_or_default(),
            tier: act.and_then(|act| act.tier).map(AiActTier::as_str).unwrap_or_default(),
            annex_iii: act.is_some_and(|act| act.annex_iii.is_some()),
            generative: components.iter().any(|facts| facts.generative || facts.llm),
            llm: components.iter().any(|facts| facts.llm),
            agents: count(&|facts| facts.kind == ComponentKind::Agent),
            models: count(&|facts| facts.has_model),
            trains: components.iter().any(|facts| facts.kind == ComponentKind::Train || facts.fine_tuned),
            serves: components.iter().any(|facts| facts.has_model && facts.serves),
            personal: system.data.values().any(|data| data.personal == Some(true)),
            affects_people: components.iter().any(|facts| facts.affects_people),
            kinds: sorted(components.iter().map(|facts| facts.kind)),
            stages: sorted(system.components.values().map(|component| component.lifecycle_stage())),
            parties: system.data.values().filter_map(|data| data.parties).max().unwrap_or(1),
            playbooks: u64::try_from(playbooks.len()).unwrap_or(u64::MAX),
            playbooks_tested: playbooks.iter().all(|playbook| playbook.tested.is_some_and(tested)),
        }
    }
}
