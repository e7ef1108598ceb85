//! A path on one line: where it begins, the flows it takes, the threats on it. Moves that say nothing new are left out.

use std::collections::BTreeMap;

use casemate_core::{AttackPath, Case, FlowView, Id, Step, StepKind, Technique};

/// Of so many flows and parts in a row that no threat interrupts, only the first and the last are named.
const MOST_IN_A_ROW: usize = 3;

/// The flows of a system by name.
pub(crate) struct Flows<'a>(BTreeMap<&'a Id, &'a FlowView>);

impl<'a> Flows<'a> {
    pub(crate) fn of(case: &'a Case) -> Self {
        Self(case.system.flows.iter().map(|flow| (&flow.id, flow)).collect())
    }

    pub(crate) fn get(&self, id: &Id) -> Option<&'a FlowView> {
        self.0.get(id).copied()
    }
}

/// The path as a row of names with their techniques, each as a format writes it.
pub(crate) fn line(
    path: &AttackPath,
    flows: &Flows<'_>,
    name: impl Fn(&str) -> String,
    technique: impl Fn(&str) -> String,
) -> String {
    let mut line = String::new();
    for hop in hops(path, flows) {
        if !line.is_empty() {
            line.push_str(if hop.apart { " + " } else { " → " });
        }
        line.push_str(&name(&hop.name));
        if let Some(known) = hop.technique {
            line.push_str(&format!(" ({})", technique(known)));
        }
    }
    line
}

/// One name on the line.
struct Hop<'a> {
    /// A finding, a flow or a part of the system; `…` where several were left out.
    name: String,
    /// What a framework calls it.
    technique: Option<&'a str>,
    /// Whether it does not follow from the one before: a second way in, which joins the first further on.
    apart: bool,
    threat: bool,
}

fn hops<'a>(path: &'a AttackPath, flows: &Flows<'_>) -> Vec<Hop<'a>> {
    let mut hops: Vec<Hop<'a>> = Vec::new();
    let mut apart = false;
    for (index, step) in path.steps.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| path.steps.get(before));
        apart |= before.is_some_and(|before| !follows(step, before));
        let names = names(step, path.steps.get(index + 1), flows);
        let technique = step.technique.as_ref().filter(|_| step.kind == StepKind::Threat).and_then(specific);
        for name in names {
            if !apart && hops.last().is_some_and(|last| last.name == name) {
                continue;
            }
            let apart = std::mem::take(&mut apart);
            hops.push(Hop { name, technique, apart, threat: step.kind == StepKind::Threat });
        }
    }
    shortened(hops)
}

/// Whether a step uses what the one before it gained.
fn follows(step: &Step, before: &Step) -> bool {
    step.needs.iter().any(|need| before.gains.contains(need))
}

fn names(step: &Step, next: Option<&Step>, flows: &Flows<'_>) -> Vec<String> {
    let via = step.via.as_ref().map(ToString::to_string);
    match step.kind {
        StepKind::Threat => {
            vec![step.threat.as_ref().map_or_else(|| step.at.to_string(), ToString::to_string)]
        }
        StepKind::Start => {
            let from = step.via.as_ref().and_then(|via| flows.get(via)).map(|flow| flow.from.to_string());
            from.into_iter().chain([via.unwrap_or_else(|| step.at.to_string())]).collect()
        }
        StepKind::Move => match (via, next) {
            (Some(via), _) => vec![via],
            // The name of the finding says where it is.
            (None, Some(next)) if next.kind == StepKind::Threat && next.at == step.at => Vec::new(),
            (None, _) => vec![step.at.to_string()],
        },
    }
}

/// The most specific entry of a framework for a step.
pub(super) fn specific(technique: &Technique) -> Option<&str> {
    let of_another = |id: &str| {
        technique.ids.iter().any(|other| other.strip_prefix(id).is_some_and(|rest| rest.starts_with('.')))
    };
    technique.ids.iter().map(|id| &**id).find(|id| !of_another(id))
}

fn shortened(hops: Vec<Hop<'_>>) -> Vec<Hop<'_>> {
    let mut short: Vec<Hop<'_>> = Vec::new();
    let mut row: Vec<Hop<'_>> = Vec::new();
    for hop in hops {
        if hop.threat || hop.apart {
            close(&mut row, &mut short);
        }
        if hop.threat {
            short.push(hop);
        } else {
            row.push(hop);
        }
    }
    close(&mut row, &mut short);
    short
}

fn close<'a>(row: &mut Vec<Hop<'a>>, short: &mut Vec<Hop<'a>>) {
    if row.len() > MOST_IN_A_ROW {
        let left_out = Hop { name: "…".to_owned(), technique: None, apart: false, threat: false };
        row.splice(1..row.len() - 1, [left_out]);
    }
    short.append(row);
}

#[cfg(test)]
mod tests {
    use casemate_core::{Exposure, Likelihood};

    use super::*;

    fn step(kind: StepKind, name: &str, needs: &[&str], gains: &[&str]) -> Step {
        let footholds = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        let (at, via) = name.split_once('/').map_or((name, None), |(at, via)| (at, Some(via)));
        let threat: Option<casemate_core::FindingId> = at.parse().ok();
        Step {
            kind,
            how: "".into(),
            at: threat.as_ref().map_or_else(|| at.parse().unwrap(), |threat| threat.element.clone()),
            via: via.map(|via| via.parse().unwrap()),
            technique: threat.as_ref().map(|_| Technique {
                framework: "mitre-atlas@2026.09".parse().unwrap(),
                ids: vec!["AML.T0051".into(), "AML.T0051.000".into()],
            }),
            threat,
            needs: footholds(needs),
            gains: footholds(gains),
            reduced_by: Vec::new(),
            detected_by: Vec::new(),
            recovered_by: Vec::new(),
        }
    }

    #[track_caller]
    fn check(steps: Vec<Step>, expected: &str) {
        let path = AttackPath {
            exposure: Exposure::Anyone,
            likelihood: Likelihood::Likely,
            length: 1,
            steps,
            left_out: 0,
        };
        let ask = FlowView {
            id: "ask".parse().unwrap(),
            from: "customer".parse().unwrap(),
            to: "agent".parse().unwrap(),
            data: Vec::new(),
            protocol: None,
            trust: casemate_core::Trust::Untrusted,
        };
        let flows = Flows(BTreeMap::from([(&ask.id, &ask)]));
        assert_eq!(line(&path, &flows, str::to_owned, str::to_owned), expected);
    }

    use StepKind::{Move, Start, Threat};

    #[test]
    fn a_path_begins_with_who_sends_and_names_flows_and_threats() {
        check(
            vec![
                step(Start, "agent/ask", &[], &["query@agent"]),
                step(Move, "agent", &["query@agent"], &["feed@agent"]),
                step(Threat, "injection@agent", &["feed@agent"], &["inject@agent"]),
                step(Move, "refund/call", &["inject@agent"], &["query@refund"]),
                step(Threat, "misuse@refund", &["query@refund"], &["abuse-tool@refund"]),
            ],
            "customer → ask → injection@agent (AML.T0051.000) → call → misuse@refund (AML.T0051.000)",
        );
    }

    #[test]
    fn a_long_row_of_moves_is_shortened() {
        let mut steps = vec![step(Start, "a", &[], &["reach@a"])];
        for (from, to) in [("a", "b"), ("b", "c"), ("c", "d"), ("d", "e")] {
            steps.push(step(Move, to, &[&format!("reach@{from}")], &[&format!("reach@{to}")]));
        }
        check(steps, "a → … → e");
    }

    #[test]
    fn a_second_way_in_is_set_apart() {
        check(
            vec![
                step(Start, "a", &[], &["reach@a"]),
                step(Threat, "x@a", &["reach@a"], &["query@a"]),
                step(Start, "b", &[], &["supply@b"]),
                step(Threat, "y@b", &["supply@b", "query@a"], &["leak-data@b"]),
            ],
            "a → x@a (AML.T0051.000) + b → y@b (AML.T0051.000)",
        );
    }
}
