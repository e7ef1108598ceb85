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
        "how",
        "effort",
        "unreachable",
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
        "An attacker reaches 7 of 14 goals with your claims, 9 with only what could be verified, and 11 with no controls."
    );
    case.attack = None;
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

/// The radios of a page, without the one for no path.
fn choices(tags: &[Tag]) -> Vec<&Tag> {
    let radios = tags.iter().filter(|tag| tag.name == "input" && tag.attribute("type") == Some("radio"));
    radios.filter(|tag| tag.attribute("id") != Some("goal-0")).collect()
}

#[test]
fn each_goal_that_can_be_chosen_has_a_label_a_path_numbers_on_the_drawing_and_rules() {
    for (name, case) in samples() {
        let page = html(&case);
        let tags = markup::read(&page);
        let style = style(&page);
        let reached = case.attack.iter().flat_map(|attack| &attack.goals).filter(|goal| goal.path.is_some());
        let choices = choices(&tags);
        assert_eq!(choices.len(), reached.count().min(40), "{name}");
        for (number, choice) in (1..).zip(&choices) {
            let id = choice.attribute("id").unwrap();
            assert_eq!(id, format!("goal-{number}"), "{name}");
            assert_eq!(choice.attribute("name"), Some("goal"));
            assert!(choice.attribute("checked").is_none());
            assert!(tags.iter().any(|tag| tag.name == "label" && tag.attribute("for") == Some(id)), "{name}");
            let path = choice.attribute("aria-controls").unwrap();
            assert_eq!(path, format!("path-{number}"));
            assert!(tags.iter().any(|tag| tag.attribute("id") == Some(path)), "{name}");
            let trail = format!("trail trail-{number}");
            assert_eq!(tags.iter().filter(|tag| tag.attribute("class") == Some(&trail)).count(), 1, "{name}");
            for then in [
                format!(":is(#path-{number}, .trail-{number})"),
                format!(".on-{number} :is(.body, .line)"),
                format!(".on-{number},"),
            ] {
                let rule = format!(".attack:has(#goal-{number}:checked) {}", then.trim_end_matches(','));
                assert!(style.contains(&rule), "{name}: {rule}");
            }
        }
        let beyond = format!(".attack:has(#goal-{}:checked)", choices.len() + 1);
        assert!(!style.contains(&beyond), "{name}");
    }
}

#[test]
fn no_path_is_chosen_to_begin_with_and_the_choice_is_a_named_group() {
    let page = html(&sample::support_bot());
    let tags = markup::read(&page);
    let none = tags.iter().find(|tag| tag.attribute("id") == Some("goal-0")).unwrap();
    assert!(none.attribute("checked").is_some());
    let fieldset = tags.iter().position(|tag| tag.name == "fieldset").unwrap();
    assert_eq!(tags[fieldset + 1].name, "legend");
    let mut case = sample::support_bot();
    case.attack = None;
    let page = html(&case);
    assert!(!page.contains("<input") && !page.contains(":checked) .on-"));
}

#[test]
fn more_goals_than_can_be_chosen_are_counted() {
    let page = html(&sample::large(60));
    assert!(page.contains("These are the 40 worst of 60 goals that are reached."));
    assert!(page.contains("lists all of them"));
    assert!(
        html(&sample::large(400)).contains("There is room for 300; <b>100</b> more are in the JSON report.")
    );
    assert!(!html(&sample::support_bot()).contains("These are the"));
}

#[test]
fn the_style_holds_no_text_of_the_case() {
    let of = |text: &str| style(&html(&with_text(text))).to_owned();
    assert_eq!(of(HOSTILE), of("harmless"));
}

#[test]
fn a_path_lights_up_what_it_touches_and_numbers_its_steps() {
    let case = sample::support_bot();
    let page = html(&case);
    // The refund is the second worst goal.
    let trail = page.split_once("<g class=\"trail trail-2\">").unwrap().1;
    let trail = trail.split_once("</g></g>").unwrap().0;
    let texts: Vec<&str> = trail
        .split("</text>")
        .filter_map(|part| Some(part.rsplit_once('>')?.1))
        .filter(|t| !t.is_empty())
        .collect();
    assert_eq!(texts, ["7", "4–5", "2", "3", "6", "1"]);
    let lit = |name: &str| {
        let before = page.split_once(&format!(">{name}</text>")).unwrap().0;
        let (_, class) = before.rsplit_once("<g class=\"node").unwrap();
        class.split_once('"').unwrap().0.split(' ').any(|class| class == "on-2")
    };
    for on in ["Visitor", "Chat app", "Gateway", "Support agent", "Refund"] {
        assert!(lit(on), "{on}");
    }
    for off in ["Customer", "Watch", "Order lookup", "Payment provider"] {
        assert!(!lit(off), "{off}");
    }
}

#[test]
fn the_steps_of_a_path_say_what_answers_them_and_lead_to_their_findings() {
    let page = html(&sample::support_bot());
    let path = page.split_once("id=\"path-2\"").unwrap().1.split_once("</article>").unwrap().0;
    assert_eq!(path.matches("<li class=\"step-").count(), 7);
    for text in [
        "href=\"#finding-tool-abuse@refund\"",
        "AML.T0053",
        "less likely by <code>system-prompt-hardening</code>",
        "detected by <code>anomaly-detection</code>",
        "recovered by <code>incident-response-plan</code>",
        "<code>human-approval@refund</code>",
    ] {
        assert!(path.contains(text), "{text}");
    }
    // And back from the finding.
    assert!(page.contains("<a href=\"#goal-2\"><code>abuse-tool@refund</code></a>"));
    assert!(page.contains("no control cuts it") && page.contains("fewer may do"));
}

#[test]
fn an_experiment_is_marked_as_one() {
    let mut case = sample::support_bot();
    assert!(!html(&case).contains("An experiment"));
    case.attack.as_mut().unwrap().experiment.with = vec!["human-approval@refund".parse().unwrap()];
    assert!(html(&case).contains("<code>with human-approval@refund</code>"));
}

#[test]
fn controls_that_would_help_and_those_that_stand_alone_have_their_place() {
    let page = html(&sample::support_bot());
    let next = page.split_once("id=\"next\"").unwrap().1.split_once("</section>").unwrap().0;
    for text in ["content-isolation", "Single points of failure", "rate-limiting@gateway", "as described"] {
        assert!(next.contains(text), "{text}");
    }
}
