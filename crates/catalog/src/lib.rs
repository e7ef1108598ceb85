//! Threats, controls and framework packs as data, and their validation.
//!
//! Built-in and user entries go through the same parsing and the same checks. The catalogue knows nothing of any
//! system: what a threat's expression yields on one is for `assess` to say.

mod control;
pub mod facts;
mod framework;
mod threat;

pub use control::{Control, Effort};
pub use framework::{Aliases, DutyDate, Framework, Item};
pub use threat::{Applies, Edges, Examples, Extent, Scope, Threat};
