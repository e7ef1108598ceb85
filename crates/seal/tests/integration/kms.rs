//! Key services behind programs: what they are told, and what becomes of those that fail, dawdle, or talk too much.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use casemate_seal::{Holder, Keys, PROTOCOL, Plugin, SealError, Unlocked, slots};

use crate::common::Model;

/// One test at a time: a program cannot be run while a process that another test has just begun still holds it open.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A program in the model's folder.
fn program(model: &Model, name: &str, text: &str) -> PathBuf {
    let path = model.at(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// Gives back what it was given, and writes down what it was told.
const ECHO: &str = r#"#!/bin/sh
cat > "$(dirname "$0")/told"
echo "$#" > "$(dirname "$0")/arguments"
data=$(sed 's/.*"data":"\([^"]*\)".*/\1/' "$(dirname "$0")/told")
printf '{"data":"%s"}\n' "$data"
"#;

fn keys(plugin: &Plugin) -> Keys {
    Keys { plugins: [(plugin.name().to_owned(), plugin.clone())].into(), ..Keys::default() }
}

#[test]
fn a_plugin_wraps_and_unwraps_and_is_told_what_the_key_is_for() {
    let _alone = alone();
    let model = Model::plain();
    let plugin = Plugin::new("stub", program(&model, "echo.sh", ECHO));
    model.seal(&[Holder::Kms(plugin.clone(), "alias/models".to_owned())]).unwrap();
    let told: serde_json::Value = serde_json::from_slice(&fs::read(model.at("told")).unwrap()).unwrap();
    assert_eq!(told["protocol"], PROTOCOL);
    assert_eq!((&told["operation"], &told["key"]), (&"wrap".into(), &"alias/models".into()));
    assert_eq!(told["context"]["casemate:model"], "demo");
    assert_eq!(told["context"]["casemate:slot"], "kms-1");
    assert_eq!(
        fs::read_to_string(model.at("arguments")).unwrap(),
        "0\n",
        "nothing stands on the command line"
    );
    model.assert_opens_with(&keys(&plugin));
    let told: serde_json::Value = serde_json::from_slice(&fs::read(model.at("told")).unwrap()).unwrap();
    assert_eq!(told["operation"], "unwrap");
    assert_eq!(slots::rewrap(&model.at("sealed"), &keys(&plugin), &[]).unwrap(), ["kms-1"]);
    model.assert_opens_with(&keys(&plugin));
}

#[test]
fn what_is_sealed_never_says_which_program_runs() {
    let _alone = alone();
    let model = Model::plain();
    let plugin = Plugin::new("stub", program(&model, "echo.sh", ECHO));
    model.seal(&[Holder::Kms(plugin, "alias/models".to_owned())]).unwrap();
    assert!(!fs::read_to_string(model.at("sealed/seal.json")).unwrap().contains("echo.sh"));
    let other = Plugin::new("other", program(&model, "other.sh", ECHO));
    let refused = Unlocked::open(&model.at("sealed"), &keys(&other)).unwrap_err();
    assert!(matches!(refused, SealError::NoKey { tried, .. } if tried.is_empty()));
}

#[test]
fn programs_that_misbehave_are_refused_in_time() {
    let _alone = alone();
    let cases = [
        ("exit 3", "it ended with exit status: 3"),
        ("echo no such key >&2; exit 1", "it ended with exit status: 1: no such key"),
        ("echo '{\"error\":\"access \\u001b[2Jdenied\"}'", "access [2Jdenied"),
        ("echo '{}'", "its answer has neither `data` nor `error`"),
        ("echo '{\"data\":\"***\"}'", "its `data` is not base64"),
        ("echo 'SECRET'", "its answer is not JSON of casemate/kms/v1"),
        ("yes x | head -c 100000", "its answer is longer than 65536 bytes"),
        ("exec sleep 600", "no answer within 0.5 s"),
        ("exec >&-; exec sleep 600", "no answer within 0.5 s"),
    ];
    for (number, (script, reason)) in cases.iter().enumerate() {
        let model = Model::plain();
        let path = program(&model, &format!("{number}.sh"), &format!("#!/bin/sh\n{script}\n"));
        let plugin = Plugin::new("stub", path).patient(Duration::from_millis(500));
        let refused = model.seal(&[Holder::Kms(plugin, "k".to_owned())]).unwrap_err().to_string();
        assert!(
            refused.contains("the plugin `stub` failed") && refused.contains(reason),
            "{script}: {refused}"
        );
        assert!(!refused.contains("SECRET"), "{refused}");
        assert!(!model.at("sealed").exists());
    }
    let model = Model::plain();
    let none = Plugin::new("stub", model.at("nowhere"));
    let refused = model.seal(&[Holder::Kms(none, "k".to_owned())]).unwrap_err().to_string();
    assert!(refused.contains("cannot run"), "{refused}");
}

#[test]
fn what_is_no_key_opens_nothing() {
    let _alone = alone();
    let model = Model::plain();
    let plugin = Plugin::new("stub", program(&model, "echo.sh", ECHO));
    model.seal(&[Holder::Kms(plugin, "k".to_owned())]).unwrap();
    let short = Plugin::new("stub", program(&model, "short.sh", "#!/bin/sh\necho '{\"data\":\"AAAA\"}'\n"));
    let refused = Unlocked::open(&model.at("sealed"), &keys(&short)).unwrap_err().to_string();
    assert_eq!(refused, "no key opens it: kms-1: what it holds is no data key");
}
