//! `casemate scan`: what loading model files could do, without loading them.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use casemate_core::printable;
use casemate_report::{Detail, Style, render_scan};
use casemate_scan::{Digests, Input, Options, ScanReport, Status, scan, scan_all, walk};
use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::args::{ScanArgs, Threshold};
use crate::exit::{Exit, Failure};
use crate::output::Terminal;
use crate::progress;

/// The most that is read from stdin, which is kept in memory.
const MOST_STDIN: u64 = 1024 * 1024 * 1024;

pub(crate) fn run(args: &ScanArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let options =
        Options { digests: if args.digests { Digests::All } else { Digests::Small }, ..Options::default() };
    let report = match &*args.paths {
        [only] if only == Path::new("-") => stdin(&options)?,
        paths => files(paths, &args.exclude, &options, args.quiet)?,
    };
    let detail = match (args.quiet, args.verbose) {
        (true, _) => Detail::Brief,
        (_, true) => Detail::Full,
        _ => Detail::Normal,
    };
    let style = Style { colour: terminal.colour && args.output.is_none(), detail };
    terminal.data(&render_scan(&report, args.format, style), args.output.as_deref())?;
    Ok(exit(&report, args))
}

/// Scans files and folders.
pub(super) fn files(
    paths: &[PathBuf],
    exclude: &[String],
    options: &Options,
    quiet: bool,
) -> Result<ScanReport, Failure> {
    if let Some(missing) = paths.iter().find(|path| !path.exists()) {
        let message = if missing == Path::new("-") {
            "`-` for stdin goes with no other path".to_owned()
        } else {
            format!("no such file or folder: {}", missing.display())
        };
        let hint = "`casemate scan PATH` takes files and folders, and `-` for stdin".to_owned();
        return Err(Failure::NoInput { message, hint });
    }
    let entries = walk::list(paths, &excluded(exclude)?).context("cannot list what there is to scan")?;
    if entries.is_empty() {
        let shown: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        return Err(Failure::NoInput {
            message: format!("nothing to scan in {}", shown.join(", ")),
            hint: "the folder is empty, or --exclude leaves nothing".to_owned(),
        });
    }
    let bar = progress::bar(entries.len(), quiet);
    let report = scan_all(&entries, options, &|file| {
        bar.set_message(printable(&file.path));
        bar.inc(1);
    });
    bar.finish_and_clear();
    Ok(report)
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

fn excluded(globs: &[String]) -> Result<GlobSet, Failure> {
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        let glob = Glob::new(glob).map_err(|error| Failure::Usage(format!("--exclude: {error}")))?;
        set.add(glob);
    }
    set.build().map_err(|error| Failure::Usage(format!("--exclude: {error}")))
}

/// Findings come first; then what could not be read, because it may hide any.
fn exit(report: &ScanReport, args: &ScanArgs) -> Exit {
    let found = match args.fail_on {
        Threshold::At(severity) => report.worst().is_some_and(|worst| worst >= severity),
        Threshold::Never => false,
    };
    let count = |status| report.summary.statuses.get(&status).copied().unwrap_or_default();
    if found {
        Exit::Findings
    } else if count(Status::Error) > 0 || (count(Status::Inconclusive) > 0 && !args.allow_inconclusive) {
        Exit::Failed
    } else {
        Exit::Success
    }
}
