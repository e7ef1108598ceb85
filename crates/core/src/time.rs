//! Points in time and ages. Time is always handed in; nothing here reads a clock.

use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;
pub use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text_form::text_form;

/// A calendar day, written `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
pub struct Day(Date);

/// A string is not a day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a date: write an existing day as YYYY-MM-DD, for example `2027-01-31`")]
pub struct BadDay(String);

impl Day {
    /// The day a moment falls on, in UTC.
    #[must_use]
    pub fn of(moment: Timestamp) -> Self {
        Self(moment.to_zoned(jiff::tz::TimeZone::UTC).date())
    }

    /// Days from an earlier day to this one; negative if that day is later.
    #[must_use]
    pub fn days_since(self, earlier: Self) -> i64 {
        self.0.duration_since(earlier.0).as_hours() / 24
    }
}

impl FromStr for Day {
    type Err = BadDay;

    fn from_str(text: &str) -> Result<Self, BadDay> {
        let bad = || BadDay(text.escape_default().take(40).collect());
        if text.len() != 10 {
            return Err(bad());
        }
        text.parse().map(Self).map_err(|_| bad())
    }
}

text_form!(Day);

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

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

text_form!(MaxAge);

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
    fn days_exist() {
        assert!("2028-02-29".parse::<Day>().is_ok());
        for bad in ["2027-02-29", "2027-13-01", "01.02.2027", "2027-1-1", "tomorrow", "2027-01-31T00:00:00Z"]
        {
            assert!(bad.parse::<Day>().is_err(), "{bad}");
        }
        let day = |text: &str| text.parse::<Day>().unwrap();
        assert_eq!(day("2027-03-01").days_since(day("2027-02-27")), 2);
    }

    #[test]
    fn ages_are_hours_days_or_weeks() {
        assert_eq!("30d".parse::<MaxAge>().unwrap().duration(), SignedDuration::from_hours(720));
        assert_eq!("2w".parse::<MaxAge>().unwrap(), "14d".parse().unwrap());
        for bad in ["", "d", "30", "-1d", "+1d", "0d", "30dd", "1 d", "999999d", "3m"] {
            assert!(bad.parse::<MaxAge>().is_err(), "{bad}");
        }
    }
}
