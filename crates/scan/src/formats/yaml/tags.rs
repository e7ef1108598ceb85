//! Tags with which PyYAML builds Python objects. Its safe loader refuses them all; the others call what they name.

use casemate_core::{Confidence, Severity};

use crate::capability::Capability;
use crate::fact::About;
use crate::finding::Finding;
use crate::rule::Rule;
use crate::scan::Scan;

const PREFIX: &str = "tag:yaml.org,2002:python/";

/// Tells what a tag builds. False if it builds no more than plain data.
pub(super) fn tell(tag: &str, at: u64, scan: &mut Scan) -> bool {
    let Some((kind, path)) = tag.strip_prefix(PREFIX).and_then(|rest| rest.split_once(':')) else {
        return false;
    };
    let (module, name) = path.rsplit_once('.').unwrap_or(("builtins", path));
    let capability = if kind == "module" { Capability::Import } else { Capability::of(module, name) };
    let (does, severity, confidence) = match (kind, capability) {
        ("module", _) => ("imports", Severity::Medium, Confidence::Medium),
        ("name", capability) if capability.is_dangerous() => ("names", Severity::High, Confidence::Medium),
        (_, Capability::Inert | Capability::TensorRebuild) => ("builds", Severity::Low, Confidence::High),
        ("name", _) => ("names", Severity::Low, Confidence::Medium),
        (_, Capability::Unknown) => ("builds", Severity::Medium, Confidence::High),
        (_, Capability::Introspection) => ("calls", Severity::High, Confidence::Medium),
        _ => ("calls", Severity::High, Confidence::High),
    };
    if kind != "name" || capability.is_dangerous() {
        scan.does(capability);
    }
    scan.fact(About::Global, format!("{module} {name}"), "");
    let title = format!("The tag `!!python/{kind}:{path}` {does} `{path}`");
    scan.find(Finding::new(Rule::YamlPythonObject, severity, confidence, title, at));
    true
}
