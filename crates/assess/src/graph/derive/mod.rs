//! From a described system to rules: who begins where, and what follows from how the system is built. One file per
//! domain. Controls play no part here: they act through threats alone.

mod access;
mod content;
mod goals;
mod starts;
mod supply;
mod threats;

use casemate_catalog::Catalog;
use casemate_core::{BoundaryKind, ComponentKind, Fact, Goal};

use super::parts::Parts;
use super::rule::{Cause, Origin, Rule, Way};
use super::space::{Element, Node};
use crate::judge::Judgement;
use crate::topology::turns_into_models;

pub(crate) use goals::assets;
pub(crate) use threats::{is_step, needs};

/// Every rule of a system, in an order that depends on names alone.
pub(crate) fn rules(
    parts: &Parts<'_>,
    assets: &[(Goal, Element)],
    judgements: &[Judgement<'_>],
    catalog: &Catalog,
) -> Vec<Rule> {
    let mut rules = Rules { rules: Vec::new() };
    starts::add(parts, &threats::doors(catalog), &mut rules);
    access::add(parts, &mut rules);
    content::add(parts, &mut rules);
    supply::add(parts, &mut rules);
    goals::add(parts, assets, &mut rules);
    threats::add(parts, judgements, &mut rules);
    rules.rules
}

/// Rules as they are added.
struct Rules {
    rules: Vec<Rule>,
}

impl Rules {
    fn start(&mut self, origin: Origin, by: Element, at: Element, via: Option<Element>, gains: Vec<Node>) {
        self.rules.push(Rule { needs: Vec::new(), gains, cause: Cause::Start { origin, by, at, via } });
    }

    /// `way` leads from what is held on `from` to what is then held on `to`.
    fn step(&mut self, way: Way, (fact, from): (Fact, Element), to: Element, gains: &[Fact]) {
        self.along(way, (fact, from), to, None, gains);
    }

    fn along(
        &mut self,
        way: Way,
        (fact, from): (Fact, Element),
        to: Element,
        via: Option<Element>,
        gains: &[Fact],
    ) {
        let gains = gains.iter().map(|gain| Node::fact(*gain, to)).collect();
        self.any(way, Node::fact(fact, from), to, via, gains);
    }

    fn any(&mut self, way: Way, need: Node, to: Element, via: Option<Element>, gains: Vec<Node>) {
        let cause = Cause::Move { way, from: need.on, to, via };
        self.rules.push(Rule { needs: vec![need], gains, cause });
    }
}

/// Whether a component of this kind passes requests on: it acts on what it is asked, and does not only keep it.
const fn passes_requests(kind: ComponentKind) -> bool {
    !turns_into_models(kind)
        && !matches!(
            kind,
            ComponentKind::Source
                | ComponentKind::Store
                | ComponentKind::Label
                | ComponentKind::FeatureStore
                | ComponentKind::RagIndex
                | ComponentKind::Memory
                | ComponentKind::Monitor
        )
}

/// Whether models or what they are made of come out of a component of this kind.
const fn delivers_models(kind: ComponentKind) -> bool {
    turns_into_models(kind) || matches!(kind, ComponentKind::Store)
}

/// Whether connections that begin in a boundary of this kind can be made by whoever is in it: nobody is in the internet.
const fn can_be_entered(kind: BoundaryKind) -> bool {
    !matches!(kind, BoundaryKind::Internet | BoundaryKind::ThirdParty)
}
