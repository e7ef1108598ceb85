//! From a solution to a path that a person can follow: the rules behind a foothold, in an order in which each has what it
//! needs, with what stands against each.

use std::collections::BTreeSet;

use casemate_catalog::Entry;
use casemate_core::{AttackPath, Exposure, Id, Likelihood, Maturity, Step, StepKind, Technique, View};

use super::Graph;
use super::rule::{Cause, Rule};
use super::solve::Solution;
use super::space::Node;

/// As many steps as one path lists.
pub(super) const MOST_STEPS: usize = 100;

/// The framework whose names for techniques are shown where it has one.
const TECHNIQUES: &str = "mitre-atlas";

impl Graph<'_> {
    /// The shortest path to a foothold; none if it cannot be reached. Of a path with more steps than may be listed, the
    /// moves are left out.
    pub(super) fn path(&self, end: Node, solution: &Solution, view: View, most: usize) -> Option<AttackPath> {
        let all = self.derivation(end, solution)?;
        let mut rules: Vec<&Rule> = all.iter().filter_map(|rule| self.rules.get(*rule)).collect();
        if rules.len() > most {
            rules.retain(|rule| rule.cause.kind() != StepKind::Move);
        }
        let left_out = all.len() - rules.len();
        let wanted: BTreeSet<Node> =
            rules.iter().flat_map(|rule| rule.needs.iter().copied()).chain([end]).collect();
        let exposure =
            rules.iter().filter_map(|rule| rule.cause.exposure()).min().unwrap_or(Exposure::Insider);
        let steps: Vec<Step> = rules.iter().map(|rule| self.step(rule, &wanted, view)).collect();
        let length = rules.iter().filter(|rule| rule.cause.counts()).count();
        Some(AttackPath {
            exposure,
            likelihood: self.likelihood(&rules, &steps, exposure),
            length,
            steps,
            left_out,
        })
    }

    /// The same with as many steps as one path lists.
    pub(crate) fn listed_path(&self, end: Node, solution: &Solution, view: View) -> Option<AttackPath> {
        self.path(end, solution, view, MOST_STEPS)
    }

    /// The rules of the shortest derivation, each after those that it needs.
    pub(super) fn derivation(&self, end: Node, solution: &Solution) -> Option<Vec<usize>> {
        let mut order = Vec::new();
        let mut seen = BTreeSet::new();
        let mut pending = vec![(solution.rule(end)?, false)];
        while let Some((number, ready)) = pending.pop() {
            if ready {
                order.push(number);
            } else if seen.insert(number) {
                pending.push((number, true));
                let needs = self.rules.get(number).into_iter().flat_map(|rule| rule.needs.iter().rev());
                pending.extend(needs.filter_map(|need| Some((solution.rule(*need)?, false))));
            }
        }
        Some(order)
    }

    fn step(&self, rule: &Rule, wanted: &BTreeSet<Node>, view: View) -> Step {
        let space = &self.parts.space;
        let cause = rule.cause;
        let judgement = self.judgement(cause);
        let entry = judgement.map(|known| known.entry);
        let at = space.name(cause.at());
        let standing = |controls: &[Id]| {
            let stands = |control: &&Id| self.standing.holds(control, at, view);
            controls.iter().filter(stands).cloned().collect()
        };
        let controls = entry.map(|entry| &entry.threat.controls);
        Step {
            kind: cause.kind(),
            how: self.sentence(cause).into(),
            at: at.clone(),
            via: cause.via().map(|via| space.name(via).clone()),
            threat: judgement.map(|known| known.id.clone()),
            technique: entry.and_then(technique),
            needs: rule.needs.iter().map(|need| space.foothold(*need)).collect(),
            gains: rule
                .gains
                .iter()
                .filter(|gain| wanted.contains(gain))
                .map(|gain| space.foothold(*gain))
                .collect(),
            reduced_by: controls.map(|controls| standing(&controls.reduce)).unwrap_or_default(),
            detected_by: controls.map(|controls| standing(&controls.detect)).unwrap_or_default(),
            recovered_by: controls.map(|controls| standing(&controls.recover)).unwrap_or_default(),
        }
    }

    fn sentence(&self, cause: Cause) -> String {
        let name = |element| self.parts.space.name(element).as_str();
        match cause {
            Cause::Start { origin, by, at, via } => origin.sentence(name(by), name(at), via.map(name)),
            Cause::Move { way, from, to, .. } => way.sentence(name(from), name(to)),
            Cause::Threat { .. } => {
                self.judgement(cause).map(|known| known.entry.threat.title.to_string()).unwrap_or_default()
            }
        }
    }

    /// How likely the least likely step is. What reduces a step, notices it or limits its damage makes it less likely
    /// that somebody comes through.
    fn likelihood(&self, rules: &[&Rule], steps: &[Step], exposure: Exposure) -> Likelihood {
        let each = rules.iter().zip(steps).filter_map(|(rule, step)| {
            let maturity = self.judgement(rule.cause)?.entry.threat.maturity;
            let against = [&step.reduced_by, &step.detected_by, &step.recovered_by];
            Some(Likelihood::of(exposure, maturity, against.iter().any(|controls| !controls.is_empty())))
        });
        each.min().unwrap_or(Likelihood::of(exposure, Maturity::Realised, false))
    }
}

/// What a framework calls a threat, in the edition the catalogue is written in.
fn technique(entry: &Entry) -> Option<Technique> {
    let references = &entry.threat.references;
    let atlas = references.iter().find(|(framework, _)| framework.name == TECHNIQUES);
    let (framework, ids) = atlas.or_else(|| references.iter().next())?;
    Some(Technique { framework: framework.clone(), ids: ids.clone() })
}
