//! SARIF 2.1.0 of scanned files, for code scanning and editors. What lies inside a file is named as a logical location,
//! because a region is an offset in the file itself.

use std::collections::BTreeSet;

use casemate_scan::{FileReport, Finding, Rule, ScanReport, Status};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::json::{self, Each, displayed};
use crate::place::uri;
use crate::sarif::{SCHEMA, level, message, score};

/// Where the name of a finding stands among the fingerprints.
const FINGERPRINT: &str = "casemateScan/v1";

pub(crate) fn render(report: &ScanReport) -> String {
    let rules: BTreeSet<Rule> =
        report.files.iter().flat_map(|file| file.findings.iter().map(|finding| finding.rule)).collect();
    let rules: Vec<Rule> = rules.into_iter().collect();
    let results = || {
        report.files.iter().enumerate().flat_map(|(index, file)| {
            let rules = &rules;
            file.findings.iter().map(move |finding| result(finding, file, index, rules))
        })
    };
    json::streamed(&Document {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: displayed(json!({ "driver": {
                "name": "casemate",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|rule| describe(*rule)).collect::<Vec<_>>(),
            } })),
            column_kind: "unicodeCodePoints",
            invocations: [displayed(invocation(report))],
            artifacts: Each(|| report.files.iter().map(artefact)),
            results: Each(results),
        }],
    })
}

#[derive(Serialize)]
struct Document<A, R> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<A, R>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<A, R> {
    tool: Value,
    column_kind: &'static str,
    invocations: [Value; 1],
    artifacts: A,
    results: R,
}

/// What could not be read is a notification, so that silence never looks like a pass.
fn invocation(report: &ScanReport) -> Value {
    let unread = report.files.iter().filter(|file| file.status != Status::Complete);
    let notifications: Vec<Value> = unread
        .map(|file| {
            let reasons = file.coverage.gaps.join("; ");
            json!({
                "level": if file.status == Status::Error { "error" } else { "warning" },
                "message": { "text": message(&format!("not read wholly: {reasons}")) },
                "locations": [{ "physicalLocation": { "artifactLocation": { "uri": uri(&file.path) } } }],
            })
        })
        .collect();
    json!({
        "executionSuccessful": report.files.iter().all(|file| file.status != Status::Error),
        "toolExecutionNotifications": notifications,
    })
}

fn artefact(file: &FileReport) -> Value {
    let hashes = file.digests.get("sha256").map(|digest| json!({ "sha-256": digest }));
    json!({
        "location": { "uri": uri(&file.path) },
        "length": file.coverage.total,
        "hashes": hashes,
        "properties": {
            "format": file.format,
            "status": file.status,
            "verdict": file.verdict,
            "capabilities": file.capabilities,
        },
    })
}

fn describe(rule: Rule) -> Value {
    let references = rule.references().iter();
    let tags: Vec<String> = references
        .flat_map(|(framework, items)| items.iter().map(move |item| format!("{framework}/{item}")))
        .chain(["security".to_owned(), "ai".to_owned()])
        .collect();
    json!({
        "id": rule,
        "shortDescription": { "text": message(rule.title()) },
        "fullDescription": { "text": message(rule.explanation()) },
        "help": { "text": message(rule.recommendation()) },
        "properties": { "tags": tags },
    })
}

fn result(finding: &Finding, file: &FileReport, index: usize, rules: &[Rule]) -> Value {
    let member = finding.location.path();
    let offset = finding.location.offset;
    let region = member.is_none().then(|| json!({ "byteOffset": offset, "byteLength": 0 }));
    let logical = member.as_ref().map(|member| {
        json!([{ "fullyQualifiedName": member, "kind": "member", "properties": { "offset": offset } }])
    });
    json!({
        "ruleId": finding.rule,
        "ruleIndex": rules.binary_search(&finding.rule).ok(),
        "kind": "fail",
        "level": level(finding.severity),
        "message": { "text": message(&format!("{}. {}.", finding.title, finding.explanation)) },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": uri(&file.path), "index": index },
                "region": region,
            },
            "logicalLocations": logical,
        }],
        "partialFingerprints": { FINGERPRINT: fingerprint(finding, file) },
        "properties": {
            "severity": finding.severity,
            "security-severity": score(finding.severity),
            "confidence": finding.confidence,
            "cves": finding.cves,
            "recommendation": finding.recommendation,
        },
    })
}

/// The same finding in the same part keeps its name when offsets move.
fn fingerprint(finding: &Finding, file: &FileReport) -> String {
    let member = finding.location.path().unwrap_or_default();
    let parts = [finding.rule.as_str(), &file.path, &member, &finding.title];
    casemate_core::hex(&Sha256::digest(parts.join("\n")))
}
