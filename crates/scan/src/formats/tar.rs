//! Tar archives of every flavour: old, ustar, GNU and pax. Nothing is unpacked; members are read where they lie. Headers
//! that rename, link or repeat are told.

use std::collections::BTreeMap;
use std::io;

use casemate_core::{Confidence, Severity};

use super::names::{leads_out, link_leads_out};
use super::{nemo, oci, onnx, pickle, torch_tar};
use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::formats::{Reader, Reading};
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

const BLOCK: u64 = 512;
/// The least length that the oldest header cannot hold.
const LARGE: u64 = 1 << 33;
/// The longest name or set of pax records.
const LONGEST: u64 = 1024 * 1024;

/// Tar archives by the checksum of their first header.
pub(crate) const READER: Reader = Reader { format: Format::Tar, fit, read };

fn fit(sniff: &Sniff<'_>) -> Fit {
    let Some(block) = sniff.head.first_chunk::<512>() else { return Fit::No };
    Fit::certain_if(Header::parse(block).is_some_and(|header| !header.name.is_empty()))
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let names = names(input)?;
    let format = if torch_tar::is(&names) {
        Format::TorchTar
    } else if nemo::is(&names) {
        Format::Nemo
    } else {
        Format::Tar
    };
    scan.format(format);
    let mut archive = Archive {
        scan,
        seen: BTreeMap::new(),
        links: BTreeMap::new(),
        next: Extra::default(),
        all: Extra::default(),
        format,
    };
    let mut at = 0;
    while at + BLOCK <= input.len() {
        let block: [u8; 512] = input.array(at)?;
        if block.iter().all(|byte| *byte == 0) {
            break;
        }
        let Some(header) = Header::parse(&block) else {
            archive.scan.gap(format!("the header at offset {at} is broken"));
            break;
        };
        archive.scan.understood(at..at + BLOCK);
        at = archive.entry(input, at, header)?;
    }
    archive.linked_data();
    if oci::is_image(archive.seen.keys().map(String::as_str)) {
        archive.scan.format(Format::Oci);
        let there = oci::blobs(archive.seen.keys().map(String::as_str));
        if let Some(missing) = oci::missing(archive.scan.facts(About::NeedsFile), &there) {
            archive.scan.gap(oci::unseen(missing));
        }
    }
    end(input, at, scan)?;
    Ok(Reading::Done)
}

/// The names of the first members, which tell what kind of model the archive is.
fn names(input: &Input) -> io::Result<Vec<String>> {
    let (mut names, mut at) = (Vec::new(), 0_u64);
    while names.len() < 16 && at + BLOCK <= input.len() {
        let Some(header) = Header::parse(&input.array(at)?) else { break };
        names.push(header.name);
        let next =
            header.size.checked_next_multiple_of(BLOCK).and_then(|size| (at + BLOCK).checked_add(size));
        let Some(next) = next else { break };
        at = next;
    }
    Ok(names)
}

/// The archive ends with zeros; whatever follows them is read by no tar.
fn end(input: &Input, mut at: u64, scan: &mut Scan) -> io::Result<()> {
    let start = at;
    while at < input.len() {
        let piece = input.bytes(at, (input.len() - at).min(64 * 1024))?;
        if let Some(first) = piece.iter().position(|byte| *byte != 0) {
            at += first as u64;
            break;
        }
        at += piece.len() as u64;
    }
    scan.understood(start..at);
    if at < input.len() {
        let title = format!("{} bytes follow the end of the archive", input.len() - at);
        scan.find(Finding::new(Rule::TarTrailingData, Severity::Medium, Confidence::High, title, at));
        scan.member("bytes behind the archive", &input.rest(at), at..input.len());
    }
    Ok(())
}

/// What a header block says.
struct Header {
    name: String,
    size: u64,
    kind: u8,
    link: String,
}

impl Header {
    /// The header in a block whose checksum is right.
    fn parse(block: &[u8; 512]) -> Option<Self> {
        let sum = octal(block.get(148..156)?)?;
        let unsigned: u64 = block
            .iter()
            .enumerate()
            .map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u64::from(*byte) })
            .sum();
        if sum != unsigned {
            return None;
        }
        let mut name = text(block.get(..100)?);
        if block.get(257..262)? == b"ustar" && block.get(262) == Some(&0) {
            let prefix = text(block.get(345..500)?);
            if !prefix.is_empty() {
                name = format!("{prefix}/{name}");
            }
        }
        let size = octal(block.get(124..136)?)?;
        Some(Self { name, size, kind: *block.get(156)?, link: text(block.get(157..257)?) })
    }
}

/// Text up to the first zero.
fn text(field: &[u8]) -> String {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(field.get(..end).unwrap_or_default()).into_owned()
}

/// An octal number, or a large one in GNU's binary form.
fn octal(field: &[u8]) -> Option<u64> {
    if field.first()? & 0x80 != 0 {
        let large = field.get(field.len().checked_sub(8)?..)?;
        return large.try_into().ok().map(u64::from_be_bytes);
    }
    let digits = text(field);
    let digits = digits.trim();
    if digits.is_empty() { Some(0) } else { u64::from_str_radix(digits, 8).ok() }
}

/// What earlier headers say of the next member, or of all that follow.
#[derive(Clone, Default)]
struct Extra {
    name: Option<String>,
    link: Option<String>,
    size: Option<u64>,
    sparse: bool,
}

impl Extra {
    /// Takes over the records of a pax header.
    fn take(&mut self, bytes: &[u8]) {
        for (key, value) in pax(bytes) {
            match key.as_str() {
                "path" | "GNU.sparse.name" => self.name = Some(value),
                "linkpath" => self.link = Some(value),
                "size" => self.size = value.parse().ok(),
                "GNU.sparse.major" | "GNU.sparse.map" | "GNU.sparse.size" | "GNU.sparse.realsize" => {
                    self.sparse = true;
                }
                _ => {}
            }
        }
    }

    /// With what holds for all members where nothing is said of this one.
    fn or(self, all: &Self) -> Self {
        Self {
            name: self.name.or_else(|| all.name.clone()),
            link: self.link.or_else(|| all.link.clone()),
            size: self.size.or(all.size),
            sparse: self.sparse,
        }
    }
}

struct Archive<'s> {
    scan: &'s mut Scan,
    seen: BTreeMap<String, u64>,
    /// The names of links, and what each leads to.
    links: BTreeMap<String, Link>,
    next: Extra,
    all: Extra,
    /// What it is by the names in it.
    format: Format,
}

/// Where a link leads.
#[derive(Clone, Copy)]
struct Link {
    is_hard: bool,
    is_out: bool,
    at: u64,
}

impl Archive<'_> {
    /// Reads the entry at an offset and says where the next one is.
    fn entry(&mut self, input: &Input, at: u64, header: Header) -> io::Result<u64> {
        let extra = match header.kind {
            b'L' | b'K' | b'x' | b'g' => Extra::default(),
            _ => std::mem::take(&mut self.next).or(&self.all),
        };
        self.sizes(&header, &extra, at);
        let size = extra.size.unwrap_or(header.size);
        let data = at + BLOCK;
        let Some(end) = data.checked_add(size).filter(|end| *end <= input.len()) else {
            let title = format!("`{}` is said to be longer than the file", header.name);
            self.tell(Rule::TarSize, Severity::Medium, title, at);
            self.scan.gap(format!("{} goes beyond the end of the file", header.name));
            return Ok(input.len());
        };
        let next = end.next_multiple_of(BLOCK).min(input.len());
        self.scan.understood(end..next);
        match header.kind {
            b'L' | b'K' | b'x' | b'g' => {
                self.scan.understood(data..end);
                let bytes = input.bytes(data, size.min(LONGEST))?;
                self.describe(header.kind, &bytes, at);
            }
            kind => {
                let name = extra.name.unwrap_or_else(|| header.name.clone());
                let link = extra.link.unwrap_or(header.link);
                self.name(&name, &header.name, at);
                let kind = if extra.sparse { b'S' } else { kind };
                self.member(input, kind, &name, &link, at, data..end)?;
            }
        }
        Ok(next)
    }

    /// Takes over what a header says of the next member.
    fn describe(&mut self, kind: u8, bytes: &[u8], at: u64) {
        match kind {
            b'L' => self.next.name = Some(text(bytes)),
            b'K' => self.next.link = Some(text(bytes)),
            b'x' => self.next.take(bytes),
            _ => {
                self.all.take(bytes);
                if self.all.name.is_some() || self.all.link.is_some() || self.all.size.is_some() {
                    let title = "A header for the whole archive gives every member the same name or length";
                    self.tell(Rule::TarRenamed, Severity::High, title.to_owned(), at);
                }
            }
        }
    }

    /// Two lengths of one member: programs that know only the older header go on reading at another place. A length
    /// that does not fit into the older header is no disagreement.
    fn sizes(&mut self, header: &Header, extra: &Extra, at: u64) {
        let Some(size) = extra.size.filter(|size| *size != header.size && *size < LARGE) else { return };
        let title = format!(
            "`{}` is {size} bytes by one header and {} by another",
            extra.name.as_ref().unwrap_or(&header.name),
            header.size
        );
        self.tell(Rule::TarSizeMismatch, Severity::High, title, at);
    }

    fn name(&mut self, name: &str, short: &str, at: u64) {
        let parents = name.trim_start_matches("./").match_indices('/');
        if let Some(link) = parents
            .map(|(end, _)| name.trim_start_matches("./").split_at(end).0)
            .find(|parent| self.links.contains_key(*parent))
        {
            let title = format!("`{name}` is written through the link `{link}`");
            self.tell(Rule::ArchiveWriteThroughLink, Severity::High, title, at);
        }
        if let Some(how) = leads_out(name) {
            let (rule, title) = (Rule::ArchiveTraversal, format!("The name `{name}` {how}"));
            let finding = Finding::new(rule, Severity::High, Confidence::High, title, at);
            let is_nemo = self.format == Format::Nemo;
            self.scan.find(if is_nemo { nemo::traversal(finding, how) } else { finding });
        }
        // A long name begins as the short one does, or has the short one inside: writers shorten, they do not rename.
        let tail = |name: &str| name.rsplit('/').find(|part| !part.is_empty()).unwrap_or_default().to_owned();
        let (long, cut) = (tail(name), tail(short));
        let shortened = name.starts_with(short.trim_end_matches('/'))
            || long.starts_with(&cut)
            || short.contains("PaxHeader")
            || short.contains("@LongLink");
        if !short.is_empty() && !shortened && short.is_ascii() && name.is_ascii() {
            let title = format!("`{short}` is renamed to `{name}` by a header before it");
            self.tell(Rule::TarRenamed, Severity::High, title, at);
        }
        if let Some(first) = self.seen.insert(name.to_owned(), at).filter(|_| !name.ends_with('/')) {
            let title = format!("`{name}` is there twice, at {first} too; the later one wins");
            let rule = Rule::ArchiveDuplicateName;
            self.scan.find(Finding::new(rule, Severity::High, Confidence::Medium, title, at));
        }
    }

    fn member(
        &mut self,
        input: &Input,
        kind: u8,
        name: &str,
        link: &str,
        at: u64,
        data: std::ops::Range<u64>,
    ) -> io::Result<()> {
        match kind {
            b'1' | b'2' => self.link(name, link, kind == b'1', at),
            b'3' | b'4' | b'6' => {
                let title = format!("`{name}` is a device or a pipe");
                self.tell(Rule::TarDevice, Severity::High, title, at);
            }
            b'5' => self.scan.fact(About::Member, name, "folder"),
            b'S' => {
                let title = format!("`{name}` is sparse: it unpacks to more than is there");
                self.tell(Rule::TarSparse, Severity::Low, title, at);
                self.scan.gap(format!("{name} is sparse and not put together"));
            }
            _ => {
                let Some(part) = input.slice(data.start, data.end - data.start) else { return Ok(()) };
                if self.format == Format::TorchTar {
                    torch_tar::tell_harm(pickle::is_harmful(&part, self.scan), at, self.scan);
                    if name == "pickle" {
                        torch_tar::object(name, &part, data, self.scan);
                        return Ok(());
                    }
                    if torch_tar::part(name, &part, data.start, self.scan)? {
                        return Ok(());
                    }
                }
                if self.format == Format::Nemo {
                    return nemo::part(name, &part, data, self.scan);
                }
                self.scan.member(name, &part, data);
            }
        }
        Ok(())
    }

    fn link(&mut self, name: &str, target: &str, hard: bool, at: u64) {
        let from = if hard { "" } else { name };
        let is_out = link_leads_out(from, target);
        let own = name.trim_start_matches("./").trim_end_matches('/').to_owned();
        self.links.insert(own, Link { is_hard: hard, is_out, at });
        let severity = if is_out { Severity::High } else { Severity::Low };
        let what = if hard { "hard link" } else { "link" };
        self.tell(Rule::ArchiveLink, severity, format!("`{name}` is a {what} to `{target}`"), at);
    }

    /// Data of ONNX models in the archive that is a link to elsewhere: unpacking makes the link, and loading the model
    /// follows it.
    fn linked_data(&mut self) {
        let mut found = Vec::new();
        for location in onnx::needed(self.scan) {
            for (name, link) in &self.links {
                let is_way = location.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('/'));
                if link.is_out && (location == *name || is_way) {
                    found.push(onnx::archived_link(&location, link.is_hard, is_way, link.at));
                }
            }
        }
        found.into_iter().for_each(|finding| self.scan.find(finding));
    }

    fn tell(&mut self, rule: Rule, severity: Severity, title: String, at: u64) {
        self.scan.find(Finding::new(rule, severity, Confidence::High, title, at));
    }
}

/// The records of a pax header: a length, a space, `key=value`, a line break.
fn pax(bytes: &[u8]) -> Vec<(String, String)> {
    let mut records = Vec::new();
    let mut rest = bytes;
    while let Some(space) = rest.iter().take(20).position(|byte| *byte == b' ') {
        let len = std::str::from_utf8(rest.get(..space).unwrap_or_default()).ok();
        let len: Option<usize> = len.and_then(|len| len.parse().ok());
        let Some(record) = len.and_then(|len| rest.get(space + 1..len)) else { break };
        let record = String::from_utf8_lossy(record.strip_suffix(b"\n").unwrap_or(record)).into_owned();
        if let Some((key, value)) = record.split_once('=') {
            records.push((key.to_owned(), value.to_owned()));
        }
        rest = len.and_then(|len| rest.get(len..)).unwrap_or_default();
    }
    records
}
