//! What a Markdown file links to and which anchors it has. Reads text; knows nothing of files.

use std::collections::BTreeSet;

use comrak::nodes::{Node, NodeValue};
use comrak::{Anchorizer, Arena, Options, parse_document};

/// A Markdown document.
#[derive(Debug, Default)]
pub(crate) struct Document {
    /// Where its links and pictures lead, as written.
    pub(crate) targets: BTreeSet<String>,
    /// What can stand behind `#` in a link to it.
    pub(crate) anchors: BTreeSet<String>,
}

impl Document {
    pub(crate) fn parse(text: &str) -> Self {
        let mut document = Self::default();
        let mut anchorizer = Anchorizer::new();
        let mut options = Options::default();
        options.extension.table = true;
        options.extension.footnotes = true;
        let arena = Arena::new();
        for node in parse_document(&arena, text, &options).descendants() {
            match &node.data().value {
                NodeValue::Link(link) | NodeValue::Image(link) => {
                    document.targets.insert(link.url.clone());
                }
                NodeValue::Heading(_) => {
                    document.anchors.insert(anchorizer.anchorize(&words(node)));
                }
                NodeValue::HtmlBlock(html) => document.anchors.extend(html_ids(&html.literal)),
                NodeValue::HtmlInline(html) => document.anchors.extend(html_ids(html)),
                _ => {}
            }
        }
        document
    }
}

/// The anchor of the first heading of these words, as mdBook and the usual forges make it.
pub(crate) fn slug(heading: &str) -> String {
    Anchorizer::new().anchorize(heading)
}

/// The words of a heading without its markup.
fn words(heading: Node<'_>) -> String {
    let mut words = String::new();
    for node in heading.descendants() {
        match &node.data().value {
            NodeValue::Text(text) => words.push_str(text),
            NodeValue::Code(code) => words.push_str(&code.literal),
            _ => {}
        }
    }
    words
}

/// The values of `id="…"` in a piece of HTML.
fn html_ids(html: &str) -> impl Iterator<Item = String> {
    html.split(" id=\"").skip(1).filter_map(|rest| rest.split_once('"')).map(|(id, _)| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_are_those_of_the_book() {
        assert_eq!(slug("prompt-injection"), "prompt-injection");
        assert_eq!(slug("The system file"), "the-system-file");
        assert_eq!(slug("owasp-llm@2026"), "owasp-llm2026");
        assert_eq!(slug("What is `open`?"), "what-is-open");
    }

    #[test]
    fn links_in_code_are_no_links() {
        let text = "# One `two`\n[a](b.md#c) `[x](y)` ![p](p.svg)\n\n```\n[x](y)\n```\n\n<a id=\"here\"></a>\n\n# One two\n";
        let document = Document::parse(text);
        assert_eq!(document.targets, ["b.md#c", "p.svg"].map(str::to_owned).into());
        assert_eq!(document.anchors, ["here", "one-two", "one-two-1"].map(str::to_owned).into());
    }
}
