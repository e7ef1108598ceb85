//! Attack paths as code flows. A path belongs to the result of the last threat on it, because that is what its goal is
//! reached by; where that threat is no finding, to the last one that is. Paths without any are among the properties of
//! the run, so none is lost.

use std::collections::{BTreeMap, BTreeSet};

use casemate_core::{Case, FindingId, Id, Location, Step, StepKind};
use serde_json::{Value, json};

use super::{Log, message};
use crate::paths::{self, Flows, Reached};

/// Hosts drop what is more, and one result at a time is held in memory. Goals beyond it are named.
const MOST_STEPS: usize = 1000;

/// The paths of a case, by the result that shows them.
pub(super) struct Ways<'a> {
    by_finding: BTreeMap<&'a FindingId, Vec<Reached<'a>>>,
    others: Vec<Reached<'a>>,
    /// Where elements stand in the input, as far as findings tell.
    places: BTreeMap<&'a Id, &'a Location>,
    pub(super) flows: Flows<'a>,
}

impl<'a> Ways<'a> {
    pub(super) fn of(case: &'a Case) -> Self {
        let findings: BTreeSet<&FindingId> = case.findings.iter().map(|finding| &finding.id).collect();
        let mut by_finding: BTreeMap<&FindingId, Vec<Reached<'_>>> = BTreeMap::new();
        let mut others = Vec::new();
        for reached in case.attack.as_ref().map(paths::reached).unwrap_or_default() {
            let threats = reached.path.threats().map(|(_, threat)| threat);
            match threats.filter(|threat| findings.contains(threat)).last() {
                Some(threat) => by_finding.entry(threat).or_default().push(reached),
                None => others.push(reached),
            }
        }
        // What was judged stands at its element; other findings stand at a claim.
        let judged = case.findings.iter().filter(|finding| finding.rating.is_some());
        let places = judged.filter_map(|finding| Some((&finding.component, finding.location.as_ref()?)));
        Self { by_finding, others, places: places.collect(), flows: Flows::of(case) }
    }
}

impl Log<'_> {
    /// The paths that end with a finding, the worst first, and the goals of those that there was no room for.
    pub(super) fn code_flows(&self, finding: &FindingId) -> (Option<Vec<Value>>, Option<Vec<String>>) {
        let Some(ways) = self.ways.by_finding.get(finding) else { return (None, None) };
        let mut steps = 0;
        let fit = ways.iter().take_while(|reached| {
            steps += reached.path.steps.len();
            steps <= MOST_STEPS
        });
        let flows: Vec<Value> = fit.map(|reached| self.code_flow(*reached)).collect();
        let more: Vec<String> =
            ways.iter().skip(flows.len()).map(|reached| reached.goal.id.to_string()).collect();
        ((!flows.is_empty()).then_some(flows), (!more.is_empty()).then_some(more))
    }

    fn code_flow(&self, Reached { goal, path }: Reached<'_>) -> Value {
        let mut text = format!("{}: {}", goal.id, paths::extent(path));
        if let Some(cuts) = &goal.cuts {
            text.push_str(&format!("; {}", paths::best_cut(cuts).words(str::to_owned)));
        }
        let steps = path.steps.iter().enumerate();
        let locations: Vec<Value> = steps.map(|(index, step)| self.step(index + 1, step)).collect();
        json!({
            "message": { "text": message(&text) },
            "threadFlows": [{ "locations": locations }],
            "properties": {
                "goal": goal.id,
                "likelihood": path.likelihood,
                "exposure": path.exposure,
                "length": path.length,
                "cuts": goal.cuts,
            },
        })
    }

    fn step(&self, number: usize, step: &Step) -> Value {
        let mut text = step.how.to_string();
        if let Some(technique) = &step.technique {
            text.push_str(&format!(" ({} {})", technique.framework, technique.ids.join(", ")));
        }
        let (kinds, importance): (&[&str], _) = match step.kind {
            StepKind::Start => (&["enter", "start"], "important"),
            StepKind::Threat => (&["danger", "threat"], "essential"),
            StepKind::Move => (&["move"], "important"),
        };
        let via = step.via.as_ref().filter(|via| **via != step.at);
        let logical: Vec<Value> =
            [Some(&step.at), via].into_iter().flatten().map(|id| self.logical(id)).collect();
        let taxa = step.technique.iter().flat_map(|known| self.taxa(&known.framework, &known.ids));
        json!({
            "location": {
                "message": { "text": message(&text) },
                "physicalLocation": self.physical(self.ways.places.get(&step.at).copied()),
                "logicalLocations": logical,
            },
            "kinds": kinds,
            "executionOrder": number,
            "importance": importance,
            "taxa": taxa.collect::<Vec<_>>(),
            "properties": {
                "finding": step.threat,
                "needs": step.needs,
                "gains": step.gains,
                "reducedBy": step.reduced_by,
                "detectedBy": step.detected_by,
                "recoveredBy": step.recovered_by,
            },
        })
    }

    /// What the run says of attacks: the numbers, what was assumed, and the paths on which nothing is a finding.
    pub(super) fn attack(&self) -> [Option<Value>; 3] {
        let Some(attack) = &self.case.attack else { return [None, None, None] };
        let others = self.ways.others.iter().map(|Reached { goal, path }| {
            let steps: Vec<&str> = path.steps.iter().map(|step| &*step.how).collect();
            json!({ "goal": goal.id, "likelihood": path.likelihood, "exposure": path.exposure, "steps": steps })
        });
        let others: Vec<Value> = others.collect();
        [
            Some(json!({
                "possible": attack.possible,
                "bare": attack.reachable.bare,
                "claimed": attack.reachable.claimed,
                "verified": attack.reachable.verified,
            })),
            (!attack.experiment.is_empty()).then(|| json!(attack.experiment)),
            (!others.is_empty()).then(|| others.into()),
        ]
    }
}
