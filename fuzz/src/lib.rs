//! What every target does with its bytes, by the name of the target. Plain tests of the crates run the same functions over
//! the committed corpora; nothing here may depend on the fuzzer.

pub mod keys;
pub mod ledger;
pub mod scan;
pub mod seal;
pub mod sign;
pub mod system;

/// Runs a target.
///
/// # Panics
/// If something does not hold for the bytes, or there is no such target.
pub fn run(name: &str, bytes: &[u8]) {
    let own = [keys::TARGETS, ledger::TARGETS, seal::TARGETS, sign::TARGETS, system::TARGETS];
    match own.into_iter().flatten().find(|(target, _)| *target == name) {
        Some((_, target)) => target(bytes),
        None => scan::run(name, bytes),
    }
}
