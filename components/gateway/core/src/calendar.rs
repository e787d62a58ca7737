//! Days and months in UTC, as budgets and reports count them: the proleptic Gregorian calendar, without leap seconds.

use std::fmt;

/// Seconds of a day.
const DAY: u64 = 86_400;
/// Years that a date may have: what is written with four digits, from the beginning of Unix time.
const YEARS: std::ops::RangeInclusive<u64> = 1970..=9999;

/// Days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub u64);

impl Day {
    /// The day of a Unix time in seconds.
    #[must_use]
    pub const fn of(seconds: u64) -> Self {
        Self(seconds / DAY)
    }

    /// Its first second, in Unix time.
    #[must_use]
    pub const fn start(self) -> u64 {
        self.0.saturating_mul(DAY)
    }

    /// Months since January 1970.
    #[must_use]
    pub const fn month(self) -> u64 {
        let (year, month, _) = self.date();
        (year.saturating_sub(1970)) * 12 + month - 1
    }

    /// The first day of a month that [`Day::month`] numbers.
    #[must_use]
    pub const fn first_of(month: u64) -> Self {
        Self::from_date(1970 + month / 12, month % 12 + 1, 1)
    }

    /// Reads `2026-11-24`. `None` for what is no day.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-').map(|part| {
            let digits = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            digits.then(|| part.parse::<u64>().ok()).flatten()
        });
        let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
        let known = parts.next().is_none() && YEARS.contains(&year) && (1..=12).contains(&month) && day <= 31;
        let found = known.then(|| Self::from_date(year, month, day))?;
        (found.date() == (year, month, day)).then_some(found)
    }

    /// Year, month and day of the month. From Howard Hinnant's "chrono-compatible low-level date algorithms": years begin in
    /// March, so that the leap day is the last of them, and repeat every 400.
    const fn date(self) -> (u64, u64, u64) {
        let shifted = self.0 + 719_468;
        let (era, of_era) = (shifted / 146_097, shifted % 146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = era * 400 + year_of_era + if month <= 2 { 1 } else { 0 };
        (year, month, day)
    }

    /// The inverse of [`Day::date`], from 1970 on.
    const fn from_date(year: u64, month: u64, day: u64) -> Self {
        let year = if month <= 2 { year - 1 } else { year };
        let (era, of_era) = (year / 400, year % 400);
        let from_march = if month > 2 { month - 3 } else { month + 9 };
        let of_year = (153 * from_march + 2) / 5 + day - 1;
        let days = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
        Self((era * 146_097 + days).saturating_sub(719_468))
    }
}

/// `2026-11-24`.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// A Unix time in seconds as `2026-11-24T09:05:00Z`.
#[must_use]
pub fn timestamp(seconds: u64) -> String {
    let (day, rest) = (Day::of(seconds), seconds % DAY);
    format!("{day}T{:02}:{:02}:{:02}Z", rest / 3600, rest / 60 % 60, rest % 60)
}

/// Reads `2026-11-24`, its first second, or `2026-11-24T09:05:00Z`, as Unix time in seconds.
#[must_use]
pub fn parse_time(text: &str) -> Option<u64> {
    let Some((day, time)) = text.split_once(['T', 't', ' ']) else { return Day::parse(text).map(Day::start) };
    let time = time.strip_suffix(['Z', 'z'])?;
    let mut parts = time.split(':').map(|part| {
        let digits = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| part.parse::<u64>().ok()).flatten()
    });
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    let known = parts.next().is_none() && hour < 24 && minute < 60 && second < 60;
    known.then(|| Day::parse(day)).flatten().map(|day| day.start() + hour * 3600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_what_they_are_called() {
        let check = |days: u64, text: &str| {
            assert_eq!(Day(days).to_string(), text);
            assert_eq!(Day::parse(text), Some(Day(days)));
        };
        check(0, "1970-01-01");
        check(59, "1970-03-01");
        check(11_016, "2000-02-29");
        check(11_017, "2000-03-01");
        check(20_781, "2026-11-24");
        check(47_540, "2100-02-28");
        check(47_541, "2100-03-01");
    }

    #[test]
    fn every_day_of_a_century_survives_its_text() {
        for days in 0..36_600 {
            assert_eq!(Day::parse(&Day(days).to_string()), Some(Day(days)));
        }
    }

    #[test]
    fn months_are_numbered_from_1970_on() {
        assert_eq!(Day::of(0).month(), 0);
        let november = Day::parse("2026-11-24").unwrap().month();
        assert_eq!(november, 56 * 12 + 10);
        assert_eq!(Day::first_of(november).to_string(), "2026-11-01");
        assert_eq!(Day::first_of(november + 2).to_string(), "2027-01-01");
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "2026",
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-01-00",
            "1969-12-31",
            "2026-1-1-1",
            "-1-1-1",
            "+2026-1-1",
        ] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
        for text in
            ["2026-11-24T09:05:00", "2026-11-24T24:00:00Z", "2026-11-24T9:05:00Z", "2026-11-24T09:05Z"]
        {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }

    #[test]
    fn times_survive_their_text() {
        for seconds in [0, 86_399, 1_795_597_445] {
            assert_eq!(parse_time(&timestamp(seconds)), Some(seconds));
        }
        assert_eq!(timestamp(1_795_511_100), "2026-11-24T09:05:00Z");
        assert_eq!(parse_time("2026-11-24"), Some(1_795_478_400));
    }
}
