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

pub use catalog::{Catalog, Entry};
pub use control::{Control, Effort};
pub use expression::{Expression, ExpressionError};
pub use framework::{Aliases, DutyDate, Framework, Item};
pub use load::CatalogError;
pub use threat::{Applies, Edges, Examples, Extent, Scope, Threat};
