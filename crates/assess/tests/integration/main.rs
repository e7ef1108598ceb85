//! What a case says, tested at the seam that the command line uses.

#[cfg(test)]
mod attack;
#[cfg(test)]
mod catalog;
#[cfg(test)]
mod claims;
#[cfg(test)]
mod common;
#[cfg(test)]
mod judging;
