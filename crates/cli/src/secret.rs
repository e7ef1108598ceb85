//! Passphrases: from a file, the environment, or whoever sits at the terminal. Never from an argument, which others can
//! see, and never shown.

use std::io::IsTerminal as _;
use std::path::Path;
use std::{env, fs, io};

use anyhow::Context as _;
use zeroize::Zeroizing;

use crate::exit::Failure;

/// The environment variable that may hold one.
const VARIABLE: &str = "CASEMATE_PASSPHRASE";

/// A passphrase for `what`; a line end at its end is none of it.
pub(crate) fn passphrase(file: Option<&Path>, what: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    if let Some(path) = file {
        let text =
            fs::read(path).with_context(|| format!("cannot read the passphrase in {}", path.display()))?;
        return Ok(line(Zeroizing::new(text)));
    }
    if let Some(text) = env::var_os(VARIABLE) {
        return Ok(line(Zeroizing::new(text.into_encoded_bytes())));
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::Usage(format!(
            "{what} needs a passphrase; give --passphrase-file, or set {VARIABLE}"
        )));
    }
    let text = rpassword::prompt_password(format!("Passphrase of {what}: ")).context("cannot ask for it")?;
    Ok(Zeroizing::new(text.into_bytes()))
}

fn line(mut text: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    while text.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
        text.pop();
    }
    text
}
