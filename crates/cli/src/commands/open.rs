//! `casemate open`: a sealed model, or a part of it, in plaintext where it was asked for and nowhere else.

use std::io::{self, Write as _};
use std::ops::Range;

use casemate_core::printable;
use casemate_seal::{About, Checked, Ran, SealError, Unlocked, Watch, evidence};

use crate::args::{OpenArgs, Sealed};
use crate::exit::{Exit, Failure};
use crate::output::Terminal;
use crate::{clock, progress, record, sealing};

pub(crate) fn run(args: &OpenArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let keys = sealing::keys(&args.keys)?;
    let unlocked = Unlocked::open(&args.dir, &keys).map_err(sealing::failure)?;
    if let Some(least) = args.generation_at_least {
        unlocked.at_least(least).map_err(sealing::failure)?;
    }
    if args.check {
        return check(args, &unlocked, terminal);
    }
    if let Some(to) = &args.to {
        let bar = progress::bytes(unlocked.manifest().size(), args.quiet);
        let stop = sealing::interrupted()?;
        let opened = unlocked.extract(to, Watch { done: &|bytes| bar.inc(bytes), stop: &stop });
        bar.finish_and_clear();
        opened.map_err(sealing::failure)?;
        if !args.quiet {
            let files = unlocked.manifest().files.len();
            let noun = if files == 1 { "file" } else { "files" };
            terminal.note(&format!("opened {files} {noun} in {}", to.display()));
        }
        return Ok(Exit::Success);
    }
    let (file, range) = part(args, &unlocked, terminal)?;
    match &args.output {
        Some(output) => unlocked.write_file(&file, range, output).map_err(sealing::failure)?,
        None => to_stdout(&unlocked, &file, range)?,
    }
    Ok(Exit::Success)
}

/// Which bytes of which file were asked for.
fn part(
    args: &OpenArgs,
    unlocked: &Unlocked,
    terminal: &Terminal,
) -> Result<(String, Option<Range<u64>>), Failure> {
    if let Some(name) = &args.tensor {
        let tensor = unlocked.tensor(name, args.within.as_deref()).map_err(sealing::failure)?;
        if !args.quiet {
            let bytes = tensor.range.end - tensor.range.start;
            terminal.note(&format!(
                "{}: {} {:?}, {bytes} bytes, from {}",
                printable(name),
                tensor.dtype,
                tensor.shape,
                printable(&tensor.file)
            ));
        }
        return Ok((tensor.file, Some(tensor.range)));
    }
    if let Some(stretch) = &args.range {
        let size = unlocked.manifest().file(&stretch.file).map_or(stretch.start, |file| file.size);
        let range = stretch.start..stretch.end.unwrap_or(size.max(stretch.start));
        return Ok((stretch.file.clone(), Some(range)));
    }
    Ok((args.stdout.clone().unwrap_or_default(), None))
}

/// Whoever closes the pipe has seen enough.
fn to_stdout(unlocked: &Unlocked, file: &str, range: Option<Range<u64>>) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let written = unlocked.write(file, range, &mut out);
    let flushed = out.flush();
    match written {
        Err(SealError::Io { error, .. }) if error.kind() == io::ErrorKind::BrokenPipe => {
            return Ok(());
        }
        written => written.map_err(sealing::failure)?,
    }
    match flushed {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        flushed => Ok(flushed?),
    }
}

fn check(args: &OpenArgs, unlocked: &Unlocked, terminal: &Terminal) -> Result<Exit, Failure> {
    let started = clock::now(args.now);
    let bar = progress::bytes(unlocked.manifest().size(), args.quiet);
    let stop = sealing::interrupted()?;
    let checked = unlocked.check(Watch { done: &|bytes| bar.inc(bytes), stop: &stop });
    bar.finish_and_clear();
    let checked = checked.map_err(sealing::failure)?;
    terminal.data(&said(&checked, unlocked, args.quiet), None)?;
    if let Some(element) = &args.evidence_for {
        let root = unlocked.root_digest().map_err(sealing::failure)?;
        let about = match args.evidence_of {
            Sealed::Model => About::Model,
            Sealed::Data => About::Data,
        };
        let ran = Ran { started, finished: clock::now(args.now) };
        let document = evidence(&checked, unlocked.manifest(), root, about, element, ran);
        record::evidence(document.as_slice(), &args.evidence_dir, terminal)?;
    }
    Ok(if checked.passed() { Exit::Success } else { Exit::Failed })
}

/// The report of a check, line by line.
fn said(checked: &Checked, unlocked: &Unlocked, quiet: bool) -> String {
    let manifest = unlocked.manifest();
    let mut lines = Vec::new();
    for error in checked.refused.iter().chain(&checked.extra) {
        lines.push(format!("refused: {}", printable(&error.to_string())));
    }
    let unnamed = checked.failing - checked.refused.len().min(checked.failing);
    if unnamed > 0 {
        lines.push(format!("refused: {unnamed} files more"));
    }
    for generation in &checked.leftovers {
        lines.push(format!(
            "left over: generation {generation}, under its old key; `casemate seal-key rotate` removes it"
        ));
    }
    let outcome = if checked.passed() { "sealed" } else { "NOT as it was sealed" };
    lines.push(format!("{}: {outcome}, generation {}", manifest.model, manifest.generation));
    if !quiet {
        lines.push(format!(
            "    files  {} of {} whole, {} bytes, {} chunks",
            checked.files - checked.failing,
            checked.files,
            checked.bytes,
            checked.chunks
        ));
        let slots: Vec<&str> = manifest.slots.iter().map(|slot| slot.name.as_str()).collect();
        lines.push(format!("    opens  by {}", slots.join(", ")));
        lines.push(format!("    lock   {}", lock(checked)));
    }
    lines.join("\n") + "\n"
}

fn lock(checked: &Checked) -> String {
    let Some(lock) = checked.lock else { return "not tried: no file opens".to_owned() };
    let tried = [
        (lock.wrong_key_refused, "a wrong key"),
        (lock.stranger_refused, "a stranger"),
        (lock.wrong_name_refused, "another name"),
        (lock.flipped_bit_refused, "a changed bit"),
        (lock.truncation_refused, "a cut-off file"),
    ];
    let of = |held: bool| {
        let names: Vec<&str> = tried.iter().filter(|(it, _)| *it == held).map(|(_, name)| *name).collect();
        names.join(", ")
    };
    if lock.holds() { format!("refuses {}", of(true)) } else { format!("DOES NOT refuse {}", of(false)) }
}
