//! Metadata of a GGUF: keys with values of thirteen types. Vocabularies stream by; only what a fact or a check needs is
//! held.

use casemate_core::{Confidence, Severity};

use super::{Gguf, LONGEST_NAME};
use crate::fact::About;
use crate::finding::Finding;
use crate::formats::metadata;
use crate::formats::stream::{Broken, Stream};
use crate::rule::Rule;
use crate::scan::Scan;

/// The longest text that is held.
const LONGEST_TEXT: u64 = 4 * 1024 * 1024;
/// How much of a key a fact repeats.
const LONGEST_KEY: usize = 400;
/// How deep arrays may lie in arrays.
const DEEPEST: usize = 8;
/// How many items of an array of texts are looked at as metadata.
const LOOKED_AT: u64 = 64;
/// How many items arrays of texts or of arrays may have, over the whole file.
const MOST_ITEMS: u64 = 20_000_000;

/// Types of values by their numbers.
const BOOL: u32 = 7;
const TEXT: u32 = 8;
const ARRAY: u32 = 9;

/// How many bytes a value of a type is; none for texts, arrays and what is no type.
fn width(kind: u32) -> Option<u64> {
    Some(match kind {
        0 | 1 | BOOL => 1,
        2 | 3 => 2,
        4..=6 => 4,
        10..=12 => 8,
        _ => return None,
    })
}

/// Reads one key with its value.
pub(super) fn read(stream: &mut Stream, gguf: &mut Gguf, scan: &mut Scan) -> Result<(), Broken> {
    let at = stream.at();
    let key = gguf.name(stream, "key", scan)?;
    if !gguf.keys.add(key.as_bytes()) {
        let title = format!("The key `{key}` is there twice; loaders differ in which they take");
        scan.find(Finding::new(Rule::GgufDuplicateName, Severity::High, Confidence::High, title, at));
    }
    match stream.u32()? {
        ARRAY => array(stream, gguf, &key, 0, scan),
        kind => value(stream, gguf, &key, kind, scan),
    }
}

/// A value that is no array.
fn value(stream: &mut Stream, gguf: &mut Gguf, key: &str, kind: u32, scan: &mut Scan) -> Result<(), Broken> {
    let at = stream.at();
    let said = match kind {
        TEXT => {
            let len = gguf.length(stream)?;
            let from = stream.at();
            gguf.fits(len, from, stream.left(), "The value of a key", scan)?;
            if len > LONGEST_TEXT {
                scan.gap(format!("the value of {key} is longer than is read"));
            }
            let text = stream.text(len, LONGEST_TEXT)?;
            metadata::tell(key, &text, from, len, scan);
            return Ok(());
        }
        BOOL => match stream.u8()? {
            0 => "false".to_owned(),
            1 => "true".to_owned(),
            other => {
                let title = format!("The value of `{key}` is {other}, where only 0 and 1 are allowed");
                scan.find(Finding::new(Rule::GgufHeader, Severity::Low, Confidence::High, title, at));
                other.to_string()
            }
        },
        6 => f32::from_bits(stream.u32()?).to_string(),
        12 => f64::from_bits(stream.u64()?).to_string(),
        1 => stream.u8()?.cast_signed().to_string(),
        3 => stream.u16()?.cast_signed().to_string(),
        5 => stream.i32()?.to_string(),
        11 => stream.i64()?.to_string(),
        _ => {
            let number = match width(kind) {
                Some(1) => u64::from(stream.u8()?),
                Some(2) => u64::from(stream.u16()?),
                Some(4) => u64::from(stream.u32()?),
                Some(_) => stream.u64()?,
                None => return Err(Broken::wrong(at, format!("`{key}` is of the unknown type {kind}"))),
            };
            gguf.note_number(key, kind, number, at, scan);
            number.to_string()
        }
    };
    scan.fact(About::Metadata, metadata::shortened(key, LONGEST_KEY), said);
    Ok(())
}

/// An array: of numbers, which are left out at once, of texts, or of arrays.
fn array(
    stream: &mut Stream,
    gguf: &mut Gguf,
    key: &str,
    depth: usize,
    scan: &mut Scan,
) -> Result<(), Broken> {
    let at = stream.at();
    let kind = stream.u32()?;
    let count = gguf.length(stream)?;
    // The shortest item: a text is at least its length, an array its type and length.
    let least = width(kind).unwrap_or(if kind == ARRAY { 4 + gguf.word() } else { gguf.word() });
    let Some(bytes) = count.checked_mul(least).filter(|bytes| i64::try_from(*bytes).is_ok()) else {
        let what = format!("The array `{key}` has {count} items");
        return Err(gguf.overflow(at, &what, Some("CVE-2024-21825"), scan));
    };
    gguf.fits(bytes, at, stream.left(), &format!("The array `{key}` of {count} items"), scan)?;
    if depth == 0 {
        let key = metadata::shortened(key, LONGEST_KEY);
        scan.fact(About::Metadata, key, format!("an array of {count}"));
    }
    match kind {
        TEXT => texts(stream, gguf, key, count, scan),
        ARRAY => {
            if depth == 0 {
                let title = format!("The array `{key}` holds arrays");
                let rule = Rule::GgufNestedArray;
                scan.find(Finding::new(rule, Severity::Medium, Confidence::High, title, at));
            }
            if depth >= DEEPEST {
                return Err(Broken::wrong(at, format!("The arrays in `{key}` lie deeper than {DEEPEST}")));
            }
            gguf.spend(count, MOST_ITEMS)?;
            (0..count).try_for_each(|_| array(stream, gguf, key, depth + 1, scan))
        }
        _ if width(kind).is_some() => stream.skip(bytes),
        _ => Err(Broken::wrong(at, format!("The array `{key}` is of the unknown type {kind}"))),
    }
}

/// Texts one after the other. The first ones of a list that is no vocabulary are metadata like any other.
fn texts(stream: &mut Stream, gguf: &mut Gguf, key: &str, count: u64, scan: &mut Scan) -> Result<(), Broken> {
    gguf.spend(count, MOST_ITEMS)?;
    let metadata = !key.starts_with("tokenizer.");
    for item in 0..count {
        let len = gguf.length(stream)?;
        let from = stream.at();
        gguf.fits(len, from, stream.left(), &format!("A text in the array `{key}`"), scan)?;
        if metadata && item < LOOKED_AT {
            let text = stream.text(len, LONGEST_NAME)?;
            metadata::tell(key, &text, from, len, scan);
        } else {
            stream.skip(len)?;
        }
    }
    Ok(())
}
