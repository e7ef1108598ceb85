//! Chains of certificates that hold, and those that must not. Certificates are made here, at fixed times; the few that the
//! maker cannot make lie in `fixtures`. No certificate of anybody else is used but for the vectors of the specification.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod algorithms;
mod bounds;
mod forms;
mod make;
mod openssl;
mod trust;
mod usage;
mod validity;
mod vectors;
