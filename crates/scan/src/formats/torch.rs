//! PyTorch files: the storages that the pickle asks for against those that are there. It reads no numbers.

use std::collections::BTreeMap;
use std::io;

use casemate_core::{Confidence, Severity};

use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::formats::pickle::Storage;
use crate::formats::zip::Member;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;

/// The longest name of a storage.
const LENGTH_FIELD: u64 = 8;

/// Tells of storages in a zip that are missing or shorter than the pickle claims.
pub(crate) fn in_zip(members: &[Member], prefix: &str, scan: &mut Scan) {
    let stored: BTreeMap<String, &Member> = members
        .iter()
        .filter_map(|member| {
            let name = member.entry.name();
            let key = name.strip_prefix(prefix)?.strip_prefix("data/")?.to_owned();
            Some((key, member))
        })
        .collect();
    for (key, claimed) in claims(scan) {
        match (stored.get(&key), claimed) {
            (None, _) => {
                let title = format!("The tensor data `data/{key}` is not in the archive");
                tell(scan, Rule::TorchMissingStorage, Severity::Medium, title, 0);
            }
            (Some(member), Some(claimed)) if claimed > member.entry.size => {
                let title = format!(
                    "The pickle takes {claimed} bytes from `data/{key}`, which has {}",
                    member.entry.size
                );
                tell(scan, Rule::TorchStorageSize, Severity::High, title, member.entry.header);
            }
            _ => {}
        }
    }
}

/// What the pickles that were read ask of storages: key and length in bytes, where that is known.
fn claims(scan: &Scan) -> Vec<(String, Option<u64>)> {
    scan.facts(About::Storage).map(|fact| (fact.name.clone(), fact.detail.parse().ok())).collect()
}

/// The storages behind the pickles of a file of PyTorch before 1.6: for each, its number of items and then the items.
/// True if they end where the file does.
pub(crate) fn behind_pickles(
    input: &Input,
    from: u64,
    storages: &BTreeMap<Box<str>, Storage>,
    scan: &mut Scan,
) -> io::Result<bool> {
    let lengths: Vec<(u64, u64)> = storages
        .values()
        .filter_map(|storage| Some((storage.items, storage.items.checked_mul(storage.item?)?)))
        .collect();
    let wanted = lengths.iter().try_fold(0_u64, |sum, (_, len)| sum.checked_add(len + LENGTH_FIELD));
    if lengths.is_empty() || wanted != Some(input.len().saturating_sub(from)) {
        return Ok(false);
    }
    // They follow in the order of their keys as text or in that of the list before; the lengths alone must fit.
    scan.numbers(from..input.len());
    scan.format(Format::TorchLegacy);
    Ok(true)
}

fn tell(scan: &mut Scan, rule: Rule, severity: Severity, title: String, at: u64) {
    scan.find(Finding::new(rule, severity, Confidence::High, title, at));
}
