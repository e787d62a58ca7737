//! What a request says of itself beside its body: whom it is for, how well it is to be answered, and whether from a cache. And what the
//! answer says of itself beside its body.

use gusset_types::Controls;

use crate::Error;
use crate::answer::{CacheStatus, Opening};

/// Longest feature: a name that costs are summed by.
const FEATURE: usize = 64;
/// Longest user: as long as OpenAI's `metadata` values.
const USER: usize = 512;

/// The request's headers that are Gusset's own, and `cache-control`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attribution {
    /// `x-gusset-feature`: the part of the application that asks.
    pub feature: Option<String>,
    /// `x-gusset-user`: who asks it.
    pub user: Option<String>,
    /// `x-gusset-quality`: `best`, `cheapest`, or the chance to be answered well that is enough.
    pub quality: Option<String>,
    /// `cache-control`, as it came; empty for none.
    pub cache_control: String,
    /// `x-gusset-explain: 1`: whether the answer is to say why its model was chosen and, sent whole, how much of it its citations support.
    pub explain: bool,
}

impl Attribution {
    /// Reads the headers through `get`, which knows a value by its name in lower case. Absent and empty are the same.
    ///
    /// # Errors
    /// [`Error::InvalidField`] names the header and what it takes.
    pub fn read<'a>(get: impl Fn(&str) -> Option<&'a str>) -> Result<Self, Error> {
        let text = |name: &str| get(name).map(str::trim).filter(|text| !text.is_empty());
        let feature = text("x-gusset-feature").map(feature).transpose()?;
        let user = text("x-gusset-user").map(user).transpose()?;
        let quality = text("x-gusset-quality").map(quality).transpose()?;
        let explain = match text("x-gusset-explain") {
            None | Some("0") => false,
            Some("1") => true,
            Some(_) => {
                return Err(Error::invalid("x-gusset-explain", "`x-gusset-explain` takes `0` or `1`."));
            }
        };
        let cache_control = text("cache-control").unwrap_or_default().to_owned();
        Ok(Self { feature, user, quality, cache_control, explain })
    }

    /// Who asks: as the header says, otherwise as the body does.
    #[must_use]
    pub fn user(&self, controls: &Controls) -> Option<String> {
        self.user.clone().or_else(|| controls.user.clone())
    }

    /// Headers of the answer: whether it was given before, and, if that was asked for, why its model was chosen.
    #[must_use]
    pub fn headers(&self, opening: &Opening) -> Vec<(&'static str, String)> {
        let mut headers = Vec::new();
        let cache = match &opening.cache {
            CacheStatus::Off => None,
            CacheStatus::Bypass(reason) => Some(format!("bypass; reason=\"{}\"", quotable(reason))),
            CacheStatus::Miss => Some("miss".to_owned()),
            CacheStatus::Hit => Some("hit".to_owned()),
            CacheStatus::SemanticHit(similarity) => Some(format!("semantic-hit; similarity={similarity:.4}")),
        };
        headers.extend(cache.map(|status| ("x-gusset-cache", status)));
        if self.explain && !opening.route.is_empty() {
            headers.push(("x-gusset-route", printable(&opening.route)));
        }
        headers
    }
}

fn feature(text: &str) -> Result<String, Error> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':');
    if text.len() > FEATURE || !text.bytes().all(allowed) {
        let message =
            format!("`x-gusset-feature` takes 1 to {FEATURE} of `a-z`, `A-Z`, `0-9`, `-`, `_`, `.`, `:`.");
        return Err(Error::invalid("x-gusset-feature", message));
    }
    Ok(text.to_owned())
}

fn user(text: &str) -> Result<String, Error> {
    if text.len() > USER {
        return Err(Error::invalid(
            "x-gusset-user",
            format!("`x-gusset-user` takes at most {USER} characters."),
        ));
    }
    Ok(text.to_owned())
}

fn quality(text: &str) -> Result<String, Error> {
    let chance = || text.parse::<f32>().is_ok_and(|chance| (0.0..=1.0).contains(&chance));
    if !matches!(text, "best" | "cheapest") && !chance() {
        let message = "`x-gusset-quality` takes `best`, `cheapest` or a number from 0 to 1.";
        return Err(Error::invalid("x-gusset-quality", message));
    }
    Ok(text.to_owned())
}

/// What a header can carry: visible ASCII and spaces.
fn printable(text: &str) -> String {
    text.chars().map(|letter| if matches!(letter, ' '..='~') { letter } else { '?' }).collect()
}

fn quotable(text: &str) -> String {
    printable(text).replace(['"', '\\'], "'")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::Kind;

    fn read(headers: &[(&str, &'static str)]) -> Result<Attribution, Error> {
        Attribution::read(|name| headers.iter().find(|(n, _)| *n == name).map(|(_, value)| *value))
    }

    #[test]
    fn headers_say_whom_a_request_is_for() {
        assert_eq!(read(&[("x-gusset-feature", " "), ("x-gusset-explain", "0")]), Ok(Attribution::default()));
        let attribution = read(&[
            ("x-gusset-feature", "search:v2"),
            ("x-gusset-user", " ada "),
            ("x-gusset-quality", "0.95"),
            ("cache-control", "no-store"),
            ("x-gusset-explain", "1"),
        ]);
        let expected = Attribution {
            feature: Some("search:v2".into()),
            user: Some("ada".into()),
            quality: Some("0.95".into()),
            cache_control: "no-store".into(),
            explain: true,
        };
        assert_eq!(attribution, Ok(expected));
        let body = Controls { user: Some("bob".into()), ..Controls::default() };
        assert_eq!(attribution.unwrap().user(&body).as_deref(), Some("ada"));
        assert_eq!(Attribution::default().user(&body).as_deref(), Some("bob"));
    }

    #[test]
    fn what_cannot_be_is_named() {
        let check = |name: &'static str, value: &'static str| match read(&[(name, value)]) {
            Err(Error::InvalidField { param, message }) => {
                assert_eq!(param, name);
                assert!(message.contains(name), "{message}");
            }
            other => panic!("{other:?}"),
        };
        check("x-gusset-feature", "a/b");
        check("x-gusset-quality", "good");
        check("x-gusset-quality", "1.1");
        check("x-gusset-quality", "NaN");
        check("x-gusset-explain", "yes");
    }

    #[test]
    fn the_answer_says_where_it_comes_from() {
        let check = |cache: CacheStatus, explain: bool, expected: &[(&'static str, &str)]| {
            let opening =
                Opening {
                    kind: Kind::Generated, cache, route: "cheapest\nof 3 ü".into(), model: "m".into()
                };
            let headers = Attribution { explain, ..Attribution::default() }.headers(&opening);
            let expected: Vec<_> =
                expected.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
            assert_eq!(headers, expected);
        };
        check(CacheStatus::Off, false, &[]);
        check(CacheStatus::Miss, true, &[("x-gusset-cache", "miss"), ("x-gusset-route", "cheapest?of 3 ?")]);
        check(CacheStatus::Hit, false, &[("x-gusset-cache", "hit")]);
        let similar = "semantic-hit; similarity=0.9831";
        check(CacheStatus::SemanticHit(0.983_12), false, &[("x-gusset-cache", similar)]);
        let reason = r#"bypass; reason="it has 'tools'""#;
        check(CacheStatus::Bypass("it has \"tools\"".into()), false, &[("x-gusset-cache", reason)]);
    }
}
