//! Whether the parts of one message are done one after the other or by several threads. It knows nothing of what they are.

use std::io;
use std::ops::Range;

use rayon::iter::{ParallelBridge as _, ParallelIterator as _};

/// Who does the parts of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spread {
    /// The thread that asks.
    Alone,
    /// All there are.
    Shared,
}

impl Spread {
    pub(super) fn run(
        self,
        parts: impl Iterator<Item = Range<u64>> + Send,
        each: &(dyn Fn(Range<u64>) -> io::Result<()> + Sync),
    ) -> io::Result<()> {
        match self {
            Self::Alone => parts.into_iter().try_for_each(each),
            Self::Shared => parts.par_bridge().try_for_each(each),
        }
    }
}
