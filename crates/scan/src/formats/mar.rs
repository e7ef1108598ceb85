//! TorchServe's model archives: which code serving runs, by the manifest. The code itself is read as what it is.

use std::io;

use casemate_core::{Confidence, Severity};
use serde_json::Value;

use super::names::leads_out;
use crate::capability::Capability;
use crate::fact::About;
use crate::finding::Finding;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;

const LONGEST: u64 = 1024 * 1024;
/// Handlers that come with TorchServe.
const BUILT_IN: &[&str] = &[
    "base_handler",
    "image_classifier",
    "image_segmenter",
    "object_detector",
    "text_classifier",
    "text_handler",
    "vision_handler",
    "request_envelope",
];

/// Reads the manifest of an archive with these members.
pub(crate) fn manifest(input: &Input, members: &[String], scan: &mut Scan) -> io::Result<()> {
    let bytes = input.bytes(0, input.len().min(LONGEST))?;
    let Ok(manifest) = serde_json::from_slice::<Value>(&bytes) else {
        scan.gap("the manifest cannot be read");
        return Ok(());
    };
    let model = manifest.get("model");
    let said = |key: &str| model.and_then(|model| model.get(key)).and_then(Value::as_str);
    for key in ["serializedFile", "modelFile", "handler", "requirementsFile"] {
        let Some(value) = said(key) else { continue };
        scan.fact(About::Metadata, key, value);
        if let Some(how) = leads_out(value) {
            let title = format!("The manifest names `{value}` as {key}: it {how}");
            tell(scan, Rule::MarPath, Severity::High, title);
        }
    }
    for key in ["serializedFile", "modelFile"] {
        if let Some(value) = said(key).filter(|value| !members.iter().any(|member| member == value)) {
            scan.fact(About::NeedsFile, value, key);
        }
    }
    if let Some(handler) = said("handler") {
        judge(handler, members, scan);
    }
    if said("requirementsFile").is_some() {
        let title = "Serving installs the packages that the archive asks for";
        tell(scan, Rule::MarRequirements, Severity::Low, title.to_owned());
    }
    Ok(())
}

/// A handler is a file in the archive, `file:function`, one that comes with TorchServe, or a module of Python.
fn judge(handler: &str, members: &[String], scan: &mut Scan) {
    let (file, function) = handler.split_once(':').unwrap_or((handler, "handle"));
    let module = file.strip_suffix(".py").unwrap_or(file);
    if members.iter().any(|member| member == file || *member == format!("{module}.py")) {
        scan.fact(About::Code, handler, "runs on every request");
        tell(scan, Rule::MarHandler, Severity::Medium, format!("Serving runs `{handler}` from the archive"));
    } else if !BUILT_IN.contains(&module) {
        let capability = Capability::of(module, function);
        let severity = if capability.is_dangerous() { Severity::High } else { Severity::Medium };
        let title = format!("Serving runs `{handler}`, which is neither in the archive nor in TorchServe");
        tell(scan, Rule::MarHandler, severity, title);
    }
}

fn tell(scan: &mut Scan, rule: Rule, severity: Severity, title: String) {
    let mut finding = Finding::new(rule, severity, Confidence::High, title, 0);
    finding.location.member.push("MAR-INF/MANIFEST.json".to_owned());
    scan.find(finding);
}
