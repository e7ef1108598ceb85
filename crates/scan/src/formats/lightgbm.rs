//! LightGBM models: text with a header, trees, and parameters. The loader finds trees by their sizes in the header, so
//! these are held against where the trees end.

use std::io;

use casemate_core::{Confidence, Severity};

use super::metadata::shortened;
use super::stream::{Broken, Stream};
use super::{Reader, Reading, plain};
use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

/// By its first two lines.
pub(crate) const READER: Reader = Reader { format: Format::LightGbm, fit, read };

/// The longest line that is kept: the sizes of a hundred thousand trees.
const LONGEST_LINE: usize = 4 * 1024 * 1024;
const TOLD: &[&str] = &["version", "num_class", "max_feature_idx", "objective"];

fn fit(sniff: &Sniff<'_>) -> Fit {
    let rest = sniff.head.strip_prefix(b"tree\n").or_else(|| sniff.head.strip_prefix(b"tree\r\n"));
    Fit::certain_if(rest.is_some_and(|rest| rest.starts_with(b"version=v")))
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    if !plain::whole_is_text(input)? {
        scan.gap("the model is no text");
        return Ok(Reading::Done);
    }
    scan.understood(0..input.len());
    let mut stream = Stream::new(input, 0);
    match header(&mut stream, scan) {
        Ok(()) => {}
        Err(Broken::End { .. }) => {
            let title = "The model breaks off in its header";
            let rule = Rule::LightgbmStructure;
            scan.find(Finding::new(rule, Severity::Medium, Confidence::High, title, 0));
            scan.gap("the model breaks off");
        }
        Err(broken) => broken.tell(Rule::LightgbmStructure, scan)?,
    }
    Ok(Reading::Done)
}

/// Lines up to the first tree; then a jump over all trees by their sizes.
fn header(stream: &mut Stream, scan: &mut Scan) -> Result<(), Broken> {
    let mut sizes: Option<(u64, u64)> = None;
    loop {
        let at = stream.at();
        let line = line(stream)?;
        if line.starts_with("Tree=") || line == "end of trees" {
            stream.seek(at);
            break;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        if TOLD.contains(&key) {
            scan.fact(About::Metadata, key, shortened(value, 400));
        }
        if key == "tree_sizes" {
            sizes =
                Some((at, total(value).ok_or_else(|| Broken::wrong(at, "The sizes of the trees overflow"))?));
        }
    }
    // Models of old versions do not say how long trees are.
    let Some((said, total)) = sizes else { return Ok(()) };
    let end = stream.at().saturating_add(total);
    stream.seek(end);
    if stream.left() == 0 || !line(stream).is_ok_and(|line| line == "end of trees") {
        let title = format!("The trees do not end at {end}, where their sizes say");
        let rule = Rule::LightgbmStructure;
        scan.find(Finding::new(rule, Severity::Medium, Confidence::High, title, said));
    }
    Ok(())
}

fn total(sizes: &str) -> Option<u64> {
    sizes.split_ascii_whitespace().try_fold(0_u64, |total, size| total.checked_add(size.parse().ok()?))
}

/// A line without its end, cut where it is too long.
fn line(stream: &mut Stream) -> Result<String, Broken> {
    let mut line = Vec::new();
    loop {
        match stream.u8()? {
            b'\n' => break,
            byte if line.len() < LONGEST_LINE => line.push(byte),
            _ => {}
        }
    }
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}
