//! The attack graph, at the seam a report sees it.

mod answers;
mod laws;
mod random;
mod servers;
