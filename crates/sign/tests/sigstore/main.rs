//! Keyless signatures that hold and those that must not, offline: by a trusted root of our own, and by the public one on the
//! vectors of the specification. What `sigstore-verify` checks inside is its own to test; here it is that all of it is asked.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod keyless;
mod vectors;
mod world;
