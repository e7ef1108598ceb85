//! `casemate catalog`: what the catalogue holds, and what it covers.

use std::fmt::Write as _;

use casemate_assess::examples;
use casemate_catalog::{Catalog, Control, Entry, Framework, facts};
use casemate_core::{Fact, FrameworkId, Id, nearest, printable};
use serde_json::json;

use crate::args::{CatalogArgs, CatalogCommand, Listed, TOOL};
use crate::clock;
use crate::exit::{Exit, Failure};
use crate::output::Terminal;

pub(crate) fn run(args: &CatalogArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let catalog = Catalog::load(&args.catalog)?;
    match args.command.as_ref().unwrap_or(&CatalogCommand::List { what: Listed::Threats }) {
        CatalogCommand::List { what } => terminal.data(&list(*what, &catalog, args.json)?, None)?,
        CatalogCommand::Show { id } => {
            let found = if args.json { show_json(id, &catalog)? } else { show(id, &catalog) };
            terminal.data(&found.ok_or_else(|| unknown(id, &catalog))?, None)?;
        }
        CatalogCommand::Coverage { framework } => {
            terminal.data(&coverage(framework.as_deref(), &catalog, args.json)?, None)?;
        }
        CatalogCommand::Check => return check(&catalog, terminal),
    }
    Ok(Exit::Success)
}

fn list(what: Listed, catalog: &Catalog, as_json: bool) -> Result<String, Failure> {
    let rows: Vec<(String, String, String)> = match what {
        Listed::Threats => {
            let threats = catalog.threats().values().map(|entry| &entry.threat);
            threats.map(|t| (t.id.to_string(), t.category.to_string(), t.title.to_string())).collect()
        }
        Listed::Controls => {
            let controls = catalog.controls().values();
            controls
                .map(|c| (c.id.to_string(), format!("{} effort", c.effort), c.title.to_string()))
                .collect()
        }
        Listed::Frameworks => {
            let packs = catalog.frameworks().values();
            packs
                .map(|p| (p.id.to_string(), format!("{} entries", p.items.len()), p.title.to_string()))
                .collect()
        }
        Listed::Facts => facts::FACTS
            .iter()
            .map(|fact| {
                (format!("{}.{}", fact.scope, fact.name), fact.kind.to_owned(), fact.meaning.to_owned())
            })
            .collect(),
    };
    if as_json {
        let rows: Vec<_> = rows
            .iter()
            .map(|(id, about, title)| json!({ "id": id, "about": about, "title": title }))
            .collect();
        return Ok(format!("{}\n", serde_json::to_string_pretty(&rows)?));
    }
    let width = |column: fn(&(String, String, String)) -> &String| {
        rows.iter().map(|row| column(row).len()).max().unwrap_or(0)
    };
    let (first, second) = (width(|row| &row.0), width(|row| &row.1));
    let mut text = String::new();
    for (id, about, title) in &rows {
        let _ = writeln!(text, "{id:first$}  {about:second$}  {title}");
    }
    let noun = match what {
        Listed::Threats => "threats",
        Listed::Controls => "controls",
        Listed::Frameworks => "frameworks",
        Listed::Facts => "facts",
    };
    let _ = writeln!(text, "\n{} {noun}", rows.len());
    Ok(text)
}

/// A threat, control or framework as text.
pub(crate) fn show(id: &str, catalog: &Catalog) -> Option<String> {
    if let Ok(framework) = id.parse::<FrameworkId>() {
        return catalog.frameworks().get(&framework).map(|pack| show_framework(pack, catalog));
    }
    let id: Id = id.replace('_', "-").parse().ok()?;
    let threat = catalog.threats().get(&id).map(show_threat);
    threat.or_else(|| catalog.controls().get(&id).map(|control| show_control(control, catalog)))
}

fn show_json(id: &str, catalog: &Catalog) -> Result<Option<String>, Failure> {
    let value = if let Ok(framework) = id.parse::<FrameworkId>() {
        catalog.frameworks().get(&framework).map(serde_json::to_string_pretty).transpose()?
    } else {
        let threat =
            catalog.threats().get(id).map(|entry| serde_json::to_string_pretty(&entry.threat)).transpose()?;
        match threat {
            Some(threat) => Some(threat),
            None => catalog.controls().get(id).map(serde_json::to_string_pretty).transpose()?,
        }
    };
    Ok(value.map(|text| text + "\n"))
}

fn show_threat(entry: &Entry) -> String {
    let threat = &entry.threat;
    let mut text = format!("threat {}: {}\n\n{}\n\n", threat.id, threat.title, threat.description);
    let mut row = |label: &str, value: String| {
        if !value.is_empty() {
            let _ = writeln!(text, "{label:<13}{value}");
        }
    };
    row("category", format!("{} ({})", threat.category, threat.domain));
    row("violates", threat.violates.iter().map(|p| p.as_str()).collect::<Vec<_>>().join(", "));
    row(
        "stands on",
        format!(
            "{} {}",
            threat.applies.to,
            threat.applies.kinds.iter().map(|k| k.as_str()).collect::<Vec<_>>().join(", ")
        ),
    );
    row("stages", threat.applies.stages.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(", "));
    row("when", threat.when.to_string());
    row("serves", threat.goals.iter().map(|goal| goal.as_str()).collect::<Vec<_>>().join(", "));
    row("stopped by", ids(&threat.controls.stop));
    let enough = threat.controls.enough.map(|n| format!(" ({n} together close it)")).unwrap_or_default();
    row(
        "reduced by",
        if threat.controls.reduce.is_empty() {
            String::new()
        } else {
            ids(&threat.controls.reduce) + &enough
        },
    );
    row("detected by", ids(&threat.controls.detect));
    row("recovered by", ids(&threat.controls.recover));
    row("technique", format!("{}, enters by {}", threat.maturity, threat.entry));
    let facts = |facts: &[Fact]| facts.iter().map(|fact| fact.as_str()).collect::<Vec<_>>().join(", ");
    row("needs", facts(&threat.needs));
    row("grants", facts(&threat.grants));
    row("what to do", threat.recommendation.to_string());
    row(
        "command",
        threat.command.as_deref().filter(|command| TOOL.can(command)).unwrap_or_default().to_owned(),
    );
    references(&mut text, &entry.references);
    text
}

fn show_control(control: &Control, catalog: &Catalog) -> String {
    let mut text =
        format!("control {}: {}\n\n{}\n\n{}\n\n", control.id, control.title, control.summary, control.how);
    let _ = writeln!(text, "category     {} ({})", control.category, control.domain);
    let _ = writeln!(text, "effort       {}", control.effort);
    let _ = writeln!(
        text,
        "checklist    {}{}",
        control.checklist_name(),
        if control.required { " (required)" } else { "" }
    );
    let _ = writeln!(text, "its gap      {}", control.gap);
    let mut acts = |label: &str, on: &dyn Fn(&Entry) -> bool| {
        let found: Vec<&str> = catalog
            .threats()
            .values()
            .filter(|entry| on(entry))
            .map(|entry| entry.threat.id.as_str())
            .collect();
        if !found.is_empty() {
            let _ = writeln!(text, "{label:<13}{}", found.join(", "));
        }
    };
    acts("stops", &|entry| entry.threat.controls.stop.contains(&control.id));
    acts("reduces", &|entry| entry.threat.controls.reduce.contains(&control.id));
    acts("detects", &|entry| entry.threat.controls.detect.contains(&control.id));
    acts("recovers", &|entry| entry.threat.controls.recover.contains(&control.id));
    references(&mut text, &control.references);
    text
}

fn show_framework(pack: &Framework, catalog: &Catalog) -> String {
    let covered = catalog.coverage(&pack.id);
    let mut text = format!(
        "framework {}: {}\n\npublisher   {}\nsource      {}\nlicence     {}\nas of       {}\n",
        pack.id, pack.title, pack.publisher, pack.source, pack.licence, pack.as_of
    );
    for date in &pack.dates {
        let was = date.was.as_ref().map(|was| format!(", was {was}")).unwrap_or_default();
        let _ = writeln!(text, "date        {}: {}{was} ({})", date.date, date.what, date.source);
    }
    text.push('\n');
    for item in &pack.items {
        let threats = covered
            .get(&item.id)
            .map(|threats| threats.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(", "));
        let _ = writeln!(
            text,
            "{:<11} {:<16} {}{}",
            item.kind,
            item.id,
            item.title,
            threats.map(|t| format!("  <- {t}")).unwrap_or_default()
        );
    }
    text
}

fn references(text: &mut String, references: &casemate_core::References) {
    for (index, (framework, items)) in references.iter().enumerate() {
        let label = if index == 0 { "references" } else { "" };
        let _ = writeln!(text, "{label:<13}{framework}: {}", items.join(", "));
    }
}

fn ids(ids: &[Id]) -> String {
    ids.iter().map(Id::as_str).collect::<Vec<_>>().join(", ")
}

/// How much of each framework the catalogue covers, by kind of entry; for one framework, what is missing too.
fn coverage(framework: Option<&str>, catalog: &Catalog, as_json: bool) -> Result<String, Failure> {
    let asked = framework.map(|name| {
        let id = name.parse::<FrameworkId>()?;
        if catalog.frameworks().contains_key(&id) {
            Ok(id)
        } else {
            Err(Failure::Other(unknown(name, catalog)))
        }
    });
    let asked = asked.transpose()?;
    let mut text = String::new();
    let mut rows = Vec::new();
    for pack in catalog.frameworks().values().filter(|pack| asked.as_ref().is_none_or(|id| pack.id == *id)) {
        let covered = catalog.coverage(&pack.id);
        let mut kinds: Vec<&str> = pack.items.iter().map(|item| &*item.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let _ = writeln!(text, "{}: {}", pack.id, pack.title);
        for kind in kinds {
            let items: Vec<_> = pack.items.iter().filter(|item| &*item.kind == kind).collect();
            let missing: Vec<&str> =
                items.iter().filter(|item| !covered.contains_key(&item.id)).map(|item| &*item.id).collect();
            let has = items.len() - missing.len();
            let percent = 100 * has / items.len().max(1);
            rows.push(json!({ "framework": pack.id, "kind": kind, "entries": items.len(), "covered": has, "missing": missing }));
            let _ = writeln!(text, "  {kind:<12} {has:>4} of {:>4} have a threat ({percent} %)", items.len());
            if asked.is_some() && has > 0 && !missing.is_empty() {
                let _ = writeln!(text, "    without: {}", missing.join(", "));
            }
        }
    }
    if as_json { Ok(format!("{}\n", serde_json::to_string_pretty(&rows)?)) } else { Ok(text) }
}

fn check(catalog: &Catalog, terminal: &Terminal) -> Result<Exit, Failure> {
    let now = clock::now(None);
    let problems: Vec<String> =
        catalog.threats().values().flat_map(|entry| examples::check(entry, catalog, now)).collect();
    if problems.is_empty() {
        terminal.data(&format!("{} threats behave on their examples\n", catalog.threats().len()), None)?;
        return Ok(Exit::Success);
    }
    Err(anyhow::anyhow!("{} examples do not behave:\n{}", problems.len(), problems.join("\n")).into())
}

fn unknown(id: &str, catalog: &Catalog) -> anyhow::Error {
    let frameworks: Vec<String> = catalog.frameworks().keys().map(ToString::to_string).collect();
    let names = catalog.threats().keys().chain(catalog.controls().keys()).map(Id::as_str);
    let meant = nearest(id, names.chain(frameworks.iter().map(String::as_str)));
    let hint = meant.map(|id| format!("; did you mean `{id}`?")).unwrap_or_default();
    anyhow::anyhow!("the catalogue has no `{}`{hint}", printable(id))
}
