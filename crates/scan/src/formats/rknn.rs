//! Rockchip's RKNN: nobody has described what is in it. It is recognised, and it stays a gap.

use std::io;

use super::{Reader, Reading};
use crate::format::Format;
use crate::input::Input;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

/// By its first four bytes, and the four zeros behind them.
pub(crate) const READER: Reader = Reader { format: Format::Rknn, fit, read };

fn fit(sniff: &Sniff<'_>) -> Fit {
    Fit::certain_if(sniff.begins(b"RKNN\0\0\0\0") || sniff.begins(b"CRYPTNN"))
}

fn read(_input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    scan.gap("what is in RKNN files is not documented");
    Ok(Reading::Done)
}
