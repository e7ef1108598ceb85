//! Certificates as text and bytes: what is read, what is refused, and that no altered byte goes unnoticed.

use casemate_sign::certificate::{Certificate, CertificateError, verify_chain};
use rcgen::{CustomExtension, SanType};

use crate::make::{NOW, authority, key, moment, rooted, roots, signer};

fn pem(certificates: &[&Certificate]) -> String {
    certificates.iter().map(|it| pem::encode(&pem::Pem::new("CERTIFICATE", it.der()))).collect()
}

#[test]
fn all_certificates_of_a_text_are_read_in_their_order() {
    let (one, two) = (rooted(authority("One")).certificate, rooted(authority("Two")).certificate);
    let text = format!("subject=CN = One\n{}\n# and another\n{}", pem(&[&one]), pem(&[&two]));
    assert_eq!(Certificate::from_pem_many(text.as_bytes()).unwrap(), [one, two]);
}

#[test]
fn a_text_without_certificates_says_what_it_holds() {
    let error = Certificate::from_pem_many(key().serialize_pem().as_bytes()).unwrap_err().to_string();
    assert_eq!(error, "no certificate in PEM form was found; the file holds: PRIVATE KEY");
    let error = Certificate::from_pem_many(rooted(authority("Root")).certificate.der()).unwrap_err();
    assert!(
        matches!(error, CertificateError::NotThere { found: None } | CertificateError::Pem(_)),
        "{error}"
    );
}

#[test]
fn a_certificate_tells_whose_it_is() {
    let mut parameters = signer("Release, \"of\" models");
    parameters.distinguished_name.push(rcgen::DnType::OrganizationName, "Example+Sons");
    parameters.subject_alt_names = vec![
        SanType::Rfc822Name("release@example.org".try_into().unwrap()),
        SanType::URI("https://example.org/release".try_into().unwrap()),
        SanType::DnsName("release.example.org".try_into().unwrap()),
    ];
    let certificate = rooted(parameters).certificate;
    assert_eq!(certificate.subject(), r#"O=Example\+Sons,CN=Release\, \"of\" models"#);
    assert_eq!(certificate.issuer(), certificate.subject());
    assert_eq!(
        certificate.names(),
        ["email:release@example.org", "uri:https://example.org/release", "dns:release.example.org"]
    );
    assert_eq!(certificate.fingerprint().len(), 64);
    assert_eq!(certificate.valid_from(), moment("2019-01-01T00:00:00Z"));
    assert_eq!(certificate.valid_until(), moment("2039-01-01T00:00:00Z"));
}

#[test]
fn names_that_look_alike_are_told_apart() {
    let subject = |name: &str| rooted(signer(name)).certificate.subject();
    assert_eq!(subject("Release"), "CN=Release");
    assert_eq!(subject("Rel\u{200b}ease"), r"CN=Rel\e2\80\8bease");
    assert_eq!(subject(r"Rel\e2\80\8bease"), r"CN=Rel\\e2\\80\\8bease");
    assert_eq!(subject("Re\u{202e}lease\u{7}"), r"CN=Re\e2\80\aelease\07");
    assert_eq!(subject("Größe 模型"), "CN=Größe 模型");
}

#[test]
fn nothing_may_follow_a_certificate_and_nothing_may_be_missing() {
    let root = rooted(authority("Root")).certificate;
    let longer = [root.der(), &[0]].concat();
    assert!(matches!(Certificate::from_der(&longer), Err(CertificateError::Malformed(_))));
    for length in 0..root.der().len() {
        assert!(Certificate::from_der(&root.der()[..length]).is_err(), "cut to {length}");
    }
    assert!(Certificate::from_der(&vec![0x30; 70_000]).is_err());
}

#[test]
fn an_extension_stands_once() {
    let mut parameters = signer("Release");
    let twice = CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99999, 1], vec![0x05, 0x00]);
    parameters.custom_extensions = vec![twice.clone(), twice];
    let der = parameters.self_signed(&key()).unwrap();
    let error = Certificate::from_der(der.der()).unwrap_err().to_string();
    assert_eq!(error, "a certificate cannot be read: the extension 1.3.6.1.4.1.99999.1 stands twice");
}

#[test]
fn no_altered_byte_goes_unnoticed() {
    let root = rooted(authority("Root"));
    let middle = root.issue(authority("Middle"));
    let leaf = middle.issue(signer("Release"));
    let trusted = roots(&[&root.certificate]);
    let check = |leaf: &Certificate, middle: &Certificate| {
        verify_chain(leaf, std::slice::from_ref(middle), &trusted, moment(NOW)).is_ok()
    };
    assert!(check(&leaf.certificate, &middle.certificate));
    for which in [&leaf.certificate, &middle.certificate] {
        for at in 0..which.der().len() {
            for bit in [0x01, 0x80] {
                let mut altered = which.der().to_vec();
                altered[at] ^= bit;
                let Ok(altered) = Certificate::from_der(&altered) else { continue };
                let holds = if which == &leaf.certificate {
                    check(&altered, &middle.certificate)
                } else {
                    check(&leaf.certificate, &altered)
                };
                assert!(!holds, "byte {at} of {} was altered", which.subject());
            }
        }
    }
}
