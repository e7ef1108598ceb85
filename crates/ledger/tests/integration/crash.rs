//! A process that appends is killed, again and again, wherever it happens to be: what it had acknowledged is in the ledger,
//! and the ledger is whole.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use casemate_ledger::Writer;

use crate::common::{Log, entry};

const FOLDER: &str = "CASEMATE_TEST_LEDGER";
const KEY: &str = "CASEMATE_TEST_LEDGER_KEY";
const ROUNDS: u64 = 40;

/// The process that is killed. As a test of its own it does nothing.
#[test]
fn child() {
    let Some(folder) = env::var_os(FOLDER).map(PathBuf::from) else { return };
    let key = env::var(KEY).unwrap().parse().unwrap();
    let mut writer = Writer::at(&folder, key, Duration::from_secs(5)).unwrap();
    let mut out = std::io::stderr();
    loop {
        let size = writer.head().size();
        // Batches of many lengths, so that tiles fill within one and between them.
        let batch: Vec<Vec<u8>> = (size..=size + size * 7 % 120).map(entry).collect();
        let appended = writer.append(&batch).unwrap();
        writeln!(out, "acknowledged {}", appended.first + appended.count).unwrap();
    }
}

#[test]
fn a_killed_writer_loses_nothing_it_acknowledged() {
    let log = Log::of(0);
    let mut acknowledged = 0;
    for round in 0..ROUNDS {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "crash::child", "--nocapture"])
            .env(FOLDER, log.path())
            .env(KEY, &*log.signer().secret_text())
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut acks = lines
            .map_while(Result::ok)
            .filter_map(|line| line.strip_prefix("acknowledged ").and_then(|size| size.parse::<u64>().ok()));
        // It is somewhere in the append after this one when it dies.
        for _ in 0..=round % 7 {
            acknowledged = acks.next().expect("the child appends");
        }
        child.kill().unwrap();
        // What it still said before it died, it had acknowledged.
        acknowledged = acks.last().unwrap_or(acknowledged);
        child.wait().unwrap();

        let ledger = log.read();
        assert!(ledger.size() >= acknowledged, "round {round}: {} of {acknowledged} entries", ledger.size());
        for found in ledger.entries() {
            let (index, bytes) = found.unwrap();
            assert_eq!(bytes, entry(index), "round {round}");
        }
    }
    assert!(acknowledged > ROUNDS);
}
