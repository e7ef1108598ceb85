//! `casemate explain`: how a finding came about, or what a catalogue entry says.

use casemate_assess::{Rule, explain};
use casemate_catalog::Catalog;
use casemate_core::{FindingId, nearest, printable};

use super::{assess, catalog};
use crate::args::ExplainArgs;
use crate::exit::{Exit, Failure};
use crate::input::InputFile;
use crate::output::Terminal;

pub(crate) fn run(args: &ExplainArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    if !args.finding.contains('@') {
        return entry(args, terminal);
    }
    let id: FindingId = args.finding.parse()?;
    let file = InputFile::open(args.file.as_deref())?;
    assess::judge(&file, &args.judge, None, |case, inputs| {
        let Some(finding) = case.findings.iter().find(|finding| finding.id == id) else {
            if let Some(closed) = case.closed.iter().find(|closed| closed.id == id) {
                let by: Vec<&str> = closed.by.iter().map(|control| control.as_str()).collect();
                let text = format!("{id} is not open: {} holds it off ({})\n", by.join(", "), closed.basis());
                terminal.data(&text, None)?;
                return Ok(Exit::Success);
            }
            let ids: Vec<String> = case.findings.iter().map(|finding| finding.id.to_string()).collect();
            let meant = nearest(&args.finding, ids.iter().map(String::as_str));
            let hint = meant.map(|id| format!("; did you mean `{id}`?")).unwrap_or_default();
            return Err(anyhow::anyhow!("{} has no finding `{id}`{hint}", file.name).into());
        };
        terminal.data(&explain(&id, finding, inputs), None)?;
        Ok(Exit::Success)
    })
}

fn entry(args: &ExplainArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    if let Ok(rule) = args.finding.parse::<Rule>() {
        let text = format!("{rule}: {}\nwhat to do: {}\n", rule.title(), rule.recommendation());
        terminal.data(&text, None)?;
        return Ok(Exit::Success);
    }
    let known = Catalog::load(&args.judge.catalog)?;
    match catalog::show(&args.finding, &known) {
        Some(text) => terminal.data(&text, None)?,
        None => {
            let rules = Rule::ALL.iter().map(|rule| rule.as_str());
            let ids = known.threats().keys().chain(known.controls().keys()).map(casemate_core::Id::as_str);
            let meant = nearest(&args.finding, ids.chain(rules));
            let hint = meant.map(|id| format!("; did you mean `{id}`?")).unwrap_or_default();
            return Err(anyhow::anyhow!(
                "`{}` is no finding, threat, control or case rule{hint}\n\nhint: a finding is written `threat@element`",
                printable(&args.finding)
            )
            .into());
        }
    }
    Ok(Exit::Success)
}
