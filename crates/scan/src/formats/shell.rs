//! Shell scripts, by their first line or their name. Nothing is run.

use std::io;

use crate::format::Format;
use crate::formats::{Reader, Reading};
use crate::input::Input;
use crate::scan::Scan;
use crate::shell;
use crate::sniff::{Fit, Sniff};

/// Scripts by the shell that their first line names, or by their name.
pub(crate) const READER: Reader = Reader { format: Format::Shell, fit, read };

fn fit(sniff: &Sniff<'_>) -> Fit {
    let line = sniff.head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let program = || {
        line.split(|byte| matches!(byte, b'/' | b' ' | b'\r'))
            .any(|word| matches!(word, b"sh" | b"bash" | b"zsh" | b"dash" | b"ksh" | b"ash"))
    };
    let named = [".sh", ".bash", ".zsh"].iter().any(|end| sniff.name.ends_with(end));
    let is_script = || line.starts_with(b"#!") && program();
    Fit::maybe_if((named || is_script()) && sniff.is_text())
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    if input.len() > shell::LONGEST as u64 {
        scan.gap("the script is longer than is read");
        return Ok(Reading::Done);
    }
    let Ok(text) = String::from_utf8(input.bytes(0, input.len())?) else { return Ok(Reading::NotThis) };
    shell::tell(&text, "", |at| at as u64, scan);
    scan.understood(0..input.len());
    Ok(Reading::Done)
}
