//! Programs by the structure of their headers. The first bytes alone prove nothing: in numbers they are met by chance.

/// The bytes that lead to the header of a program, and what it is.
pub(super) const MARKS: &[(&[u8], Mark)] = &[
    (b"\x7fELF", Mark::Elf),
    (b"PE\0\0", Mark::Pe),
    (b"\xcf\xfa\xed\xfe", Mark::Mach),
    (b"\xce\xfa\xed\xfe", Mark::Mach),
    (b"\xca\xfe\xba\xbe", Mark::Fat),
];

/// What a mark is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Elf,
    Pe,
    Mach,
    Fat,
}

/// How far before its mark a program may begin.
pub(super) const BEFORE: usize = 1024;
/// How much of a header is looked at.
pub(super) const HEADER: usize = 64;

/// Where a program begins and what it is, if there is one at a mark.
pub(super) fn program(bytes: &[u8], at: usize, mark: Mark) -> Option<(usize, &'static str)> {
    let header = bytes.get(at..)?;
    match mark {
        Mark::Elf => elf(header).then_some((at, "a Linux program")),
        Mark::Pe => Some((at - pe(bytes, at)?, "a Windows program")),
        Mark::Mach => mach(header).then_some((at, "a macOS program")),
        Mark::Fat => fat(header).then_some((at, "a macOS program")),
    }
}

fn elf(header: &[u8]) -> bool {
    const MACHINES: &[u16] = &[2, 3, 8, 20, 21, 22, 40, 42, 43, 50, 62, 183, 243, 247, 258];
    let (&[_, _, _, _, class @ (1 | 2), order @ (1 | 2), 1, system, ..], true) =
        (header, header.len() >= HEADER)
    else {
        return false;
    };
    let short = |at: usize| match (header.get(at..at + 2), order) {
        (Some(&[a, b]), 1) => u16::from_le_bytes([a, b]),
        (Some(&[a, b]), _) => u16::from_be_bytes([a, b]),
        _ => 0,
    };
    let (size, place, program, section) = if class == 1 { (52, 40, 32, 40) } else { (64, 52, 56, 64) };
    (system <= 18 || matches!(system, 64 | 97 | 255))
        && (1..=4).contains(&short(16))
        && MACHINES.contains(&short(18))
        && short(place) == size
        && [0, program].contains(&short(place + 2))
        && [0, section].contains(&short(place + 6))
}

/// How far before the mark of a Windows program it begins: its first header says where the mark is.
fn pe(bytes: &[u8], at: usize) -> Option<usize> {
    const MACHINES: &[u16] = &[0x14c, 0x1c0, 0x1c4, 0x200, 0x8664, 0xaa64];
    if bytes.get(at..at + 4)? != b"PE\0\0" {
        return None;
    }
    let short = |from: usize| Some(u16::from_le_bytes(bytes.get(from..from + 2)?.try_into().ok()?));
    let plausible = MACHINES.contains(&short(at + 4)?)
        && (1..=96).contains(&short(at + 6)?)
        && (0x60..=0x400).contains(&short(at + 20)?)
        && matches!(short(at + 24)?, 0x107 | 0x10b | 0x20b);
    if !plausible {
        return None;
    }
    (0x40..=BEFORE.min(at)).find(|distance| {
        let start = at - distance;
        let says = bytes.get(start + 0x3c..start + 0x40).and_then(|says| <[u8; 4]>::try_from(says).ok());
        bytes.get(start..start + 2) == Some(b"MZ")
            && says.is_some_and(|says| usize::try_from(u32::from_le_bytes(says)) == Ok(*distance))
    })
}

fn mach(header: &[u8]) -> bool {
    let word = |at: usize| {
        let bytes = header.get(at..at + 4).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
        bytes.map_or(0, u32::from_le_bytes)
    };
    let commands = match header.first() {
        Some(0xcf) => 32,
        Some(0xce) => 28,
        _ => return false,
    };
    let (count, size) = (word(16), word(20));
    is_cpu(word(4))
        && (1..=12).contains(&word(12))
        && (1..=1_000).contains(&count)
        && (8 * count..1 << 20).contains(&size)
        && (1..=0x40).contains(&(word(commands) & 0x7fff_ffff))
        && (8..=size).contains(&word(commands + 4))
        && word(commands + 4).is_multiple_of(4)
}

fn fat(header: &[u8]) -> bool {
    let word = |at: usize| {
        let bytes = header.get(at..at + 4).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
        bytes.map_or(0, u32::from_be_bytes)
    };
    word(0) == 0xcafe_babe
        && (1..=10).contains(&word(4))
        && is_cpu(word(8))
        && word(16) > 0
        && word(20) > 0
        && word(24) <= 20
}

fn is_cpu(kind: u32) -> bool {
    matches!(kind & 0x00ff_ffff, 7 | 12 | 18) && matches!(kind >> 24, 0..=2)
}
