//! One NumPy array: a header that must be a literal, and numbers or a pickle of objects (NEP 1, format.py of NumPy). The
//! header is never evaluated.

use std::io;

use casemate_core::{Confidence, Severity};

use super::literal::Literal;
use crate::fact::About;
use crate::finding::Finding;
use crate::format::Format;
use crate::formats::pickle::{self, Dtype};
use crate::formats::{Reader, Reading};
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

const MAGIC: &[u8] = b"\x93NUMPY";
/// NumPy itself refuses headers longer than this unless told otherwise.
const LONGEST_HEADER: u64 = 1024 * 1024;

/// Arrays by their magic.
pub(crate) const READER: Reader = Reader { format: Format::Npy, fit, read };

fn fit(sniff: &Sniff<'_>) -> Fit {
    Fit::certain_if(sniff.begins(MAGIC))
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let version: [u8; 8] = input.array(0)?;
    let (header, len) = lengths(input, version)?;
    if len > LONGEST_HEADER || header + len > input.len() {
        let title = format!("The header is said to be {len} bytes long");
        scan.find(Finding::new(Rule::NpyHeader, Severity::Medium, Confidence::High, title, 8));
        scan.gap("the header cannot be read");
        return Ok(Reading::Done);
    }
    let text = input.bytes(header, len)?;
    let data = header + len;
    scan.understood(0..data);
    let array = std::str::from_utf8(&text).ok().and_then(Literal::parse).as_ref().and_then(Array::of);
    let Some(array) = array else {
        let title = "The header is no plain description of an array";
        scan.find(Finding::new(Rule::NpyHeaderCode, Severity::High, Confidence::Medium, title, header));
        scan.gap("the header does not say what the array is");
        return Ok(Reading::Done);
    };
    scan.fact(About::Tensor, "", format!("{} {:?}", array.code, array.shape));
    if array.objects {
        objects(input, data, scan);
    } else {
        numbers(input, data, &array, scan);
    }
    Ok(Reading::Done)
}

fn numbers(input: &Input, data: u64, array: &Array, scan: &mut Scan) {
    let there = input.len() - data;
    match array.len() {
        Some(wanted) if wanted <= there => {
            scan.numbers(data..data + wanted);
            if wanted < there {
                let title = format!("{} bytes follow the array", there - wanted);
                let at = data + wanted;
                scan.find(Finding::new(Rule::NpySize, Severity::Medium, Confidence::High, title, at));
                scan.member("bytes behind the array", &input.rest(at), at..input.len());
            }
        }
        wanted => {
            let wanted = wanted.map_or_else(|| "more than can be".to_owned(), |wanted| wanted.to_string());
            let title = format!("The header asks for {wanted} bytes, and {there} are there");
            scan.find(Finding::new(Rule::NpySize, Severity::Medium, Confidence::High, title, data));
            scan.gap("the array is not whole");
            scan.numbers(data..input.len());
        }
    }
}

/// An array of objects is a pickle.
fn objects(input: &Input, data: u64, scan: &mut Scan) {
    let part = input.rest(data);
    if pickle::is_harmful(&part, scan) {
        let title = "The array holds Python objects, and loading them does harm";
        scan.find(Finding::new(Rule::NpyObjects, Severity::High, Confidence::High, title, data));
    }
    scan.member("objects", &part, data..input.len());
}

/// What a header says.
pub(crate) struct Array {
    /// The type as NumPy writes it, or `structure`.
    pub(crate) code: String,
    /// Bytes of one item.
    item: u64,
    /// Whether the items are Python objects.
    pub(crate) objects: bool,
    pub(crate) shape: Vec<u64>,
    /// Whether the first dimension is the closest.
    pub(crate) fortran: bool,
}

/// The header of an array, and where the data begins.
pub(crate) fn header(input: &Input) -> io::Result<Option<(Array, u64)>> {
    let version: [u8; 8] = input.array(0)?;
    let (header, len) = lengths(input, version)?;
    if len > LONGEST_HEADER || header + len > input.len() {
        return Ok(None);
    }
    let text = input.bytes(header, len)?;
    let array = std::str::from_utf8(&text).ok().and_then(Literal::parse).as_ref().and_then(Array::of);
    Ok(array.map(|array| (array, header + len)))
}

/// Where the header begins and how long it is.
fn lengths(input: &Input, version: [u8; 8]) -> io::Result<(u64, u64)> {
    Ok(if version[6] == 1 {
        (10, u64::from(u16::from_le_bytes(input.array(8)?)))
    } else {
        (12, u64::from(u32::from_le_bytes(input.array(8)?)))
    })
}

impl Array {
    fn of(header: &Literal) -> Option<Self> {
        let descr = header.get("descr")?;
        let Literal::Items(sides) = header.get("shape")? else { return None };
        let shape = sides.iter().map(|side| match side {
            Literal::Number(side) => u64::try_from(*side).ok(),
            _ => None,
        });
        let (item, objects) = item(descr)?;
        let code = match descr {
            Literal::Text(code) => code.clone(),
            _ => "structure".to_owned(),
        };
        let fortran = header.get("fortran_order") == Some(&Literal::Word("True"));
        Some(Self { code, item, objects, shape: shape.collect::<Option<_>>()?, fortran })
    }

    fn len(&self) -> Option<u64> {
        self.shape.iter().try_fold(self.item, |product, side| product.checked_mul(*side))
    }
}

/// Bytes of an item, and whether objects are in it.
fn item(descr: &Literal) -> Option<(u64, bool)> {
    match descr {
        Literal::Text(code) => match pickle::dtype(code)? {
            Dtype::Object => Some((8, true)),
            Dtype::Bytes(size) => Some((u64::from(size), false)),
        },
        Literal::Items(fields) => fields.iter().try_fold((0_u64, false), |(sum, objects), field| {
            let Literal::Items(parts) = field else { return None };
            let (size, object) = item(parts.get(1)?)?;
            let times = match parts.get(2) {
                Some(Literal::Items(sides)) => sides.iter().try_fold(1_u64, |product, side| match side {
                    Literal::Number(side) => product.checked_mul(u64::try_from(*side).ok()?),
                    _ => None,
                })?,
                Some(Literal::Number(times)) => u64::try_from(*times).ok()?,
                _ => 1,
            };
            Some((sum.checked_add(size.checked_mul(times)?)?, objects || object))
        }),
        _ => None,
    }
}
