//! The facts a threat's `when` may speak of: names, types and meaning. `assess` computes them, the catalogue
//! validates expressions against them, the docs print them. Every fact always has a value.

use crate::threat::Scope;

/// A fact that expressions can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FactName {
    /// The element it is about.
    pub scope: Scope,
    /// Its name: `component.exposed` is `exposed`.
    pub name: &'static str,
    /// Its type: `bool`, `string`, `int`, `list`.
    pub kind: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

const fn fact(scope: Scope, name: &'static str, kind: &'static str, meaning: &'static str) -> FactName {
    FactName { scope, name, kind, meaning }
}

const C: Scope = Scope::Component;
const D: Scope = Scope::Data;
const F: Scope = Scope::Flow;
const S: Scope = Scope::System;

/// Every fact. `system.*` can be read in every scope; `component.*`, `data.*` and `flow.*` in their own.
#[rustfmt::skip] // A table: one fact, one line.
pub const FACTS: &[FactName] = &[
    fact(C, "id", "string", "its id"),
    fact(C, "kind", "string", "its kind"),
    fact(C, "stage", "string", "its lifecycle stage, or the usual one of its kind"),
    fact(C, "boundary", "string", "kind of the boundary it lies in, or empty"),
    fact(C, "exposed", "bool", "anonymous actors, or anyone on the internet, can open a connection to it"),
    fact(
        C,
        "auth",
        "string",
        "weakest authentication over what it exposes and the flows into it; `unknown` if not stated",
    ),
    fact(C, "authenticated", "bool", "some way in states that callers prove who they are"),
    fact(
        C,
        "serves",
        "bool",
        "it answers requests over the network: it exposes something or a flow from an actor or component leads to it",
    ),
    fact(C, "plaintext", "bool", "something it exposes or a flow into it is stated to be unencrypted"),
    fact(C, "untrusted_input", "bool", "a flow into it carries content an attacker may have written"),
    fact(
        C,
        "reads_untrusted",
        "bool",
        "such content reaches it, directly or through other components and stores",
    ),
    fact(C, "user_input", "bool", "an actor sends to it, directly or through other components"),
    fact(C, "direct_input", "bool", "an actor sends to it, directly or through components that are no agents"),
    fact(C, "has_model", "bool", "it has a model"),
    fact(C, "generative", "bool", "its model generates text, media or actions"),
    fact(C, "llm", "bool", "its model generates text or actions from text, or it is an agent"),
    fact(C, "classifier", "bool", "it has a model that is not generative"),
    fact(C, "task", "string", "the model's task, or empty"),
    fact(C, "modality", "list", "what the model takes"),
    fact(C, "outputs", "list", "what the model gives back"),
    fact(C, "base", "string", "what the model was made from, or empty"),
    fact(C, "base_pinned", "bool", "the base is named with a revision or the model with a digest"),
    fact(C, "format", "string", "the model file's format in lower case, or empty"),
    fact(C, "remote_code", "bool", "loading the model runs code that ships with it"),
    fact(C, "digest", "bool", "the model's digest is stated"),
    fact(C, "fine_tuned", "bool", "the model was fine-tuned on data of this system"),
    fact(
        C,
        "proprietary",
        "bool",
        "the organisation trained or fine-tuned the model itself (fine-tuned, or no base is stated and a train component exists)",
    ),
    fact(C, "affects_people", "bool", "its model's output decides about people"),
    fact(C, "agent", "bool", "it is an agent"),
    fact(C, "autonomy", "string", "how freely it acts, or empty"),
    fact(C, "approval", "bool", "a person approves what it does"),
    fact(C, "tools", "int", "how many tools it can call: named by it or reached by its flows"),
    fact(C, "memory", "bool", "it remembers: names a memory or exchanges flows with one"),
    fact(C, "sends_to", "list", "kinds of components it sends to"),
    fact(C, "receives_from", "list", "kinds of components it receives from"),
    fact(C, "actors", "list", "kinds of actors that send to it"),
    fact(C, "data_kinds", "list", "kinds of data it holds, receives, sends or was fine-tuned on"),
    fact(C, "stores", "list", "kinds of data it holds at rest"),
    fact(C, "personal", "bool", "any of its data is about people"),
    fact(
        C,
        "sensitivity",
        "string",
        "highest sensitivity of its data: public, internal, confidential, restricted; or empty",
    ),
    fact(C, "third_party_data", "bool", "any of its data comes from a supplier"),
    fact(
        C,
        "parties",
        "int",
        "largest number of parties that contribute to any of its data; 1 if not stated",
    ),
    fact(C, "third_party", "bool", "somebody else runs it"),
    fact(C, "tech", "string", "the product it runs, lower case, or empty"),
    fact(C, "tech_version", "string", "the product's version, or empty"),
    fact(C, "image_pinned", "bool", "its container image, if any, is named by digest"),
    fact(C, "image", "bool", "it runs from a container image"),
    fact(D, "id", "string", "its id"),
    fact(D, "kind", "string", "its kind"),
    fact(D, "sensitivity", "string", "its sensitivity, or empty"),
    fact(D, "personal", "bool", "it is about people"),
    fact(D, "consent", "string", "whether people agreed: yes, no or unknown"),
    fact(D, "third_party", "bool", "it comes from a supplier or from the public web"),
    fact(D, "licensed", "bool", "its licence is stated"),
    fact(D, "digest", "bool", "its digest is stated"),
    fact(D, "stored", "bool", "some component holds it at rest"),
    fact(
        D,
        "trains",
        "bool",
        "a model learns from it: it is training, validation or feedback data of a train component, or a model was fine-tuned on it",
    ),
    fact(
        D,
        "untrusted",
        "bool",
        "an attacker may have written part of it: public origin, or it arrives by an untrusted flow",
    ),
    fact(D, "public", "bool", "anyone can write to where it comes from"),
    fact(D, "parties", "int", "how many parties contribute to it; 1 if not stated"),
    fact(D, "modality", "list", "what it contains"),
    fact(F, "id", "string", "its id"),
    fact(F, "from", "string", "kind of the component or actor it comes from"),
    fact(F, "to", "string", "kind of the component or actor it goes to"),
    fact(F, "from_actor", "bool", "it comes from an actor"),
    fact(
        F,
        "trust",
        "string",
        "untrusted, partner or internal; derived from where it comes from if not stated",
    ),
    fact(F, "encrypted", "string", "yes, no or unknown; derived from the protocol if not stated"),
    fact(F, "auth", "string", "how the sender proves who it is; `unknown` if not stated"),
    fact(F, "crosses", "bool", "its ends lie in different boundaries"),
    fact(F, "personal", "bool", "it carries data about people"),
    fact(F, "sensitivity", "string", "highest sensitivity of what it carries, or empty"),
    fact(F, "data_kinds", "list", "kinds of data it carries"),
    fact(F, "ai", "bool", "one of its ends is an AI component or has a model"),
    fact(S, "id", "string", "its id"),
    fact(S, "jurisdiction", "list", "where it is used: eu, us, uk …"),
    fact(S, "role", "string", "the organisation's role under the EU AI Act, or empty"),
    fact(S, "tier", "string", "the system's tier under the EU AI Act, or empty"),
    fact(S, "annex_iii", "bool", "its area of Annex III of the EU AI Act is stated"),
    fact(S, "generative", "bool", "some model generates text, media or actions"),
    fact(S, "llm", "bool", "some component is a language model or an agent"),
    fact(S, "agents", "int", "how many agents it has"),
    fact(S, "models", "int", "how many components have a model"),
    fact(S, "trains", "bool", "it trains or fine-tunes a model"),
    fact(S, "serves", "bool", "some component with a model answers requests"),
    fact(S, "personal", "bool", "any of its data is about people"),
    fact(S, "affects_people", "bool", "some model's output decides about people"),
    fact(S, "kinds", "list", "kinds of its components"),
    fact(S, "stages", "list", "lifecycle stages of its components"),
    fact(
        S,
        "parties",
        "int",
        "largest number of parties that contribute to any of its data; 1 if not stated",
    ),
    fact(S, "playbooks", "int", "how many incident playbooks it names"),
    fact(S, "playbooks_tested", "bool", "every playbook names a test within the last 365 days"),
];
