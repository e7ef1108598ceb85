//! Files of every text format by their content and name, and what holds for any text.

use proptest::prelude::*;

use crate::format::Format;
use crate::input::Input;
use crate::verdict::{FileReport, Status, Verdict};
use crate::{About, Options, scan};
use casemate_core::Severity;

fn report(name: &str, text: &str) -> FileReport {
    scan(name, &Input::from(text.as_bytes().to_vec()), &Options::default())
}

fn rules(report: &FileReport) -> Vec<&str> {
    report.findings.iter().map(|finding| finding.rule.as_str()).collect()
}

fn check(name: &str, text: &str, format: Format, expected: &[&str]) -> FileReport {
    let report = report(name, text);
    assert_eq!((report.format, rules(&report)), (format, expected.to_vec()), "{report:#?}");
    assert_eq!(report.status, Status::Complete, "{report:#?}");
    report
}

fn facts(report: &FileReport, about: About) -> Vec<String> {
    let facts = report.facts.iter().filter(|fact| fact.about == about);
    facts.map(|fact| format!("{} {}", fact.name, fact.detail).trim_end().to_owned()).collect()
}

#[test]
fn formats_are_told_by_content() {
    check("x", "numpy==1.0\ntorch>=2\n", Format::Requirements, &["dependency-unpinned"]);
    check("vocab.txt", "hello\nworld\nthe\n", Format::Text, &[]);
    check("x", "[project]\nname = \"x\"\ndependencies = [\"numpy\"]\n", Format::PyProject, &[]);
    check("x", "[[package]]\nname = \"numpy\"\nversion = \"1.0\"\n", Format::LockFile, &[]);
    check("x", "[options]\ninstall_requires =\n  numpy\n", Format::PyProject, &[]);
    check(
        "x",
        "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12\n",
        Format::LfsPointer,
        &["content-elsewhere"],
    );
    check(
        "x",
        "flavors:\n  python_function:\n    loader_module: mlflow.sklearn\nrun_id: a\n",
        Format::MlModel,
        &[],
    );
    check("x", "name: \"a\"\nbackend: \"onnxruntime\"\nmax_batch_size: 8\n", Format::TritonConfig, &[]);
    check("x", "---\nlicense: mit\n---\n# A: b\n{x\n", Format::ModelCard, &[]);
    check("README.md", "# A {{ b }} {%\n", Format::Text, &[]);
    check("x", "a: 1\nb:\n  - c\n", Format::Yaml, &[]);
    check("x.jsonl", "{\"a\": 1}\n{\"a\": 2}\n", Format::Json, &[]);
}

#[test]
fn what_a_second_document_builds_is_not_hidden_by_a_first_that_looks_like_a_card() {
    for name in ["x", "x.yaml"] {
        let text = "---\nlicense: mit\n---\n!!python/object/apply:os.system [echo casemate]\n";
        let report = check(name, text, Format::Yaml, &["yaml-python-object"]);
        assert_eq!(report.verdict, Verdict::Malicious);
        let report = scan(name, &Input::from(format!("{text}---\n{{x").into_bytes()), &Options::default());
        assert_eq!(report.verdict, Verdict::Malicious, "{report:?}");
    }
}

#[test]
fn a_card_is_facts() {
    let text = "---\nlicense: cc-by-nc-4.0\nbase_model:\n- org/base\ndatasets: [a/b]\ntags: [x]\nmodel-index:\n- name: n\n  results:\n  - metrics:\n    - type: acc\n      value: 0.5\n---\n# Title\n## Limitations\nNot for use.\n";
    let report = check("README.md", text, Format::ModelCard, &["licence-restricted"]);
    assert_eq!(facts(&report, About::Licence), ["cc-by-nc-4.0"]);
    assert_eq!(facts(&report, About::BaseModel), ["org/base"]);
    assert_eq!(facts(&report, About::Dataset), ["a/b"]);
    assert_eq!(
        facts(&report, About::Card),
        ["tags x", "metric.acc 0.5", "section Title", "section Limitations", "limitations Not for use."]
    );
}

#[test]
fn packages_are_facts_in_every_format() {
    for (name, text, expected) in [
        ("requirements.txt", "Numpy==1.0 \\\n  --hash=sha256:aa\n-r more.txt\n", vec!["numpy ==1.0"]),
        (
            "Pipfile.lock",
            "{\"_meta\":{\"hash\":{\"sha256\":\"a\"}},\"default\":{\"numpy\":{\"version\":\"==1.0\"}}}",
            vec!["numpy ==1.0"],
        ),
        ("Pipfile", "[packages]\nnumpy = \"==1.0\"\n[dev-packages]\n", vec!["numpy ==1.0"]),
        (
            "conda.yaml",
            "channels: [defaults]\ndependencies:\n- python=3.10\n- pip:\n  - numpy==1.0\n",
            vec!["python =3.10", "numpy ==1.0"],
        ),
        (
            "python_env.yaml",
            "python: 3.10.1\nbuild_dependencies:\n- pip==23.0\ndependencies:\n- numpy==1.0\n",
            vec!["pip ==23.0", "numpy ==1.0"],
        ),
        (
            "pyproject.toml",
            "[tool.poetry.dependencies]\npython = \"^3.8\"\nnumpy = \"1.0\"\n",
            vec!["numpy ==1.0"],
        ),
        (
            "pyproject.toml",
            "[dependency-groups]\na = [\"numpy==1.0\", {include-group = \"b\"}]\n",
            vec!["numpy ==1.0"],
        ),
        (
            "uv.lock",
            "[[package]]\nname = \"numpy\"\nversion = \"1.0\"\nsource = { registry = \"https://pypi.org/simple\" }\n[[package]]\nname = \"own\"\nversion = \"1\"\nsource = { editable = \".\" }\n",
            vec!["numpy ==1.0"],
        ),
        ("setup.cfg", "[options]\ninstall_requires =\n    numpy == 1.0\n", vec!["numpy ==1.0"]),
    ] {
        let report = report(name, text);
        assert_eq!(facts(&report, About::NeedsPackage), expected, "{name}: {report:#?}");
        assert_eq!((report.verdict, rules(&report)), (Verdict::Clean, vec![]), "{name}: {report:#?}");
    }
}

#[test]
fn a_long_lock_file_is_read_package_by_package() {
    let package = |number: usize| {
        format!(
            "[[package]]\nname = \"package-{number}\"\nversion = \"1.0\"\n[package.source]\nurl = \"http://x\"\n\n"
        )
    };
    let comment = format!("# {}\n", "x".repeat(900));
    let text: String = (0..1_500).map(package).map(|package| package + &comment).collect();
    let report = report("uv.lock", &format!("version = 1\n{text}"));
    assert_eq!((report.format, report.status), (Format::LockFile, Status::Complete));
    assert_eq!(facts(&report, About::NeedsPackage).len(), 1_500);
    assert_eq!(report.findings[1].location.offset, 12 + (package(0) + &comment).len() as u64);
}

#[test]
fn where_packages_come_from_is_told() {
    for (line, rule, severity) in [
        ("--extra-index-url https://pkgs.example.com/simple", "dependency-index", Severity::Medium),
        ("--index-url=https://mirror.example.com/simple", "dependency-index", Severity::Low),
        ("--extra-index-url https://download.pytorch.org/whl/cu121", "dependency-index", Severity::Low),
        ("--extra-index-url http://pkgs.example.com/simple", "dependency-insecure", Severity::Medium),
        ("--trusted-host pkgs.example.com", "dependency-insecure", Severity::Medium),
        ("-f https://example.com/wheels", "dependency-index", Severity::Medium),
        ("git+https://github.com/a/b", "dependency-direct", Severity::Low),
        ("b @ git+https://github.com/a/b@main", "dependency-direct", Severity::Low),
        ("-e git+git://github.com/a/b#egg=b", "dependency-insecure", Severity::Medium),
        ("http://example.com/x-1.whl", "dependency-insecure", Severity::Medium),
        ("trasformers==4.0", "dependency-typosquat", Severity::Medium),
        ("torchtriton==3.0", "dependency-malicious", Severity::High),
    ] {
        let report = check("requirements.txt", line, Format::Requirements, &[rule]);
        assert_eq!(report.findings[0].severity, severity, "{line}");
    }
    let pinned = format!(
        "b @ git+https://github.com/a/b@{}\n-e .\n./x-1.whl\n--index-url https://pypi.org/simple\n",
        "0".repeat(40)
    );
    check("requirements.txt", &pinned, Format::Requirements, &[]);
}

#[test]
fn what_a_configuration_makes_its_loader_run_is_told() {
    for (text, rule, severity) in [
        (r#"{"auto_map": {"AutoModel": "modeling_x.X"}}"#, "remote-code", Severity::Medium),
        (r#"{"auto_map": {"AutoTokenizer": ["a/b--tok.X", null]}}"#, "remote-code-elsewhere", Severity::High),
        (
            r#"{"custom_pipelines": {"p": {"impl": "pipe.P", "pt": ["AutoModel"]}}}"#,
            "remote-code",
            Severity::Medium,
        ),
        (
            r#"[{"type": "sentence_transformers.models.Pooling"}, {"type": "my.Module"}]"#,
            "remote-code",
            Severity::Medium,
        ),
        (r#"{"auto_mapping": {"parent_library": "evil.module"}}"#, "remote-code", Severity::Medium),
        (
            r#"{"_diffusers_version": "0.30", "unet": ["my_unet", "Unet"], "vae": ["diffusers", "V"]}"#,
            "remote-code",
            Severity::Medium,
        ),
        (r#"{"base_model_name_or_path": "/srv/me/model"}"#, "adapter-base-path", Severity::Low),
        (r#"{"base_model_name_or_path": "org/model", "revision": null}"#, "unpinned-revision", Severity::Low),
        (
            r#"{"weight_map": {"a": "../x.safetensors", "b": "../x.safetensors"}}"#,
            "shard-traversal",
            Severity::High,
        ),
        ("a: {_target_: os.system}", "hydra-target", Severity::High),
        ("a: &x os.system\n_target_: *x", "hydra-target", Severity::High),
        (
            "flavors:\n  python_function:\n    loader_module: mine\n    code: code\nrun_id: a",
            "mlflow-loader",
            Severity::Medium,
        ),
        (
            "flavors:\n  sklearn:\n    pickled_model: ../../model.pkl\nrun_id: a",
            "file-traversal",
            Severity::High,
        ),
        ("backend: \"python\"\ninput [ { name: \"x\" } ]", "triton-python-backend", Severity::Medium),
        ("name: 'a'\nmax_batch_size: 1\ndefault_model_filename: \"../x\"", "file-traversal", Severity::High),
        ("!!python/object/apply:mine.thing []", "yaml-python-object", Severity::Medium),
        ("a: !!python/name:os.system", "yaml-python-object", Severity::High),
        (
            "%TAG !x! tag:yaml.org,2002:python/\n---\na: !x!object/apply:os.system [x]",
            "yaml-python-object",
            Severity::High,
        ),
    ] {
        let report = report("x", text);
        assert_eq!(rules(&report), [rule], "{text}: {report:#?}");
        assert_eq!(report.findings[0].severity, severity, "{text}");
    }
    for text in [
        r#"{"_diffusers_version": "0.30", "_class_name": "StableDiffusionPipeline", "s": ["stable_diffusion", "C"], "f": [null, null]}"#,
        r#"{"id2label": {"0": "eval", "1": "os.system"}, "architectures": ["A"]}"#,
        r#"{"auto_mapping": {"base_model_class": "A", "parent_library": "transformers.models.a"}}"#,
        "a: {_target_: torch.optim.AdamW}\nb: !!python/tuple [1, 2]\n",
    ] {
        let report = report("x", text);
        assert_eq!((report.verdict, rules(&report)), (Verdict::Clean, vec![]), "{text}: {report:#?}");
    }
}

fn holds(name: &str, text: &str) -> Result<(), TestCaseError> {
    let first = report(name, text);
    prop_assert!(first.coverage.understood <= first.coverage.total);
    prop_assert!(first.verdict != Verdict::Clean || first.coverage.understood == first.coverage.total);
    prop_assert_eq!(&first, &report(name, text));
    Ok(())
}

const NAMES: &[&str] =
    &["x", "requirements.txt", "x.yaml", "x.toml", "README.md", "setup.cfg", "config.pbtxt", "config.json"];
const SEEDS: &[&str] = &[
    "numpy==1.0 # x\n-r a\n--hash=sha256:aa \\\n torch",
    "[[package]]\nname = \"a\"\nsource = { url = \"http://x\" }\n[tool.uv.sources]\na = { git = \"x\" }\n",
    "[options]\ninstall_requires =\n  numpy\n  a @ x\n",
    "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12\n",
    "flavors:\n  python_function:\n    loader_module: &a x\n    code: *a\n",
    "backend: \"python\"\nparameters { key: \"EXECUTION_ENV_PATH\" value { string_value: \"../x\" } }\nmax_batch_size: 1\n",
    "---\nlicense: mit\nmodel-index: [{results: [{metrics: [{type: a, value: 1}]}]}]\n---\n# é\n",
    "{\"auto_map\": {\"a\": [\"b--c.D\", null]}, \"weight_map\": {\"x\": \"/y\"}, \"a\": 1, \"a\": 2}",
    "a: !!python/object/apply:os.system [\"x\"]\n",
];

proptest! {
    #[test]
    fn any_text_is_read_to_an_end(name in prop::sample::select(NAMES), text in "\\PC{0,80}") {
        holds(name, &text)?;
    }

    #[test]
    fn whatever_is_changed_in_a_file_it_is_read_to_an_end(
        name in prop::sample::select(NAMES),
        seed in prop::sample::select(SEEDS),
        at in any::<prop::sample::Index>(),
        len in 0..6_usize,
        put in "[a-z:=\\[\\]{}\"'\\\\#\n@!&*é-]{0,4}",
    ) {
        let mut chars: Vec<char> = seed.chars().collect();
        let from = at.index(chars.len());
        let to = (from + len).min(chars.len());
        chars.splice(from..to, put.chars());
        holds(name, &chars.into_iter().collect::<String>())?;
    }
}
