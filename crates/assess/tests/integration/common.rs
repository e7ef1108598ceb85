//! Small systems judged at a fixed time.

use casemate_assess::{Documents, EvidenceFile, Inputs, ToolInfo, assess, parse_evidence};
use casemate_catalog::Catalog;
use casemate_core::{Case, Experiment, Finding, Input, Timestamp, View};
use casemate_system::{Described, Description, Source, System};

pub(crate) const NOW: &str = "2026-11-23T00:00:00Z";

/// How one judgement differs from the plainest.
#[derive(Default)]
pub(crate) struct With<'a> {
    pub(crate) evidence: Vec<EvidenceFile>,
    pub(crate) documents: Documents,
    pub(crate) accept_from: Option<&'a System>,
    pub(crate) baseline: Option<&'a Case>,
    pub(crate) view: Option<View>,
    pub(crate) now: Option<&'a str>,
    pub(crate) experiment: Experiment,
}

pub(crate) fn catalog() -> &'static Catalog {
    static CATALOG: std::sync::OnceLock<Catalog> = std::sync::OnceLock::new();
    CATALOG.get_or_init(|| Catalog::load(&[]).unwrap_or_else(|error| panic!("{error}")))
}

/// Reads the sections of a system file.
pub(crate) fn described(sections: &str) -> Described {
    let head =
        if sections.contains("system:") { "version: 1\n" } else { "version: 1\nsystem: { id: example }\n" };
    let text = format!("{head}{sections}\n");
    let source = Source { file: "casemate.yaml", text: &text };
    casemate_system::read(&source, &casemate_assess::names(catalog()))
        .unwrap_or_else(|errors| panic!("{errors:?}"))
}

pub(crate) fn system(sections: &str) -> System {
    match described(sections).description {
        Description::System(system) => *system,
        Description::Checklist(_) => panic!("a checklist"),
    }
}

pub(crate) fn judge(sections: &str) -> Case {
    judge_with(sections, With::default())
}

pub(crate) fn judge_with(sections: &str, with: With<'_>) -> Case {
    judge_described(&described(sections), with)
}

pub(crate) fn judge_described(described: &Described, with: With<'_>) -> Case {
    let now: Timestamp = with.now.unwrap_or(NOW).parse().unwrap();
    let inputs = Inputs {
        described,
        catalog: catalog(),
        evidence: &with.evidence,
        problems: &[],
        documents: &with.documents,
        accept_from: with.accept_from,
        baseline: with.baseline,
        view: with.view.unwrap_or(View::Claimed),
        experiment: &with.experiment,
        complete: false,
        now,
        input: Input { file: "casemate.yaml".into(), format: described.format, sha256: "0".into() },
        tool: ToolInfo { version: "test", has_command: |_| false },
    };
    assess(&inputs).unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn find<'c>(case: &'c Case, id: &str) -> Option<&'c Finding> {
    case.findings.iter().find(|finding| finding.id.to_string() == id)
}

/// A piece of evidence about `api-authentication` on `llm`.
pub(crate) struct Evidence {
    pub(crate) control: &'static str,
    pub(crate) subject: &'static str,
    pub(crate) check: &'static str,
    pub(crate) verdict: &'static str,
    pub(crate) tier: &'static str,
    pub(crate) finished: &'static str,
    pub(crate) expires: Option<&'static str>,
    pub(crate) digest: Option<&'static str>,
}

pub(crate) const PASS: Evidence = Evidence {
    control: "api-authentication",
    subject: "llm",
    check: "endpoint-requires-auth",
    verdict: "pass",
    tier: "verified",
    finished: "2026-11-20T10:00:00Z",
    expires: None,
    digest: None,
};

impl Evidence {
    pub(crate) fn file(&self) -> EvidenceFile {
        let digest =
            self.digest.map_or(serde_json::json!({}), |digest| serde_json::json!({ "sha256": digest }));
        let mut document = serde_json::json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{ "name": self.subject, "digest": digest }],
            "predicateType": "casemate/evidence/v1",
            "predicate": {
                "control": self.control, "check": self.check, "verdict": self.verdict, "tier": self.tier,
                "measured": { "refused": 1.0, "n": 40, "ci": [0.91, 1.0] },
                "method": { "tool": "test", "version": "1" },
                "started": "2026-01-01T00:00:00Z", "finished": self.finished,
            }
        });
        if let Some(expires) = self.expires {
            document["predicate"]["expires"] = expires.into();
        }
        parse_evidence("evidence.json", document.to_string().as_bytes()).unwrap()
    }
}
