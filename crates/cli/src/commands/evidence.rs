//! `casemate evidence`: what other tools and people found, taken in as evidence. It judges only the form.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use casemate_assess::{MAX_EVIDENCE, parse_evidence};
use casemate_core::{Timestamp, printable};

use crate::args::{EvidenceArgs, EvidenceCommand};
use crate::clock;
use crate::exit::{Exit, Failure};
use crate::output::Terminal;
use crate::record::{self, Written};

pub(crate) fn run(args: &EvidenceArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let EvidenceCommand::Add { files, evidence_dir, now } = &args.command;
    add(files, evidence_dir, clock::now(*now), terminal)
}

/// Takes all documents in, or none if one is not what it must be.
fn add(files: &[PathBuf], folder: &Path, now: Timestamp, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut read = Vec::new();
    for path in files {
        let name = printable(&path.display().to_string());
        if !path.is_file() {
            return Err(Failure::NoInput {
                message: format!("no such file: {name}"),
                hint: "`casemate schema evidence` prints what an evidence document must be".to_owned(),
            });
        }
        let mut bytes = Vec::new();
        let file = File::open(path).with_context(|| format!("cannot open {name}"))?;
        file.take(MAX_EVIDENCE as u64 + 1)
            .read_to_end(&mut bytes)
            .with_context(|| format!("cannot read {name}"))?;
        let parsed = parse_evidence(&name, &bytes).map_err(|problem| {
            anyhow::anyhow!(
                "{}\n\nhint: `casemate schema evidence` prints what an evidence document must be",
                problem.message
            )
        })?;
        if parsed.evidence.predicate.finished > now {
            let finished = parsed.evidence.predicate.finished;
            return Err(anyhow::anyhow!("{name}: finished at {finished}, which is still to come").into());
        }
        read.push((bytes, parsed.evidence));
    }
    let mut written = Vec::new();
    for (bytes, document) in &read {
        let file = Written::new(bytes, document, now, folder)?;
        let predicate = &document.predicate;
        let path = file.path.display();
        terminal.note(&format!("evidence on {}: {}, {path}", predicate.control, predicate.verdict));
        written.push(file);
    }
    record::record(&written, folder, terminal)?;
    Ok(Exit::Success)
}
