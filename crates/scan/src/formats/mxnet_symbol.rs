//! MXNet's symbols: the graph of a model, as JSON beside its parameters. It looks at the names of operators while the
//! document is read by the reader of JSON, and judges once the whole has shown that it is such a graph.

use casemate_core::{Confidence, Severity};

use crate::finding::Finding;
use crate::format::Format;
use crate::json::{Leaf, Path};
use crate::rule::Rule;
use crate::scan::Scan;

/// How many characters the name of an operator may have: three times as many as any in MXNet.
const LONGEST: usize = 256;

/// A document that may be a symbol, while it is read.
#[derive(Default)]
pub(crate) struct Symbol {
    has_operators: bool,
    has_arguments: bool,
    /// The first operator whose name is too long: how long, and where.
    long: Option<(usize, u64)>,
    /// Where the first operator is that only Python code of somebody can bring.
    custom: Option<u64>,
}

impl Symbol {
    /// A value, and where it stands.
    pub(crate) fn leaf(&mut self, path: &Path, leaf: Leaf<'_>, at: u64) {
        match (path, leaf) {
            ([nodes, item, op], Leaf::Text(name)) if nodes == "nodes" && item == "[]" && op == "op" => {
                self.operator(name, at);
            }
            ([arguments, item], Leaf::Number(_)) if arguments == "arg_nodes" && item == "[]" => {
                self.has_arguments = true;
            }
            _ => {}
        }
    }

    fn operator(&mut self, name: &str, at: u64) {
        self.has_operators = true;
        let len = name.chars().count();
        if len > LONGEST {
            self.long.get_or_insert((len, at));
        }
        if name == "Custom" {
            self.custom.get_or_insert(at);
        }
    }

    /// Tells what was seen, if the document is a symbol.
    pub(crate) fn finish(self, scan: &mut Scan) {
        if !self.has_operators || !self.has_arguments {
            return;
        }
        scan.format(Format::MxNet);
        if let Some((len, at)) = self.long {
            let title = format!("The name of an operator is {len} characters long");
            scan.find(Finding::new(Rule::MxnetOperatorName, Severity::Medium, Confidence::High, title, at));
        }
        if let Some(at) = self.custom {
            let title = "An operator is code that the program brings that loads the model";
            scan.find(Finding::new(
                Rule::MxnetCustomOperator,
                Severity::Medium,
                Confidence::Medium,
                title,
                at,
            ));
        }
    }
}
