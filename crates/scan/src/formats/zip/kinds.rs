//! Which kind of model a zip archive is, by what it holds, and how each member is read. A kind never keeps a member from
//! being looked at: it only says which ones are nothing but numbers.

use std::io;

use casemate_core::{Confidence, Severity};

use super::member::{Member, Opened};
use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::formats::names::link_leads_out;
use crate::formats::{looks_harmful, mar, skops, torch, torchscript};
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;

/// The file type of a symbolic link in a Unix mode.
const LINK: u32 = 0o120_000;
const TYPE: u32 = 0o170_000;
const LONGEST_TARGET: u64 = 4096;

/// Reads the members as what they are.
pub(super) fn read(input: &Input, members: &[Member], scan: &mut Scan) -> io::Result<()> {
    let names: Vec<String> = members.iter().map(|member| member.entry.name()).collect();
    let kind = kind(&names);
    scan.format(kind.format);
    for (member, name) in members.iter().zip(&names) {
        if member.entry.mode & TYPE == LINK {
            link(input, member, name, scan)?;
        } else if name.ends_with('/') && member.entry.packed == 0 {
            scan.fact(About::Member, name, "folder");
        } else {
            content(input, member, name, &kind, scan)?;
        }
    }
    if let Some(prefix) = &kind.prefix {
        torch::in_zip(members, prefix, scan);
    }
    let described = match kind.format {
        Format::Mar => "MAR-INF/MANIFEST.json",
        Format::Skops => "schema.json",
        _ => return Ok(()),
    };
    let Some(member) = members.iter().find(|member| member.entry.name() == described) else { return Ok(()) };
    if let Opened::Data(bytes, _) = member.open(input, scan)? {
        match kind.format {
            Format::Mar => mar::manifest(&bytes, &names, scan)?,
            _ => skops::schema(&bytes, scan)?,
        }
    }
    Ok(())
}

/// Reads members that only a further directory lists. They are never taken for numbers.
pub(super) fn further(input: &Input, members: &[Member], scan: &mut Scan) -> io::Result<()> {
    let plain = Kind { format: Format::Zip, prefix: None };
    for member in members {
        content(input, member, &member.entry.name(), &plain, scan)?;
    }
    Ok(())
}

fn content(input: &Input, member: &Member, name: &str, kind: &Kind, scan: &mut Scan) -> io::Result<()> {
    let span = member.span(input);
    let storage = kind.is_storage(name);
    if storage && member.is_stored() && !member.claims_encryption() {
        let packed = member.packed(input);
        if !looks_harmful(name, &packed, scan)? {
            scan.numbers(span);
            scan.fact(About::Member, name, "numbers");
            return Ok(());
        }
    }
    match member.open(input, scan)? {
        Opened::Closed(why) => scan.gap(format!("{name}: {why}")),
        Opened::Data(bytes, sum) => {
            if sum == Some(false) {
                let title = format!("`{name}` does not have the checksum that is written down");
                let at = member.entry.header;
                let finding =
                    Finding::new(Rule::ZipBadChecksum, Severity::Medium, Confidence::High, title, at);
                scan.find(finding);
            }
            if member.claims_encryption() {
                let title = format!("`{name}` says it is encrypted or patched and is not");
                let at = member.entry.header;
                scan.find(Finding::new(Rule::ZipForgedFlags, Severity::High, Confidence::High, title, at));
            }
            if storage && !looks_harmful(name, &bytes, scan)? {
                scan.numbers(span);
            } else {
                let format = scan.member(name, &bytes, span);
                if kind.format == Format::TorchScript && name.ends_with(".py") {
                    torchscript::read(name, &bytes, scan)?;
                }
                if format == Format::Pickle && kind.is_extra(name) {
                    let title = format!("`{name}` is a pickle that PyTorch does not load");
                    let (rule, at) = (Rule::TorchExtraPickle, member.entry.header);
                    scan.find(Finding::new(rule, Severity::Medium, Confidence::High, title, at));
                }
            }
        }
    }
    Ok(())
}

fn link(input: &Input, member: &Member, name: &str, scan: &mut Scan) -> io::Result<()> {
    let span = member.span(input);
    let Opened::Data(bytes, _) = member.open(input, scan)? else {
        scan.gap(format!("{name}: where the link leads cannot be read"));
        return Ok(());
    };
    let target = String::from_utf8_lossy(&bytes.bytes(0, bytes.len().min(LONGEST_TARGET))?).into_owned();
    scan.understood(span);
    let (severity, confidence) = if link_leads_out(name, &target) {
        (Severity::High, Confidence::High)
    } else {
        (Severity::Low, Confidence::High)
    };
    let title = format!("`{name}` is a link to `{target}`");
    scan.find(Finding::new(Rule::ArchiveLink, severity, confidence, title, member.entry.header));
    Ok(())
}

/// The format by the names of the members.
pub(super) fn format(names: &[String]) -> Format {
    kind(names).format
}

/// What an archive is.
#[derive(Debug)]
struct Kind {
    format: Format,
    /// What every member of a torch archive begins with, with its slash.
    prefix: Option<String>,
}

impl Kind {
    /// Whether a member is the data of a tensor.
    fn is_storage(&self, name: &str) -> bool {
        let Some(rest) = self.prefix.as_ref().and_then(|prefix| name.strip_prefix(prefix.as_str())) else {
            return false;
        };
        ["data/", "constants/"].iter().any(|folder| {
            rest.strip_prefix(folder)
                .is_some_and(|key| !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit()))
        })
    }
}

impl Kind {
    /// Whether a member of a torch archive is none of those that PyTorch writes as pickles.
    fn is_extra(&self, name: &str) -> bool {
        const OWN: &[&str] = &["data.pkl", "constants.pkl", "attributes.pkl", "traced_inputs.pkl"];
        let Some(prefix) = &self.prefix else { return false };
        let own = name.strip_prefix(prefix.as_str()).is_some_and(|rest| OWN.contains(&rest));
        !own && !name.ends_with(".debug_pkl")
    }
}

/// The kind by the names of the members.
fn kind(names: &[String]) -> Kind {
    let has = |wanted: &str| names.iter().any(|name| name == wanted);
    let below = |end: &str| {
        names.iter().find_map(|name| name.strip_suffix(end).filter(|prefix| prefix.ends_with('/')))
    };
    let plain = |format| Kind { format, prefix: None };
    if let Some(prefix) = below("data.pkl") {
        let code = names.iter().any(|name| name.starts_with(&format!("{prefix}code/")));
        let format = if code || has(&format!("{prefix}constants.pkl")) {
            Format::TorchScript
        } else {
            Format::TorchZip
        };
        return Kind { format, prefix: Some(prefix.to_owned()) };
    }
    if has("MAR-INF/MANIFEST.json") {
        plain(Format::Mar)
    } else if has("schema.json") && names.iter().any(|name| name.ends_with(".npy") || name == "schema.json") {
        plain(Format::Skops)
    } else if has("config.json") && (has("model.weights.h5") || has("metadata.json")) {
        plain(Format::Keras)
    } else if !names.is_empty() && names.iter().all(|name| name.ends_with(".npy")) {
        plain(Format::Npz)
    } else {
        plain(Format::Zip)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[&str]) -> Kind {
        kind(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn kinds_are_told_by_what_is_inside() {
        for (names, format) in [
            (&["m/data.pkl", "m/data/0", "m/version"][..], Format::TorchZip),
            (&["m/data.pkl", "m/constants.pkl", "m/code/a.py"], Format::TorchScript),
            (&["a.npy", "b.npy"], Format::Npz),
            (&["config.json", "metadata.json", "model.weights.h5"], Format::Keras),
            (&["schema.json", "1.npy"], Format::Skops),
            (&["MAR-INF/MANIFEST.json", "handler.py"], Format::Mar),
            (&["a.txt"], Format::Zip),
        ] {
            assert_eq!(of(names).format, format, "{names:?}");
        }
    }

    #[test]
    fn only_numbered_members_of_a_torch_archive_are_storages() {
        let torch = of(&["m/data.pkl"]);
        assert!(torch.is_storage("m/data/0"));
        for name in ["data/0", "m/data/x", "m/data/0.pkl", "m/code/0", "m/data/"] {
            assert!(!torch.is_storage(name), "{name}");
        }
        assert!(!of(&["a.npy"]).is_storage("m/data/0"));
    }
}
