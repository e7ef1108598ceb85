//! Pickles inside values: raw, or wrapped in base64, hexadecimal or zlib, up to a few layers. A value is only a
//! candidate here; whether it is a pickle is decided by running it.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::{alphabet, engine::DecodePaddingMode};
use flate2::read::ZlibDecoder;

use super::budget::PickleLimits;
use super::escapes::{number, plain};
use super::machine::{End, Machine};
use super::reader::Reader;
use super::trace::Trace;
use super::value::Form;

/// A shorter value holds no pickle that does anything.
pub(super) const MIN_LEN: u64 = 12;
/// How many bytes of a value are looked at before it is a candidate.
pub(super) const HEAD: usize = 512;
/// Opcodes a stream without a protocol can begin with.
const STARTS: &[u8] = b"(c]})NIKLMJGFSTUVXP";
const MAX_LAYERS: usize = 4;
/// The first stream of what PyTorch saves outside of archives: a magic number (`serialization.py`, `MAGIC_NUMBER`).
pub(crate) const TORCH: &[u8] = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.";

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Whether a value that begins like this can be a pickle, wrapped or not. This runs on every value.
#[inline]
pub(super) fn may_begin(head: [u8; 4]) -> bool {
    match head {
        // Raw from protocol 2 on, and zlib.
        [0x80, 0..=5, ..] | [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] => true,
        // Raw without a protocol: whatever puts something on the stack first.
        [first, ..] if STARTS.contains(&first) => true,
        // Base64 of the above.
        [b'g', b'A', ..] | [b'e', b'A' | b'F' | b'J' | b'N', ..] => true,
        [b'K' | b'X' | b'f', ..] => true,
        [b'Y', b'w'..=b'z' | b'0'..=b'9' | b'+' | b'/' | b'-' | b'_', ..] => true,
        // Hexadecimal of the above.
        [b'8', b'0', b'0', b'0'..=b'5'] | [b'7', b'8', ..] => true,
        [b'6', b'3', ..] | [b'2', b'8' | b'9', ..] | [b'5' | b'7', b'd' | b'D', ..] => true,
        _ => false,
    }
}

/// Whether the first bytes of a value, once unwrapped, look like a pickle: they are run a little way. A value that
/// is `cut` may go on behind what is seen.
pub(super) fn looks_like_pickle(head: &[u8], form: Form, cut: bool) -> bool {
    let Some((pickle, _)) = unwrap(&plain(head, form), 8 * HEAD) else { return false };
    if pickle.starts_with(TORCH) {
        return true;
    }
    let limits = PickleLimits { opcodes: 200, candidates: 0, ..PickleLimits::default() };
    let mut trace = Trace::default();
    let Ok(mut reader) = Reader::new(Cursor::new(pickle)) else { return false };
    let (end, last) = Machine::new(&mut reader, &mut trace, &limits).run();
    let goes_on = matches!(end, End::Spent(_)) || cut && matches!(end, End::Truncated | End::Length);
    // A name that the bytes end in may as well be a word.
    let names = trace.globals.iter().any(|global| global.imported < last || global.capability.is_dangerous());
    goes_on || names || !trace.notes.is_empty() && matches!(end, End::Stopped)
}

/// Whether a value is a pickle as it is, without any wrapping.
pub(super) fn is_raw(bytes: &[u8], form: Form) -> bool {
    form == Form::Plain && is_pickle(bytes)
}

/// The pickle in a value without its wrapping, at most `limit` bytes of it, and how it was wrapped.
pub(super) fn unwrap(bytes: &[u8], limit: usize) -> Option<(Vec<u8>, String)> {
    let mut layers = Vec::new();
    let mut current = Cow::Borrowed(bytes);
    while !is_pickle(&current) {
        if layers.len() >= MAX_LAYERS {
            return None;
        }
        let (inner, layer) = peel(&current, limit)?;
        layers.push(layer);
        current = Cow::Owned(inner);
    }
    let how = if layers.is_empty() { "raw".to_owned() } else { layers.join(", ") };
    Some((current.into_owned(), how))
}

/// Whether bytes begin like a pickle: with a protocol, or with text that names a global.
fn is_pickle(bytes: &[u8]) -> bool {
    match bytes {
        [0x80, 0..=5, next, ..] => super::opcode::Op::of(*next).is_some(),
        [first, ..] if STARTS.contains(first) => names_global(bytes.get(..HEAD).unwrap_or(bytes)),
        _ => false,
    }
}

/// Whether a `GLOBAL` or `INST` with two lines that are names is among the first bytes.
fn names_global(bytes: &[u8]) -> bool {
    let is_name = |line: &[u8]| {
        let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.".contains(byte);
        line.len() < 100
            && line.iter().all(is_letter)
            && line.first().is_some_and(|first| !first.is_ascii_digit())
    };
    let mut lines = bytes.split(|&byte| byte == b'\n').peekable();
    while let Some(line) = lines.next() {
        let Some(next) = lines.peek() else { return false };
        let from = line.iter().rposition(|&byte| !byte.is_ascii_alphanumeric() && !b"_.".contains(&byte));
        let word = line.get(from.map_or(0, |at| at + 1)..).unwrap_or_default();
        let named = word.iter().position(|byte| b"ci".contains(byte));
        let module = named.and_then(|at| word.get(at + 1..)).unwrap_or_default();
        if is_name(module) && is_name(next) {
            return true;
        }
    }
    false
}

/// Takes off one layer of wrapping.
fn peel(bytes: &[u8], limit: usize) -> Option<(Vec<u8>, &'static str)> {
    if let [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] = bytes {
        let mut out = Vec::new();
        let most = u64::try_from(limit).unwrap_or(u64::MAX);
        // What comes before an error counts: the head of a value is cut.
        let _ = ZlibDecoder::new(bytes).take(most).read_to_end(&mut out);
        return (!out.is_empty()).then_some((out, "zlib"));
    }
    let text: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    if text.iter().all(u8::is_ascii_hexdigit) {
        let pairs = text.chunks_exact(2);
        return Some((pairs.filter_map(|pair| Some(number(Some(pair), 16)? as u8)).collect(), "hexadecimal"));
    }
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_=".contains(byte);
    if !text.iter().all(is_letter) {
        return None;
    }
    // The head of a value may be cut anywhere.
    let whole = text.len() - text.len() % 4;
    let url_safe = text.iter().any(|byte| b"-_".contains(byte));
    let engine = if url_safe { &URL_SAFE } else { &STANDARD };
    let decoded =
        engine.decode(&text).or_else(|_| engine.decode(text.get(..whole).unwrap_or_default())).ok()?;
    (!decoded.is_empty()).then_some((decoded, "base64"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_not_pickles() {
        for text in ["conditional", "YouTube video", "Kxyz1234abcd", "8005551234567", "cat\ndog"] {
            assert!(!looks_like_pickle(text.as_bytes(), Form::Plain, false), "{text}");
        }
    }

    #[test]
    fn layers_are_taken_off() {
        let pickle = b"cos\nsystem\n(S'id'\ntR.";
        let once = STANDARD.encode(pickle);
        let twice = casemate_core::hex(once.as_bytes());
        assert_eq!(unwrap(twice.as_bytes(), 999), Some((pickle.to_vec(), "hexadecimal, base64".into())));
    }
}
