//! What the objects of a Keras configuration mean for whoever loads it. It draws on names and on where they stand, and
//! tells nothing about a document that turns out not to be Keras.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use casemate_core::{Confidence, Severity};

use super::code::Code;
use super::config::{Fields, Objects};
use super::symbols::{Symbol, reaches_outside, symbol};
use crate::capability::Capability;
use crate::finding::Finding;
use crate::formats::names::leads_out;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;

/// A file is fetched by a configuration.
pub(super) const GET_FILE: &str = "CVE-2025-8747";
/// What was fetched is unpacked.
pub(super) const UNPACKING: &str = "CVE-2025-12060";

/// Layers that hold a vocabulary.
const LOOKUPS: &[&str] = &["StringLookup", "IntegerLookup", "IndexLookup", "TextVectorization"];

/// One object, at its closing brace.
pub(super) fn object(objects: &mut Objects, fields: &Fields) {
    let (Some(class), true) = (&fields.class_name, fields.has_config) else { return };
    if fields.has_module {
        objects.is_keras();
    }
    if class.starts_with("__") && class.ends_with("__") && class != "__typespec__" {
        return;
    }
    let module = fields.module.as_deref();
    let name = match (class.as_str(), &fields.config) {
        ("function", Some(name)) => name.as_str(),
        _ => class.as_str(),
    };
    named(objects, module, name, fields.at);
    if let Some(registered) = fields.registered_name.as_deref()
        && registered.contains('>')
        && !registered.starts_with("keras")
        && symbol(module, name) == Symbol::BuiltIn
    {
        custom(objects, registered, fields.at);
    }
    let Some(inner) = &fields.inner else { return };
    match class.as_str() {
        "Lambda" => lambda(objects, inner, fields.at),
        "TFOpLambda" => operation(objects, inner, fields.at),
        "TensorFlowOpLayer" => graph_operation(objects, fields, inner),
        "TorchModuleWrapper" => {
            if let Some(torch) = &inner.torch {
                objects.members.push(torch.clone());
            }
        }
        lookup if LOOKUPS.contains(&lookup) => vocabulary(objects, lookup, inner, fields.at),
        _ => {}
    }
}

/// A class or function by its name.
fn named(objects: &mut Objects, module: Option<&str>, name: &str, at: u64) {
    let whole = module.map_or_else(|| name.to_owned(), |module| format!("{module}.{name}"));
    match symbol(module, name) {
        Symbol::BuiltIn => {}
        Symbol::Extension => {
            objects.needs.extend(package(module));
        }
        Symbol::Custom => {
            objects.needs.extend(package(module));
            custom(objects, &whole, at);
        }
        Symbol::Gadget(known) => {
            let title = format!("The configuration calls `{whole}`");
            let severity = if known { Severity::High } else { Severity::Medium };
            let mut finding = Finding::new(Rule::KerasGadget, severity, Confidence::High, title, at);
            if whole.ends_with("get_file") {
                objects.capabilities.extend([Capability::Network, Capability::FileWrite]);
                finding = finding.cve(GET_FILE);
            } else if whole.ends_with("enable_unsafe_deserialization") {
                finding = finding.cve("CVE-2025-9906");
            } else if known {
                objects.capabilities.insert(Capability::FileRead);
            }
            objects.find(finding);
        }
        Symbol::TorchModule => {
            objects.capabilities.insert(Capability::NestedDeserialise);
            objects.needs.insert("torch".to_owned());
            let title = "A PyTorch module is kept in the configuration and loaded with `torch.load`";
            objects.find(Finding::new(Rule::KerasTorchModule, Severity::High, Confidence::Medium, title, at));
        }
        Symbol::Dangerous(capability) => {
            objects.is_keras();
            objects.capabilities.insert(capability);
            let title = format!("The configuration builds or calls `{whole}`");
            let rule = Rule::KerasDangerousObject;
            objects.find(Finding::new(rule, Severity::Critical, Confidence::High, title, at));
        }
    }
}

fn custom(objects: &mut Objects, name: &str, at: u64) {
    let title =
        format!("`{name}` does not come with Keras and has to be registered by whoever loads the model");
    objects.find(Finding::new(Rule::KerasCustomObject, Severity::Medium, Confidence::High, title, at));
}

fn package(module: Option<&str>) -> Option<String> {
    let package = module?.split('.').next()?;
    (!matches!(package, "__main__" | "builtins" | "")).then(|| package.to_owned())
}

/// A layer that calls a function: by name, as source, or as code, which was found by itself.
fn lambda(objects: &mut Objects, inner: &Fields, at: u64) {
    let Some(function) = &inner.function else { return };
    match inner.function_type.as_deref() {
        Some("function") => named(objects, inner.module.as_deref(), function, at),
        Some("raw") => objects.raw(function, at),
        _ => {}
    }
}

/// A TensorFlow function by its public name.
fn operation(objects: &mut Objects, inner: &Fields, at: u64) {
    let Some(function) = inner.function.as_deref().filter(|function| reaches_outside(function)) else {
        return;
    };
    tensorflow(objects, function, at);
}

fn graph_operation(objects: &mut Objects, fields: &Fields, inner: &Fields) {
    if let Some(operation) = inner.operation.or(fields.operation) {
        tensorflow(objects, operation, fields.at);
    }
}

fn tensorflow(objects: &mut Objects, function: &str, at: u64) {
    let lower = function.to_lowercase();
    let capability = if lower.contains("write") || lower.contains("print") || lower.contains("save") {
        Capability::FileWrite
    } else if lower.contains("py") {
        Capability::CodeExecution
    } else {
        Capability::FileRead
    };
    objects.capabilities.insert(capability);
    let title = format!("A layer calls TensorFlow's `{function}`");
    let rule = Rule::KerasTensorflowFunction;
    objects.find(Finding::new(rule, Severity::High, Confidence::Medium, title, at));
}

/// A vocabulary that is a path or an address instead of a list.
fn vocabulary(objects: &mut Objects, layer: &str, inner: &Fields, at: u64) {
    let Some(source) = inner.vocabulary.as_deref().filter(|source| !source.is_empty()) else { return };
    let away = source.contains("://") || leads_out(source).is_some() || source.starts_with('~');
    let severity = if away { Severity::High } else { Severity::Medium };
    objects.capabilities.insert(if source.contains("://") {
        Capability::Network
    } else {
        Capability::FileRead
    });
    let title = format!("{layer} reads its vocabulary from `{source}`");
    objects.find(Finding::new(Rule::KerasVocabularyFile, severity, Confidence::High, title, at));
}

/// Code that is packed into the configuration. What it does is told by the names in it.
pub(super) fn code(objects: &mut Objects, code: &Code, at: u64) {
    objects.capabilities.insert(Capability::CodeExecution);
    let rule = Rule::KerasLambdaCode;
    let finding = match &code.worst {
        Some((capability, name)) => {
            objects.capabilities.insert(*capability);
            objects.code.push(format!("uses {name}"));
            let title = format!("The configuration carries Python code that uses `{name}`");
            Finding::new(rule, Severity::Critical, Confidence::High, title, at)
        }
        None => {
            objects.code.push(String::new());
            let title = "The configuration carries Python code";
            Finding::new(rule, Severity::Medium, Confidence::High, title, at)
        }
    };
    objects.find(finding);
}

/// The PyTorch module of a wrapper, read as the file that it is.
pub(super) fn torch_module(text: &str, scan: &mut Scan) {
    let clean: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    if let Ok(bytes) = STANDARD.decode(&clean) {
        scan.member("module", &Input::from(bytes), 0..0);
    }
}
