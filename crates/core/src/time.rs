//! Points in time and ages. Time is always handed in; nothing here reads a clock.

use std::fmt;
use std::str::FromStr;

pub use jiff::Timestamp;
pub use jiff::civil::Date;
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How old evidence may be: a whole number of hours, days or weeks (`12h`, `30d`, `4w`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = "^[1-9][0-9]{0,4}[hdw]$"))]
pub struct MaxAge {
    hours: u32,
}

/// A string is not an age.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an age: write a number and `h`, `d` or `w`, for example `30d`")]
pub struct BadAge(String);

impl MaxAge {
    /// The age as a duration.
    #[must_use]
    pub const fn duration(self) -> SignedDuration {
        SignedDuration::from_hours(self.hours as i64)
    }
}

impl FromStr for MaxAge {
    type Err = BadAge;

    fn from_str(text: &str) -> Result<Self, BadAge> {
        let bad = || BadAge(text.escape_default().take(40).collect());
        let hours_per = match text.chars().last() {
            Some('h') => 1,
            Some('d') => 24,
            Some('w') => 24 * 7,
            _ => return Err(bad()),
        };
        let digits = text.trim_end_matches(['h', 'd', 'w']);
        if digits.len() + 1 != text.len() || digits.len() > 5 || digits.starts_with(['+', '0']) {
            return Err(bad());
        }
        let number: u32 = digits.parse().map_err(|_| bad())?;
        Ok(Self { hours: number * hours_per })
    }
}

impl TryFrom<String> for MaxAge {
    type Error = BadAge;

    fn try_from(text: String) -> Result<Self, BadAge> {
        text.parse()
    }
}

impl From<MaxAge> for String {
    fn from(age: MaxAge) -> Self {
        age.to_string()
    }
}

impl fmt::Display for MaxAge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.hours.is_multiple_of(24) {
            write!(f, "{}d", self.hours / 24)
        } else {
            write!(f, "{}h", self.hours)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_hours_days_or_weeks() {
        assert_eq!("30d".parse::<MaxAge>().unwrap().duration(), SignedDuration::from_hours(720));
        assert_eq!("2w".parse::<MaxAge>().unwrap(), "14d".parse().unwrap());
        for bad in ["", "d", "30", "-1d", "+1d", "0d", "30dd", "1 d", "999999d", "3m"] {
            assert!(bad.parse::<MaxAge>().is_err(), "{bad}");
        }
    }
}
