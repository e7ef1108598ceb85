//! Hostile text in Markdown: shown as it is written, never obeyed.
//!
//! Backslashes disarm what Markdown itself knows. What a host adds on top (mentions, links to issues, bare addresses,
//! mathematics) is looked for in the finished page, where no backslash helps; a word that could be meant goes into a
//! code span, which no host looks into. The same text is safe in a paragraph, a heading and a table cell.

use casemate_core::printable;

/// A text in a line of prose or a table cell. An identifier in backticks stays a code span.
pub(super) fn text(text: &str) -> String {
    let shown = printable(text);
    let mut rest = shown.trim();
    let mut out = String::with_capacity(rest.len());
    while let Some((before, name, after)) = quoted_name(rest) {
        words(&mut out, before);
        span(&mut out, name);
        rest = after;
    }
    words(&mut out, rest);
    out
}

/// A text as code.
pub(super) fn code(text: &str) -> String {
    let shown = printable(text);
    let mut out = String::new();
    pieces(&mut out, shown.trim(), span);
    out
}

/// The first code span that holds nothing but what an identifier may hold.
fn quoted_name(text: &str) -> Option<(&str, &str, &str)> {
    let mut start = 0;
    loop {
        let (before, rest) = text.get(start..)?.split_once('`')?;
        let (name, after) = rest.split_once('`')?;
        if !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.@".contains(&b)) {
            return Some((text.get(..start + before.len())?, name, after));
        }
        start += before.len() + 1;
    }
}

fn words(out: &mut String, text: &str) {
    for word in text.split_inclusive(' ') {
        pieces(out, word, |out, piece| if is_bait(piece) { span(out, piece) } else { escape(out, piece) });
    }
}

/// Hands on what stands between pipes and backslashes, and escapes these itself: a table cell ends at a pipe even
/// within code, and no code span can hold a backslash before it.
fn pieces(out: &mut String, text: &str, mut each: impl FnMut(&mut String, &str)) {
    for piece in text.split_inclusive(['|', '\\']) {
        let (inner, end) = match piece.strip_suffix(['|', '\\']) {
            Some(inner) => (inner, piece.get(inner.len()..).unwrap_or_default()),
            None => (piece, ""),
        };
        if !inner.is_empty() {
            each(out, inner);
        }
        if !end.is_empty() {
            out.push('\\');
            out.push_str(end);
        }
    }
}

/// Whether a host may take a word for a mention, a link or a formula.
fn is_bait(word: &str) -> bool {
    let lower = word.to_lowercase();
    word.contains(['@', '#', '$'])
        || ["://", "www.", "gh-", "mailto:", "xmpp:"].iter().any(|bait| lower.contains(bait))
}

fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '`' | '*' | '_' | '[' | ']' | '~' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
}

/// A code span, fenced with more backticks than it holds in a row.
fn span(out: &mut String, text: &str) {
    let inner = text.trim();
    if inner.is_empty() {
        return out.push_str(text);
    }
    let runs = inner.split(|c| c != '`').map(str::len);
    let fence = "`".repeat(runs.max().unwrap_or(0) + 1);
    let pad = if inner.starts_with('`') || inner.ends_with('`') { " " } else { "" };
    // Two spans side by side would read as one.
    if out.ends_with('`') {
        out.push(' ');
    }
    out.push_str(&fence);
    out.push_str(pad);
    out.push_str(inner);
    out.push_str(pad);
    out.push_str(&fence);
    if text.ends_with(' ') {
        out.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::{code, text};

    #[test]
    fn prose_stays_readable() {
        assert_eq!(
            text("no working `model-signing` on `llm`; anyone"),
            "no working `model-signing` on `llm`; anyone"
        );
        assert_eq!(text("see https://evil.example/x now"), "see `https://evil.example/x` now");
        assert_eq!(text("  two\nlines "), "two lines");
    }

    #[test]
    fn markup_is_shown_and_not_obeyed() {
        assert_eq!(text("<b>*x*</b>"), "&lt;b&gt;\\*x\\*&lt;/b&gt;");
        assert_eq!(text("[a](b) ![c](d)"), "\\[a\\](b) !\\[c\\](d)");
        assert_eq!(text("a|b\\|c"), "a\\|b\\\\\\|c");
        assert_eq!(text("@all"), "`@all`");
        assert_eq!(text("`x y`"), "\\`x y\\`");
        assert_eq!(text("x@y`llm`"), "`x@y` `llm`");
    }

    #[test]
    fn code_holds_anything() {
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code("a|b"), "`a`\\|`b`");
        assert_eq!(code(""), "");
    }
}
