//! The same opcodes at the same offsets as Python's own `pickletools`, on streams made here. Where there is no
//! Python, this says so and passes.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::process::{Command, Stdio};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::super::PickleLimits;
use super::super::machine::Machine;
use super::super::opcode::Op;
use super::super::reader::Reader;
use super::super::trace::Trace;
use super::properties::instruction;

/// Reads a stream in hexadecimal per line, and writes its opcodes up to where it cannot go on.
const SCRIPT: &str = "
import pickletools, sys
for line in sys.stdin:
    found = []
    try:
        for opcode, _, at in pickletools.genops(bytes.fromhex(line)):
            found.append(f'{at}:{opcode.name}')
    except ValueError:
        pass
    print(' '.join(found))
";

fn opcodes(bytes: &[u8]) -> String {
    let limits = PickleLimits::default();
    let mut trace = Trace::default();
    let mut reader = Reader::new(Cursor::new(bytes)).unwrap();
    let mut machine = Machine::new(&mut reader, &mut trace, &limits);
    let mut found = Vec::new();
    while let Some(op) = machine.read_only() {
        found.push(format!("{}:{}", machine.at, op.name()));
        if op == Op::Stop {
            break;
        }
    }
    found.join(" ")
}

/// Runs a stream in Python's own unpickler, with every global replaced by an object that does nothing, and writes
/// which globals were asked for.
const GLOBALS: &str = "
import io, pickle, sys
class Nothing:
    def __new__(cls, *a, **k): return object.__new__(cls)
    def __init__(self, *a, **k): pass
    def __call__(self, *a, **k): return Nothing()
    def __setitem__(self, *a): pass
    def append(self, *a): pass
    def extend(self, *a): pass
class Recorder(pickle._Unpickler):
    def find_class(self, module, name):
        self.found.append(f'{module}.{name}')
        return Nothing
    def persistent_load(self, pid): return Nothing()
for line in sys.stdin:
    recorder = Recorder(io.BytesIO(bytes.fromhex(line)))
    recorder.found = []
    try:
        recorder.load()
    except Exception:
        pass
    print(' '.join(recorder.found))
";

/// What Python prints for each stream, or nothing if there is no Python.
fn python(script: &str, streams: &[Vec<u8>]) -> Option<Vec<String>> {
    let child = Command::new("python3")
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else {
        eprintln!("skipped: there is no python3");
        return None;
    };
    let input = streams.iter().fold(String::new(), |mut text, stream| {
        writeln!(text, "{}", casemate_core::hex(stream)).unwrap();
        text
    });
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    // A Python that does not start reads nothing.
    let written = writer.join().unwrap();
    if !output.status.success() {
        eprintln!("skipped: python3 does not run");
        return None;
    }
    written.unwrap();
    let lines: Vec<String> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), streams.len());
    Some(lines)
}

/// Streams of whatever opcodes; the same ones every time.
fn streams(count: usize, len: std::ops::Range<usize>) -> Vec<Vec<u8>> {
    let mut runner = TestRunner::deterministic();
    let programs = proptest::collection::vec(instruction(), len);
    (0..count).map(|_| programs.new_tree(&mut runner).unwrap().current().concat()).collect()
}

#[test]
fn opcodes_and_offsets_are_those_of_pickletools() {
    let mut streams = streams(2000, 1..60);
    // Some of them break off.
    for (at, stream) in streams.iter_mut().enumerate().filter(|(at, _)| at % 3 == 0) {
        stream.truncate(stream.len() * (at % 100) / 100);
    }
    for (stream, theirs) in streams.iter().zip(python(SCRIPT, &streams).unwrap_or_default()) {
        assert_eq!(opcodes(stream), theirs, "{}", casemate_core::hex(stream));
    }
}

#[test]
fn no_global_that_python_asks_for_is_missed() {
    let mut streams = streams(6000, 4..40);
    for stream in &mut streams {
        // Something to take from the stack, so that more of the program runs.
        let start = b"(NK\x01K\x02q\x00q\x01\x8c\x02osq\x02\x8c\x06systemq\x03)q\x04cos\nsystem\n)";
        stream.splice(0..0, start.iter().copied());
    }
    let theirs = python(GLOBALS, &streams).unwrap_or_default();
    let mut many = 0;
    for (stream, theirs) in streams.iter().zip(&theirs) {
        let limits = PickleLimits::default();
        let mut trace = Trace::default();
        let mut reader = Reader::new(Cursor::new(stream)).unwrap();
        Machine::new(&mut reader, &mut trace, &limits).run();
        let ours: Vec<String> =
            trace.globals.iter().map(|global| format!("{}.{}", global.module, global.name)).collect();
        for global in theirs.split(' ') {
            assert!(ours.iter().any(|known| known == global), "{global}: {}", casemate_core::hex(stream));
        }
        many += usize::from(theirs.contains(' '));
    }
    assert!(theirs.is_empty() || many > 300, "only {many} streams got anywhere");
}
