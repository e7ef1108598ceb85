//! Every certificate must be valid at the time that is asked about. Nothing here reads a clock.

use rcgen::{CertificateParams, date_time_ymd};

use crate::make::{authority, holds_at, refusal, refusal_at, rooted, signer};

fn between(mut parameters: CertificateParams, from: i32, until: i32) -> CertificateParams {
    parameters.not_before = date_time_ymd(from, 1, 1);
    parameters.not_after = date_time_ymd(until, 1, 1);
    parameters
}

#[test]
fn a_signer_that_expired_under_a_living_authority_is_refused_now() {
    let root = rooted(between(authority("Root"), 2019, 2035));
    let leaf = root.issue(between(signer("Release"), 2020, 2021));
    let error = refusal(&leaf.certificate, &[], &[&root.certificate]);
    assert_eq!(error, "the certificate `CN=Release` expired on 2021-01-01T00:00:00Z");
    holds_at(&leaf.certificate, &[], &[&root.certificate], "2020-06-01T00:00:00Z");
    // Being trusted by itself does not keep it alive.
    let error = refusal(&leaf.certificate, &[], &[&leaf.certificate]);
    assert!(error.contains("expired on"), "{error}");
}

#[test]
fn the_first_and_the_last_moment_count() {
    let root = rooted(authority("Root"));
    let leaf = root.issue(between(signer("Release"), 2020, 2021)).certificate;
    let trusted = [&root.certificate];
    holds_at(&leaf, &[], &trusted, "2020-01-01T00:00:00Z");
    holds_at(&leaf, &[], &trusted, "2021-01-01T00:00:00Z");
    let error = refusal_at(&leaf, &[], &trusted, "2019-12-31T23:59:59Z");
    assert_eq!(error, "the certificate `CN=Release` is not valid before 2020-01-01T00:00:00Z");
    let error = refusal_at(&leaf, &[], &trusted, "2021-01-01T00:00:01Z");
    assert!(error.contains("expired on 2021-01-01T00:00:00Z"), "{error}");
}

#[test]
fn authorities_and_roots_must_be_valid_too() {
    let root = rooted(between(authority("Root"), 2019, 2030));
    let middle = root.issue(between(authority("Middle"), 2020, 2025));
    let leaf = middle.issue(between(signer("Release"), 2019, 2039)).certificate;
    let (middle, trusted) = ([&middle.certificate], [&root.certificate]);
    holds_at(&leaf, &middle, &trusted, "2024-01-01T00:00:00Z");
    for (at, expected) in [
        ("2019-06-01T00:00:00Z", "the certificate `CN=Middle` is not valid before 2020-01-01T00:00:00Z"),
        ("2026-01-01T00:00:00Z", "the certificate `CN=Middle` expired on 2025-01-01T00:00:00Z"),
        ("2038-01-01T00:00:00Z", "the certificate `CN=Middle` expired on 2025-01-01T00:00:00Z"),
    ] {
        assert_eq!(refusal_at(&leaf, &middle, &trusted, at), expected);
    }
    let long = root.issue(between(authority("Long"), 2019, 2039));
    let leaf = long.issue(signer("Release")).certificate;
    let error = refusal_at(&leaf, &[&long.certificate], &trusted, "2038-01-01T00:00:00Z");
    assert_eq!(error, "the certificate `CN=Root` expired on 2030-01-01T00:00:00Z");
}

#[test]
fn a_renewed_authority_serves_where_the_old_one_expired() {
    let root = rooted(authority("Root"));
    let old = root.issue(between(authority("Middle"), 2019, 2021));
    let new = root.certify(&authority("Middle"), &old.key);
    let leaf = old.issue(signer("Release")).certificate;
    holds_at(&leaf, &[&old.certificate, &new], &[&root.certificate], "2026-01-01T00:00:00Z");
    holds_at(&leaf, &[&new, &old.certificate], &[&root.certificate], "2026-01-01T00:00:00Z");
}

#[test]
fn what_never_expires_does_not_overflow() {
    let mut forever = signer("Release");
    // RFC 5280, section 4.1.2.5: no well-defined end. It lies beyond what a timestamp can be.
    forever.not_after = date_time_ymd(9999, 12, 31) + std::time::Duration::from_secs(24 * 3600 - 1);
    let leaf = rooted(forever).certificate;
    holds_at(&leaf, &[], &[&leaf], "9999-12-01T00:00:00Z");
}
