//! PyTorch files: the storages that the pickle asks for against those that are there. It reads no numbers.

use std::collections::BTreeMap;
use std::io;

use casemate_core::{Confidence, Severity};

use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::formats::pickle::{Outcome, Storage, TORCH};
use crate::formats::zip::Member;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;

/// What stands before the items of a storage: how many there are.
const LENGTH_FIELD: u64 = 8;
/// Magic number, version, system, object, keys.
const LEGACY_STREAMS: usize = 5;

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

/// How the storages behind the pickles of a file of PyTorch before 1.6 fit what the pickles say.
pub(crate) struct Behind {
    /// Where the last storage that fits ends.
    end: u64,
    /// The number of items that a storage says it has, and that the pickle says it has, if they differ.
    differs: Option<(u64, u64)>,
    /// How many storages fit.
    fitting: usize,
}

impl Behind {
    /// Whether all of them fit and nothing follows.
    pub(crate) fn is_whole(&self, input: &Input) -> bool {
        self.fitting > 0 && self.differs.is_none() && self.end == input.len()
    }
}

/// Walks the storages behind the pickles. They follow in the order of their keys as text: for each its number of items,
/// and then the items.
pub(crate) fn storages_behind(
    input: &Input,
    from: u64,
    storages: &BTreeMap<Box<str>, Storage>,
) -> io::Result<Behind> {
    let mut behind = Behind { end: from, differs: None, fitting: 0 };
    for storage in storages.values() {
        let Some(len) = storage.item.and_then(|item| item.checked_mul(storage.items)) else { break };
        if input.len().saturating_sub(behind.end) < LENGTH_FIELD {
            break;
        }
        let items = u64::from_le_bytes(input.array(behind.end)?);
        if items != storage.items {
            behind.differs = Some((items, storage.items));
            break;
        }
        let end = behind.end.checked_add(LENGTH_FIELD).and_then(|start| start.checked_add(len));
        let Some(end) = end.filter(|end| *end <= input.len()) else { break };
        behind.end = end;
        behind.fitting += 1;
    }
    Ok(behind)
}

/// Reads the storages behind the pickles of a file. False if there are none: what follows the pickles is something else.
pub(crate) fn behind_pickles(
    input: &Input,
    from: u64,
    storages: &BTreeMap<Box<str>, Storage>,
    scan: &mut Scan,
) -> io::Result<bool> {
    let behind = storages_behind(input, from, storages)?;
    if behind.fitting == 0 && (behind.differs.is_none() || !is_legacy(input)?) {
        return Ok(false);
    }
    scan.format(Format::TorchLegacy);
    scan.numbers(from..behind.end);
    if let Some((items, claimed)) = behind.differs {
        let title = format!("A storage has {items} items, and the pickle takes {claimed} from it");
        tell(scan, Rule::TorchStorageSize, Severity::High, title, behind.end);
    } else if behind.fitting < storages.len() {
        let missing = storages.len() - behind.fitting;
        let title = format!("The tensor data breaks off; {missing} storages are not there");
        tell(scan, Rule::TorchMissingStorage, Severity::Medium, title, behind.end);
    }
    if behind.end < input.len() {
        let rest = input.rest(behind.end);
        let title = format!("{} bytes follow the tensor data that fits", rest.len());
        let (rule, at) = (Rule::PickleTrailingData, behind.end);
        scan.find(Finding::new(rule, Severity::Medium, Confidence::High, title, at));
        scan.member("bytes behind the tensor data", &rest, at..input.len());
    }
    Ok(true)
}

fn is_legacy(input: &Input) -> io::Result<bool> {
    Ok(input.head(TORCH.len())? == TORCH)
}

/// A file of PyTorch before 1.6 begins with a number, a version and what machine wrote it. A number that has to be
/// computed makes every loader run code before it knows what the file is.
pub(crate) fn tell_magic(input: &Input, outcome: &Outcome, scan: &mut Scan) -> io::Result<()> {
    let Some(second) = outcome.streams.get(1) else { return Ok(()) };
    let called = outcome.trace.globals.iter().filter_map(|global| global.called.or(global.handed)).min();
    if let Some(at) = called.filter(|at| *at < second.start)
        && outcome.streams.len() >= LEGACY_STREAMS
        && !is_legacy(input)?
    {
        let title = "The magic number of a PyTorch file is computed by a call";
        scan.find(Finding::new(Rule::TorchLegacyMagic, Severity::High, Confidence::Medium, title, at));
    }
    Ok(())
}

fn tell(scan: &mut Scan, rule: Rule, severity: Severity, title: String, at: u64) {
    scan.find(Finding::new(rule, severity, Confidence::High, title, at));
}
