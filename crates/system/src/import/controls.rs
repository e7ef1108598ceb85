//! Which foreign control is which of the catalogue's: a small table of phrases that leave no doubt. Everything
//! else is no claim.

/// Phrases in lower case with single spaces, longer before shorter where one contains the other.
const TABLE: &[(&str, &[&str])] = &[
    (
        "data-encryption-at-rest",
        &["encryption at rest", "encrypted at rest", "at rest encryption", "encrypt data at rest"],
    ),
    (
        "data-encryption-in-transit",
        &[
            "encryption in transit",
            "encrypted in transit",
            "in transit encryption",
            "transport encryption",
            "enforce tls",
        ],
    ),
    ("training-data-provenance", &["training data provenance", "dataset provenance", "data set provenance"]),
    ("training-data-sanitisation", &["training data sanitisation", "training data sanitization"]),
    ("input-validation", &["input validation", "validate model input", "validate user input"]),
    ("registry-access-control", &["registry access control"]),
    ("rag-access-control", &["rag access control", "document level access control"]),
    ("api-authentication", &["api authentication", "api key authentication", "endpoint authentication"]),
    ("model-signing", &["model signing", "signed model", "sign model"]),
    ("model-encryption", &["model encryption", "encrypted model weights", "encrypt model"]),
    ("model-watermarking", &["model watermark"]),
    ("model-versioning", &["model versioning"]),
    ("artefact-scanning", &["model scanning", "artifact scanning", "artefact scanning", "scan model"]),
    ("safe-serialisation", &["safe serialization", "safe serialisation", "safetensors only"]),
    ("dependency-pinning", &["dependency pinning", "pinned dependencies", "pin dependencies"]),
    ("build-provenance", &["build provenance", "slsa"]),
    ("vulnerability-management", &["vulnerability management", "patch management"]),
    ("supplier-assessment", &["supplier assessment", "vendor assessment", "third party risk assessment"]),
    ("rate-limiting", &["rate limit", "request throttling"]),
    ("usage-quotas", &["usage quota", "spending limit", "budget limit"]),
    ("resource-limits", &["resource limit", "resource quota"]),
    ("tenant-isolation", &["tenant isolation"]),
    ("secrets-management", &["secrets management", "secret management"]),
    ("audit-logging", &["audit log"]),
    ("anomaly-detection", &["anomaly detection"]),
    ("drift-monitoring", &["drift monitoring", "drift detection"]),
    ("incident-response-plan", &["incident response plan"]),
    ("rollback", &["model rollback", "rollback plan"]),
    ("adversarial-training", &["adversarial training"]),
    ("differential-privacy", &["differential privacy"]),
    ("secure-aggregation", &["secure aggregation"]),
    ("bias-testing", &["bias testing", "fairness testing"]),
    (
        "prompt-injection-filter",
        &["prompt injection filter", "prompt injection detection", "prompt injection guard"],
    ),
    ("output-filtering", &["output filter", "content moderation"]),
    ("output-validation", &["output validation", "output encoding"]),
    ("llm-red-teaming", &["llm red team", "ai red team"]),
    ("tool-allow-list", &["tool allow list", "tool allowlist"]),
    ("tool-sandboxing", &["tool sandbox", "sandboxed code execution"]),
    ("human-approval", &["human approval", "human in the loop"]),
    ("human-oversight", &["human oversight"]),
    ("egress-control", &["egress control", "egress filter"]),
    ("pii-redaction", &["pii redaction", "pii masking"]),
    ("access-control", &["role based access control", "attribute based access control", "access control"]),
];

/// Words that turn a phrase around or into a wish.
const DOUBT: &[&str] = &[
    "no", "not", "without", "lack", "lacks", "missing", "disable", "disabled", "optional", "plan", "planned",
    "consider", "should", "could", "if", "future", "todo", "weak", "bypass",
];

/// Encryption at rest, which formats state as a property.
pub(super) const AT_REST: &str = "data-encryption-at-rest";
/// Authentication of a service, which formats state as a property.
pub(super) const AUTHENTICATION: &str = "api-authentication";

/// Every control an import can claim; the catalogue has them all.
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(control, _)| *control)
}

/// The catalogue's control that a foreign control clearly is.
pub(super) fn control(title: &str) -> Option<&'static str> {
    let lower = title.chars().take(200).collect::<String>().to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let text = words.join(" ");
    let (control, phrase) = TABLE.iter().find_map(|(control, phrases)| {
        phrases
            .iter()
            .find(|phrase| format!(" {text}").contains(&format!(" {phrase}")))
            .map(|phrase| (*control, *phrase))
    })?;
    let rest = text.replace(phrase, " ");
    let doubtful = rest.split(' ').any(|word| DOUBT.contains(&word));
    (!doubtful).then_some(control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_clear_names_are_claims() {
        assert_eq!(control("Encryption at rest (AES-256)"), Some("data-encryption-at-rest"));
        assert_eq!(control("Role-based access control"), Some("access-control"));
        assert_eq!(control("Incident response plan"), Some("incident-response-plan"));
        assert_eq!(control("Registry access control"), Some("registry-access-control"));
        for unclear in ["No rate limiting", "Consider model signing", "Good passwords", "", "Security"] {
            assert_eq!(control(unclear), None, "{unclear}");
        }
    }
}
