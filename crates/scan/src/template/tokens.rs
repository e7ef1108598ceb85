//! Templates that cannot be parsed, by what stands between their marks; and the one tag of Hugging Face that Jinja does not
//! know. It only looks.

use casemate_core::{Confidence, Severity};

use super::Issue;
use super::names::is_hidden;
use crate::rule::Rule;

/// The template with `{% generation %}` and its end made comments of the same length, so that offsets stay.
pub(super) fn without_generation(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, tag)) = rest.split_once("{%") {
        plain.push_str(before);
        let Some((inside, after)) = tag.split_once("%}") else {
            plain.push_str("{%");
            plain.push_str(tag);
            return plain;
        };
        let word = inside.trim_matches(['-', '+', ' ', '\n', '\t']);
        let mark = if matches!(word, "generation" | "endgeneration") { '#' } else { '%' };
        plain.extend(['{', mark]);
        plain.push_str(inside);
        plain.extend([mark, '}']);
        rest = after;
    }
    plain.push_str(rest);
    plain
}

/// Hidden names between the marks of a template.
pub(super) fn issues(text: &str, issues: &mut Vec<Issue>) {
    let mut rest = text;
    let mut at = 0;
    // One search for either mark, so that many of one and none of the other cost no more.
    while let Some(open) = pair(rest, b"{", b"%{") {
        let Some(inside) = rest.get(open + 2..) else { return };
        let end = pair(inside, b"%}", b"}").unwrap_or(inside.len());
        let (code, after) = inside.split_at(end);
        let mut words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
        if let Some(word) = words.find(|word| is_hidden(word)) {
            issues.push(Issue {
                at: at + open as u64,
                rule: Rule::TemplateSandboxEscape,
                severity: Severity::High,
                confidence: Confidence::Medium,
                title: format!("The template names `{word}`, and cannot be parsed"),
            });
        }
        at += (open + 2 + end) as u64;
        rest = after;
    }
}

/// Where two characters stand side by side.
fn pair(text: &str, first: &[u8], second: &[u8]) -> Option<usize> {
    text.as_bytes()
        .windows(2)
        .position(|pair| matches!(*pair, [a, b] if first.contains(&a) && second.contains(&b)))
}
