//! A bounded walk through a flatbuffer: tables, vectors and texts by the numbers of their fields. Every offset is checked
//! before it is followed, and what was read is kept count of. Bytes are never held beyond a few pages.

use std::io;
use std::ops::Range;

use casemate_core::{Confidence, Severity};

use crate::finding::Finding;
use crate::formats::tensors::is_padding;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;
use crate::spans::Spans;

const PAGE: u64 = 16 * 1024;
const PAGES: usize = 32;
/// How many tables, vectors and texts are visited, however often a file leads to the same one.
const MOST_VISITS: u64 = 400_000;
/// How many numbers in vectors are looked at for the cost of one visit.
const A_VISIT: u64 = 64;
/// How many texts of one vector are kept.
const MOST_TEXTS: u64 = 1000;
/// How large a stretch may be that is taken for padding or for options nobody looks into.
const SMALL_HOLE: u64 = 64;
/// How many wrong places are told one by one.
const MOST_TOLD: u64 = 20;
const LONGEST_TEXT: u64 = 1024;

/// A table: where it is, and where its fields are listed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Table {
    pub(crate) at: u64,
    fields: u64,
    fields_len: u64,
}

/// A vector: where its items begin, and how many there are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Vector {
    pub(crate) at: u64,
    pub(crate) len: u64,
}

/// A flatbuffer that is being walked.
pub(crate) struct Flatbuffer {
    input: Input,
    pages: Vec<Option<(u64, Vec<u8>)>>,
    seen: Spans,
    visits: u64,
    wrong: Vec<(u64, String)>,
    wrongs: u64,
    failed: Option<io::Error>,
}

impl Flatbuffer {
    pub(crate) fn new(input: &Input) -> Self {
        Self {
            input: input.clone(),
            pages: vec![None; PAGES],
            seen: Spans::default(),
            visits: 0,
            wrong: Vec::new(),
            wrongs: 0,
            failed: None,
        }
    }

    /// Something that does not fit, told later.
    pub(crate) fn wrong<T>(&mut self, at: u64, what: impl Into<String>) -> Option<T> {
        self.wrongs += 1;
        if self.wrongs <= MOST_TOLD {
            self.wrong.push((at, what.into()));
        }
        None
    }

    /// Whether one more thing may be visited.
    fn visit(&mut self) -> bool {
        self.visits += 1;
        self.visits <= MOST_VISITS && self.failed.is_none()
    }

    /// Marks bytes as read.
    pub(crate) fn mark(&mut self, span: Range<u64>) {
        self.seen.add(span);
    }

    fn byte(&mut self, at: u64) -> Option<u8> {
        let page = at / PAGE;
        let slot = self.pages.get_mut(usize::try_from(page).ok()? % PAGES)?;
        if slot.as_ref().is_none_or(|(number, _)| *number != page) {
            let start = page * PAGE;
            let len = self.input.len().checked_sub(start)?.min(PAGE);
            match self.input.bytes(start, len) {
                Ok(bytes) => *slot = Some((page, bytes)),
                Err(error) => {
                    self.failed = Some(error);
                    return None;
                }
            }
        }
        slot.as_ref()?.1.get(usize::try_from(at % PAGE).ok()?).copied()
    }

    fn array<const N: usize>(&mut self, at: u64) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = self.byte(at.checked_add(index as u64)?)?;
        }
        Some(bytes)
    }

    pub(crate) fn u16_at(&mut self, at: u64) -> Option<u16> {
        self.array(at).map(u16::from_le_bytes)
    }

    pub(crate) fn u32_at(&mut self, at: u64) -> Option<u32> {
        self.array(at).map(u32::from_le_bytes)
    }

    pub(crate) fn u64_at(&mut self, at: u64) -> Option<u64> {
        self.array(at).map(u64::from_le_bytes)
    }

    /// Where an offset at a place leads to.
    fn follow(&mut self, at: u64) -> Option<u64> {
        let Some(offset) = self.u32_at(at) else {
            return self.wrong(at, "An offset lies beyond the file");
        };
        let to = at + u64::from(offset);
        if offset == 0 || to.saturating_add(4) > self.input.len() {
            return self.wrong(at, format!("The offset at {at} leads to {to}, beyond the file"));
        }
        Some(to)
    }

    /// The table that the file begins with.
    pub(crate) fn root(&mut self) -> Option<Table> {
        self.mark(0..8.min(self.input.len()));
        let at = self.follow(0)?;
        self.table_at(at)
    }

    /// The table at a place.
    fn table_at(&mut self, at: u64) -> Option<Table> {
        if !self.visit() {
            return None;
        }
        let back = self.u32_at(at)?.cast_signed();
        let fields = at.checked_add_signed(-i64::from(back));
        let lens = fields.and_then(|fields| Some((fields, self.u16_at(fields)?, self.u16_at(fields + 2)?)));
        let Some((fields, list, inline)) = lens else {
            return self.wrong(at, format!("The table at {at} lists its fields beyond the file"));
        };
        let (list, inline) = (u64::from(list), u64::from(inline));
        let odd = list < 4 || list % 2 != 0 || inline < 4;
        if odd || fields + list > self.input.len() || at + inline > self.input.len() {
            return self.wrong(at, format!("The list of fields of the table at {at} is broken"));
        }
        self.mark(fields..fields + list);
        self.mark(at..at + inline);
        Some(Table { at, fields, fields_len: list })
    }

    /// Where a field is; none if the table does not have it.
    fn field(&mut self, table: Table, number: u64) -> Option<u64> {
        let entry = 4 + number * 2;
        if entry + 2 > table.fields_len {
            return None;
        }
        let offset = self.u16_at(table.fields + entry)?;
        (offset != 0).then(|| table.at + u64::from(offset))
    }

    pub(crate) fn u8(&mut self, table: Table, number: u64) -> Option<u8> {
        let at = self.field(table, number)?;
        self.byte(at)
    }

    pub(crate) fn u32(&mut self, table: Table, number: u64) -> Option<u32> {
        let at = self.field(table, number)?;
        self.u32_at(at)
    }

    pub(crate) fn u64(&mut self, table: Table, number: u64) -> Option<u64> {
        let at = self.field(table, number)?;
        self.u64_at(at)
    }

    /// A table in a field.
    pub(crate) fn table(&mut self, table: Table, number: u64) -> Option<Table> {
        let at = self.field(table, number)?;
        let at = self.follow(at)?;
        self.table_at(at)
    }

    /// A vector in a field, with items of so many bytes.
    pub(crate) fn vector(&mut self, table: Table, number: u64, width: u64) -> Option<Vector> {
        let at = self.field(table, number)?;
        let at = self.follow(at)?;
        if !self.visit() {
            return None;
        }
        let len = u64::from(self.u32_at(at)?);
        let end = at + 4 + len * width;
        if end > self.input.len() {
            return self.wrong(at, format!("The vector at {at} reaches to {end}, beyond the file"));
        }
        self.mark(at..end);
        Some(Vector { at: at + 4, len })
    }

    /// Where the bytes of a vector in a field are.
    pub(crate) fn blob(&mut self, table: Table, number: u64) -> Option<Range<u64>> {
        let vector = self.vector(table, number, 1)?;
        Some(vector.at..vector.at + vector.len)
    }

    /// The tables of a vector in a field. Broken ones are left out.
    pub(crate) fn tables(&mut self, table: Table, number: u64) -> Vec<Table> {
        let Some(vector) = self.vector(table, number, 4) else { return Vec::new() };
        self.tables_of(vector)
    }

    fn tables_of(&mut self, vector: Vector) -> Vec<Table> {
        let mut tables = Vec::new();
        for item in 0..vector.len {
            let found = self.follow(vector.at + item * 4).and_then(|at| self.table_at(at));
            if let Some(found) = found {
                tables.push(found);
            } else if self.visits > MOST_VISITS || self.wrongs > MOST_TOLD {
                break;
            }
        }
        tables
    }

    /// A text in a field, of which no more than a few thousand bytes are kept.
    pub(crate) fn text(&mut self, table: Table, number: u64) -> Option<String> {
        let at = self.field(table, number)?;
        self.text_behind(at)
    }

    /// The text that an offset at a place leads to.
    pub(crate) fn text_behind(&mut self, at: u64) -> Option<String> {
        let at = self.follow(at)?;
        let len = u64::from(self.u32_at(at)?);
        let end = at + 4 + len;
        if !self.visit() {
            return None;
        }
        if end > self.input.len() {
            return self.wrong(at, format!("The text at {at} reaches to {end}, beyond the file"));
        }
        self.mark(at..(end + 1).min(self.input.len()));
        let bytes = self.input.bytes(at + 4, len.min(LONGEST_TEXT));
        match bytes {
            Ok(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) => {
                self.failed = Some(error);
                None
            }
        }
    }

    /// The texts of a vector in a field.
    pub(crate) fn texts(&mut self, table: Table, number: u64) -> Vec<String> {
        let Some(vector) = self.vector(table, number, 4) else { return Vec::new() };
        let mut texts = Vec::new();
        for item in 0..vector.len.min(MOST_TEXTS) {
            if self.visits > MOST_VISITS || self.wrongs > MOST_TOLD {
                break;
            }
            texts.extend(self.text_behind(vector.at + item * 4));
        }
        texts
    }

    /// The 32-bit numbers of a vector in a field, at most so many.
    pub(crate) fn numbers(&mut self, table: Table, number: u64, most: u64) -> Vec<u32> {
        let Some(vector) = self.vector(table, number, 4) else { return Vec::new() };
        let len = self.spend(vector.len.min(most));
        (0..len).map_while(|item| self.u32_at(vector.at + item * 4)).collect()
    }

    /// The largest of the 64-bit numbers of a vector in a field.
    pub(crate) fn largest(&mut self, table: Table, number: u64) -> Option<u64> {
        let vector = self.vector(table, number, 8)?;
        let len = self.spend(vector.len);
        (0..len).map_while(|item| self.u64_at(vector.at + item * 8)).max()
    }

    /// As many of so many numbers as may be looked at.
    fn spend(&mut self, len: u64) -> u64 {
        let left = MOST_VISITS.saturating_sub(self.visits).saturating_mul(A_VISIT);
        self.visits += len.min(left).div_ceil(A_VISIT);
        if len > left {
            self.visits = MOST_VISITS + 1;
        }
        len.min(left)
    }

    /// How many bytes the file has.
    pub(crate) fn len(&self) -> u64 {
        self.input.len()
    }

    /// The end of what was read.
    pub(crate) fn end(&self) -> u64 {
        let len = self.input.len();
        self.seen.holes(len).last().filter(|hole| hole.end == len).map_or(len, |hole| hole.start)
    }

    /// Tells what was wrong, and what of the first `len` bytes was understood: everything that was read, and small
    /// stretches between, which are padding or the options of an operator.
    pub(crate) fn conclude(&mut self, len: u64, scan: &mut Scan) -> io::Result<()> {
        self.conclude_within(len, 0, scan)
    }

    /// The same of a flatbuffer that begins at an offset of what is being read.
    pub(crate) fn conclude_within(&mut self, len: u64, start: u64, scan: &mut Scan) -> io::Result<()> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        for (at, what) in std::mem::take(&mut self.wrong) {
            let at = start + at;
            scan.find(Finding::new(Rule::FlatbufferStructure, Severity::Medium, Confidence::High, what, at));
            scan.gap(format!("what offset {at} leads to cannot be read"));
        }
        if self.visits > MOST_VISITS {
            scan.gap("the flatbuffer has more tables than are read");
        }
        let mut at = 0;
        for hole in self.seen.holes(len) {
            scan.understood(start + at..start + hole.start);
            if hole.end - hole.start <= SMALL_HOLE || is_padding(&self.input, &hole)? {
                scan.understood(start + hole.start..start + hole.end);
            }
            at = hole.end;
        }
        scan.understood(start + at..start + len);
        Ok(())
    }
}
