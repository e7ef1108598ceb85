//! Committed text names no machine and no package registry's host, holds no unresolved merge, leaves nothing
//! unfinished and hides nothing from the reader. Meaning is for reviewers.

use anyhow::Result;

use crate::repository::Repository;

/// What must not stand anywhere, and what to do. Split, so that this file passes its own check.
const FORBIDDEN: &[(&str, &str)] = &[
    (concat!("/wo", "rk/"), "a path of one machine; name the file relative to the repository"),
    (concat!("/ro", "ot/"), "a path of one machine; name the file relative to the repository"),
    (concat!("/ho", "me/"), "a path of one machine; name the file relative to the repository"),
    (concat!("/Us", "ers/"), "a path of one machine; name the file relative to the repository"),
    (concat!("index.cra", "tes.io"), "a registry's host; name the package only"),
    (concat!("static.cra", "tes.io"), "a registry's host; name the package only"),
    (concat!("files.python", "hosted.org"), "a registry's host; name the package only"),
    (concat!("registry.npm", "js.org"), "a registry's host; name the package only"),
    (concat!("<<<<", "<<< "), "an unresolved merge; resolve it"),
    (concat!(">>>>", ">>> "), "an unresolved merge; resolve it"),
    (concat!("TO", "DO"), "something unfinished; finish it, or track it where issues are tracked"),
    (concat!("FIX", "ME"), "something unfinished; finish it, or track it where issues are tracked"),
];

/// Written by Cargo, which names the registry.
const EXEMPT: &[&str] = &["Cargo.lock", "fuzz/Cargo.lock"];

/// Inputs made to be hostile: hiding things is their purpose.
const HOSTILE: &[&str] = &["fuzz/corpus/", "crates/scan/fixtures/"];

/// What knows where packages come from by name, and files made to try it on.
const OF_REGISTRIES: &[&str] =
    &["crates/scan/fixtures/", "crates/scan/src/dependency/", "crates/scan/src/shell/", "fuzz/corpus/"];

pub(crate) fn check(repository: &Repository) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for file in repository.files().filter(|file| !EXEMPT.contains(file)) {
        for (number, line) in repository.text(file)?.iter().flat_map(|text| text.lines()).enumerate() {
            let named = FORBIDDEN.iter().filter(|(found, _)| line.contains(found));
            for (found, why) in
                named.filter(|(_, why)| !(is_in(file, OF_REGISTRIES) && why.contains("registry")))
            {
                problems.push(format!("{file}:{}: `{found}` is {why}", number + 1));
            }
            if let Some(hidden) = line.chars().find(|c| is_hidden(*c) && !is_in(file, HOSTILE)) {
                let code = hidden.escape_unicode();
                problems.push(format!("{file}:{}: {code} cannot be seen; write it as an escape", number + 1));
            }
        }
    }
    Ok(problems)
}

fn is_in(file: &str, folders: &[&str]) -> bool {
    folders.iter().any(|folder| file.starts_with(folder))
}

/// Characters that change how text reads without being seen: direction overrides, zero widths, tags.
const fn is_hidden(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn direction_overrides_are_hidden_and_umlauts_are_not() {
        assert!(is_hidden('\u{202e}'));
        assert!(!is_hidden('ü'));
    }
}
