//! One report format, one input format, one command: one file of that name, and for a command one chapter.

use anyhow::Result;
use casemate_core::InputFormat;
use casemate_report::Format;

use crate::repository::Repository;

/// Commands that need no chapter: the reference says all there is.
const NO_CHAPTER: &[&str] = &["completions"];

pub(crate) fn check(repository: &Repository) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for format in Format::ALL {
        one_file(repository, "report format", format.as_str(), "crates/report/src", &mut problems);
    }
    let own = [InputFormat::Checklist, InputFormat::System];
    for format in InputFormat::ALL.iter().filter(|format| !own.contains(format)) {
        one_file(repository, "input format", format.as_str(), "crates/system/src/import", &mut problems);
    }
    let commands = "crates/cli/src/commands/";
    for file in repository.files_in(commands, ".rs") {
        let name = file.trim_start_matches(commands).trim_end_matches(".rs");
        // A command with several parts has a folder; its parts are no commands.
        let name = match name.split_once('/') {
            None if name == "mod" => continue,
            None => name,
            Some((command, "mod")) => command,
            Some(_) => continue,
        }
        .replace('_', "-");
        let chapter = format!("docs/src/{name}.md");
        if !NO_CHAPTER.contains(&name.as_str()) && !repository.has(&chapter) {
            problems.push(format!("{file}: the command `{name}` has no chapter; write {chapter}"));
        }
    }
    Ok(problems)
}

fn one_file(repository: &Repository, what: &str, word: &str, folder: &str, problems: &mut Vec<String>) {
    let file = format!("{folder}/{}.rs", word.replace('-', "_"));
    let module = file.trim_end_matches(".rs").to_owned() + "/mod.rs";
    if !repository.has(&file) && !repository.has(&module) {
        problems.push(format!("{file}: the {what} `{word}` has no file of that name; put it there"));
    }
}
