//! XGBoost models as JSON. Trees are counted and their children checked while the file streams by; none is held.

use std::io;

use casemate_core::{Confidence, Severity};

use super::metadata::{self, shortened};
use super::{Reader, Reading};
use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::input::Input;
use crate::json::{self, End, Leaf, Path, Visitor};
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

/// A learner, as XGBoost writes it; the words in it decide.
pub(crate) const READER: Reader = Reader { format: Format::XgboostJson, fit, read };

/// Arrays with one item for each node.
const OF_NODES: &[&str] =
    &["left_children", "right_children", "parents", "split_indices", "split_conditions"];
const MOST_FINDINGS: usize = 20;

fn fit(sniff: &Sniff<'_>) -> Fit {
    let says = |word: &[u8]| memchr::memmem::find(&sniff.head, word).is_some();
    let learner = says(b"\"learner\"") || says(b"\"gradient_booster\"");
    Fit::maybe_if(sniff.first() == Some(b'{') && learner && sniff.is_text())
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let mut model = Model { scan, is_model: false, tree: Tree::default(), told: 0 };
    let end = json::walk(input, &mut model)?;
    if !model.is_model {
        return Ok(Reading::NotThis);
    }
    match end {
        End::Whole(end) => {
            scan.understood(0..end);
            if end < input.len() {
                let title = format!("{} bytes follow the model", input.len() - end);
                let rule = Rule::XgboostStructure;
                scan.find(Finding::new(rule, Severity::Medium, Confidence::High, title, end));
                let blanks = input.rest(end).head(64)?;
                let blanks = blanks.iter().take_while(|byte| byte.is_ascii_whitespace()).count() as u64;
                scan.understood(end..end + blanks);
                let rest = end + blanks;
                scan.member("bytes behind the model", &input.rest(rest), rest..input.len());
            }
        }
        End::Broken(at) | End::Deep(at) => {
            scan.understood(0..at);
            scan.gap("the model breaks off");
            let title = "The model is no JSON from here on";
            scan.find(Finding::new(Rule::XgboostStructure, Severity::Medium, Confidence::High, title, at));
        }
    }
    Ok(Reading::Done)
}

/// The tree that is being read.
#[derive(Default)]
struct Tree {
    counts: [u64; 5],
    /// The largest child or parent.
    furthest: i64,
}

/// A model while it is read.
struct Model<'s> {
    scan: &'s mut Scan,
    is_model: bool,
    tree: Tree,
    told: usize,
}

impl Visitor for Model<'_> {
    fn leaf(&mut self, path: &Path, leaf: Leaf<'_>, at: u64) {
        let mut keys = path.iter().map(String::as_str);
        if keys.next() != Some("learner") {
            return;
        }
        match (keys.next(), leaf) {
            (Some("gradient_booster"), leaf) => self.booster(path, leaf, at),
            (Some("attributes"), Leaf::Text(text)) => {
                self.attribute(path.last().map_or("", String::as_str), text, at);
            }
            (Some("objective" | "learner_model_param"), Leaf::Text(text)) => {
                self.scan.fact(About::Metadata, path.join("."), shortened(text, 400));
            }
            _ => {}
        }
    }

    fn doubled(&mut self, path: &Path, at: u64) {
        let key = path.last().map_or("", String::as_str);
        let title = format!("The key `{key}` stands there twice; programs differ in which they take");
        self.tell(Rule::JsonDoubledKey, Severity::Low, title, at);
    }
}

impl Model<'_> {
    fn booster(&mut self, path: &Path, leaf: Leaf<'_>, at: u64) {
        self.is_model = true;
        match (path, leaf) {
            // Of the items of an array, the last part of the path says so.
            ([.., tree, _, array, item], Leaf::Number(number)) if tree == "trees" && item == "[]" => {
                self.item(array, number);
            }
            ([.., tree, _, param, key], Leaf::Text(nodes))
                if tree == "trees" && param == "tree_param" && key == "num_nodes" =>
            {
                self.check(nodes, at);
            }
            ([_, _, key], Leaf::Text(name)) if key == "name" => {
                self.scan.fact(About::Metadata, "booster", shortened(name, 200));
            }
            ([.., key], Leaf::Text(count)) if key == "num_trees" => {
                self.scan.fact(About::Metadata, "num_trees", shortened(count, 200));
            }
            _ => {}
        }
    }

    fn item(&mut self, array: &str, number: &str) {
        let Some(index) = OF_NODES.iter().position(|name| *name == array) else { return };
        if let Some(count) = self.tree.counts.get_mut(index) {
            *count += 1;
        }
        if index < 2 {
            // A child that is no whole number is as far off as one can be.
            self.tree.furthest = self.tree.furthest.max(number.parse().unwrap_or(i64::MAX));
        }
    }

    /// Whether each array of a tree has one item for each node, and no child is beyond them; the count comes last.
    fn check(&mut self, nodes: &str, at: u64) {
        let tree = std::mem::take(&mut self.tree);
        let Ok(nodes) = nodes.parse::<u64>() else {
            let title = format!("A tree has `{}` nodes", shortened(nodes, 40));
            return self.tell(Rule::XgboostStructure, Severity::Medium, title, at);
        };
        for (name, count) in OF_NODES.iter().zip(tree.counts) {
            if count != nodes {
                let title = format!("A tree of {nodes} nodes has {count} `{name}`");
                self.tell(Rule::XgboostStructure, Severity::Medium, title, at);
            }
        }
        if u64::try_from(tree.furthest).is_ok_and(|child| child > 0 && child >= nodes) {
            let title = format!("A tree of {nodes} nodes has a child {}", tree.furthest);
            self.tell(Rule::XgboostStructure, Severity::Medium, title, at);
        }
    }

    fn attribute(&mut self, key: &str, text: &str, at: u64) {
        if let Some(code) = metadata::code_in(text) {
            let title = format!("The attribute `{}` holds code: `{code}`", shortened(key, 80));
            self.tell(Rule::MetadataCode, Severity::Medium, title, at);
        }
        self.scan.fact(About::Metadata, shortened(key, 200), shortened(text, 400));
    }

    fn tell(&mut self, rule: Rule, severity: Severity, title: String, at: u64) {
        self.told += 1;
        if self.told <= MOST_FINDINGS {
            self.scan.find(Finding::new(rule, severity, Confidence::High, title, at));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::reads_to_an_end;

    const MODEL: &[u8] = include_bytes!("../../fixtures/spare/graphs-xgboost/model.json");

    proptest! {
        #[test]
        fn any_mutation_is_read_to_an_end(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        ) {
            let mut bytes = MODEL.to_vec();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let input = Input::from(bytes);
            reads_to_an_end(&input, read)?;
        }
    }
}
