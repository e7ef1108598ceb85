//! What certificates say that they may be used for, and what they forbid.

use rcgen::{
    CertificateParams, CustomExtension, ExtendedKeyUsagePurpose, GeneralSubtree, KeyUsagePurpose,
    NameConstraints,
};

use crate::make::{Made, authority, holds, limited, named, refusal, rooted, signer};

fn with(usages: &[KeyUsagePurpose], extended: &[ExtendedKeyUsagePurpose]) -> CertificateParams {
    let mut parameters = named("Release");
    parameters.key_usages = usages.to_vec();
    parameters.extended_key_usages = extended.to_vec();
    parameters
}

#[test]
fn a_signer_needs_one_of_two_permissions() {
    use ExtendedKeyUsagePurpose::{Any, CodeSigning, ServerAuth};
    use KeyUsagePurpose::{ContentCommitment, DigitalSignature, KeyAgreement};
    let root = rooted(authority("Root"));
    for (usages, extended) in [
        (&[DigitalSignature][..], &[][..]),
        (&[], &[CodeSigning]),
        (&[DigitalSignature], &[CodeSigning]),
        // One is enough, whatever the other says (OMS v1.0, section 8.2).
        (&[KeyAgreement], &[CodeSigning]),
        (&[DigitalSignature], &[ServerAuth]),
    ] {
        let leaf = root.issue(with(usages, extended)).certificate;
        holds(&leaf, &[], &[&root.certificate]);
        assert_eq!(leaf.is_for_code(), extended.contains(&CodeSigning));
    }
    for (usages, extended) in [
        (&[][..], &[][..]),
        (&[KeyAgreement], &[]),
        (&[ContentCommitment], &[]),
        (&[], &[ServerAuth]),
        (&[], &[Any]),
        (&[KeyAgreement], &[ServerAuth]),
    ] {
        let leaf = root.issue(with(usages, extended)).certificate;
        let error = refusal(&leaf, &[], &[&root.certificate]);
        assert_eq!(
            error,
            "the certificate `CN=Release` may not sign: it has neither the key usage digitalSignature nor the extended key usage codeSigning"
        );
        assert_eq!(refusal(&leaf, &[], &[&leaf]), error, "trusting it does not change what it may do");
    }
}

#[test]
fn an_authority_that_may_not_sign_certificates_is_refused() {
    let root = rooted(authority("Root"));
    let mut other = authority("Middle");
    other.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::CrlSign];
    let other = root.issue(other);
    let leaf = other.issue(signer("Release")).certificate;
    let error = refusal(&leaf, &[&other.certificate], &[&root.certificate]);
    assert_eq!(
        error,
        "the certificate `CN=Middle` may not sign certificates (its key usage lacks keyCertSign)"
    );
    // What has no key usage is not restricted by it.
    let mut silent = authority("Silent");
    silent.key_usages = Vec::new();
    let silent = root.issue(silent);
    let leaf = silent.issue(signer("Release")).certificate;
    holds(&leaf, &[&silent.certificate], &[&root.certificate]);
}

#[test]
fn an_authority_for_other_purposes_vouches_for_no_signer() {
    use ExtendedKeyUsagePurpose::{Any, CodeSigning, ServerAuth};
    let root = rooted(authority("Root"));
    let web = |purposes: &[ExtendedKeyUsagePurpose]| {
        let mut web = authority("Web");
        web.extended_key_usages = purposes.to_vec();
        root.issue(web)
    };
    for purposes in [&[CodeSigning][..], &[Any], &[ServerAuth, CodeSigning]] {
        let web = web(purposes);
        let leaf = web.issue(signer("Release")).certificate;
        holds(&leaf, &[&web.certificate], &[&root.certificate]);
    }
    let web = web(&[ServerAuth]);
    let leaf = web.issue(signer("Release")).certificate;
    let error = refusal(&leaf, &[&web.certificate], &[&root.certificate]);
    assert_eq!(
        error,
        "the certificate `CN=Web` is an authority's for other purposes (its extended key usage has neither codeSigning nor any)"
    );
    // Whoever trusts it by itself has said what for.
    holds(&leaf, &[], &[&web.certificate]);
}

#[test]
fn path_lengths_count_authorities_between() {
    let check = |allowed: u8, between: usize| {
        let root = rooted(limited("Root", allowed));
        let mut chain: Vec<Made> = Vec::new();
        for number in 0..between {
            let above = chain.last().unwrap_or(&root);
            let below = above.issue(authority(&format!("Middle {number}")));
            chain.push(below);
        }
        let leaf = chain.last().unwrap_or(&root).issue(signer("Release")).certificate;
        let others: Vec<_> = chain.iter().map(|made| &made.certificate).collect();
        if between <= usize::from(allowed) {
            holds(&leaf, &others, &[&root.certificate]);
        } else {
            let error = refusal(&leaf, &others, &[&root.certificate]);
            let expected = format!(
                "the certificate `CN=Root` allows {allowed} authorities below it, and there are {between}"
            );
            assert_eq!(error, expected);
        }
    };
    for allowed in 0..3 {
        for between in 0..4 {
            check(allowed, between);
        }
    }
}

#[test]
fn a_path_length_binds_from_the_middle_too() {
    let root = rooted(authority("Root"));
    let middle = root.issue(limited("Middle", 0));
    let under = middle.issue(authority("Under"));
    let leaf = under.issue(signer("Release")).certificate;
    let error = refusal(&leaf, &[&under.certificate, &middle.certificate], &[&root.certificate]);
    assert_eq!(error, "the certificate `CN=Middle` allows 0 authorities below it, and there are 1");
    // An authority that certifies its own new key is not one more (RFC 5280, section 6.1.4).
    let renewed = middle.issue(authority("Middle"));
    let leaf = renewed.issue(signer("Release")).certificate;
    holds(&leaf, &[&renewed.certificate, &middle.certificate], &[&root.certificate]);
}

#[test]
fn unknown_critical_extensions_are_refused_wherever_they_are() {
    let strange = |mut parameters: CertificateParams, critical| {
        let mut extension =
            CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99999, 1], vec![0x05, 0x00]);
        extension.set_criticality(critical);
        parameters.custom_extensions.push(extension);
        parameters
    };
    let root = rooted(authority("Root"));
    let leaf = root.issue(strange(signer("Release"), true)).certificate;
    let error = refusal(&leaf, &[], &[&root.certificate]);
    assert_eq!(
        error,
        "the certificate `CN=Release` has the critical extension 1.3.6.1.4.1.99999.1, which is not known"
    );
    let leaf = root.issue(strange(signer("Release"), false)).certificate;
    holds(&leaf, &[], &[&root.certificate]);
    let middle = root.issue(strange(authority("Middle"), true));
    let leaf = middle.issue(signer("Release")).certificate;
    assert!(
        refusal(&leaf, &[&middle.certificate], &[&root.certificate]).contains("`CN=Middle` has the critical")
    );
    let odd = rooted(strange(authority("Odd"), true));
    let leaf = odd.issue(signer("Release")).certificate;
    assert!(refusal(&leaf, &[], &[&odd.certificate]).contains("`CN=Odd` has the critical"));
}

#[test]
fn restricted_names_are_refused_rather_than_passed_over() {
    let root = rooted(authority("Root"));
    let mut narrow = authority("Narrow");
    narrow.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![GeneralSubtree::DnsName("example.org".to_owned())],
        excluded_subtrees: Vec::new(),
    });
    let narrow = root.issue(narrow);
    let leaf = narrow.issue(signer("Release")).certificate;
    let error = refusal(&leaf, &[&narrow.certificate], &[&root.certificate]);
    assert_eq!(
        error,
        "the certificate `CN=Narrow` restricts the names that it vouches for, which is not supported"
    );
}
