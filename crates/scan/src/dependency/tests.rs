//! Requirements as people write them, names that are slips, and addresses.

use proptest::prelude::*;

use super::address::Address;
use super::names::{Doubt, doubt, normal};
use super::requirement::Requirement;
use crate::input::Input;
use crate::limits::Limits;
use crate::scan::Scan;
use crate::verdict::FileReport;

fn report(tell: impl FnOnce(&mut Scan)) -> FileReport {
    let mut scan = Scan::new(Limits::default());
    tell(&mut scan);
    scan.conclude("test", &Input::from(Vec::new()))
}

#[test]
fn requirements_are_read_as_pep_508_writes_them() {
    for (text, name, specifier, url) in [
        ("numpy", "numpy", "", None),
        ("numpy==1.26.4", "numpy", "==1.26.4", None),
        ("torch >= 2.0, < 3 ; python_version > '3.8'", "torch", ">= 2.0, < 3", None),
        ("transformers[torch,sentencepiece]~=4.40", "transformers", "~=4.40", None),
        ("a (>=1)", "a", ">=1", None),
        ("pytz==2012b-x", "pytz", "==2012b-x", None),
        ("x @ https://host/x.whl ; extra == 'y'", "x", "", Some("https://host/x.whl")),
    ] {
        let found = Requirement::parse(text);
        assert_eq!(found, Some(Requirement { name, specifier, url }), "{text}");
    }
    for text in ["", "-e .", "two words", "a b==1", "==1", "x ==", "def f():", "a==1 b==2", "[x]", "a=1"] {
        assert_eq!(Requirement::parse(text), None, "{text}");
    }
    assert!(Requirement::parse("a==1").unwrap().is_pinned());
    assert!(!Requirement::parse("a==1.*").unwrap().is_pinned());
    assert!(!Requirement::parse("a==1,<2").unwrap().is_pinned());
}

#[test]
fn names_that_are_slips_are_told_from_names_that_are_not() {
    assert_eq!(doubt("trasformers"), Some(Doubt::Near("transformers")));
    assert_eq!(doubt("Numpyy"), Some(Doubt::Near("numpy")));
    assert_eq!(doubt("huggingface_cli"), Some(Doubt::Confused("huggingface-hub")));
    assert_eq!(doubt("torchtriton"), Some(Doubt::Malicious("triton")));
    for name in ["numpy", "torch", "torchx", "scikit_learn", "dask", "nvidia-cublas-cu11", "my-own-package"] {
        assert_eq!(doubt(name), None, "{name}");
    }
    assert_eq!(normal("Scikit__Learn.x"), "scikit-learn-x");
}

#[test]
fn an_address_never_shows_its_credentials() {
    let report = report(|scan| {
        let address = Address::parse("https://user:s3cret@pkgs.example.com/simple?token=s3cret");
        address.index("--extra-index-url", false, 0, scan);
        Address::parse("git+https://s3cret@github.com/a/b").direct(Some("b"), 1, scan);
    });
    let titles: Vec<&str> = report.findings.iter().map(|finding| &*finding.title).collect();
    assert_eq!(
        titles,
        [
            "Packages also come from `https://pkgs.example.com/simple` (--extra-index-url)",
            "`b` comes from `git+https://github.com/a/b`, whatever lies there"
        ]
    );
}

proptest! {
    #[test]
    fn any_text_is_a_requirement_or_none(text in "\\PC{0,60}") {
        if let Some(found) = Requirement::parse(&text) {
            prop_assert!(text.contains(found.name) && text.contains(found.specifier));
        }
        let _ = doubt(&text);
    }
}
