//! Every opcode runs, with its effect on the stack: each program is whole only if the opcode took and gave what
//! it should.

use super::super::opcode::Op;
use super::scan;
use crate::verdict::{Status, Verdict};

/// Programs that end with exactly one value if every opcode does what it should.
const PROGRAMS: &[(&str, &[u8])] = &[
    ("INT", b"I7\n."),
    ("INT", b"I01\n."),
    ("BININT", b"J\x01\x00\x00\x80."),
    ("BININT1", b"K\x07."),
    ("BININT2", b"M\x07\x01."),
    ("LONG", b"L123456789012345678901234567890L\n."),
    ("LONG1", b"\x80\x02\x8a\x02\xff\x7f."),
    ("LONG4", b"\x80\x02\x8b\x02\x00\x00\x00\xff\x7f."),
    ("STRING", b"S'abc'\n."),
    ("BINSTRING", b"T\x03\x00\x00\x00abc."),
    ("SHORT_BINSTRING", b"U\x03abc."),
    ("BINBYTES", b"\x80\x03B\x03\x00\x00\x00abc."),
    ("SHORT_BINBYTES", b"\x80\x03C\x03abc."),
    ("BINBYTES8", b"\x80\x04\x8e\x03\x00\x00\x00\x00\x00\x00\x00abc."),
    ("BYTEARRAY8", b"\x80\x05\x96\x03\x00\x00\x00\x00\x00\x00\x00abc."),
    ("NEXT_BUFFER", b"\x80\x05\x97."),
    ("READONLY_BUFFER", b"\x80\x05\x97\x98."),
    ("NONE", b"N."),
    ("NEWTRUE", b"\x80\x02\x88."),
    ("NEWFALSE", b"\x80\x02\x89."),
    ("UNICODE", b"Vabc\n."),
    ("SHORT_BINUNICODE", b"\x80\x04\x8c\x03abc."),
    ("BINUNICODE", b"X\x03\x00\x00\x00abc."),
    ("BINUNICODE8", b"\x80\x04\x8d\x03\x00\x00\x00\x00\x00\x00\x00abc."),
    ("FLOAT", b"F1.5\n."),
    ("BINFLOAT", b"G\x3f\xf8\x00\x00\x00\x00\x00\x00."),
    ("EMPTY_LIST", b"]."),
    ("APPEND", b"]Na."),
    ("APPENDS", b"](NNe."),
    ("LIST", b"(NNl."),
    ("EMPTY_TUPLE", b")."),
    ("TUPLE", b"(NNt."),
    ("TUPLE1", b"\x80\x02N\x85."),
    ("TUPLE2", b"\x80\x02NN\x86."),
    ("TUPLE3", b"\x80\x02NNN\x87."),
    ("EMPTY_DICT", b"}."),
    ("DICT", b"(NNd."),
    ("SETITEM", b"}NNs."),
    ("SETITEMS", b"}(NNNNu."),
    ("EMPTY_SET", b"\x80\x04\x8f."),
    ("ADDITEMS", b"\x80\x04\x8f(NN\x90."),
    ("FROZENSET", b"\x80\x04(NN\x91."),
    ("POP", b"NN0."),
    ("POP", b"N(0."),
    ("DUP", b"]2a."),
    ("MARK", b"((NtNt."),
    ("POP_MARK", b"N(NN1."),
    ("PUT", b"Np3\n0g3\n."),
    ("GET", b"Np3\n0g3\n."),
    ("BINPUT", b"Nq\x030h\x03."),
    ("BINGET", b"Nq\x030h\x03."),
    ("LONG_BINPUT", b"Nr\x03\x00\x00\x000j\x03\x00\x00\x00."),
    ("LONG_BINGET", b"Nr\xff\xff\xff\xff0j\xff\xff\xff\xff."),
    ("MEMOIZE", b"\x80\x04N\x940h\x00."),
    ("GLOBAL", b"ccollections\nOrderedDict\n."),
    ("STACK_GLOBAL", b"\x80\x04\x8c\x0bcollections\x8c\x0bOrderedDict\x93."),
    ("REDUCE", b"ccollections\nOrderedDict\n)R."),
    ("BUILD", b"ccollections\nOrderedDict\n)R}b."),
    ("INST", b"(icollections\nOrderedDict\n."),
    ("OBJ", b"(ccollections\nOrderedDict\no."),
    ("NEWOBJ", b"\x80\x02ccollections\nOrderedDict\n)\x81."),
    ("NEWOBJ_EX", b"\x80\x04ccollections\nOrderedDict\n)}\x92."),
    ("PROTO", b"\x80\x05N."),
    ("STOP", b"N."),
    ("FRAME", b"\x80\x04\x95\x02\x00\x00\x00\x00\x00\x00\x00N."),
];

/// Opcodes that never stay without a finding.
const FLAGGED: &[(&str, &[u8])] = &[
    ("EXT1", b"\x80\x02\x82\x01."),
    ("EXT2", b"\x80\x02\x83\x01\x00."),
    ("EXT4", b"\x80\x02\x84\x01\x00\x00\x00."),
    ("PERSID", b"P7\n."),
    ("BINPERSID", b"K\x07Q."),
];

#[test]
fn every_opcode_runs() {
    for (name, program) in PROGRAMS.iter().chain(FLAGGED) {
        let report = scan(program);
        assert_eq!(report.status, Status::Complete, "{name} {program:?}: {report:?}");
        assert_eq!(report.coverage.understood, program.len() as u64, "{name}");
    }
    for op in Op::ALL {
        let is_tested = PROGRAMS.iter().chain(FLAGGED).any(|(name, _)| *name == op.name());
        assert!(is_tested, "{} has no program", op.name());
        assert!(op.protocol() <= 5 && Op::of(*op as u8) == Some(*op));
    }
}

#[test]
fn plain_programs_are_clean() {
    for (name, program) in PROGRAMS {
        assert_eq!(scan(program).verdict, Verdict::Clean, "{name} {program:?}");
    }
}

#[test]
fn no_program_is_whole_without_its_last_operand() {
    for (name, program) in PROGRAMS {
        let cut = &program[..program.len() - 1];
        assert_eq!(scan(cut).status, Status::Inconclusive, "{name}");
    }
}

#[test]
fn what_an_unpickler_rejects_breaks_the_stream() {
    for program in
        [&b"."[..], b"0.", b"t.", b"h\x00.", b"N(\x85.", b"K\x01K\x02\x93.", b"K\x01)R.", b"\xff.", b"gx\n."]
    {
        assert_eq!(scan(program).status, Status::Inconclusive, "{program:?}");
    }
}
