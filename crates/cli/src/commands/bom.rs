//! `casemate bom`: the bill of materials of a model, as CycloneDX.

use std::path::{Path, PathBuf};

use casemate_report::render_bom;
use casemate_scan::{Digests, Options};

use super::scan::files;
use crate::args::BomArgs;
use crate::clock;
use crate::exit::{Exit, Failure};
use crate::output::Terminal;
use crate::sources::{self, Named};

pub(crate) fn run(args: &BomArgs, offline: bool, terminal: &Terminal) -> Result<Exit, Failure> {
    let options = Options { digests: Digests::All, ..Options::default() };
    let report =
        files(&Named { paths: &args.paths, exclude: &args.exclude, offline }, None, &options, false)?;
    let name = args.name.clone().unwrap_or_else(|| name(args.paths.first()));
    terminal.data(&render_bom(&report, &name, clock::now(args.now)), args.output.as_deref())?;
    Ok(Exit::Success)
}

/// What a path is called; a folder named `.` by the name it has.
fn name(path: Option<&PathBuf>) -> String {
    let path = path.map_or_else(|| Path::new("model"), |path| path.as_path());
    let whole = path.canonicalize().unwrap_or_else(|_| PathBuf::from(sources::name(path)));
    whole.file_name().map_or_else(|| "model".to_owned(), |name| name.to_string_lossy().into_owned())
}
