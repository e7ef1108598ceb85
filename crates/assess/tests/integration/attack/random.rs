//! Random systems, small enough that everything about them can be tried: any components, flows and claims that can be
//! described, likely or not.

use proptest::prelude::*;

/// A system as parts of a system file, so that a part can be left out.
#[derive(Debug, Clone)]
pub(crate) struct Random {
    /// Actors, boundaries, data and components, a line each with its section.
    parts: Vec<(&'static str, String)>,
    /// One line each.
    pub(crate) flows: Vec<String>,
    /// Control and element.
    pub(crate) claims: Vec<(String, String)>,
}

const ACTORS: [&str; 7] =
    ["anonymous", "user", "tenant", "operator", "insider", "data-supplier", "model-supplier"];

const COMPONENTS: [&str; 17] = [
    "{ kind: store, stores: [d2], exposes: [{ protocol: https, auth: none, public: true }] }",
    "{ kind: serve, exposes: [{ protocol: http, auth: none, public: true }], model: { task: chat, outputs: [text], base: \"hf:a/b\" } }",
    "{ kind: serve, model: { task: scoring, modality: [tabular], outputs: [scores], fine_tuned_on: [d0] } }",
    "{ kind: serve, exposes: [{ protocol: https, auth: oauth2 }], model: { task: image-classification, modality: [image], outputs: [labels], format: pickle } }",
    "{ kind: agent, agent: { autonomy: acts, tools: [c3] } }",
    "{ kind: agent, agent: { autonomy: asks, human_approval: true } }",
    "{ kind: tool }",
    "{ kind: mcp-server, exposes: [{ protocol: http, auth: none }] }",
    "{ kind: rag-index, stores: [d1] }",
    "{ kind: memory, stores: [d2] }",
    "{ kind: gateway, exposes: [{ protocol: https, auth: session, public: true }] }",
    "{ kind: app }",
    "{ kind: store, stores: [d0, d1] }",
    "{ kind: train }",
    "{ kind: registry, exposes: [{ protocol: https, auth: unknown }] }",
    "{ kind: build, tech: { name: jenkins } }",
    "{ kind: label }",
];

const DATA: [&str; 7] = [
    "{ kind: other, sensitivity: public }",
    "{ kind: training, personal: true, origin: { public: true } }",
    "{ kind: rag, sensitivity: confidential }",
    "{ kind: memory, personal: true }",
    "{ kind: prompt }",
    "{ kind: weights, sensitivity: restricted }",
    "{ kind: validation, origin: { supplier: acme } }",
];

const BOUNDARIES: &str =
    "boundaries:\n  net: { kind: internet }\n  org: { kind: org }\n  ns: { kind: namespace, parent: org }\n";

/// Systems of a few actors, data sets and components, flows among them, and so many claims drawn from `controls`.
pub(crate) fn systems(
    controls: Vec<String>,
    claims: std::ops::Range<usize>,
) -> impl Strategy<Value = Random> {
    let actors = prop::collection::vec(prop::sample::select(&ACTORS[..]), 1..3);
    let data = prop::collection::vec(prop::sample::select(&DATA[..]), 3..4);
    let components = prop::collection::vec((prop::sample::select(&COMPONENTS[..]), 0..4usize), 4..7);
    let flows = prop::collection::vec((0..9usize, 0..6usize, 0..4usize, 0..4usize), 2..10);
    let claims = prop::collection::vec((prop::sample::select(controls), 0..12usize), claims);
    (actors, data, components, flows, claims).prop_map(|(actors, data, components, flows, claims)| {
        let mut parts = Vec::new();
        let homes = ["", ", at: net", ", at: org"];
        for (index, kind) in actors.iter().enumerate() {
            parts.push(("actors", format!("a{index}: {{ kind: {kind}{} }}", homes[index % 3])));
        }
        parts.extend(data.iter().enumerate().map(|(index, text)| ("data", format!("d{index}: {text}"))));
        let count = components.len();
        for (index, (text, home)) in components.iter().enumerate() {
            let boundary = ["", "boundary: net, ", "boundary: org, ", "boundary: ns, "][*home];
            parts.push((
                "components",
                format!("c{index}: {}", text.replacen("{ ", &format!("{{ {boundary}"), 1)),
            ));
        }
        let flow = |(index, (from, to, carries, protocol)): (usize, &(usize, usize, usize, usize))| {
            let from = if *from < actors.len() { format!("a{from}") } else { format!("c{}", from % count) };
            let data = if *carries < 3 { format!(", data: [d{carries}]") } else { String::new() };
            let more =
                ["", ", protocol: http", ", protocol: https, auth: oauth2", ", trust: untrusted"][*protocol];
            format!("f{index}: {{ from: {from}, to: c{}{data}{more} }}", to % count)
        };
        let flows = flows.iter().enumerate().map(flow).collect();
        let claims = claims
            .into_iter()
            .map(|(control, on)| {
                let wider = ["org", "d0", "d1", "f0", "example"][on % 5];
                (control, if on < count { format!("c{on}") } else { wider.to_owned() })
            })
            .collect();
        Random { parts, flows, claims }
    })
}

impl Random {
    /// The content of a system file.
    pub(crate) fn text(&self) -> String {
        let mut text = String::from(BOUNDARIES);
        for section in ["actors", "data", "components"] {
            text.push_str(&format!("{section}:\n"));
            for (_, line) in self.parts.iter().filter(|(part, _)| *part == section) {
                text.push_str(&format!("  {line}\n"));
            }
        }
        for (section, lines) in [("flows", self.flows.clone()), ("controls", self.claimed())] {
            if !lines.is_empty() {
                text.push_str(&format!("{section}:\n  {}\n", lines.join("\n  ")));
            }
        }
        text
    }

    fn claimed(&self) -> Vec<String> {
        self.claims.iter().map(|(control, on)| format!("- {{ control: {control}, on: [{on}] }}")).collect()
    }

    /// The same system with all its lines the other way round.
    pub(crate) fn reversed(&self) -> Self {
        let mut other = self.clone();
        other.parts.reverse();
        other.flows.reverse();
        other.claims.reverse();
        other
    }

    pub(crate) fn without_flow(&self, index: usize) -> Self {
        let mut other = self.clone();
        other.flows.remove(index);
        other
    }
}
