//! Every report format over the same rich case, told plainly and by an attacker.

mod build;
mod sarif;
mod schema;
