//! What names and tags tell: the kind of a component, data or boundary. Tables of phrases, first match wins; a
//! caller says whether the text is the format's own statement or only a name.

use casemate_core::{BoundaryKind, ComponentKind, DataKind, Modality, Output};

use crate::file::Model;

type Table<K> = &'static [(K, &'static [&'static str])];

/// Phrases that tell of a part of an AI system. A plural `s` at the end of a phrase is understood.
const AI: Table<ComponentKind> = &[
    (ComponentKind::McpServer, &["mcp", "model context protocol"]),
    (ComponentKind::FeatureStore, &["feature store", "feast"]),
    (
        ComponentKind::RagIndex,
        &[
            "vector database",
            "vector store",
            "vector db",
            "vectordb",
            "vector index",
            "embedding store",
            "embedding index",
            "rag",
            "retriever",
            "retrieval",
            "pinecone",
            "weaviate",
            "milvus",
            "qdrant",
            "chromadb",
            "chroma",
            "pgvector",
            "faiss",
            "knowledge base",
        ],
    ),
    (ComponentKind::Memory, &["agent memory", "conversation memory", "chat memory", "chat history"]),
    (ComponentKind::Evaluate, &["model evaluation", "evaluation", "evaluator"]),
    (ComponentKind::Aggregator, &["aggregator", "aggregation server", "federated server"]),
    (
        ComponentKind::Registry,
        &[
            "model registry",
            "model store",
            "model storage",
            "model repository",
            "model zoo",
            "model hub",
            "mlflow",
        ],
    ),
    (ComponentKind::Label, &["labelling", "labeling", "annotation", "label studio"]),
    (ComponentKind::Notebook, &["notebook", "jupyter", "jupyterhub", "jupyterlab"]),
    (ComponentKind::Train, &["training", "trainer", "fine tuning", "fine tune", "finetuning", "ml pipeline"]),
    (
        ComponentKind::Gateway,
        &["llm gateway", "ai gateway", "model gateway", "llm proxy", "ai proxy", "llm firewall", "guardrail"],
    ),
    (ComponentKind::Monitor, &["drift monitor", "drift monitoring", "model monitor", "model monitoring"]),
    (ComponentKind::Agent, &["agent", "agentic", "langgraph", "autogen", "crewai"]),
    (
        ComponentKind::Serve,
        &[
            "inference",
            "model serving",
            "model server",
            "model service",
            "model endpoint",
            "model api",
            "predictor",
            "prediction",
            "classifier",
            "recommender",
            "triton",
            "kserve",
            "torchserve",
            "machine learning model",
            "ml model",
            "ai model",
        ],
    ),
];

/// Phrases that tell of AI and no more.
const ANY_AI: &[&str] = &["ai", "artificial intelligence", "ml", "machine learning", "model"];

/// Phrases that tell of a language model.
const LANGUAGE_MODEL: &[&str] = &[
    "llm",
    "language model",
    "gpt",
    "chatgpt",
    "openai",
    "anthropic",
    "claude",
    "gemini",
    "llama",
    "mistral",
    "vllm",
    "ollama",
    "text generation",
];

/// Agents that have nothing to do with models.
const PLAIN_AGENT: &[&str] = &[
    "user agent",
    "build agent",
    "monitoring agent",
    "log agent",
    "ssh agent",
    "backup agent",
    "node agent",
];

const PLAIN: Table<ComponentKind> = &[
    (ComponentKind::Gateway, &["gateway", "proxy", "load balancer", "waf", "ingress"]),
    (ComponentKind::Build, &["deployment", "build pipeline", "build server", "ci", "ci cd", "jenkins"]),
    (ComponentKind::Monitor, &["monitoring", "monitor", "observability", "prometheus", "grafana", "siem"]),
    (ComponentKind::Ingest, &["ingest", "ingestion", "crawler", "scraper", "collector", "gather"]),
    (
        ComponentKind::Preprocess,
        &["preprocess", "preprocessing", "etl", "tokenizer", "tokeniser", "data cleaning"],
    ),
    (ComponentKind::ThirdPartyApi, &["third party", "external api", "saas"]),
    (
        ComponentKind::Store,
        &[
            "database",
            "db",
            "bucket",
            "blob",
            "storage",
            "store",
            "data lake",
            "warehouse",
            "s3",
            "redis",
            "postgres",
            "postgresql",
            "mysql",
            "mongodb",
            "cache",
            "queue",
            "kafka",
        ],
    ),
    (ComponentKind::Device, &["device", "iot", "camera"]),
];

const DATA: Table<DataKind> = &[
    (
        DataKind::Secrets,
        &[
            "secret",
            "credential",
            "password",
            "api key",
            "access token",
            "ssh key",
            "private key",
            "authorized key",
        ],
    ),
    (
        DataKind::Weights,
        &[
            "weight",
            "model file",
            "ml model",
            "machine learning model",
            "model artifact",
            "model artefact",
            "checkpoint",
            "trained model",
        ],
    ),
    (DataKind::Training, &["training", "train set", "fine tuning", "label"]),
    (DataKind::Validation, &["validation", "test set", "evaluation data", "benchmark", "holdout"]),
    (DataKind::Feedback, &["feedback", "rating", "correction"]),
    (DataKind::Features, &["feature"]),
    (DataKind::Memory, &["memory", "chat history", "conversation history"]),
    (DataKind::Logs, &["log", "audit trail", "telemetry", "trace"]),
    (DataKind::Rag, &["rag", "knowledge base", "document", "knowledge article", "embedding"]),
    (DataKind::Prompt, &["prompt", "query", "question", "user input", "chat message", "user message"]),
    (DataKind::Output, &["output", "prediction", "answer", "response", "inference result"]),
];

const BOUNDARY: Table<BoundaryKind> = &[
    (BoundaryKind::Org, &["dmz"]),
    (BoundaryKind::Enclave, &["enclave", "tee"]),
    (BoundaryKind::Namespace, &["namespace", "cluster", "kubernetes", "k8s"]),
    (BoundaryKind::ThirdParty, &["third party", "external", "vendor", "partner", "supplier", "saas"]),
    (BoundaryKind::Vpc, &["vpc", "vnet", "public cloud", "private cloud", "cloud", "subnet"]),
    (BoundaryKind::Internet, &["internet", "public", "world wide web"]),
    (BoundaryKind::Tenant, &["tenant", "customer"]),
    (BoundaryKind::Device, &["device", "edge", "mobile", "browser", "client"]),
    (BoundaryKind::Host, &["host", "vm", "virtual machine", "server", "guest", "container", "sandbox"]),
];

/// The most of a text that is looked at.
const MAX_LOOK: usize = 200;

/// A text as words that phrases are looked up in: lower case, one space around each word.
fn spaced(text: &str) -> String {
    let text: String = text.chars().take(MAX_LOOK).flat_map(char::to_lowercase).collect();
    let mut spaced = String::from(" ");
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        spaced.push_str(word);
        spaced.push(' ');
    }
    spaced
}

fn says(spaced: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| {
        spaced.match_indices(phrase).any(|(at, found)| {
            let after = spaced.get(at + found.len()..).unwrap_or_default();
            spaced.get(..at).is_some_and(|before| before.ends_with(' '))
                && after.strip_prefix('s').unwrap_or(after).starts_with(' ')
        })
    })
}

fn look<K: Copy>(table: Table<K>, spaced: &str) -> Option<K> {
    table.iter().find(|(_, phrases)| says(spaced, phrases)).map(|(kind, _)| *kind)
}

/// The kind of an AI part a text tells of.
fn ai(text: &str) -> Option<ComponentKind> {
    let text = spaced(text);
    let kind = look(AI, &text).filter(|kind| *kind != ComponentKind::Agent || !says(&text, PLAIN_AGENT));
    match kind {
        Some(ComponentKind::Serve) | None if says(&text, LANGUAGE_MODEL) => Some(ComponentKind::Serve),
        kind => kind,
    }
}

/// What is known of a component before its kind is decided.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Clues<'c> {
    /// The kind the format states, if its words tell one.
    pub(super) stated: Option<ComponentKind>,
    /// The format's own words for it: technologies, types, tags.
    pub(super) words: &'c [String],
    /// Its name.
    pub(super) name: &'c str,
}

/// A kind, and whether only the name told it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told<K> {
    pub(super) kind: K,
    pub(super) guessed: bool,
}

impl Clues<'_> {
    /// The kind of the component. The format's words come before its name; a kind that is stated and says more
    /// than "an application" or "a store" is kept.
    pub(super) fn kind(&self) -> Told<ComponentKind> {
        let stated = |kind| Told { kind, guessed: false };
        if self.stated == Some(ComponentKind::ThirdPartyApi) {
            return stated(ComponentKind::ThirdPartyApi);
        }
        let rank = |kind: &ComponentKind| AI.iter().position(|(known, _)| known == kind);
        if let Some(kind) = self.words.iter().filter_map(|word| self.fitting(ai(word))).min_by_key(rank) {
            return stated(kind);
        }
        match self.stated {
            Some(kind) if !matches!(kind, ComponentKind::App | ComponentKind::Store) => return stated(kind),
            _ => {}
        }
        if let Some(kind) = self.fitting(ai(self.name)) {
            return Told { kind, guessed: true };
        }
        let any_ai = self.words.iter().any(|word| says(&spaced(word), ANY_AI));
        match (self.fitting(any_ai.then_some(ComponentKind::Serve)), self.stated) {
            // That it is AI is stated, which part of AI is not.
            (Some(kind), _) => Told { kind, guessed: true },
            (None, Some(kind)) => stated(kind),
            (None, None) => Told { kind: plain_kind(self.name).unwrap_or(ComponentKind::App), guessed: true },
        }
    }

    /// What is stated to be a store can only be a kind of store.
    fn fitting(&self, kind: Option<ComponentKind>) -> Option<ComponentKind> {
        let store = [
            ComponentKind::FeatureStore,
            ComponentKind::RagIndex,
            ComponentKind::Registry,
            ComponentKind::Memory,
        ];
        kind.filter(|kind| self.stated != Some(ComponentKind::Store) || store.contains(kind))
    }

    /// The model of a component of a kind: what serves has one, and so has a third party's language model. A
    /// language model takes and gives text.
    pub(super) fn model(&self, kind: ComponentKind) -> Option<Model> {
        let texts = || self.words.iter().map(String::as_str).chain([self.name]);
        let language = texts().any(|text| says(&spaced(text), LANGUAGE_MODEL));
        match kind {
            ComponentKind::Serve | ComponentKind::ThirdPartyApi if language => Some(Model {
                modality: vec![Modality::Text],
                outputs: vec![Output::Text],
                ..Model::default()
            }),
            ComponentKind::Serve => Some(Model::default()),
            ComponentKind::ThirdPartyApi if texts().any(|text| ai(text) == Some(ComponentKind::Serve)) => {
                Some(Model::default())
            }
            _ => None,
        }
    }
}

/// Whether one of the format's words tells of an AI part.
pub(super) fn tells_ai(word: &str) -> bool {
    ai(word).is_some() || says(&spaced(word), ANY_AI)
}

/// The kind of a component without AI that a word tells of.
pub(super) fn plain_kind(word: &str) -> Option<ComponentKind> {
    look(PLAIN, &spaced(word))
}

/// The kind of data a name tells of.
pub(super) fn data_kind(name: &str) -> DataKind {
    look(DATA, &spaced(name)).unwrap_or(DataKind::Other)
}

/// The kind of boundary a name tells of; the organisation's own network otherwise.
pub(super) fn boundary_kind(name: &str) -> BoundaryKind {
    look(BOUNDARY, &spaced(name)).unwrap_or(BoundaryKind::Org)
}

/// The kind of content a word of a model card tells of.
pub(super) fn modality(word: &str) -> Option<Modality> {
    look(
        &[
            (Modality::TimeSeries, &["time series"]),
            (Modality::Image, &["image", "picture", "photo"]),
            (Modality::Audio, &["audio", "speech", "sound"]),
            (Modality::Video, &["video"]),
            (Modality::Tabular, &["tabular", "csv", "table", "row"]),
            (Modality::Graph, &["graph"]),
            (Modality::Text, &["text", "string", "token", "prompt", "document"]),
        ],
        &spaced(word),
    )
}

/// The kind of answer a word of a model card tells of.
pub(super) fn output(word: &str) -> Option<Output> {
    look(
        &[
            (Output::Labels, &["label", "class", "classes", "category", "categories"]),
            (Output::Scores, &["score", "probability", "probabilities", "confidence"]),
            (Output::Logits, &["logit"]),
            (Output::Embeddings, &["embedding", "vector"]),
            (Output::Media, &["image", "audio", "video", "speech"]),
            (Output::Actions, &["action", "tool call", "function call"]),
            (Output::Text, &["text", "string", "token"]),
        ],
        &spaced(word),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_in_the_form_texts_are_looked_up_in() {
        let phrases = AI.iter().chain(PLAIN).flat_map(|(_, phrases)| *phrases);
        let phrases = phrases.chain(DATA.iter().flat_map(|(_, phrases)| *phrases));
        let phrases = phrases.chain(BOUNDARY.iter().flat_map(|(_, phrases)| *phrases));
        for phrase in phrases.chain(LANGUAGE_MODEL).chain(PLAIN_AGENT).chain(ANY_AI) {
            assert_eq!(spaced(phrase), format!(" {phrase} "));
        }
    }

    #[test]
    fn the_format_s_words_come_before_the_name() {
        let words = ["vector-database".to_owned()];
        let clues = Clues { stated: Some(ComponentKind::Store), words: &words, name: "Training data" };
        assert_eq!(clues.kind(), Told { kind: ComponentKind::RagIndex, guessed: false });
        let clues = Clues { stated: Some(ComponentKind::Store), words: &[], name: "Training data" };
        assert_eq!(clues.kind(), Told { kind: ComponentKind::Store, guessed: false });
        let clues = Clues { stated: None, words: &[], name: "LLM inference service" };
        assert_eq!(clues.kind(), Told { kind: ComponentKind::Serve, guessed: true });
        assert_eq!(clues.model(ComponentKind::Serve).unwrap().modality, [Modality::Text]);
    }

    #[test]
    fn not_every_agent_is_one() {
        for (name, kind) in [("Support agent", ComponentKind::Agent), ("Build agent", ComponentKind::App)] {
            assert_eq!(Clues { name, ..Clues::default() }.kind().kind, kind, "{name}");
        }
    }

    #[test]
    fn a_public_cloud_is_not_the_internet() {
        assert_eq!(boundary_kind("Public Cloud"), BoundaryKind::Vpc);
        assert_eq!(boundary_kind("Public Internet"), BoundaryKind::Internet);
        assert_eq!(boundary_kind("Head office"), BoundaryKind::Org);
    }
}
