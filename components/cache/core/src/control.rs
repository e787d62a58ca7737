//! The directives of a request's `cache-control` that concern this cache (RFC 9111, section 5.2.1).

/// What a request says about caching.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Control {
    /// Neither give an answer that is kept, nor keep the new one.
    pub no_store: bool,
    /// Ask anew, and keep the answer.
    pub no_cache: bool,
    /// Make no call.
    pub only_if_cached: bool,
    /// Largest age in seconds.
    pub max_age: Option<u64>,
    /// Seconds that an answer must still be good for.
    pub min_fresh: Option<u64>,
}

impl Control {
    /// Reads the header's value. Directives that are unknown are ignored; one whose number can't be read is taken at its strictest, so that a slip of
    /// the pen never gives an older answer than was meant. `max-stale` is ignored too: nothing stale is ever given.
    #[must_use]
    pub fn parse(header: &str) -> Self {
        let mut control = Self::default();
        for directive in header.split(',') {
            let (name, value) = match directive.split_once('=') {
                Some((name, value)) => (name, Some(value.trim().trim_matches('"'))),
                None => (directive, None),
            };
            let seconds = value.and_then(|value| value.parse::<u64>().ok());
            match name.trim().to_ascii_lowercase().as_str() {
                "no-store" => control.no_store = true,
                "no-cache" => control.no_cache = true,
                "only-if-cached" => control.only_if_cached = true,
                "max-age" => {
                    let seconds = seconds.unwrap_or(0);
                    control.max_age = Some(control.max_age.map_or(seconds, |other| other.min(seconds)));
                }
                "min-fresh" => {
                    let seconds = seconds.unwrap_or(u64::MAX);
                    control.min_fresh = Some(control.min_fresh.map_or(seconds, |other| other.max(seconds)));
                }
                _ => {}
            }
        }
        control
    }

    /// Whether an answer may be given that was kept at `kept_ms` for `ttl_ms`.
    #[must_use]
    pub fn allows(&self, kept_ms: u64, ttl_ms: u64, now_ms: u64) -> bool {
        let age = now_ms.saturating_sub(kept_ms);
        let left = ttl_ms.saturating_sub(age);
        !self.no_store
            && !self.no_cache
            && left > 0
            && self.max_age.is_none_or(|seconds| age <= seconds.saturating_mul(1000))
            && self.min_fresh.is_none_or(|seconds| left >= seconds.saturating_mul(1000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_are_read_as_they_are_written() {
        let control = Control::parse("Max-Age=60 , min-fresh=\"5\", foo=bar, only-if-cached");
        let expected =
            Control { max_age: Some(60), min_fresh: Some(5), only_if_cached: true, ..Control::default() };
        assert_eq!(control, expected);
        assert_eq!(Control::parse(""), Control::default());
        assert!(Control::parse("no-cache,no-store").no_cache);
        assert!(Control::parse("no-cache,no-store").no_store);
    }

    #[test]
    fn what_cannot_be_read_is_strict() {
        assert_eq!(Control::parse("max-age=soon").max_age, Some(0));
        assert_eq!(Control::parse("min-fresh").min_fresh, Some(u64::MAX));
        assert_eq!(Control::parse("max-age=9, max-age=3").max_age, Some(3));
    }

    #[test]
    fn ages_are_held_to_what_was_asked() {
        let allows = |header: &str, age_ms: u64| Control::parse(header).allows(1000, 10_000, 1000 + age_ms);
        assert!(allows("", 9_999));
        assert!(!allows("", 10_000));
        assert!(allows("max-age=3", 3_000));
        assert!(!allows("max-age=3", 3_001));
        assert!(allows("min-fresh=4", 6_000));
        assert!(!allows("min-fresh=4", 6_001));
        assert!(!allows("no-cache", 0));
        // A clock that went back makes an answer young, not eternal.
        assert!(Control::default().allows(5_000, 10, 1_000));
    }
}
