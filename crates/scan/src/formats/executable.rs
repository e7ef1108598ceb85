//! Programs and libraries: ELF, PE, Mach-O and the portable programs that llamafiles are. It says that there is one and
//! reads what hangs behind it; machine code is not analysed, and never run.

use std::io;

use casemate_core::{Confidence, Severity};

use crate::finding::Finding;
use crate::format::Format;
use crate::formats::{Reader, Reading, zip};
use crate::input::Input;
use crate::rule::Rule;
use crate::scan::Scan;
use crate::sniff::{Fit, Sniff};

mod end;

/// Programs by their headers, of which more is tested than the magic.
pub(crate) const READER: Reader = Reader { format: Format::Executable, fit, read };

/// Enough for every header that tells a kind.
const HEAD: usize = 4096;
/// What portable programs of Cosmopolitan begin with; Windows takes them for PE, shells for a script.
const PORTABLE: [&[u8]; 3] = [b"MZqFpD='", b"jartsr='", b"APEDBG='"];

fn fit(sniff: &Sniff<'_>) -> Fit {
    // With an archive at its end, the reader of archives takes the whole and hands back the program.
    let program = Kind::of(&sniff.head).is_some();
    Fit::certain_if(program && (zip::READER.fit)(sniff) != Fit::Behind)
}

fn read(input: &Input, scan: &mut Scan) -> io::Result<Reading> {
    let head = input.head(HEAD)?;
    let Some(kind) = Kind::of(&head) else { return Ok(Reading::NotThis) };
    let title = format!("It is {}", kind.sentence());
    scan.find(Finding::new(Rule::Executable, Severity::Medium, Confidence::High, title, 0));
    scan.gap("machine code is not analysed");
    let end = end::of(kind, &head, input)?.filter(|end| *end < input.len());
    if let Some(end) = end {
        behind(input, end, scan)?;
    }
    Ok(Reading::Done)
}

/// What hangs behind a program. The loader of the system never looks at it; signatures and padding stand there too.
fn behind(input: &Input, end: u64, scan: &mut Scan) -> io::Result<()> {
    let rest = input.rest(end);
    if rest.len() <= HEAD as u64 && rest.head(HEAD)?.iter().all(|byte| *byte == 0) {
        scan.understood(end..input.len());
        return Ok(());
    }
    scan.member("bytes behind the program", &rest, end..input.len());
    Ok(())
}

/// Whether something begins like a program.
pub(crate) fn is_program(input: &Input) -> io::Result<bool> {
    Ok(Kind::of(&input.head(HEAD)?).is_some())
}

/// What kind of program it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Elf { library: bool },
    Pe { library: bool },
    MachO { library: bool },
    Fat,
    Portable,
}

impl Kind {
    fn of(head: &[u8]) -> Option<Self> {
        if PORTABLE.iter().any(|magic| head.starts_with(magic)) {
            return Some(Self::Portable);
        }
        elf(head).or_else(|| pe(head)).or_else(|| mach_o(head)).or_else(|| fat(head))
    }

    const fn sentence(self) -> &'static str {
        match self {
            Self::Elf { library: true } => "a library for Linux (ELF)",
            Self::Elf { library: false } => "a program for Linux (ELF)",
            Self::Pe { library: true } => "a library for Windows (PE)",
            Self::Pe { library: false } => "a program for Windows (PE)",
            Self::MachO { library: true } => "a library for macOS (Mach-O)",
            Self::MachO { library: false } => "a program for macOS (Mach-O)",
            Self::Fat => "a program or library for macOS (universal Mach-O)",
            Self::Portable => "a portable program for several systems (APE)",
        }
    }
}

/// Magic, class, byte order, version twice, type.
fn elf(head: &[u8]) -> Option<Kind> {
    let (&class, &order) = (head.get(4)?, head.get(5)?);
    if !head.starts_with(b"\x7fELF") || !matches!((class, order, head.get(6)?), (1 | 2, 1 | 2, 1)) {
        return None;
    }
    let kind = end::u16_at(head, 16, order == 2)?;
    let version = end::u32_at(head, 20, order == 2)?;
    // 3 is both: libraries, and programs that may lie anywhere. Those name an interpreter, which needs a look inside.
    let interpreter = memchr::memmem::find(head, b"/ld-").is_some();
    (matches!(kind, 1..=4) && version == 1).then_some(Kind::Elf { library: kind == 3 && !interpreter })
}

/// The old header of DOS, and the new one where that says.
fn pe(head: &[u8]) -> Option<Kind> {
    let at = usize::try_from(end::u32_at(head, 0x3c, false)?).ok()?;
    if !head.starts_with(b"MZ") || !head.get(at..)?.starts_with(b"PE\0\0") {
        return None;
    }
    let library = end::u16_at(head, at + 22, false)? & 0x2000 != 0;
    Some(Kind::Pe { library })
}

fn mach_o(head: &[u8]) -> Option<Kind> {
    let big = match head.first_chunk::<4>()? {
        b"\xfe\xed\xfa\xce" | b"\xfe\xed\xfa\xcf" => true,
        b"\xce\xfa\xed\xfe" | b"\xcf\xfa\xed\xfe" => false,
        _ => return None,
    };
    let (machine, kind) = (end::u32_at(head, 4, big)?, end::u32_at(head, 12, big)?);
    let known = matches!(machine & 0x00ff_ffff, 7 | 12 | 18) && matches!(kind, 1..=12);
    known.then_some(Kind::MachO { library: matches!(kind, 6 | 8) })
}

/// A Java class begins alike; what are its version numbers is a number of machines here.
fn fat(head: &[u8]) -> Option<Kind> {
    let count = end::u32_at(head, 4, true)?;
    let machine = end::u32_at(head, 8, true)?;
    let known = matches!(machine & 0x00ff_ffff, 7 | 12 | 18);
    (head.starts_with(b"\xca\xfe\xba\xbe") && matches!(count, 1..=16) && known).then_some(Kind::Fat)
}

#[cfg(test)]
mod tests;
