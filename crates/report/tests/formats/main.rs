//! Every report format over the same rich case, told plainly and by an attacker.

#[cfg(test)]
mod build;
#[cfg(test)]
mod cyclonedx;
#[cfg(test)]
mod sarif;
#[cfg(test)]
mod schema;
