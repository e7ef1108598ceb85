//! Chains that are made to keep the verifier busy. What each certificate must be is tested beside this.

use std::time::{Duration, Instant};

use casemate_sign::certificate::{Certificate, CertificateError, verify_chain};

use crate::make::{Made, NOW, authority, holds, key, moment, refusal, rooted, roots, signer};

/// Far above what a hundred signatures take, far below what all ways would.
const SOON: Duration = Duration::from_secs(20);

#[test]
fn chains_have_a_longest_length() {
    let root = rooted(authority("Root"));
    let mut chain: Vec<Made> = Vec::new();
    for number in 0..7 {
        let below = chain.last().unwrap_or(&root).issue(authority(&format!("Middle {number}")));
        chain.push(below);
    }
    let leaf = |above: &Made| above.issue(signer("Release")).certificate;
    let others: Vec<&Certificate> = chain.iter().map(|made| &made.certificate).collect();
    // Six between the two ends are eight in all.
    holds(&leaf(&chain[5]), &others, &[&root.certificate]);
    let error = refusal(&leaf(&chain[6]), &others, &[&root.certificate]);
    assert_eq!(
        error,
        "the certificate `CN=Middle 0` is the 8th of its chain and no root; longer chains are not followed"
    );
}

#[test]
fn authorities_that_all_vouch_for_each_other_end_the_search_soon() {
    let keys: Vec<_> = (0..8).map(|_| key()).collect();
    let makers: Vec<Made> =
        keys.into_iter().map(|key| crate::make::rooted_with(authority("Mesh"), key)).collect();
    let mut mesh = Vec::new();
    for above in &makers {
        for below in &makers {
            mesh.push(above.certify(&authority("Mesh"), &below.key));
        }
    }
    let leaf = makers[0].issue(signer("Release")).certificate;
    let trusted = roots(&[&rooted(authority("Root")).certificate]);
    let begun = Instant::now();
    let error = verify_chain(&leaf, &mesh, &trusted, moment(NOW)).unwrap_err();
    assert!(matches!(error, CertificateError::TooManyWays(100)), "{error}");
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
}

#[test]
fn a_ring_of_authorities_is_no_root() {
    let (one, two) = (rooted(authority("One")), rooted(authority("Two")));
    let one_by_two = two.certify(&authority("One"), &one.key);
    let two_by_one = one.certify(&authority("Two"), &two.key);
    let leaf = one.issue(signer("Release")).certificate;
    let trusted = rooted(authority("Root")).certificate;
    let error = refusal(&leaf, &[&one_by_two, &two_by_one], &[&trusted]);
    assert!(error.contains("which is neither a given root"), "{error}");
}

#[test]
fn only_so_many_certificates_may_come_along() {
    let root = rooted(authority("Root"));
    let leaf = root.issue(signer("Release")).certificate;
    let many = vec![root.certificate.clone(); 65];
    let error = verify_chain(&leaf, &many, &roots(&[&root.certificate]), moment(NOW)).unwrap_err();
    assert!(matches!(error, CertificateError::TooMuch(_)), "{error}");
    assert!(verify_chain(&leaf, &many[..64], &roots(&[&root.certificate]), moment(NOW)).is_ok());
}
