//! What real libraries write must come out clean: the shapes of their streams, put together from how the libraries
//! are documented to reduce their objects.

use super::assembler::Asm;
use super::{rules, scan};
use crate::verdict::{Status, Verdict};

fn clean(bytes: &[u8], summary: &str) {
    let report = scan(bytes);
    assert_eq!((report.status, report.verdict), (Status::Complete, Verdict::Clean), "{report:#?}");
    assert_eq!(report.summary, summary);
    assert!(rules(&report).is_empty(), "{report:#?}");
}

/// An array: rebuilt empty, then given shape, type and data.
fn array(module: &str) -> Asm {
    Asm::proto(4)
        .stack_global(module, "_reconstruct")
        .stack_global("numpy", "ndarray")
        .raw(b"K\x00\x85C\x01b\x87R(K\x01K\x03\x85")
        .stack_global("numpy", "dtype")
        .text("f8")
        .raw(b"\x89\x88\x87R(K\x03")
        .text("<")
        .raw(b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89")
        .bytes(&[0; 24])
        .raw(b"tb")
}

#[test]
fn numpy_arrays_and_scalars_are_clean() {
    clean(&array("numpy.core.multiarray").stop(), "rebuilds tensors; needs numpy");
    clean(&array("numpy._core.multiarray").stop(), "rebuilds tensors; needs numpy");
    let scalar = Asm::proto(4).stack_global("numpy._core.multiarray", "scalar");
    let scalar = scalar.stack_global("numpy", "dtype").text("i8").raw(b"\x89\x88\x87R").bytes(&[1; 8]);
    clean(&scalar.raw(b"\x86R").stop(), "rebuilds tensors; needs numpy");
}

#[test]
fn a_torch_state_dict_is_clean() {
    let tensor = |asm: Asm, key: &str| {
        asm.text(key)
            .global("torch._utils", "_rebuild_tensor_v2")
            .raw(b"((")
            .text("storage")
            .global("torch", "FloatStorage")
            .text("0")
            .text("cpu")
            .raw(b"K\x0ctQK\x00K\x03K\x04\x86K\x04K\x01\x86\x89")
            .global("collections", "OrderedDict")
            .raw(b")RtR")
    };
    let start = Asm::proto(2).global("collections", "OrderedDict").raw(b")R(");
    let dict = tensor(tensor(start, "weight"), "bias").raw(b"u}");
    clean(&dict.text("_metadata").raw(b"}sb").stop(), "rebuilds tensors; needs torch");
}

#[test]
fn plain_python_objects_are_clean() {
    let day = Asm::proto(4).stack_global("datetime", "datetime").bytes(&[7; 10]).raw(b"\x85R");
    clean(&day.stop(), "builds plain data");
    let old = Asm::default().global("copy_reg", "_reconstructor").raw(b"(").global("decimal", "Decimal");
    clean(&old.global("__builtin__", "object").raw(b"NtR}b").stop(), "builds plain data");
    let count = Asm::proto(4).stack_global("collections", "Counter").raw(b"}").text("a").raw(b"K\x02s\x85R");
    clean(&count.stop(), "builds plain data");
    let latin = Asm::proto(2).global("_codecs", "encode").text("abc").text("latin1").raw(b"\x86R");
    clean(&latin.stop(), "builds plain data");
}

#[test]
fn a_forest_is_clean() {
    let forest = Asm::proto(4)
        .stack_global("sklearn.ensemble._forest", "RandomForestClassifier")
        .raw(b")\x81}(")
        .text("estimators_")
        .raw(b"](")
        .stack_global("sklearn.tree._classes", "DecisionTreeClassifier")
        .raw(b")\x81}")
        .text("tree_")
        .stack_global("sklearn.tree._tree", "Tree")
        .raw(b"K\x04")
        .raw(&array("numpy._core.multiarray").end()[2..])
        .raw(b"K\x01\x87R}bsbeub");
    clean(&forest.stop(), "rebuilds tensors; needs numpy, sklearn");
}

#[test]
fn a_bound_method_of_a_known_class_is_clean() {
    let method = Asm::proto(4).stack_global("builtins", "getattr");
    let method = method.stack_global("sklearn.tree._classes", "DecisionTreeClassifier").text("fit");
    let report = scan(&method.raw(b"\x86R").stop());
    assert_eq!(report.verdict, Verdict::Clean, "{report:#?}");
}

#[test]
fn bytes_and_text_that_look_dangerous_are_data() {
    let words =
        ["#!/bin/sh", "cos\nsystem", "eval(x)", "https://example.org/a", "MZ\u{1}", "gASVabcdefghijkl"];
    let list = words.iter().fold(Asm::proto(4).raw(b"]("), |asm, word| asm.text(word));
    clean(&list.bytes(b"\x80\x04\x95garbage that is no pickle").raw(b"e").stop(), "builds plain data");
}
