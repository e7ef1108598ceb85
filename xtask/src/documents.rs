//! What a Markdown file links to and which anchors it has. Reads text; knows nothing of files.

use std::collections::{BTreeMap, BTreeSet};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

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
        let mut used: BTreeMap<String, usize> = BTreeMap::new();
        let mut heading: Option<String> = None;
        for event in Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES) {
            match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    document.targets.insert(dest_url.into_string());
                }
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::Text(words) | Event::Code(words) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&words);
                    }
                }
                Event::End(TagEnd::Heading(_)) => {
                    let slug = slug(&heading.take().unwrap_or_default());
                    let times = used.entry(slug.clone()).or_default();
                    document.anchors.insert(if *times == 0 { slug } else { format!("{slug}-{times}") });
                    *times += 1;
                }
                Event::Html(html) | Event::InlineHtml(html) => document.anchors.extend(html_ids(&html)),
                _ => {}
            }
        }
        document
    }
}

/// The anchor of a heading, as mdBook and the usual forges make it.
pub(crate) fn slug(heading: &str) -> String {
    let kept = heading.trim().chars().filter_map(|c| match c {
        c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
        c if c.is_whitespace() => Some('-'),
        _ => None,
    });
    kept.flat_map(char::to_lowercase).collect()
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
