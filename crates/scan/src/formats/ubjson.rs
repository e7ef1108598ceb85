//! UBJSON as XGBoost writes it: objects, arrays, typed arrays, numbers and texts. It streams and calls back at each name;
//! no value is built.

use super::stream::{Broken, Stream};

/// How deep objects may lie in each other.
const DEEPEST: usize = 64;
const MOST_VALUES: u64 = 50_000_000;
/// How much of a name or text is kept.
const LONGEST: u64 = 512;

/// What a walk sees, in the order of the file.
pub(crate) enum Event {
    /// A text or number under a name.
    Value(String),
    /// Nothing but numbers of one type: how many, of how many bytes each, and where they begin.
    Numbers(u64, u64, u64),
}

/// An object or array that is being read.
struct Open {
    object: bool,
    /// How many items are left; none where a bracket ends it.
    left: Option<u64>,
    kind: Option<u8>,
    name: String,
}

/// Reads one value and everything in it. `see` gets the names that lead to a value, and the value.
pub(crate) fn walk(stream: &mut Stream, see: &mut impl FnMut(&str, Event)) -> Result<(), Broken> {
    let mut open: Vec<Open> = Vec::new();
    let mut values = 0;
    let kind = marker(stream)?;
    enter(stream, kind, &mut open, see)?;
    loop {
        values += 1;
        if values > MOST_VALUES {
            return Err(Broken::Budget("there are more values than are read".to_owned()));
        }
        let Some(last) = open.last_mut() else { return Ok(()) };
        let close = if last.object { b'}' } else { b']' };
        let ended = match &mut last.left {
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                false
            }
            None => skip_nothing(stream)? == close,
        };
        if ended {
            if last.left.is_none() {
                stream.u8()?;
            }
            open.pop();
            continue;
        }
        if last.object {
            last.name = short_text(stream)?;
        }
        let kind = match last.kind {
            Some(kind) => kind,
            None => marker(stream)?,
        };
        enter(stream, kind, &mut open, see)?;
    }
}

/// The next byte that is no filler, without taking it.
fn skip_nothing(stream: &mut Stream) -> Result<u8, Broken> {
    loop {
        match stream.peek()? {
            Some(b'N') => _ = stream.u8()?,
            Some(byte) => return Ok(byte),
            None => return Err(Broken::End { at: stream.at() }),
        }
    }
}

fn marker(stream: &mut Stream) -> Result<u8, Broken> {
    skip_nothing(stream)?;
    stream.u8()
}

/// How many bytes a number of a type is.
fn width(kind: u8) -> Option<u64> {
    Some(match kind {
        b'Z' | b'T' | b'F' | b'N' => 0,
        b'i' | b'U' | b'C' | b'B' => 1,
        b'I' | b'u' | b'h' => 2,
        b'l' | b'm' | b'd' => 4,
        b'L' | b'M' | b'D' => 8,
        _ => return None,
    })
}

/// A length: a marked integer that is not negative.
fn length(stream: &mut Stream) -> Result<u64, Broken> {
    let at = stream.at();
    let number = match stream.u8()? {
        b'i' => i64::from(stream.u8()?.cast_signed()),
        b'U' => i64::from(stream.u8()?),
        b'I' => i64::from(stream.u16()?.cast_signed()),
        b'u' => i64::from(stream.u16()?),
        b'l' => i64::from(stream.i32()?),
        b'm' => i64::from(stream.u32()?),
        b'L' | b'M' => stream.i64()?,
        _ => return Err(Broken::wrong(at, "A length is no integer")),
    };
    u64::try_from(number).map_err(|_| Broken::wrong(at, format!("A length is {number}")))
}

fn short_text(stream: &mut Stream) -> Result<String, Broken> {
    let at = stream.at();
    let len = length(stream)?;
    if len > stream.left() {
        return Err(Broken::wrong(at, format!("A text is {len} bytes long, beyond the file")));
    }
    stream.text(len, LONGEST)
}

/// Reads a value of a type; an object or array is left open.
fn enter(
    stream: &mut Stream,
    kind: u8,
    open: &mut Vec<Open>,
    see: &mut impl FnMut(&str, Event),
) -> Result<(), Broken> {
    let at = stream.at();
    let name = |open: &[Open]| {
        let names: Vec<&str> =
            open.iter().filter(|open| open.object).map(|open| open.name.as_str()).collect();
        names.join(".")
    };
    match kind {
        b'{' | b'[' => {
            let begun = begin(stream, kind == b'{')?;
            if let (false, Some(width), Some(count)) = (begun.object, begun.kind.and_then(width), begun.left)
            {
                let start = stream.at();
                see(&name(open), Event::Numbers(count, width, start));
                return match count.checked_mul(width).filter(|len| *len <= stream.left()) {
                    Some(len) => stream.skip(len),
                    None => {
                        let why = format!("An array of {count} numbers reaches beyond the file");
                        Err(Broken::wrong(at, why))
                    }
                };
            }
            if begun.left.is_some_and(|left| left > stream.left()) {
                return Err(Broken::wrong(at, "An object counts more items than there are bytes"));
            }
            if open.len() >= DEEPEST {
                return Err(Broken::wrong(at, format!("Objects lie deeper than {DEEPEST}")));
            }
            open.push(begun);
        }
        b'S' | b'H' => {
            let text = short_text(stream)?;
            see(&name(open), Event::Value(text));
        }
        b'i' | b'U' | b'I' | b'l' | b'L' => {
            let number = integer(stream, kind)?;
            // Of numbers in arrays only those on the first levels say something.
            if open.len() <= 2 || open.last().is_some_and(|open| open.object) {
                see(&name(open), Event::Value(number.to_string()));
            }
        }
        _ => {
            let Some(width) = width(kind) else {
                let why = format!("There is no type `{}`", char::from(kind).escape_default());
                return Err(Broken::wrong(at, why));
            };
            stream.skip(width)?;
        }
    }
    Ok(())
}

fn integer(stream: &mut Stream, kind: u8) -> Result<i64, Broken> {
    Ok(match kind {
        b'i' => i64::from(stream.u8()?.cast_signed()),
        b'U' => i64::from(stream.u8()?),
        b'I' => i64::from(stream.u16()?.cast_signed()),
        b'l' => i64::from(stream.i32()?),
        _ => stream.i64()?,
    })
}

/// The type and count that an object or array may begin with.
fn begin(stream: &mut Stream, object: bool) -> Result<Open, Broken> {
    let mut open = Open { object, left: None, kind: None, name: String::new() };
    if stream.peek()? == Some(b'$') {
        stream.u8()?;
        open.kind = Some(stream.u8()?);
    }
    if stream.peek()? == Some(b'#') {
        stream.u8()?;
        open.left = Some(length(stream)?);
    } else if open.kind.is_some() {
        return Err(Broken::wrong(stream.at(), "An array of one type does not say how long it is"));
    }
    Ok(open)
}
