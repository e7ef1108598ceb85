//! Whole-process cost of `casemate assess` on generated systems of 100 and 5,000 components: wall time over several
//! runs and peak memory. Fails when a bound of the project is passed: 100 ms, 3 s, 200 MB.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, io};

const RUNS: usize = 7;
const MAX_MEMORY: u64 = 200 * 1024 * 1024;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let mut out = io::stdout().lock();
    let mut passed = true;
    for (components, bound) in [(100, Duration::from_millis(100)), (5_000, Duration::from_secs(3))] {
        let file = folder.join(format!("system-{components}.yaml"));
        fs::write(&file, system(components)?)?;
        let mut times = Vec::new();
        let mut memory = 0;
        for _ in 0..RUNS {
            let (time, peak) = run(&file)?;
            times.push(time);
            memory = memory.max(peak.unwrap_or_default());
        }
        times.sort();
        let median = times.get(RUNS / 2).copied().unwrap_or_default();
        passed &= median < bound && memory < MAX_MEMORY;
        io::Write::write_fmt(
            &mut out,
            format_args!(
                "assess {components} components: min {:?}, median {median:?}, max {:?} (bound {bound:?}); peak memory {} MB (bound {} MB)\n",
                times.first().copied().unwrap_or_default(),
                times.last().copied().unwrap_or_default(),
                memory / 1024 / 1024,
                MAX_MEMORY / 1024 / 1024,
            ),
        )?;
    }
    if passed { Ok(()) } else { Err("a bound was passed".into()) }
}

/// Wall time and peak memory of one run. Memory is what the kernel reports while the process is still there, and is
/// known only where there is a `/proc`.
fn run(file: &Path) -> Result<(Duration, Option<u64>), Box<dyn Error>> {
    let start = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_casemate"))
        .args(["assess", "--fail-on", "never", "--format", "json", "--now", "2026-11-23T00:00:00Z"])
        .arg(file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let status_file = format!("/proc/{}/status", child.id());
    let mut peak = None;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        peak = fs::read_to_string(&status_file).ok().and_then(|text| high_water(&text)).or(peak);
        std::thread::sleep(Duration::from_micros(500));
    };
    let time = start.elapsed();
    if status.success() { Ok((time, peak)) } else { Err(format!("casemate ended with {status}").into()) }
}

/// `VmHWM` in bytes.
fn high_water(status: &str) -> Option<u64> {
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// Many copies of a small product: a gateway, an agent with two tools, a retriever, a model, a trainer and its store.
fn system(components: usize) -> Result<String, std::fmt::Error> {
    let mut text = String::from(
        "version: 1\nsystem: { id: bench, jurisdiction: [eu], ai_act: { role: provider, tier: high-risk } }\n\
         actors: { customer: { kind: user, at: internet } }\n\
         boundaries: { internet: { kind: internet }, cluster: { kind: namespace } }\n",
    );
    let (mut data, mut parts, mut flows, mut controls) = (
        String::from("data:\n"),
        String::from("components:\n"),
        String::from("flows:\n"),
        String::from("controls:\n"),
    );
    for i in 0..components / 8 {
        writeln!(data, "  docs{i}: {{ kind: rag, sensitivity: confidential, personal: true }}")?;
        writeln!(
            data,
            "  set{i}: {{ kind: training, sensitivity: internal, origin: {{ supplier: acme }} }}"
        )?;
        writeln!(
            parts,
            "  gateway{i}: {{ kind: gateway, boundary: cluster, exposes: [{{ protocol: https, auth: oauth2 }}] }}"
        )?;
        writeln!(
            parts,
            "  agent{i}: {{ kind: agent, boundary: cluster, agent: {{ autonomy: acts, tools: [mail{i}, pay{i}] }} }}"
        )?;
        writeln!(
            parts,
            "  mail{i}: {{ kind: tool, boundary: cluster }}\n  pay{i}: {{ kind: tool, boundary: cluster }}"
        )?;
        writeln!(parts, "  index{i}: {{ kind: rag-index, boundary: cluster, stores: [docs{i}] }}")?;
        writeln!(
            parts,
            "  model{i}: {{ kind: serve, boundary: cluster, model: {{ task: chat, modality: [text], outputs: [text], base: \"hf:a/b\", fine_tuned_on: [set{i}] }} }}"
        )?;
        writeln!(
            parts,
            "  lake{i}: {{ kind: store, boundary: cluster, stores: [set{i}] }}\n  train{i}: {{ kind: train, boundary: cluster }}"
        )?;
        writeln!(flows, "  ask{i}: {{ from: customer, to: gateway{i}, protocol: https, trust: untrusted }}")?;
        writeln!(
            flows,
            "  act{i}: {{ from: gateway{i}, to: agent{i} }}\n  find{i}: {{ from: agent{i}, to: index{i}, data: [docs{i}] }}"
        )?;
        writeln!(
            flows,
            "  think{i}: {{ from: agent{i}, to: model{i} }}\n  load{i}: {{ from: lake{i}, to: train{i}, data: [set{i}] }}"
        )?;
        writeln!(
            flows,
            "  send{i}: {{ from: agent{i}, to: mail{i} }}\n  charge{i}: {{ from: agent{i}, to: pay{i} }}\n  ship{i}: {{ from: train{i}, to: model{i} }}"
        )?;
        writeln!(
            controls,
            "  - {{ control: api-authentication, on: [gateway{i}, agent{i}] }}\n  - {{ control: model-signing, on: [model{i}] }}"
        )?;
    }
    for section in [data, parts, flows, controls] {
        text.push_str(&section);
    }
    Ok(text)
}
