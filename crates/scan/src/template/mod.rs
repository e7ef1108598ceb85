//! Jinja templates, judged by their syntax tree: what a template reaches that a chat template has no use for. Nothing is
//! rendered.

mod fold;
mod judge;
mod names;
mod nesting;
mod tokens;

use casemate_core::{Confidence, Severity};
use minijinja::machinery::parse;
use minijinja::syntax::SyntaxConfig;

use crate::finding::Finding;
use crate::rule::Rule;
use crate::scan::Scan;

/// A longer template is none.
pub(crate) const LONGEST: usize = 1024 * 1024;

/// What a template does that it should not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Issue {
    at: u64,
    rule: Rule,
    severity: Severity,
    confidence: Confidence,
    title: String,
}

/// Whether text has the marks of a template.
pub(crate) fn is_template(text: &str) -> bool {
    let has = |open: &str, close: &str| text.split_once(open).is_some_and(|(_, rest)| rest.contains(close));
    has("{%", "%}") || has("{{", "}}")
}

/// Tells what a template does that it should not. `offset` is where it begins. False if it could not be parsed: then
/// only its tokens were looked at.
pub(crate) fn judge(text: &str, offset: u64, scan: &mut Scan) -> bool {
    let plain = tokens::without_generation(text);
    let mut issues = Vec::new();
    let readable = text.len() <= LONGEST && !nesting::is_deep(&plain);
    let tree = if readable { parse(&plain, "template", SyntaxConfig::default()).ok() } else { None };
    match &tree {
        Some(tree) => issues = judge::issues(tree),
        None => tokens::issues(text, &mut issues),
    }
    let parsed = tree.is_some();
    issues.sort();
    issues.dedup();
    for issue in issues {
        let at = offset.saturating_add(issue.at);
        scan.find(Finding::new(issue.rule, issue.severity, issue.confidence, issue.title, at));
    }
    parsed
}

#[cfg(test)]
mod tests;
