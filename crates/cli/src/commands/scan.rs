//! `casemate scan`: what loading model files could do, without loading them.

use std::fs::{self, File};
use std::io::{self, BufReader, Read as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use casemate_core::printable;
use casemate_report::{Detail, ScanFormat, Style, render_diff, render_diff_json, render_scan};
use casemate_scan::{
    Digests, FileReport, Input, Options, Osv, Policy, ScanReport, Shard, Status, Version, diff, evidence,
    has_policy, merge, policy, scan, scan_all, scan_shard,
};

use crate::args::{Part, ScanArgs};
use crate::clock;
use crate::exit::{Exit, Failure};
use crate::output::Terminal;
use crate::progress;
use crate::record;
use crate::sources::{self, Named};

/// The most that is read from stdin, which is kept in memory.
const MOST_STDIN: u64 = 1024 * 1024 * 1024;

pub(crate) fn run(args: &ScanArgs, offline: bool, terminal: &Terminal) -> Result<Exit, Failure> {
    // Evidence names the digest of what was tested.
    let all = args.digests || args.evidence_for.is_some();
    let options = Options {
        digests: if all { Digests::All } else { Digests::Small },
        osv: args.osv.as_deref().map(advisories).transpose()?,
        ..Options::default()
    };
    if args.diff {
        return compare(args, offline, &options, terminal);
    }
    let report = match &*args.paths {
        reports if args.merge => merged(reports, &options)?,
        [only] if only == Path::new("-") => stdin(&options)?,
        paths => {
            let named = Named { paths, exclude: &args.exclude, offline };
            files(&named, args.shard, &options, args.quiet)?
        }
    };
    let detail = match (args.quiet, args.verbose) {
        (true, _) => Detail::Brief,
        (_, true) => Detail::Full,
        _ => Detail::Normal,
    };
    let style = Style { colour: terminal.colour && args.output.is_none(), detail };
    terminal.data(&render_scan(&report, args.format, style), args.output.as_deref())?;
    if let Some(Shard { number, of, .. }) = report.shard {
        terminal
            .note(&format!("part {number} of {of}: what only all files together show is judged by --merge"));
    }
    if let Some(file) = &args.policy_out {
        write_policy(&report, file, terminal)?;
    }
    if let Some(element) = &args.evidence_for {
        record::evidence(&evidence(&report, element, clock::now(args.now)), &args.evidence_dir, terminal)?;
    }
    Ok(exit(&report, args))
}

fn advisories(path: &Path) -> Result<Osv, Failure> {
    if !path.exists() {
        return Err(Failure::NoInput {
            message: format!("no such file or folder: {}", path.display()),
            hint: "--osv takes an export of OSV: the zip of an ecosystem, or a folder of its JSON files"
                .to_owned(),
        });
    }
    Ok(Osv::open(path).with_context(|| format!("cannot read the advisories in {}", path.display()))?)
}

/// Writes the policies of the files that have one: as JSON, or as Python that loads with them.
fn write_policy(report: &ScanReport, file: &Path, terminal: &Terminal) -> Result<(), Failure> {
    let policies: Vec<Policy> =
        report.files.iter().filter(|file| has_policy(file.format)).map(policy).collect();
    let python = file.extension().is_some_and(|extension| extension == "py");
    let text = if python {
        policies.iter().map(Policy::python).collect::<Vec<_>>().join("\n")
    } else {
        serde_json::to_string_pretty(&policies)? + "\n"
    };
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))?;
    let refused: usize = policies.iter().map(|policy| policy.refused.len()).sum();
    let unvouched: usize = policies.iter().map(|policy| policy.unvouched.len()).sum();
    terminal.note(&format!(
        "policy for {} files in {}: {refused} globals refused, {unvouched} to be looked at",
        policies.len(),
        file.display()
    ));
    Ok(())
}

/// Scans files, folders and what lies elsewhere.
pub(crate) fn files(
    named: &Named<'_>,
    part: Option<Part>,
    options: &Options,
    quiet: bool,
) -> Result<ScanReport, Failure> {
    let entries = named.entries()?;
    let shard = part.map(|Part { number, of }| Shard { number, of, listed: entries.len() });
    let entries = match shard {
        Some(shard) => shard.part(entries),
        None => entries,
    };
    if entries.is_empty() {
        let shown: Vec<String> = named.paths.iter().map(|path| sources::name(path)).collect();
        return Err(Failure::NoInput {
            message: format!("nothing to scan in {}", shown.join(", ")),
            hint: "the folder is empty, or --exclude or --shard leaves nothing".to_owned(),
        });
    }
    let bar = progress::bar(entries.len(), quiet);
    let done = |file: &FileReport| {
        bar.set_message(printable(&file.path));
        bar.inc(1);
    };
    let report = match shard {
        Some(shard) => scan_shard(&entries, shard, options, &done),
        None => scan_all(&entries, options, &done),
    };
    bar.finish_and_clear();
    Ok(report)
}

/// What the reports of all parts of a scan say together.
fn merged(paths: &[PathBuf], options: &Options) -> Result<ScanReport, Failure> {
    let reports = paths.iter().map(|path| -> Result<ScanReport, Failure> {
        let file = File::open(path).map_err(|error| Failure::NoInput {
            message: format!("cannot read {}: {error}", path.display()),
            hint: "--merge takes the reports that `casemate scan --shard I/N --format json` wrote".to_owned(),
        })?;
        let report = serde_json::from_reader(BufReader::new(file));
        Ok(report
            .with_context(|| format!("{} is no report in the JSON of `casemate scan`", path.display()))?)
    });
    let reports = reports.collect::<Result<Vec<_>, _>>()?;
    Ok(merge(reports, options).context("these reports cannot be put together")?)
}

fn stdin(options: &Options) -> Result<ScanReport, Failure> {
    let mut bytes = Vec::new();
    io::stdin().lock().take(MOST_STDIN + 1).read_to_end(&mut bytes).context("cannot read stdin")?;
    if bytes.len() as u64 > MOST_STDIN {
        return Err(Failure::Other(anyhow::anyhow!(
            "stdin holds more than {MOST_STDIN} bytes; save it to a file and scan that"
        )));
    }
    Ok(ScanReport::new(vec![scan("<stdin>", &Input::from(bytes), options)]))
}

/// What changed from the first path to the second. Only what is new counts for the exit code.
fn compare(args: &ScanArgs, offline: bool, options: &Options, terminal: &Terminal) -> Result<Exit, Failure> {
    let [old, new] = &*args.paths else {
        return Err(Failure::Usage("--diff takes two paths: the old version and the new one".to_owned()));
    };
    let options = Options { digests: Digests::All, ..options.clone() };
    let scanned = |path: &PathBuf| {
        let named = Named { paths: std::slice::from_ref(path), exclude: &args.exclude, offline };
        files(&named, None, &options, args.quiet)
    };
    let (before, now) = (scanned(old)?, scanned(new)?);
    let (old, new) = (sources::name(old), sources::name(new));
    let diff = diff(Version { report: &before, root: &old }, Version { report: &now, root: &new });
    let text = match args.format {
        ScanFormat::Plain => {
            let colour = terminal.colour && args.output.is_none();
            render_diff(&diff, Style { colour, ..Style::default() })
        }
        ScanFormat::Json => render_diff_json(&diff),
        ScanFormat::Sarif => {
            return Err(Failure::Usage("--diff is written as plain or json".to_owned()));
        }
    };
    terminal.data(&text, args.output.as_deref())?;
    let worst = diff.new.iter().map(|found| found.finding.severity).max();
    let found = worst.is_some_and(|worst| args.fail_on.is_met_by(worst));
    Ok(if found { Exit::Findings } else { Exit::Success })
}

/// Findings come first; then what could not be read, because it may hide any.
fn exit(report: &ScanReport, args: &ScanArgs) -> Exit {
    let found = report.worst().is_some_and(|worst| args.fail_on.is_met_by(worst));
    let count = |status| report.summary.statuses.get(&status).copied().unwrap_or_default();
    if found {
        Exit::Findings
    } else if count(Status::Error) > 0 || (count(Status::Inconclusive) > 0 && !args.allow_inconclusive) {
        Exit::Failed
    } else {
        Exit::Success
    }
}
