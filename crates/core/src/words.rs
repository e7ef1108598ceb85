//! The closed lists of words that systems, catalogue and reports share. Each list is an enum, so a word
//! outside it does not compile or does not parse. Nothing here decides anything.

use crate::vocabulary;

vocabulary! {
    /// What a component is.
    "component kind" ComponentKind {
        /// Where data comes from: a public site, a sensor, a partner feed.
        Source = "source",
        /// Collects data and brings it in.
        Ingest = "ingest",
        /// Cleans, joins or tokenises data.
        Preprocess = "preprocess",
        /// Where people or models attach labels.
        Label = "label",
        /// Keeps data at rest: a bucket, a database, a lake.
        Store = "store",
        /// Serves computed features to training and inference.
        FeatureStore = "feature-store",
        /// Trains or fine-tunes a model.
        Train = "train",
        /// Combines the updates of federated participants.
        Aggregator = "aggregator",
        /// Measures a model before release.
        Evaluate = "evaluate",
        /// Keeps model versions.
        Registry = "registry",
        /// Builds and deploys: CI, image builders, pipelines.
        Build = "build",
        /// Answers inference requests with a model.
        Serve = "serve",
        /// Stands in front of a model or an application.
        Gateway = "gateway",
        /// An application with no model of its own.
        App = "app",
        /// Plans and acts with a model.
        Agent = "agent",
        /// Something an agent can call.
        Tool = "tool",
        /// Offers tools or context over the Model Context Protocol.
        McpServer = "mcp-server",
        /// Retrieves documents for a model: vector store and retriever.
        RagIndex = "rag-index",
        /// What an agent remembers between turns or sessions.
        Memory = "memory",
        /// Watches inputs, outputs or performance.
        Monitor = "monitor",
        /// An interactive development environment.
        Notebook = "notebook",
        /// A device in the field that runs a model.
        Device = "device",
        /// A service run by somebody else.
        ThirdPartyApi = "third-party-api",
    }
}

impl ComponentKind {
    /// Whether a component of this kind is part of an AI system by its nature, even without a `model`.
    #[must_use]
    pub const fn is_ai(self) -> bool {
        matches!(
            self,
            Self::FeatureStore
                | Self::Train
                | Self::Aggregator
                | Self::Evaluate
                | Self::Registry
                | Self::Serve
                | Self::Agent
                | Self::McpServer
                | Self::RagIndex
                | Self::Memory
        )
    }

    /// The lifecycle stage a component of this kind belongs to when its description names none.
    #[must_use]
    pub const fn usual_stage(self) -> Stage {
        match self {
            Self::Source | Self::Ingest => Stage::Collect,
            Self::Preprocess | Self::Label | Self::Store | Self::FeatureStore => Stage::Prepare,
            Self::Train | Self::Aggregator | Self::Notebook => Stage::Train,
            Self::Evaluate => Stage::Evaluate,
            Self::Registry => Stage::Register,
            Self::Build => Stage::Deploy,
            Self::Monitor => Stage::Monitor,
            Self::Serve
            | Self::Gateway
            | Self::App
            | Self::Agent
            | Self::Tool
            | Self::McpServer
            | Self::RagIndex
            | Self::Memory
            | Self::Device
            | Self::ThirdPartyApi => Stage::Serve,
        }
    }
}

vocabulary! {
    /// A stage in the life of an AI system.
    "lifecycle stage" Stage {
        /// Data is gathered.
        Collect = "collect",
        /// Data is cleaned, labelled and stored.
        Prepare = "prepare",
        /// A model is trained or fine-tuned.
        Train = "train",
        /// A model is measured.
        Evaluate = "evaluate",
        /// A model version is recorded and kept.
        Register = "register",
        /// A model is brought to where it runs.
        Deploy = "deploy",
        /// A model answers.
        Serve = "serve",
        /// A model in use is watched.
        Monitor = "monitor",
        /// A model and its data are withdrawn.
        Retire = "retire",
    }
}

vocabulary! {
    /// Who acts on the system.
    "actor kind" ActorKind {
        /// Anyone, without an account.
        Anonymous = "anonymous",
        /// A person with an account.
        User = "user",
        /// A customer organisation that shares the system with others.
        Tenant = "tenant",
        /// Runs the system.
        Operator = "operator",
        /// Builds the system.
        Developer = "developer",
        /// Provides data.
        DataSupplier = "data-supplier",
        /// Provides models.
        ModelSupplier = "model-supplier",
        /// Another party's software agent.
        Agent = "agent",
        /// A person inside with more access than they should use.
        Insider = "insider",
    }
}

vocabulary! {
    /// What separates one part of the system from another.
    "boundary kind" BoundaryKind {
        /// Anyone can reach it.
        Internet = "internet",
        /// The organisation's network.
        Org = "org",
        /// A virtual private network.
        Vpc = "vpc",
        /// A cluster namespace.
        Namespace = "namespace",
        /// One customer's share.
        Tenant = "tenant",
        /// One machine.
        Host = "host",
        /// A hardware-isolated enclave.
        Enclave = "enclave",
        /// Somebody else's premises.
        ThirdParty = "third-party",
        /// A device in the field.
        Device = "device",
    }
}

vocabulary! {
    /// What data is for.
    "data kind" DataKind {
        /// Trains or fine-tunes a model.
        Training = "training",
        /// Measures a model.
        Validation = "validation",
        /// Requests to a model, system prompts included.
        Prompt = "prompt",
        /// Documents retrieved for a model.
        Rag = "rag",
        /// What an agent remembers.
        Memory = "memory",
        /// Ratings and corrections that flow back into training.
        Feedback = "feedback",
        /// Computed features.
        Features = "features",
        /// Answers of a model.
        Output = "output",
        /// Records of what happened.
        Logs = "logs",
        /// Keys, tokens and passwords.
        Secrets = "secrets",
        /// Model weights.
        Weights = "weights",
        /// Anything else.
        Other = "other",
    }
}

vocabulary! {
    /// How much harm disclosure of data does.
    "sensitivity" Sensitivity {
        /// Published.
        Public = "public",
        /// Meant for the organisation.
        Internal = "internal",
        /// Harm to the organisation or to people if disclosed.
        Confidential = "confidential",
        /// Serious harm if disclosed.
        Restricted = "restricted",
    }
}

vocabulary! {
    /// How far the content of a flow can be trusted.
    "trust" Trust {
        /// An attacker may have written it.
        Untrusted = "untrusted",
        /// It comes from a known outside party.
        Partner = "partner",
        /// It comes from inside the system.
        Internal = "internal",
    }
}

vocabulary! {
    /// How a caller proves who they are.
    "authentication" Auth {
        /// Not at all.
        None = "none",
        /// The description does not say.
        Unknown = "unknown",
        /// User name and password on every request.
        Basic = "basic",
        /// A shared key.
        ApiKey = "api-key",
        /// A login session.
        Session = "session",
        /// OAuth 2 access tokens.
        Oauth2 = "oauth2",
        /// OpenID Connect.
        Oidc = "oidc",
        /// The platform's own identities.
        Iam = "iam",
        /// Mutual TLS.
        Mtls = "mtls",
    }
}

vocabulary! {
    /// What kind of content a model takes.
    "modality" Modality {
        /// Written language or code.
        Text = "text",
        /// Still pictures.
        Image = "image",
        /// Sound and speech.
        Audio = "audio",
        /// Moving pictures.
        Video = "video",
        /// Rows of features.
        Tabular = "tabular",
        /// Measurements over time.
        TimeSeries = "time-series",
        /// Nodes and edges.
        Graph = "graph",
    }
}

vocabulary! {
    /// What a model gives back.
    "model output" Output {
        /// A class.
        Labels = "labels",
        /// Confidence values.
        Scores = "scores",
        /// Raw values before normalisation.
        Logits = "logits",
        /// Numbers that place the input in a space.
        Embeddings = "embeddings",
        /// Generated language.
        Text = "text",
        /// Generated pictures, sound or video.
        Media = "media",
        /// Calls to tools.
        Actions = "actions",
    }
}

vocabulary! {
    /// How freely an agent acts.
    "autonomy" Autonomy {
        /// It proposes; a person acts.
        Suggests = "suggests",
        /// It acts after a person agrees.
        Asks = "asks",
        /// It acts on its own.
        Acts = "acts",
    }
}

vocabulary! {
    /// The organisation's role under the EU AI Act.
    "AI Act role" AiActRole {
        /// Develops the system or has it developed, and markets it.
        Provider = "provider",
        /// Uses the system under its authority.
        Deployer = "deployer",
        /// Brings the system into the Union.
        Importer = "importer",
        /// Makes the system available.
        Distributor = "distributor",
    }
}

vocabulary! {
    /// The tier of an AI system or model under the EU AI Act.
    "AI Act tier" AiActTier {
        /// A practice of Article 5.
        Prohibited = "prohibited",
        /// High-risk under Article 6.
        HighRisk = "high-risk",
        /// Transparency duties of Article 50.
        Limited = "limited",
        /// No specific duties.
        Minimal = "minimal",
        /// A general-purpose AI model.
        Gpai = "gpai",
        /// A general-purpose AI model with systemic risk.
        GpaiSystemic = "gpai-systemic",
    }
}

vocabulary! {
    /// What a threat violates.
    "property" Property {
        /// Only those who may know, know.
        Confidentiality = "confidentiality",
        /// Nothing is changed by those who may not.
        Integrity = "integrity",
        /// It answers when it is needed.
        Availability = "availability",
        /// It decides well on inputs made to mislead it.
        Robustness = "robustness",
        /// It treats groups of people alike.
        Fairness = "fairness",
        /// Its decisions can be traced and explained.
        Explainability = "explainability",
    }
}

vocabulary! {
    /// What an attacker wants.
    "goal" Goal {
        /// Copy the model or its function.
        StealModel = "steal-model",
        /// Read data that is not theirs.
        LeakData = "leak-data",
        /// Make the system decide wrongly.
        CorruptDecision = "corrupt-decision",
        /// Make the system act for them.
        AbuseTool = "abuse-tool",
        /// Stop the service.
        DenyService = "deny-service",
        /// Run up the bill.
        DrainCost = "drain-cost",
        /// Hurt a group of people.
        HarmGroup = "harm-group",
    }
}

impl Goal {
    /// The facts that amount to the goal once a threat that serves it grants one of them. A threat that grants only
    /// others, such as `query`, is a step on the way.
    #[must_use]
    pub const fn attained_by(self) -> &'static [Fact] {
        match self {
            Self::StealModel => &[Fact::Read, Fact::Execute],
            Self::LeakData => &[Fact::Read, Fact::Execute, Fact::Control, Fact::Impersonate],
            Self::CorruptDecision => &[Fact::Write, Fact::Poison, Fact::Control, Fact::Execute, Fact::Inject],
            Self::AbuseTool => &[Fact::Control, Fact::Execute, Fact::Impersonate],
            Self::DenyService => {
                &[Fact::Exhaust, Fact::Write, Fact::Poison, Fact::Control, Fact::Execute, Fact::Inject]
            }
            Self::DrainCost => {
                &[Fact::Exhaust, Fact::Control, Fact::Execute, Fact::Impersonate, Fact::Inject]
            }
            Self::HarmGroup => &[Fact::Inject, Fact::Poison, Fact::Control, Fact::Write, Fact::Execute],
        }
    }
}

vocabulary! {
    /// A fact of the attack graph: what an attacker has gained on an element.
    "fact" Fact {
        /// Can open a connection to it.
        Reach = "reach",
        /// Can ask it and read its answers.
        Query = "query",
        /// Can put content before it, whatever it makes of it.
        Feed = "feed",
        /// Can put content before it that it takes as instruction.
        Inject = "inject",
        /// Can read what it holds.
        Read = "read",
        /// Can change what it holds.
        Write = "write",
        /// Can change what a model learns from.
        Poison = "poison",
        /// Can run code in it.
        Execute = "execute",
        /// Can make it act.
        Control = "control",
        /// Holds an identity that it accepts.
        Impersonate = "impersonate",
        /// Holds the access that people inside are given.
        Access = "access",
        /// Can supply an artefact that it uses.
        Supply = "supply",
        /// Can use more of it than it can bear or pay for.
        Exhaust = "exhaust",
        /// Can act without a trace.
        Evade = "evade",
    }
}

vocabulary! {
    /// The domain of AI security a threat or control belongs to.
    "domain" Domain {
        /// Adversarial examples, poisoning, extraction.
        AdversarialMl = "adversarial-ml",
        /// Leaking training data, differential privacy, federated and multi-party computation.
        Privacy = "privacy",
        /// Encryption, signing, watermarking, access control in serving.
        ModelProtection = "model-protection",
        /// Prompt injection, jailbreaks, hallucination, output filtering.
        LlmSafety = "llm-safety",
        /// Tools, memory, MCP and autonomy.
        Agents = "agents",
        /// Models, data sets and dependencies from elsewhere.
        SupplyChain = "supply-chain",
        /// Performance, drift and anomalous queries.
        Monitoring = "monitoring",
        /// Playbooks, rollback, evidence.
        IncidentResponse = "incident-response",
        /// Duties, accountability, fairness and explanation.
        Governance = "governance",
    }
}

vocabulary! {
    /// The label a finding is printed under.
    "category" Category {
        /// Who may use the model, and how it is served.
        ModelSecurity = "Model Security",
        /// Inputs made to mislead the model.
        AdversarialDefense = "Adversarial Defense",
        /// Data at rest and in transit.
        DataSecurity = "Data Security",
        /// Poisoned data and backdoored models.
        DataIntegrity = "Data Integrity",
        /// Models and artefacts that cannot be told from tampered ones.
        Integrity = "Integrity",
        /// What models and data give away about people.
        Privacy = "Privacy",
        /// Copies of the model or its function.
        ModelTheft = "Model Theft",
        /// What reaches a language model as instruction.
        PromptSecurity = "Prompt Security",
        /// What a model's answer does downstream.
        OutputSafety = "Output Safety",
        /// What agents may do.
        AgentSecurity = "Agent Security",
        /// Models, data sets and code from elsewhere.
        SupplyChain = "Supply Chain",
        /// Service and budget under load.
        Availability = "Availability",
        /// What is watched in use.
        Monitoring = "Monitoring",
        /// What happens when it goes wrong.
        IncidentResponse = "Incident Response",
        /// Groups of people treated unequally.
        Fairness = "Fairness",
        /// Decisions that can be traced and explained.
        Accountability = "Accountability",
        /// Duties of law and standards.
        Governance = "Governance",
        /// The assurance case itself: claims, evidence, acceptances.
        Assurance = "Assurance",
    }
}
