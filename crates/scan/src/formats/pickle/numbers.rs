//! Numbers as streams write them. Unpicklers do not agree about what is a number, so the most that any of them takes for
//! one is one; a number that is none for all of them is only refused where an entry of the memo is meant.

use std::io::{Read, Seek};

use super::machine::{Halt, Machine};
use super::value::{Span, Value};

/// Longer numbers are rare enough to be fetched.
const FEW_DIGITS: usize = 64;

/// The number of every entry whose number is too large. What such entries hold is not told apart.
pub(super) const TOO_LARGE: i64 = i64::MAX;

impl<R: Read + Seek> Machine<'_, R> {
    /// The number of an entry of the memo.
    pub(super) fn entry(&mut self, line: Span) -> Result<i64, Halt> {
        self.digits(line, memo_number)?.ok_or(Halt::Broken("a number was expected"))
    }

    /// The operand of `INT` and `LONG`.
    pub(super) fn line_number(&mut self, line: Span) -> Result<Value, Halt> {
        self.digits(line, |digits| match digits {
            b"00" | b"01" => Value::Bool,
            _ => based(digits).map_or(Value::Number, Value::Int),
        })
    }

    /// The operand of `LONG1` and `LONG4`: a signed number, the least byte first.
    pub(super) fn bytes_number(&mut self, span: Span) -> Result<Value, Halt> {
        let mut bytes = [0; 8];
        if span.len > bytes.len() as u64 {
            return Ok(Value::Number);
        }
        let found = self.reader.look(span, &mut bytes)?;
        let len = found.len();
        if found.last().is_some_and(|last| *last >= 0x80) {
            bytes.iter_mut().skip(len).for_each(|byte| *byte = 0xff);
        }
        Ok(Value::Int(i64::from_le_bytes(bytes)))
    }

    /// What a line says. Zeros may stand before a number without end.
    fn digits<T>(&mut self, line: Span, read: impl Fn(&[u8]) -> T) -> Result<T, Halt> {
        let mut few = [0; FEW_DIGITS];
        if line.len <= FEW_DIGITS as u64 {
            return Ok(read(self.reader.look(line, &mut few)?));
        }
        let many = self.reader.fetch(line, self.limits.nested_bytes)?;
        Ok(read(&many))
    }
}

/// The number of an entry. All that are too large for one have the same.
fn memo_number(digits: &[u8]) -> Option<i64> {
    let is_large = || {
        let digits = digits.trim_ascii();
        let digits = digits.strip_prefix(b"+").unwrap_or(digits);
        !digits.is_empty() && digits.iter().all(|byte| byte.is_ascii_digit() || *byte == b'_')
    };
    parse(digits, 10).or_else(|| is_large().then_some(TOO_LARGE))
}

/// A number with a base of its own, and perhaps the `L` of old Python. What begins with a zero is octal in C.
fn based(digits: &[u8]) -> Option<i64> {
    let digits = digits.strip_suffix(b"L").unwrap_or(digits);
    let (sign, number) = match digits.trim_ascii() {
        [b'-', rest @ ..] => (-1, rest),
        [b'+', rest @ ..] | rest => (1, rest),
    };
    let found = match number {
        [b'0', b'x' | b'X', rest @ ..] => parse(rest, 16),
        [b'0', b'b' | b'B', rest @ ..] => parse(rest, 2),
        [b'0', b'o' | b'O', rest @ ..] | [b'0', rest @ ..] if !rest.is_empty() => parse(rest, 8),
        _ => parse(number, 10),
    };
    found?.checked_mul(sign)
}

/// A number with spaces around it, underscores and leading zeros. C does not look behind a zero byte.
fn parse(digits: &[u8], radix: u32) -> Option<i64> {
    let digits = digits.split(|byte| *byte == 0).next().unwrap_or_default();
    let text = str::from_utf8(digits).ok()?.trim();
    match text.contains('_') {
        true => i64::from_str_radix(&text.replace('_', ""), radix).ok(),
        false => i64::from_str_radix(text, radix).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_what_any_unpickler_takes_for_one() {
        for (digits, number) in [
            ("7", Some(7)),
            (" -1_000 ", Some(-1000)),
            ("+0x1F", Some(31)),
            ("0b11", Some(3)),
            ("0o17", Some(15)),
            ("017", Some(15)),
            ("0", Some(0)),
            ("12L", Some(12)),
            ("1\0 and more", Some(1)),
            ("", None),
            ("1.5", None),
            ("9999999999999999999", None),
            ("--9223372036854775808", None),
        ] {
            assert_eq!(based(digits.as_bytes()), number, "{digits}");
        }
        assert_eq!(parse(&[&[b'0'; 500], b"12".as_slice()].concat(), 10), Some(12));
    }
}
