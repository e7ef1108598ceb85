//! The AWS plugin of `examples/kms` against an emulator of AWS KMS (moto), run the way a user runs both. Passed over aloud
//! where there is no Python or PyPI cannot be reached; `tests/integration/kms.rs` holds the protocol against a stub.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that fails should say where")]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use casemate_seal::{Holder, Keys, Plugin, SealRequest, Unlocked, Watch, seal, slots};

/// A running emulator, which ends with the test.
struct Emulator {
    child: Child,
    python: PathBuf,
    endpoint: String,
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The virtual environment, or nothing where it cannot be made.
fn environment() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("aws-kms-venv");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/aws/venv.sh");
    let made = Command::new("sh").arg(script).arg(&folder).output().unwrap();
    if made.status.success() {
        return Some(folder.join("bin"));
    }
    let required = std::env::var_os("CASEMATE_REQUIRE_PYPI").is_some_and(|value| value == "1");
    assert!(!required, "no emulator, and it was required: {}", String::from_utf8_lossy(&made.stderr));
    // Written past the test harness, which shows what a passing test prints to nobody.
    let why = String::from_utf8_lossy(&made.stderr);
    let why = why.trim().lines().last().unwrap_or_default();
    let skipped = "SKIPPED: no Python or no PyPI, so the AWS plugin was not tried";
    let mut console = std::io::stderr();
    writeln!(console, "{skipped}: {why}").unwrap();
    None
}

impl Emulator {
    fn start(bin: &Path) -> Self {
        let mut child = Command::new(bin.join("moto_server"))
            .args(["--host", "127.0.0.1", "--port", "0"])
            .env("PYTHONUNBUFFERED", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        let endpoint = loop {
            line.clear();
            assert!(said.read_line(&mut line).unwrap() > 0, "the emulator does not start");
            if let Some((_, address)) = line.split_once("Running on http://") {
                break format!("http://{}", address.split_whitespace().next().unwrap());
            }
        };
        // What it goes on to say must go somewhere.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Self { child, python: bin.join("python"), endpoint }
    }

    /// What a shell needs to reach it.
    fn exports(&self) -> String {
        let Self { endpoint, .. } = self;
        format!(
            "export AWS_ENDPOINT_URL_KMS={endpoint} AWS_REGION=eu-central-1 AWS_DEFAULT_REGION=eu-central-1\n\
             export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_EC2_METADATA_DISABLED=true\n"
        )
    }

    /// The plugin, in a script that says where the service is.
    fn plugin(&self, folder: &Path) -> PathBuf {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/kms/aws-kms");
        let (exports, python, program) = (self.exports(), self.python.display(), program.display());
        let script = folder.join("plugin.sh");
        fs::write(&script, format!("#!/bin/sh\n{exports}exec {python} {program}\n")).unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        script
    }

    /// Makes a key with a name.
    fn key(&self, alias: &str) {
        let code = format!(
            "import boto3; kms = boto3.client('kms'); \
             kms.create_alias(AliasName='{alias}', TargetKeyId=kms.create_key()['KeyMetadata']['KeyId'])"
        );
        let script = format!("{}exec \"$0\" -c \"$1\"", self.exports());
        let made = Command::new("sh").arg("-c").arg(script).arg(&self.python).arg(code).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }
}

/// Asks the plugin as Casemate would, with a context of the test's own.
fn ask(script: &Path, operation: &str, key: &str, model: &str, data: &str) -> serde_json::Value {
    let request = serde_json::json!({
        "protocol": casemate_seal::PROTOCOL, "operation": operation, "key": key, "data": data,
        "context": { "casemate:format": casemate_seal::FORMAT, "casemate:model": model, "casemate:slot": "kms-1" },
    });
    let mut child = Command::new(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(request.to_string().as_bytes()).unwrap();
    serde_json::from_slice(&child.wait_with_output().unwrap().stdout).unwrap()
}

#[test]
fn a_model_is_sealed_opened_and_rewrapped_by_a_key_of_aws_kms() {
    let Some(bin) = environment() else { return };
    let emulator = Emulator::start(&bin);
    emulator.key("alias/models");
    emulator.key("alias/others");
    let folder = tempfile::tempdir().unwrap();
    let script = emulator.plugin(folder.path());
    let plugin = Plugin::new("aws", &script).patient(Duration::from_secs(120));
    let keys = Keys { plugins: [("aws".to_owned(), plugin.clone())].into(), ..Keys::default() };

    let (from, to) = (folder.path().join("plain"), folder.path().join("sealed"));
    fs::create_dir(&from).unwrap();
    fs::write(from.join("weights.bin"), "weights").unwrap();
    let holders = [Holder::Kms(plugin, "alias/models".to_owned())];
    let model = "support-llm".parse().unwrap();
    let request = SealRequest { from: &from, to: &to, model, holders: &holders, follow_links: false };
    seal(&request, Watch::NOBODY).unwrap();
    let opens = || {
        let mut out = Vec::new();
        Unlocked::open(&to, &keys).unwrap().write("weights.bin", None, &mut out).unwrap();
        assert_eq!(out, b"weights");
    };
    opens();
    slots::rewrap(&to, &keys, &[]).unwrap();
    opens();

    // The service itself holds the key to the model it was wrapped for, and to itself.
    let wrapped = ask(&script, "wrap", "alias/models", "support-llm", "c2VjcmV0");
    let wrapped = wrapped["data"].as_str().unwrap();
    assert_eq!(ask(&script, "unwrap", "alias/models", "support-llm", wrapped)["data"], "c2VjcmV0");
    let other = ask(&script, "unwrap", "alias/models", "other-llm", wrapped);
    assert!(other["error"].as_str().unwrap().contains("InvalidCiphertext"), "{other}");
    let other = ask(&script, "unwrap", "alias/others", "support-llm", wrapped);
    assert!(other["error"].is_string(), "{other}");
    let none = ask(&script, "wrap", "alias/nowhere", "support-llm", "c2VjcmV0");
    assert!(none["error"].as_str().unwrap().contains("NotFound"), "{none}");
}
