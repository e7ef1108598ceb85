//! CycloneDX 1.7: the system as components and services, and the case as declarations about them.
//!
//! What stands open is declared, and never a `vulnerability`: those are known flaws of known versions.

mod declarations;
mod inventory;

use std::fmt::Write as _;

use casemate_core::{Case, Id};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::json;

/// The name by which the rest of the document refers to the system as a whole.
const SYSTEM: &str = "system";

pub(crate) fn render(case: &Case) -> String {
    let components = inventory::components(&case.system);
    let services = inventory::services(&case.system);
    let dependencies = inventory::dependencies(&components, &services);
    json::document(json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.7.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.7",
        "serialNumber": serial_number(case),
        "version": 1,
        "metadata": metadata(case),
        "components": components,
        "services": services,
        "dependencies": dependencies,
        "definitions": { "standards": declarations::standards(case) },
        "declarations": declarations::declarations(case),
    }))
}

fn metadata(case: &Case) -> Value {
    let tool = &case.tool;
    json!({
        "timestamp": case.generated.to_string(),
        "tools": { "components": [{
            "type": "application",
            "name": tool.name,
            "version": tool.version,
            "properties": [property("catalog", &tool.catalog)],
        }] },
        "component": {
            "type": "application",
            "bom-ref": SYSTEM,
            "name": case.system.name,
            "description": case.system.purpose,
        },
        "properties": properties([
            ("system", Some(&*case.system.id)),
            ("owner", case.system.owner.as_deref()),
            ("view", Some(case.view.as_str())),
            ("experiment", case.assumed().as_deref()),
            ("input", Some(&*case.input.file)),
            ("input-format", Some(case.input.format.as_str())),
            ("input-sha256", Some(&*case.input.sha256)),
        ]),
    })
}

/// A UUID that names exactly this case, which holds the input's digest and the time. The same case gets the same number.
fn serial_number(case: &Case) -> String {
    uuid_of(json::render(case).as_bytes())
}

/// A UUID that names exactly some bytes: version 8, from their digest.
pub(crate) fn uuid_of(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let mut urn = String::from("urn:uuid:");
    for (index, byte) in digest.iter().take(16).enumerate() {
        let byte = match index {
            6 => 0x80 | (byte & 0x0f),
            8 => 0x80 | (byte & 0x3f),
            _ => *byte,
        };
        if matches!(index, 4 | 6 | 8 | 10) {
            urn.push('-');
        }
        let _ = write!(urn, "{byte:02x}");
    }
    urn
}

fn reference(kind: &str, id: &Id) -> String {
    format!("{kind}/{id}")
}

pub(crate) fn property(name: &str, value: &str) -> Value {
    json!({ "name": format!("casemate:{name}"), "value": value })
}

/// The properties that have a value.
pub(crate) fn properties<'a>(list: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> Vec<Value> {
    list.into_iter().filter_map(|(name, value)| Some(property(name, value?))).collect()
}
