//! The binary `casemate`: arguments in, capability called, report out; nothing else.

mod args;
mod clock;
mod commands;
mod exit;
mod experiment;
mod input;
mod ledger;
mod output;
mod progress;
mod record;
mod recorded;
mod remote;
mod sealing;
mod secret;
mod signing;
mod sources;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Cli, Command};
use crate::exit::{Exit, Failure};
use crate::output::Terminal;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let usage = error.use_stderr();
            // Nothing can be done about a terminal that does not take the message.
            let _ = error.print();
            return if usage { Exit::Usage.into() } else { Exit::Success.into() };
        }
    };
    let terminal = Terminal::new(cli.color);
    match run(cli, &terminal) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            terminal.error(&failure);
            failure.exit().into()
        }
    }
}

fn run(cli: Cli, terminal: &Terminal) -> Result<Exit, Failure> {
    match cli.command {
        Command::Assess(args) => commands::assess::run(&args, terminal),
        Command::Paths(args) => commands::paths::run(&args, terminal),
        Command::Explain(args) => commands::explain::run(&args, terminal),
        Command::Scan(args) => commands::scan::run(&args, cli.offline, terminal),
        Command::Convert(args) => commands::convert::run(&args, cli.offline, terminal),
        Command::Bom(args) => commands::bom::run(&args, cli.offline, terminal),
        Command::Sign(args) => commands::sign::run(&args, cli.offline, terminal),
        Command::Verify(args) => commands::verify::run(&args, terminal),
        Command::History(args) => commands::history::run(&args, terminal),
        Command::RollbackCheck(args) => commands::history::rollback_check(&args, terminal),
        Command::Ledger(args) => commands::ledger::run(&args, terminal),
        Command::Evidence(args) => commands::evidence::run(&args, terminal),
        Command::Seal(args) => commands::seal::run(&args, terminal),
        Command::Open(args) => commands::open::run(&args, terminal),
        Command::SealKey(args) => commands::seal_key::run(&args, terminal),
        Command::CheckFile(args) => commands::check_file::run(&args, terminal),
        Command::Import(args) => commands::import::run(&args, terminal),
        Command::Init(args) => commands::init::run(&args, terminal),
        Command::Catalog(args) => commands::catalog::run(&args, terminal),
        Command::Schema(args) => commands::schema::run(args, terminal),
        Command::Completions(args) => commands::completions::run(args, terminal),
    }
}
