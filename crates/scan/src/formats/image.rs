//! Images: where one ends, and what hangs behind it. Pictures are not decoded.

use std::io;

use casemate_core::{Confidence, Severity};

use crate::finding::Finding;
use crate::format::Format;
use crate::formats::{Reader, Reading};
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

/// PNG, JPEG, GIF and WebP by their magic.
pub(crate) const READER: Reader = Reader { format: Format::Image, fit, read };

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const JPEG: &[u8] = b"\xff\xd8\xff";
/// How much is looked at once.
const PIECE: u64 = 64 * 1024;
/// How many parts of an image are walked.
const MOST_PARTS: usize = 1_000_000;

fn fit(sniff: &Sniff<'_>) -> Fit {
    let webp = sniff.begins(b"RIFF") && sniff.has_at(8, b"WEBP");
    let gif = sniff.begins(b"GIF87a") || sniff.begins(b"GIF89a");
    Fit::certain_if(webp || gif || sniff.begins(PNG) || sniff.begins(JPEG))
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let head = input.head(8)?;
    let end = match head.as_slice() {
        head if head.starts_with(PNG) => png(input),
        head if head.starts_with(JPEG) => jpeg(input),
        head if head.starts_with(b"GIF") => gif(input),
        _ => riff(input),
    };
    let end = match end {
        Ok(end) if end <= input.len() => end,
        Ok(_) => {
            scan.gap("the image breaks off");
            input.len()
        }
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            scan.gap("the image breaks off");
            return Ok(Reading::Done);
        }
        Err(error) => return Err(error),
    };
    scan.understood(0..end);
    behind(input, end, scan)?;
    Ok(Reading::Done)
}

/// What follows the image. Cameras put a second picture or a note there; a file of its own is meant to be found.
fn behind(input: &Input, end: u64, scan: &mut Scan) -> io::Result<()> {
    let rest = input.rest(end);
    if rest.is_empty() {
        return Ok(());
    }
    if rest.head(64 * 1024)?.iter().all(|byte| matches!(byte, 0 | b'\n' | b'\r')) && rest.len() <= PIECE {
        scan.understood(end..input.len());
        return Ok(());
    }
    let format = scan.member("bytes behind the image", &rest, end..input.len());
    let severity = match format {
        Format::Unknown | Format::Image | Format::Text | Format::Empty => Severity::Low,
        _ => Severity::Medium,
    };
    let title = format!("{} bytes of {format} follow the image", rest.len());
    scan.find(Finding::new(Rule::ImageTrailingData, severity, Confidence::High, title, end));
    Ok(())
}

/// Chunks up to the one that ends the image.
fn png(input: &Input) -> io::Result<u64> {
    let mut at = 8;
    for _ in 0..MOST_PARTS {
        let [l0, l1, l2, l3, kind @ ..] = input.array::<8>(at)?;
        at += 12 + u64::from(u32::from_be_bytes([l0, l1, l2, l3]));
        if kind == *b"IEND" {
            return Ok(at);
        }
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

/// Segments with a length each, and after a start of scan the coded picture up to the next marker.
fn jpeg(input: &Input) -> io::Result<u64> {
    let mut at = 2;
    for _ in 0..MOST_PARTS {
        let [mark, kind] = input.array::<2>(at)?;
        match (mark, kind) {
            (0xff, 0xd9) => return Ok(at + 2),
            // Fill bytes, and markers without a length.
            (0xff, 0xff) => at += 1,
            (0xff, 0x01 | 0xd0..=0xd8) => at += 2,
            (0xff, _) => {
                at += 2 + u64::from(u16::from_be_bytes(input.array(at + 2)?)).max(2);
                if kind == 0xda {
                    at = next_marker(input, at)?;
                }
            }
            _ => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

/// Where the coded picture ends: at a marker that is neither an escaped byte nor a restart.
fn next_marker(input: &Input, from: u64) -> io::Result<u64> {
    let mut at = from;
    while at + 1 < input.len() {
        let piece = input.bytes(at, (input.len() - at).min(PIECE))?;
        for mark in memchr::memchr_iter(0xff, &piece) {
            match piece.get(mark + 1) {
                Some(0 | 0xff | 0xd0..=0xd7) | None => {}
                Some(_) => return Ok(at + mark as u64),
            }
        }
        // A marker may lie across two pieces.
        at += (piece.len() as u64 - 1).max(1);
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

/// The screen, then extensions and pictures as chains of blocks, up to the trailer.
fn gif(input: &Input) -> io::Result<u64> {
    let [flags] = input.array::<1>(10)?;
    let mut at = 13 + colours(flags);
    for _ in 0..MOST_PARTS {
        match input.array::<1>(at)? {
            [0x3b] => return Ok(at + 1),
            [0x21] => at = blocks(input, at + 2)?,
            [0x2c] => {
                let [flags] = input.array::<1>(at + 9)?;
                at = blocks(input, at + 11 + colours(flags))?;
            }
            _ => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

/// How long the table of colours is that some flags announce.
fn colours(flags: u8) -> u64 {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// Where a chain of blocks ends.
fn blocks(input: &Input, mut at: u64) -> io::Result<u64> {
    for _ in 0..MOST_PARTS {
        let [len] = input.array::<1>(at)?;
        at += 1 + u64::from(len);
        if len == 0 {
            return Ok(at);
        }
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

/// As long as it says, to an even number of bytes.
fn riff(input: &Input) -> io::Result<u64> {
    let len = u64::from(u32::from_le_bytes(input.array(4)?));
    Ok(8 + len + len % 2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{FileReport, Options, Verdict};

    const GIF: &[u8] =
        b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3b";
    const SMALL: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x02tEXta\0____\0\0\0\0IEND\xaeB`\x82";

    fn scan(bytes: &[u8]) -> FileReport {
        crate::scan("picture", &Input::from(bytes.to_vec()), &Options::default())
    }

    #[test]
    fn an_image_alone_is_clean() {
        for image in
            [GIF, SMALL, b"\xff\xd8\xff\xe0\0\x04ab\xff\xda\0\x03a\x12\xff\0\x34\xff\xd0\x56\xff\xd9"]
        {
            let report = scan(image);
            assert_eq!((report.format, report.verdict), (Format::Image, Verdict::Clean), "{report:?}");
        }
    }

    #[test]
    fn a_pickle_behind_an_image_is_read() {
        for image in [GIF, SMALL] {
            let report = scan(&[image, b"cos\nsystem\n(S'echo casemate'\ntR."].concat());
            assert_eq!(report.verdict, Verdict::Malicious);
            assert!(report.findings.iter().any(|finding| finding.rule == Rule::ImageTrailingData));
        }
    }

    proptest! {
        #[test]
        fn nothing_panics_and_twice_is_the_same(
            magic in prop::sample::select(vec![PNG, JPEG, b"GIF89a", b"RIFF\x10\0\0\0WEBP", GIF, SMALL]),
            rest in prop::collection::vec(any::<u8>(), 0..300),
            change in (0_usize..40, any::<u8>()),
        ) {
            let mut bytes = [magic, &rest].concat();
            if let Some(byte) = bytes.get_mut(change.0 + 12) {
                *byte = change.1;
            }
            let report = scan(&bytes);
            prop_assert!(report.coverage.understood <= report.coverage.total);
            prop_assert_eq!(report, scan(&bytes));
        }
    }
}
