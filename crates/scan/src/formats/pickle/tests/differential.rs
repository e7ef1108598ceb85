//! The same opcodes at the same offsets as Python's own `pickletools`, on streams made here. Where there is no
//! Python, this says so and passes.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::process::{Command, Stdio};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::super::Limits;
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
    let limits = Limits::default();
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

#[test]
fn opcodes_and_offsets_are_those_of_pickletools() {
    let python = Command::new("python3")
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut python) = python else {
        eprintln!("skipped: there is no python3");
        return;
    };
    let mut runner = TestRunner::deterministic();
    let programs = proptest::collection::vec(instruction(), 1..60);
    let mut streams: Vec<Vec<u8>> =
        (0..2000).map(|_| programs.new_tree(&mut runner).unwrap().current().concat()).collect();
    // Some of them break off.
    for (at, stream) in streams.iter_mut().enumerate().filter(|(at, _)| at % 3 == 0) {
        stream.truncate(stream.len() * (at % 100) / 100);
    }
    let input = streams.iter().fold(String::new(), |mut text, stream| {
        writeln!(text, "{}", casemate_core::hex(stream)).unwrap();
        text
    });
    let mut stdin = python.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = python.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    if !output.status.success() {
        eprintln!("skipped: python3 does not run");
        return;
    }
    let theirs = String::from_utf8(output.stdout).unwrap();
    assert_eq!(theirs.lines().count(), streams.len());
    for (stream, theirs) in streams.iter().zip(theirs.lines()) {
        assert_eq!(opcodes(stream), theirs, "{}", casemate_core::hex(stream));
    }
}
