//! Facts of a data set.

use casemate_core::{ComponentKind, DataKind, Modality, Trust};
use casemate_system::System;
use serde::Serialize;

use super::{answer, sorted, word};
use crate::topology::Topology;

#[derive(Debug, Serialize)]
pub(crate) struct DataFacts {
    id: String,
    kind: DataKind,
    sensitivity: &'static str,
    personal: bool,
    consent: &'static str,
    pub(crate) third_party: bool,
    licensed: bool,
    digest: bool,
    stored: bool,
    pub(crate) trains: bool,
    public: bool,
    untrusted: bool,
    parties: u32,
    modality: Vec<Modality>,
}

impl DataFacts {
    pub(crate) fn of(id: &str, system: &System, topology: &Topology<'_>) -> Self {
        let data = system.data.get(id);
        let origin = data.and_then(|data| data.origin.as_ref());
        let kind = data.map_or(DataKind::Other, |data| data.kind);
        let carried: Vec<_> =
            system.flows.values().filter(|flow| flow.data.iter().any(|data| data.value == id)).collect();
        Self {
            id: id.to_owned(),
            kind,
            sensitivity: word(data.and_then(|data| data.sensitivity)),
            personal: data.is_some_and(|data| data.personal == Some(true)),
            consent: answer(data.and_then(|data| data.consent)),
            third_party: origin
                .is_some_and(|origin| origin.supplier.is_some() || origin.public == Some(true)),
            licensed: origin.is_some_and(|origin| origin.licence.is_some()),
            digest: origin.is_some_and(|origin| origin.digest.is_some()),
            stored: !topology.holders(id).is_empty(),
            trains: trains(id, kind, system),
            public: topology.public(id),
            untrusted: topology.public(id)
                || carried.iter().any(|flow| topology.sender_trust(flow) == Trust::Untrusted),
            parties: data.and_then(|data| data.parties).unwrap_or(1),
            modality: sorted(data.into_iter().flat_map(|data| data.modality.iter().copied())),
        }
    }
}

/// Whether a model learns from data: it was tuned on it, or it is learning data that a training component holds or gets.
fn trains(id: &str, kind: DataKind, system: &System) -> bool {
    let learning = matches!(kind, DataKind::Training | DataKind::Validation | DataKind::Feedback);
    let is_train = |node: &str| system.components.get(node).is_some_and(|c| c.kind == ComponentKind::Train);
    let tuned = system.components.values().filter_map(|component| component.model.as_ref());
    tuned.flat_map(|model| &model.fine_tuned_on).any(|data| data.value == id)
        || kind == DataKind::Training
        || (learning
            && (system.components.values().any(|component| {
                component.kind == ComponentKind::Train && component.stores.iter().any(|data| data.value == id)
            }) || system
                .flows
                .values()
                .any(|flow| is_train(&flow.to.value) && flow.data.iter().any(|data| data.value == id))))
}
