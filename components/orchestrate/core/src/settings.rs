//! What an operator decides about answers: models, routes, caches, patience. One JSON object, read once an instance.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Error;

/// Everything that `configure` may be given. The default is no model configured and the exact cache on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// `models`, `routes` and `routing` as the router reads them; `None` where there is neither a model nor a route.
    pub routing: Option<String>,
    /// Names in `models`.
    pub models: Vec<String>,
    /// Which answers are kept.
    pub cache: CacheSettings,
    /// How long a target may be silent.
    pub generation: Generation,
}

/// The settings' form. What the router reads is the router's to check.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(default)]
    models: Vec<Value>,
    #[serde(default)]
    routes: Vec<Value>,
    #[serde(default)]
    routing: Map<String, Value>,
    #[serde(default)]
    cache: Map<String, Value>,
    #[serde(default)]
    generation: Generation,
}

/// `cache`: what holds for every route, and what some have differently.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CacheSettings {
    common: CacheKeys,
    /// By route, the keys that it has differently.
    routes: BTreeMap<String, CacheKeys>,
}

/// Keys of a cache, all of them optional.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct CacheKeys {
    enabled: Option<bool>,
    sampled: Option<bool>,
    ttl_seconds: Option<u32>,
    max_entries: Option<u32>,
    max_bytes: Option<u64>,
    lease_ms: Option<u32>,
    /// Accepted share of wrong hits; 0 turns the semantic cache off.
    wrong_share: Option<f64>,
    verify_share: Option<f64>,
}

/// How one route caches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CacheRule {
    /// Whether it does.
    pub enabled: bool,
    /// Whether answers are kept that the caller asked to be drawn at random.
    pub sampled: bool,
    /// Seconds that an answer is given for.
    pub ttl_seconds: u32,
    /// Answers kept of a tenant's route.
    pub max_entries: u32,
    /// Bytes kept of a tenant's route.
    pub max_bytes: u64,
    /// Milliseconds after which a call that has not ended is taken for dead.
    pub lease_ms: u32,
    /// Accepted share of wrong hits among those to questions in other words; `None`: only the same request hits.
    pub wrong_share: Option<f64>,
    /// Share of would-be hits whose answer is asked for anew, to be compared.
    pub verify_share: f64,
}

/// How long a target may be silent, over all targets of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Generation {
    /// Milliseconds until the first token of any target.
    pub first_token_ms: Option<u32>,
    /// Milliseconds after which the next target is asked beside the one before.
    pub hedge_ms: Option<u32>,
}

impl Settings {
    /// Reads the settings. Empty text: the default.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] names the key and the remedy.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let invalid = |error: serde_json::Error| Error::InvalidRequest(format!("`settings`: {error}"));
        let Form { models, routes, routing, cache, generation } =
            serde_json::from_str(text).map_err(invalid)?;
        let name = |model: &Value| model.get("name").and_then(Value::as_str).map(str::to_owned);
        let names = models.iter().filter_map(name).collect();
        let configured = !(models.is_empty() && routes.is_empty());
        let routing = configured.then(|| {
            serde_json::json!({ "models": models, "routes": routes, "routing": routing }).to_string()
        });
        let cache = CacheSettings::read(cache).map_err(invalid)?;
        cache.check()?;
        generation.check()?;
        Ok(Self { routing, models: names, cache, generation })
    }
}

impl CacheSettings {
    fn read(mut keys: Map<String, Value>) -> Result<Self, serde_json::Error> {
        let routes = keys.remove("routes").map(serde_json::from_value).transpose()?.unwrap_or_default();
        Ok(Self { common: serde_json::from_value(Value::Object(keys))?, routes })
    }

    /// How a route caches.
    #[must_use]
    pub fn rule(&self, route: &str) -> CacheRule {
        let common = &self.common;
        let own = self.routes.get(route).unwrap_or(common);
        let wrong_share = own.wrong_share.or(common.wrong_share).filter(|&share| share > 0.0);
        CacheRule {
            enabled: own.enabled.or(common.enabled).unwrap_or(true),
            sampled: own.sampled.or(common.sampled).unwrap_or(false),
            // An hour: long against a burst of the same question, short against the life of what answers tell of.
            ttl_seconds: own.ttl_seconds.or(common.ttl_seconds).unwrap_or(3600),
            // Some 2 kB an answer: the two bounds meet at about the same number of answers.
            max_entries: own.max_entries.or(common.max_entries).unwrap_or(32_768),
            max_bytes: own.max_bytes.or(common.max_bytes).unwrap_or(64 << 20),
            // Long answers of slow models take minutes.
            lease_ms: own.lease_ms.or(common.lease_ms).unwrap_or(120_000),
            wrong_share,
            // What is learned costs one call in twenty of those that a hit would have saved.
            verify_share: own.verify_share.or(common.verify_share).unwrap_or(0.05),
        }
    }

    fn check(&self) -> Result<(), Error> {
        let keys = self.routes.iter().map(|(name, keys)| (format!("cache.routes.{name}"), keys));
        for (at, keys) in std::iter::once(("cache".to_owned(), &self.common)).chain(keys) {
            keys.check(&at)?;
        }
        Ok(())
    }
}

impl Generation {
    fn check(self) -> Result<(), Error> {
        for (key, value) in [("first_token_ms", self.first_token_ms), ("hedge_ms", self.hedge_ms)] {
            refuse(value == Some(0), || {
                format!("`generation.{key}` is 0: give at least 1 ms, or leave it out")
            })?;
        }
        Ok(())
    }
}

impl CacheKeys {
    /// Checks the ranges that the cache has: what it would refuse at every request is refused once.
    fn check(&self, at: &str) -> Result<(), Error> {
        let within = |key: &str, value: Option<u64>, least: u64, most: u64| {
            refuse(value.is_some_and(|value| !(least..=most).contains(&value)), || {
                format!("`{at}.{key}` is out of range: give {least} to {most}")
            })
        };
        within("ttl_seconds", self.ttl_seconds.map(Into::into), 1, u32::MAX.into())?;
        within("max_entries", self.max_entries.map(Into::into), 64, 131_072)?;
        within("max_bytes", self.max_bytes, 4 << 20, u64::MAX)?;
        within("lease_ms", self.lease_ms.map(Into::into), 1000, 3_600_000)?;
        let share = |key: &str, value: Option<f64>, most: f64| {
            refuse(value.is_some_and(|value| !(0.0..=most).contains(&value)), || {
                format!("`{at}.{key}` is out of range: give a share from 0.0 to {most}")
            })
        };
        share("wrong_share", self.wrong_share, 0.5)?;
        share("verify_share", self.verify_share, 1.0)
    }
}

fn refuse(fault: bool, message: impl FnOnce() -> String) -> Result<(), Error> {
    if fault { Err(Error::InvalidRequest(message())) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_has_what_it_does_not_say_from_all() {
        let text = r#"{"cache": {"ttl_seconds": 60, "wrong_share": 0.01,
            "routes": {"live": {"enabled": false}, "faq": {"wrong_share": 0.05, "sampled": true}, "exact": {"wrong_share": 0.0}}}}"#;
        let cache = Settings::parse(text).unwrap().cache;
        assert_eq!((cache.rule("").ttl_seconds, cache.rule("").wrong_share), (60, Some(0.01)));
        assert!(!cache.rule("live").enabled);
        let faq = cache.rule("faq");
        assert_eq!((faq.ttl_seconds, faq.wrong_share, faq.sampled), (60, Some(0.05), true));
        assert_eq!(cache.rule("exact").wrong_share, None);
    }

    #[test]
    fn without_settings_nothing_is_routed_and_the_same_request_hits() {
        let settings = Settings::parse(" ").unwrap();
        assert_eq!((settings.routing, settings.cache.rule("any").wrong_share), (None, None));
        assert!(settings.cache.rule("any").enabled);
    }

    #[test]
    fn the_router_gets_its_part_as_it_is() {
        let text = r#"{"models": [{"name": "small"}, {"name": "large", "price": {}}], "routing": {"quality": "best"}}"#;
        let settings = Settings::parse(text).unwrap();
        assert_eq!(settings.models, ["small", "large"]);
        let routing: Value = serde_json::from_str(&settings.routing.unwrap()).unwrap();
        assert_eq!(routing["routing"]["quality"], "best");
    }

    #[test]
    fn a_fault_names_its_key() {
        for (text, key) in [
            (r#"{"cash": {}}"#, "cash"),
            (r#"{"cache": {"ttl": 60}}"#, "ttl_seconds"),
            (r#"{"cache": {"ttl_seconds": 0}}"#, "cache.ttl_seconds"),
            (r#"{"cache": {"routes": {"faq": {"wrong_share": 0.9}}}}"#, "cache.routes.faq.wrong_share"),
            (r#"{"generation": {"hedge_ms": 0}}"#, "generation.hedge_ms"),
        ] {
            let error = Settings::parse(text).unwrap_err().to_string();
            assert!(error.contains(key), "{error}");
        }
    }
}
