//! What the templates are given: the case, and what they need of it sorted, counted and put into words. Judges nothing.

use std::collections::BTreeMap;

use askama::Template;
use casemate_core::{
    BaselineState, Case, ClaimRecord, ClaimStatus, Element, Finding, FindingId, FindingStatus, FrameworkId,
    Id, InputFormat, Likelihood, Rating, Severity, Trust, View, Worlds,
};

use super::attack::Attacks;
use super::diagram::Diagram;
use super::words;
use crate::paths::{self, Cut};

/// The page.
#[derive(Template)]
#[template(path = "html/page.html", whitespace = "minimize")]
pub(super) struct Page<'a> {
    case: &'a Case,
    style: &'a str,
    policy: &'a str,
    headline: Headline,
    groups: Vec<Group<'a>>,
    accepted: Vec<&'a Finding>,
    claims: Vec<&'a ClaimRecord>,
    attack: Attacks<'a>,
    diagram: Diagram,
    open_on: BTreeMap<&'a Id, usize>,
}

/// Open findings of one severity.
struct Group<'a> {
    severity: Severity,
    findings: Vec<&'a Finding>,
    /// Whether they are shown at once; the others wait for a click.
    shown: bool,
}

/// What the first sentence of the page says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Headline {
    /// There is no AI in the system.
    NoAi,
    /// No threat applies.
    NoThreat,
    /// Nothing is claimed.
    NoClaim,
    /// The claims and what was verified agree.
    Same,
    /// They do not.
    Differ,
    /// Paths were searched: what an attacker reaches.
    Goals,
}

/// As many findings as are shown at once, the worst first.
const SHOWN: usize = 6;

impl<'a> Page<'a> {
    pub(super) fn of(case: &'a Case, attack: Attacks<'a>, style: &'a str, policy: &'a str) -> Self {
        let mut claims: Vec<&ClaimRecord> = case.claims.iter().collect();
        claims.sort_by_key(|claim| (claim.status, &claim.control, &claim.component));
        let mut open_on: BTreeMap<&Id, usize> = BTreeMap::new();
        for finding in case.open_findings() {
            *open_on.entry(&finding.component).or_default() += 1;
        }
        Self {
            case,
            style,
            policy,
            headline: headline(case),
            groups: groups(case),
            accepted: case
                .findings
                .iter()
                .filter(|finding| finding.status == FindingStatus::Accepted)
                .collect(),
            claims,
            diagram: Diagram::of(case, &attack.paths()),
            attack,
            open_on,
        }
    }

    fn generated(&self) -> String {
        self.case.generated.strftime("%-d %B %Y, %H:%M UTC").to_string()
    }

    fn input(&self) -> String {
        match self.case.input.format {
            InputFormat::Checklist => "checklist".to_owned(),
            InputFormat::System => "system file".to_owned(),
            other => format!("{other} import"),
        }
    }

    fn view_words(&self) -> &'static str {
        words::view(self.case.view)
    }

    fn open(&self) -> usize {
        self.case.open_findings().count()
    }

    fn count(&self, severity: &Severity) -> usize {
        self.case.open_findings().filter(|finding| finding.severity == *severity).count()
    }

    /// Threats that only claims without verification hold off.
    fn on_trust(&self) -> usize {
        self.case.open.verified.saturating_sub(self.case.open.claimed)
    }

    fn claim_tally(&self) -> Vec<(ClaimStatus, usize)> {
        let count = |status| self.claims.iter().filter(|claim| claim.status == status).count();
        ClaimStatus::ALL.iter().rev().map(|&status| (status, count(status))).filter(|&(_, n)| n > 0).collect()
    }

    fn verified_claims(&self) -> usize {
        self.claims.iter().filter(|claim| claim.status == ClaimStatus::Verified).count()
    }

    fn framework_title<'t>(&'t self, framework: &'t FrameworkId) -> &'t str {
        let known = self.case.coverage.frameworks.iter().find(|known| known.framework == *framework);
        known.map(|known| &*known.title).filter(|title| !title.is_empty()).unwrap_or(framework.name.as_str())
    }

    fn worlds(&self) -> [World; 3] {
        worlds(self.case.open, self.case.open.bare)
    }

    /// Goals that are reached, as bars of all that an attacker could want.
    fn goal_worlds(&self) -> Option<[World; 3]> {
        let attack = self.case.attack.as_ref()?;
        Some(worlds(attack.reachable, attack.possible))
    }

    fn elements(&self) -> Vec<(&'a Id, ElementRow)> {
        self.case.system.elements.iter().map(|(id, element)| (id, row(element))).collect()
    }

    fn on(&self, element: &Id) -> usize {
        self.open_on.get(element).copied().unwrap_or(0)
    }

    /// What an element is called, if it is called anything but its id.
    fn name_of(&self, element: &Id) -> Option<&str> {
        let name = match self.case.system.elements.get(element)? {
            Element::Actor(actor) => &*actor.name,
            Element::Boundary(boundary) => &*boundary.name,
            Element::Component(component) => &*component.name,
            Element::Data(data) => &*data.name,
        };
        (*name != *element.as_str()).then_some(name)
    }

    /// A text in pieces: what stands between backticks is code.
    fn prose<'t>(&self, text: &'t str) -> Vec<Piece<'t>> {
        if text.matches('`').count() % 2 == 1 {
            return vec![Piece { code: false, text }];
        }
        let pieces = text.split('`').enumerate().map(|(index, text)| Piece { code: index % 2 == 1, text });
        pieces.filter(|piece| !piece.text.is_empty()).collect()
    }

    fn is_open(&self, finding: &FindingId) -> bool {
        self.case.findings.iter().any(|that| that.id == *finding)
    }
}

fn headline(case: &Case) -> Headline {
    match case.open {
        _ if !case.system.ai => Headline::NoAi,
        Worlds { bare: 0, .. } => Headline::NoThreat,
        _ if case.attack.is_some() => Headline::Goals,
        _ if case.claims.is_empty() => Headline::NoClaim,
        Worlds { claimed, verified, .. } if claimed == verified => Headline::Same,
        _ => Headline::Differ,
    }
}

fn groups(case: &Case) -> Vec<Group<'_>> {
    let mut before = 0;
    let mut groups = Vec::new();
    for &severity in Severity::ALL.iter().rev() {
        let findings: Vec<&Finding> =
            case.open_findings().filter(|finding| finding.severity == severity).collect();
        before += findings.len();
        if !findings.is_empty() {
            groups.push(Group { severity, shown: groups.is_empty() || before <= SHOWN, findings });
        }
    }
    groups
}

/// A piece of a text.
struct Piece<'t> {
    code: bool,
    text: &'t str,
}

/// One of the three worlds as a bar of a thousand parts: what stands open, and of that what a claim would hold off.
struct World {
    label: &'static str,
    open: usize,
    sure: usize,
    doubtful: usize,
    doubtful_end: usize,
}

fn worlds(open: Worlds, of: usize) -> [World; 3] {
    let part = |count: usize| count.min(of) * 1000 / of.max(1);
    let world = |label, count: usize| World {
        label,
        open: count,
        sure: part(count.min(open.claimed)),
        doubtful: part(count.min(open.verified)).saturating_sub(part(count.min(open.claimed))),
        doubtful_end: part(count),
    };
    [
        world("With your claims", open.claimed),
        world("With only what was verified", open.verified),
        world("With no controls", open.bare),
    ]
}

/// An element in the table that stands in for the diagram.
struct ElementRow {
    name: String,
    kind: &'static str,
    place: Option<Id>,
    about: String,
}

fn row(element: &Element) -> ElementRow {
    match element {
        Element::Actor(actor) => ElementRow {
            name: actor.name.to_string(),
            kind: actor.kind.as_str(),
            place: actor.at.clone(),
            about: "actor".to_owned(),
        },
        Element::Boundary(boundary) => ElementRow {
            name: boundary.name.to_string(),
            kind: boundary.kind.as_str(),
            place: boundary.parent.clone(),
            about: "boundary".to_owned(),
        },
        Element::Component(component) => {
            let model = component.model.as_ref();
            let modality = model
                .map(|model| model.modality.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
            let parts = [
                Some(format!("{} stage", component.stage)),
                component.tech.as_deref().map(str::to_owned),
                model.and_then(|model| model.task.as_deref()).map(|task| format!("{task} model")),
                modality.filter(|modality| !modality.is_empty()),
                model.and_then(|model| model.base.as_deref()).map(|base| format!("made from {base}")),
                model.and_then(|model| model.format.as_deref()).map(str::to_owned),
                component.autonomy.map(|autonomy| format!("an agent that {autonomy}")),
            ];
            ElementRow {
                name: component.name.to_string(),
                kind: component.kind.as_str(),
                place: component.boundary.clone(),
                about: parts.into_iter().flatten().collect::<Vec<_>>().join(" · "),
            }
        }
        Element::Data(data) => {
            let parts = [
                Some("data".to_owned()),
                data.sensitivity.map(|sensitivity| sensitivity.to_string()),
                data.personal.then(|| "about people".to_owned()),
            ];
            ElementRow {
                name: data.name.to_string(),
                kind: data.kind.as_str(),
                place: None,
                about: parts.into_iter().flatten().collect::<Vec<_>>().join(" · "),
            }
        }
    }
}

/// Where a rating stands in the small matrix: column by likelihood, row by impact, worst at the top.
fn cell(impact: &Rating, likelihood: &Likelihood) -> (usize, usize) {
    let column = Likelihood::ALL.iter().position(|word| word == likelihood).unwrap_or(0);
    let row = Rating::ALL.iter().rev().position(|word| word == impact).unwrap_or(0);
    (column * 14, row * 9)
}

/// The matrix: its cells, worst impact at the top.
fn matrix() -> Vec<(usize, usize, Severity)> {
    let mut cells = Vec::new();
    for impact in Rating::ALL.iter().rev() {
        for likelihood in Likelihood::ALL {
            let (x, y) = cell(impact, likelihood);
            cells.push((x, y, Severity::of(*impact, *likelihood)));
        }
    }
    cells
}
