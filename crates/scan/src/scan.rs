//! The scan of one file with everything inside it: readers tell it what they see, and it keeps count of budgets, places
//! and coverage. It draws the conclusion; readers only report.

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::ops::Range;

use casemate_core::{Confidence, Severity, printable};

use crate::capability::Capability;
use crate::content;
use crate::fact::{About, Fact};
use crate::finding::Finding;
use crate::format::Format;
use crate::formats;
use crate::input::Input;
use crate::limits::Limits;
use crate::rule::Rule;
use crate::spans::Spans;
use crate::spool::spool;
use crate::verdict::{Coverage, FileReport, Status, Verdict, in_order, summary};

/// How large anything may become, whatever its packed form.
const FREE_OF_RATIO: u64 = 16 * 1024 * 1024;
/// How much may be unpacked over all, whatever the length of the file.
const FREE_OF_NESTING: u64 = 64 * 1024 * 1024;
/// How large each part may become once a bomb was found.
const FREE_AFTER_BOMB: u64 = 1024 * 1024;

/// How many holes in what is understood are told one by one.
const TOLD_HOLES: usize = 8;
/// How many reasons, packages and facts are kept.
const MOST_GAPS: usize = 200;
const MOST_NEEDS: usize = 50;
const MOST_FACTS: usize = 200_000;
/// How much memory facts may take, over all parts, and what a text takes besides its bytes.
const MOST_FACT_BYTES: usize = 32 * 1024 * 1024;
const ALLOCATED: usize = 32;

/// What readers have told so far.
#[derive(Default)]
struct Told {
    findings: Vec<Finding>,
    capabilities: BTreeSet<Capability>,
    needs: BTreeSet<String>,
    gaps: Vec<String>,
    facts: Vec<Fact>,
    format: Option<Format>,
    understood: Spans,
    /// Numbers, and what is looked at as a part of its own: neither is looked at as text or code.
    apart: Spans,
}

/// A scan under way.
pub(crate) struct Scan {
    /// What it may cost.
    pub(crate) limits: Limits,
    unpacked: u64,
    /// How long the whole file is.
    whole: u64,
    /// How much may still be unpacked after a bomb, so that what follows it does not go unseen.
    after_bomb: Option<u64>,
    members: u64,
    fact_bytes: usize,
    member: Vec<String>,
    told: Told,
}

impl Scan {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            unpacked: 0,
            whole: u64::MAX,
            after_bomb: None,
            members: 0,
            fact_bytes: 0,
            member: Vec::new(),
            told: Told::default(),
        }
    }

    /// Takes a finding; its place is within the part that is being read.
    pub(crate) fn find(&mut self, mut finding: Finding) {
        finding.location.member.splice(0..0, self.member.iter().cloned());
        if self.told.findings.len() < self.limits.findings {
            self.told.findings.push(finding);
        } else {
            self.gap("there are more findings than are kept");
        }
    }

    /// Whether anything was found in the part that is being read.
    pub(crate) fn has_findings(&self) -> bool {
        !self.told.findings.is_empty()
    }

    /// Names a published vulnerability on whatever shows that the part that is being read is meant to harm.
    pub(crate) fn name_proof(&mut self, cve: &'static str) {
        let own = |finding: &&mut Finding| finding.is_proof() && finding.location.member == self.member;
        self.told.findings.iter_mut().filter(own).for_each(|finding| finding.name(cve));
    }

    /// What was found in a part of what is being read.
    pub(crate) fn found_in(&self, part: &str) -> impl Iterator<Item = &Finding> {
        self.told.findings.iter().filter(move |finding| {
            let within = finding.location.member.strip_prefix(self.member.as_slice());
            within.and_then(<[String]>::first).is_some_and(|name| name == part)
        })
    }

    /// Something could not be read or understood, and why.
    pub(crate) fn gap(&mut self, why: impl AsRef<str>) {
        let mut why = printable(why.as_ref());
        if !self.member.is_empty() {
            why = format!("{}: {why}", printable(&self.member.join("!")));
        }
        if self.told.gaps.len() < MOST_GAPS && !self.told.gaps.contains(&why) {
            self.told.gaps.push(why);
        }
    }

    /// Loading the file does this.
    pub(crate) fn does(&mut self, capability: Capability) {
        self.told.capabilities.insert(capability);
    }

    /// Loading the file needs a package.
    pub(crate) fn needs(&mut self, package: &str) {
        if self.told.needs.len() < MOST_NEEDS {
            self.told.needs.insert(printable(package));
        }
    }

    /// Bytes whose meaning is known, by their offsets in the part that is being read.
    pub(crate) fn understood(&mut self, bytes: Range<u64>) {
        self.told.understood.add(bytes);
    }

    /// Bytes that are nothing but numbers, such as the data of a tensor: understood, and never looked at as text or
    /// code, which numbers resemble by chance.
    pub(crate) fn numbers(&mut self, bytes: Range<u64>) {
        self.told.apart.add(bytes.clone());
        self.understood(bytes);
    }

    /// Whether something that is there by its last bytes lies within a part that was read, or among numbers. `len` is
    /// that of what is being read; archives may be padded at their end.
    pub(crate) fn ends_in_part(&self, len: u64) -> bool {
        let whole = self.told.understood.holes(len).is_empty();
        whole || len > 0 && self.told.apart.has(len - 1)
    }

    /// The stretches below an end that are not understood yet.
    pub(crate) fn holes(&self, end: u64) -> Vec<Range<u64>> {
        self.told.understood.holes(end)
    }

    /// What the part that is being read turns out to be; the last word counts.
    pub(crate) fn format(&mut self, format: Format) {
        self.told.format = Some(format);
    }

    /// What the part that is being read is, as far as anything told.
    pub(crate) fn format_so_far(&self) -> Format {
        self.told.format.unwrap_or(Format::Unknown)
    }

    /// A fact about the part that is being read.
    pub(crate) fn fact(&mut self, about: About, name: impl Into<String>, detail: impl Into<String>) {
        let member = self.member.clone();
        let fact = Fact { about, member, name: name.into(), detail: detail.into() };
        let texts = fact.member.iter().chain([&fact.name, &fact.detail]);
        self.fact_bytes += size_of::<Fact>() + texts.map(|text| text.len() + ALLOCATED).sum::<usize>();
        if self.told.facts.len() < MOST_FACTS && self.fact_bytes < MOST_FACT_BYTES {
            self.told.facts.push(fact);
        } else {
            self.gap("there are more facts than are kept");
        }
    }

    /// The facts of a kind told so far in the part that is being read, with its own parts.
    pub(crate) fn facts(&self, about: About) -> impl Iterator<Item = &Fact> {
        self.told.facts.iter().filter(move |fact| fact.about == about)
    }

    /// Unpacks a stream so that it can be read at any offset. `packed` is how long it is packed. What goes past a
    /// budget is cut off and told.
    pub(crate) fn unpack(&mut self, stream: impl Read, packed: u64, name: &str) -> io::Result<Input> {
        let left = self.limits.unpacked.saturating_sub(self.unpacked);
        let ratio = packed.saturating_mul(self.limits.ratio).max(FREE_OF_RATIO);
        // Archives in archives multiply, each within its own ratio.
        let nested = self.whole.saturating_mul(self.limits.ratio).max(FREE_OF_NESTING);
        let nested = nested.saturating_sub(self.unpacked);
        let after = self.after_bomb.map_or(u64::MAX, |left| left.min(FREE_AFTER_BOMB));
        let most = if self.after_bomb.is_some() { left.min(after) } else { left.min(ratio).min(nested) };
        let spool = spool(stream, most)?;
        self.unpacked += spool.input.len();
        if let Some(after) = &mut self.after_bomb {
            *after = after.saturating_sub(spool.input.len());
        } else if spool.cut && most < left {
            let title = if nested < ratio {
                format!("All that is packed in it is more than {} bytes, from {}", self.unpacked, self.whole)
            } else {
                format!("{name} unpacks to more than {ratio} bytes, from {packed}")
            };
            self.find(Finding::new(Rule::ArchiveBomb, Severity::Medium, Confidence::High, title, 0));
            self.after_bomb = Some(64 * FREE_AFTER_BOMB);
        }
        if spool.cut {
            self.gap(format!("{name} unpacks to more than is read"));
        }
        if let Some(error) = spool.broken {
            self.gap(format!("{name} cannot be unpacked to its end: {error}"));
        }
        Ok(spool.input)
    }

    /// Reads a part of the file as a file of its own. `within` is where the part lies in what is being read: as much
    /// of it counts as understood as of the part. Says what the part is.
    pub(crate) fn member(&mut self, name: &str, input: &Input, within: Range<u64>) -> Format {
        self.member_by(name, input, within, |input, scan| formats::read(name, input, scan))
    }

    /// The same with a reader of its own, for a part whose meaning comes from where it lies.
    pub(crate) fn member_by(
        &mut self,
        name: &str,
        input: &Input,
        within: Range<u64>,
        read: impl FnOnce(&Input, &mut Self) -> io::Result<()>,
    ) -> Format {
        if self.member.len() >= self.limits.depth {
            self.gap(format!("{name} lies deeper than is followed"));
            return Format::Unknown;
        }
        self.members += 1;
        if self.members > self.limits.members {
            self.gap("there are more parts than are read");
            return Format::Unknown;
        }
        self.member.push(name.to_owned());
        let outer = std::mem::take(&mut self.told);
        if let Err(error) = read(input, self) {
            self.gap(format!("it cannot be read: {error}"));
        }
        // What lies nowhere was made from text of the part around it, and was looked at there.
        if within.start < within.end {
            self.look(input);
        }
        self.count_holes(input.len());
        let told = std::mem::replace(&mut self.told, outer);
        let format = told.format.unwrap_or(Format::Unknown);
        let share = share(told.understood.count(), input.len(), within.end.saturating_sub(within.start));
        self.told.take_all(told);
        self.member.pop();
        self.fact(About::Member, name, format.as_str());
        self.told.apart.add(within.clone());
        self.understood(within.start..within.start + share);
        format
    }

    /// Reads an input with every reader that fits.
    fn examine(&mut self, name: &str, input: &Input) {
        if let Err(error) = formats::read(name, input, self) {
            self.gap(format!("it cannot be read: {error}"));
        }
    }

    /// Looks at what is neither numbers nor a part of its own as text and code.
    fn look(&mut self, input: &Input) {
        let stretches = self.told.apart.holes(input.len());
        let format = self.told.format.unwrap_or(Format::Unknown);
        if let Err(error) = content::look(input, &stretches, format, self) {
            self.gap(format!("it cannot be read: {error}"));
        }
    }

    /// What no reader understood is a gap.
    fn count_holes(&mut self, len: u64) {
        let holes = self.told.understood.holes(len);
        for hole in holes.iter().take(TOLD_HOLES) {
            self.gap(format!(
                "{} bytes from offset {} on are not understood",
                hole.end - hole.start,
                hole.start
            ));
        }
        if holes.len() > TOLD_HOLES {
            self.gap(format!("{} further stretches are not understood", holes.len() - TOLD_HOLES));
        }
    }

    /// Lets a reader try. What it told is forgotten if the bytes turn out not to be its own.
    pub(crate) fn attempt(
        &mut self,
        read: impl FnOnce(&mut Self) -> io::Result<formats::Reading>,
    ) -> io::Result<formats::Reading> {
        let before = std::mem::take(&mut self.told);
        let reading = read(self);
        let told = std::mem::replace(&mut self.told, before);
        if !matches!(reading, Ok(formats::Reading::NotThis)) {
            self.told.understood.take_all(&told.understood);
            self.told.apart.take_all(&told.apart);
            self.told.format = told.format.or(self.told.format);
            self.told.take_all(told);
        }
        reading
    }

    /// The report on a whole file.
    pub(crate) fn run(mut self, path: &str, input: &Input) -> FileReport {
        self.whole = input.len();
        self.examine(path, input);
        self.look(input);
        self.conclude(path, input)
    }

    /// What everything that was told adds up to.
    pub(crate) fn conclude(mut self, path: &str, input: &Input) -> FileReport {
        self.count_holes(input.len());
        let failed = input.array::<1>(0).err().filter(|_| !input.is_empty());
        if let Some(error) = &failed {
            // Not every reader gets so far as to say it.
            self.gap(format!("it cannot be read: {error}"));
        }
        let understood = self.told.understood.count().min(input.len());
        let Told { mut findings, mut gaps, capabilities, needs, facts, format, .. } = self.told;
        in_order(&mut findings);
        gaps.sort();
        let status = if failed.is_some() {
            Status::Error
        } else if gaps.is_empty() {
            Status::Complete
        } else {
            Status::Inconclusive
        };
        let capabilities: Vec<Capability> = capabilities.into_iter().rev().collect();
        let needs: Vec<String> = needs.into_iter().collect();
        FileReport {
            path: path.to_owned(),
            format: format.unwrap_or(Format::Unknown),
            status,
            verdict: Verdict::of(status, &findings),
            coverage: Coverage { understood, total: input.len(), gaps },
            summary: summary(&capabilities, &needs),
            capabilities,
            needs,
            findings,
            digests: Default::default(),
            facts,
            shared: Vec::new(),
        }
    }
}

impl Told {
    /// Takes over everything but what is understood and the format, which are told of one part only.
    fn take_all(&mut self, inner: Self) {
        self.findings.extend(inner.findings);
        self.capabilities.extend(inner.capabilities);
        self.needs.extend(inner.needs);
        self.facts.extend(inner.facts);
        self.gaps.extend(inner.gaps);
    }
}

/// As much of a length as one number is of another; all of it only for all.
fn share(understood: u64, total: u64, of: u64) -> u64 {
    if understood >= total {
        return of;
    }
    let part = u128::from(of) * u128::from(understood) / u128::from(total.max(1));
    u64::try_from(part).unwrap_or(of).min(of.saturating_sub(1))
}
