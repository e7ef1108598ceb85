//! The exit codes, from the enum that defines them. Fails rather than guesses when it cannot read the enum.

use anyhow::{Result, ensure};

use super::markdown::{head, prose};
use crate::repository::Repository;

const SOURCE: &str = "crates/cli/src/exit.rs";

pub(super) fn document(repository: &Repository) -> Result<String> {
    let codes = codes(&repository.read(SOURCE)?);
    ensure!(
        !codes.is_empty(),
        "{SOURCE}: found no `enum Exit` with documented variants; adapt xtask/src/generate/exit_codes.rs"
    );
    let mut text = head("Exit codes", SOURCE);
    text += "The same in every command. `--fail-on SEVERITY` sets the threshold; it is `high` unless given.\n\n\
             | Code | Meaning |\n| ---: | --- |\n";
    for (code, meaning) in codes {
        text += &format!("| {code} | {} |\n", prose(meaning.trim_end_matches('.')));
    }
    Ok(text)
}

/// Numbers and doc comments of the variants of `enum Exit`.
fn codes(source: &str) -> Vec<(u8, String)> {
    let lines = source.lines().map(str::trim).skip_while(|line| !line.contains("enum Exit ")).skip(1);
    let mut codes = Vec::new();
    let mut meaning = String::new();
    for line in lines.take_while(|line| *line != "}") {
        if let Some(words) = line.strip_prefix("/// ") {
            meaning = if meaning.is_empty() { words.to_owned() } else { format!("{meaning} {words}") };
        } else if let Some((_, number)) = line.trim_end_matches(',').split_once(" = ")
            && let Ok(code) = number.parse()
        {
            codes.push((code, std::mem::take(&mut meaning)));
        }
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_from_the_enum() {
        let source = "/// How.\nenum Exit {\n    /// All is\n    /// well.\n    Success = 0,\n    /// Not.\n    Failed = 1,\n}\n";
        assert_eq!(codes(source), [(0, "All is well.".to_owned()), (1, "Not.".to_owned())]);
    }
}
