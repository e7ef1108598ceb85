//! Repositories of a few small files each, and what is said of which file.

use proptest::prelude::*;

use super::*;
use crate::fact::{About, Fact};
use crate::input::Input;
use crate::verdict::Verdict;
use crate::{Options, scan};

const REMOTE: &str = r#"{"model_type": "x", "auto_map": {"AutoModel": "modeling_x.X"}}"#;

fn reports(files: &[(&str, &str)]) -> Vec<FileReport> {
    let report =
        |(path, text): &(&str, &str)| scan(path, &Input::from(text.as_bytes().to_vec()), &Options::default());
    files.iter().map(report).collect()
}

fn judged(mut files: Vec<FileReport>) -> Vec<String> {
    let before: Vec<usize> = files.iter().map(|file| file.findings.len()).collect();
    let found: Vec<Vec<Finding>> = files.iter().map(|file| file.findings.clone()).collect();
    judge(&mut files);
    let mut told = Vec::new();
    for ((file, before), found) in files.iter().zip(before).zip(found) {
        assert!(file.findings.len() >= before);
        for finding in file.findings.iter().filter(|finding| !found.contains(finding)) {
            told.push(format!("{}: {} {}", file.path, finding.severity, finding.rule));
        }
    }
    told
}

fn check(files: &[(&str, &str)], expected: &[&str]) {
    assert_eq!(judged(reports(files)), expected, "{files:?}");
}

/// The file at a path, with a call that its reader told.
fn calls(files: &mut [FileReport], path: &str, capability: &str, detail: &str) {
    let file = files.iter_mut().find(|file| file.path == path).unwrap();
    let name = capability.to_owned();
    file.facts.push(Fact { about: About::Code, member: Vec::new(), name, detail: detail.to_owned() });
}

#[test]
fn code_that_a_loader_runs_is_judged_where_it_is() {
    let files = [("m/config.json", REMOTE), ("m/modeling_x.py", "x = 1\n"), ("m/convert.py", "y = 1\n")];
    check(&files, &[]);
    for (capability, detail, severity) in [
        ("process", "line 3: `os.system` when imported", "critical"),
        ("process", "line 3: `os.system` in a function", "high"),
        ("network", "line 3: `requests.get` when imported", "high"),
    ] {
        let mut reports = reports(&files);
        calls(&mut reports, "m/modeling_x.py", capability, detail);
        // Nobody is told to run this one.
        calls(&mut reports, "m/convert.py", capability, detail);
        assert_eq!(judged(reports), [format!("m/modeling_x.py: {severity} remote-code-dangerous")]);
    }
    let mut reports = reports(&files);
    calls(&mut reports, "m/modeling_x.py", "file-read", "line 3: `open` when imported");
    calls(&mut reports, "m/modeling_x.py", "nested-deserialise", "line 3: `torch.load` in a function");
    assert_eq!(judged(reports), [""; 0]);
}

#[test]
fn what_the_code_imports_runs_with_it() {
    let files = [("config.json", REMOTE), ("modeling_x.py", "x = 1\n"), ("helper.py", "y = 1\n")];
    let mut reports = reports(&files);
    let import = |name: &str| Fact {
        about: About::NeedsFile,
        member: Vec::new(),
        name: name.to_owned(),
        detail: "import".to_owned(),
    };
    reports[1].facts.push(import("helper.py"));
    reports[2].facts.push(import("./modeling_x.py"));
    calls(&mut reports, "helper.py", "process", "line 1: `os.system` when imported");
    judge(&mut reports);
    assert_eq!(reports[2].verdict, Verdict::Malicious);
    assert_eq!(reports[1].verdict, Verdict::Clean);
}

#[test]
fn code_is_found_in_every_place_that_loaders_look_in() {
    let mlmodel = "run_id: a\nflavors:\n  python_function:\n    loader_module: mine.loader\n    code: code\n";
    let pipeline =
        r#"{"_diffusers_version": "0.30", "_class_name": ["pipe", "P"], "unet": ["my_unet", "U"]}"#;
    let triton = "backend: \"python\"\nmax_batch_size: 1\n";
    for (config, text, code) in [
        ("a/config.json", REMOTE, "a/modeling_x.py"),
        ("a/config.json", REMOTE, "a/modeling_x/__init__.py"),
        ("MLmodel", mlmodel, "code/mine/loader.py"),
        ("model_index.json", pipeline, "unet/my_unet.py"),
        ("model_index.json", pipeline, "pipe.py"),
        ("t/config.pbtxt", triton, "t/2/model.py"),
    ] {
        let mut reports = reports(&[(config, text), (code, "x = 1\n")]);
        calls(&mut reports, code, "process", "line 1: `os.system` when imported");
        judge(&mut reports);
        assert_eq!(reports[1].verdict, Verdict::Malicious, "{config} {code}");
    }
    check(&[("config.json", REMOTE), ("x.py", "x = 1\n")], &["config.json: low missing-code"]);
    check(
        &[("config.json", r#"{"model_type": "x"}"#), ("custom_generate/generate.py", "x = 1\n")],
        &["custom_generate/generate.py: medium remote-code"],
    );
}

#[test]
fn shards_are_held_against_their_index_and_their_numbers() {
    let index = r#"{"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}"#;
    let first = ("m/model-00001-of-00002.safetensors", "x");
    let second = ("m/model-00002-of-00002.safetensors", "x");
    let at = ("m/model.safetensors.index.json", index);
    check(&[at, first, second], &[]);
    check(&[at], &[]);
    check(&[at, first], &["m/model.safetensors.index.json: low missing-file"]);
    let half = r#"{"weight_map": {"a": "model-00001-of-00002.safetensors"}}"#;
    check(&[("m/i.json", half), first, second], &["m/model-00002-of-00002.safetensors: low unlisted-shard"]);
    check(&[first, ("x", "y")], &["m/model-00001-of-00002.safetensors: low missing-file"]);
    check(&[first, second], &[]);
    check(&[("m/0-of-1.bin", "x"), ("m/2024-01-of-02.txt", "y")], &[]);
}

#[test]
fn data_beside_a_model_is_as_long_as_the_model_needs() {
    let model = r#"<?xml version="1.0"?><net name="n" version="11"><layers><layer id="0" name="w" type="Const" version="opset1">
        <data element_type="u8" shape="8" offset="0" size="8"/></layer></layers></net>"#;
    let with = |data: &str| judged(reports(&[("m/net.xml", model), ("m/net.bin", data)]));
    assert_eq!(with("01234567"), [""; 0]);
    assert_eq!(with("0123456"), ["m/net.xml: medium openvino-data-range"]);
    check(&[("m/net.xml", model), ("m/other.bin", "01234567")], &["m/net.xml: low missing-file"]);
    let index = r#"{"weight_map": {"a": "./a.safetensors"}}"#;
    check(&[("m/model.safetensors.index.json", index), ("m/a.safetensors", "x")], &[]);
}

#[test]
fn a_model_without_a_licence_and_compiled_code_are_told() {
    let config = r#"{"architectures": ["X"]}"#;
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12\n";
    let (config, weights) = (("m/config.json", config), ("m/model.safetensors", pointer));
    check(&[config, weights], &["m/config.json: low licence-missing"]);
    check(&[config], &[]);
    check(&[config, weights, ("LICENSE.txt", "Do what you want")], &[]);
    check(&[config, weights, ("m/README.md", "---\nlicense: mit\n---\n")], &[]);
    check(&[config, weights, ("other/LICENSE", "x")], &["m/config.json: low licence-missing"]);
    check(&[("m/ops.pyc", "\u{1}\u{2}"), ("m/x.so.txt", "text")], &["m/ops.pyc: medium compiled-code"]);
}

#[test]
fn paths_are_resolved_as_a_file_system_would() {
    for (below, path, expected) in [
        ("a/b", "c", Some("a/b/c")),
        ("a/b", "./../c", Some("a/c")),
        ("", "./a//b", Some("a/b")),
        ("/a", "b", Some("/a/b")),
        ("a", "/b", Some("/b")),
        ("a", "..", None),
        ("../x", "../../y", Some("../../y")),
    ] {
        assert_eq!(resolved(below, path).as_deref(), expected, "{below} {path}");
    }
}

proptest! {
    #[test]
    fn any_repository_is_judged(
        files in prop::collection::vec(("[a-c./-]{1,12}", prop::sample::select(vec![
            REMOTE,
            "{\"weight_map\": {\"a\": \"a-0001-of-0009.b\", \"b\": \"../c\"}}",
            "backend: \"python\"\nmax_batch_size: 1\n",
            "x = 1\n",
            "",
        ])), 0..12),
    ) {
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (&**path, *text)).collect();
        let (mut first, mut second) = (reports(&files), reports(&files));
        judge(&mut first);
        judge(&mut second);
        prop_assert_eq!(first, second);
    }
}
