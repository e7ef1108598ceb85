//! Lists, dictionaries and sets of a stream: how much is in them, and which globals they lead to. They change after they
//! were used, so that what is added to one that was handed to a call is handed over too.

use super::value::{Text, Value};

/// What is kept of a mutable container.
#[derive(Debug)]
struct Container {
    weight: u64,
    /// The first entries under text keys, kept only where they are needed.
    #[expect(clippy::box_collection, reason = "a million containers without entries must stay small")]
    fields: Option<Box<Vec<(Text, Value)>>>,
    /// The last link to what it carries.
    last: u32,
    /// Whether it was handed to a call.
    handed: bool,
}

/// The containers of one stream. Only so many are kept; the others have the number `LOST`.
#[derive(Debug, Default)]
pub(crate) struct Containers {
    all: Vec<Container>,
    links: Vec<Link>,
    /// What is carried and is no container.
    others: Vec<Value>,
}

/// Something that a container carries, and the link before.
#[derive(Debug, Clone, Copy)]
struct Link {
    carried: Carried,
    before: u32,
}

#[derive(Debug, Clone, Copy)]
enum Carried {
    Container(u32),
    Other(u32),
}

const LOST: u32 = u32::MAX;
const NONE: u32 = u32::MAX;
/// How many entries of a dictionary are kept.
const MAX_FIELDS: usize = 12;
const MAX_CONTAINERS: usize = 1 << 20;
const MAX_LINKS: usize = 1 << 18;

impl Containers {
    /// A new empty container.
    pub(crate) fn create(&mut self) -> Value {
        if self.all.len() >= MAX_CONTAINERS {
            return Value::Container(LOST);
        }
        let number = u32::try_from(self.all.len()).unwrap_or(LOST);
        self.all.push(Container { weight: 1, fields: None, last: NONE, handed: false });
        Value::Container(number)
    }

    /// Leaves of a value if nothing were shared.
    pub(crate) fn weight(&self, value: &Value) -> u64 {
        match value {
            Value::Tuple(tuple) => tuple.weight,
            Value::Container(number) => self.at(*number).map_or(1, |container| container.weight),
            _ => 1,
        }
    }

    /// Adds to a container and gives its new weight.
    pub(crate) fn grow(&mut self, number: u32, by: u64) -> u64 {
        self.at_mut(number).map_or(0, |container| {
            container.weight = container.weight.saturating_add(by);
            container.weight
        })
    }

    /// Keeps the entries of a dictionary, given as keys and values in turn.
    pub(crate) fn keep(&mut self, number: u32, entries: &[Value]) {
        let Some(container) = self.at_mut(number) else { return };
        let fields = container.fields.get_or_insert_default();
        for pair in entries.chunks_exact(2) {
            if let [Value::Text(key), value] = pair
                && fields.len() < MAX_FIELDS
            {
                fields.push((*key, value.clone()));
            }
        }
    }

    /// The entries that were kept of a dictionary.
    pub(crate) fn fields(&self, number: u32) -> &[(Text, Value)] {
        self.at(number).and_then(|container| container.fields.as_deref()).map_or(&[], Vec::as_slice)
    }

    /// Remembers what a container carries. False if that is handed over now: the container was, or it is one too many
    /// to be remembered.
    pub(crate) fn carry(&mut self, number: u32, value: &Value) -> bool {
        if self.links.len() >= MAX_LINKS {
            return false;
        }
        let Some(before) = self.at(number).filter(|container| !container.handed).map(|found| found.last)
        else {
            return false;
        };
        let carried = match value {
            Value::Container(LOST) => return false,
            Value::Container(inner) => Carried::Container(*inner),
            other => {
                let place = u32::try_from(self.others.len()).unwrap_or(NONE);
                self.others.push(other.clone());
                Carried::Other(place)
            }
        };
        let link = u32::try_from(self.links.len()).unwrap_or(NONE);
        self.links.push(Link { carried, before });
        if let Some(container) = self.at_mut(number) {
            container.last = link;
        }
        true
    }

    /// What a container carries, the first time that it is handed over.
    pub(crate) fn hand_over(&mut self, number: u32, into: &mut Vec<Value>) {
        let Some(container) = self.at_mut(number).filter(|container| !container.handed) else { return };
        container.handed = true;
        let mut last = container.last;
        while let Some(link) = usize::try_from(last).ok().and_then(|last| self.links.get(last)) {
            last = link.before;
            into.push(match link.carried {
                Carried::Container(number) => Value::Container(number),
                Carried::Other(place) => {
                    let found = usize::try_from(place).ok().and_then(|place| self.others.get(place));
                    found.cloned().unwrap_or(Value::Unknown)
                }
            });
        }
    }

    fn at(&self, number: u32) -> Option<&Container> {
        self.all.get(usize::try_from(number).ok()?)
    }

    fn at_mut(&mut self, number: u32) -> Option<&mut Container> {
        self.all.get_mut(usize::try_from(number).ok()?)
    }
}
