//! What reading one file may cost. A budget that is spent ends the reading and makes the result inconclusive; it
//! is never a reason to call a file malicious.

/// PickleLimits on the pickles of one file or part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PickleLimits {
    /// Opcodes that are run, over all streams and nested pickles.
    pub opcodes: u64,
    /// Entries of the memo.
    pub memo: usize,
    /// Values on the stack.
    pub stack: usize,
    /// Marks that are open at the same time.
    pub marks: usize,
    /// Different globals.
    pub globals: usize,
    /// Pickles inside pickles, counted from the outside.
    pub nesting: u8,
    /// Values that are tried as nested pickles.
    pub candidates: usize,
    /// Bytes of one nested pickle, after decoding.
    pub nested_bytes: usize,
    /// Bytes of all nested pickles together, after decoding.
    pub all_nested_bytes: u64,
    /// Streams that follow one another in one file.
    pub streams: usize,
}

impl Default for PickleLimits {
    fn default() -> Self {
        Self {
            opcodes: 500_000_000,
            memo: 2_500_000,
            stack: 500_000,
            marks: 100_000,
            globals: 20_000,
            nesting: 4,
            candidates: 256,
            nested_bytes: 8 * 1024 * 1024,
            all_nested_bytes: 128 * 1024 * 1024,
            streams: 10_000,
        }
    }
}

/// Which limit was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Spent {
    Opcodes,
    Memo,
    Stack,
    Marks,
    Globals,
    Nesting,
    Candidates,
    NestedBytes,
    Streams,
}

impl Spent {
    /// What there was too much of.
    pub(crate) const fn what(self) -> &'static str {
        match self {
            Self::Opcodes => "more opcodes than are run",
            Self::Memo => "more memo entries than are kept",
            Self::Stack => "more values on the stack than are kept",
            Self::Marks => "more open marks than are kept",
            Self::Globals => "more different globals than are kept",
            Self::Nesting => "pickles nested deeper than is followed",
            Self::Candidates => "more values that look like pickles than are tried",
            Self::NestedBytes => "nested pickles larger than is decoded",
            Self::Streams => "more streams than are read",
        }
    }
}
