//! Numbers that lie apart, written one after the other. It reads through a small store of pages, whatever the order.

use std::io::{self, Write};

use super::Tensor;
use crate::input::Input;

const PAGE: u64 = 16 * 1024;
const PAGES: usize = 256;
const PIECE: u64 = 256 * 1024;

/// The strides of a shape whose last dimension is the closest.
pub(super) fn row_major(shape: &[u64]) -> Option<Vec<u64>> {
    let mut strides = fortran(&shape.iter().rev().copied().collect::<Vec<_>>())?;
    strides.reverse();
    Some(strides)
}

/// The strides of a shape whose first dimension is the closest.
pub(super) fn fortran(shape: &[u64]) -> Option<Vec<u64>> {
    let mut step = 1_u64;
    shape
        .iter()
        .map(|side| {
            let stride = step;
            step = step.checked_mul((*side).max(1))?;
            Some(stride)
        })
        .collect()
}

impl Tensor {
    /// How many items it has.
    pub(super) fn items(&self) -> Option<u64> {
        self.shape.iter().try_fold(1_u64, |product, side| product.checked_mul(*side))
    }

    /// How many bytes it takes when it is written.
    pub(super) fn len(&self) -> Option<u64> {
        self.items()?.checked_mul(self.dtype.1)
    }

    /// Whether every item lies within the data.
    pub(super) fn is_within(&self) -> bool {
        let Some(items) = self.items() else { return false };
        if items == 0 {
            return true;
        }
        let last = self.shape.iter().zip(&self.strides).try_fold(0_u64, |sum, (side, stride)| {
            sum.checked_add(side.saturating_sub(1).checked_mul(*stride)?)
        });
        let end =
            last.and_then(|last| last.checked_add(1)?.checked_mul(self.dtype.1)?.checked_add(self.start));
        // More items than there are numbers are only repetitions.
        end.is_some_and(|end| end <= self.data.len()) && self.len().is_some_and(|len| len <= self.data.len())
    }

    /// Writes the items in row-major order.
    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let Some(len) = self.len() else { return Err(io::ErrorKind::InvalidData.into()) };
        if len == 0 {
            return Ok(());
        }
        if self.is_contiguous() {
            return copy(&self.data, self.start, len, out);
        }
        let mut pages = Pages::new(&self.data);
        let mut index = vec![0_u64; self.shape.len()];
        let mut item = [0; 16];
        let size = usize::try_from(self.dtype.1).map_err(|_| io::ErrorKind::InvalidData)?;
        let item = item.get_mut(..size).ok_or(io::ErrorKind::InvalidData)?;
        loop {
            let at: u64 = index.iter().zip(&self.strides).map(|(index, stride)| index * stride).sum();
            pages.read(self.start + at * self.dtype.1, item)?;
            out.write_all(item)?;
            if !next(&mut index, &self.shape) {
                return Ok(());
            }
        }
    }

    fn is_contiguous(&self) -> bool {
        let expected = row_major(&self.shape).unwrap_or_default();
        let mut sides = self.shape.iter().zip(self.strides.iter().zip(&expected));
        sides.all(|(side, (stride, expected))| *side == 1 || stride == expected)
    }
}

/// Counts up an index; false behind the last one.
fn next(index: &mut [u64], shape: &[u64]) -> bool {
    for (index, side) in index.iter_mut().zip(shape).rev() {
        *index += 1;
        if *index < *side {
            return true;
        }
        *index = 0;
    }
    false
}

fn copy(data: &Input, mut at: u64, mut len: u64, out: &mut impl Write) -> io::Result<()> {
    while len > 0 {
        let piece = data.bytes(at, len.min(PIECE))?;
        out.write_all(&piece)?;
        at += piece.len() as u64;
        len -= piece.len() as u64;
    }
    Ok(())
}

/// Pages of an input that were read, a few megabytes of them.
struct Pages<'i> {
    input: &'i Input,
    held: Vec<(u64, Vec<u8>)>,
}

impl<'i> Pages<'i> {
    fn new(input: &'i Input) -> Self {
        Self { input, held: vec![(u64::MAX, Vec::new()); PAGES] }
    }

    fn read(&mut self, at: u64, into: &mut [u8]) -> io::Result<()> {
        for (place, byte) in (at..).zip(into) {
            *byte = self.byte(place)?;
        }
        Ok(())
    }

    fn byte(&mut self, at: u64) -> io::Result<u8> {
        let number = at / PAGE;
        let slot = usize::try_from(number % PAGES as u64).unwrap_or(0);
        let (held, page) = self.held.get_mut(slot).ok_or(io::ErrorKind::InvalidInput)?;
        if *held != number {
            let start = number * PAGE;
            *page = self.input.bytes(start, self.input.len().saturating_sub(start).min(PAGE))?;
            *held = number;
        }
        let within = usize::try_from(at % PAGE).unwrap_or(usize::MAX);
        page.get(within).copied().ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}
