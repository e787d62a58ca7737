//! What an operator may set. Read once, checked as a whole: a value that can't be is an error, never a default.

mod chunking;
mod limits;

use crate::auth::Keyring;
use crate::budget::Rules;
use crate::chunking::Chunkings;
use crate::price::Prices;
use crate::{Error, answer};

pub use limits::{BodyLimit, Limits};

/// The gateway's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `api_key_hashes`, `virtual_keys`.
    pub keys: Keyring,
    /// `budgets`.
    pub budgets: Rules,
    /// The prices of `settings`.
    pub prices: Prices,
    /// `usage_recorded`: whether what was used is summed up by day. Unless it is said, where somebody is told apart, limited or priced.
    pub usage_recorded: bool,
    /// `body_limit_bytes`, `file_limit_bytes`.
    pub limits: Limits,
    /// `passages`, `context_tokens`, `answer_tokens`.
    pub answers: answer::Defaults,
    /// `chunk_strategy`, `chunk_tokens`, `chunk_overlap_tokens`, `chunk_section_tokens`, `chunk_context`, `chunk_collections`: for collections that don't say.
    pub chunking: Chunkings,
    /// `traces_kept`: traces remembered a tenant.
    pub traces_kept: u32,
    /// `judged_percent`: of a hundred answers that cite passages, those whose citations are checked when they have ended.
    pub judged_percent: u32,
    /// `responses_kept`: responses remembered a tenant.
    pub responses_kept: u32,
    /// `settings`: models, routes and caches, as the JSON text that orchestration reads.
    pub settings: String,
}

impl Config {
    /// Reads the configuration through `get`, which knows a value by its key. Absent and empty mean the default.
    ///
    /// # Errors
    /// [`Error::Configuration`] names the first key whose value can't be, or could not be read.
    pub fn read(mut get: impl FnMut(&str) -> Result<Option<String>, String>) -> Result<Self, Error> {
        let keys = parsed(&mut get, "api_key_hashes", Keyring::parse)?;
        let keys = parsed(&mut get, "virtual_keys", |text| keys.with_virtual(text))?;
        let budgets = parsed(&mut get, "budgets", Rules::parse)?;
        let prices = parsed(&mut get, "settings", Prices::of_settings)?;
        let told = keys.has_virtual() || !budgets.is_empty() || !prices.is_empty();
        let usage_recorded = parsed(&mut get, "usage_recorded", |text| flag(text, told))?;
        let limits = Limits {
            // The longest prompts that models take are about 1,000,000 tokens, some 4 bytes each; few callers send
            // half of that, and each byte of a body is memory of an instance.
            body_bytes: number(&mut get, "body_limit_bytes", 2 << 20, 1 << 10, 256 << 20)?,
            // A book is 1 MB. What is larger than 32 MB is not prose, and has to fit the instance twice.
            file_bytes: number(&mut get, "file_limit_bytes", 32 << 20, 1 << 10, 512 << 20)?,
        };
        let answers = answer::Defaults {
            // Ten passages of 200 tokens fill half of the smallest context window in use, 4,096 tokens.
            passages: narrow(&mut get, "passages", 10, 1, 100)?,
            // Where a target doesn't say its window, the smallest in use is what can't be exceeded.
            context_tokens: narrow(&mut get, "context_tokens", 4096, 256, 10_000_000)?,
            // An answer with its citations is a paragraph or two.
            answer_tokens: narrow(&mut get, "answer_tokens", 512, 1, 1_000_000)?,
        };
        let chunking = chunking::read(&mut get)?;
        // A trace is some 2 kB: 1,000 of them are 2 MB a tenant.
        let traces_kept = narrow(&mut get, "traces_kept", 1000, 1, 100_000)?;
        let judged_percent = narrow(&mut get, "judged_percent", 10, 0, 100)?;
        // A turn of a conversation is some 10 kB: 10,000 of them are 100 MB a tenant.
        let responses_kept = narrow(&mut get, "responses_kept", 10_000, 1, 10_000_000)?;
        let settings = text(&mut get, "settings")?;
        Ok(Self {
            keys,
            budgets,
            prices,
            usage_recorded,
            limits,
            answers,
            chunking,
            traces_kept,
            judged_percent,
            responses_kept,
            settings,
        })
    }
}

fn text(get: &mut impl FnMut(&str) -> Result<Option<String>, String>, key: &str) -> Result<String, Error> {
    let unreadable = |problem| Error::Configuration {
        key: key.to_owned(),
        problem: format!("could not be read: {problem}"),
    };
    Ok(get(key).map_err(unreadable)?.unwrap_or_default().trim().to_owned())
}

/// The value of `key`, as `parse` reads it.
fn parsed<T>(
    get: &mut impl FnMut(&str) -> Result<Option<String>, String>,
    key: &str,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, Error> {
    let invalid = |problem| Error::Configuration { key: key.to_owned(), problem };
    parse(&text(get, key)?).map_err(invalid)
}

/// `true` or `false`; the default where nothing is said.
fn flag(text: &str, default: bool) -> Result<bool, String> {
    match text {
        "" => Ok(default),
        "true" => Ok(true),
        "false" => Ok(false),
        other => Err(format!("must be `true` or `false`, and is `{other}`")),
    }
}

fn number(
    get: &mut impl FnMut(&str) -> Result<Option<String>, String>,
    key: &str,
    default: u64,
    least: u64,
    most: u64,
) -> Result<u64, Error> {
    let text = text(get, key)?;
    if text.is_empty() {
        return Ok(default);
    }
    text.parse().ok().filter(|n| (least..=most).contains(n)).ok_or_else(|| Error::Configuration {
        key: key.to_owned(),
        problem: format!("must be a whole number from {least} to {most}, and is `{text}`"),
    })
}

fn narrow(
    get: &mut impl FnMut(&str) -> Result<Option<String>, String>,
    key: &str,
    default: u32,
    least: u32,
    most: u32,
) -> Result<u32, Error> {
    let wide = number(get, key, default.into(), least.into(), most.into())?;
    Ok(u32::try_from(wide).unwrap_or(most))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunking::{Chunking, Strategy};

    fn read(values: &[(&str, &str)]) -> Result<Config, Error> {
        Config::read(|key| Ok(values.iter().find(|(k, _)| *k == key).map(|(_, value)| (*value).to_owned())))
    }

    #[test]
    fn nothing_set_means_the_defaults() {
        let defaults = read(&[]).unwrap();
        assert_eq!(defaults.limits, Limits { body_bytes: 2_097_152, file_bytes: 33_554_432 });
        assert_eq!(defaults.chunking, Chunkings::of_all(Chunking::DEFAULT));
        assert_eq!((defaults.answers.passages, defaults.traces_kept), (10, 1000));
        assert_eq!(read(&[("passages", ""), ("api_key_hashes", " ")]), Ok(defaults));
    }

    #[test]
    fn what_is_set_is_taken() {
        let config = read(&[("passages", "12"), ("body_limit_bytes", " 4096 ")]).unwrap();
        assert_eq!((config.answers.passages, config.limits.body_bytes), (12, 4096));
        let own = r#"{"handbook": {"max_tokens": 64}}"#;
        let config =
            read(&[("chunk_strategy", "semantic"), ("chunk_context", "true"), ("chunk_collections", own)]);
        let semantic = Chunking { strategy: Strategy::Semantic, context: true, ..Chunking::DEFAULT };
        let chunking = config.unwrap().chunking;
        let expected = (semantic, Chunking { max_tokens: 64, ..semantic });
        assert_eq!((chunking.of("other"), chunking.of("handbook")), expected);
    }

    #[test]
    fn use_is_recorded_where_someone_is_told_apart_limited_or_priced() {
        let recorded = |values: &[(&str, &str)]| read(values).unwrap().usage_recorded;
        let hash = "0".repeat(64);
        assert!(!recorded(&[]) && !recorded(&[("api_key_hashes", &hash)]));
        assert!(recorded(&[("settings", r#"{"models":[{"name":"m","price":{"prompt":1}}]}"#)]));
        assert!(recorded(&[("budgets", r#"[{"name":"b","requests_per_minute":1}]"#)]));
        let keys = format!(r#"[{{"name":"web","sha256":"{hash}"}}]"#);
        assert!(recorded(&[("virtual_keys", &keys)]));
        assert!(!recorded(&[("virtual_keys", &keys), ("usage_recorded", "false")]));
        assert!(recorded(&[("usage_recorded", "true")]));
    }

    #[test]
    fn a_value_that_cannot_be_is_named() {
        let check = |values: &[(&str, &str)], key: &str| match read(values) {
            Err(Error::Configuration { key: k, problem }) => assert_eq!(k, key, "{problem}"),
            other => panic!("{other:?}"),
        };
        check(&[("passages", "0")], "passages");
        check(&[("passages", "six")], "passages");
        check(&[("traces_kept", "-1")], "traces_kept");
        check(&[("judged_percent", "101")], "judged_percent");
        check(&[("answer_tokens", "99999999999999999999")], "answer_tokens");
        check(&[("chunk_tokens", "50"), ("chunk_overlap_tokens", "50")], "chunk_overlap_tokens");
        check(&[("chunk_strategy", "clever")], "chunk_strategy");
        check(&[("chunk_section_tokens", "200")], "chunk_section_tokens");
        check(&[("chunk_collections", r#"{"a": {"max_token": 1}}"#)], "chunk_collections");
        check(&[("chunk_collections", r#"{"a": {"max_tokens": 0}}"#)], "chunk_collections");
        check(&[("api_key_hashes", "plaintext")], "api_key_hashes");
        check(&[("virtual_keys", "[{}]")], "virtual_keys");
        check(&[("budgets", "{}")], "budgets");
        check(&[("settings", r#"{"models":[{"name":"m","price":{"prompt":-1}}]}"#)], "settings");
        check(&[("usage_recorded", "yes")], "usage_recorded");
    }

    #[test]
    fn what_cannot_be_read_is_no_default() {
        let failed = Config::read(|_| Err("vault is sealed".into()));
        assert!(matches!(failed, Err(Error::Configuration { .. })));
    }
}
