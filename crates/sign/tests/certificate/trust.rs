//! Only what the user gave is trusted, and only signatures lead there. Names decide nothing.

use casemate_sign::certificate::{CertificateError, Roots};
use rcgen::{BasicConstraints, IsCa};

use crate::make::{authority, holds, key, key_for, named, refusal, rooted, rooted_with, signer};

#[test]
fn a_chain_holds_in_any_order_and_with_others_beside_it() {
    let root = rooted(authority("Root"));
    let upper = root.issue(authority("Upper"));
    let lower = upper.issue(authority("Lower"));
    let leaf = lower.issue(signer("Release"));
    let other = rooted(authority("Other"));
    let (root, upper, lower, other) =
        (&root.certificate, &upper.certificate, &lower.certificate, &other.certificate);
    holds(&leaf.certificate, &[lower, upper], &[root]);
    holds(&leaf.certificate, &[root, other, upper, &leaf.certificate, lower], &[other, root]);
    let error = refusal(&leaf.certificate, &[lower], &[root]);
    assert_eq!(
        error,
        "the certificate `CN=Lower` was issued by `CN=Upper`, which is neither a given root nor a certificate that leads to one"
    );
    let error = refusal(&leaf.certificate, &[lower, upper], &[other]);
    assert!(
        error.starts_with("the certificate `CN=Upper` was issued by `CN=Root`, which is neither"),
        "{error}"
    );
    // What the user trusts need not be at the top.
    holds(&leaf.certificate, &[lower], &[upper]);
}

#[test]
fn a_root_of_the_same_name_with_another_key_is_another_root() {
    let (root, impostor) = (rooted(authority("Root")), rooted(authority("Root")));
    let leaf = impostor.issue(signer("Release"));
    let error = refusal(&leaf.certificate, &[], &[&root.certificate]);
    assert_eq!(error, "the certificate `CN=Release` is not signed by `CN=Root`, as it says, or was altered");
    // Nor does it help to send the impostor along.
    let error = refusal(&leaf.certificate, &[&impostor.certificate], &[&root.certificate]);
    assert_eq!(error, "the certificate `CN=Root` is signed by itself and is not one of the given roots");
    // Among roots of one name the right one is found.
    holds(&leaf.certificate, &[], &[&root.certificate, &impostor.certificate]);
}

#[test]
fn a_certificate_signed_by_itself_is_trusted_only_where_it_is_given() {
    let own = rooted(signer("Release"));
    let other = rooted(signer("Release"));
    holds(&own.certificate, &[], &[&own.certificate]);
    for beside in [&[][..], &[&own.certificate]] {
        let error = refusal(&own.certificate, beside, &[&other.certificate]);
        assert!(error.contains("`CN=Release` is"), "{error}");
    }
    let error = refusal(&own.certificate, &[], &[&rooted(authority("Root")).certificate]);
    assert_eq!(error, "the certificate `CN=Release` is signed by itself and is not one of the given roots");
}

#[test]
fn an_authority_and_its_signer_may_bear_one_name() {
    // As in the vectors of the specification: the signer is an authority too, is called like its issuer, and is on
    // another kind of key.
    let root = rooted_with(authority("root-ca"), key_for(&rcgen::PKCS_RSA_SHA256));
    let issuer = root.issue_with(authority("intermediate-ca"), key_for(&rcgen::PKCS_RSA_SHA256));
    let mut parameters = signer("intermediate-ca");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let leaf = issuer.issue_with(parameters, key_for(&rcgen::PKCS_ECDSA_P384_SHA384));
    holds(&leaf.certificate, &[&issuer.certificate], &[&root.certificate]);
    holds(&leaf.certificate, &[&leaf.certificate, &issuer.certificate], &[&root.certificate]);
    let error = refusal(&leaf.certificate, &[], &[&root.certificate]);
    assert!(error.contains("was issued by `CN=intermediate-ca`"), "{error}");
}

#[test]
fn a_signer_cannot_make_signers() {
    let root = rooted(authority("Root"));
    let signer_of_models = root.issue(signer("Release"));
    let made = signer_of_models.issue(signer("Attacker"));
    let error = refusal(&made.certificate, &[&signer_of_models.certificate], &[&root.certificate]);
    assert_eq!(
        error,
        "the certificate `CN=Release` is not that of a certificate authority (its basic constraints do not say CA), and cannot vouch for `CN=Attacker`"
    );
    // Not even where the user trusts it by itself.
    let error = refusal(&made.certificate, &[], &[&signer_of_models.certificate]);
    assert!(error.contains("cannot vouch for"), "{error}");
}

#[test]
fn the_way_is_found_through_whoever_signed_the_issuer() {
    // One authority with a certificate from a root that nobody trusts, and one from a root that is trusted.
    let (old, new) = (rooted(authority("Old root")), rooted(authority("New root")));
    let shared = key();
    let by_old = old.certify(&authority("Shared"), &shared);
    let by_new = new.certify(&authority("Shared"), &shared);
    let shared = rooted_with(authority("Shared"), shared);
    let leaf = shared.issue(signer("Release"));
    holds(&leaf.certificate, &[&by_old, &by_new], &[&new.certificate]);
    holds(&leaf.certificate, &[&by_new, &by_old], &[&new.certificate]);
}

#[test]
fn an_authority_has_a_name() {
    let mut nameless = authority("");
    nameless.distinguished_name = rcgen::DistinguishedName::new();
    let nameless = rooted(nameless);
    let leaf = nameless.issue(signer("Release"));
    let error = refusal(&leaf.certificate, &[], &[&nameless.certificate]);
    assert_eq!(error, "the certificate `(no name)` is an authority's and has no name");
}

#[test]
fn names_cannot_steer_a_terminal() {
    let leaf = rooted(signer("Re\u{1b}[2Jlease\u{202e}"));
    let error = refusal(&leaf.certificate, &[], &[&rooted(named("Root")).certificate]);
    assert!(!error.chars().any(|c| c.is_control() || c == '\u{202e}'), "{error:?}");
}

#[test]
fn there_is_no_trust_without_roots() {
    assert!(matches!(Roots::new(Vec::new()), Err(CertificateError::NoRoots)));
    assert!(matches!(Roots::from_pem([]), Err(CertificateError::NoRoots)));
}
