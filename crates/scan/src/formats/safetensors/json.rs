//! The JSON of a header, one token at a time: a hundred thousand tensors never become a tree. Duplicate keys stay
//! visible, which they do not in a map.

use super::super::stream::{Broken, Stream};

/// The longest text that is kept whole; of longer ones the beginning.
const LONGEST: usize = 1024 * 1024;
/// How deep values may lie in fields that no loader reads.
const DEEPEST: usize = 64;

/// A text, and where its opening quote stands.
pub(super) struct Text {
    pub(super) value: String,
    pub(super) at: u64,
    /// Behind its closing quote.
    pub(super) end: u64,
    /// Whether all of it was kept.
    pub(super) whole: bool,
}

/// The first byte that is not white space, without taking it.
pub(super) fn next(stream: &mut Stream) -> Result<u8, Broken> {
    loop {
        match stream.peek()? {
            Some(b' ' | b'\t' | b'\n' | b'\r') => _ = stream.u8()?,
            Some(byte) => return Ok(byte),
            None => return Err(Broken::End { at: stream.at() }),
        }
    }
}

/// Takes one character past white space.
pub(super) fn expect(stream: &mut Stream, wanted: u8) -> Result<(), Broken> {
    let found = next(stream)?;
    if found == wanted {
        stream.u8()?;
        return Ok(());
    }
    let wanted = char::from(wanted);
    Err(Broken::wrong(
        stream.at(),
        format!("The header is no JSON: there is no `{wanted}` where one has to be"),
    ))
}

/// Whether another item follows in an object or array that `close` ends. `first` is whether none was read yet.
pub(super) fn more(stream: &mut Stream, first: bool, close: u8) -> Result<bool, Broken> {
    let found = next(stream)?;
    if found == close {
        stream.u8()?;
        return Ok(false);
    }
    if !first {
        expect(stream, b',')?;
    }
    Ok(true)
}

/// A text.
pub(super) fn text(stream: &mut Stream) -> Result<Text, Broken> {
    expect(stream, b'"')?;
    let at = stream.at() - 1;
    let mut bytes = Vec::new();
    let mut whole = true;
    loop {
        let byte = stream.u8()?;
        let mut buffer = [0; 4];
        let piece: &[u8] = match byte {
            b'"' => break,
            b'\\' => escape(stream)?.encode_utf8(&mut buffer).as_bytes(),
            0..=0x1f => {
                return Err(Broken::wrong(
                    stream.at() - 1,
                    "The header is no JSON: a text holds a control character",
                ));
            }
            _ => &[byte],
        };
        if bytes.len() + piece.len() <= LONGEST {
            bytes.extend_from_slice(piece);
        } else {
            whole = false;
        }
    }
    let value = match String::from_utf8(bytes) {
        Ok(value) => value,
        Err(_) if whole => return Err(Broken::wrong(at, "The header is no JSON: a text is not UTF-8")),
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    };
    Ok(Text { value, at, end: stream.at(), whole })
}

fn escape(stream: &mut Stream) -> Result<char, Broken> {
    let at = stream.at();
    Ok(match stream.u8()? {
        b'n' => '\n',
        b't' => '\t',
        b'r' => '\r',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        byte @ (b'"' | b'\\' | b'/') => char::from(byte),
        b'u' => {
            let unit = unit(stream)?;
            if !(0xd800..0xdc00).contains(&unit) {
                return Ok(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            if stream.u8()? != b'\\' || stream.u8()? != b'u' {
                return Err(Broken::wrong(at, "The header is no JSON: half of a surrogate pair"));
            }
            let low = self::unit(stream)?;
            let code = 0x10000 + ((unit - 0xd800) << 10) + (low.wrapping_sub(0xdc00) & 0x3ff);
            char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        _ => return Err(Broken::wrong(at, "The header is no JSON: an unknown escape")),
    })
}

fn unit(stream: &mut Stream) -> Result<u32, Broken> {
    let mut unit = 0;
    for _ in 0..4 {
        let at = stream.at();
        let digit = char::from(stream.u8()?).to_digit(16);
        unit = unit * 16 + digit.ok_or_else(|| Broken::wrong(at, "The header is no JSON: a bad escape"))?;
    }
    Ok(unit)
}

/// A number that counts something: no sign, no fraction, no exponent, and no more than 64 bits.
pub(super) fn number(stream: &mut Stream) -> Result<u64, Broken> {
    next(stream)?;
    let at = stream.at();
    let mut number: Option<u64> = None;
    while let Some(byte @ b'0'..=b'9') = stream.peek()? {
        stream.u8()?;
        let digit = u64::from(byte - b'0');
        let longer = number.unwrap_or(0).checked_mul(10).and_then(|tens| tens.checked_add(digit));
        number =
            Some(longer.ok_or_else(|| Broken::wrong(at, "A number in the header has more than 64 bits"))?);
    }
    let cut = !matches!(stream.peek()?, Some(b'.' | b'e' | b'E' | b'-' | b'+'));
    number
        .filter(|_| cut)
        .ok_or_else(|| Broken::wrong(at, "A size or an offset in the header is no natural number"))
}

/// Leaves out a value of any kind.
pub(super) fn skip(stream: &mut Stream) -> Result<(), Broken> {
    let mut open: Vec<u8> = Vec::new();
    loop {
        let before = stream.at();
        match next(stream)? {
            b'"' => _ = text(stream)?,
            byte @ (b'{' | b'[') => {
                if open.len() >= DEEPEST {
                    return Err(Broken::wrong(
                        before,
                        "A value in the header lies deeper than any loader needs",
                    ));
                }
                stream.u8()?;
                open.push(if byte == b'{' { b'}' } else { b']' });
                if open.last().copied() != Some(next(stream)?) {
                    continue;
                }
            }
            b'0'..=b'9' | b'-' | b't' | b'f' | b'n' => word(stream)?,
            _ => return Err(Broken::wrong(before, "The header is no JSON: a value is missing")),
        }
        loop {
            let Some(close) = open.last().copied() else { return Ok(()) };
            match next(stream)? {
                byte if byte == close => {
                    stream.u8()?;
                    open.pop();
                }
                b',' | b':' => {
                    stream.u8()?;
                    break;
                }
                _ => return Err(Broken::wrong(stream.at(), "The header is no JSON: a comma is missing")),
            }
        }
    }
}

/// Leaves out a number, `true`, `false` or `null`.
fn word(stream: &mut Stream) -> Result<(), Broken> {
    while let Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'a'..=b'z' | b'E') = stream.peek()? {
        stream.u8()?;
    }
    Ok(())
}
