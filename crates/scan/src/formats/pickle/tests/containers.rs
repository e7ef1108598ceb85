//! Pickles inside the values of pickles, and budgets: both must end, and neither may look clean when it was not
//! read to its end.

use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::assembler::Asm;
use super::{PickleLimits, rules, scan, within};
use crate::rule::Rule;
use crate::verdict::{Status, Verdict};

fn payload() -> Vec<u8> {
    Asm::proto(4).call("os", "system", "id").stop()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn nested_pickles_are_found_in_every_wrapping() {
    let old = b"cos\nsystem\n(S'id'\ntR.".to_vec();
    let disguised = b"I1\n0cos\nsystem\n(S'id'\ntR.".to_vec();
    assert!(rules(&scan(&Asm::proto(4).bytes(&disguised).stop())).contains(&Rule::PickleNestedPickle));
    for inner in [payload(), old] {
        let base64 = STANDARD.encode(&inner);
        let hex = casemate_core::hex(&inner);
        for wrapped in [
            inner.clone(),
            base64.clone().into_bytes(),
            hex.into_bytes(),
            zlib(&inner),
            STANDARD.encode(zlib(&inner)).into_bytes(),
        ] {
            let loads = Asm::proto(4).global("pickle", "loads");
            let report = scan(&loads.bytes(&wrapped).raw(b"\x85R").stop());
            assert!(rules(&report).contains(&Rule::PickleNestedPickle), "{wrapped:?}: {report:#?}");
            assert_eq!(report.verdict, Verdict::Malicious, "{report:#?}");
            let inside = report.findings.iter().find(|finding| finding.rule == Rule::PickleProcess).unwrap();
            assert_eq!(inside.location.member.len(), 1);
        }
        let text = scan(&Asm::proto(4).long_text(&base64).stop());
        assert_eq!(text.verdict, Verdict::Suspicious, "nothing loads it: {text:#?}");
    }
}

#[test]
fn nested_pickles_in_nested_pickles_are_found_up_to_a_depth() {
    let wrap = |inner: &[u8]| Asm::proto(4).global("pickle", "loads").bytes(inner).raw(b"\x85R").stop();
    assert_eq!(scan(&wrap(&wrap(&payload()))).verdict, Verdict::Malicious);
    let deep = (0..9).fold(payload(), |inner, _| wrap(&inner));
    assert_eq!(scan(&deep).status, Status::Inconclusive);
}

#[test]
fn a_nested_pickle_of_plain_data_is_only_mentioned() {
    let inner = Asm::proto(4).global("collections", "OrderedDict").raw(b")R").stop();
    let report = scan(&Asm::proto(4).bytes(&inner).stop());
    assert_eq!((rules(&report), report.verdict), (vec![Rule::PickleNestedPickle], Verdict::Clean));
}

#[test]
fn a_spent_budget_is_inconclusive_and_never_malicious() {
    let many = Asm::proto(4).raw(b"](").raw(&b"N".repeat(1000)).raw(b"e").stop();
    let mut limits = PickleLimits { opcodes: 100, ..PickleLimits::default() };
    let report = within(&many, limits);
    assert_eq!((report.status, report.verdict), (Status::Inconclusive, Verdict::Unknown));
    limits = PickleLimits { stack: 100, ..PickleLimits::default() };
    assert_eq!(within(&many, limits).verdict, Verdict::Unknown);
    limits = PickleLimits { memo: 3, ..PickleLimits::default() };
    let memo = Asm::proto(4).raw(b"N\x94\x94\x94\x94").stop();
    assert_eq!(within(&memo, limits).verdict, Verdict::Unknown);
    assert_eq!(scan(&many).verdict, Verdict::Clean);
}

#[test]
fn a_payload_at_the_edge_of_the_buffer_is_found() {
    let size = 64 * 1024;
    for shift in 0..40 {
        let filler = vec![b' '; size - 30 + shift - 7];
        let outer = Asm::proto(4).bytes(&filler).raw(b"0").global("pickle", "loads").bytes(&payload());
        let report = scan(&outer.raw(b"\x85R").stop());
        assert_eq!(report.verdict, Verdict::Malicious, "{shift}");
    }
}

#[test]
fn a_large_tuple_that_is_used_often_costs_little() {
    let globals = b"h\x00".repeat(50_000);
    let start = Asm::proto(4).global("os", "system").raw(b"q\x00(").raw(&globals).raw(b"tq\x010");
    let calls =
        start.global("collections", "OrderedDict").raw(b"q\x020").raw(&b"h\x02h\x01R0".repeat(100_000));
    assert_eq!(scan(&calls.raw(b"N").stop()).verdict, Verdict::Malicious);
}
