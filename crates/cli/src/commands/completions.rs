//! `casemate completions`: what a shell needs to complete command lines.

use clap::CommandFactory as _;

use crate::args::{Cli, CompletionsArgs};
use crate::exit::{Exit, Failure};
use crate::output::Terminal;

pub(crate) fn run(args: CompletionsArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "casemate", &mut script);
    terminal.data(&String::from_utf8_lossy(&script), None)?;
    Ok(Exit::Success)
}
