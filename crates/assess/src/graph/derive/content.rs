//! How what an attacker wrote travels: along flows, back with answers, through data at rest, into instructions.

use std::collections::BTreeSet;

use casemate_core::{ComponentKind, DataKind, Fact, Stage, Trust};

use super::Rules;
use crate::graph::parts::{Link, Part, Parts, Set};
use crate::graph::rule::Way;
use crate::graph::space::{Element, Node};
use crate::topology::{hands_out, turns_into_models};

pub(super) fn add(parts: &Parts<'_>, rules: &mut Rules) {
    for (link, from, sender, receiver) in parts.between() {
        travels(link, from, sender, receiver, rules);
        steers(link, from, sender, receiver, rules);
        for (data, set) in carried(parts, link) {
            if sends_into(sender, set) {
                rules.along(Way::Stored, (Fact::Feed, from), data, Some(link.element), &[Fact::Feed]);
            }
        }
    }
    for (&element, part) in &parts.components {
        rules.step(Way::Instructs, (Fact::Inject, element), element, &[Fact::Feed]);
        if part.agent {
            for tool in parts.named_tools(part) {
                if parts.components.get(&tool).is_some_and(|tool| tool.kind == ComponentKind::McpServer) {
                    rules.step(Way::Describes, (Fact::Write, tool), element, &[Fact::Inject]);
                }
                rules.step(Way::CallsTools, (Fact::Inject, element), tool, &[Fact::Inject, Fact::Query]);
                rules.step(Way::CallsTools, (Fact::Control, element), tool, &[Fact::Inject, Fact::Query]);
            }
        }
    }
    for link in &parts.links {
        if link.to_component {
            let via = Some(link.element);
            rules.along(Way::Content, (Fact::Write, link.element), link.to, via, &[Fact::Feed]);
            rules.along(
                Way::Content,
                (Fact::Inject, link.element),
                link.to,
                via,
                &[Fact::Inject, Fact::Feed],
            );
            rules.along(Way::Content, (Fact::Feed, link.element), link.to, via, &[Fact::Feed]);
        }
        // What an actor sends and an attacker wrote is in the data that it carries, and so it is with public data.
        let sender = link.from.component().is_none();
        let untrusted = parts.topology.sender_trust(link.flow) == Trust::Untrusted;
        for (data, set) in carried(parts, link) {
            if untrusted {
                rules.along(Way::Stored, (Fact::Feed, link.element), data, Some(link.element), &[Fact::Feed]);
            }
            if !sender && parts.topology.public(set.id.as_str()) && link.to_component {
                rules.along(Way::Content, (Fact::Feed, data), link.to, Some(link.element), &[Fact::Feed]);
            }
        }
    }
    at_rest(parts, rules);
}

/// Content goes along flows, and comes back from what hands out what others put there.
fn travels(link: &Link<'_>, from: Element, sender: &Part<'_>, receiver: &Part<'_>, rules: &mut Rules) {
    let via = Some(link.element);
    if !turns_into_models(sender.kind) {
        rules.any(
            Way::Content,
            Node::fact(Fact::Feed, from),
            link.to,
            via,
            vec![Node::fact(Fact::Feed, link.element), Node::fact(Fact::Feed, link.to)],
        );
    }
    if hands_out(receiver.kind) {
        rules.along(Way::Answers, (Fact::Feed, link.to), from, via, &[Fact::Feed]);
    }
}

/// A model steers the agent that asks it, a server of tools the agent that reads what they do, and an agent its tools.
fn steers(link: &Link<'_>, from: Element, sender: &Part<'_>, receiver: &Part<'_>, rules: &mut Rules) {
    let via = Some(link.element);
    if sender.agent && receiver.llm && !receiver.agent {
        rules.along(Way::Steers, (Fact::Inject, link.to), from, via, &[Fact::Inject]);
        rules.along(Way::Steers, (Fact::Control, link.to), from, via, &[Fact::Inject]);
    }
    if sender.agent && receiver.kind == ComponentKind::McpServer {
        rules.along(Way::Describes, (Fact::Write, link.to), from, via, &[Fact::Inject]);
    }
    let called = matches!(
        receiver.kind,
        ComponentKind::Tool | ComponentKind::McpServer | ComponentKind::Notebook | ComponentKind::Build
    );
    if sender.agent && called {
        rules.along(Way::CallsTools, (Fact::Inject, from), link.to, via, &[Fact::Inject, Fact::Query]);
        rules.along(Way::CallsTools, (Fact::Control, from), link.to, via, &[Fact::Inject, Fact::Query]);
    }
}

/// What is in data is in what holds it, and what is written to a holder is in its data.
fn at_rest(parts: &Parts<'_>, rules: &mut Rules) {
    for (&element, part) in &parts.components {
        for data in parts.stores(part).collect::<BTreeSet<_>>() {
            rules.step(Way::Held, (Fact::Feed, data), element, &[Fact::Feed]);
            rules.step(Way::Stored, (Fact::Write, element), data, &[Fact::Write]);
            rules.step(Way::Holds, (Fact::Read, element), data, &[Fact::Read]);
            if parts.data.get(&data).is_some_and(|set| accumulates(set)) {
                rules.step(Way::Stored, (Fact::Feed, element), data, &[Fact::Feed]);
            }
        }
    }
    for &data in parts.data.keys() {
        rules.step(Way::Held, (Fact::Write, data), data, &[Fact::Feed]);
        rules.step(Way::Held, (Fact::Inject, data), data, &[Fact::Feed]);
    }
    for link in &parts.links {
        for &data in &link.data {
            rules.along(Way::Holds, (Fact::Read, link.element), data, Some(link.element), &[Fact::Read]);
        }
    }
}

fn carried<'a, 's>(parts: &'a Parts<'s>, link: &'a Link<'s>) -> impl Iterator<Item = (Element, &'a Set<'s>)> {
    link.data.iter().filter_map(|data| Some((*data, parts.data.get(data)?)))
}

/// Whether a flow puts content into the data it carries. A flow may be drawn in the direction of a request and carry
/// what comes back, so only what collects and prepares data, and data that grows in use, count.
fn sends_into(sender: &Part<'_>, set: &Set<'_>) -> bool {
    let prepares = matches!(sender.component.lifecycle_stage(), Stage::Collect | Stage::Prepare);
    (prepares && !turns_into_models(sender.kind)) || accumulates(set)
}

/// Whether data of this kind is made of what users say and get.
const fn accumulates(set: &Set<'_>) -> bool {
    matches!(set.data.kind, DataKind::Feedback | DataKind::Memory | DataKind::Logs | DataKind::Prompt)
}
