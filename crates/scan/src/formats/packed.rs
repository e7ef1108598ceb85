//! Files that are one compressed stream: gzip, bzip2, xz, LZMA, LZ4, Zstandard and bare zlib, also several of a kind one
//! after the other. What is inside is read as a file of its own.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

use casemate_core::{Confidence, Severity};

use crate::finding::Finding;
use crate::format::Format;
use crate::formats::{Reader, Reading};
use crate::input::{Cursor, Input};
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

/// The most memory that a stream may ask for, in KiB: more than any preset up to level 6 needs.
const MOST_MEMORY: u32 = 24 * 1024;
/// What LZ4 began with before it had frames.
const LEGACY: &[u8] = b"\x02\x21\x4c\x18";
/// How many frames that are skipped follow one another.
const MOST_SKIPPED: usize = 10_000;
/// Frames that are skipped and no longer hold a length or two.
const SHORT: u64 = 32;
/// How much of a stream without a magic has to unpack before it is believed.
const PROOF: u64 = 64;

pub(crate) const GZIP: Reader = Reader {
    format: Format::Gzip,
    fit: |sniff| Fit::certain_if(sniff.begins(b"\x1f\x8b\x08")),
    read: |input, scan| read(input, scan, Codec::Gzip),
};
pub(crate) const BZIP2: Reader = Reader {
    format: Format::Bzip2,
    fit: |sniff| Fit::certain_if(sniff.begins(b"BZh") && sniff.has_at(4, b"1AY&SY")),
    read: |input, scan| read(input, scan, Codec::Bzip2),
};
pub(crate) const XZ: Reader = Reader {
    format: Format::Xz,
    fit: |sniff| Fit::certain_if(sniff.begins(b"\xfd7zXZ\0")),
    read: |input, scan| read(input, scan, Codec::Xz),
};
pub(crate) const LZ4: Reader = Reader {
    format: Format::Lz4,
    fit: |sniff| begins_past_skipped(sniff, b"\x04\x22\x4d\x18").max(Fit::certain_if(sniff.begins(LEGACY))),
    read: |input, scan| read(input, scan, Codec::Lz4),
};
pub(crate) const ZSTD: Reader = Reader {
    format: Format::Zstd,
    fit: |sniff| begins_past_skipped(sniff, b"\x28\xb5\x2f\xfd"),
    read: |input, scan| read(input, scan, Codec::Zstd),
};
pub(crate) const ZLIB: Reader =
    Reader { format: Format::Zlib, fit: fit_zlib, read: |input, scan| read(input, scan, Codec::Zlib) };
pub(crate) const LZMA: Reader =
    Reader { format: Format::Lzma, fit: fit_lzma, read: |input, scan| read(input, scan, Codec::Lzma) };

/// joblib before 0.10: a letter or two, the unpacked length in hexadecimal padded with spaces, and a zlib stream.
pub(crate) const ZFILE: Reader = Reader { format: Format::Joblib, fit: fit_zfile, read: read_zfile };
const ZFILE_HEADER: usize = 21;

fn fit_zfile(sniff: &Sniff<'_>) -> Fit {
    let length = sniff.head.get(2..ZFILE_HEADER).and_then(|length| std::str::from_utf8(length).ok());
    let digits = length.and_then(|length| length.trim_end().strip_prefix("0x"));
    let hexadecimal =
        digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit()));
    Fit::certain_if(sniff.begins(b"ZF") && hexadecimal)
}

fn read_zfile(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let start = ZFILE_HEADER as u64;
    scan.understood(0..start);
    scan.member("zlib stream", &input.rest(start), start..input.len());
    Ok(Reading::Done)
}

/// zlib has no magic: two bytes with a check of their own (RFC 1950).
fn fit_zlib(sniff: &Sniff<'_>) -> Fit {
    let Some(&[method, flags]) = sniff.head.first_chunk() else { return Fit::No };
    let check = (u16::from(method) << 8) + u16::from(flags);
    Fit::maybe_if(method & 0x0f == 8 && method >> 4 <= 7 && check % 31 == 0 && flags & 0x20 == 0)
}

/// LZMA alone has none either: properties, a dictionary size, a length that is mostly left open.
fn fit_lzma(sniff: &Sniff<'_>) -> Fit {
    let Some(&[properties, d0, d1, d2, d3, ref len @ ..]) = sniff.head.first_chunk::<13>() else {
        return Fit::No;
    };
    let dictionary = u32::from_le_bytes([d0, d1, d2, d3]);
    let sensible =
        dictionary.is_power_of_two() || (dictionary & (dictionary.wrapping_sub(1))).is_power_of_two();
    let len = u64::from_le_bytes(*len);
    Fit::maybe_if(properties == 0x5d && sensible && (len == u64::MAX || len < 1 << 40))
}

/// What unpacks a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    Gzip,
    Bzip2,
    Xz,
    Lzma,
    Lz4,
    Zstd,
    Zlib,
}

impl Codec {
    /// Whether a further stream of the kind begins here.
    fn begins(self, head: &[u8]) -> bool {
        match self {
            Self::Gzip => head.starts_with(b"\x1f\x8b"),
            Self::Bzip2 => head.starts_with(b"BZh"),
            Self::Xz => head.starts_with(b"\xfd7zXZ\0"),
            Self::Lz4 => head.starts_with(b"\x04\x22\x4d\x18") || head.starts_with(LEGACY),
            Self::Zstd => head.starts_with(b"\x28\xb5\x2f\xfd"),
            Self::Lzma | Self::Zlib => false,
        }
    }

    fn open(self, source: Counted) -> io::Result<Box<dyn Read>> {
        Ok(match self {
            Self::Gzip => Box::new(flate2::bufread::GzDecoder::new(source)),
            Self::Zlib => Box::new(flate2::bufread::ZlibDecoder::new(source)),
            Self::Bzip2 => Box::new(bzip2::bufread::BzDecoder::new(source)),
            Self::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(source, false, MOST_MEMORY)),
            Self::Lzma => {
                let count = Rc::clone(&source.count);
                let inner = lzma_rust2::LzmaReader::new_mem_limit(source, MOST_MEMORY, None)?;
                Box::new(Exact { inner: Some(inner), count })
            }
            Self::Lz4 => Box::new(lz4_flex::frame::FrameDecoder::new(source)),
            Self::Zstd => {
                let most = u64::from(MOST_MEMORY) * 1024;
                let decoder = ruzstd::decoding::StreamingDecoder::new_with_max_window_size(source, most);
                Box::new(
                    decoder.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?,
                )
            }
        })
    }

    /// Whether the format has bytes of its own that tell it.
    const fn has_magic(self) -> bool {
        !matches!(self, Self::Zlib | Self::Lzma)
    }
}

/// All streams of a kind in some bytes, unpacked as they are read.
pub(crate) fn unpack(input: &Input, codec: Codec) -> io::Result<Box<dyn Read>> {
    let end = Rc::new(Cell::new(0));
    Ok(Box::new(Joined { input: input.clone(), codec, current: None, start: 0, end }))
}

/// LZMA as it stands in zip archives: two bytes of version, the length of the properties, these, and the stream
/// (APPNOTE.TXT 6.3.10, 5.8.8).
pub(crate) fn unpack_lzma(input: &Input, size: u64) -> io::Result<Box<dyn Read>> {
    let [_, _, 5, 0, properties, d0, d1, d2, d3] = input.array(0)? else {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "LZMA with properties that are not known"));
    };
    let dictionary = u32::from_le_bytes([d0, d1, d2, d3]);
    if dictionary / 1024 > MOST_MEMORY {
        return Err(io::Error::new(io::ErrorKind::OutOfMemory, "it takes more memory than is allowed"));
    }
    let source = BufReader::with_capacity(32 * 1024, input.rest(9).cursor());
    Ok(Box::new(lzma_rust2::LzmaReader::new_with_props(source, size, properties, dictionary, None)?))
}

fn read(input: &Input, scan: &mut Scan, codec: Codec) -> io::Result<Reading> {
    if !codec.has_magic() && !unpacks(input, codec) {
        return Ok(Reading::NotThis);
    }
    if matches!(codec, Codec::Zstd | Codec::Lz4) {
        before(input, scan)?;
    }
    let end = Rc::new(Cell::new(0));
    let stream = Joined { input: input.clone(), codec, current: None, start: 0, end: Rc::clone(&end) };
    let unpacked = scan.unpack(stream, input.len(), "the stream")?;
    let end = end.get().min(input.len());
    let inner = scan.member("unpacked", &unpacked, 0..end);
    if matches!(inner, Format::Joblib | Format::Pickle) {
        scan.format(Format::Joblib);
    }
    behind(input, end, scan)?;
    Ok(Reading::Done)
}

/// How long the frames are that Zstandard and LZ4 skip, whatever is in them: a magic, a length, and the content.
fn skipped(input: &Input) -> io::Result<u64> {
    let mut at = 0;
    for _ in 0..MOST_SKIPPED {
        let mut head = [0; 8];
        if input.read_at(at, &mut head)? < head.len() {
            break;
        }
        let [0x50..=0x5f, 0x2a, 0x4d, 0x18, length @ ..] = head else { break };
        let next = at + 8 + u64::from(u32::from_le_bytes(length));
        if next > input.len() {
            break;
        }
        at = next;
    }
    Ok(at)
}

/// Whether a stream begins with some bytes, past frames that are skipped.
fn begins_past_skipped(sniff: &Sniff<'_>, magic: &[u8]) -> Fit {
    let behind = || {
        let at = skipped(sniff.input).ok().filter(|at| *at > 0)?;
        sniff.input.rest(at).head(4).ok()
    };
    Fit::certain_if(sniff.begins(magic) || behind().is_some_and(|head| head == magic))
}

/// Reads the frames before the stream that are skipped as files of their own, unless they are mere lengths.
fn before(input: &Input, scan: &mut Scan) -> io::Result<()> {
    let len = skipped(input)?;
    if let Some(part) = input.rest(8).slice(0, len.saturating_sub(8)).filter(|part| part.len() > SHORT) {
        scan.member("bytes that are skipped", &part, 8..len);
    }
    Ok(())
}

/// What follows the last stream. Zeros are padding, as tapes and xz have it.
pub(crate) fn behind(input: &Input, end: u64, scan: &mut Scan) -> io::Result<()> {
    let rest = input.rest(end);
    if rest.is_empty() {
        return Ok(());
    }
    if rest.head(64 * 1024)?.iter().all(|byte| *byte == 0) && rest.len() <= 64 * 1024 {
        scan.understood(end..input.len());
        return Ok(());
    }
    let title = format!("{} bytes follow what is compressed", rest.len());
    scan.find(Finding::new(Rule::PackedTrailingData, Severity::Medium, Confidence::High, title, end));
    scan.member("bytes behind the stream", &rest, end..input.len());
    Ok(())
}

/// Whether the beginning unpacks at all.
fn unpacks(input: &Input, codec: Codec) -> bool {
    let source = Counted { inner: BufReader::new(input.cursor()), count: Rc::default() };
    let mut proof = Vec::new();
    let opened = codec.open(source).and_then(|stream| stream.take(PROOF).read_to_end(&mut proof));
    opened.is_ok() && !proof.is_empty()
}

/// Bytes with a count of those that were taken.
struct Counted {
    inner: BufReader<Cursor>,
    count: Rc<Cell<u64>>,
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.count.set(self.count.get() + count as u64);
        Ok(count)
    }
}

impl BufRead for Counted {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.count.set(self.count.get() + count as u64);
        self.inner.consume(count);
    }
}

/// LZMA alone reads ahead; what it took too much is given back to the count at the end.
struct Exact {
    inner: Option<lzma_rust2::LzmaReader<Counted>>,
    count: Rc<Cell<u64>>,
}

impl Read for Exact {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Some(inner) = &mut self.inner else { return Ok(0) };
        let count = inner.read(into)?;
        if count == 0
            && !into.is_empty()
            && let Some(inner) = self.inner.take()
        {
            let ahead = inner.into_parts().1.len() as u64;
            self.count.set(self.count.get().saturating_sub(ahead));
        }
        Ok(count)
    }
}

/// All streams of a kind that follow one another, as one.
struct Joined {
    input: Input,
    codec: Codec,
    current: Option<Box<dyn Read>>,
    /// Where the current stream begins.
    start: u64,
    /// Where what was taken ends.
    end: Rc<Cell<u64>>,
}

impl Joined {
    /// Opens the stream that begins where the last one ended, if one does.
    fn next(&mut self) -> io::Result<bool> {
        if matches!(self.codec, Codec::Zstd | Codec::Lz4) {
            self.start += skipped(&self.input.rest(self.start))?;
            self.end.set(self.start.max(self.end.get()));
        }
        let rest = self.input.rest(self.start);
        if self.start > 0 && !self.codec.begins(&rest.head(8)?) || rest.is_empty() {
            return Ok(false);
        }
        self.end.set(self.start);
        let inner = BufReader::with_capacity(32 * 1024, rest.cursor());
        self.current = Some(self.codec.open(Counted { inner, count: Rc::clone(&self.end) })?);
        Ok(true)
    }
}

impl Read for Joined {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(current) = &mut self.current else {
                if self.next()? {
                    continue;
                }
                return Ok(0);
            };
            match current.read(into)? {
                0 if self.end.get() > self.start => {
                    self.current = None;
                    self.start = self.end.get();
                }
                count => return Ok(count),
            }
        }
    }
}
