//! `casemate import`: the system file that a foreign threat model or BOM becomes, and what had no place in it.

use casemate_core::InputFormat;
use casemate_system::import::importer;
use casemate_system::{detect, to_yaml};

use crate::args::ImportArgs;
use crate::exit::{Exit, Failure};
use crate::input::InputFile;
use crate::output::Terminal;

pub(crate) fn run(args: &ImportArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let file = InputFile::open(Some(&args.file))?;
    let source = file.source();
    let format = detect(&source).map_err(|diagnostic| file.invalid(vec![diagnostic]))?;
    let Some(import) = importer(format) else {
        let what = if format == InputFormat::System { "a system file already" } else { "a checklist" };
        return Err(anyhow::anyhow!(
            "{} is {what}; import reads OWASP Threat Model Library, Threagile, Open Threat Model and CycloneDX files",
            file.name
        )
        .into());
    };
    let imported = import(&source).map_err(|diagnostic| file.invalid(vec![diagnostic]))?;
    terminal.data(&to_yaml(&imported.file), args.output.as_deref())?;
    for problem in &imported.problems {
        terminal.note(&format!("not mapped: {}", problem.message));
    }
    Ok(Exit::Success)
}
