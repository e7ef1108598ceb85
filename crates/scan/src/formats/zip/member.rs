//! One member: where its data lies, and its bytes once unpacked. It does not know what they mean.

use std::io::{self, BufReader, Read};

use flate2::CrcReader;
use flate2::read::DeflateDecoder;

use super::directory::Entry;
use super::local::Local;
use crate::formats::{looks_harmful, packed};
use crate::input::Input;
use crate::scan::Scan;

/// Stored data up to this length has its checksum tested.
const CHECKED: u64 = 8 * 1024 * 1024;

/// A member as both headers describe it. Where they disagree the directory counts, as it does for most programs.
pub(crate) struct Member {
    pub(crate) entry: Entry,
    /// Where its data begins.
    data: u64,
    /// The flags of its local header.
    flags: u16,
}

/// What became of the data of a member.
pub(crate) enum Opened {
    /// Its bytes, and whether they have the checksum that is written down, where that was tested.
    Data(Input, Option<bool>),
    /// Nobody can read it, and why.
    Closed(String),
}

impl Member {
    pub(super) fn new(entry: Entry, local: &Local) -> Self {
        Self { entry, data: local.data, flags: local.flags }
    }

    /// Where the data lies; cut at the end of the file.
    pub(crate) fn span(&self, input: &Input) -> std::ops::Range<u64> {
        let start = self.data.min(input.len());
        start..start.saturating_add(self.entry.packed).min(input.len())
    }

    /// Whether it is stored as it is.
    pub(crate) fn is_stored(&self) -> bool {
        self.entry.method == 0
    }

    /// The packed bytes.
    pub(crate) fn packed(&self, input: &Input) -> Input {
        let span = self.span(input);
        input.rest(span.start).slice(0, span.end - span.start).unwrap_or_else(|| input.rest(input.len()))
    }

    /// Unpacks the data. Flags that say it is encrypted or patched are not believed before it was tried.
    pub(crate) fn open(&self, input: &Input, scan: &mut Scan) -> io::Result<Opened> {
        let packed = self.packed(input);
        let name = self.entry.name();
        let opened = match self.entry.method {
            0 => {
                let known =
                    if packed.len() <= CHECKED { Some(crc(&packed)? == self.entry.crc) } else { None };
                Opened::Data(packed, known)
            }
            8 | 12 | 14 | 93 | 95 => {
                let stream = match self.stream(&packed) {
                    Ok(stream) => stream,
                    Err(error) => return Ok(Opened::Closed(format!("it cannot be unpacked: {error}"))),
                };
                // Ciphertext is no such stream. It is tried aside, so that it leaves no trace.
                if self.claims_encryption() && !self.stream(&packed).is_ok_and(begins_well) {
                    return Ok(Opened::Closed("it is encrypted".to_owned()));
                }
                let mut stream = CrcReader::new(stream);
                let data = scan.unpack(&mut stream, packed.len(), &name)?;
                // What was cut off has a checksum that says nothing.
                let ended = !matches!(stream.read(&mut [0]), Ok(1..));
                Opened::Data(data, ended.then(|| stream.crc().sum() == self.entry.crc))
            }
            other => Opened::Closed(format!("it is packed by method {other} ({})", method(other))),
        };
        let Opened::Data(bytes, sum) = opened else { return Ok(opened) };
        // Encryption makes data longer than it is by its header. What is as long as it should be is not encrypted, even
        // where the checksum is wrong, too, and neither is what does harm as it is.
        let plain = !self.claims_encryption() || sum == Some(true) || bytes.len() == self.entry.size;
        if plain || looks_harmful(&name, &bytes, scan)? {
            return Ok(Opened::Data(bytes, sum));
        }
        Ok(Opened::Closed("it is encrypted".to_owned()))
    }

    /// The packed bytes through what unpacks them.
    fn stream(&self, packed: &Input) -> io::Result<Box<dyn Read>> {
        match self.entry.method {
            12 => packed::unpack(packed, packed::Codec::Bzip2),
            93 => packed::unpack(packed, packed::Codec::Zstd),
            95 => packed::unpack(packed, packed::Codec::Xz),
            14 => {
                // With a mark at its end, the length need not be known.
                let marked = self.entry.flags & 0x2 != 0;
                packed::unpack_lzma(packed, if marked { u64::MAX } else { self.entry.size })
            }
            _ => Ok(Box::new(DeflateDecoder::new(BufReader::new(packed.cursor())))),
        }
    }

    /// Whether a header says that the data is encrypted or patched.
    pub(super) fn claims_encryption(&self) -> bool {
        (self.entry.flags | self.flags) & 0x2061 != 0
    }
}

/// Whether the beginning of a stream unpacks.
fn begins_well(stream: Box<dyn Read>) -> bool {
    const MOST: u64 = 1024 * 1024;
    io::copy(&mut stream.take(MOST), &mut io::sink()).is_ok()
}

fn crc(input: &Input) -> io::Result<u32> {
    let mut reader = CrcReader::new(BufReader::with_capacity(64 * 1024, input.cursor()));
    io::copy(&mut reader, &mut io::sink())?;
    Ok(reader.crc().sum())
}

/// What a method is called (APPNOTE.TXT 6.3.10, 4.4.5).
const fn method(number: u16) -> &'static str {
    match number {
        1 => "shrunk",
        2..=5 => "reduced",
        6 => "imploded",
        9 => "Deflate64",
        98 => "PPMd",
        99 => "AES encryption",
        _ => "unknown",
    }
}
