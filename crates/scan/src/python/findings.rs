//! What calls in Python source mean: ordinary in code that merely lies there, grave where something is hidden, fetched
//! and run, or sent away.

use std::collections::{BTreeMap, BTreeSet};

use casemate_core::{Confidence, Severity};

use super::calls::{holds_secrets, is_everyday, is_run_later};
use super::event::{Context, Event};
use super::value::{Marks, UNKNOWN_WORD, Way};
use super::{Outcome, Source};
use crate::capability::Capability;
use crate::fact::About;
use crate::finding::Finding;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;
use crate::shell;

/// How many findings of low severity of one rule are kept of one file.
const MOST_LOW: usize = 20;

/// A finding without its place.
type Judged = (Rule, Severity, Confidence, String);

/// Tells everything that was seen.
pub(super) fn tell(sources: &[Source], outcome: Outcome, scan: &mut Scan) {
    tell_gaps(sources, &outcome, scan);
    let mut low: BTreeMap<Rule, usize> = BTreeMap::new();
    let mut put = |scan: &mut Scan, cell: usize, at: u32, (rule, severity, confidence, what): Judged| {
        if severity == Severity::Low {
            let count = low.entry(rule).or_default();
            *count += 1;
            if *count > MOST_LOW {
                return;
            }
        }
        let Some(source) = sources.get(cell) else { return };
        let (line, offset) = source.place(at);
        scan.find(Finding::new(
            rule,
            severity,
            confidence,
            format!("{}: {what}", named(source, line)),
            offset,
        ));
    };
    for (cell, at, command) in &outcome.escapes {
        let told = shell::read(command);
        for issue in told.issues {
            put(scan, *cell, *at, (issue.rule, issue.severity, issue.confidence, issue.title));
        }
        if let Some(source) = sources.get(*cell) {
            shell::tell_python(told.python, &source.label, |_| source.place(*at).1, scan);
        }
    }
    let events = merged(outcome.events);
    for (event, context) in reverse_shells(&events) {
        let what = format!("a socket becomes the input and output of a process {}", context.words());
        put(
            scan,
            event.cell,
            event.at,
            (Rule::PythonReverseShell, Severity::Critical, Confidence::High, what),
        );
    }
    for event in &events {
        if let Some(source) = sources.get(event.cell) {
            let (line, _) = source.place(event.at);
            let line = named(source, line).to_lowercase();
            let detail = format!("{line}: `{}` {}", event.path, event.context.words());
            scan.fact(About::Code, event.capability.as_str(), detail);
        }
        if event.context.is_import() {
            scan.does(event.capability);
        }
        for judged in judged(event, outcome.setup, outcome.loaded) {
            put(scan, event.cell, event.at, judged);
        }
        if let Some(payload) = &event.given.payload {
            let at = sources.get(event.cell).map_or(0, |source| source.place(event.at).1);
            scan.member(&format!("object in `{}`", event.path), &Input::from(payload.clone()), at..at);
        }
    }
}

fn named(source: &Source, line: usize) -> String {
    if source.label.is_empty() { format!("Line {line}") } else { format!("{}, line {line}", source.label) }
}

fn tell_gaps(sources: &[Source], outcome: &Outcome, scan: &mut Scan) {
    for (cell, at) in outcome.broken.iter().take(3) {
        if let Some(source) = sources.get(*cell) {
            let line = named(source, source.place(*at).0).to_lowercase();
            scan.gap(format!("{line}: it is no Python from here on"));
        }
    }
    if outcome.deep {
        scan.gap("the code is longer or nested deeper than is followed");
    }
    if outcome.cut {
        scan.gap("the code has more in it than is followed");
    }
}

/// One note for each call, with the worst that is known of it.
fn merged(events: Vec<Event>) -> Vec<Event> {
    let mut calls: BTreeMap<(usize, u32, String), Event> = BTreeMap::new();
    for event in events {
        match calls.entry((event.cell, event.at, event.path.clone())) {
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(event);
            }
            std::collections::btree_map::Entry::Occupied(mut entry) => {
                let before = entry.get_mut();
                let marks = before.given.marks.with(event.given.marks);
                if event.context < before.context
                    || before.given.command.is_none() && event.given.command.is_some()
                {
                    let context = event.context.clone().min(before.context.clone());
                    *before = Event { context, way: event.way.max(before.way), ..event };
                }
                before.given.marks = marks;
            }
        }
    }
    calls.into_values().collect()
}

/// Contexts in which a socket is given to a process.
fn reverse_shells(events: &[Event]) -> Vec<(&Event, &Context)> {
    let mut contexts: BTreeMap<&Context, BTreeSet<&str>> = BTreeMap::new();
    for event in events {
        contexts.entry(&event.context).or_default().insert(&event.path);
    }
    let mut found = Vec::new();
    for (context, paths) in contexts {
        let any =
            |wanted: &[&str]| paths.iter().any(|path| wanted.iter().any(|wanted| path.starts_with(wanted)));
        let gives = paths.contains("os.dup2") || paths.contains("pty.spawn");
        let runs = any(&["subprocess.", "pty.", "os.system", "os.exec", "os.spawn", "os.popen"]);
        if any(&["socket."]) && gives && runs {
            let is_it = |event: &&Event| {
                event.context == *context && matches!(event.path.as_str(), "os.dup2" | "pty.spawn")
            };
            found.extend(events.iter().find(is_it).map(|event| (event, context)));
        }
    }
    found
}

fn judged(event: &Event, setup: bool, loaded: bool) -> Vec<Judged> {
    let mut all = Vec::new();
    hidden(event, &mut all);
    let installs = matches!(event.context, Context::Install(_)) || setup && event.context.is_import();
    match event.capability {
        Capability::CodeExecution => code(event, loaded, &mut all),
        Capability::Process => process(event, installs, loaded, &mut all),
        Capability::Network => network(event, installs, loaded, &mut all),
        Capability::NestedDeserialise => nested(event, &mut all),
        Capability::FileRead | Capability::FileWrite => file(event, &mut all),
        Capability::Import if event.given.told == Some(true) => {
            let from = event.given.text.as_ref().map_or_else(String::new, |name| format!(" of `{name}`"));
            let what = format!("`{}` runs code{from} that comes with the model", event.path);
            all.push((Rule::PythonRemoteCode, Severity::Low, Confidence::High, what));
        }
        _ => {}
    }
    all
}

/// Names that are hidden.
fn hidden(event: &Event, all: &mut Vec<Judged>) {
    let harmful = matches!(
        event.capability,
        Capability::CodeExecution
            | Capability::Process
            | Capability::Network
            | Capability::NestedDeserialise
            | Capability::Import
    );
    if event.path == "object.__subclasses__" {
        let what = "every class there is is reached through `__subclasses__`".to_owned();
        all.push((Rule::PythonHiddenName, Severity::High, Confidence::High, what));
    } else if event.capability == Capability::Import && event.given.marks.has(Marks::DECODED) {
        let what = "the name of a module is decoded before it is imported".to_owned();
        all.push((Rule::PythonHiddenName, Severity::High, Confidence::Medium, what));
    } else if harmful && event.way == Way::Built {
        let what =
            format!("`{}` is reached by a name that is put together, {}", event.path, event.context.words());
        all.push((Rule::PythonHiddenName, Severity::High, Confidence::High, what));
    } else if event.way == Way::ByName
        && !event.path.starts_with("ctypes.windll")
        && matches!(event.capability, Capability::CodeExecution | Capability::Process)
    {
        let what = format!("`{}` is reached by a name in a string, {}", event.path, event.context.words());
        all.push((Rule::PythonHiddenName, Severity::Medium, Confidence::Medium, what));
    }
}

fn code(event: &Event, loaded: bool, all: &mut Vec<Judged>) {
    let (path, when) = (&event.path, event.context.words());
    let marks = event.given.marks;
    if path == "object.__subclasses__" {
        return;
    }
    if path.starts_with("torch.hub") {
        let what = format!("`{path}` runs code of another repository, {when}");
        all.push((Rule::PythonRemoteCode, Severity::Low, Confidence::High, what));
    } else if marks.has(Marks::FETCHED) {
        let what = format!("what is fetched is run by `{path}`, {when}");
        all.push((Rule::PythonFetchedCode, Severity::Critical, Confidence::High, what));
    } else if marks.has(Marks::DECODED) {
        let then = match event.given.runs.as_slice() {
            [] => String::new(),
            calls => format!("; it calls `{}`", calls.join("`, `")),
        };
        let what = format!("code that is decoded first is run by `{path}`, {when}{then}");
        all.push((Rule::PythonHiddenCode, Severity::Critical, Confidence::High, what));
    } else if path.starts_with("ctypes") || path.starts_with("cffi") {
        const INJECTS: &[&str] = &[
            "VirtualAlloc",
            "VirtualProtect",
            "CreateThread",
            "RtlMoveMemory",
            "WriteProcessMemory",
            "mprotect",
        ];
        let injects = INJECTS.iter().any(|name| path.contains(name));
        let severity = if injects { Severity::High } else { Severity::Low };
        all.push((
            Rule::PythonNativeCode,
            severity,
            Confidence::Medium,
            format!("`{path}` is called {when}"),
        ));
    } else {
        let unknown = path == "builtins.exec" && !marks.has(Marks::READ) && event.given.text.is_none();
        let severity =
            if unknown && (loaded || event.context.is_import()) { Severity::Medium } else { Severity::Low };
        let confidence = if severity == Severity::Low { Confidence::High } else { Confidence::Medium };
        all.push((
            Rule::PythonCodeExecution,
            severity,
            confidence,
            format!("`{}` is called {when}", bare(path)),
        ));
    }
}

fn bare(path: &str) -> &str {
    path.strip_prefix("builtins.").unwrap_or(path)
}

fn process(event: &Event, installs: bool, loaded: bool, all: &mut Vec<Judged>) {
    let (path, when) = (&event.path, event.context.words());
    let marks = event.given.marks;
    let command = event.given.command.as_deref().unwrap_or_default();
    let unknown = command.is_empty() || command.starts_with(UNKNOWN_WORD);
    let at_once = event.context.is_import() || installs;
    if marks.has(Marks::DECODED) {
        let what = format!("a command that is decoded first is run by `{path}`, {when}");
        all.push((Rule::PythonHiddenCode, Severity::High, Confidence::High, what));
        return;
    }
    if marks.has(Marks::FETCHED) && (unknown || !is_everyday(command)) {
        let (severity, confidence) = match (at_once, unknown) {
            (true, _) => (Severity::Critical, Confidence::High),
            (false, true) => (Severity::High, Confidence::Medium),
            (false, false) => (Severity::Medium, Confidence::Medium),
        };
        let what = format!("what is fetched is run by `{path}`, {when}");
        all.push((Rule::PythonFetchedCode, severity, confidence, what));
        return;
    }
    let before = all.len();
    for issue in shell::issues(command) {
        let proven = at_once && issue.rule == Rule::ShellFetchedCode && issue.severity >= Severity::Medium;
        let (severity, confidence) =
            if proven { (Severity::High, Confidence::High) } else { (issue.severity, issue.confidence) };
        all.push((issue.rule, severity, confidence, format!("{}, by `{path}` {when}", issue.title)));
    }
    let told = all.iter().skip(before).any(|(_, severity, ..)| *severity > Severity::Low);
    let minor = matches!(path.as_str(), "os.kill" | "os.killpg" | "os.dup2" | "os.abort");
    let runs = match command.split_whitespace().next() {
        Some(program) if !unknown => format!("`{path}` runs `{program}`, {when}"),
        _ => format!("`{path}` is called {when}"),
    };
    let (rule, severity, confidence) = if is_everyday(command) || minor || told {
        (Rule::PythonProcess, Severity::Low, Confidence::High)
    } else if installs {
        (Rule::PythonSetupCommand, Severity::Medium, Confidence::High)
    } else {
        match (event.context.is_import(), loaded) {
            (true, true) => (Rule::PythonProcess, Severity::Critical, Confidence::High),
            (false, true) if event.context != Context::Main => {
                (Rule::PythonProcess, Severity::High, Confidence::Medium)
            }
            (true, false) => (Rule::PythonProcess, Severity::Medium, Confidence::High),
            _ => (Rule::PythonProcess, Severity::Low, Confidence::High),
        }
    };
    all.push((rule, severity, confidence, runs));
}

fn network(event: &Event, installs: bool, loaded: bool, all: &mut Vec<Judged>) {
    let (path, when) = (&event.path, event.context.words());
    if event.given.marks.has(Marks::SECRET) {
        let what = format!("the environment or a file of credentials is sent by `{path}`, {when}");
        all.push((Rule::PythonExfiltration, Severity::High, Confidence::High, what));
    } else if installs {
        let what = format!("`{path}` is called {when}");
        all.push((Rule::PythonSetupCommand, Severity::Medium, Confidence::Medium, what));
    } else if loaded && event.context.is_import() {
        let what = format!("`{path}` is called {when}, by whatever loads the model");
        all.push((Rule::PythonNetwork, Severity::High, Confidence::Medium, what));
    } else {
        all.push((
            Rule::PythonNetwork,
            Severity::Low,
            Confidence::High,
            format!("`{path}` is called {when}"),
        ));
    }
}

fn nested(event: &Event, all: &mut Vec<Judged>) {
    let path = &event.path;
    let name = path.rsplit('.').next().unwrap_or_default();
    let loads = name.contains("load") || name.contains("Unpickler") || name == "open";
    if !loads || event.given.told == Some(false) {
        return;
    }
    let marks = event.given.marks;
    let at_once = !matches!(event.context, Context::Inside(_));
    let (severity, what) = if marks.has(Marks::FETCHED) {
        let severity = if at_once { Severity::Medium } else { Severity::Low };
        (severity, "an object that is fetched is loaded by")
    } else if event.given.payload.is_some() {
        (Severity::Medium, "an object that is written into the code is loaded by")
    } else {
        (Severity::Low, "an object is loaded, with what it runs, by")
    };
    let what = format!("{what} `{path}`, {}", event.context.words());
    all.push((Rule::PythonDeserialise, severity, Confidence::High, what));
}

fn file(event: &Event, all: &mut Vec<Judged>) {
    let Some(file) = event.given.text.as_deref() else { return };
    let shown = file.replace(UNKNOWN_WORD, "…");
    let when = event.context.words();
    if event.given.writes && is_run_later(file) {
        let confidence =
            if matches!(event.context, Context::Inside(_)) { Confidence::Medium } else { Confidence::High };
        let what = format!("`{shown}` is written, which runs or logs somebody in later, {when}");
        all.push((Rule::PythonPersistence, Severity::High, confidence, what));
    } else if !event.given.writes && holds_secrets(file) {
        let what = format!("`{shown}` is read, {when}");
        all.push((Rule::PythonCredentials, Severity::Medium, Confidence::Medium, what));
    }
}
