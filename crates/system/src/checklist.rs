//! The checklist: a flat map of control names to booleans, the smallest way in.

use std::collections::BTreeMap;
use std::fmt;

use casemate_core::Id;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};

use crate::at::{At, Position};
use crate::diagnostic::{Diagnostic, Source};
use crate::resolve::Names;
use crate::yaml;

/// What a checklist says of each control it names, and of the required ones it does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checklist {
    /// Stated or required controls.
    pub answers: BTreeMap<Id, Answer>,
    /// Controls of the catalogue it does not mention.
    pub not_stated: Vec<Id>,
}

/// One answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// Whether the control is there.
    pub present: bool,
    /// Where it is said; `None` if a required control is not mentioned.
    pub position: Option<Position>,
}

/// Parses a checklist.
///
/// # Errors
/// Wrong types, unknown names with the nearest known one, and names given twice.
pub(crate) fn parse(source: &Source<'_>, names: &Names) -> Result<Checklist, Vec<Diagnostic>> {
    let answers: Answers = yaml::parse(source).map_err(|diagnostic| vec![in_checklist(diagnostic)])?;
    let mut errors = Vec::new();
    let mut stated = BTreeMap::new();
    for (name, present) in answers.0 {
        let at = source.locate(name.position);
        let id = name.value.replace('_', "-");
        // The suggestion is spelled as the author spells.
        let spell =
            |known: &String| if name.value.contains('_') { known.replace('-', "_") } else { known.clone() };
        let spelled: Vec<String> = names.controls.iter().map(spell).collect();
        match names.control(&id) {
            Some(id) => {
                let answer = Answer { present, position: Some(name.position) };
                if stated.insert(id, answer).is_some() {
                    let message = format!("duplicate key `{}`", name.value);
                    errors.push(Diagnostic::new(message).expected("this control is stated twice").at(at));
                }
            }
            None => errors.push(
                Diagnostic::new(format!("unknown control `{}`", name.value))
                    .expected("not in the catalogue")
                    .hint("`casemate catalog list controls` shows the controls there are")
                    .suggest(&name.value, spelled.iter().map(String::as_str))
                    .at(at),
            ),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let known = |set: &std::collections::BTreeSet<String>| -> Vec<Id> {
        set.iter().filter_map(|name| name.parse().ok()).collect()
    };
    for id in known(&names.required) {
        stated.entry(id).or_insert(Answer { present: false, position: None });
    }
    let not_stated = known(&names.controls).into_iter().filter(|id| !stated.contains_key(id)).collect();
    Ok(Checklist { answers: stated, not_stated })
}

/// A checklist holds nothing but true and false; a value that is neither gets told so.
fn in_checklist(diagnostic: Diagnostic) -> Diagnostic {
    if diagnostic.hint.is_none() && diagnostic.message.starts_with("wrong type") {
        diagnostic.hint(
            "a checklist maps control names to `true` or `false`; a system file starts with `version: 1`",
        )
    } else {
        diagnostic
    }
}

/// Pairs in file order, names with positions.
struct Answers(Vec<(At<String>, bool)>);

impl<'de> Deserialize<'de> for Answers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = Answers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of control names to true or false")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Answers, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry::<At<String>, bool>()? {
                    if pairs.len() >= 10_000 {
                        return Err(A::Error::custom("a checklist has at most 10000 entries"));
                    }
                    pairs.push(pair);
                }
                Ok(Answers(pairs))
            }
        }

        deserializer.deserialize_map(Pairs)
    }
}
