//! `casemate check-file`: reads a description and says what is wrong with it; nothing is judged.

use casemate_catalog::Catalog;
use casemate_system::{Description, Diagnostic};

use crate::args::CheckFileArgs;
use crate::exit::{Exit, Failure};
use crate::input::InputFile;
use crate::output::Terminal;

pub(crate) fn run(args: &CheckFileArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let catalog = Catalog::load(&args.catalog)?;
    let file = InputFile::open(args.file.as_deref())?;
    let described = casemate_system::read(&file.source(), &casemate_assess::names(&catalog))
        .map_err(|errors| file.invalid(errors))?;
    for problem in &described.problems {
        terminal.note(&format!("note: {}", problem.message));
    }
    let summary = match &described.description {
        Description::Checklist(checklist) => {
            let stated = checklist.answers.values().filter(|answer| answer.position.is_some()).count();
            format!(
                "checklist, {stated} of {} controls stated",
                checklist.answers.len() + checklist.not_stated.len()
            )
        }
        Description::System(system) => {
            let dangling: Vec<Diagnostic> =
                system.dangling.iter().map(|reference| reference.diagnostic()).collect();
            if !dangling.is_empty() {
                return Err(file.invalid(dangling));
            }
            format!(
                "{}, {} components, {} flows, {} claims",
                match described.format {
                    casemate_core::InputFormat::System => "system file".to_owned(),
                    other => format!("{other} import"),
                },
                system.components.len(),
                system.flows.len(),
                system.claims.len()
            )
        }
    };
    terminal.data(&format!("{}: ok ({summary})\n", casemate_core::printable(&file.name)), None)?;
    Ok(Exit::Success)
}
