//! Threats × elements: where each threat applies, and what holds it off in each view. Pure: facts and claims in,
//! judgements out.

use casemate_catalog::{Catalog, Entry, Scope};
use casemate_core::{Due, FindingId, Id, Rated, View};
use casemate_system::System;
use cel::Context;

use crate::AssessError;
use crate::facts::{ComponentFacts, DataFacts, Facts, FlowFacts, SystemFacts};
use crate::standing::Standing;
use crate::topology::Topology;
use crate::{due, rate};

/// A threat that applies to an element.
pub(crate) struct Judgement<'c> {
    pub(crate) id: FindingId,
    pub(crate) entry: &'c Entry,
    /// What closes it with all claims that are not disproved; empty: open.
    pub(crate) closed_claimed: Vec<Id>,
    /// What closes it with verified claims only; empty: open.
    pub(crate) closed_verified: Vec<Id>,
    /// Whether it applies only once the description is not believed.
    pub(crate) described: bool,
    /// When the duties that it is about begin.
    pub(crate) due: Vec<Due>,
    /// The rating in the view asked for.
    pub(crate) rated: Rated,
}

impl Judgement<'_> {
    /// What closes it in a view.
    pub(crate) fn closed_in(&self, view: View) -> &[Id] {
        match view {
            View::Bare => &[],
            View::Claimed => &self.closed_claimed,
            View::Verified => &self.closed_verified,
        }
    }
}

/// What judging needs of a system.
pub(crate) struct Judge<'a, 'c> {
    pub(crate) system: &'a System,
    pub(crate) catalog: &'c Catalog,
    pub(crate) standing: Standing<'a>,
    pub(crate) topology: &'a Topology<'a>,
    pub(crate) view: View,
    pub(crate) today: casemate_core::Day,
}

impl<'c> Judge<'_, 'c> {
    /// Every threat that applies to any element, in the order of elements and threats.
    pub(crate) fn all(&self) -> Result<Vec<Judgement<'c>>, AssessError> {
        let mut judgements = Vec::new();
        let components: Vec<ComponentFacts> = self
            .system
            .components
            .keys()
            .map(|id| ComponentFacts::of(id.as_str(), self.system, self.topology))
            .collect();
        let whole = SystemFacts::from_components(self.system, &components, self.today);
        let root = Self::context(&whole)?;
        for (id, facts) in self.system.components.keys().zip(components) {
            self.element(id, &Facts::Component(Box::new(facts)), Scope::Component, &root, &mut judgements)?;
        }
        for id in self.system.data.keys() {
            let facts = DataFacts::of(id.as_str(), self.system, self.topology);
            self.element(id, &Facts::Data(facts), Scope::Data, &root, &mut judgements)?;
        }
        for id in self.system.flows.keys() {
            let facts = FlowFacts::of(id.as_str(), self.system, self.topology);
            self.element(id, &Facts::Flow(facts), Scope::Flow, &root, &mut judgements)?;
        }
        self.element(
            &self.system.meta.id.value,
            &Facts::System(whole),
            Scope::System,
            &root,
            &mut judgements,
        )?;
        Ok(judgements)
    }

    fn element(
        &self,
        id: &Id,
        facts: &Facts,
        scope: Scope,
        root: &Context<'static, 'static>,
        judgements: &mut Vec<Judgement<'c>>,
    ) -> Result<(), AssessError> {
        let stated = Self::inner(root, scope, facts)?;
        // What the description says in the system's favour is a claim too: it counts where claims count.
        let withheld_facts = facts.withheld();
        let withheld = withheld_facts.as_ref().map(|facts| Self::inner(root, scope, facts)).transpose()?;
        for (threat_id, entry) in self.catalog.threats() {
            if !self.applies(entry, id, scope) {
                continue;
            }
            let holds = |context| {
                entry.when.holds(context).map_err(|error| AssessError::expression(threat_id, id, &error))
            };
            if holds(&stated)? {
                judgements.push(self.judgement(entry, id, facts, false, root));
            } else if let (Some(context), Some(withheld)) = (&withheld, &withheld_facts)
                && holds(context)?
            {
                judgements.push(self.judgement(entry, id, withheld, true, root));
            }
        }
        Ok(())
    }

    fn inner<'p>(
        root: &'p Context<'static, 'static>,
        scope: Scope,
        facts: &Facts,
    ) -> Result<Context<'p, 'static>, AssessError> {
        let mut context = root.new_inner_scope();
        if scope != Scope::System {
            context.add_variable_from_value(scope.as_str(), value(facts)?);
        }
        Ok(context)
    }

    fn applies(&self, entry: &Entry, id: &Id, scope: Scope) -> bool {
        let applies = &entry.threat.applies;
        let kind = || self.system.components.get(id).is_some_and(|c| applies.kinds.contains(&c.kind));
        let data = || self.system.data.get(id).is_some_and(|d| applies.data.contains(&d.kind));
        applies.to == scope && (applies.kinds.is_empty() || kind()) && (applies.data.is_empty() || data())
    }

    /// A threat that applies; `described`: only once the description is not believed.
    fn judgement(
        &self,
        entry: &'c Entry,
        element: &Id,
        facts: &Facts,
        described: bool,
        root: &Context<'static, 'static>,
    ) -> Judgement<'c> {
        let threat = &entry.threat;
        let reduced_by = self.standing(&threat.controls.reduce, element, self.view);
        Judgement {
            id: FindingId { threat: threat.id.clone(), element: element.clone() },
            entry,
            closed_claimed: self.closing_claimed(entry, element, described),
            closed_verified: self.closing(entry, element, View::Verified),
            described,
            due: due::of(entry, self.catalog, root),
            rated: rate::rate(threat, element, facts, reduced_by, self.system, self.topology),
        }
    }

    /// The controls that close a threat on an element: those that stop it, or enough of those that reduce it.
    fn closing(&self, entry: &Entry, element: &Id, view: View) -> Vec<Id> {
        let controls = &entry.threat.controls;
        let stop = self.standing(&controls.stop, element, view);
        if !stop.is_empty() {
            return stop;
        }
        let reduce = self.standing(&controls.reduce, element, view);
        if controls.enough.is_some_and(|enough| reduce.len() >= enough) { reduce } else { Vec::new() }
    }

    /// What closes a threat where claims count: claims, or the description if the threat applies only once that is not
    /// believed.
    fn closing_claimed(&self, entry: &Entry, element: &Id, described: bool) -> Vec<Id> {
        let closing = self.closing(entry, element, View::Claimed);
        let controls = &entry.threat.controls;
        let said = described && closing.is_empty() && self.standing.described(controls, element).is_some();
        match (said, controls.stop.as_slice()) {
            (false, _) => closing,
            (true, []) => controls.reduce.clone(),
            (true, stop) => stop.to_vec(),
        }
    }

    fn standing(&self, controls: &[Id], element: &Id, view: View) -> Vec<Id> {
        let holds = |control: &&Id| self.standing.holds(control, element, view);
        controls.iter().filter(holds).cloned().collect()
    }

    fn context(whole: &SystemFacts) -> Result<Context<'static, 'static>, AssessError> {
        let mut context = Context::default();
        context.add_variable_from_value(Scope::System.as_str(), value(whole)?);
        Ok(context)
    }
}

fn value(facts: &impl serde::Serialize) -> Result<cel::Value, AssessError> {
    cel::to_value(facts).map_err(|error| AssessError::Facts(error.to_string()))
}
