//! YAML as a stream of values with their places and tags. Nothing that a tag names is built, no alias is copied: how
//! much an alias would copy is counted.

use std::collections::BTreeMap;

use granit_parser::{Event, Options, Parser, Span, Tag};

/// The longest path that values are told with.
const DEEPEST: usize = 200;

/// The longest scalar that is shown again where an alias names it.
const LONGEST_ALIAS: usize = 1024;

/// Who looks at the values of a stream.
pub(crate) trait Visitor {
    /// A scalar: the keys that lead to it, `[]` for an item of a list, its text, and the offset where it begins.
    fn scalar(&mut self, path: &[String], text: &str, at: u64);

    /// A tag, such as `tag:yaml.org,2002:python/tuple`.
    fn tag(&mut self, _tag: &str, _at: u64) {}
}

/// What there is to say of a whole stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Outcome {
    /// Where it is no YAML any more.
    pub(crate) broken: Option<u64>,
    /// How many values a loader makes of it that copies what aliases name.
    pub(crate) expanded: u64,
    /// Scalars that are not keys.
    pub(crate) scalars: u64,
    /// Keys at the outermost level.
    pub(crate) keys: u64,
}

/// Shows every scalar of a stream to a visitor.
pub(crate) fn walk(text: &str, visitor: &mut impl Visitor) -> Outcome {
    let mut options = Options::default();
    options.set_emit_comments(false);
    options.flow_nesting_limit = DEEPEST;
    options.block_nesting_limit = DEEPEST;
    let mut walk = Walk {
        text,
        visitor,
        open: Vec::new(),
        path: Vec::new(),
        weights: BTreeMap::new(),
        texts: BTreeMap::new(),
        outcome: Outcome::default(),
    };
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, span)) => walk.event(event, span),
            Err(error) => {
                walk.outcome.broken = Some(walk.offset(error.marker().byte_offset()));
                break;
            }
        }
    }
    walk.outcome
}

/// A list or a mapping that is not closed yet.
struct Open {
    kind: Kind,
    anchor: usize,
    /// How many values it holds, aliases counted in full.
    weight: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    List,
    /// Before a key.
    Key,
    /// Before the value of a key.
    Value,
}

struct Walk<'t, V> {
    text: &'t str,
    visitor: &'t mut V,
    open: Vec<Open>,
    path: Vec<String>,
    weights: BTreeMap<usize, u64>,
    /// Short scalars that aliases may name.
    texts: BTreeMap<usize, String>,
    outcome: Outcome,
}

impl<V: Visitor> Walk<'_, V> {
    fn offset(&self, at: Option<usize>) -> u64 {
        at.unwrap_or(self.text.len()) as u64
    }

    fn event(&mut self, event: Event<'_>, span: Span) {
        let at = self.offset(span.start.byte_offset());
        match event {
            Event::Scalar(text, _, anchor, tag) => {
                self.tagged(tag.as_deref(), &span);
                if anchor != 0 && text.len() <= LONGEST_ALIAS {
                    self.texts.insert(anchor, text.clone().into_owned());
                }
                self.scalar(&text, at);
                self.weigh(anchor, 1);
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.tagged(tag.as_deref(), &span);
                self.path.push("[]".to_owned());
                self.open.push(Open { kind: Kind::List, anchor, weight: 1 });
            }
            Event::MappingStart(_, anchor, tag) => {
                self.tagged(tag.as_deref(), &span);
                self.open.push(Open { kind: Kind::Key, anchor, weight: 1 });
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => {
                match self.texts.get(&anchor).cloned() {
                    Some(text) => self.scalar(&text, at),
                    None => self.passed(""),
                }
                self.weigh(0, self.weights.get(&anchor).copied().unwrap_or(1));
            }
            Event::DocumentStart(..) => self.texts.clear(),
            _ => {}
        }
    }

    fn scalar(&mut self, text: &str, at: u64) {
        if self.open.last().is_none_or(|open| open.kind != Kind::Key) {
            self.outcome.scalars += 1;
            self.visitor.scalar(&self.path, text, at);
        } else if self.open.len() == 1 {
            self.outcome.keys += 1;
        }
        self.passed(text);
    }

    fn close(&mut self) {
        let Some(closed) = self.open.pop() else { return };
        if closed.kind == Kind::List {
            self.path.pop();
        }
        self.weigh(closed.anchor, closed.weight);
        self.passed("");
    }

    /// A value is over, or a key with its text: the other one of the two is next.
    fn passed(&mut self, key: &str) {
        match self.open.last_mut() {
            Some(open) if open.kind == Kind::Key => {
                open.kind = Kind::Value;
                self.path.push(key.to_owned());
            }
            Some(open) if open.kind == Kind::Value => {
                open.kind = Kind::Key;
                self.path.pop();
            }
            _ => {}
        }
    }

    fn weigh(&mut self, anchor: usize, weight: u64) {
        if anchor != 0 {
            self.weights.insert(anchor, weight);
        }
        match self.open.last_mut() {
            Some(open) => open.weight = open.weight.saturating_add(weight),
            None => self.outcome.expanded = self.outcome.expanded.saturating_add(weight),
        }
    }

    fn tagged(&mut self, tag: Option<&Tag>, span: &Span) {
        if let Some(tag) = tag {
            let place = span.tag_span().unwrap_or(*span);
            let at = self.offset(place.start.byte_offset());
            self.visitor.tag(&format!("{}{}", tag.handle(), tag.suffix()), at);
        }
    }
}

#[cfg(test)]
mod tests;
