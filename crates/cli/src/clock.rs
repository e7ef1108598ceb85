//! The one place that reads the clock. Everything below it is handed the time.

use casemate_core::Timestamp;

/// The time given, or the time it is, to the second.
#[expect(clippy::disallowed_methods, reason = "this is where time enters")]
pub(crate) fn now(given: Option<Timestamp>) -> Timestamp {
    given.unwrap_or_else(|| {
        let now = Timestamp::now();
        Timestamp::from_second(now.as_second()).unwrap_or(now)
    })
}
