//! The tricks by which pickles hide what they do. Each has to be caught by a finding with the right name, and most
//! have a near miss that must not be.

use super::assembler::Asm;
use super::{rules, scan};
use crate::capability::Capability;
use crate::rule::Rule;
use crate::verdict::{Status, Verdict};

/// Checks that a rule and a verdict come out.
fn check(bytes: &[u8], rule: Rule, verdict: Verdict) {
    let report = scan(bytes);
    assert!(rules(&report).contains(&rule), "no {rule}: {report:#?}");
    assert_eq!(report.verdict, verdict, "{report:#?}");
}

fn malicious(bytes: &[u8], rule: Rule) {
    check(bytes, rule, Verdict::Malicious);
}

fn suspicious(bytes: &[u8], rule: Rule) {
    check(bytes, rule, Verdict::Suspicious);
}

/// The smallest stream that runs a process.
fn payload() -> Vec<u8> {
    Asm::proto(4).call("os", "system", "id").stop()
}

#[test]
fn a_dangerous_global_is_caught_whatever_calls_it() {
    let with = |before: &[u8], after: &[u8]| {
        Asm::proto(4).raw(before).global("posix", "system").text("id").raw(after).stop()
    };
    for bytes in [
        with(b"", b"\x85R"),
        with(b"", b"\x85\x81"),
        with(b"", b"\x85}\x92"),
        with(b"(", b"o"),
        with(b"N(", b"o0"),
        Asm::proto(4).raw(b"(").text("id").raw(b"iposix\nsystem\n").stop(),
        Asm::proto(4).raw(b"(").text("id").raw(b"iposix\nsystem\n0N").stop(),
    ] {
        malicious(&bytes, Rule::PickleProcess);
    }
}

#[test]
fn each_capability_has_its_rule() {
    for (module, name, rule) in [
        ("builtins", "exec", Rule::PickleCodeExecution),
        ("__builtin__", "eval", Rule::PickleCodeExecution),
        ("subprocess", "Popen", Rule::PickleProcess),
        ("pip", "main", Rule::PickleProcess),
        ("imaplib", "IMAP4_stream", Rule::PickleProcess),
        ("uuid", "_get_command_stdout", Rule::PickleProcess),
        ("multiprocessing.util", "spawnv_passfds", Rule::PickleProcess),
        ("runpy", "_run_code", Rule::PickleCodeExecution),
        ("idlelib.autocomplete", "AutoComplete.get_entity", Rule::PickleCodeExecution),
        ("numpy.f2py.crackfortran", "getlincoef", Rule::PickleCodeExecution),
        ("numpy.testing._private.utils", "runstring", Rule::PickleCodeExecution),
        ("torch._inductor.codecache", "compile_file", Rule::PickleCodeExecution),
        ("torch.jit.unsupported_tensor_ops", "execWrapper", Rule::PickleCodeExecution),
        ("importlib", "reload", Rule::PickleImport),
        ("zipimport", "zipimporter", Rule::PickleImport),
        ("io", "FileIO", Rule::PickleFileRead),
        ("linecache", "getline", Rule::PickleFileRead),
        ("shutil", "rmtree", Rule::PickleFileWrite),
        ("logging", "FileHandler", Rule::PickleFileWrite),
        ("ssl", "get_server_certificate", Rule::PickleNetwork),
        ("urllib.request", "urlopen", Rule::PickleNetwork),
    ] {
        malicious(&Asm::proto(4).call(module, name, "x").stop(), rule);
    }
    suspicious(&Asm::proto(4).call("pickle", "loads", "x").stop(), Rule::PickleNestedLoad);
    suspicious(&Asm::proto(4).call("sys", "setprofile", "x").stop(), Rule::PickleIntrospection);
    suspicious(&Asm::proto(4).call("someone.models", "build", "x").stop(), Rule::PickleUnknownCall);
    suspicious(&Asm::proto(4).call("__main__", "Net", "x").stop(), Rule::PickleMainGlobal);
}

#[test]
fn importing_is_less_than_calling() {
    suspicious(&Asm::proto(4).global("os", "system").stop(), Rule::PickleDangerousImport);
    check(&Asm::proto(4).global("someone", "thing").stop(), Rule::PickleUnknownImport, Verdict::Clean);
}

#[test]
fn operands_of_stack_global_are_followed_through_memo_dup_and_pop() {
    let call = |asm: Asm| asm.raw(b"\x93").text("id").raw(b"\x85R").stop();
    let posix = |asm: Asm| asm.text("posix");
    for bytes in [
        call(posix(Asm::proto(4)).raw(b"p9\n0").text("system").raw(b"q\x080g9\nh\x08")),
        call(
            posix(Asm::proto(4))
                .raw(b"r\x00\x01\x00\x000")
                .text("system")
                .raw(b"\x940j\x00\x01\x00\x00h\x01"),
        ),
        // Overwritten: the last one counts.
        call(Asm::proto(4).text("math").raw(b"q\x000").text("posix").raw(b"q\x000h\x00").text("system")),
        // Hidden among values that are thrown away.
        call(posix(Asm::proto(4)).raw(b"(").text("a").text("b").raw(b"1N0").text("system")),
        call(posix(Asm::proto(4)).raw(b"2").raw(b"0").text("system")),
        call(Asm::proto(4).raw(b"V\\u0070osix\nS'sys\\x74em'\n")),
    ] {
        malicious(&bytes, Rule::PickleProcess);
    }
    // Written as Python, but no pickler, would.
    let padded = format!("p 7\n0g{}7\n", "0".repeat(60));
    malicious(&call(posix(Asm::proto(4)).raw(padded.as_bytes()).text("system")), Rule::PickleProcess);
    malicious(&call(posix(Asm::proto(4)).raw(b"p1_1\n0g11\n").text("system")), Rule::PickleProcess);
    // Both operands are one value.
    let report = scan(&Asm::proto(4).text("os").raw(b"2\x93)R").stop());
    assert_eq!(report.capabilities, [Capability::Process]);
}

#[test]
fn computed_names_and_callables_are_said_to_be_so() {
    let joined = Asm::proto(4).stack_global("builtins", "str").text("os").raw(b"\x85R");
    suspicious(&joined.clone().text("system").raw(b"\x93").stop(), Rule::PickleComputedName);
    suspicious(&joined.raw(b")R").stop(), Rule::PickleUnresolvedCallable);
    let getter = Asm::proto(4).call("operator", "methodcaller", "system");
    suspicious(&getter.raw(b"N\x85R").stop(), Rule::PickleUnresolvedCallable);
}

#[test]
fn dotted_names_are_as_bad_as_what_they_lead_to() {
    let call = |module, name| Asm::proto(4).stack_global(module, name).raw(b")R").stop();
    malicious(&call("builtins", "print.__class__.__base__.__subclasses__"), Rule::PickleCodeExecution);
    malicious(&call("torch.utils", "collect_env.run"), Rule::PickleCodeExecution);
    malicious(&call("logging", "os.system"), Rule::PickleProcess);
}

#[test]
fn state_on_a_module_class_or_function_is_caught() {
    let target = |name| Asm::proto(4).global("numpy", name);
    malicious(&target("ndarray").raw(b"}").text("x").raw(b"Nsb").stop(), Rule::PickleStateOnGlobal);
    malicious(&target("__builtins__").raw(b"N}\x86b").stop(), Rule::PickleStateOnGlobal);
    malicious(
        &Asm::proto(4).global("sys", "modules").text("os").raw(b"Ns").stop(),
        Rule::PickleStateOnGlobal,
    );
    malicious(
        &Asm::proto(4).global("copyreg", "_inverted_registry").raw(b"(K\x01Nu\x82\x01").stop(),
        Rule::PickleStateOnGlobal,
    );
}

#[test]
fn trampolines_are_followed() {
    let call = |asm: Asm| asm.text("id").raw(b"\x85R").stop();
    let module = Asm::proto(4).call("importlib", "import_module", "os");
    let fetched = Asm::proto(4).global("builtins", "getattr").raw(b"(").raw(&module.end()[2..]);
    malicious(&call(fetched.text("system").raw(b"tR")), Rule::PickleProcess);
    let partial = Asm::proto(4).global("functools", "partial").global("os", "system").raw(b"\x85R");
    malicious(&call(partial), Rule::PickleProcess);
    malicious(&call(Asm::proto(4).call("pkgutil", "resolve_name", "os:system")), Rule::PickleProcess);
    malicious(&call(Asm::proto(4).call("pydoc", "locate", "os.system")), Rule::PickleProcess);
    let mapped = Asm::proto(4).global("builtins", "map").global("os", "system").raw(b"]\x86R").stop();
    malicious(&mapped, Rule::PickleProcess);
    let set = Asm::proto(4).global("functools", "partial").global("collections", "OrderedDict").raw(b"\x85R");
    malicious(&set.raw(b"(").global("os", "system").raw(b")}Ntb").stop(), Rule::PickleProcess);
    let hidden = Asm::proto(4).global("builtins", "getattr").raw(b"]").text("__class__").raw(b"\x86R").stop();
    suspicious(&hidden, Rule::PickleHiddenAttribute);
}

#[test]
fn extension_codes_are_resolved_or_reported() {
    suspicious(b"\x80\x02\x82\x05.", Rule::PickleExtensionCode);
    let added = Asm::proto(4).global("copyreg", "add_extension").text("os").text("system").int(7);
    let bytes = added.raw(b"\x87R0\x82\x07").text("id").raw(b"\x85R").stop();
    malicious(&bytes, Rule::PickleProcess);
    assert!(rules(&scan(&bytes)).contains(&Rule::PickleExtensionCode));
}

#[test]
fn persistent_ids_are_odd_outside_of_pytorch() {
    suspicious(b"Pcmd\n.", Rule::PicklePersistentId);
    suspicious(&Asm::proto(2).text("storage").text("x").raw(b"\x86Q").stop(), Rule::PicklePersistentId);
}

#[test]
fn what_happened_before_a_break_counts() {
    let whole = Asm::proto(4).call("os", "system", "id");
    malicious(&whole.clone().raw(b"\xff").stop(), Rule::PickleBrokenStream);
    malicious(&whole.clone().end(), Rule::PickleTruncatedStream);
    malicious(&whole.clone().raw(b"h\x63").stop(), Rule::PickleBrokenStream);
    malicious(&whole.clone().raw(b"0000").stop(), Rule::PickleBrokenStream);
    malicious(&whole.raw(b"X\xff\xff\xff\xffabc").stop(), Rule::PickleFalseLength);
    let report = scan(&Asm::proto(4).call("os", "system", "id").raw(b"\xff").stop());
    assert_eq!((report.status, report.verdict), (Status::Inconclusive, Verdict::Malicious));
    assert!(rules(&report).contains(&Rule::PickleProcess));
}

#[test]
fn broken_streams_without_harm_are_not_malicious() {
    suspicious(b"\x80\x04N\xff", Rule::PickleBrokenStream);
    suspicious(b"\x80\x04N", Rule::PickleTruncatedStream);
}

#[test]
fn what_follows_stop_is_read() {
    let plain = b"\x80\x04N.".to_vec();
    malicious(&[plain.clone(), payload()].concat(), Rule::PickleProcess);
    malicious(&[plain.clone(), plain.clone(), payload()].concat(), Rule::PickleFurtherStream);
    let trailing = scan(&[plain, vec![0; 100]].concat());
    assert_eq!(rules(&trailing), [Rule::PickleTrailingData]);
    assert_eq!((trailing.status, trailing.verdict), (Status::Inconclusive, Verdict::Unknown));
    assert_eq!((trailing.coverage.understood, trailing.coverage.total), (4, 104));
}

#[test]
fn frames_and_protocols_that_do_not_fit_are_caught() {
    let frame = |len: u64| Asm::proto(4).raw(b"\x95").raw(&len.to_le_bytes());
    suspicious(&frame(3).text("hello").stop(), Rule::PickleFrameMismatch);
    suspicious(&frame(1 << 40).raw(b"N").stop(), Rule::PickleFrameMismatch);
    suspicious(&frame(20).raw(b"\x95\x02\x00\x00\x00\x00\x00\x00\x00N").stop(), Rule::PickleFrameMismatch);
    suspicious(b"\x80\x04\x80\x04N.", Rule::PickleProtoRepeated);
    suspicious(b"N0\x80\x04N.", Rule::PickleProtoMisplaced);
    suspicious(b"\x80\x09N.", Rule::PickleProtoUnknown);
}

#[test]
fn expansion_costs_nothing_and_is_caught() {
    let mut tuples = Asm::proto(4).raw(b")");
    let mut lists = Asm::proto(4).raw(b"]Na");
    for _ in 0..40 {
        tuples = tuples.raw(b"2\x86");
        lists = lists.raw(b"\x940](h").raw(&[0]).raw(b"h").raw(&[0]).raw(b"e");
    }
    suspicious(&tuples.stop(), Rule::PickleExpansion);
    assert_eq!(scan(&lists.stop()).status, Status::Complete);
    let mut laughs = Asm::proto(2).raw(b"]q\x00Na");
    for level in 1..40_u8 {
        laughs = laughs.raw(&[b']', b'q', level, b'(', b'h', level - 1, b'h', level - 1, b'e']);
    }
    suspicious(&laughs.stop(), Rule::PickleExpansion);
}

#[test]
fn false_lengths_and_deep_nesting_are_survived() {
    for lie in [&b"\x8b\xff\xff\xff\x7f"[..], b"\x8d\xff\xff\xff\xff\xff\xff\xff\xff", b"T\xff\xff\xff\xff"] {
        suspicious(lie, Rule::PickleFalseLength);
    }
    let marks = scan(&b"(".repeat(2_000_000));
    assert_eq!((marks.status, marks.verdict), (Status::Inconclusive, Verdict::Unknown));
    let mut deep = b"\x80\x02N".to_vec();
    deep.extend(b"\x85".repeat(500_000));
    deep.push(b'.');
    assert_eq!(scan(&deep).verdict, Verdict::Clean);
}
