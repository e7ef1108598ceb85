//! The HTML report: hostile content stays text, nothing is fetched, the page is well formed and says what the case says.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "clippy takes only functions marked as tests for tests, not their helpers"
)]

mod sample;

use std::collections::BTreeSet;

use base64::Engine as _;
use casemate_core::{Case, ClaimStatus, Worlds, printable};
use casemate_report::{Format, Style, render};
use sample::markup::{self, Tag};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

fn html(case: &Case) -> String {
    render(case, Format::Html, Style::default())
}

fn samples() -> Vec<(&'static str, Case)> {
    vec![
        ("bot", sample::support_bot()),
        ("pipeline", sample::pipeline()),
        ("checklist", sample::checklist()),
        ("empty", sample::empty()),
        ("large", sample::large(60)),
        ("huge", sample::large(400)),
        ("hostile", with_text(HOSTILE)),
    ]
}

/// Everything that has broken a page, a terminal or a reader before.
const HOSTILE: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&lt;&quot;</title></style></svg>\
    javascript:alert(1) {{7*7}} ]]>--> \u{202e}drawkcab\u{2066}\u{1b}[31mred\u{7}\u{0}\u{85}\u{feff}\r\nnext";

/// The support bot with a text in every place that holds free text.
fn with_text(text: &str) -> Case {
    let mut case = serde_json::to_value(sample::support_bot()).unwrap();
    replace(&mut case, "", text);
    serde_json::from_value(case).unwrap()
}

fn replace(value: &mut Value, key: &str, text: &str) {
    const FREE: &[&str] = &[
        "name",
        "version",
        "catalog",
        "schema",
        "file",
        "sha256",
        "purpose",
        "owner",
        "title",
        "reason",
        "recommendation",
        "command",
        "asset_from",
        "exposure_from",
        "ticket",
        "check",
        "outcome",
        "finished",
        "measured",
        "digest",
        "message",
        "protocol",
        "tech",
        "task",
        "base",
    ];
    match value {
        Value::String(string) if FREE.contains(&key) => text.clone_into(string),
        // Framework entries are texts too.
        Value::String(string) if string.starts_with("LLM") || string.starts_with("AML") => {
            text.clone_into(string);
        }
        Value::Array(values) => values.iter_mut().for_each(|value| replace(value, key, text)),
        Value::Object(map) => map.iter_mut().for_each(|(key, value)| replace(value, key, text)),
        _ => {}
    }
}

#[test]
fn every_page_is_well_formed_and_its_ids_are_unique() {
    for (name, case) in samples() {
        let tags = markup::read(&html(&case));
        let ids: Vec<&str> = tags.iter().filter_map(|tag| tag.attribute("id")).collect();
        assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "{name}");
    }
}

#[test]
fn hostile_text_changes_no_tag_and_no_attribute() {
    let shapes = |text| markup::read(&html(&with_text(text))).iter().map(Tag::shape).collect::<Vec<_>>();
    let harmless = "a harmless text that is about as long as the hostile one, so that it is shortened in the same places";
    assert_eq!(shapes(HOSTILE), shapes(harmless));
}

#[test]
fn nothing_runs() {
    for (name, case) in samples() {
        for tag in markup::read(&html(&case)) {
            assert!(
                !["script", "iframe", "object", "embed", "form", "img", "link", "base"].contains(&&*tag.name),
                "{name}"
            );
            for (attribute, _) in &tag.attributes {
                assert!(!attribute.starts_with("on") && attribute != "style", "{name}: {}", tag.shape());
            }
        }
    }
}

#[test]
fn nothing_is_fetched() {
    for (name, case) in samples() {
        let page = html(&case);
        let tags = markup::read(&page);
        let ids: BTreeSet<&str> = tags.iter().filter_map(|tag| tag.attribute("id")).collect();
        for tag in &tags {
            for (attribute, value) in &tag.attributes {
                assert!(
                    !["src", "srcset", "action", "data", "poster", "xlink"].contains(&&**attribute),
                    "{name}"
                );
                if attribute == "href" {
                    let target = value.strip_prefix('#').expect("an anchor of the page");
                    assert!(ids.contains(target), "{name}: #{target} leads nowhere");
                }
                if attribute == "http-equiv" {
                    assert_eq!(value, "Content-Security-Policy");
                }
                assert!(!value.contains("url(") || value.starts_with("url(#"), "{name}: {value}");
            }
        }
        let style = style(&page);
        assert_eq!(style.matches("url(").count(), style.matches("url(#").count());
        assert!(!style.contains("@import") && !style.contains("@font-face"));
    }
}

#[test]
fn the_policy_allows_the_pages_own_style_and_nothing_else() {
    let page = html(&sample::support_bot());
    let digest = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(style(&page)));
    let tags = markup::read(&page);
    let policy = tags.iter().find(|tag| tag.attribute("http-equiv").is_some()).unwrap();
    // The escaped form of a quote is what the page holds.
    let policy = policy.attribute("content").unwrap().replace("&#39;", "'");
    let policy = policy.replace("&#43;", "+").replace("&#47;", "/").replace("&#61;", "=");
    assert_eq!(
        policy,
        format!("default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'")
    );
}

fn style(page: &str) -> &str {
    page.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0
}

#[test]
fn no_invisible_character_is_left() {
    for line in html(&with_text(HOSTILE)).lines() {
        assert_eq!(line, printable(line));
    }
}

#[test]
fn the_same_case_gives_the_same_page() {
    for (_, case) in samples() {
        assert_eq!(html(&case), html(&case.clone()));
    }
}

#[test]
fn the_page_speaks_of_evidence_not_of_conformity() {
    for (name, case) in samples() {
        let page = html(&case).to_lowercase();
        assert!(!page.contains("complian") && !page.contains("certif"), "{name}");
        assert!(case.coverage.frameworks.is_empty() || page.contains("supports evidence for"), "{name}");
    }
}

fn headline(case: &Case) -> String {
    let page = html(case);
    let (_, after) = page.split_once("class=\"headline\">").unwrap();
    let inner = after.split_once("</h2>").unwrap().0;
    let words: String = inner.split('<').map(|part| part.rsplit('>').next().unwrap()).collect();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_headline_compares_what_is_claimed_with_what_was_verified() {
    let mut case = sample::support_bot();
    assert_eq!(
        headline(&case),
        "With your claims 12 threats stand open; with only what could be verified, 24."
    );
    case.open = Worlds { bare: 9, claimed: 1, verified: 1 };
    assert_eq!(
        headline(&case),
        "With your claims 1 threat stands open; with only what could be verified, the same 1."
    );
    case.open = Worlds { bare: 9, claimed: 0, verified: 0 };
    assert_eq!(
        headline(&case),
        "With your claims 0 threats stand open; with only what could be verified, the same none."
    );
    case.claims.clear();
    assert_eq!(headline(&case), "No control is claimed: 9 threats stand open.");
    case.open = Worlds::default();
    assert_eq!(headline(&case), "No threat in the catalogue applies to this system as described.");
    assert_eq!(
        headline(&sample::empty()),
        "No part of this system is AI as described, so no threat was judged."
    );
}

#[test]
fn all_of_the_case_is_on_the_page() {
    let case = sample::support_bot();
    let page = html(&case);
    for finding in &case.findings {
        assert!(page.contains(&format!("id=\"finding-{}\"", finding.id)), "{}", finding.id);
    }
    for status in ClaimStatus::ALL {
        assert!(page.contains(&format!("status-{status}\">{status}")), "{status}");
    }
    for closed in &case.closed {
        assert!(page.contains(&closed.id.to_string()), "{}", closed.id);
    }
    for text in
        ["internal pilot, no tools bound", "SEC-1042", "2027-01-31", "AML.T0051", "casemate.yaml:77:3"]
    {
        assert!(page.contains(text), "{text}");
    }
    assert!(html(&sample::checklist()).contains("<code>drift-monitoring</code>"));
}

#[test]
fn too_large_a_system_is_drawn_by_boundary() {
    let nodes = |case: &Case| html(case).matches("<g class=\"node").count();
    assert_eq!(nodes(&sample::large(60)), 61);
    // 45 boundaries of up to 9 parts, and a user in none.
    assert_eq!(nodes(&sample::large(400)), 46);
}

#[test]
fn boundaries_in_a_circle_or_very_deep_or_missing_are_drawn_all_the_same() {
    let serve = casemate_core::ComponentKind::Serve;
    let zone = casemate_core::BoundaryKind::Org;
    let mut parts = sample::Parts::default()
        .boundary("a", zone, Some("b"))
        .boundary("b", zone, Some("a"))
        .boundary("z0", zone, Some("z0"))
        .component("in a", serve, Some("a"))
        .component("in b", serve, Some("b"))
        .component("nowhere", serve, Some("missing"))
        .component("deep", serve, Some("z40"))
        .flow("deep", "deep", "https", casemate_core::Trust::Untrusted)
        .flow("deep", "missing", "https", casemate_core::Trust::Untrusted);
    for n in 1..=40 {
        parts = parts.boundary(&format!("z{n}"), zone, Some(&format!("z{}", n - 1)));
    }
    let mut case = sample::support_bot();
    (case.system.elements, case.system.flows) = (parts.elements, parts.flows);
    let page = html(&case);
    markup::read(&page);
    assert_eq!(page.matches("<g class=\"node").count(), 4);
}
