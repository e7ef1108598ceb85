//! Shell commands, wherever they stand: scripts, Dockerfiles, notebooks, strings that a program runs. What they fetch and
//! run, what they hide and where they send things. Nothing is run.

mod judge;
mod packages;
mod syntax;
#[cfg(test)]
mod tests;

use casemate_core::{Confidence, Severity};

use crate::finding::Finding;
use crate::python::{self, Source};
use crate::rule::Rule;
use crate::scan::Scan;

/// Longer scripts are not read.
pub(crate) const LONGEST: usize = 1024 * 1024;

/// Something that commands do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Issue {
    /// The offset in the text.
    pub(crate) at: usize,
    pub(crate) rule: Rule,
    pub(crate) severity: Severity,
    pub(crate) confidence: Confidence,
    pub(crate) title: String,
}

/// What the commands in a text do that a person should know, and the Python that they hand to an interpreter.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) issues: Vec<Issue>,
    pub(crate) python: Vec<Snippet>,
}

/// Code of Python among commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Snippet {
    /// The offset of the command in the text.
    pub(crate) at: usize,
    pub(crate) code: String,
}

/// Takes the commands in a text apart.
pub(crate) fn read(text: &str) -> Told {
    if text.len() > LONGEST {
        return Told::default();
    }
    let mut told = judge::judge(&syntax::parse(text));
    told.issues.sort();
    told.issues.dedup();
    told
}

/// What the commands in a text do that a person should know.
pub(crate) fn issues(text: &str) -> Vec<Issue> {
    read(text).issues
}

/// Tells what the commands in a text do, with the Python among them. `label` says which text it is where there are
/// several, and `place` where an offset of it is in the file.
pub(crate) fn tell(text: &str, label: &str, place: impl Fn(usize) -> u64, scan: &mut Scan) {
    let Told { issues, python } = read(text);
    for issue in issues {
        let title = if label.is_empty() { issue.title } else { format!("{label}: {}", issue.title) };
        scan.find(Finding::new(issue.rule, issue.severity, issue.confidence, title, place(issue.at)));
    }
    tell_python(python, label, place, scan);
}

/// Tells what Python among commands does.
pub(crate) fn tell_python(
    snippets: Vec<Snippet>,
    label: &str,
    place: impl Fn(usize) -> u64,
    scan: &mut Scan,
) {
    let among = if label.is_empty() { String::new() } else { format!("{label}, ") };
    for snippet in snippets {
        // What the shell fills in is not there to be parsed.
        if snippet.code.contains('$') && !python::is_python(&snippet.code) {
            continue;
        }
        let label = format!("{among}Python in a command");
        python::judge(Source { text: snippet.code, lines: vec![place(snippet.at)], label }, scan);
    }
}

/// Whether a program runs the shell commands it is given.
fn is_shell(program: &str) -> bool {
    matches!(program, "sh" | "bash" | "zsh" | "dash" | "ksh" | "ash" | "busybox")
}
