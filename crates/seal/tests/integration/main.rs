//! Sealed models as a whole, in folders of their own: sealing, opening, who can open, rotation, and everything that must
//! be refused. Single messages are tested beside their code.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails should say where")]

mod common;
mod hostile;
mod kms;
mod opening;
mod rotation;
mod slots;
