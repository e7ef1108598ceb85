//! What files of tensors say of themselves: text that is code although nobody expects code there, templates, licences
//! and origins. It never judges a template itself; that is for who reads templates.

use casemate_core::{Confidence, Severity};

use crate::fact::About;
use crate::finding::Finding;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;

/// How much of a value a fact repeats.
const LONGEST_FACT: usize = 400;

/// Calls, tags and commands that run something. Words alone do not count: model cards speak of all of them.
const CODE: &[&str] = &[
    "__import__(",
    "os.system(",
    "os.popen(",
    "os.exec",
    "subprocess.run(",
    "subprocess.call(",
    "subprocess.popen(",
    "subprocess.check_output(",
    "builtins.exec",
    "exec(compile(",
    "exec(base64",
    "eval(compile(",
    "eval(base64",
    "pickle.loads(",
    "marshal.loads(",
    "<script",
    "javascript:",
    "#!/bin/",
    "#!/usr/bin/",
    "powershell -e",
    "| sh\n",
    "|sh\n",
    "| bash",
    "|bash",
    "__globals__",
    "__subclasses__",
    "__builtins__",
];

/// Tells of one value in a file's metadata: as a fact, as code where it is code, and as a part where it is a template.
/// `at` is where the text stands, `len` how long it is there.
pub(crate) fn tell(key: &str, text: &str, at: u64, len: u64, scan: &mut Scan) {
    fact(key, text, scan);
    if is_template(text) || key == "tokenizer.chat_template" || key.starts_with("tokenizer.chat_template.") {
        scan.member(
            &shortened(key, LONGEST_FACT),
            &Input::from(text.as_bytes().to_vec()),
            at..at.saturating_add(len),
        );
    } else if let Some(code) = code_in(text) {
        let title = format!("The metadata `{}` holds code: `{code}`", shortened(key, 80));
        scan.find(Finding::new(Rule::MetadataCode, Severity::Medium, Confidence::Medium, title, at));
    }
}

/// What runs something in a text, if anything does.
pub(crate) fn code_in(text: &str) -> Option<&'static str> {
    let lower = text.to_lowercase();
    CODE.iter().find(|code| lower.contains(**code)).map(|code| code.trim_end())
}

/// Whether a text has blocks or expressions of a template.
pub(crate) fn is_template(text: &str) -> bool {
    let pair = |open: &str, close: &str| {
        text.find(open).is_some_and(|at| text.get(at..).is_some_and(|rest| rest.contains(close)))
    };
    pair("{%", "%}") || pair("{{", "}}") && !text.trim_start().starts_with('{')
}

/// A fact of the kind that the key says.
fn fact(key: &str, text: &str, scan: &mut Scan) {
    let value = shortened(text, LONGEST_FACT);
    let key = shortened(key, LONGEST_FACT);
    let key = key.as_str();
    let last = key.rsplit(['.', '_']).next().unwrap_or(key);
    match key {
        "license" | "licence" | "general.license" | "modelspec.license" => {
            scan.fact(About::Licence, value, key);
        }
        "base_model" | "ss_base_model_version" => scan.fact(About::BaseModel, value, key),
        _ if key.starts_with("general.base_model.") && matches!(last, "name" | "url") => {
            scan.fact(About::BaseModel, value, key);
        }
        _ if key.starts_with("general.dataset.") && matches!(last, "name" | "url") => {
            scan.fact(About::Dataset, value, key);
        }
        "general.datasets" => scan.fact(About::Dataset, value, key),
        _ => scan.fact(About::Metadata, key, value),
    }
}

/// At most so many characters.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_code_and_words_are_not() {
        for code in ["x; __import__('os')", "OS.SYSTEM('a')", "<ScRiPt>alert(1)", "curl http://a | bash"] {
            assert!(code_in(code).is_some(), "{code}");
        }
        for text in
            ["We eval on exec and subprocess", "import torch", "a photo of a bash script", "evaluate(x)"]
        {
            assert!(code_in(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_template_is_told_from_json() {
        assert!(is_template("{% for m in messages %}{{ m }}{% endfor %}"));
        assert!(is_template("Hello {{ name }}"));
        assert!(!is_template(r#"{"a": {"b": {}}}"#));
        assert!(!is_template("a set {{1}, {2}"));
    }
}
