//! Holds Casemate's pickle machine against what CPython made of the same stream. It knows no Python: the view comes from
//! `oracle.py`, live or from the committed seeds.
//!
//! Read, both must see the same opcodes at the same offsets, to the same end. Run, both must reach the same globals at the
//! same opcodes, and the machine must end where CPython ends. The exceptions are those of [`Ran`] and of [`is_followed`];
//! in all of them the machine sees more than CPython, never less.

use casemate_scan::testing::{Ending, Seen, seen};
use serde::Deserialize;

/// What CPython made of a stream.
#[derive(Debug, Deserialize)]
pub(crate) struct View {
    /// The stream, in hexadecimal.
    pub(crate) stream: String,
    /// Its opcodes, each as `offset:NAME`.
    opcodes: String,
    /// How they end.
    read: Read,
    /// How running it ended in the unpickler that is written in Python.
    ran: Ran,
    /// The offset of the opcode where it ended.
    at: u64,
    /// Every global that it asked for: the offset of the opcode, the module and the name.
    globals: Vec<(u64, String, String)>,
    /// Whether the unpickler that is written in C came to `STOP`.
    loads: bool,
    /// Every global that one asked for. It says no offsets.
    compiled: Vec<(String, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Read {
    Stopped,
    Broken,
    Cut,
}

/// How CPython ended, and what follows from that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Ran {
    /// At `STOP`. So does the machine.
    Stopped,
    /// The stack, a mark, the memo, an opcode, the protocol or the name of a global is not as it must be. The machine
    /// breaks at the same opcode.
    Structure,
    /// Bytes are missing. The machine ends at the same opcode.
    Cut,
    /// It refuses the value of an operand or the type of an object, such as a number with letters, text that is not UTF-8,
    /// or a list as a key. The machine builds no objects and refuses no values, because unpicklers do not agree about
    /// them: it may read on.
    Value,
    /// A dictionary gets a key without a value. Old unpicklers passed over it: the machine may read on.
    Odd,
    /// An opcode crosses the end of its frame. The unpickler that is written in C does not mind: the machine notes it and
    /// may read on.
    Frame,
    /// An extension code that the stream did not register. Whoever loads it may have: the machine notes it and may read on.
    Extension,
    /// A wrapper of joblib is given its state. The machine steps over the numbers of the array that follow, as joblib does,
    /// and CPython by itself takes them for opcodes: from here on they read different streams.
    Array,
    /// It was not run, because it could take too long.
    Not,
}

/// How far a name is compared. The machine cuts what is too long to be one.
const LONG_NAME: usize = 1000;

/// What is different, if anything is.
pub(crate) fn difference(view: &View) -> Option<String> {
    let Some(bytes) = bytes(&view.stream) else { return Some("it is no stream".to_owned()) };
    let Some(ours) = seen(&bytes) else { return Some("it cannot be read".to_owned()) };
    reading(view, &ours).or_else(|| running(view, &ours)).or_else(|| compiled(view, &ours))
}

fn reading(view: &View, ours: &Seen) -> Option<String> {
    let opcodes: Vec<String> = ours.opcodes.iter().map(|(at, name)| format!("{at}:{name}")).collect();
    let opcodes = opcodes.join(" ");
    if opcodes != view.opcodes {
        return Some(format!("other opcodes: {opcodes} instead of {}", view.opcodes));
    }
    let same = matches!(
        (view.read, ours.read),
        (Read::Stopped, Ending::Stopped) | (Read::Broken, Ending::Broken) | (Read::Cut, Ending::Cut)
    );
    (!same).then(|| format!("reading ends as {:?} instead of {:?}", ours.read, view.read))
}

fn running(view: &View, ours: &Seen) -> Option<String> {
    let here = ours.last == view.at;
    let right = match view.ran {
        Ran::Not => return None,
        Ran::Stopped => here && ours.ran == Ending::Stopped,
        Ran::Structure => here && ours.ran == Ending::Broken,
        Ran::Cut => here && ours.ran == Ending::Cut,
        Ran::Value | Ran::Odd | Ran::Frame | Ran::Extension | Ran::Array => ours.last >= view.at,
    };
    if !right {
        let (ran, last) = (ours.ran, ours.last);
        return Some(format!("it ends as {ran:?} at {last} instead of {:?} at {}", view.ran, view.at));
    }
    for (at, module, name) in &view.globals {
        let is_known =
            |(by, m, n): &(u64, String, String)| by <= at && is_same(m, module) && is_same(n, name);
        if !ours.globals.iter().any(is_known) {
            return Some(format!("{module:?} {name:?} at {at} is missing"));
        }
    }
    for (at, module, name) in ours.globals.iter().filter(|(at, ..)| *at < view.at) {
        let is_theirs = |(_, m, n): &(u64, String, String)| is_same(m, module) && is_same(n, name);
        if !view.globals.iter().any(is_theirs) && !is_followed(*at, view, ours) {
            return Some(format!("{module:?} {name:?} at {at} is nothing that Python asks for"));
        }
    }
    None
}

fn compiled(view: &View, ours: &Seen) -> Option<String> {
    if view.ran == Ran::Array {
        return None;
    }
    if view.loads && ours.ran != Ending::Stopped && ours.from_file != Some(Ending::Stopped) {
        return Some(format!("it ends as {:?} at {}, and C loads it", ours.ran, ours.last));
    }
    let is_known = |(module, name): &&(String, String)| {
        ours.globals.iter().any(|(_, m, n)| is_same(m, module) && is_same(n, name))
    };
    let missing = view.compiled.iter().find(|global| !is_known(global));
    missing.map(|(module, name)| format!("{module:?} {name:?} is missing, and C asks for it"))
}

/// Whether a global was reached by following a call, such as that of `getattr`, which CPython's stand-ins do not do. `INST`
/// names a global and calls it at once.
fn is_followed(at: u64, view: &View, ours: &Seen) -> bool {
    const LEADING: [&str; 6] =
        ["getattr", "__import__", "import_module", "safeimport", "resolve_name", "locate"];
    let opcode = ours.opcodes.iter().find(|(offset, _)| *offset == at).map(|(_, name)| *name);
    match opcode {
        Some("REDUCE" | "NEWOBJ" | "NEWOBJ_EX" | "OBJ") => true,
        Some("INST") => {
            view.globals.iter().any(|(by, _, name)| *by == at && LEADING.contains(&name.as_str()))
        }
        _ => false,
    }
}

fn is_same(ours: &str, theirs: &str) -> bool {
    ours == theirs || ours.len().max(theirs.len()) > LONG_NAME
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = hex.chars().map(|digit| digit.to_digit(16)).collect();
    let pairs = digits?;
    pairs.chunks(2).map(|pair| u8::try_from(pair.first()? * 16 + pair.get(1)?).ok()).collect()
}
