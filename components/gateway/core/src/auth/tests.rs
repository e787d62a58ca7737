//! Who gets in, and how far.

use sha2::{Digest, Sha256};

use super::*;
use crate::Error;
use crate::calendar::parse_time;
use crate::files::Store;
use crate::memory::Memory;

fn hash(key: &str) -> String {
    hex::encode(Sha256::digest(key))
}

fn tenant<'a>(ring: &'a Keyring, authorization: Option<&str>) -> Result<&'a str, Error> {
    let secret = bearer(authorization, None)?;
    ring.find(secret).map(|key| key.tenant.as_str()).ok_or(Error::WrongKey)
}

fn key(scope: Scope) -> Key {
    Key { name: "web".into(), tenant: "acme".into(), scope, ..Key::default() }
}

fn list(patterns: &[&str]) -> Vec<String> {
    patterns.iter().map(ToString::to_string).collect()
}

#[test]
fn without_keys_access_is_open() {
    for text in ["", "  ", ",,"] {
        let ring = Keyring::parse(text).unwrap();
        assert!(ring.is_open());
        assert_eq!(ring.open().tenant, DEFAULT_TENANT);
        assert_eq!(ring.open().require_endpoint("/v1/gusset/traces"), Ok(()));
    }
}

#[test]
fn a_key_opens_its_tenant_and_nothing_else_does() {
    let ring = Keyring::parse(&format!("{}, {}=acme", hash("one"), hash("two").to_uppercase())).unwrap();
    let check = |header: Option<&str>, expected| assert_eq!(tenant(&ring, header), expected, "{header:?}");
    check(Some("Bearer one"), Ok("default"));
    check(Some("bearer  two "), Ok("acme"));
    check(Some("Bearer three"), Err(Error::WrongKey));
    check(Some(&format!("Bearer {}", hash("one"))), Err(Error::WrongKey));
    check(Some("Basic one"), Err(Error::MissingKey));
    check(Some("Bearer "), Err(Error::MissingKey));
    check(Some("one"), Err(Error::MissingKey));
    check(None, Err(Error::MissingKey));
    assert_eq!(bearer(None, Some(" one ")), Ok("one"));
    assert_eq!(bearer(Some("Bearer one"), Some("two")), Ok("one"));
}

#[test]
fn a_malformed_entry_closes_the_door() {
    for text in ["secret", "abcd=acme", &format!("{}=a/b", hash("k")), &format!("{}=", hash("k"))] {
        assert!(Keyring::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_virtual_key_is_read_with_all_that_it_opens() {
    let text = format!(
        r#"[{{"name":"web","sha256":"sha256:{}","tenant":"acme","endpoints":["/v1/chat/*"],"feature":"support",
            "expires":"2026-11-25","usd_per_day":0.5}}]"#,
        hash("two")
    );
    let ring = Keyring::parse(&hash("one")).unwrap().with_virtual(&text).unwrap();
    let key = ring.find("two").unwrap();
    assert_eq!(
        (key.name.as_str(), key.tenant.as_str(), key.expires_at),
        ("web", "acme", parse_time("2026-11-25"))
    );
    assert_eq!(key.tags.feature.as_deref(), Some("support"));
    assert_eq!(key.limits.usd_per_day.map(gusset_types::Cost::nanodollars), Some(500_000_000));
    assert!(ring.find("one").unwrap().name.starts_with("sha256:"));
}

#[test]
fn a_virtual_key_that_cannot_be_is_named() {
    let check = |json: &str, expected: &str| {
        let text = json.replace("HASH", &hash("k"));
        let problem = Keyring::parse("").unwrap().with_virtual(&text).unwrap_err();
        assert!(problem.contains(expected), "{problem}");
    };
    check(r#"[{"name":"a","sha256":"k"}]"#, "[0].sha256 must be 64 hexadecimal digits");
    check(r#"[{"name":"","sha256":"HASH"}]"#, "[0].name must have 1 to 128 bytes");
    check(r#"[{"name":"a","sha256":"HASH","tenant":"a/b"}]"#, "[0].tenant is `a/b`");
    check(r#"[{"name":"a","sha256":"HASH","models":["*x"]}]"#, "[0].models has the pattern `*x`");
    check(r#"[{"name":"a","sha256":"HASH","usd_per_day":-1}]"#, "[0].usd_per_day is -1");
    check(r#"[{"name":"a","sha256":"HASH"},{"name":"a","sha256":"HASH"}]"#, "[1].name is `a` again");
    check(r#"[{"name":"a","sha256":"HASH"},{"name":"b","sha256":"HASH"}]"#, "[1].sha256 is that of `a` too");
    check(r#"[{"name":"a","sha256":"HASH","expires":"soon"}]"#, "[0].expires must be a day");
    check(r#"[{"name":"a","sha256":"HASH","model":[]}]"#, "unknown field `model`");
}

#[test]
fn a_key_calls_the_endpoints_it_names() {
    let check = |scope: Scope, path: &str, allowed: bool| {
        let result = key(scope.clone()).require_endpoint(path);
        assert_eq!(result.is_ok(), allowed, "{scope:?} {path} {result:?}");
    };
    let plain = Scope::default();
    check(plain.clone(), "/v1/embeddings", true);
    check(plain, "/v1/gusset/usage", false);
    check(Scope { admin: true, ..Scope::default() }, "/v1/gusset/usage", true);
    let chat = Scope { endpoints: list(&["/v1/chat/*"]), ..Scope::default() };
    check(chat.clone(), "/v1/chat/completions", true);
    check(chat.clone(), "/v1/embeddings", false);
    let refused = key(chat).require_endpoint("/v1/embeddings").unwrap_err();
    assert_eq!(
        refused.to_string(),
        "The API key `web` may not call `/v1/embeddings`: its `endpoints` are `/v1/chat/*`."
    );
    assert_eq!(refused.response().status, 403);
}

#[test]
fn a_key_uses_the_models_and_collections_it_names() {
    let check = |models: &[&str], collections: &[&str], open: &[&str], shut: &[&str]| {
        let key = key(Scope { models: list(models), collections: list(collections), ..Scope::default() });
        open.iter().for_each(|m| assert!(key.require_model(m).is_ok(), "{models:?} {collections:?} {m}"));
        shut.iter().for_each(|m| assert!(key.require_model(m).is_err(), "{models:?} {collections:?} {m}"));
    };
    check(&[], &[], &["gpt", "docs", "docs/gpt"], &[]);
    check(&["gpt*"], &[], &["gpt-4"], &["claude", "docs", "docs/gpt-4", "docs/claude"]);
    check(&[], &["docs"], &["docs", "docs/gpt"], &["gpt", "secret", "secret/gpt"]);
    check(&["gpt*"], &["docs"], &["gpt-4", "docs", "docs/gpt-4"], &["docs/claude", "secret/gpt-4", "claude"]);
    check(&["gpt*"], &["*"], &["gpt-4", "any/gpt-4"], &["claude", "any/claude"]);
    check(&["meta/llama"], &[], &["meta/llama"], &["meta", "llama", "docs/meta/llama"]);
    let docs = key(Scope { collections: list(&["docs"]), ..Scope::default() });
    assert!(docs.require_collection("docs").is_ok() && docs.require_collection("secret").is_err());
}

#[test]
fn a_key_ends_on_its_second() {
    let key = Key { expires_at: Some(100), ..key(Scope::default()) };
    assert_eq!(key.require_valid(99), Ok(()));
    let refused = key.require_valid(100).unwrap_err();
    assert_eq!(refused.to_string(), "The API key `web` expired at 1970-01-01T00:01:40Z. Ask for a new one.");
    assert_eq!(refused.response().status, 401);
}

fn record(body: &str) -> Result<Record, Error> {
    Record::parse(body.as_bytes(), "acme", [1; 16], parse_time("2026-11-24").unwrap())
}

#[test]
fn a_key_made_at_run_time_opens_until_it_is_withdrawn_and_keeps_its_secret() {
    let store = Memory::default();
    let keys = Managed::new(&store);
    let made = keys.create(record(r#"{"name":"bot","models":["small"]}"#).unwrap(), [7; 32]).unwrap();
    assert!(is_managed(&made.secret));
    assert_eq!(keys.find(&made.secret).unwrap(), made.record.key);
    let shown = made.record.show(Some(&made.secret)).to_string();
    assert!(shown.contains(&made.secret));
    for place in store.keys() {
        let value = String::from_utf8(store.get(&place).unwrap().unwrap()).unwrap();
        assert!(!value.contains(&made.secret) && !place.contains(&made.secret), "{place}: {value}");
    }
    assert_eq!(keys.list("acme").unwrap(), std::slice::from_ref(&made.record));
    assert!(keys.list("other").unwrap().is_empty());
    assert!(!keys.delete("other", &made.record.id).unwrap(), "another tenant's key");
    assert!(keys.find(&made.secret).is_ok());
    assert!(keys.delete("acme", &made.record.id).unwrap());
    assert_eq!(keys.find(&made.secret), Err(Error::WrongKey));
    assert!(keys.list("acme").unwrap().is_empty());
    assert!(!keys.delete("acme", &made.record.id).unwrap());
}

#[test]
fn a_key_of_another_form_is_not_looked_up() {
    let store = Memory::default();
    for secret in ["sk-123", "gsk-", &format!("gsk-{}", "A".repeat(64)), "gsk-../../acme/keys-directory"] {
        assert_eq!(Managed::new(&store).find(secret), Err(Error::WrongKey));
    }
    assert_eq!(store.trips(), (0, 0, 0));
}

#[test]
fn a_key_is_asked_for_in_full_or_told_what_is_wrong() {
    let check = |body: &str, param: &str| match record(body) {
        Err(Error::InvalidField { param: p, .. }) => assert_eq!(p, param, "{body}"),
        other => panic!("{body} {other:?}"),
    };
    check("{}", "name");
    check(r#"{"name":""}"#, "name");
    check(r#"{"name":"a","expires":"2026-11-24"}"#, "expires");
    check(r#"{"name":"a","expires":"tomorrow"}"#, "expires");
    check(r#"{"name":"a","usd_per_day":-1}"#, "usd_per_day");
    check(r#"{"name":"a","endpoints":["a*b"]}"#, "endpoints");
    check(r#"{"name":"a","user":""}"#, "user");
    let full =
        record(r#"{"name":"a","expires":"2026-11-25T10:00:00Z","usd_per_month":2,"admin":true}"#).unwrap();
    let shown = full.show(None);
    assert_eq!(shown["expires"], "2026-11-25T10:00:00Z");
    assert_eq!(shown["usd_per_month"], 2.0);
    assert_eq!(shown.get("secret"), None);
}
