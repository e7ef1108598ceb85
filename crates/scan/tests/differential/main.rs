//! The pickle machine held against CPython: on the committed seeds, whose views CPython wrote, and for a few seconds on new
//! streams where there is a Python. `drive.py` beside this does the same for as long as it is told to.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod compare;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use compare::{View, difference};

fn here(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential").join(name)
}

/// Where the machine and CPython differ, and how many streams they were asked about.
fn differences(views: &str) -> (Vec<String>, usize) {
    let views: Vec<View> = views.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told = views.iter().filter_map(|view| Some(format!("{}: {}", view.stream, difference(view)?)));
    (told.collect(), views.len())
}

#[test]
fn the_machine_agrees_with_cpython_on_every_seed() {
    let (differences, count) = differences(&fs::read_to_string(here("seeds.jsonl")).unwrap());
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(count > 500, "only {count} seeds");
}

#[test]
fn the_machine_agrees_with_the_python_that_is_there() {
    // Older ones cannot read the script.
    let version = "import sys; sys.exit(sys.version_info < (3, 10))";
    let probe = Command::new("python3").args(["-I", "-c", version]).stderr(Stdio::null()).status();
    if !probe.is_ok_and(|status| status.success()) {
        eprintln!("skipped: there is no python3, or it is older than 3.10");
        return;
    }
    let output = Command::new("python3")
        .arg("-B")
        .arg(here("drive.py"))
        .args(["--views", "3000", "--seed", "7"])
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "the script does not run");
    let (differences, count) = differences(&String::from_utf8(output.stdout).unwrap());
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(count > 2500, "only {count} streams");
}
