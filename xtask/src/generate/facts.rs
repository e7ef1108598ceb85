//! The facts a threat's `when` can read, by what they are about.

use casemate_catalog::Scope;
use casemate_catalog::facts::FACTS;

use super::markdown::{head, prose};

pub(super) fn document() -> String {
    let mut text = head("Facts", "crates/catalog/src/facts.rs");
    text += "A threat's `when` is an expression in CEL (Common Expression Language) over these facts. It reads those of\n\
             the kind of element that the threat stands on, and those of the system. Every fact always has a value.\n";
    for scope in Scope::ALL {
        text += &format!("\n## {scope}\n\n| Fact | Type | Meaning |\n| --- | --- | --- |\n");
        for fact in FACTS.iter().filter(|fact| fact.scope == *scope) {
            text += &format!("| `{scope}.{}` | {} | {} |\n", fact.name, fact.kind, prose(fact.meaning));
        }
    }
    text
}
