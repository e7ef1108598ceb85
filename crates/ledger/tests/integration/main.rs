//! Ledgers in folders: what holds of them, what others make of them, what a crash and an attacker leave of them.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod audit;
mod common;
mod crash;
mod log;
mod oracle;
