//! Connections, requests and identities: what whoever may ask, control or run code in a component can get at next.

use casemate_core::Fact;

use super::{Rules, can_be_entered, passes_requests};
use crate::graph::parts::Parts;
use crate::graph::rule::Way;

pub(super) fn add(parts: &Parts<'_>, rules: &mut Rules) {
    for (&element, part) in &parts.components {
        rules.step(Way::Asking, (Fact::Query, element), element, &[Fact::Feed]);
        rules.step(Way::AcceptedIdentity, (Fact::Impersonate, element), element, &[Fact::Reach, Fact::Query]);
        rules.step(
            Way::RunsIn,
            (Fact::Execute, element),
            element,
            &[Fact::Read, Fact::Write, Fact::Control, Fact::Feed],
        );
        rules.step(Way::Neighbour, (Fact::Execute, element), part.home, &[Fact::Reach]);
        rules.step(Way::Neighbour, (Fact::Reach, part.home), element, &[Fact::Reach]);
    }
    for (link, from, sender, _) in parts.between() {
        let via = Some(link.element);
        if passes_requests(sender.kind) {
            rules.along(Way::PassesOn, (Fact::Query, from), link.to, via, &[Fact::Query]);
        }
        rules.along(Way::SendsAs, (Fact::Control, from), link.to, via, &[Fact::Query, Fact::Feed]);
        rules.along(
            Way::UsesAccounts,
            (Fact::Execute, from),
            link.to,
            via,
            &[Fact::Reach, Fact::Query, Fact::Impersonate],
        );
    }
    for link in &parts.links {
        let ends = [link.from.component(), Some(link.to)];
        for part in ends.into_iter().flatten().filter_map(|end| parts.components.get(&end)) {
            rules.step(Way::OnTheWire, (Fact::Reach, part.home), link.element, &[Fact::Reach]);
        }
        if link.to_component {
            let via = Some(link.element);
            rules.along(
                Way::SendsAs,
                (Fact::Impersonate, link.element),
                link.to,
                via,
                &[Fact::Impersonate, Fact::Query],
            );
        }
    }
    for (id, boundary) in &parts.system.boundaries {
        let Some(inner) = parts.space.element(id.as_str()) else { continue };
        let Some((parent, outer)) =
            boundary.parent.as_ref().and_then(|parent| parts.system.boundaries.get_key_value(&*parent.value))
        else {
            continue;
        };
        if let Some(element) = parts.space.element(parent.as_str())
            && can_be_entered(boundary.kind)
            && can_be_entered(outer.kind)
        {
            rules.step(Way::LeadsOut, (Fact::Reach, inner), element, &[Fact::Reach]);
        }
    }
}
