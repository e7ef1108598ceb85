//! Where attackers begin: actors of the description, what is open to the internet, suppliers, people inside. Everyone
//! is assumed to be hostile, and nobody is assumed to be anywhere else.

use std::collections::BTreeSet;

use casemate_core::{ActorKind, Auth, BoundaryKind, ComponentKind, Fact, Trust};
use casemate_system::file::Endpoint;

use super::Rules;
use crate::graph::parts::{End, Link, Part, Parts};
use crate::graph::rule::Origin;
use crate::graph::space::{Element, Node};

/// Adds where attackers begin. Components of the kinds in `doors` do not answer anonymous requests by themselves: a
/// threat of the catalogue says where they do.
pub(super) fn add(parts: &Parts<'_>, doors: &BTreeSet<ComponentKind>, rules: &mut Rules) {
    for (link, actor, kind) in parts.actors() {
        from_actor(parts, link, actor, kind, doors, rules);
    }
    for link in &parts.links {
        on_flow(parts, link, rules);
    }
    for (&element, part) in &parts.components {
        let reach = || vec![Node::fact(Fact::Reach, element)];
        if parts.topology.exposed(part.id.as_str()) {
            rules.start(Origin::Internet, element, element, None, reach());
        } else if !part.component.exposes.is_empty() && part.component.boundary.is_none() {
            rules.start(Origin::Unsaid, element, element, None, reach());
        }
        if has_accounts(part) {
            let asks = [Fact::Query, Fact::Feed].map(|fact| Node::fact(fact, element)).to_vec();
            rules.start(Origin::Account, element, element, None, asks);
        }
        if part.in_the_field {
            let facts = [Fact::Reach, Fact::Query, Fact::Feed, Fact::Write];
            let gains = facts.map(|fact| Node::fact(fact, element)).to_vec();
            rules.start(Origin::Holder, element, element, None, gains);
        }
        let origin = if part.third_party { Origin::Operator } else { Origin::Upstream };
        rules.start(origin, element, element, None, vec![Node::fact(Fact::Supply, element)]);
        if !part.third_party {
            let gains = [Fact::Access, Fact::Reach].map(|fact| Node::fact(fact, element)).to_vec();
            rules.start(Origin::Inside, element, element, None, gains);
        }
    }
    for (&element, set) in &parts.data {
        if parts.topology.public(set.id.as_str()) {
            rules.start(Origin::PublicSource, element, element, None, vec![Node::fact(Fact::Feed, element)]);
        }
        if set.third_party {
            let gains = [Fact::Supply, Fact::Feed].map(|fact| Node::fact(fact, element)).to_vec();
            rules.start(Origin::DataSupplier, element, element, None, gains);
        }
        rules.start(Origin::Inside, element, element, None, vec![Node::fact(Fact::Access, element)]);
    }
}

/// Whether somebody on the internet can log in to a component: such an endpoint has users, whether they are drawn or not.
fn has_accounts(part: &Part<'_>) -> bool {
    let logs_in = |endpoint: &Endpoint| endpoint.auth.is_some_and(|auth| auth > Auth::Unknown);
    part.component.exposes.iter().any(|endpoint| endpoint.public == Some(true) && logs_in(endpoint))
}

fn from_actor(
    parts: &Parts<'_>,
    link: &Link<'_>,
    actor: Element,
    kind: ActorKind,
    doors: &BTreeSet<ComponentKind>,
    rules: &mut Rules,
) {
    let to = link.to;
    let door = parts.components.get(&to).is_some_and(|part| doors.contains(&part.kind));
    let mut facts = match kind {
        ActorKind::Anonymous if door => vec![Fact::Reach],
        ActorKind::Anonymous | ActorKind::User | ActorKind::Tenant | ActorKind::Agent => {
            vec![Fact::Reach, Fact::Query]
        }
        ActorKind::Insider | ActorKind::Operator | ActorKind::Developer => {
            vec![Fact::Reach, Fact::Query, Fact::Impersonate]
        }
        ActorKind::DataSupplier | ActorKind::ModelSupplier => vec![Fact::Supply],
    };
    let untrusted = parts.topology.trust(link.flow) == Trust::Untrusted;
    if untrusted {
        facts.push(Fact::Feed);
    }
    let mut gains: Vec<Node> = facts.into_iter().map(|fact| Node::fact(fact, to)).collect();
    if untrusted {
        gains.push(Node::fact(Fact::Feed, link.element));
    }
    if matches!(kind, ActorKind::DataSupplier | ActorKind::ModelSupplier) {
        gains.extend(link.data.iter().map(|data| Node::fact(Fact::Supply, *data)));
    }
    let origin = match kind {
        ActorKind::Operator | ActorKind::Developer => Origin::StolenAccount,
        kind => Origin::Actor(kind),
    };
    rules.start(origin, actor, to, Some(link.element), gains);
}

/// What can be had of a flow by itself: the wire, and content that others write although a component sends it.
fn on_flow(parts: &Parts<'_>, link: &Link<'_>, rules: &mut Rules) {
    let flow = link.element;
    let end = |name: &str| parts.topology.within(name, BoundaryKind::Internet);
    if end(&link.flow.from.value) || end(&link.flow.to.value) {
        rules.start(Origin::OnTheWay, flow, flow, Some(flow), vec![Node::fact(Fact::Reach, flow)]);
    }
    // Whoever runs a network can listen on it.
    rules.start(
        Origin::Inside,
        flow,
        flow,
        Some(flow),
        vec![Node::fact(Fact::Access, flow), Node::fact(Fact::Reach, flow)],
    );
    if matches!(link.from, End::Component(_)) && parts.topology.trust(link.flow) == Trust::Untrusted {
        rules.start(
            Origin::Writer,
            flow,
            link.to,
            Some(flow),
            vec![Node::fact(Fact::Feed, flow), Node::fact(Fact::Feed, link.to)],
        );
    }
}
