//! Models that are signed, and sealed, with a key in a PKCS#11 token, tried with SoftHSM. Passed over aloud where it is not
//! installed; `crates/keys` tries tokens by themselves, and `crates/seal` its slots against a token of its own.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use crate::common::Folder;

const PIN: &str = "a-pin-for-tests";
const URI: &str = "pkcs11:token=casemate;object=kek";
const RELEASE: &str = "pkcs11:token=casemate;object=release";
const MODULES: &[&str] = &[
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
];

/// A token with an RSA key that wraps and a P-384 key that signs, in the folder; the module that speaks to it.
fn token(folder: &Folder) -> Option<&'static str> {
    let module = MODULES.iter().copied().find(|module| Path::new(module).exists());
    if module.is_none() {
        // Written past the test harness, which shows what a passing test prints to nobody.
        let skipped = "SKIPPED: SoftHSM is not installed (apt-get install softhsm2), so no token signed or wrapped anything";
        let mut console = std::io::stderr();
        writeln!(console, "{skipped}").unwrap();
        return None;
    }
    let tokens = folder.path().join("tokens");
    fs::create_dir(&tokens).unwrap();
    folder.write("softhsm2.conf", &format!("directories.tokendir = {}\n", tokens.display()));
    let rsa = ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "kek.pem"];
    let ec =
        ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp384r1", "-out", "release.pem"];
    assert!(folder.run_other("openssl", &rsa) && folder.run_other("openssl", &ec));
    for args in [
        &["--init-token", "--free", "--label", "casemate", "--pin", PIN, "--so-pin", "an-so-pin"][..],
        &["--import", "kek.pem", "--token", "casemate", "--label", "kek", "--id", "01", "--pin", PIN],
        &["--import", "release.pem", "--token", "casemate", "--label", "release", "--id", "02", "--pin", PIN],
    ] {
        let made = with_token(folder, "softhsm2-util", args);
        assert!(made.0 == 0, "{made:?}");
    }
    module
}

/// Runs a program that finds the token: its exit code, stdout and stderr.
fn with_token(folder: &Folder, program: &str, args: &[&str]) -> (i32, String, String) {
    let output = Command::new(program)
        .args(args)
        .current_dir(folder.path())
        .env("SOFTHSM2_CONF", folder.path().join("softhsm2.conf"))
        .env("CASEMATE_PIN", PIN)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_key_in_a_token_seals_opens_and_rotates() {
    let folder = Folder::new();
    folder.write("llm/config.json", "{}");
    let Some(module) = token(&folder) else { return };
    let by_token = ["--pkcs11-uri", URI, "--pkcs11-module", module];
    let casemate =
        |args: &[&str]| with_token(&folder, env!("CARGO_BIN_EXE_casemate"), &[args, &by_token[..]].concat());

    let run = casemate(&["seal", "llm", "--to", "sealed"]);
    assert!(run.0 == 0 && run.2.contains("opens by pkcs11-1"), "{run:?}");
    let list = folder.run(&["seal-key", "list", "sealed"]);
    assert!(list.stdout.contains(&format!("    pkcs11-1  {URI}\n")), "{list:?}");
    assert!(!fs::read_to_string(folder.path().join("sealed/seal.json")).unwrap().contains(PIN));

    let open = ["open", "sealed", "--stdout", "config.json"];
    assert_eq!(casemate(&open).1, "{}");
    let run = casemate(&["seal-key", "rewrap", "sealed"]);
    assert!(run.0 == 0, "{run:?}");
    let run = casemate(&["seal-key", "rotate", "sealed"]);
    assert!(run.0 == 0 && run.2.contains("generation 2"), "{run:?}");
    assert_eq!(casemate(&open).1, "{}");

    // Without the token nothing opens, and the folder does not say what to load.
    let run = folder.run(&open);
    assert!(run.code == 1 && run.stderr.contains("it has the slots pkcs11-1"), "{run:?}");
}

#[test]
fn a_key_in_a_token_signs_what_its_public_key_verifies() {
    let folder = Folder::new();
    folder.write("llm/config.json", "{}");
    let Some(module) = token(&folder) else { return };
    let by_token = ["--signature", "llm.sig", "--pkcs11-uri", RELEASE, "--pkcs11-module", module];
    let casemate =
        |args: &[&str]| with_token(&folder, env!("CARGO_BIN_EXE_casemate"), &[args, &by_token[..]].concat());

    let run = casemate(&["sign", "llm"]);
    assert!(run.0 == 0, "{run:?}");
    let run = casemate(&["verify", "llm"]);
    assert!(run.0 == 0 && run.1.contains("(P-384)"), "{run:?}");
    assert!(folder.run_other("openssl", &["pkey", "-in", "release.pem", "-pubout", "-out", "release.pub"]));
    let by_key = ["verify", "llm", "--signature", "llm.sig", "--public-key", "release.pub"];
    assert_eq!(folder.run(&by_key).code, 0);
    folder.write("llm/config.json", "{ }");
    assert_eq!((casemate(&["verify", "llm"]).0, folder.run(&by_key).code), (1, 1));

    // A key that wraps does not sign.
    let run = with_token(
        &folder,
        env!("CARGO_BIN_EXE_casemate"),
        &["sign", "llm", "--signature", "x.sig", "--pkcs11-uri", URI, "--pkcs11-module", module],
    );
    assert!(run.0 == 1 && !folder.path().join("x.sig").exists(), "{run:?}");
}
