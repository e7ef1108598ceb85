//! Runs the real binary the way a person does, in a folder of its own.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs};

/// A fixed time for every judgement in tests.
pub(crate) const NOW: &str = "2026-11-23T00:00:00Z";

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A folder that is gone when the test is over.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("casemate-test-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &std::path::Path {
        &self.0
    }

    /// Writes a file, its folders included.
    pub(crate) fn write(&self, name: &str, content: &str) -> &Self {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// Runs `casemate` in the folder.
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        let output = Command::new(env!("CARGO_BIN_EXE_casemate"))
            .args(args)
            .current_dir(&self.0)
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE")
            .output()
            .unwrap();
        Run {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs another program in the folder: whether it succeeded.
    pub(crate) fn run_other(&self, program: &str, args: &[&str]) -> bool {
        let output = Command::new(program).args(args).current_dir(&self.0).output();
        output.is_ok_and(|output| output.status.success())
    }

    /// Runs `casemate assess FILE --now NOW` with more arguments.
    pub(crate) fn assess(&self, file: &str, args: &[&str]) -> Run {
        self.run(&[&["assess", file, "--now", NOW], args].concat())
    }

    /// The case as JSON.
    pub(crate) fn case(&self, file: &str, args: &[&str]) -> serde_json::Value {
        let run = self.assess(file, &[&["--format", "json"], args].concat());
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The lines of a plain report that are findings.
pub(crate) fn findings(stdout: &str) -> Vec<&str> {
    stdout.lines().filter(|line| line.starts_with('[')).collect()
}
