//! Credentials and programs that must be found, and what only looks like them. No secret here is one.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use casemate_core::Severity;
use proptest::prelude::*;

use super::secrets::KINDS;
use crate::{Finding, Input, Options, Rule, scan};

fn findings(bytes: &[u8]) -> Vec<Finding> {
    let report = scan("file", &Input::from(bytes.to_vec()), &Options::default());
    let wanted = [Rule::SecretInFile, Rule::EmbeddedExecutable];
    report.findings.into_iter().filter(|finding| wanted.contains(&finding.rule)).collect()
}

fn suspects(bytes: &[u8]) -> usize {
    findings(bytes).iter().filter(|finding| finding.severity >= Severity::Medium).count()
}

#[test]
fn every_kind_compiles_and_has_words_long_enough() {
    assert!(KINDS.len() > 200);
    for kind in KINDS.iter() {
        assert!(kind.regex().is_some(), "{}", kind.name);
        assert!(kind.words().all(|word| word.len() >= 3 && word == word.to_lowercase()), "{}", kind.name);
    }
}

/// Example texts of Nosey Parker: some kinds are no secrets at all (account ids, buckets, public keys).
const NO_SECRETS: &[&str] =
    &["np.age.1", "np.aws.3", "np.s3.", "np.arn.", "np.gcs.", "np.google.1", "np.reactapp.1", "np.mapbox.1"];

/// Many of those that are missed are placeholders, which are spared on purpose; most of the others that are told hold a
/// credential of another kind. Gitleaks' own rules find 206 of 429 and tell 33 of 143.
#[test]
fn the_examples_are_found_and_the_others_are_not() {
    let (mut found, mut sure, mut wanted) = (0, 0, 0);
    let (mut wrong, mut spared) = (0, 0);
    let mut missed: BTreeMap<String, usize> = BTreeMap::new();
    for line in include_str!("../../tests/data/secrets.jsonl").lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let rule = row["rule"].as_str().unwrap();
        if NO_SECRETS.iter().any(|other| rule.starts_with(other)) {
            continue;
        }
        let text = STANDARD.decode(row["text_b64"].as_str().unwrap()).unwrap();
        let all = findings(&text);
        let suspect = all.iter().any(|finding| finding.severity >= Severity::Medium);
        if row["match"] == true {
            wanted += 1;
            found += usize::from(!all.is_empty());
            sure += usize::from(suspect);
            if all.is_empty() {
                *missed.entry(rule.to_owned()).or_default() += 1;
            }
        } else {
            spared += usize::from(!suspect);
            wrong += usize::from(suspect);
        }
    }
    let figures = format!(
        "{found} of {wanted} found, {sure} suspicious; {wrong} of {} others; {missed:?}",
        wrong + spared
    );
    assert!(found * 100 >= wanted * 78, "{figures}");
    assert!(sure * 100 >= wanted * 75, "{figures}");
    assert!(wrong * 100 <= (wrong + spared) * 23, "{figures}");
}

/// A long file is shared out, and what lies across two shares is met once.
#[test]
fn where_a_file_is_cut_nothing_is_missed_or_met_twice() {
    const SHARE: usize = 40_000;
    let secret = ["ghp", "_", "x7Kd92mQpL4vT8sWz3", "Yb6NcR1fHj5GaE0uXi"].concat();
    let mut bytes = vec![b'a'; 2 * SHARE + 9_000];
    let places: Vec<usize> = [0, 1, 2, 3, 4, 5, 20, 39, 40, 41].iter().map(|back| SHARE - back).collect();
    for place in places.into_iter().chain([10, 2 * SHARE + 8_000]) {
        bytes[place - 1] = b' ';
        bytes[place..place + secret.len()].copy_from_slice(secret.as_bytes());
        bytes[place + secret.len()] = b' ';
        let stretch = 0..bytes.len() as u64;
        let input = Input::from(bytes.clone());
        let found: Vec<u64> = super::pass::in_shares(&input, &[stretch], SHARE as u64)
            .unwrap()
            .hits()
            .iter()
            .map(|hit| match hit {
                super::pass::Hit::Secret { at, .. } | super::pass::Hit::Program { at, .. } => *at,
            })
            .collect();
        assert_eq!(found, [place as u64], "{place}");
        bytes[place - 1..=place + secret.len()].fill(b'a');
    }
}

#[test]
fn what_is_found_is_not_repeated() {
    let secret = ["ghp", "_", "x7Kd92mQpL4vT8sWz3", "Yb6NcR1fHj5GaE0uXi"].concat();
    let found = findings(format!("token = {secret}\n").as_bytes());
    assert_eq!(found.len(), 1);
    assert!(!format!("{found:?}").contains("x7Kd92mQ"));
    assert_eq!(found[0].location.offset, 8);
}

#[test]
fn it_is_found_wherever_windows_meet() {
    let secret = ["ghp", "_", "x7Kd92mQpL4vT8sWz3", "Yb6NcR1fHj5GaE0uXi"].concat();
    for shift in [0, 1, 7, 511, 512, 1_500, 9_000, 10_752, 524_287, 524_288, 534_000, 1_048_570] {
        let mut bytes = vec![b' '; 1_200_000];
        bytes[shift..shift + secret.len()].copy_from_slice(secret.as_bytes());
        let found = findings(&bytes);
        assert_eq!(found.iter().map(|finding| finding.location.offset).collect::<Vec<_>>(), [shift as u64]);
    }
}

#[test]
fn vocabularies_and_configurations_are_not_suspicious() {
    let mut vocabulary = String::from("{\"model\": {\"vocab\": {");
    for (at, word) in
        ["password", "secret", "api_key", "https://example.org/a:b@c", "token", "AKIA", "ghp_", "-----BEGIN"]
            .iter()
            .cycle()
            .take(20_000)
            .enumerate()
    {
        vocabulary.push_str(&format!("\"{word}{at}\": {at}, "));
    }
    vocabulary.push_str("\"z\": 1}}, \"eos_token\": \"<|endoftext|>\", \"pad_token\": \"[PAD]\"}");
    assert_eq!(suspects(vocabulary.as_bytes()), 0);
    assert_eq!(suspects(b"password = os.environ['PASSWORD']\napi_key = \"YOUR_API_KEY_HERE_12345\"\n"), 0);
    assert_eq!(suspects(b"sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n"), 0);
}

/// Cheap random bytes.
fn random(len: usize) -> Vec<u8> {
    let mut state = 0x1234_5678_9abc_def1_u64;
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.wrapping_mul(0x2545_f491_4f6c_dd1d).to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}

#[test]
fn random_bytes_hold_nothing() {
    assert_eq!(suspects(&random(8_000_000)), 0);
}

fn elf() -> Vec<u8> {
    let mut header = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0".to_vec();
    header.extend([0; 28]);
    header.extend(b"\x40\0\x38\0\x0d\0\x40\0\x1e\0\x1d\0");
    header
}

fn pe() -> Vec<u8> {
    let mut header = b"MZ".to_vec();
    header.resize(0x3c, 0);
    header.extend(0x80_u32.to_le_bytes());
    header.resize(0x80, 0);
    header.extend(b"PE\0\0\x64\x86\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\xf0\0\x22\0\x0b\x02");
    header.resize(0x200, 0);
    header
}

#[test]
fn programs_are_found_by_their_headers_and_not_by_their_first_bytes() {
    for (program, name) in [(elf(), "Linux"), (pe(), "Windows")] {
        let mut bytes = random(700_000);
        bytes.splice(600_001..600_001, program);
        let found = findings(&bytes);
        assert_eq!(found.len(), 1, "{name}");
        assert!(found[0].title.contains(name));
        assert_eq!(found[0].location.offset, 600_001);
    }
    let mut lookalikes = random(1_000);
    for mark in [&b"\x7fELF"[..], b"MZ", b"PE\0\0", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe\0\0\0\x34"] {
        lookalikes.extend_from_slice(mark);
        lookalikes.extend(random(300));
    }
    assert_eq!(findings(&lookalikes).len(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn anything_can_be_looked_at(
        text in "(password|secret|curl|://|AKIA|-----BEGIN|\\$6\\$|[ -~]){0,300}",
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let mut all = text.into_bytes();
        all.extend(bytes);
        prop_assert_eq!(findings(&all), findings(&all));
    }
}
