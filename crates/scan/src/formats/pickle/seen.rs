//! What the machine makes of one stream, opcode by opcode, to be held against other unpicklers. For tests; a scan never
//! comes here.

use std::io::Cursor;

use super::PickleLimits;
use super::framing::{self, Ran};
use super::machine::{End, Halt, Machine};
use super::opcode::Op;
use super::reader::{ReadError, Reader};
use super::trace::Trace;

/// One stream, read and run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Every opcode with its offset, up to `STOP` or to what cannot be read, whatever running it would do.
    pub opcodes: Vec<(u64, &'static str)>,
    /// Why there are no more of them.
    pub read: Ending,
    /// How running it ended.
    pub ran: Ending,
    /// The offset of the opcode that was run last.
    pub last: u64,
    /// How running it ended for an unpickler that takes frames at their word, where that makes a difference.
    pub from_file: Option<Ending>,
    /// Module and name of every global, with the offset of the opcode that reached it first.
    pub globals: Vec<(u64, String, String)>,
}

/// How a stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// With `STOP`.
    Stopped,
    /// At an opcode that cannot be run, or that does not exist.
    Broken,
    /// With the bytes, before an opcode or inside of one.
    Cut,
    /// Because a limit was reached.
    Spent,
}

/// Reads and runs the first stream of some bytes. None if they cannot be read.
#[must_use]
pub fn seen(bytes: &[u8]) -> Option<Seen> {
    let limits = PickleLimits { candidates: 0, ..PickleLimits::default() };
    let (opcodes, read) = opcodes(bytes, &limits)?;
    let mut trace = Trace::default();
    let mut reader = Reader::new(Cursor::new(bytes)).ok()?;
    let Ran { end, last, from_file } = framing::run(&mut reader, &mut trace, &limits).ok()?;
    let (ran, from_file) = (ending(&end)?, from_file.as_ref().and_then(ending));
    let globals = trace.globals.iter();
    let globals = globals.map(|global| (global.imported, (*global.module).into(), (*global.name).into()));
    Some(Seen { opcodes, read, ran, last, from_file, globals: globals.collect() })
}

fn ending(end: &End) -> Option<Ending> {
    match end {
        End::Stopped => Some(Ending::Stopped),
        End::Broken(_) => Some(Ending::Broken),
        End::Truncated | End::Length => Some(Ending::Cut),
        End::Spent(_) => Some(Ending::Spent),
        End::Failed(_) => None,
    }
}

fn opcodes(bytes: &[u8], limits: &PickleLimits) -> Option<(Vec<(u64, &'static str)>, Ending)> {
    let mut trace = Trace::default();
    let mut reader = Reader::new(Cursor::new(bytes)).ok()?;
    let mut machine = Machine::new(&mut reader, &mut trace, limits);
    let mut found = Vec::new();
    let end = loop {
        match machine.read_only() {
            Ok(op) => {
                found.push((machine.at, op.name()));
                if op == Op::Stop {
                    break Ending::Stopped;
                }
            }
            Err(Halt::Broken(_)) => break Ending::Broken,
            Err(Halt::Read(ReadError::Truncated | ReadError::Length)) => break Ending::Cut,
            Err(Halt::Spent(_)) => break Ending::Spent,
            Err(Halt::Read(ReadError::Io(_))) => return None,
        }
    };
    Some((found, end))
}
