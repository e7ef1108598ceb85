//! What holds for any bytes: reading ends within its budgets, never panics, and coverage never exceeds the file.

use proptest::prelude::*;

use super::super::opcode::{Op, Operand};
use super::{PickleLimits, within};
use crate::verdict::{Status, Verdict};

const SMALL: PickleLimits = PickleLimits {
    opcodes: 20_000,
    memo: 50,
    stack: 100,
    marks: 20,
    globals: 10,
    nesting: 2,
    candidates: 8,
    nested_bytes: 1000,
    all_nested_bytes: 3000,
    streams: 5,
};

fn check(bytes: &[u8], limits: &PickleLimits) -> Result<(), TestCaseError> {
    let report = within(bytes, *limits);
    prop_assert!(report.coverage.understood <= report.coverage.total);
    prop_assert_eq!(report.coverage.total, bytes.len() as u64);
    if report.verdict == Verdict::Clean {
        prop_assert_eq!(report.status, Status::Complete);
        prop_assert_eq!(report.coverage.understood, report.coverage.total);
    }
    prop_assert_eq!(&report, &within(bytes, *limits));
    Ok(())
}

/// One opcode with an operand that mostly fits.
pub(super) fn instruction() -> impl Strategy<Value = Vec<u8>> {
    let names =
        prop::sample::select(vec!["os", "system", "builtins", "getattr", "copyreg", "add_extension", "a"]);
    (prop::sample::select(Op::ALL), any::<[u8; 8]>(), 0..6_u8, names.clone(), names).prop_map(
        |(op, noise, small, first, second)| {
            let mut bytes = vec![op as u8];
            match op.operand() {
                Operand::Nothing => {}
                Operand::U1 => bytes.push(small),
                Operand::U2 => bytes.extend([small, 0]),
                Operand::I4 | Operand::U4 => bytes.extend([small, 0, 0, 0]),
                Operand::U8 => bytes.extend([small, 0, 0, 0, 0, 0, 0, 0]),
                Operand::F8 => bytes.extend(noise),
                Operand::Line if op == Op::String => bytes.extend(format!("'{first}'\n").bytes()),
                Operand::Line if op == Op::Unicode => bytes.extend(format!("{first}\n").bytes()),
                Operand::Line => bytes.extend(format!("{small}\n").bytes()),
                Operand::TwoLines => bytes.extend(format!("{first}\n{second}\n").bytes()),
                Operand::Counted1 | Operand::Counted4 | Operand::Signed4 | Operand::Counted8 => {
                    let width = match op.operand() {
                        Operand::Counted1 => 1,
                        Operand::Counted8 => 8,
                        _ => 4,
                    };
                    bytes.extend(&(first.len() as u64).to_le_bytes()[..width]);
                    bytes.extend(first.bytes());
                }
            }
            bytes
        },
    )
}

proptest! {
    #[test]
    fn any_bytes_are_read_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        check(&bytes, &PickleLimits::default())?;
        check(&bytes, &SMALL)?;
    }

    #[test]
    fn any_opcodes_are_read_to_an_end(program in prop::collection::vec(instruction(), 0..120)) {
        let bytes = program.concat();
        check(&bytes, &PickleLimits::default())?;
        check(&bytes, &SMALL)?;
    }
}
