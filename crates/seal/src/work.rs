//! How many files are worked on: small ones next to each other, large ones one after the other with all threads on each.
//! So no thread waits for a large file, and none holds more than a mebibyte.

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use crate::chunked::Spread;
use crate::{SealError, Watch};

/// From this size on, one file is work for several threads.
const LARGE: u64 = 64 * 1024 * 1024;

/// Does something with every file, by its size. The first failure ends it.
pub(crate) fn each<T: Sync>(
    files: &[T],
    size: impl Fn(&T) -> u64,
    watch: Watch<'_>,
    work: impl Fn(&T, Spread) -> Result<(), SealError> + Sync,
) -> Result<(), SealError> {
    let (large, small): (Vec<&T>, Vec<&T>) = files.iter().partition(|file| size(file) >= LARGE);
    let one = |file: &T, spread| if watch.stopped() { Err(SealError::Stopped) } else { work(file, spread) };
    small.par_iter().try_for_each(|file| one(file, Spread::Alone))?;
    large.iter().try_for_each(|file| one(file, Spread::Shared))
}
