//! `casemate convert`: tensors out of a model file, as safetensors, without loading it.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::Context as _;
use casemate_scan::{Input, convert};

use crate::args::ConvertArgs;
use crate::exit::{Exit, Failure};
use crate::output::Terminal;
use crate::sources;

pub(crate) fn run(args: &ConvertArgs, offline: bool, terminal: &Terminal) -> Result<Exit, Failure> {
    if args.output.exists() && !args.force {
        return Err(Failure::Usage(format!(
            "{} is there already; --force writes over it",
            args.output.display()
        )));
    }
    let name = sources::name(&args.input);
    let input = sources::input(&args.input, offline)?;
    // Written beside its place first, so that a file that is refused leaves nothing behind.
    let part = args.output.with_extension("part");
    let done = write(&input, &part);
    match done {
        Ok(tensors) => {
            fs::rename(&part, &args.output)
                .with_context(|| format!("cannot write {}", args.output.display()))?;
            terminal.note(&format!("{tensors} tensors written to {}", args.output.display()));
            Ok(Exit::Success)
        }
        Err(error) => {
            // What was begun is of no use; the reason matters more than whether it can be removed.
            let _ = fs::remove_file(&part);
            Err(Failure::Other(error.context(format!("{name} is not converted"))))
        }
    }
}

fn write(input: &Input, part: &Path) -> anyhow::Result<usize> {
    let file = File::create(part).with_context(|| format!("cannot write {}", part.display()))?;
    let mut out = BufWriter::new(file);
    let converted = convert(input, &mut out)?;
    out.flush().with_context(|| format!("cannot write {}", part.display()))?;
    Ok(converted.tensors)
}
