//! A SoftHSM of the test's own: a folder with tokens, and a process that knows no other. Makes keys, and asserts nothing.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use casemate_keys::pkcs11::{Token, TokenError, Uri};
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, KeyType, ObjectClass};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;

pub(crate) const PIN: &str = "a-pin-for-tests";

const MODULES: &[&str] = &[
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
];

const CHILD: &str = "CASEMATE_TEST_SOFTHSM_FOLDER";

/// The DER of the curves' object identifiers, as CKA_EC_PARAMS wants them.
pub(crate) const P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
pub(crate) const P384: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];
pub(crate) const P521: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23];

/// Runs `body` in a process of its own, with tokens of these labels.
pub(crate) fn with_tokens(test: &str, labels: &[&str], body: impl FnOnce(&Hsm)) {
    let Some(module) = MODULES.iter().map(Path::new).find(|module| module.exists()) else {
        let required = std::env::var_os("CASEMATE_REQUIRE_SOFTHSM").is_some_and(|value| value == "1");
        assert!(!required, "SoftHSM is not installed (apt-get install softhsm2), and was required");
        // Written past the test harness, which shows what a passing test prints to nobody.
        let skipped =
            "SKIPPED: SoftHSM is not installed (apt-get install softhsm2), so no token was tried by";
        let mut console = std::io::stderr();
        writeln!(console, "{skipped} {test}").unwrap();
        return;
    };
    if let Some(folder) = std::env::var_os(CHILD) {
        body(&Hsm { module: module.to_owned(), folder: folder.into() });
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let configuration = folder.path().join("softhsm2.conf");
    let tokens = folder.path().join("tokens");
    std::fs::create_dir(&tokens).unwrap();
    std::fs::write(&configuration, format!("directories.tokendir = {}\n", tokens.display())).unwrap();
    for label in labels {
        let arguments = ["--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "an-so-pin"];
        let made =
            Command::new("softhsm2-util").args(arguments).env("SOFTHSM2_CONF", &configuration).output();
        let made = made.unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env("SOFTHSM2_CONF", &configuration)
        .env(CHILD, folder.path())
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success(), "{output}\n{}", String::from_utf8_lossy(&child.stderr));
    assert!(output.contains("1 passed"), "no test is called {test}:\n{output}");
}

/// The module and the folder of this process.
pub(crate) struct Hsm {
    pub(crate) module: PathBuf,
    pub(crate) folder: PathBuf,
}

impl Hsm {
    /// Opens what a URI names, whose query this completes.
    pub(crate) fn open(&self, uri: &str) -> Result<Token, TokenError> {
        Token::open(&Uri::parse(&format!("{uri}?pin-value={PIN}")).unwrap(), Some(&self.module), None)
    }

    /// A session that may write.
    pub(crate) fn session(&self, label: &str) -> Session {
        let module = Pkcs11::new(&self.module).unwrap();
        // Another session of this process may have done so.
        let _ = module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK));
        let slots = module.get_slots_with_initialized_token().unwrap();
        let slot = slots.into_iter().find(|slot| module.get_token_info(*slot).unwrap().label() == label);
        let session = module.open_rw_session(slot.unwrap()).unwrap();
        session.login(UserType::User, Some(&AuthPin::new(PIN.into()))).unwrap();
        session
    }
}

pub(crate) fn ec_key(session: &Session, curve: &[u8], label: &str, id: u8, more: &[Attribute]) {
    let public = [
        Attribute::Token(true),
        Attribute::Private(false),
        Attribute::EcParams(curve.to_vec()),
        Attribute::Label(label.into()),
        Attribute::Id(vec![id]),
    ];
    let private = [
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Label(label.into()),
        Attribute::Id(vec![id]),
    ];
    let private = [&private, more].concat();
    session.generate_key_pair(&Mechanism::EccKeyPairGen, &public, &private).unwrap();
}

pub(crate) fn rsa_key(session: &Session, label: &str, id: u8) {
    let public = [
        Attribute::Token(true),
        Attribute::Private(false),
        Attribute::ModulusBits(2048.into()),
        Attribute::PublicExponent(vec![1, 0, 1]),
        Attribute::Label(label.into()),
        Attribute::Id(vec![id]),
    ];
    let private = [
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Decrypt(true),
        Attribute::Label(label.into()),
        Attribute::Id(vec![id]),
    ];
    session.generate_key_pair(&Mechanism::RsaPkcsKeyPairGen, &public, &private).unwrap();
}

pub(crate) fn aes_key(session: &Session, label: &str, id: u8, encrypt: bool) {
    let template = [
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Encrypt(encrypt),
        Attribute::Decrypt(true),
        Attribute::ValueLen(32.into()),
        Attribute::Label(label.into()),
        Attribute::Id(vec![id]),
    ];
    session.generate_key(&Mechanism::AesKeyGen, &template).unwrap();
}

/// Removes the public keys with this id.
pub(crate) fn forget_public(session: &Session, id: u8) {
    let template = [Attribute::Class(ObjectClass::PUBLIC_KEY), Attribute::Id(vec![id])];
    for object in session.find_objects(&template).unwrap() {
        session.destroy_object(object).unwrap();
    }
}

/// Puts a P-256 private key and its certificate into the token, and no public key.
pub(crate) fn import(
    session: &Session,
    scalar: &[u8],
    certificate: &[u8],
    subject: &[u8],
    label: &str,
    id: u8,
) {
    let key = [
        Attribute::Class(ObjectClass::PRIVATE_KEY),
        Attribute::KeyType(KeyType::EC),
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Sign(true),
        Attribute::EcParams(P256.to_vec()),
        Attribute::Value(scalar.to_vec()),
        Attribute::Label(label.into()),
        Attribute::Id(vec![id]),
    ];
    session.create_object(&key).unwrap();
    let certificate = [
        Attribute::Class(ObjectClass::CERTIFICATE),
        Attribute::CertificateType(cryptoki::object::CertificateType::X_509),
        Attribute::Token(true),
        Attribute::Private(false),
        Attribute::Subject(subject.to_vec()),
        Attribute::Value(certificate.to_vec()),
        Attribute::Label(label.into()),
        Attribute::Id(vec![id]),
    ];
    session.create_object(&certificate).unwrap();
}
