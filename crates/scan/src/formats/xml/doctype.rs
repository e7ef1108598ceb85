//! Document types: entities that are read from elsewhere, and entities that grow when they are put in their places. None
//! is ever put anywhere.

use std::collections::BTreeMap;

use casemate_core::{Confidence, Severity};

use crate::finding::Finding;
use crate::rule::Rule;
use crate::scan::Scan;

/// How large a text that is put together from entities may be.
const LARGEST: u64 = 1024 * 1024;
const MOST_ENTITIES: usize = 10_000;

/// An entity as it is declared.
struct Entity<'t> {
    name: &'t str,
    /// The address of one that is elsewhere, or the text of one that is here.
    elsewhere: bool,
    text: &'t str,
}

/// Judges what stands in a document type. Formats of models need none at all.
pub(super) fn judge(text: &str, at: u64, is_model: bool, scan: &mut Scan) {
    let (outside, inside) = text.split_once('[').unwrap_or((text, ""));
    let entities: Vec<Entity<'_>> =
        inside.split("<!ENTITY").skip(1).take(MOST_ENTITIES).filter_map(entity).collect();
    for entity in entities.iter().filter(|entity| entity.elsewhere).take(20) {
        let reaches =
            entity.text.contains(':') || entity.text.starts_with(['/', '\\']) || entity.text.contains("..");
        let severity = if reaches || is_model { Severity::High } else { Severity::Medium };
        let title = format!("The entity `{}` is read from `{}`", entity.name, entity.text);
        scan.find(Finding::new(Rule::XmlExternalEntity, severity, Confidence::High, title, at));
    }
    if let Some((name, size)) = largest(&entities) {
        let title = if size == u64::MAX {
            format!("The entity `{name}` has no end")
        } else {
            format!("The entity `{name}` grows to {size} bytes")
        };
        scan.find(Finding::new(Rule::XmlEntityExpansion, Severity::High, Confidence::High, title, at));
    }
    let external = outside.contains(" SYSTEM") || outside.contains(" PUBLIC");
    if external || is_model {
        let severity = if is_model { Severity::Medium } else { Severity::Low };
        let title = if external {
            "The document type is read from elsewhere"
        } else {
            "The document has a document type"
        };
        scan.find(Finding::new(Rule::XmlDoctype, severity, Confidence::High, title, at));
    }
}

/// The declaration behind `<!ENTITY`.
fn entity(text: &str) -> Option<Entity<'_>> {
    let text = text.trim_start();
    let text = text.strip_prefix('%').unwrap_or(text).trim_start();
    let (name, rest) = text.split_once(char::is_whitespace)?;
    let rest = rest.trim_start();
    let (elsewhere, rest) = match rest.strip_prefix("SYSTEM") {
        Some(rest) => (true, rest),
        None => match rest.strip_prefix("PUBLIC") {
            Some(rest) => (true, quoted(rest)?.1),
            None => (false, rest),
        },
    };
    Some(Entity { name, elsewhere, text: quoted(rest)?.0 })
}

/// A text in quotes, and what is behind it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let quote = text.chars().next().filter(|first| matches!(first, '"' | '\''))?;
    text.get(1..)?.split_once(quote)
}

/// An entity that grows too large, and its size; without end if it holds itself.
fn largest<'t>(entities: &[Entity<'t>]) -> Option<(&'t str, u64)> {
    let mut texts = BTreeMap::new();
    for entity in entities.iter().filter(|entity| !entity.elsewhere) {
        texts.entry(entity.name).or_insert(entity.text);
    }
    let mut sizes = BTreeMap::new();
    for name in texts.keys() {
        let size = size(name, &texts, &mut sizes, 0);
        if size > LARGEST {
            return Some((*name, size));
        }
    }
    None
}

fn size<'t>(
    name: &'t str,
    texts: &BTreeMap<&'t str, &'t str>,
    sizes: &mut BTreeMap<&'t str, u64>,
    depth: usize,
) -> u64 {
    if let Some(size) = sizes.get(name) {
        return *size;
    }
    let Some(text) = texts.get(name) else { return 0 };
    if depth > 100 {
        return u64::MAX;
    }
    // Whoever comes back here while it is looked at goes in a circle.
    sizes.insert(name, u64::MAX);
    let mut sum = text.len() as u64;
    for part in text.split(['&', '%']).skip(1) {
        if let Some((inner, _)) = part.split_once(';')
            && let Some((inner, _)) = texts.get_key_value(inner)
        {
            sum = sum.saturating_add(size(inner, texts, sizes, depth + 1));
        }
    }
    sizes.insert(name, sum);
    sum
}
