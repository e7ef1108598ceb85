//! Whole-process cost of `casemate assess` and `casemate paths` on generated systems: wall time over several runs and
//! peak memory. Fails when a bound of the project is passed. Products of few parts: 100 components 100 ms judged and 50 ms
//! for their paths, 5,000 components 3 s. Parts that all talk to each other: 100 components with 500 flows 100 ms, 1,000
//! with 5,000 1 s. Memory 200 MB.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use std::{fs, io};

const RUNS: usize = 11;
const MAX_MEMORY: u64 = 200 * 1024 * 1024;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let mut out = io::stdout().lock();
    let mut passed = true;
    let ms = Duration::from_millis;
    for (command, name, text, bound) in [
        ("assess", "products-100", products(100)?, ms(100)),
        ("assess", "products-5000", products(5_000)?, ms(3_000)),
        ("paths", "products-100", products(100)?, ms(50)),
        ("paths", "mesh-100", mesh(100, 500)?, ms(100)),
        ("paths", "mesh-1000", mesh(1_000, 5_000)?, ms(1_000)),
    ] {
        let file = folder.join(format!("{name}.yaml"));
        fs::write(&file, text)?;
        let mut times = (0..RUNS).map(|_| time(command, &file)).collect::<Result<Vec<_>, _>>()?;
        let memory = memory(command, &file)?.unwrap_or_default();
        times.sort();
        let median = times.get(RUNS / 2).copied().unwrap_or_default();
        passed &= median < bound && memory < MAX_MEMORY;
        io::Write::write_fmt(
            &mut out,
            format_args!(
                "{command} {name}: min {:?}, median {median:?}, max {:?} (bound {bound:?}); peak memory {} MB (bound {} MB)\n",
                times.first().copied().unwrap_or_default(),
                times.last().copied().unwrap_or_default(),
                memory / 1024 / 1024,
                MAX_MEMORY / 1024 / 1024,
            ),
        )?;
    }
    if passed { Ok(()) } else { Err("a bound was passed".into()) }
}

/// Wall time of one run. Nobody looks at the process while it runs.
fn time(command: &str, file: &Path) -> Result<Duration, Box<dyn Error>> {
    let start = Instant::now();
    let status = casemate(command, file).status()?;
    let time = start.elapsed();
    done(status).map(|()| time)
}

/// Peak memory of one run: what the kernel reports while the process is still there, known only where there is a `/proc`.
fn memory(command: &str, file: &Path) -> Result<Option<u64>, Box<dyn Error>> {
    let mut child = casemate(command, file).spawn()?;
    let status_file = format!("/proc/{}/status", child.id());
    let mut peak = None;
    loop {
        if let Some(status) = child.try_wait()? {
            return done(status).map(|()| peak);
        }
        peak = fs::read_to_string(&status_file).ok().and_then(|text| high_water(&text)).or(peak);
        std::thread::sleep(Duration::from_micros(500));
    }
}

fn casemate(command: &str, file: &Path) -> Command {
    let mut casemate = Command::new(env!("CARGO_BIN_EXE_casemate"));
    casemate.args([command, "--format", "json", "--now", "2026-11-23T00:00:00Z"]).arg(file);
    casemate.stdout(Stdio::null()).stderr(Stdio::null());
    casemate
}

/// Findings are no failure here.
fn done(status: ExitStatus) -> Result<(), Box<dyn Error>> {
    let fine = status.success() || status.code() == Some(10);
    if fine { Ok(()) } else { Err(format!("casemate ended with {status}").into()) }
}

/// `VmHWM` in bytes.
fn high_water(status: &str) -> Option<u64> {
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// Parts of many kinds in ten namespaces, with flows between any two of them: everything hangs together.
fn mesh(components: usize, flows: usize) -> Result<String, std::fmt::Error> {
    const KINDS: [&str; 10] =
        ["gateway", "agent", "tool", "rag-index", "serve", "store", "train", "app", "mcp-server", "memory"];
    const CONTROLS: [&str; 4] =
        ["rate-limiting", "access-control", "usage-quotas", "vulnerability-management"];
    let sets = components / 5;
    let mut text = String::from(
        "version: 1\nsystem: { id: mesh }\n\
         actors: { customer: { kind: user, at: net }, ops: { kind: operator }, feed: { kind: data-supplier } }\n\
         boundaries:\n  net: { kind: internet }\n  org: { kind: org }\n",
    );
    for i in 0..10 {
        writeln!(text, "  ns{i}: {{ kind: namespace, parent: org }}")?;
    }
    text.push_str("data:\n");
    for (i, kind) in ["rag", "training", "prompt", "memory"].iter().cycle().take(sets).enumerate() {
        writeln!(text, "  d{i}: {{ kind: {kind}, sensitivity: confidential, personal: true }}")?;
    }
    text.push_str("components:\n");
    for (i, kind) in KINDS.iter().cycle().take(components).enumerate() {
        let more = match *kind {
            "agent" => format!(", agent: {{ autonomy: acts, tools: [c{}] }}", (i + 1) % components),
            "serve" => format!(
                ", model: {{ task: chat, outputs: [text], base: \"hf:a/b\", fine_tuned_on: [d{}] }}",
                i % sets
            ),
            "rag-index" | "store" | "memory" => format!(", stores: [d{}]", i % sets),
            "gateway" => ", exposes: [{ protocol: https, auth: oauth2, public: true }]".to_owned(),
            _ => String::new(),
        };
        writeln!(
            text,
            "  c{i}: {{ kind: {kind}, boundary: ns{}, tech: {{ name: {kind}d }}{more} }}",
            i % 10
        )?;
    }
    text.push_str("flows:\n");
    // A fixed sequence that looks random, the same on every machine (constants of MMIX).
    let mut state = 7_u64;
    let mut any = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or(0) % below
    };
    for i in 0..flows {
        let from = if i < 20 { "customer".to_owned() } else { format!("c{}", any(components)) };
        writeln!(text, "  f{i}: {{ from: {from}, to: c{}, data: [d{}] }}", any(components), any(sets))?;
    }
    text.push_str("controls:\n");
    for (i, control) in CONTROLS.iter().cycle().take(components / 3).enumerate() {
        writeln!(text, "  - {{ control: {control}, on: [c{}] }}", i * 3)?;
    }
    Ok(text)
}

/// Many copies of a small product: a gateway, an agent with two tools, a retriever, a model, a trainer and its store.
fn products(components: usize) -> Result<String, std::fmt::Error> {
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
