//! One case that uses every part of the vocabulary, and the attackers who write its texts.

use std::collections::BTreeMap;
use std::sync::Arc;

use casemate_core::*;

use crate::attack;

/// What an attacker writes into names, purposes and reasons.
pub(crate) const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m",
    "a | b \\| c",
    "`code` ``` ~~~ `x",
    "]]> --> <![CDATA[",
    "%0A::error::forged\n::error::forged\r\n##[error]forged",
    "nul\0 del\u{7f} nel\u{85}",
    "\u{202e}rtl\u{2066}iso\u{200b}zw\u{feff}bom\u{2028}ls\u{fffe}",
    "\"quoted\" 'single' &amp; &lt;",
    "[link](https://evil.example) ![img](http://evil.example/x.png) www.evil.example",
    "@someone #1 GH-2 octo/repo#3 $x$ mail@evil.example",
    "\n[CRITICAL] Model Security: forged",
    "]( {0} {{1}} %s ${{ secrets.X }}",
];

/// The case as an honest author tells it.
pub(crate) fn plain() -> Case {
    build(&mut str::to_owned)
}

/// The case with every free text ending in something hostile, in turn.
pub(crate) fn hostile() -> Case {
    let mut turn = HOSTILE.iter().cycle();
    build(&mut |text| format!("{text} {}", turn.next().unwrap_or(&"")))
}

/// The case with every free text replaced.
pub(crate) fn told(text: &str) -> Case {
    build(&mut |_| text.to_owned())
}

/// A case with nothing in it.
pub(crate) fn empty() -> Case {
    Case {
        system: SystemView { id: "none".into(), name: "none".into(), ..SystemView::default() },
        open: Worlds::default(),
        findings: Vec::new(),
        closed: Vec::new(),
        claims: Vec::new(),
        goals: Vec::new(),
        attack: None,
        coverage: Coverage::default(),
        not_stated: Vec::new(),
        fixed: Vec::new(),
        problems: Vec::new(),
        ..plain()
    }
}

fn id(text: &str) -> Id {
    text.parse().unwrap()
}

fn ids(names: &[&str]) -> Vec<Id> {
    names.iter().map(|name| id(name)).collect()
}

pub(crate) type Text<'a> = &'a mut dyn FnMut(&str) -> String;

fn build(text: Text<'_>) -> Case {
    let file: Arc<str> = text("systems/casemate.yaml").into();
    let at = |line, column, length| Some(Location { file: Arc::clone(&file), line, column, length });
    let system = system(text);
    let findings = findings(text, &at);
    Case {
        schema: CASE_SCHEMA.into(),
        tool: Tool { name: "casemate".into(), version: "0.1.0".into(), catalog: "c0".repeat(32).into() },
        generated: "2026-11-22T10:00:00Z".parse().unwrap(),
        input: Input { file: Arc::clone(&file), format: InputFormat::System, sha256: "ab".repeat(32).into() },
        view: View::Claimed,
        system,
        open: Worlds { bare: 6, claimed: 3, verified: 5 },
        findings,
        closed: vec![Closed {
            id: "model-tampering@llm".parse().unwrap(),
            title: text("A changed model is served").into(),
            severity: Severity::High,
            by: ids(&["model-signing"]),
            described: false,
            holds: View::Verified,
        }],
        claims: claims(text, &at),
        goals: vec![
            GoalStatus {
                goal: Goal::LeakData,
                open: Worlds { bare: 3, claimed: 1, verified: 2 },
                worst: Some("unauthenticated-inference@llm".parse().unwrap()),
            },
            GoalStatus { goal: Goal::HarmGroup, open: Worlds::default(), worst: None },
        ],
        attack: Some(attack::attack(text)),
        coverage: coverage(),
        not_stated: ids(&["rate-limiting"]),
        fixed: vec![FixedFinding {
            id: "weak-transport@ask".parse().unwrap(),
            title: text("Requests travel in the clear").into(),
            severity: Severity::Medium,
        }],
        problems: vec![
            Problem {
                kind: ProblemKind::Evidence,
                message: text("an evidence document is not JSON and was not counted").into(),
                location: at(40, 3, 0),
            },
            Problem {
                kind: ProblemKind::Description,
                message: text("no trust is given for `ask`").into(),
                location: None,
            },
        ],
    }
}

fn system(text: Text<'_>) -> SystemView {
    let mut opt = |plain: &str| -> Option<Arc<str>> { Some(text(plain).into()) };
    let mut elements = BTreeMap::new();
    let name = |text: Option<Arc<str>>| text.unwrap_or_default();
    let customer = ActorView { name: name(opt("Customer")), kind: ActorKind::User, at: Some(id("internet")) };
    elements.insert(id("customer"), Element::Actor(customer));
    let cluster = BoundaryView { name: name(opt("Cluster")), kind: BoundaryKind::Namespace, parent: None };
    elements.insert(id("cluster"), Element::Boundary(cluster));
    let llm = ComponentView {
        name: name(opt("Language model")),
        kind: ComponentKind::Serve,
        stage: Stage::Serve,
        boundary: Some(id("cluster")),
        tech: opt("vllm 0.9.1"),
        model: Some(ModelView {
            task: opt("chat"),
            modality: vec![Modality::Text, Modality::Image],
            base: opt("hf:org/name@rev"),
            format: opt("safetensors"),
            digest: Some(format!("sha256:{}", "0f".repeat(32)).into()),
        }),
        autonomy: None,
    };
    elements.insert(id("llm"), Element::Component(llm));
    let agent = ComponentView {
        name: name(opt("Agent")),
        kind: ComponentKind::Agent,
        stage: Stage::Serve,
        boundary: None,
        tech: None,
        model: Some(ModelView {
            task: None,
            modality: vec![],
            base: None,
            format: None,
            digest: opt("md5:no"),
        }),
        autonomy: Some(Autonomy::Acts),
    };
    elements.insert(id("agent"), Element::Component(agent));
    let refund = ComponentView {
        name: name(opt("Refund")),
        kind: ComponentKind::Tool,
        stage: Stage::Serve,
        boundary: Some(id("cluster")),
        tech: None,
        model: None,
        autonomy: None,
    };
    elements.insert(id("refund"), Element::Component(refund));
    let tickets = DataView {
        name: name(opt("Tickets")),
        kind: DataKind::Rag,
        sensitivity: Some(Sensitivity::Confidential),
        personal: true,
    };
    elements.insert(id("tickets"), Element::Data(tickets));
    let flow = |flow: &str, from: &str, to: &str, data: &[&str], protocol, trust| FlowView {
        id: id(flow),
        from: id(from),
        to: id(to),
        data: ids(data),
        protocol,
        trust,
    };
    SystemView {
        id: name(opt("support-bot")),
        name: name(opt("Support assistant")),
        purpose: opt("Answers customers' questions"),
        owner: opt("ml-platform"),
        ai: true,
        elements,
        flows: vec![
            flow("ask", "customer", "agent", &["tickets"], opt("https"), Trust::Untrusted),
            flow("call", "agent", "llm", &[], None, Trust::Internal),
        ],
    }
}

fn finding(name: &str, title: String, severity: Severity, reason: String, recommendation: String) -> Finding {
    let name: FindingId = name.parse().unwrap();
    Finding {
        threat: name.threat.clone(),
        component: name.element.clone(),
        id: name,
        title: title.into(),
        category: Category::ModelSecurity,
        domain: Domain::ModelProtection,
        severity,
        confidence: Confidence::High,
        status: FindingStatus::Open,
        reason: reason.into(),
        recommendation: recommendation.into(),
        command: None,
        controls: ids(&["api-authentication"]),
        violates: Arc::new([Property::Confidentiality]),
        goals: Arc::new([Goal::LeakData, Goal::StealModel]),
        rating: None,
        references: Arc::default(),
        due: Vec::new(),
        acceptance: None,
        baseline: None,
        location: None,
    }
}

fn references(list: &[(&str, &[&str])]) -> Arc<References> {
    let entries = |entries: &[&str]| entries.iter().map(|&entry| entry.into()).collect();
    Arc::new(list.iter().map(|(framework, ids)| (framework.parse().unwrap(), entries(ids))).collect())
}

fn findings(text: Text<'_>, at: &dyn Fn(u32, u32, u32) -> Option<Location>) -> Vec<Finding> {
    let reach = Finding {
        command: Some("casemate guard --auth".into()),
        controls: ids(&["api-authentication", "rate-limiting"]),
        rating: Some(Rated {
            impact: Rating::High,
            property: Property::Confidentiality,
            asset: Rating::High,
            asset_from: text("`tickets` flows through `llm` and is confidential").into(),
            likelihood: Likelihood::Likely,
            exposure: Exposure::Anyone,
            exposure_from: text("`customer` reaches `llm` from the internet").into(),
            maturity: Maturity::Realised,
            reduced_by: ids(&["rate-limiting"]),
            unreachable: None,
        }),
        references: references(&[
            ("mitre-atlas@2026.09", &["AML.T0040", "AML.T0024.002"]),
            ("owasp-llm@2026", &["LLM10"]),
        ]),
        baseline: Some(BaselineState::New),
        location: at(12, 3, 4),
        ..finding(
            "unauthenticated-inference@llm",
            text("Anyone can query the model"),
            Severity::Critical,
            text("no working `api-authentication` on `llm`; anyone on the internet can reach it"),
            text("Require an API key or a token on every request"),
        )
    };
    let injection = Finding {
        category: Category::PromptSecurity,
        domain: Domain::LlmSafety,
        status: FindingStatus::Accepted,
        acceptance: Some(Acceptance {
            reason: text("internal pilot, no tools bound").into(),
            expires: "2027-01-31".parse().unwrap(),
            owner: Some(text("Head of support").into()),
            ticket: Some(text("SEC-12").into()),
            location: at(30, 5, 22),
        }),
        references: references(&[
            ("mitre-atlas@2026.09", &["AML.T0051"]),
            ("mitre-atlas@5.6", &["AML.T0051"]),
            ("owasp-llm@2026", &["LLM01"]),
        ]),
        baseline: Some(BaselineState::Unchanged),
        location: at(16, 3, 0),
        ..finding(
            "prompt-injection@agent",
            text("Instructions in retrieved text steer the agent"),
            Severity::High,
            text("none of `input-screening`, `privilege-separation` works on `agent`"),
            text("Keep untrusted text out of the instructions"),
        )
    };
    let flow = Finding {
        category: Category::DataSecurity,
        references: references(&[("mitre-atlas@2026.09", &["AML.T0024"])]),
        rating: Some(Rated {
            impact: Rating::Medium,
            property: Property::Integrity,
            asset: Rating::Medium,
            asset_from: text("`agent` decides").into(),
            likelihood: Likelihood::Unlikely,
            exposure: Exposure::Users,
            exposure_from: text("`customer` sends `ask`").into(),
            maturity: Maturity::Demonstrated,
            reduced_by: Vec::new(),
            unreachable: Some(text("no path leads to it: nobody gets `reach` on `ask`").into()),
        }),
        ..finding(
            "unknown-sender@ask",
            text("Requests come from unknown senders"),
            Severity::Medium,
            text("nothing on `ask` says who sends"),
            text("Authenticate the sender"),
        )
    };
    let contradicted = Finding {
        threat: id("contradicted-claim"),
        category: Category::Assurance,
        domain: Domain::Governance,
        controls: ids(&["input-screening"]),
        goals: Arc::new([]),
        violates: Arc::new([]),
        location: at(22, 5, 15),
        ..finding(
            "contradicted-claim.input-screening@agent",
            text("A claimed control does not work"),
            Severity::High,
            text("`input-screening` on `agent` is contradicted: 3 of 40 attacks passed"),
            text("Repair the control and run its check again, or withdraw the claim"),
        )
    };
    let whole = Finding {
        category: Category::IncidentResponse,
        confidence: Confidence::Medium,
        ..finding(
            "no-response-plan@support-bot",
            text("Nobody knows what to do when it goes wrong"),
            Severity::Low,
            text("no working `response-plan` on `support-bot`"),
            text("Write down who does what"),
        )
    };
    vec![reach, contradicted, injection, flow, whole]
}

fn claims(text: Text<'_>, at: &dyn Fn(u32, u32, u32) -> Option<Location>) -> Vec<ClaimRecord> {
    let mut claim =
        |control: &str, on: &str, status, reason: &str, evidence: Vec<EvidenceNote>, location| ClaimRecord {
            control: id(control),
            component: id(on),
            status,
            reason: text(reason).into(),
            evidence,
            location,
        };
    let note = |check: &str, outcome: &str, measured: Option<&str>| EvidenceNote {
        check: check.into(),
        outcome: outcome.into(),
        finished: Some("2026-11-20T08:00:00Z".into()),
        digest: Some("de".repeat(32).into()),
        measured: measured.map(Into::into),
        ledger: Some(Recorded::Recorded),
    };
    let document = EvidenceNote {
        finished: Some("yesterday".into()),
        digest: None,
        ledger: None,
        ..note("policy.pdf", "document", None)
    };
    vec![
        claim(
            "input-screening",
            "agent",
            ClaimStatus::Contradicted,
            "3 of 40 attacks passed",
            vec![note("screening-withstands", "fail", Some("passed 3 of 40 (95 % interval 1.6 to 20 %)"))],
            at(22, 5, 15),
        ),
        claim(
            "model-signing",
            "llm",
            ClaimStatus::Verified,
            "`signature` passed on 2026-11-20",
            vec![note("signature", "pass", Some("1 of 1 files"))],
            at(25, 5, 13),
        ),
        claim(
            "privilege-separation",
            "agent",
            ClaimStatus::Asserted,
            "a document is given",
            vec![document],
            None,
        ),
        claim("audit-log", "llm", ClaimStatus::Unsupported, "nothing is given for it", vec![], None),
        claim(
            "response-plan",
            "support-bot",
            ClaimStatus::Stale,
            "the evidence is 90 days old, 30 are allowed",
            vec![note("plan-exercised", "stale", None)],
            None,
        ),
        claim("watermarking", "llm", ClaimStatus::NotApplicable, "answers are internal", vec![], None),
    ]
}

fn coverage() -> Coverage {
    let framework = |framework: &str, title: &str, open: &[&str], closed: &[&str]| FrameworkCoverage {
        framework: framework.parse().unwrap(),
        title: title.into(),
        entries: 10,
        in_catalog: 8,
        open: open.iter().map(|&entry| entry.into()).collect(),
        closed: closed.iter().map(|&entry| entry.into()).collect(),
    };
    Coverage {
        stages: vec![
            StageCoverage { stage: Stage::Train, components: 0, applicable: 0, open: 0, closed: 0 },
            StageCoverage { stage: Stage::Serve, components: 3, applicable: 5, open: 4, closed: 1 },
        ],
        frameworks: vec![
            framework("mitre-atlas@2026.09", "MITRE ATLAS", &["AML.T0024", "AML.T0040"], &["AML.T0010.003"]),
            framework("owasp-llm@2026", "OWASP Top 10 for LLM Applications", &["LLM01", "LLM10"], &["LLM03"]),
            framework("owasp-ml@2023", "OWASP Machine Learning Security Top Ten", &[], &[]),
        ],
    }
}
