//! Shell commands, wherever they stand: scripts, Dockerfiles, notebooks, strings that a program runs. What they fetch and
//! run, what they hide and where they send things. Nothing is run.

mod judge;
mod packages;
mod syntax;
#[cfg(test)]
mod tests;

use casemate_core::{Confidence, Severity};

use crate::rule::Rule;

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

/// What the commands in a text do that a person should know.
pub(crate) fn issues(text: &str) -> Vec<Issue> {
    if text.len() > LONGEST {
        return Vec::new();
    }
    let mut issues = judge::issues(&syntax::parse(text));
    issues.sort();
    issues.dedup();
    issues
}

/// Whether a program runs the shell commands it is given.
fn is_shell(program: &str) -> bool {
    matches!(program, "sh" | "bash" | "zsh" | "dash" | "ksh" | "ash" | "busybox")
}
