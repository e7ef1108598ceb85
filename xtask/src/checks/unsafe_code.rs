//! There is no unsafe code, not even in the fuzz targets, which are outside the workspace and its lints.

use anyhow::Result;

use crate::repository::Repository;

pub(crate) fn check(repository: &Repository) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for file in repository.sources() {
        for (number, line) in repository.read(file)?.lines().enumerate() {
            if is_unsafe(line) {
                problems.push(format!("{file}:{}: find a safe way, or a crate that has one", number + 1));
            }
        }
    }
    Ok(problems)
}

/// Whether the code of a line opens something unsafe. Words in comments and strings are followed by other words.
fn is_unsafe(line: &str) -> bool {
    let code = line.split_once("//").map_or(line, |(code, _)| code);
    let after = code
        .split_once("unsafe")
        .filter(|(before, _)| !before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '"'));
    after.is_some_and(|(_, rest)| {
        let opens = ["{", "fn ", "impl ", "impl<", "trait ", "extern "];
        rest.starts_with([' ', '{', '(']) && opens.iter().any(|open| rest.trim_start().starts_with(open))
            || rest.starts_with('(')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The word, so that this file passes its own check.
    const WORD: &str = concat!("un", "safe");

    #[test]
    fn blocks_functions_and_impls_are_found() {
        for code in [
            "X { y() }",
            "    X{y()}",
            "pub X fn a() {}",
            "X impl Send for A {}",
            "#[X(no_mangle)]",
            "X extern \"C\" {}",
        ] {
            assert!(is_unsafe(&code.replace('X', WORD)), "{code}");
        }
        for text in ["// X { y() }", "let a = \"X artefact\";", "deny(X_code)", "is_X(a)", "`X` is absent"] {
            assert!(!is_unsafe(&text.replace('X', WORD)), "{text}");
        }
    }
}
