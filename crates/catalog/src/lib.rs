//! Threats, controls and framework packs as data, and their validation.
//!
//! Built-in and user entries go through the same parsing and the same checks. The catalogue knows nothing of any
//! system: what a threat's expression yields on one is for `assess` to say.

mod catalog;
mod control;
mod expression;
pub mod facts;
mod framework;
mod load;
mod threat;
mod validate;

pub use catalog::{Catalog, Duty, Entry};
pub use control::{Control, Effort};
pub use expression::{Expression, ExpressionError};
pub use framework::{Aliases, DutyDate, Framework, Item};
pub use load::CatalogError;
pub use threat::{Applies, Edges, Examples, Extent, Scope, Threat};

/// The JSON Schema of a threat file.
#[must_use]
pub fn threat_schema() -> serde_json::Value {
    schemars::schema_for!(Threat).to_value()
}

/// The JSON Schema of a control file.
#[must_use]
pub fn control_schema() -> serde_json::Value {
    schemars::schema_for!(Control).to_value()
}

/// The JSON Schema of a framework pack.
#[must_use]
pub fn framework_schema() -> serde_json::Value {
    schemars::schema_for!(Framework).to_value()
}
