//! When a server wants to be asked again, in the ways that servers say it.

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

use crate::Cause;

/// Milliseconds from now, from the headers of a refusal.
///
/// A date is taken against the response's own `Date`, so that no clock is asked and none must agree. OpenAI's limits say when they are
/// whole again, which tells only under a rate limit, and of the one that is used up.
pub(super) fn from_headers(headers: &HeaderMap, cause: Cause) -> Option<u32> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let millis = text("retry-after-ms").and_then(|value| whole(value.parse().ok()?));
    let seconds = || {
        let value = text(RETRY_AFTER.as_str())?;
        match value.parse::<f64>() {
            Ok(seconds) => whole(seconds * 1_000.0),
            Err(_) => {
                let (then, now) = (unix_seconds(value)?, unix_seconds(text(DATE.as_str())?)?);
                u32::try_from(then.saturating_sub(now).max(0)).ok()?.checked_mul(1_000)
            }
        }
    };
    let limits = || {
        let reset = |kind: &str| {
            let left = text(&format!("x-ratelimit-remaining-{kind}"));
            let reset = text(&format!("x-ratelimit-reset-{kind}")).and_then(duration_ms)?;
            Some((left == Some("0"), reset))
        };
        let resets = ["requests", "tokens"].into_iter().filter_map(reset);
        (cause == Cause::RateLimited).then(|| resets.max().map(|(_, ms)| ms)).flatten()
    };
    millis.or_else(seconds).or_else(limits)
}

/// A duration as Go and protocol buffers write it, in milliseconds rounded up: `1m30s`, `20ms`, `34.07s`; a bare number is seconds.
pub(super) fn duration_ms(text: &str) -> Option<u32> {
    let mut rest = text.trim();
    let mut total = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(end);
        let number: f64 = number.parse().ok()?;
        let end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        total += number
            * match unit {
                "ms" => 1.0,
                "s" | "" => 1_000.0,
                "m" => 60_000.0,
                "h" => 3_600_000.0,
                "d" => 86_400_000.0,
                "us" | "µs" => 1e-3,
                "ns" => 1e-6,
                _ => return None,
            };
        rest = tail;
    }
    whole(total)
}

/// Whole milliseconds, rounded up: too early is a refusal more.
fn whole(ms: f64) -> Option<u32> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be in range")]
    (ms >= 0.0 && ms <= f64::from(u32::MAX)).then(|| ms.ceil() as u32)
}

/// A date as HTTP writes it (RFC 9110, section 5.6.7, its preferred form), in seconds since 1970.
fn unix_seconds(date: &str) -> Option<i64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = date.split_once(", ")?.1.strip_suffix(" GMT")?.split(' ');
    let day: i64 = words.next()?.parse().ok().filter(|day| (1..=31).contains(day))?;
    let name = words.next()?;
    let month = i64::try_from(MONTHS.iter().position(|month| *month == name)?).ok()? + 1;
    let year: i64 = words.next()?.parse().ok().filter(|year| (1970..=9999).contains(year))?;
    let mut clock =
        words.next()?.split(':').map(|part| part.parse::<i64>().ok().filter(|part| (0..=60).contains(part)));
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    // Days since the first of March of year zero, after Howard Hinnant, https://howardhinnant.github.io/date_algorithms.html.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    Some((days - 719_468) * 86_400 + hour * 3_600 + minute * 60 + second)
}
