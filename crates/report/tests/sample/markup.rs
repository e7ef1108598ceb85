//! A strict reader of the markup the report may contain: it panics at anything a browser would have to guess about.

/// An opening tag with its attributes, or a closing one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) closes: bool,
}

impl Tag {
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }

    /// What stays the same whatever text the page holds.
    pub(crate) fn shape(&self) -> String {
        let names: Vec<&str> = self.attributes.iter().map(|(name, _)| &**name).collect();
        format!("{}{} {}", if self.closes { "/" } else { "" }, self.name, names.join(" "))
    }
}

const VOID: [&str; 3] = ["meta", "br", "input"];

/// Every tag of a page, in order. Panics unless tags balance, attributes are quoted, and text has no stray `<` or `&`.
pub(crate) fn read(page: &str) -> Vec<Tag> {
    let mut rest = page.strip_prefix("<!doctype html>").expect("a doctype");
    let (mut tags, mut open): (Vec<Tag>, Vec<String>) = (Vec::new(), Vec::new());
    while let Some(start) = rest.find('<') {
        text(&rest[..start]);
        let (tag, after, selfclosed) = tag(&rest[start + 1..]);
        rest = after;
        if tag.closes {
            assert_eq!(open.pop().as_deref(), Some(&*tag.name), "before {}", head(rest));
        } else if !selfclosed && !VOID.contains(&&*tag.name) {
            open.push(tag.name.clone());
        }
        if tag.name == "style" && !tag.closes {
            rest = &rest[rest.find("</style>").expect("an end of style")..];
        }
        tags.push(tag);
    }
    text(rest);
    assert!(open.is_empty(), "left open: {open:?}");
    tags
}

/// The whole of one tag, what follows it, and whether it closes itself.
fn tag(source: &str) -> (Tag, &str, bool) {
    let closes = source.starts_with('/');
    let mut rest = source.strip_prefix('/').unwrap_or(source);
    let name = word(&mut rest);
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix("/>") {
            return (Tag { name, attributes, closes }, after, true);
        }
        if let Some(after) = rest.strip_prefix('>') {
            return (Tag { name, attributes, closes }, after, false);
        }
        let attribute = word(&mut rest);
        let mut value = "";
        if let Some(quoted) = rest.strip_prefix("=\"") {
            (value, rest) = quoted.split_once('"').expect("an end of the value");
            text(value);
        }
        attributes.push((attribute, value.to_owned()));
    }
}

fn word(rest: &mut &str) -> String {
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').expect("an end of the name");
    assert!(end > 0, "no name at {}", head(rest));
    let (word, after) = rest.split_at(end);
    *rest = after;
    word.to_owned()
}

fn text(text: &str) {
    for (at, _) in text.match_indices('&') {
        let entity = &text[at + 1..];
        let end = entity.find(';').expect("an end of the entity");
        let known = entity[..end].strip_prefix('#').is_some_and(|n| n.chars().all(|c| c.is_ascii_digit()));
        assert!(known, "an unescaped & at {}", head(entity));
    }
    assert!(!text.contains('<'), "a stray < in {}", head(text));
}

fn head(text: &str) -> String {
    text.chars().take(60).collect()
}
