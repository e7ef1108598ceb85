//! What expressions can read: one struct of facts per kind of element, computed from the description. The names and
//! meanings are the catalogue's (`casemate_catalog::facts`); a test holds the two together.

mod component;
mod data;
mod flow;
mod system;

use casemate_core::Sensitivity;
use serde::Serialize;

pub(crate) use component::ComponentFacts;
pub(crate) use data::DataFacts;
pub(crate) use flow::FlowFacts;
pub(crate) use system::SystemFacts;

/// The facts of one element.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Facts {
    Component(Box<ComponentFacts>),
    Data(DataFacts),
    Flow(FlowFacts),
    System(SystemFacts),
}

impl Facts {
    /// The facts without what the description says in the system's favour and no control vouches for: that callers
    /// authenticate, that people approve, that flows are encrypted. `None` if it says nothing of the kind.
    pub(crate) fn withheld(&self) -> Option<Self> {
        match self {
            Self::Component(facts) => facts.withheld().map(|facts| Self::Component(Box::new(facts))),
            Self::Flow(facts) => facts.withheld().map(Self::Flow),
            Self::Data(_) | Self::System(_) => None,
        }
    }
}

/// Whether a protocol encrypts; `None` if its name does not tell.
pub(crate) fn encrypts(protocol: &str) -> Option<bool> {
    match protocol.to_ascii_lowercase().as_str() {
        "https" | "grpcs" | "wss" | "tls" | "mtls" | "ssh" | "sftp" | "scp" | "ftps" | "amqps" | "mqtts"
        | "rediss" | "ldaps" | "quic" | "s3" | "gs" => Some(true),
        "http" | "ws" | "ftp" | "tcp" | "udp" | "amqp" | "mqtt" | "redis" | "ldap" | "telnet" | "nfs" => {
            Some(false)
        }
        _ => None,
    }
}

/// Three answers as the word that expressions compare with.
pub(crate) const fn answer(stated: Option<bool>) -> &'static str {
    match stated {
        Some(true) => "yes",
        Some(false) => "no",
        None => "unknown",
    }
}

pub(crate) fn word(sensitivity: Option<Sensitivity>) -> &'static str {
    sensitivity.map(Sensitivity::as_str).unwrap_or_default()
}

/// Sorted and without repetition, so that the order of the file never shows.
pub(crate) fn sorted<T: Ord>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let set: std::collections::BTreeSet<T> = items.into_iter().collect();
    set.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use casemate_catalog::Scope;
    use casemate_catalog::facts::FACTS;

    use super::*;
    use crate::testing::system;
    use crate::topology::Topology;

    #[test]
    fn facts_are_the_ones_the_catalogue_lists_with_their_types() {
        let system = system(
            "data: { d: { kind: rag } }\ncomponents: { c: { kind: serve } }\nactors: { a: { kind: user } }\n\
             flows: { f: { from: a, to: c } }",
        );
        let topology = Topology::of(&system);
        let whole = SystemFacts::of(&system, &topology, "2026-11-22".parse().unwrap());
        let first = |scope: Scope| match scope {
            Scope::Component => serde_json::to_value(ComponentFacts::of("c", &system, &topology)),
            Scope::Data => serde_json::to_value(DataFacts::of("d", &system, &topology)),
            Scope::Flow => serde_json::to_value(FlowFacts::of("f", &system, &topology)),
            Scope::System => serde_json::to_value(&whole),
        };
        for &scope in Scope::ALL {
            let value = first(scope).unwrap();
            let computed: std::collections::BTreeMap<String, &str> = value
                .as_object()
                .unwrap()
                .iter()
                .map(|(name, value)| {
                    let kind = match value {
                        serde_json::Value::Bool(_) => "bool",
                        serde_json::Value::Number(_) => "int",
                        serde_json::Value::String(_) => "string",
                        serde_json::Value::Array(_) => "list",
                        _ => "other",
                    };
                    (name.clone(), kind)
                })
                .collect();
            let listed = FACTS
                .iter()
                .filter(|fact| fact.scope == scope)
                .map(|fact| (fact.name.to_owned(), fact.kind))
                .collect();
            assert_eq!(computed, listed, "{scope}");
        }
    }

    #[test]
    fn protocols_tell_whether_they_encrypt() {
        assert_eq!([encrypts("HTTPS"), encrypts("http"), encrypts("grpc")], [Some(true), Some(false), None]);
    }
}
