//! Random chains, right and wrong, held against `openssl verify`: both must accept the same. Says so where there is no
//! `openssl`. What each rule is, the tests beside this say; the two differ on purpose in none that is drawn here.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use casemate_sign::certificate::{Certificate, verify_chain};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose,
    date_time_ymd,
};

use crate::make::{Made, NOW, authority, key_for, moment, named, rooted_with, roots};

const CHAINS: usize = 100;

#[test]
fn openssl_accepts_the_same_chains() {
    if Command::new("openssl").arg("version").output().is_err() {
        // Written past the test harness, which shows what a passing test prints to nobody.
        let mut console = std::io::stderr();
        writeln!(console, "SKIPPED: there is no openssl, so no chain was held against it").unwrap();
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut dice = Dice(0x5eed_5eed_5eed_5eed);
    let (mut accepted, mut refused) = (0, 0);
    for number in 0..CHAINS {
        let (chain, may_sign) = chain(&mut dice);
        let (root, rest) = chain.split_first().unwrap();
        let (leaf, others) = rest.split_last().unwrap();
        let ours = verify_chain(leaf, others, &roots(&[root]), moment(NOW));
        let (theirs, why) = openssl(folder.path(), leaf, others, root);
        assert_eq!(ours.is_ok(), theirs && may_sign, "chain {number}: ours {ours:?}, openssl {why}");
        if ours.is_ok() { accepted += 1 } else { refused += 1 }
    }
    assert!(accepted >= 25 && refused >= 25, "{accepted} accepted, {refused} refused");
}

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    /// True once in so many times.
    fn hits(&mut self, sides: u64) -> bool {
        self.roll(sides) == 0
    }
}

/// A chain from the root to the signer, and whether the signer may sign models, which `openssl verify` does not ask.
fn chain(dice: &mut Dice) -> (Vec<Certificate>, bool) {
    let kinds = [&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ECDSA_P384_SHA384, &rcgen::PKCS_ED25519];
    let key = |dice: &mut Dice| key_for(kinds[dice.roll(3) as usize]);
    let root_key = key(dice);
    let mut chain: Vec<Made> = vec![rooted_with(any_authority(dice, "Root", true), root_key)];
    for number in 0..dice.roll(4) {
        let parameters = any_authority(dice, &format!("Middle {number}"), false);
        let below = chain.last().unwrap().issue_with(parameters, key(dice));
        chain.push(below);
    }
    let mut signer = any(dice, named("Release"));
    let permitted = dice.roll(6);
    signer.key_usages = match permitted {
        0 => vec![KeyUsagePurpose::KeyAgreement],
        _ => vec![KeyUsagePurpose::DigitalSignature],
    };
    let for_code = dice.hits(2);
    if for_code {
        signer.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
    }
    if dice.hits(5) {
        signer.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    let leaf = chain.last().unwrap().issue(signer);
    chain.push(leaf);
    let mut chain: Vec<Certificate> = chain.into_iter().map(|made| made.certificate).collect();
    if chain.len() > 2 && dice.hits(10) {
        chain.remove(1);
    }
    (chain, permitted != 0 || for_code)
}

fn any_authority(dice: &mut Dice, name: &str, root: bool) -> CertificateParams {
    let mut parameters = any(dice, authority(name));
    if dice.hits(3) {
        parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(dice.roll(3) as u8));
    } else if !root && dice.hits(12) {
        parameters.is_ca = IsCa::NoCa;
    }
    match dice.roll(24) {
        0 => parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature],
        1..8 => parameters.key_usages = Vec::new(),
        _ => {}
    }
    parameters
}

/// What may be wrong with any certificate, once in a while.
fn any(dice: &mut Dice, mut parameters: CertificateParams) -> CertificateParams {
    match dice.roll(40) {
        0 => parameters.not_after = date_time_ymd(2026, 1, 1),
        1 => parameters.not_before = date_time_ymd(2030, 1, 1),
        2 => {
            let mut unknown = CustomExtension::from_oid_content(&[1, 2, 3, 4, 5], vec![0x05, 0x00]);
            unknown.set_criticality(true);
            parameters.custom_extensions = vec![unknown];
        }
        _ => {}
    }
    parameters
}

fn openssl(folder: &Path, leaf: &Certificate, others: &[Certificate], root: &Certificate) -> (bool, String) {
    let write = |name: &str, certificates: &[Certificate]| {
        let text = certificates.iter().map(|it| pem::encode(&pem::Pem::new("CERTIFICATE", it.der())));
        fs::write(folder.join(name), text.collect::<String>()).unwrap();
    };
    write("leaf.pem", std::slice::from_ref(leaf));
    write("root.pem", std::slice::from_ref(root));
    write("others.pem", others);
    let mut verify = Command::new("openssl");
    verify.current_dir(folder).args(["verify", "-attime", &moment(NOW).as_second().to_string()]);
    verify.args(["-no-CApath", "-no-CAstore", "-CAfile", "root.pem"]);
    if !others.is_empty() {
        verify.args(["-untrusted", "others.pem"]);
    }
    let output = verify.arg("leaf.pem").output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}
