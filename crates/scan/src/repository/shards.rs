//! Models in shards: which an index or their names promise, and which are there.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use casemate_core::{Confidence, Severity};

use super::{Told, Tree};
use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::formats::names::leads_out;
use crate::rule::Rule;
use crate::verdict::{FileReport, Status};

/// How many names stand in a title.
const NAMED: usize = 3;

/// Compares what is promised with what is there.
pub(super) fn judge(tree: &Tree<'_>) -> Told {
    let mut told = Vec::new();
    // A file that is looked at alone says nothing about its neighbours.
    if tree.files.len() < 2 {
        return told;
    }
    let mut listed: BTreeSet<usize> = BTreeSet::new();
    let mut indexed: BTreeSet<(&str, String)> = BTreeSet::new();
    for (number, report, folder, name) in tree.all() {
        if !matches!(report.format, Format::ShardIndex | Format::Onnx | Format::OpenVino | Format::MlModel) {
            continue;
        }
        let mut missing = Vec::new();
        let mut needed: BTreeMap<usize, u64> = BTreeMap::new();
        let mut count = 0;
        for fact in &report.facts {
            let is_own = fact.about == About::NeedsFile && fact.member.is_empty();
            if !is_own || leads_out(&fact.name).is_some() || fact.name.contains("://") {
                continue;
            }
            count += 1;
            match tree.find(folder, &needed_by(name, &fact.name)) {
                Some(file) => {
                    listed.insert(file);
                    let upto = needed.entry(file).or_default();
                    *upto = end(&fact.detail).max(*upto);
                }
                // A folder is there if something in it is.
                None if tree.holds(folder, &fact.name) => {}
                None => missing.push(fact.name.as_str()),
            }
            if let Some(series) = Series::of(&fact.name) {
                indexed.insert((folder, series.key()));
            }
        }
        told.extend(absent(&missing, count).map(|finding| (number, finding)));
        told.extend(too_short(tree, report, &needed).map(|finding| (number, finding)));
    }
    told.extend(unlisted(tree, &listed, &indexed));
    told.extend(gaps(tree, &indexed));
    told
}

fn absent(missing: &[&str], count: usize) -> Option<Finding> {
    if missing.is_empty() {
        return None;
    }
    let named: Vec<String> = missing.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
    let more = if missing.len() > NAMED { ", …" } else { "" };
    let title = format!("{} of {count} files are not there: {}{more}", missing.len(), named.join(", "));
    Some(Finding::new(Rule::MissingFile, Severity::Low, Confidence::High, title, 0))
}

/// The path of a file that a model needs. Weights of OpenVINO go by the name of the model itself.
fn needed_by<'p>(model: &str, path: &'p str) -> Cow<'p, str> {
    match path {
        ".bin" => format!("{}.bin", model.rsplit_once('.').map_or(model, |(stem, _)| stem)).into(),
        path => path.into(),
    }
}

/// Where in a file what is needed of it ends: `bytes 16..48`.
fn end(detail: &str) -> u64 {
    let range = detail.strip_prefix("bytes ").and_then(|range| range.split_once(".."));
    range.and_then(|(_, end)| end.parse().ok()).unwrap_or(0)
}

/// Files of data that end before what a model takes from them.
fn too_short<'t>(
    tree: &'t Tree<'_>,
    model: &FileReport,
    needed: &'t BTreeMap<usize, u64>,
) -> impl Iterator<Item = Finding> + use<'t> {
    let rule =
        if model.format == Format::OpenVino { Rule::OpenvinoDataRange } else { Rule::OnnxExternalRange };
    needed.iter().filter_map(move |(file, end)| {
        let data = tree.files.get(*file)?;
        // A pointer stands for data that is elsewhere, and what cannot be read has no length.
        let is_there = data.format != Format::LfsPointer && data.status != Status::Error;
        let len = data.coverage.total;
        (is_there && *end > len).then(|| {
            let title = format!("Its data ends at byte {end} of `{}`, which has {len}", data.path);
            Finding::new(rule, Severity::Medium, Confidence::High, title, 0)
        })
    })
}

/// Shards beside an index that lists others of their series.
fn unlisted(tree: &Tree<'_>, listed: &BTreeSet<usize>, indexed: &BTreeSet<(&str, String)>) -> Told {
    let all = tree.all().filter_map(|(number, _, folder, name)| {
        let series = Series::of(name)?;
        let is_stray = !listed.contains(&number) && indexed.contains(&(folder, series.key()));
        let title = "The index lists other shards of this series, and not this one";
        let finding = Finding::new(Rule::UnlistedShard, Severity::Low, Confidence::High, title, 0);
        is_stray.then_some((number, finding))
    });
    all.collect()
}

/// Series without an index whose numbers have gaps.
fn gaps(tree: &Tree<'_>, indexed: &BTreeSet<(&str, String)>) -> Told {
    let mut series: BTreeMap<(&str, String), (usize, u32, BTreeSet<u32>)> = BTreeMap::new();
    for (number, _, folder, name) in tree.all() {
        if let Some(shard) = Series::of(name) {
            let entry = series.entry((folder, shard.key()));
            let (_, _, present) = entry.or_insert((number, shard.count, BTreeSet::new()));
            present.insert(shard.number);
        }
    }
    let mut told = Vec::new();
    for (key, (first, count, present)) in series {
        let there = u32::try_from(present.len()).unwrap_or(u32::MAX);
        // Some count from nought.
        if there < count && !indexed.contains(&key) {
            let title = format!("{} of {count} shards are not there", count - there);
            let finding = Finding::new(Rule::MissingFile, Severity::Low, Confidence::High, title, 0);
            told.push((first, finding));
        }
    }
    told
}

/// One shard by its name: `model-00002-of-00005.safetensors`.
struct Series<'n> {
    stem: &'n str,
    number: u32,
    count: u32,
    extension: &'n str,
}

impl<'n> Series<'n> {
    fn of(name: &'n str) -> Option<Self> {
        let name = name.rsplit('/').next()?;
        let (before, after) = name.rsplit_once("-of-")?;
        let (stem, number) = before.rsplit_once('-')?;
        let (count, extension) = after.split_once('.')?;
        let digits = |text: &str| text.len() >= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(number) || !digits(count) {
            return None;
        }
        Some(Self { stem, number: number.parse().ok()?, count: count.parse().ok()?, extension })
    }

    /// What all shards of a series have in common.
    fn key(&self) -> String {
        format!("{}-of-{}.{}", self.stem, self.count, self.extension)
    }
}
