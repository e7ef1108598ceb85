//! `casemate paths`: the attack graph by itself, and what an experiment changes in it.

use casemate_assess::{Inputs, Target, assess, reach};
use casemate_core::{Attack, Case, Change, Experiment, Foothold, PATHS_SCHEMA, Paths};
use casemate_report::{Style, render_paths};
use casemate_system::Description;

use super::assess::judge;
use crate::args::PathsArgs;
use crate::exit::{Exit, Failure};
use crate::input::InputFile;
use crate::output::Terminal;

pub(crate) fn run(args: &PathsArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let file = InputFile::open(args.file.as_deref())?;
    judge(&file, &args.judge, None, |case, inputs| {
        let paths = answer(args, case, inputs, &file)?;
        let style = Style { colour: terminal.colour && args.output.is_none(), ..Style::default() };
        let text = render_paths(&paths, case, args.format, style);
        terminal.data(&text, args.output.as_deref())?;
        Ok(Exit::Success)
    })
}

fn answer(args: &PathsArgs, case: &Case, inputs: &Inputs<'_>, file: &InputFile) -> Result<Paths, Failure> {
    let Description::System(system) = &inputs.described.description else {
        return Err(Failure::Other(anyhow::anyhow!(
            "{} is a checklist, which has no paths; describe the system in a casemate.yaml (`casemate init`)",
            file.name
        )));
    };
    let Some(attack) = &case.attack else {
        return Err(Failure::Other(anyhow::anyhow!(
            "{} describes no AI component, so there is no path to judge; give a component a `model` or a kind such as `serve`",
            file.name
        )));
    };
    let target = args.to.as_deref().map(|name| Target::of(name, system)).transpose();
    let target = target.map_err(|error| Failure::Usage(format!("--to: {error}")))?;
    Ok(Paths {
        schema: PATHS_SCHEMA.into(),
        system: case.system.id.clone(),
        view: case.view,
        attack: attack.clone(),
        change: change(attack, inputs)?,
        to: target.map(|target| reach(&target, inputs)).transpose()?,
    })
}

/// What the experiment changes, by judging once more without it.
fn change(attack: &Attack, inputs: &Inputs<'_>) -> Result<Option<Change>, Failure> {
    if inputs.experiment.is_empty() {
        return Ok(None);
    }
    let plain = assess(&Inputs { experiment: &Experiment::default(), ..inputs.clone() })?;
    let reached = |attack: &Attack| -> Vec<Foothold> {
        attack.goals.iter().filter(|goal| goal.path.is_some()).map(|goal| goal.id.clone()).collect()
    };
    let (with, without) = (reached(attack), plain.attack.as_ref().map(reached).unwrap_or_default());
    let missing = |from: &[Foothold], all: &[Foothold]| {
        all.iter().filter(|goal| !from.contains(goal)).cloned().collect()
    };
    Ok(Some(Change { opened: missing(&without, &with), cut: missing(&with, &without) }))
}
