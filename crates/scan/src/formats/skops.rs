//! skops: the types and functions that its schema names, and the kinds of node by which old versions ran more than they
//! checked. It reads the schema one value at a time and builds nothing.

use std::collections::BTreeMap;
use std::io;

use casemate_core::{Confidence, Severity};

use crate::capability::{Capability, is_hidden};
use crate::fact::About;
use crate::finding::Finding;
use crate::input::Input;
use crate::json::{End, Leaf, Path, Visitor, walk};
use crate::rule::Rule;
use crate::scan::Scan;

/// How many nodes may be open at once: those whose three names were not all seen.
const MOST: usize = 10_000;
/// Operators that skops itself writes.
const OPERATORS: &[&str] = &["attrgetter", "itemgetter", "methodcaller"];

/// Reads the schema of a skops archive.
pub(crate) fn schema(input: &Input, scan: &mut Scan) -> io::Result<()> {
    let mut schema = Schema { scan, open: BTreeMap::new(), methods: BTreeMap::new() };
    let end = walk(input, &mut schema)?;
    if !matches!(end, End::Whole(_)) {
        scan.gap("the schema cannot be read to its end");
    }
    Ok(())
}

/// The names of a node, as far as they were seen.
#[derive(Default)]
struct Names {
    class: Option<String>,
    module: Option<String>,
    loader: Option<String>,
}

struct Schema<'s> {
    scan: &'s mut Scan,
    open: BTreeMap<Vec<String>, Names>,
    /// Nodes of methods, with the type that they claim the method belongs to.
    methods: BTreeMap<Vec<String>, (String, String)>,
}

impl Visitor for Schema<'_> {
    fn leaf(&mut self, path: &Path, leaf: Leaf<'_>, at: u64) {
        let (Leaf::Text(text), Some((key, parent))) = (leaf, path.split_last()) else { return };
        match key.as_str() {
            "__class__" | "__module__" | "__loader__" => self.name(key, text, parent, at),
            "func" if parent.last().is_some_and(|last| last == "content") => self.method(text, at),
            "_skops_version" => self.scan.fact(About::Metadata, "skops", text),
            _ => {}
        }
    }
}

impl Schema<'_> {
    fn name(&mut self, key: &str, text: &str, node: &[String], at: u64) {
        if self.open.len() >= MOST {
            self.scan.gap("the schema has more open nodes than are followed");
            return;
        }
        let names = self.open.entry(node.to_vec()).or_default();
        let place = match key {
            "__class__" => &mut names.class,
            "__module__" => &mut names.module,
            _ => &mut names.loader,
        };
        *place = Some(text.to_owned());
        if let Names { class: Some(class), module: Some(module), loader: Some(loader) } = names {
            let (class, module, loader) = (class.clone(), module.clone(), loader.clone());
            self.open.remove(node);
            self.node(&module, &class, &loader, node, at);
        }
    }

    fn node(&mut self, module: &str, class: &str, loader: &str, node: &[String], at: u64) {
        self.scan.fact(About::Global, format!("{module} {class}"), "");
        if loader == "OperatorFuncNode" {
            if module != "operator" || !OPERATORS.contains(&class) {
                let title = format!("The operator `{module}.{class}` is built as if it were harmless");
                self.tell(Rule::SkopsOperator, Severity::High, Confidence::High, title, at);
            }
            return;
        }
        if loader == "MethodNode" && self.methods.len() < MOST {
            self.methods.insert(node.to_vec(), (module.to_owned(), class.to_owned()));
        }
        if let [method @ .., content, obj] = node
            && content == "content"
            && obj == "obj"
            && let Some((outer, claimed)) = self.methods.remove(method)
            && (outer != module || claimed != class)
        {
            let title = format!("A method of `{outer}.{claimed}` is taken from a `{module}.{class}`");
            self.tell(Rule::SkopsMethod, Severity::High, Confidence::High, title, at);
        }
        self.judge(module, class, loader, at);
    }

    fn judge(&mut self, module: &str, class: &str, loader: &str, at: u64) {
        let capability = Capability::of(module, class);
        let partial = loader == "PartialNode" && module == "functools" && class == "partial";
        if capability.is_dangerous() && !partial {
            self.scan.does(capability);
            let title = format!("The schema names `{module}.{class}`, which {}", capability.sentence());
            self.tell(Rule::SkopsType, Severity::High, Confidence::High, title, at);
        } else if capability == Capability::Unknown {
            let title = format!("The schema names `{module}.{class}`, which nobody vouches for");
            self.tell(Rule::SkopsType, Severity::Medium, Confidence::Medium, title, at);
        }
    }

    fn method(&mut self, name: &str, at: u64) {
        if name.contains('.') || is_hidden(name) {
            let title = format!("The method `{name}` leads behind the object");
            self.tell(Rule::SkopsMethod, Severity::High, Confidence::High, title, at);
        }
    }

    fn tell(&mut self, rule: Rule, severity: Severity, confidence: Confidence, title: String, at: u64) {
        let mut finding = Finding::new(rule, severity, confidence, title, at);
        finding.location.member.push("schema.json".to_owned());
        self.scan.find(finding);
    }
}
