//! Keys in a PKCS#11 token, held against SoftHSM. Each test runs in a process of its own, as SoftHSM finds its tokens by an
//! environment variable. Nothing here may read or touch tokens of the user.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod errors;
mod hsm;
mod signing;
mod uris;
mod wrapping;
