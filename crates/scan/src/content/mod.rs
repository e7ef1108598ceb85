//! One pass over everything that is not numbers and not a part of its own: credentials and programs, wherever they stand.
//! It holds one window at a time, and what it finds it never repeats.

mod anchors;
mod pass;
mod programs;
mod secrets;
#[cfg(test)]
mod tests;

use std::io;
use std::ops::Range;

use casemate_core::{Confidence, Severity};

use self::pass::{Hit, pass};
use crate::finding::Finding;
use crate::format::Format;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;

/// How many of what is found in one part is told.
const MOST_TOLD: usize = 100;

/// Looks at some stretches of a part.
pub(crate) fn look(
    input: &Input,
    stretches: &[Range<u64>],
    format: Format,
    scan: &mut Scan,
) -> io::Result<()> {
    let pass = pass(input, stretches)?;
    if pass.is_spent() {
        scan.gap("it holds more that could be a credential than is looked at");
    }
    for hit in pass.hits().into_iter().take(MOST_TOLD) {
        match hit {
            Hit::Secret { at, kind } => {
                let title = format!("A credential stands in the file: {}", kind.name);
                let severity =
                    if kind.confidence == Confidence::Low { Severity::Low } else { Severity::Medium };
                scan.find(Finding::new(Rule::SecretInFile, severity, kind.confidence, title, at));
            }
            // A file that is a program is told by its format.
            Hit::Program { at: 0, .. } if matches!(format, Format::Executable | Format::Llamafile) => {}
            Hit::Program { at, name } => {
                let title = if at == 0 {
                    format!("The file is {name}")
                } else {
                    format!("{name} stands inside the file")
                };
                let rule = Rule::EmbeddedExecutable;
                scan.find(Finding::new(rule, Severity::Medium, Confidence::High, title, at));
            }
        }
    }
    Ok(())
}
