//! When the duties begin that a finding says are not met. Dates are data of the framework packs; which of them counts for
//! a system is theirs to say.

use std::sync::Arc;

use casemate_catalog::{Catalog, Duty, Entry, Scope};
use casemate_core::Due;
use cel::Context;

/// The dates that count for a threat to the system as a whole, earliest first. Threats to its parts are no duties.
pub(crate) fn of(entry: &Entry, catalog: &Catalog, system: &Context<'_, '_>) -> Vec<Due> {
    if entry.threat.applies.to != Scope::System {
        return Vec::new();
    }
    let concerns = |duty: &&Duty| {
        let named = entry.references.get(&duty.framework);
        let concerned = named.is_some_and(|items| items.iter().any(|item| duty.date.items.contains(item)));
        // An expression that has no value is refused when the catalogue is loaded with its examples; here it counts.
        concerned && duty.when.as_ref().is_none_or(|when| when.holds(system).unwrap_or(true))
    };
    let mut due: Vec<Due> = catalog.duties().iter().filter(concerns).map(due_on).collect();
    due.sort_by(|a, b| (a.date, &a.what).cmp(&(b.date, &b.what)));
    due
}

fn due_on(duty: &Duty) -> Due {
    Due {
        framework: duty.framework.clone(),
        what: Arc::clone(&duty.date.what),
        date: duty.date.date,
        source: Arc::clone(&duty.date.source),
        as_of: duty.as_of,
    }
}
