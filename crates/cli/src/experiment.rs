//! `--with` and `--without`: names checked against the catalogue and the system, so that a misspelt control is an error
//! and not an experiment that changes nothing.

use casemate_catalog::Catalog;
use casemate_core::{Assumed, Experiment, Id, View, nearest};
use casemate_system::{Description, System};

use crate::args::JudgeArgs;
use crate::exit::Failure;

/// The experiment that was asked for.
pub(crate) fn of(
    args: &JudgeArgs,
    description: &Description,
    catalog: &Catalog,
) -> Result<Experiment, Failure> {
    for (option, assumed) in
        args.with.iter().map(|a| ("--with", a)).chain(args.without.iter().map(|a| ("--without", a)))
    {
        let Description::System(system) = description else {
            return Err(Failure::Usage(format!(
                "{option} needs a described system; a checklist has no elements"
            )));
        };
        known(option, assumed, system, catalog)?;
    }
    let (with, without) = (sorted(&args.with, catalog), sorted(&args.without, catalog));
    if args.view == View::Bare && !args.with.is_empty() {
        return Err(Failure::Usage(
            "--with changes nothing in the bare view, in which no control counts".to_owned(),
        ));
    }
    if let Some(both) = with.iter().find(|assumed| without.contains(assumed)) {
        return Err(Failure::Usage(format!(
            "`{both}` cannot both stand and fail; leave out --with or --without"
        )));
    }
    Ok(Experiment { with, without })
}

fn known(option: &str, assumed: &Assumed, system: &System, catalog: &Catalog) -> Result<(), Failure> {
    if catalog.control(&assumed.control).is_none() {
        let known = catalog.controls().keys();
        return Err(unknown(option, "control of the catalogue", &assumed.control, known));
    }
    match &assumed.on {
        Some(on) if !system.targets().any(|element| element == on) => {
            Err(unknown(option, "element of this system", on, system.targets()))
        }
        _ => Ok(()),
    }
}

fn unknown<'a>(option: &str, what: &str, name: &Id, names: impl Iterator<Item = &'a Id>) -> Failure {
    let meant = nearest(name.as_str(), names.map(Id::as_str));
    let hint = meant.map(|meant| format!(" (did you mean `{meant}`?)")).unwrap_or_default();
    Failure::Usage(format!("{option}: `{name}` is no {what}{hint}"))
}

/// In order and once each, whatever name a control was given by.
fn sorted(assumed: &[Assumed], catalog: &Catalog) -> Vec<Assumed> {
    let mut assumed = assumed.to_vec();
    for assumed in &mut assumed {
        if let Some(control) = catalog.control(&assumed.control) {
            assumed.control = control.id.clone();
        }
    }
    assumed.sort();
    assumed.dedup();
    assumed
}
