//! The wire format of Protocol Buffers, walked field by field without a schema: what is skipped is never read, and what
//! lengths say is never allocated. It judges nothing but whether messages hold together.

use std::io;

use casemate_core::{Confidence, Severity};

use crate::finding::Finding;
use crate::format::Format;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;

/// How deep messages are followed; Protocol Buffers itself refuses more than a hundred.
pub(crate) const DEEPEST: usize = 100;
/// How many fields of one file are walked.
const MOST_FIELDS: u64 = 20_000_000;
const WINDOW: usize = 16 * 1024;
/// The largest unknown field that is plain growth of a format, not something that hides.
const SMALL: u64 = 256;

/// A stretch of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u64,
    pub(crate) end: u64,
}

impl Span {
    pub(crate) fn len(self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    pub(crate) fn range(self) -> std::ops::Range<u64> {
        self.start..self.end
    }
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    Number(u64),
    /// A fixed 32 or 64 bits, or a group.
    Other,
    /// Text, bytes, a message or packed numbers.
    Bytes(Span),
}

/// One field, and where its tag stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) number: u64,
    pub(crate) value: Value,
    pub(crate) at: u64,
}

/// Why a walk stops.
#[derive(Debug)]
pub(crate) enum Stop {
    Broken(u64, &'static str),
    Budget(u64),
    Io(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Stop {
    /// Tells of it; only a file that cannot be read is an error.
    pub(crate) fn tell(self, scan: &mut Scan) -> io::Result<()> {
        match self {
            Self::Io(error) => return Err(error),
            Self::Budget(at) => {
                scan.understood(0..at);
                scan.gap("there are more fields than are read");
            }
            Self::Broken(at, why) => {
                scan.understood(0..at);
                scan.gap(format!("its messages cannot be read from offset {at} on"));
                let rule = Rule::ProtobufStructure;
                scan.find(Finding::new(rule, Severity::Medium, Confidence::High, why, at));
            }
        }
        Ok(())
    }
}

/// A file of messages.
pub(crate) struct Wire {
    input: Input,
    window: Vec<u8>,
    from: u64,
    fields: u64,
}

impl Wire {
    pub(crate) fn new(input: &Input) -> Self {
        Self { input: input.clone(), window: Vec::new(), from: 0, fields: 0 }
    }

    pub(crate) fn whole(&self) -> Span {
        Span { start: 0, end: self.input.len() }
    }

    /// The next field of a message; what is left of it begins behind that field.
    pub(crate) fn next(&mut self, rest: &mut Span) -> Result<Option<Field>, Stop> {
        let Some(field) = self.peek(rest)? else { return Ok(None) };
        if let Value::Bytes(span) = field.value
            && span.end > rest.end
        {
            return Err(Stop::Broken(field.at, "A field is longer than the message it is in"));
        }
        Ok(Some(field))
    }

    /// The next field, which may reach beyond the message.
    fn peek(&mut self, rest: &mut Span) -> Result<Option<Field>, Stop> {
        if rest.start >= rest.end {
            return Ok(None);
        }
        self.fields += 1;
        if self.fields > MOST_FIELDS {
            return Err(Stop::Budget(rest.start));
        }
        let at = rest.start;
        let tag = self.varint(rest)?;
        let number = tag >> 3;
        if number == 0 || tag > u64::from(u32::MAX) {
            return Err(Stop::Broken(at, "A field has a number that no field can have"));
        }
        let value = match tag & 7 {
            0 => Value::Number(self.varint(rest)?),
            1 => self.fixed(rest, 8)?,
            5 => self.fixed(rest, 4)?,
            2 => {
                let len = self.varint(rest)?;
                let start = rest.start;
                let Some(end) = start.checked_add(len) else {
                    return Err(Stop::Broken(at, "The length of a field is more than any file has"));
                };
                rest.start = end;
                Value::Bytes(Span { start, end })
            }
            3 => {
                self.group(rest, number)?;
                Value::Other
            }
            _ => return Err(Stop::Broken(at, "A field has a type that does not exist")),
        };
        Ok(Some(Field { number, value, at }))
    }

    fn fixed(&mut self, rest: &mut Span, len: u64) -> Result<Value, Stop> {
        rest.start += len;
        if rest.start > rest.end {
            return Err(Stop::Broken(rest.end, "A number breaks off at the end of its message"));
        }
        Ok(Value::Other)
    }

    /// Skips a group to its end, with groups inside it.
    fn group(&mut self, rest: &mut Span, number: u64) -> Result<(), Stop> {
        let mut open = vec![number];
        while let Some(innermost) = open.last().copied() {
            let at = rest.start;
            self.fields += 1;
            if self.fields > MOST_FIELDS {
                return Err(Stop::Budget(at));
            }
            let tag = self.varint(rest)?;
            match tag & 7 {
                0 => {
                    self.varint(rest)?;
                }
                1 => {
                    self.fixed(rest, 8)?;
                }
                5 => {
                    self.fixed(rest, 4)?;
                }
                2 => {
                    let len = self.varint(rest)?;
                    rest.start = rest.start.saturating_add(len);
                    if rest.start > rest.end {
                        return Err(Stop::Broken(at, "A field is longer than the group it is in"));
                    }
                }
                3 if open.len() < DEEPEST => open.push(tag >> 3),
                4 if tag >> 3 == innermost => {
                    open.pop();
                }
                _ => return Err(Stop::Broken(at, "A group does not hold together")),
            }
        }
        Ok(())
    }

    /// A number of up to ten bytes.
    fn varint(&mut self, rest: &mut Span) -> Result<u64, Stop> {
        let at = rest.start;
        let mut value = 0_u64;
        for shift in (0..70).step_by(7) {
            if rest.start >= rest.end {
                return Err(Stop::Broken(at, "A number breaks off at the end of its message"));
            }
            let byte = self.byte(rest.start)?;
            rest.start += 1;
            value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Stop::Broken(at, "A number is longer than ten bytes"))
    }

    fn byte(&mut self, at: u64) -> Result<u8, Stop> {
        let held = |wire: &Self| {
            let index = usize::try_from(at.checked_sub(wire.from)?).ok()?;
            wire.window.get(index).copied()
        };
        if let Some(byte) = held(self) {
            return Ok(byte);
        }
        // Most looks at a file are at its first bytes only.
        let size = self.window.len().saturating_mul(4).clamp(512, WINDOW);
        self.window.resize(size, 0);
        let count = self.input.read_at(at, &mut self.window)?;
        self.window.truncate(count);
        self.from = at;
        held(self).ok_or(Stop::Broken(at, "The file ends in the middle of a field"))
    }

    /// The first bytes of a field, at most so many.
    pub(crate) fn bytes(&mut self, span: Span, most: u64) -> io::Result<Vec<u8>> {
        let len = span.len().min(most);
        let held = span.start.checked_sub(self.from).and_then(|from| usize::try_from(from).ok());
        let size = usize::try_from(len).unwrap_or(usize::MAX);
        if let Some(bytes) = held.and_then(|from| self.window.get(from..from.checked_add(size)?)) {
            return Ok(bytes.to_vec());
        }
        self.input.bytes(span.start, len)
    }

    /// A field as text, at most so many bytes of it.
    pub(crate) fn text(&mut self, span: Span, most: u64) -> io::Result<String> {
        Ok(String::from_utf8_lossy(&self.bytes(span, most)?).into_owned())
    }

    /// A field as a file of its own.
    pub(crate) fn part(&self, span: Span) -> Option<Input> {
        self.input.slice(span.start, span.len())
    }

    /// Packed numbers, or one that stands alone, added to those there are; at most so many.
    pub(crate) fn numbers(&mut self, value: Value, into: &mut Vec<u64>, most: usize) -> Result<(), Stop> {
        match value {
            Value::Number(number) if into.len() < most => into.push(number),
            Value::Bytes(span) => {
                let mut rest = span;
                while rest.start < rest.end && into.len() < most {
                    let number = self.varint(&mut rest)?;
                    into.push(number);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Reads a field that the format does not have as a file of its own: parsers skip it, so anything fits in.
    pub(crate) fn unknown(&self, field: Field, message: &str, scan: &mut Scan) {
        let Value::Bytes(span) = field.value else { return };
        let Some(part) = self.part(span).filter(|part| !part.is_empty()) else { return };
        if span.len() > SMALL {
            let title = format!(
                "{} bytes stand in field {} of {message}, which the format does not have",
                span.len(),
                field.number
            );
            let rule = Rule::ProtobufUnknownField;
            scan.find(Finding::new(rule, Severity::Medium, Confidence::Medium, title, field.at));
        }
        scan.member(&format!("field {} of {message}", field.number), &part, span.range());
    }
}

/// The first fields of a message, as far as they hold together; the last one may be cut off by the end.
pub(crate) fn outline(input: &Input, span: Span, most: usize) -> Vec<Field> {
    let mut wire = Wire::new(input);
    let mut rest = span;
    let mut fields = Vec::new();
    while fields.len() < most
        && let Ok(Some(mut field)) = wire.peek(&mut rest)
    {
        if let Value::Bytes(bytes) = &mut field.value {
            bytes.end = bytes.end.min(span.end);
        }
        fields.push(field);
    }
    fields
}

/// The bytes of the first field of a number.
pub(crate) fn first(fields: &[Field], number: u64) -> Option<Span> {
    fields.iter().find_map(|field| match field.value {
        Value::Bytes(span) if field.number == number => Some(span),
        _ => None,
    })
}

/// The first plain number of a field.
pub(crate) fn number(fields: &[Field], wanted: u64) -> Option<u64> {
    fields.iter().find_map(|field| match field.value {
        Value::Number(number) if field.number == wanted => Some(number),
        _ => None,
    })
}

/// Whether a field reads as a name: letters, digits and a few marks.
pub(crate) fn is_name(input: &Input, span: Span) -> bool {
    let wanted = span.len();
    (1..=256).contains(&wanted)
        && input.bytes(span.start, wanted).is_ok_and(|bytes| {
            bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_.:>/-+".contains(byte))
        })
}

/// Walks a whole file, and tells what stops the walk.
pub(crate) fn whole(
    input: &Input,
    format: Format,
    scan: &mut Scan,
    walk: impl FnOnce(&mut Wire, &mut Scan) -> Result<(), Stop>,
) -> io::Result<()> {
    scan.format(format);
    let mut wire = Wire::new(input);
    match walk(&mut wire, scan) {
        Ok(()) => scan.understood(0..input.len()),
        Err(stop) => stop.tell(scan)?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(bytes: &[u8]) -> Result<Vec<Field>, Stop> {
        let mut wire = Wire::new(&Input::from(bytes.to_vec()));
        let mut rest = wire.whole();
        let mut fields = Vec::new();
        while let Some(field) = wire.next(&mut rest)? {
            fields.push(field);
        }
        Ok(fields)
    }

    #[test]
    fn fields_of_every_type_are_walked() {
        let bytes = b"\x08\x96\x01\x12\x02hi\x1d\0\0\0\0\x21\0\0\0\0\0\0\0\0\x2b\x08\x01\x33\x34\x2c";
        let fields = walk(bytes).unwrap();
        let values: Vec<Value> = fields.iter().map(|field| field.value).collect();
        let hi = Value::Bytes(Span { start: 5, end: 7 });
        assert_eq!(values, [Value::Number(150), hi, Value::Other, Value::Other, Value::Other]);
    }

    #[test]
    fn lies_end_the_walk() {
        let lies: [&[u8]; 7] = [
            b"\x08",
            b"\x0a\x05a",
            b"\x0f",
            b"\x00\x00",
            b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            b"\x0b\x14",
        ];
        for lie in lies {
            assert!(matches!(walk(lie), Err(Stop::Broken(..))), "{lie:?}");
        }
    }
}
