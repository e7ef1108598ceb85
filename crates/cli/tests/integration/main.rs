//! The real binary, run the way a person runs it.

#[cfg(test)]
mod checklist;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod common;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod paths;
#[cfg(test)]
mod release;
#[cfg(test)]
mod scan;
#[cfg(test)]
mod seal;
#[cfg(test)]
mod sign;
#[cfg(test)]
#[cfg(feature = "pkcs11")]
mod token;
