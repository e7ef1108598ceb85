//! `casemate assess`: from a description to its case, reported in any format.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use casemate_assess::{Inputs, assess};
use casemate_catalog::Catalog;
use casemate_core::{BaselineState, CASE_SCHEMA, Case, FindingStatus, printable};
use casemate_report::{Detail, Style, render};

use crate::args::{AssessArgs, JudgeArgs, TOOL, Threshold};
use crate::clock;
use crate::exit::{Exit, Failure};
use crate::experiment;
use crate::input::{self, InputFile};
use crate::output::Terminal;
use crate::recorded;

/// The largest baseline, in bytes: the case of the largest system that is read.
const MAX_BASELINE: u64 = 512 * 1024 * 1024;

pub(crate) fn run(args: &AssessArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let baseline = args.baseline.as_deref().map(read_baseline).transpose()?;
    let file = InputFile::open(args.file.as_deref())?;
    judge(&file, &args.judge, baseline.as_ref(), |case, _| {
        let detail = match (args.quiet, args.verbose) {
            (true, _) => Detail::Brief,
            (_, true) => Detail::Full,
            _ => Detail::Normal,
        };
        let style = Style { colour: terminal.colour && args.output.is_none(), detail };
        terminal.data(&render(case, args.format, style), args.output.as_deref())?;
        Ok(exit(case, args.fail_on))
    })
}

/// Reads everything a case is made from, makes it, and hands both to `report`.
pub(crate) fn judge<T>(
    file: &InputFile,
    args: &JudgeArgs,
    baseline: Option<&Case>,
    report: impl FnOnce(&Case, &Inputs<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let catalog = Arc::new(Catalog::load(&args.catalog)?);
    // Compiling the expressions takes an eighth of a run. The thread is not waited for: what a small system does not
    // call for need not be finished.
    let warming = Arc::clone(&catalog);
    std::thread::spawn(move || warming.warm());
    let names = casemate_assess::names(&catalog);
    let described = casemate_system::read(&file.source(), &names).map_err(|errors| file.invalid(errors))?;
    let (mut evidence, mut problems) = input::evidence(&file.folder, &args.evidence)?;
    problems.extend(recorded::mark(&file.folder, &mut evidence, args.ledger_anchor.as_deref())?);
    let documents = input::documents(&described.description, &file.folder);
    let accept_from = args.accept_from.as_deref().map(|path| input::system(path, &names)).transpose()?;
    let experiment = experiment::of(args, &described.description, &catalog)?;
    let inputs = Inputs {
        described: &described,
        catalog: &catalog,
        evidence: &evidence,
        problems: &problems,
        documents: &documents,
        accept_from: accept_from.as_ref(),
        baseline,
        view: args.view,
        experiment: &experiment,
        complete: args.complete,
        now: clock::now(args.now),
        input: file.describe(described.format),
        tool: TOOL,
    };
    let case = assess(&inputs)?;
    if let Some(baseline) = baseline {
        comparable(&case, baseline)?;
    }
    report(&case, &inputs)
}

/// Between other systems, or in another view, every difference would mislead.
fn comparable(case: &Case, baseline: &Case) -> Result<(), Failure> {
    if baseline.system.id != case.system.id {
        let [then, now] = [baseline, case].map(|case| printable(&case.system.id));
        return Err(anyhow::anyhow!(
            "the baseline is a case of `{then}` and this is `{now}`; compare with an earlier case of the same system"
        )
        .into());
    }
    let assumed =
        |case: &Case| case.attack.as_ref().map(|attack| attack.experiment.clone()).unwrap_or_default();
    if assumed(baseline) != assumed(case) {
        return Err(anyhow::anyhow!(
            "the baseline and this case assume different controls; give both the same --with and --without, or neither"
        )
        .into());
    }
    if baseline.view != case.view {
        return Err(anyhow::anyhow!(
            "the baseline was judged in the view `{}` and this in `{}`; give both the same --view",
            baseline.view,
            case.view
        )
        .into());
    }
    Ok(())
}

fn exit(case: &Case, fail_on: Threshold) -> Exit {
    let counts = case.findings.iter().any(|finding| {
        finding.status == FindingStatus::Open
            && fail_on.is_met_by(finding.severity)
            && finding.baseline != Some(BaselineState::Unchanged)
    });
    if counts { Exit::Findings } else { Exit::Success }
}

fn read_baseline(path: &Path) -> Result<Case, Failure> {
    if !path.is_file() {
        return Err(Failure::NoInput {
            message: format!("no such baseline: {}", path.display()),
            hint: "`casemate assess --format json --output case.json` writes one".to_owned(),
        });
    }
    let name = path.display();
    let mut text = String::new();
    let file = File::open(path).with_context(|| format!("cannot open {name}"))?;
    file.take(MAX_BASELINE).read_to_string(&mut text).with_context(|| format!("cannot read {name}"))?;
    let case: Case = serde_json::from_str(&text)
        .with_context(|| format!("{name} is not a case; `casemate assess --format json` writes one"))?;
    if &*case.schema != CASE_SCHEMA {
        return Err(
            anyhow::anyhow!("{name} is a `{}`, expected `{CASE_SCHEMA}`", printable(&case.schema)).into()
        );
    }
    Ok(case)
}
