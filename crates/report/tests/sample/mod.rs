//! Cases made by hand, for tests that look at reports and for people who do.

mod attack;
pub(crate) mod markup;
mod parts;
mod steps;

use std::collections::BTreeMap;

use casemate_core::{
    Acceptance, ActorKind, BoundaryKind, CASE_SCHEMA, Case, Category, ClaimRecord, ClaimStatus, Closed,
    ComponentKind, Confidence, Coverage, DataKind, Domain, EvidenceNote, Exposure, Finding, FindingStatus,
    FrameworkCoverage, Goal, GoalStatus, Id, Input, InputFormat, Likelihood, Location, Maturity, Problem,
    ProblemKind, Property, Rated, Rating, Stage, StageCoverage, SystemView, Tool, Trust, View, Worlds,
};

pub(crate) use parts::Parts;

pub(crate) fn id(text: &str) -> Id {
    text.parse().unwrap()
}

pub(crate) fn place(line: u32) -> Location {
    Location { file: "casemate.yaml".into(), line, column: 3, length: 8 }
}

/// A case of a system with nothing in it.
pub(crate) fn empty() -> Case {
    Case {
        schema: CASE_SCHEMA.into(),
        tool: Tool { name: "casemate".into(), version: "0.1.0".into(), catalog: "5c".repeat(32).into() },
        generated: "2026-11-23T02:00:00Z".parse().unwrap(),
        input: Input {
            file: "casemate.yaml".into(),
            format: InputFormat::System,
            sha256: "a1".repeat(32).into(),
        },
        view: View::Claimed,
        system: SystemView { id: "empty".into(), name: "Empty".into(), ..SystemView::default() },
        open: Worlds::default(),
        findings: Vec::new(),
        closed: Vec::new(),
        claims: Vec::new(),
        goals: Vec::new(),
        attack: None,
        coverage: Coverage::default(),
        not_stated: Vec::new(),
        fixed: Vec::new(),
        problems: vec![Problem {
            kind: ProblemKind::Description,
            message: "no component of this system is AI; nothing was judged".into(),
            location: None,
        }],
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Threat(
    pub(crate) &'static str,
    pub(crate) &'static str,
    pub(crate) &'static str,
    pub(crate) Rating,
    pub(crate) Likelihood,
    pub(crate) Goal,
);

pub(crate) fn finding(threat: Threat) -> Finding {
    let Threat(name, title, element, impact, likelihood, goal) = threat;
    let references = BTreeMap::from([
        ("owasp-llm@2026".parse().unwrap(), vec!["LLM01".into(), "LLM06".into()]),
        ("mitre-atlas@2026.09".parse().unwrap(), vec!["AML.T0051".into(), "AML.T0053".into()]),
        ("nist-ai-rmf@1.0".parse().unwrap(), vec!["MEASURE 2.7".into()]),
    ]);
    Finding {
        id: format!("{name}@{element}").parse().unwrap(),
        threat: id(name),
        title: title.into(),
        category: Category::PromptSecurity,
        domain: Domain::LlmSafety,
        severity: casemate_core::Severity::of(impact, likelihood),
        confidence: Confidence::High,
        component: id(element),
        status: FindingStatus::Open,
        reason: format!("untrusted content reaches `{element}` over ask, and no control that is claimed there stops it").into(),
        recommendation: "Separate instructions from content, and let a person agree before an action that cannot be undone.".into(),
        command: Some("casemate guard --policy prompt-injection".into()),
        controls: vec![id("prompt-guard"), id("human-approval")],
        violates: [Property::Integrity].into(),
        goals: [goal].into(),
        rating: Some(Rated {
            impact,
            property: Property::Confidentiality,
            asset: impact,
            asset_from: "it handles `tickets`, which is confidential".into(),
            likelihood,
            exposure: Exposure::Anyone,
            exposure_from: "customer on the internet".into(),
            maturity: Maturity::Realised,
            reduced_by: Vec::new(),
            unreachable: None,
        }),
        references: references.into(),
        due: Vec::new(),
        acceptance: None,
        baseline: None,
        location: Some(place(31)),
    }
}

fn claim(
    control: &str,
    on: &str,
    status: ClaimStatus,
    reason: &str,
    note: Option<(&str, &str)>,
) -> ClaimRecord {
    let evidence = note.map(|(check, outcome)| EvidenceNote {
        check: check.into(),
        outcome: outcome.into(),
        finished: Some("2026-11-20T09:14:02Z".into()),
        digest: Some("7d".repeat(32).into()),
        measured: Some("0 of 240 requests answered without a token".into()),
        ledger: None,
    });
    ClaimRecord {
        control: id(control),
        component: id(on),
        status,
        reason: reason.into(),
        evidence: evidence.into_iter().collect(),
        location: Some(place(58)),
    }
}

fn bot_parts() -> Parts {
    use ComponentKind as K;
    Parts::default()
        .boundary("Internet", BoundaryKind::Internet, None)
        .boundary("Cluster", BoundaryKind::Namespace, None)
        .boundary("Data plane", BoundaryKind::Enclave, Some("cluster"))
        .boundary("Model hub", BoundaryKind::ThirdParty, None)
        .actor("Customer", ActorKind::User, Some("internet"))
        .actor("Visitor", ActorKind::Anonymous, Some("internet"))
        .actor("Support staff", ActorKind::Operator, None)
        .actor("Model vendor", ActorKind::ModelSupplier, Some("model-hub"))
        .component("Chat app", K::App, Some("cluster"))
        .component("Gateway", K::Gateway, Some("cluster"))
        .component("Support agent", K::Agent, Some("cluster"))
        .component("Llama on vLLM", K::Serve, Some("cluster"))
        .component("Refund", K::Tool, Some("cluster"))
        .component("Order lookup", K::McpServer, Some("cluster"))
        .component("Ticket search", K::RagIndex, Some("data-plane"))
        .component("Tickets database", K::Store, Some("data-plane"))
        .component("Conversation memory", K::Memory, Some("data-plane"))
        .component("Model registry", K::Registry, Some("cluster"))
        .component("Watch", K::Monitor, Some("cluster"))
        .component("Payment provider", K::ThirdPartyApi, Some("model-hub"))
        .data("Tickets", DataKind::Rag)
        .flow("customer", "chat-app", "https", Trust::Untrusted)
        .flow("visitor", "chat-app", "https", Trust::Untrusted)
        .flow("chat-app", "gateway", "https", Trust::Untrusted)
        .flow("gateway", "support-agent", "grpc", Trust::Untrusted)
        .flow("support-agent", "llama-on-vllm", "http", Trust::Untrusted)
        .flow("llama-on-vllm", "support-agent", "http", Trust::Untrusted)
        .flow("support-agent", "refund", "http", Trust::Internal)
        .flow("support-agent", "order-lookup", "mcp", Trust::Internal)
        .flow("refund", "payment-provider", "https", Trust::Partner)
        .flow("support-agent", "ticket-search", "grpc", Trust::Internal)
        .flow("tickets-database", "ticket-search", "sql", Trust::Untrusted)
        .flow("support-agent", "conversation-memory", "redis", Trust::Internal)
        .flow("model-vendor", "model-registry", "https", Trust::Partner)
        .flow("model-registry", "llama-on-vllm", "oci", Trust::Internal)
        .flow("gateway", "watch", "otlp", Trust::Internal)
        .flow("support-staff", "tickets-database", "https", Trust::Internal)
}

/// A support assistant with retrieval, tools and a gateway.
pub(crate) fn support_bot() -> Case {
    use Goal::{AbuseTool, CorruptDecision, DenyService, DrainCost, LeakData, StealModel};
    use Likelihood::{Likely, Possible, Unlikely};
    use Rating::{Critical, High, Low, Medium};
    let threats = [
        Threat(
            "indirect-prompt-injection",
            "Retrieved text can give the agent orders",
            "support-agent",
            Critical,
            Likely,
            AbuseTool,
        ),
        Threat("tool-abuse", "The agent can be made to pay out refunds", "refund", High, Likely, AbuseTool),
        Threat(
            "prompt-injection",
            "Users can override the instructions",
            "llama-on-vllm",
            High,
            Possible,
            CorruptDecision,
        ),
        Threat(
            "endpoint-without-auth",
            "The model answers anyone who can connect",
            "llama-on-vllm",
            High,
            Possible,
            StealModel,
        ),
        Threat(
            "rag-poisoning",
            "Anyone who opens a ticket writes into retrieval",
            "ticket-search",
            High,
            Possible,
            CorruptDecision,
        ),
        Threat(
            "memory-poisoning",
            "One conversation can plant orders for the next",
            "conversation-memory",
            High,
            Possible,
            AbuseTool,
        ),
        Threat(
            "data-in-prompts",
            "Personal data reaches the model unredacted",
            "support-agent",
            Medium,
            Possible,
            LeakData,
        ),
        Threat(
            "unsigned-model",
            "The model cannot be told from a tampered one",
            "llama-on-vllm",
            Medium,
            Possible,
            CorruptDecision,
        ),
        Threat(
            "unbounded-use",
            "Nothing limits what one caller may use",
            "llama-on-vllm",
            Medium,
            Possible,
            DrainCost,
        ),
        Threat(
            "mcp-tool-shadowing",
            "A changed tool description changes what the agent does",
            "order-lookup",
            Medium,
            Possible,
            AbuseTool,
        ),
        Threat(
            "no-drift-watch",
            "Nobody would notice that answers get worse",
            "watch",
            Low,
            Possible,
            DenyService,
        ),
        Threat("log-leak", "Prompts are kept in logs longer than needed", "watch", Low, Unlikely, LeakData),
    ];
    let mut findings: Vec<Finding> = threats.into_iter().map(finding).collect();
    findings[3].baseline = Some(casemate_core::BaselineState::New);
    let mut accepted = finding(Threat(
        "jailbreak",
        "Known jailbreaks work",
        "llama-on-vllm",
        Medium,
        Likely,
        CorruptDecision,
    ));
    accepted.status = FindingStatus::Accepted;
    accepted.acceptance = Some(Acceptance {
        reason: "internal pilot, no tools bound".into(),
        expires: "2027-01-31".parse().unwrap(),
        owner: Some("ml-platform".into()),
        ticket: Some("SEC-1042".into()),
        location: Some(place(90)),
    });
    findings.push(accepted);
    let closed = |name: &str, title: &str, by: &str, holds| Closed {
        id: name.parse().unwrap(),
        title: title.into(),
        severity: casemate_core::Severity::High,
        by: vec![id(by)],
        described: false,
        holds,
    };
    let goal = |goal, claimed, verified, bare, worst: Option<&str>| GoalStatus {
        goal,
        open: Worlds { bare, claimed, verified },
        worst: worst.map(|worst| worst.parse().unwrap()),
    };
    let parts = bot_parts();
    Case {
        system: SystemView {
            id: "support-bot".into(),
            name: "Support assistant".into(),
            purpose: Some("Answers customers' questions about their orders and pays out small refunds on its own.".into()),
            owner: Some("ml-platform".into()),
            ai: true,
            elements: parts.elements,
            flows: parts.flows,
        },
        open: Worlds { bare: 31, claimed: 12, verified: 24 },
        findings,
        closed: vec![
            closed("model-theft@llama-on-vllm", "Whoever can query can copy the model", "rate-limiting", View::Claimed),
            closed("plain-http@gateway", "Requests can be read on their way", "tls", View::Verified),
            closed("secret-in-prompt@support-agent", "The system prompt holds secrets", "secret-scanning", View::Claimed),
        ],
        claims: vec![
            claim("api-authentication", "gateway", ClaimStatus::Verified, "the check endpoint-requires-auth passed", Some(("endpoint-requires-auth", "pass"))),
            claim("api-authentication", "llama-on-vllm", ClaimStatus::Contradicted, "the check endpoint-requires-auth failed", Some(("endpoint-requires-auth", "fail"))),
            claim("rate-limiting", "gateway", ClaimStatus::Asserted, "a document is given for it", Some(("docs/limits.md", "document"))),
            claim("model-signing", "llama-on-vllm", ClaimStatus::Stale, "the evidence is 74 days old and may be 30", Some(("signature", "stale"))),
            claim("output-filtering", "support-agent", ClaimStatus::Unsupported, "nothing is given for it", None),
            claim("tls", "gateway", ClaimStatus::Observed, "the system file declares https", None),
            claim("network-isolation", "ticket-search", ClaimStatus::NotCheckable, "the check could not reach the cluster", None),
            claim("differential-privacy", "llama-on-vllm", ClaimStatus::NotApplicable, "nothing is trained here", None),
        ],
        goals: vec![
            goal(StealModel, 1, 4, 5, Some("endpoint-without-auth@llama-on-vllm")),
            goal(LeakData, 2, 6, 8, Some("data-in-prompts@support-agent")),
            goal(CorruptDecision, 4, 6, 7, Some("prompt-injection@llama-on-vllm")),
            goal(AbuseTool, 4, 5, 5, Some("indirect-prompt-injection@support-agent")),
            goal(DenyService, 1, 2, 3, Some("no-drift-watch@watch")),
            goal(DrainCost, 1, 1, 3, Some("unbounded-use@llama-on-vllm")),
            goal(Goal::HarmGroup, 0, 0, 0, None),
        ],
        attack: Some(attack::bot()),
        coverage: Coverage {
            stages: Stage::ALL
                .iter()
                .map(|&stage| StageCoverage { stage, components: if stage == Stage::Serve { 9 } else { usize::from(stage < Stage::Evaluate) }, applicable: if stage == Stage::Serve { 22 } else { usize::from(stage < Stage::Evaluate) }, open: 0, closed: 0 })
                .collect(),
            frameworks: vec![
                framework("owasp-llm@2026", "OWASP Top 10 for LLM applications", 10, 9),
                framework("mitre-atlas@2026.09", "MITRE ATLAS", 208, 61),
                framework("nist-ai-rmf@1.0", "NIST AI RMF", 72, 31),
            ],
        },
        problems: vec![
            Problem { kind: ProblemKind::Evidence, message: "the evidence document .casemate/evidence/9f2c.json is not JSON; the claim it may support counts without it".into(), location: None },
            Problem { kind: ProblemKind::Description, message: "the flow `flow-9` names no data; what it carries was not judged".into(), location: Some(place(77)) },
        ],
        ..empty()
    }
}

fn framework(name: &str, title: &str, entries: usize, in_catalog: usize) -> FrameworkCoverage {
    let list = |range: std::ops::Range<usize>| range.map(|n| format!("LLM{n:02}").into()).collect();
    FrameworkCoverage {
        framework: name.parse().unwrap(),
        title: title.into(),
        entries,
        in_catalog,
        open: list(1..6),
        closed: list(6..9),
    }
}

/// A pipeline that trains a scoring model and serves it.
pub(crate) fn pipeline() -> Case {
    use ComponentKind as K;
    let parts = Parts::default()
        .boundary("Partners", BoundaryKind::ThirdParty, None)
        .boundary("Data lake", BoundaryKind::Vpc, None)
        .boundary("Training", BoundaryKind::Vpc, None)
        .boundary("Production", BoundaryKind::Namespace, None)
        .actor("Credit bureau", ActorKind::DataSupplier, Some("partners"))
        .actor("Data scientist", ActorKind::Developer, None)
        .actor("Branch clerk", ActorKind::User, None)
        .component("Bureau feed", K::Source, Some("partners"))
        .component("Ingest", K::Ingest, Some("data-lake"))
        .component("Cleaning", K::Preprocess, Some("data-lake"))
        .component("Lake", K::Store, Some("data-lake"))
        .component("Feature store", K::FeatureStore, Some("data-lake"))
        .component("Notebook", K::Notebook, Some("training"))
        .component("Training job", K::Train, Some("training"))
        .component("Evaluation", K::Evaluate, Some("training"))
        .component("MLflow registry", K::Registry, Some("training"))
        .component("CI", K::Build, Some("production"))
        .component("Scoring service with a very long name", K::Serve, Some("production"))
        .component("API gateway", K::Gateway, Some("production"))
        .component("Drift monitor", K::Monitor, Some("production"))
        .flow("credit-bureau", "bureau-feed", "", Trust::Partner)
        .flow("bureau-feed", "ingest", "sftp", Trust::Partner)
        .flow("ingest", "cleaning", "kafka", Trust::Internal)
        .flow("cleaning", "lake", "s3", Trust::Internal)
        .flow("lake", "feature-store", "s3", Trust::Internal)
        .flow("feature-store", "training-job", "https", Trust::Internal)
        .flow("feature-store", "scoring-service-with-a-very-long-name", "grpc", Trust::Internal)
        .flow("data-scientist", "notebook", "https", Trust::Internal)
        .flow("notebook", "training-job", "https", Trust::Internal)
        .flow("lake", "notebook", "s3", Trust::Internal)
        .flow("training-job", "evaluation", "", Trust::Internal)
        .flow("evaluation", "mlflow-registry", "https", Trust::Internal)
        .flow("mlflow-registry", "ci", "https", Trust::Internal)
        .flow("ci", "scoring-service-with-a-very-long-name", "k8s api", Trust::Internal)
        .flow("branch-clerk", "api-gateway", "https", Trust::Untrusted)
        .flow("api-gateway", "scoring-service-with-a-very-long-name", "grpc", Trust::Untrusted)
        .flow("scoring-service-with-a-very-long-name", "drift-monitor", "otlp", Trust::Internal)
        .flow("drift-monitor", "training-job", "webhook", Trust::Internal);
    let mut case = support_bot();
    case.findings = vec![finding(Threat(
        "data-poisoning",
        "Partners can poison the training data",
        "ingest",
        Rating::High,
        Likelihood::Possible,
        Goal::CorruptDecision,
    ))];
    case.claims.clear();
    case.attack = Some(attack::pipeline());
    case.system = SystemView {
        id: "credit-scoring".into(),
        name: "Credit scoring".into(),
        elements: parts.elements,
        flows: parts.flows,
        ..case.system
    };
    case
}

/// A checklist.
pub(crate) fn checklist() -> Case {
    let mut case = support_bot();
    case.input.format = InputFormat::Checklist;
    case.input.file = "checklist.json".into();
    case.system =
        SystemView { id: "checklist".into(), name: "Checklist".into(), ai: true, ..SystemView::default() };
    case.findings.truncate(5);
    for finding in &mut case.findings {
        finding.component = id("checklist");
        finding.id.element = id("checklist");
    }
    case.goals.clear();
    case.attack = None;
    case.open = Worlds { bare: 8, claimed: 5, verified: 8 };
    case.not_stated =
        ["api-authentication", "drift-monitoring", "model-signing", "rate-limiting"].map(id).to_vec();
    case
}

/// Many components in many boundaries.
pub(crate) fn large(components: usize) -> Case {
    let kinds = ComponentKind::ALL;
    let mut parts = Parts::default().actor("User", ActorKind::User, None);
    for n in 0..components.div_ceil(9) {
        parts = parts.boundary(&format!("Zone {n}"), BoundaryKind::Namespace, None);
    }
    for n in 0..components {
        let zone = format!("zone-{}", n / 9);
        parts = parts.component(&format!("Part {n}"), kinds[n * 7 % kinds.len()], Some(&zone));
        if n > 0 {
            let from = format!("part-{}", (n - 1) / 3);
            parts = parts.flow(&from, &format!("part-{n}"), "https", Trust::Internal);
        }
    }
    parts = parts.flow("user", "part-0", "https", Trust::Untrusted);
    let mut case = support_bot();
    case.system.elements = parts.elements;
    case.system.flows = parts.flows;
    case.attack = Some(attack::large(components));
    for (n, finding) in case.findings.iter_mut().enumerate() {
        finding.component = Id::slug(&format!("part-{}", n * 5 % components));
    }
    case
}
