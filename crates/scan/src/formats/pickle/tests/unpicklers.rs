//! What only some unpicklers do: what one of them runs is seen, although others break before it. All of this was found by
//! comparison with CPython.

use super::assembler::Asm;
use super::{rules, scan};
use crate::rule::Rule;
use crate::verdict::Verdict;

fn malicious(bytes: &[u8], rule: Rule) {
    let report = scan(bytes);
    assert!(rules(&report).contains(&rule), "no {rule}: {report:#?}");
    assert_eq!(report.verdict, Verdict::Malicious, "{report:#?}");
}

/// The last opcodes of a call of what lies on the stack.
fn call(asm: Asm) -> Vec<u8> {
    asm.text("id").raw(b"\x85R").stop()
}

#[test]
fn a_constant_of_a_module_can_name_a_module() {
    // `string.octdigits` is text, and so may be any other global.
    let named = Asm::proto(4).global("string", "octdigits").text("system").raw(b"\x93");
    let report = scan(&call(named));
    assert!(rules(&report).contains(&Rule::PickleComputedName), "{report:#?}");
    assert!(!rules(&report).contains(&Rule::PickleBrokenStream), "{report:#?}");
}

#[test]
fn an_extension_code_is_a_number_however_it_is_written() {
    for code in [&b"K\x07"[..], b"I0x7\n", b"I07\n", b"L7L\n", b"\x8a\x01\x07", b"\x8b\x01\0\0\0\x07"] {
        let registered = Asm::proto(2).global("copyreg", "add_extension").text("os").text("system");
        malicious(&call(registered.raw(code).raw(b"\x87R0\x82\x07")), Rule::PickleProcess);
    }
    let registered = Asm::proto(2).global("copyreg", "add_extension").text("os").text("system");
    malicious(&call(registered.raw(b"\x88\x87R0\x82\x01")), Rule::PickleProcess);
}

#[test]
fn a_memo_number_may_be_padded() {
    for number in ["1\0 no number", "+0_1", &format!("{}1", "0".repeat(5000))] {
        let stored = Asm::proto(2).global("os", "system").raw(b"q\x010");
        malicious(&call(stored.raw(format!("g{number}\n").as_bytes())), Rule::PickleProcess);
    }
}

#[test]
fn the_last_line_needs_no_break() {
    // The unpickler that is written in Python takes the last byte off, whatever it is.
    malicious(&Asm::proto(2).raw(b"(").text("id").raw(b"ios\nsystem!").end(), Rule::PickleProcess);
}

#[test]
fn a_frame_may_end_inside_a_name() {
    // From a file, C forgets the part of a line that lies in the frame: here it calls `os.system`.
    let name = b"c__main__";
    let framed = Asm::proto(4).raw(b"\x95").raw(&(name.len() as u64).to_le_bytes()).raw(name);
    malicious(&call(framed.raw(b"os\nsystem\n")), Rule::PickleProcess);
}
