//! How fast entries are appended, and how long a proof takes in a log of a million. It prints figures and judges nothing:
//! machines differ.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "figures are what a bench is for")]

use std::time::{Duration, Instant};

use casemate_ledger::{Algorithm, Expected, Ledger, Lock, SignerKey, VerifierKey, Writer, audit};
use tempfile::TempDir;

const MILLION: u64 = 1_000_000;

fn main() {
    let entry = |index: u64| format!("{{\"index\":{index},\"text\":\"{}\"}}", "x".repeat(230));
    for batch in [100_u64, 1000, 10_000] {
        let (_folder, _, mut writer) = begin();
        let start = Instant::now();
        let batches = 20;
        for at in 0..batches {
            let entries: Vec<String> = (at * batch..(at + 1) * batch).map(entry).collect();
            writer.append(&entries).unwrap();
        }
        let rate = (batches * batch) as f64 / start.elapsed().as_secs_f64();
        println!("append by {batch}: {rate:.0} entries/s, every batch durable");
    }

    let (folder, verifier, mut writer) = begin();
    let start = Instant::now();
    for at in 0..MILLION / 50_000 {
        let entries: Vec<String> = (at * 50_000..(at + 1) * 50_000).map(entry).collect();
        writer.append(&entries).unwrap();
    }
    println!("append by 50000: {:.0} entries/s", MILLION as f64 / start.elapsed().as_secs_f64());

    let start = Instant::now();
    let proof = Ledger::open(folder.path(), &verifier).unwrap().prove(654_321).unwrap();
    println!("open and prove in {MILLION}: {:.2} ms", milliseconds(start.elapsed()));
    let start = Instant::now();
    proof.verify(entry(654_321).as_bytes(), &verifier).unwrap();
    println!("verify the proof: {:.3} ms", milliseconds(start.elapsed()));

    let ledger = Ledger::open(folder.path(), &verifier).unwrap();
    let mut times: Vec<Duration> = (0..1000)
        .map(|at| {
            let start = Instant::now();
            ledger.prove(at * 7_919 % MILLION).unwrap();
            start.elapsed()
        })
        .collect();
    times.sort();
    let [median, worst] = [500, 999].map(|at| milliseconds(times.get(at).copied().unwrap_or_default()));
    println!("prove one of {MILLION}: median {:.2} ms, worst {:.2} ms", median, worst);

    let start = Instant::now();
    assert_eq!(ledger.entries().filter(Result::is_ok).count() as u64, MILLION);
    println!("read and check all {MILLION}: {:.2} s", start.elapsed().as_secs_f64());
    let start = Instant::now();
    assert!(audit(folder.path(), &verifier, &Expected::default()).is_whole());
    println!("audit all {MILLION}: {:.2} s", start.elapsed().as_secs_f64());
}

fn begin() -> (TempDir, VerifierKey, Writer) {
    let folder = tempfile::tempdir().unwrap();
    let key = SignerKey::generate("example.com/log".parse().unwrap(), Algorithm::Ed25519).unwrap();
    let verifier = key.verifier().clone();
    let writer = Writer::create(Lock::take(folder.path(), Duration::ZERO).unwrap(), key).unwrap();
    (folder, verifier, writer)
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
