//! What Hydra and NeMo build from a configuration: the classes and functions that `_target_` names, in YAML of any style.
//! It looks for the key only, and does not parse the document.

use std::io;

use casemate_core::{Confidence, Severity};

use crate::capability::Capability;
use crate::finding::Finding;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;

/// Longer files are no configurations.
const LONGEST: u64 = 4 * 1024 * 1024;
const KEYS: [&str; 2] = ["_target_", "target"];

/// Tells what the targets in a text would do.
pub(crate) fn look(input: &Input, scan: &mut Scan) -> io::Result<()> {
    if input.len() > LONGEST {
        return Ok(());
    }
    let bytes = input.bytes(0, input.len())?;
    let Ok(text) = std::str::from_utf8(&bytes) else { return Ok(()) };
    if !text.contains("_target_") && !text.contains("target:") {
        return Ok(());
    }
    let mut at = 0_u64;
    for line in text.split_inclusive('\n') {
        for target in targets(line) {
            tell(target, at, scan);
        }
        at += line.len() as u64;
    }
    Ok(())
}

/// The values under the keys in a line; a line of a flow mapping can have several.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    let line = if line.trim_start().starts_with('#') { "" } else { line };
    line.split(['{', ',']).filter_map(|part| {
        let part = part.trim().trim_start_matches("- ").trim();
        let (key, value) = part.split_once(':')?;
        let key = key.trim().trim_matches(['"', '\'']);
        let value = value.split(" #").next()?.trim().trim_end_matches('}').trim().trim_matches(['"', '\'']);
        (KEYS.contains(&key) && value.contains('.') && !value.contains(' ')).then_some(value)
    })
}

fn tell(target: &str, at: u64, scan: &mut Scan) {
    let (module, name) = target.rsplit_once('.').unwrap_or(("builtins", target));
    let capability = Capability::of(module, name);
    if capability.is_dangerous() {
        scan.does(capability);
        let title = format!("The configuration builds `{target}`");
        scan.find(Finding::new(Rule::HydraTarget, Severity::High, Confidence::High, title, at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_found_in_every_style() {
        for (line, found) in [
            ("  _target_: os.system\n", "os.system"),
            ("\"_target_\": 'subprocess.Popen'  # why not", "subprocess.Popen"),
            ("- {x: 1, _target_: builtins.exec}", "builtins.exec"),
            ("target: nemo.collections.asr.models.Model", "nemo.collections.asr.models.Model"),
        ] {
            assert_eq!(targets(line).collect::<Vec<_>>(), [found], "{line}");
        }
        for line in ["# _target_: os.system", "target: a sentence. Or two", "targets: a.b", "_target_:"] {
            assert_eq!(targets(line).count(), 0, "{line}");
        }
    }
}
