//! How somebody watches long work and stops it. It draws nothing and knows no signals.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

/// Told how the work goes; asked whether to go on.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Told how many bytes of plaintext were done since it was last told.
    pub done: &'a (dyn Fn(u64) + Sync),
    /// Set by whoever wants the work to stop.
    pub stop: &'a AtomicBool,
}

static NEVER: AtomicBool = AtomicBool::new(false);

impl Watch<'static> {
    /// Nobody watches, and nobody stops it.
    pub const NOBODY: Self = Self { done: &|_| {}, stop: &NEVER };
}

impl Watch<'_> {
    pub(crate) fn done(&self, bytes: u64) -> io::Result<()> {
        (self.done)(bytes);
        if self.stopped() { Err(io::ErrorKind::Interrupted.into()) } else { Ok(()) }
    }

    pub(crate) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

impl std::fmt::Debug for Watch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Watch")
    }
}
