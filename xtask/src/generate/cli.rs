//! The help of every command, as the binary prints it. Runs the binary with `--help` and nothing else.

use anyhow::{Result, ensure};

use super::markdown::head;
use crate::repository::Repository;

pub(super) fn document(repository: &Repository) -> Result<String> {
    let mut text = head("Command line", "the command line itself");
    text += "What `--help` prints, for every command.\n";
    let mut waiting = vec![Vec::new()];
    while let Some(words) = waiting.pop() {
        let help = help(repository, &words)?;
        let name = format!("casemate {}", words.join(" "));
        text += &format!("\n## {}\n\n```text\n{help}\n```\n", name.trim_end());
        let subcommands = subcommands(&help);
        ensure!(!words.is_empty() || !subcommands.is_empty(), "found no commands in the help of casemate");
        for subcommand in subcommands.into_iter().rev() {
            let mut words = words.clone();
            words.push(subcommand);
            waiting.push(words);
        }
    }
    Ok(text)
}

fn help(repository: &Repository, words: &[String]) -> Result<String> {
    let mut arguments = vec!["run", "--quiet", "--locked", "--package", "casemate", "--"];
    arguments.extend(words.iter().map(String::as_str));
    arguments.push("--help");
    let help = repository.cargo(&arguments)?;
    Ok(help.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim().to_owned())
}

/// The names under `Commands:`, but `help`.
fn subcommands(help: &str) -> Vec<String> {
    let lines =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = lines.filter_map(|line| line.strip_prefix("  ")).filter(|line| !line.starts_with(' '));
    names
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subcommands_are_read_from_the_help() {
        let help = "Usage: a\n\nCommands:\n  one   First\n        and more\n  two   Second\n  help  Print help\n\nOptions:\n  -h\n";
        assert_eq!(subcommands(help), ["one", "two"]);
    }
}
