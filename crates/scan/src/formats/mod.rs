//! One reader for each format. A reader never runs what it reads.

pub(crate) mod pickle;
