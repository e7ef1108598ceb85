//! XGBoost models as UBJSON. The names tell what is what; numbers are never read.

use std::io;

use casemate_core::{Confidence, Severity};

use super::metadata::{self, shortened};
use super::stream::Stream;
use super::tensors::tell_numbers;
use super::ubjson::{self, Event};
use super::{Reader, Reading};
use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

/// An object whose first name is marked with a length of eight bytes, as only XGBoost writes it.
pub(crate) const READER: Reader = Reader { format: Format::XgboostUbj, fit, read };

/// Names on the first level of what XGBoost writes.
const NAMES: [&[u8]; 4] = [b"learner", b"version", b"Config", b"Model"];

/// Values that say what a model is.
const TOLD: &[&str] = &[
    "learner.objective.name",
    "learner.gradient_booster.name",
    "learner.gradient_booster.model.gbtree_model_param.num_trees",
    "learner.learner_model_param.num_feature",
    "learner.learner_model_param.num_class",
    "version",
];

fn fit(sniff: &Sniff<'_>) -> Fit {
    let named = |name: &&[u8]| {
        let len = [&[0; 7], [u8::try_from(name.len()).unwrap_or(0)].as_slice()].concat();
        sniff.begins(b"{L") && sniff.has_at(2, &len) && sniff.has_at(10, name)
    };
    if NAMES.iter().any(named) {
        return Fit::Certain;
    }
    // The short lengths of other writers.
    let short = matches!(sniff.head.get(1), Some(b'i' | b'U' | b'I' | b'l'));
    let speaks = memchr::memmem::find(&sniff.head, b"gradient_booster").is_some();
    Fit::certain_if(sniff.begins(b"{") && short && speaks)
}

/// The lengths of the arrays of the tree that is being read.
#[derive(Default)]
struct Tree {
    arrays: Vec<(String, u64, u64)>,
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let mut stream = Stream::new(input, 0);
    stream.set_big_endian(true);
    let mut tree = Tree::default();
    let mut understood = 0;
    let result = ubjson::walk(&mut stream, &mut |name, event| match event {
        Event::Value(text) => value(name, &text, &mut tree, scan),
        Event::Numbers(count, width, start) => {
            let end = start.saturating_add(count.saturating_mul(width)).min(input.len());
            scan.understood(understood..start);
            tell_numbers(start..end, scan);
            understood = end;
            if name.contains(".trees.") && tree.arrays.len() < 64 {
                let array = name.rsplit('.').next().unwrap_or(name).to_owned();
                tree.arrays.push((array, count, start));
            }
        }
    });
    scan.understood(understood..stream.at().min(input.len()));
    match result {
        Ok(()) if stream.left() > 0 => {
            let title = format!("{} bytes follow the model", stream.left());
            let rule = Rule::XgboostStructure;
            scan.find(Finding::new(rule, Severity::Medium, Confidence::High, title, stream.at()));
            scan.member("bytes behind the model", &input.rest(stream.at()), stream.at()..input.len());
        }
        Ok(()) => {}
        Err(broken) => broken.tell(Rule::XgboostStructure, scan)?,
    }
    Ok(Reading::Done)
}

fn value(name: &str, text: &str, tree: &mut Tree, scan: &mut Scan) {
    if name.ends_with(".trees.tree_param.num_nodes") {
        check_tree(text, tree, scan);
    } else if let Some(attribute) = name.strip_prefix("learner.attributes.") {
        if let Some(code) = metadata::code_in(text) {
            let title = format!("The attribute `{attribute}` holds code: `{code}`");
            let rule = Rule::MetadataCode;
            scan.find(Finding::new(rule, Severity::Medium, Confidence::Medium, title, 0));
        }
        scan.fact(About::Metadata, shortened(attribute, 200), shortened(text, 400));
    } else if TOLD.contains(&name) {
        scan.fact(About::Metadata, name, shortened(text, 400));
    }
}

/// Whether each array of a tree has one item for each node.
fn check_tree(nodes: &str, tree: &mut Tree, scan: &mut Scan) {
    let arrays = std::mem::take(&mut tree.arrays);
    let nodes: u64 = nodes.parse().unwrap_or(u64::MAX);
    let of_nodes = ["left_children", "right_children", "parents", "split_indices", "split_conditions"];
    for (name, count, at) in arrays {
        if of_nodes.contains(&name.as_str()) && count != nodes {
            let title = format!("A tree of {nodes} nodes has {count} `{name}`");
            let rule = Rule::XgboostStructure;
            scan.find(Finding::new(rule, Severity::Medium, Confidence::High, title, at));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::reads_to_an_end;

    const MODEL: &[u8] = include_bytes!("../../fixtures/spare/tensors-trees/model.ubj");

    fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
        let input = Input::from(bytes.to_vec());
        reads_to_an_end(&input, read)
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            check(&[b"{".as_slice(), &bytes].concat())?;
        }

        #[test]
        fn any_mutation_is_read_to_an_end(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        ) {
            let mut bytes = MODEL.to_vec();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            check(&bytes)?;
        }
    }
}
