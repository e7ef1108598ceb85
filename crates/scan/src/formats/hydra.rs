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

/// Tells what the targets of a text that is no document of a known kind would do.
pub(crate) fn look(input: &Input, scan: &mut Scan) -> io::Result<()> {
    look_for("_target_", None, input, scan)
}

/// Tells what NeMo builds: its configurations name the class of the model as `target`.
pub(crate) fn look_at_nemo(name: &str, input: &Input, scan: &mut Scan) -> io::Result<()> {
    look_for("target", Some(name), input, scan)
}

fn look_for(key: &str, name: Option<&str>, input: &Input, scan: &mut Scan) -> io::Result<()> {
    if input.len() > LONGEST {
        return Ok(());
    }
    let bytes = input.bytes(0, input.len())?;
    let Ok(text) = std::str::from_utf8(&bytes) else { return Ok(()) };
    if !text.contains(key) {
        return Ok(());
    }
    let mut at = 0_u64;
    for line in text.split_inclusive('\n') {
        for target in targets(line, key) {
            tell(target, name, at, scan);
        }
        at += line.len() as u64;
    }
    Ok(())
}

/// The values under the keys in a line; a line of a flow mapping can have several.
fn targets<'t>(line: &'t str, wanted: &'t str) -> impl Iterator<Item = &'t str> {
    let line = if line.trim_start().starts_with('#') { "" } else { line };
    line.split(['{', ',']).filter_map(move |part| {
        let part = part.trim().trim_start_matches("- ").trim();
        let (key, value) = part.split_once(':')?;
        let key = key.trim().trim_matches(['"', '\'']);
        let value = value.split(" #").next()?.trim().trim_end_matches('}').trim().trim_matches(['"', '\'']);
        (key == wanted && value.contains('.') && !value.contains(' ')).then_some(value)
    })
}

fn tell(target: &str, within: Option<&str>, at: u64, scan: &mut Scan) {
    let (module, name) = target.rsplit_once('.').unwrap_or(("builtins", target));
    let capability = Capability::of(module, name);
    if capability.is_dangerous() {
        scan.does(capability);
        let title = format!("The configuration builds `{target}`");
        let mut finding = Finding::new(Rule::HydraTarget, Severity::High, Confidence::High, title, at);
        finding.location.member.extend(within.map(str::to_owned));
        scan.find(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_found_in_every_style() {
        for (line, key, found) in [
            ("  _target_: os.system\n", "_target_", "os.system"),
            ("\"_target_\": 'subprocess.Popen'  # why not", "_target_", "subprocess.Popen"),
            ("- {x: 1, _target_: builtins.exec}", "_target_", "builtins.exec"),
            ("target: nemo.collections.asr.models.Model", "target", "nemo.collections.asr.models.Model"),
        ] {
            assert_eq!(targets(line, key).collect::<Vec<_>>(), [found], "{line}");
        }
        for line in ["# target: os.system", "target: a sentence. Or two", "targets: a.b", "target:"] {
            assert_eq!(targets(line, "target").count(), 0, "{line}");
        }
    }
}
