//! `casemate init`: a commented starter file. Never writes over anything.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};

use anyhow::Context as _;

use crate::args::InitArgs;
use crate::exit::{Exit, Failure};
use crate::input::SYSTEM_FILE;
use crate::output::Terminal;

/// The starter file. A test reads and judges it.
const STARTER: &str = include_str!("starter.yaml");

pub(crate) fn run(args: &InitArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    if !args.dir.is_dir() {
        return Err(Failure::NoInput {
            message: format!("no such folder: {}", args.dir.display()),
            hint: "create it first, or name another".to_owned(),
        });
    }
    let path = args.dir.join(SYSTEM_FILE);
    let name = path.display();
    let mut file = match OpenOptions::new().write(true).create_new(true).open(&path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(anyhow::anyhow!("{name} exists already and is left as it is").into());
        }
        opened => opened.with_context(|| format!("cannot create {name}"))?,
    };
    file.write_all(STARTER.as_bytes()).with_context(|| format!("cannot write {name}"))?;
    terminal.note(&format!(
        "wrote {name}\n\nhint: describe your system in it, then run `casemate assess {name}`"
    ));
    Ok(Exit::Success)
}
