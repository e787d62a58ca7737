//! What is refused, and in which words; and that the schema, the types and the example say the same.

use super::*;
use std::collections::BTreeMap;

fn parse(text: &str) -> Result<Config, Error> {
    Config::parse(
        text,
        Path::new("etc/gusset.toml"),
        &[("HOME", "/home/me"), ("NODE_API_KEY", "secret")].into_iter().collect(),
    )
}

#[test]
fn nothing_at_all_is_a_configuration() {
    let config = parse("").unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.state, State::File("etc/.gusset/state.db".into()));
    assert_eq!(config.cache, Some("/home/me/.cache/gusset".into()));
    assert!(config.nodes.is_empty() && config.keys.is_empty());
}

#[test]
fn every_fault_is_named_with_its_remedy() {
    let hash = "0".repeat(64);
    let cases = [
        ("lisen = '127.0.0.1:1'", "etc/gusset.toml:1: unknown key `lisen`; did you mean `listen`?"),
        ("\n[limit]\nbody_bytes = 1", ":2: unknown key `limit`; did you mean `limits`?"),
        (
            "# x\n[limits]\nbody_byte = 1",
            ":3: unknown key `body_byte` in [limits]; did you mean `body_bytes`?",
        ),
        (
            "[limits]\npassages = 1",
            ":2: unknown key `passages` in [limits]; did you mean `[retrieval] passages`?",
        ),
        (
            "[state]\nlisten = 'x'",
            ":2: unknown key `listen` in [state]; did you mean `listen, above the first section`?",
        ),
        (
            "[[nodes]]\nurl = 'http://a/v1'\n[[nodes]]\nurl = 'http://b/v1'\ntotal = 1",
            ":5: unknown key `total` in [nodes]; did you mean `total_ms`?",
        ),
        (
            "[[nodes]]\nurl = 'http://a/v1'\n[nodes.breaker]\nfailure = 1",
            ":4: unknown key `failure` in [nodes.breaker]; did you mean `failures`?",
        ),
        ("[[nodes]]\nurl = 'http://a/v1'\nbreaker.errors = 2", "`nodes[0].breaker.errors` is 2"),
        ("listen = ", "line 1"),
        ("listen = '8080'", "invalid socket address"),
        ("[limits]\nbody_bytes = 'many'", "line 2"),
        ("[limits]\nbody_bytes = 0", "`limits.body_bytes` is 0, and must be 1 to 1073741824"),
        ("[limits]\nbody_bytes = -1", "line 2"),
        (
            "[chunking]\nmax_tokens = 10\noverlap_tokens = 10",
            "`chunking.overlap_tokens` is 10, and must be 0 to 9",
        ),
        ("[chunking]\nstrategy = 'clever'", "line 2"),
        (
            "[chunking]\nsection_tokens = 100",
            "`chunking.section_tokens` is 100, and must be 201 to 100000: a section is more than its chunk; 0 for none",
        ),
        (
            "[chunking.collections.handbook]\nmax_tokens = 0",
            "`chunking.collections.handbook.max_tokens` is 0, and must be 1 to 100000",
        ),
        ("[chunking.collections.handbook]\nmax_token = 9", "unknown field `max_token`"),
        (
            "[chunking.collections.'Hand Book']",
            "`chunking.collections.Hand Book` must be a collection's name",
        ),
        (
            "[generation]\ncontext_tokens = 512\nanswer_tokens = 512",
            "`generation.answer_tokens` is 512, and must be 1 to 511",
        ),
        ("[state]\npath = 'a'\nmemory = true", "`state` has both `path` and `memory = true`; keep one"),
        ("[state]\nredis = 'redis://a'\npath = 'a'", "`state` has both `path` and `redis`; keep one"),
        ("[state]\nredis = 'redis://a'\nredis_env = 'KEY'", "has both `redis` and `redis_env`; keep one"),
        ("[state]\nredis = 'localhost:6379'", "`state.redis` is not usable: "),
        ("[state]\nredis_env = 'ABSENT'", "`state.redis_env` names ABSENT, which is not set; export it"),
        ("[state]\nredis_env = 'NODE_API_KEY'", "`state.redis_env` is not usable: "),
        ("[auth]\nkeys = ['sk-123']", "`auth.keys` must be `sha256:` and 64 hexadecimal digits"),
        ("[auth]\nkeys = ['sha256:00']", "64 hexadecimal digits"),
        (&format!("[auth]\nkeys = ['sha256:{hash}=a/b']"), "names the tenant `a/b`"),
        ("[[keys]]\nname = 'a'\nsha = ''", ":3: unknown key `sha` in [keys]; did you mean `sha256`?"),
        ("[[keys]]\nname = 'a'\nsha256 = 'sk-1'", "`keys[0].sha256` must be 64 hexadecimal digits"),
        (
            &format!("[auth]\nkeys = ['sha256:{hash}']\n[[keys]]\nname = 'a'\nsha256 = '{hash}'"),
            "`keys[0].sha256` is that of",
        ),
        (
            "[[budgets]]\nname = 'a'",
            "`budgets[0].name` is `a`, which limits nothing; give it `requests_per_minute`",
        ),
        (
            "[[budgets]]\nname = 'a'\nusd_per_day = 1\nmatch = { usr = 'x' }",
            ":4: unknown key `usr` in [budgets.match]; did you mean `user`?",
        ),
        (
            "[[budgets]]\nname = 'a'\nusd_per_day = -1",
            "`budgets[0].usd_per_day` is -1, and must be US dollars",
        ),
        ("[[nodes]]\nmodel = 'x'", "`nodes[0].url` is missing"),
        ("[retrieval]\nengine = 'postgres'", "`retrieval.url` is missing"),
        ("[retrieval]\nurl = 'postgres://a/b'", "`retrieval.url` is set, and `engine` is not"),
        ("[retrieval]\nengine = 'qdrant'\nurl = 'nowhere'", "`retrieval.url` is not usable"),
        ("[[nodes]]\nurl = 'nowhere'", "`nodes[0].url`"),
        (
            "[[nodes]]\nurl = 'http://a/v1'\napi_key_env = 'ABSENT'",
            "`nodes[0].api_key_env` names ABSENT, which is not set",
        ),
    ];
    for (text, expected) in cases {
        let error = parse(text).expect_err(text).to_string();
        assert!(error.contains(expected), "{text}\n  says {error}\n  not  {expected}");
    }
}

#[test]
fn a_node_takes_its_key_from_the_environment() {
    let config =
        parse("[[nodes]]\nurl = 'http://a/v1'\napi_key_env = 'NODE_API_KEY'\ntotal_ms = 60000").unwrap();
    let node = config.nodes.first().unwrap();
    assert_eq!(node.api_key.as_ref().map(|key| key.expose()), Some("secret"));
    assert_eq!(node.total_ms, 60_000);
}

#[test]
fn keys_reach_the_guest_with_their_tenants() {
    let (a, b) = ("A".repeat(64), "b".repeat(64));
    let config = parse(&format!("[auth]\nkeys = ['sha256:{a}', 'sha256:{b}=acme']")).unwrap();
    let values = guest_values(&config);
    assert_eq!(values["api_key_hashes"], format!("{}=default,{b}=acme", a.to_lowercase()));
    assert_eq!(values["passages"], "10");
}

#[test]
fn keys_and_budgets_reach_the_guest_as_they_are_read_there() {
    let hash = "b".repeat(64);
    let config = parse(&format!(
        "[[keys]]\nname = 'web'\nsha256 = 'sha256:{hash}'\nexpires = '2027-01-31'\nusd_per_day = 5\n\
         [[budgets]]\nname = 'each'\nper = 'user'\nmatch = {{ feature = 'chat' }}\nrequests_per_minute = 2\n\
         [[models]]\nname = 'small'\nprice = {{ prompt = 1, completion = 2.5 }}\n[usage]\nrecorded = false"
    ));
    let values = guest_values(&config.unwrap());
    let guest = gusset_gateway::Config::read(|key| Ok(values.get(key).cloned())).unwrap();
    assert!(guest.keys.has_virtual() && !guest.budgets.is_empty() && !guest.usage_recorded);
    assert!(guest.prices.has("small"));
    let nothing = guest_values(&parse("").unwrap());
    let nothing = gusset_gateway::Config::read(|key| Ok(nothing.get(key).cloned())).unwrap();
    assert!(nothing.keys.is_open() && nothing.budgets.is_empty() && !nothing.usage_recorded);
}

#[test]
fn flags_win_over_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("gusset.toml");
    std::fs::write(&file, "listen = '127.0.0.1:1'\n[state]\npath = 'a.db'").unwrap();
    let load = |overrides: Overrides| Config::load(overrides, &Environment::default()).unwrap();
    let plain = load(Overrides { file: Some(file.clone()), ..Overrides::default() });
    assert_eq!(plain.state, State::File(directory.path().join("a.db")));
    let flags = load(Overrides {
        file: Some(file),
        listen: "127.0.0.1:2".parse().ok(),
        memory: true,
        component: Some("x.wasm".into()),
        ..Overrides::default()
    });
    assert_eq!(
        (flags.listen.port(), flags.state, flags.component),
        (2, State::Memory, Some("x.wasm".into()))
    );
}

#[test]
fn a_named_file_must_be_there() {
    let overrides = Overrides { file: Some("nowhere/gusset.toml".into()), ..Overrides::default() };
    let error = Config::load(overrides, &Environment::default()).unwrap_err().to_string();
    assert!(error.starts_with("nowhere/gusset.toml can't be read"), "{error}");
}

/// A key that a type has and the schema lacks would be refused; one that only the schema has would be refused badly.
#[test]
fn the_schema_is_that_of_the_types() {
    let complete = toml::Table::try_from(file::File::complete()).unwrap();
    // What the cores check themselves, and a table whose keys are anybody's.
    let is_free = |section: &str| {
        matches!(
            section,
            "models" | "routes" | "routing" | "cache" | "nodes.headers" | "chunking.collections"
        )
    };
    let keys = |table: &toml::Table| table.keys().cloned().collect::<std::collections::BTreeSet<_>>();
    let mut types = BTreeMap::new();
    let mut sections = vec![(String::new(), &complete)];
    while let Some((name, table)) = sections.pop() {
        types.insert(name.clone(), keys(table));
        for (key, value) in table {
            let below = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
            let section = value.as_table().or_else(|| value.as_array()?.first()?.as_table());
            let section = section.filter(|_| !is_free(&below));
            sections.extend(section.map(|section| (below, section)));
        }
    }
    // Its keys are names of HTTP's, not ours.
    types.remove("nodes.headers");
    let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    let schema: BTreeMap<_, _> =
        schema::SECTIONS.iter().map(|(name, keys)| (name.to_string(), owned(keys))).collect();
    assert_eq!(types, schema);
}

/// The example runs as it is, and what stands in it as a comment is a default or would be accepted.
#[test]
fn the_example_is_accepted_with_and_without_its_comments() {
    let example = include_str!("../../../gusset.toml");
    parse(example).unwrap();
    let setting = |line: &str| {
        line.starts_with('[') || line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '))
    };
    let uncommented: Vec<&str> = example
        .lines()
        .map(|line| line.strip_prefix("# ").filter(|rest| setting(rest)).unwrap_or(line))
        // The state is kept in one place.
        .filter(|line| !["redis = ", "redis_env = ", "memory = "].iter().any(|other| line.starts_with(other)))
        .collect();
    let text = uncommented.join("\n");
    let config = parse(&text).expect(&text);
    assert_eq!(config.limits, Limits::default());
    assert!(!config.nodes.is_empty() && !config.keys.is_empty());
}
