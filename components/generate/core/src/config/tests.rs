use super::*;

#[test]
fn a_node_needs_only_its_url() {
    let nodes = parse(r#"[{"url":"http://127.0.0.1:9000/v1/"}]"#).unwrap();
    assert_eq!(nodes, [Node::new("http://127.0.0.1:9000/v1/")]);
    assert_eq!(nodes[0].target(), "http://127.0.0.1:9000/v1");
    assert_eq!(parse(" \n").unwrap(), []);
    let nodes = parse("http://127.0.0.1:9000/v1 http://b/v1\n").unwrap();
    assert_eq!(nodes, [Node::new("http://127.0.0.1:9000/v1"), Node::new("http://b/v1")]);
}

#[test]
fn a_fault_names_its_field_and_the_remedy() {
    for (json, field, remedy) in [
        (r#"{"url":"http://a"}"#, "nodes", "JSON array"),
        (r#"[{"model":"x"}]"#, "nodes[0].url", "write it as"),
        (r#"[{"dialect":"claude"}]"#, "nodes", "JSON array"),
        (r#"[{"url":"http://a","headers":{"a b":"c"}}]"#, "nodes[0].headers", "write name"),
        (r#"[{"url":"http://a","headers":{"a":"b\nc"}}]"#, "nodes[0].headers", "write name"),
        (r#"[{"url":"http://a","max_tokens":0}]"#, "nodes[0].max_tokens", "at least 1"),
        (r#"[{"url":"http://a","capabilities":["sight"]}]"#, "nodes", "JSON array"),
        (r#"[{"url":"http://a","timeout":1}]"#, "nodes", "JSON array"),
        (r#"[{"url":"a b"}]"#, "nodes[0].url", "write it as"),
        (r#"[{"url":"ftp://a/v1"}]"#, "nodes[0].url", "write it as"),
        (r#"[{"url":"127.0.0.1:9000"}]"#, "nodes[0].url", "write it as"),
        (r#"[{"url":"http://a"},{"url":"http://me:pw@a/v1"}]"#, "nodes[1].url", "`api_key`"),
        (r#"[{"url":"http://a/v1?key=1"}]"#, "nodes[0].url", "`api_key`"),
        (r#"[{"url":"http://a/v1"},{"url":"http://a/v1/"}]"#, "nodes[1].url", "`model` of its own"),
        (r#"[{"url":"http://a","model":" "}]"#, "nodes[0].model", "leave the field out"),
        (r#"[{"url":"http://a","api_key":"a\nb"}]"#, "nodes[0].api_key", "line breaks"),
        (r#"[{"url":"http://a","connect_ms":0}]"#, "nodes[0].connect_ms", "at least 1"),
        (r#"[{"url":"http://a","total_ms":10}]"#, "nodes[0].first_token_ms", "`total_ms`"),
        (r#"[{"url":"http://a","hedge_ms":0}]"#, "nodes[0].hedge_ms", "leave it out"),
        (r#"[{"url":"http://a","breaker":{"errors":0}}]"#, "nodes[0].breaker.errors", "0.5"),
        (r#"[{"url":"http://a","breaker":{"slow":1.5}}]"#, "nodes[0].breaker.slow", "0.5"),
        (r#"[{"url":"http://a","breaker":{"failures":0}}]"#, "nodes[0].breaker.failures", "enabled = false"),
        (r#"[{"url":"http://a","breaker":{"max_open_ms":1}}]"#, "nodes[0].breaker.max_open_ms", "`open_ms`"),
        (r#"[{"url":"http://a","breaker":{"slow_ms":30000}}]"#, "nodes[0].breaker.slow_ms", "lower it"),
        (r#"[{"url":"http://a","breaker":{"open":1}}]"#, "nodes", "JSON array"),
        (r#"[{"url":"http://a","retry":{"share":2}}]"#, "nodes[0].retry.share", "0.2"),
        (r#"[{"url":"http://a","retry":{"attempts":11}}]"#, "nodes[0].retry.attempts", "at most 10"),
        (
            r#"[{"url":"http://a","retry":{"backoff_ms":2000}}]"#,
            "nodes[0].retry.max_backoff_ms",
            "`backoff_ms`",
        ),
    ] {
        let error = parse(json).unwrap_err();
        let Error::Configuration { field: got, remedy: advice, .. } = &error else { panic!("{error}") };
        assert_eq!(got, field, "{json}");
        assert!(advice.contains(remedy), "{json}: {error}");
    }
}

#[test]
fn an_unknown_key_is_named_with_those_there_are() {
    let text = parse(r#"[{"url":"http://a","modle":"x"}]"#).unwrap_err().to_string();
    assert!(text.contains("modle") && text.contains("`model`"), "{text}");
}

#[test]
fn a_provider_of_its_own_dialect_needs_no_url() {
    let nodes =
        parse(r#"[{"dialect":"anthropic"},{"dialect":"gemini"},{"dialect":"openai-responses"}]"#).unwrap();
    let targets: Vec<_> = nodes.iter().map(Node::target).collect();
    let home = [
        "https://api.anthropic.com/v1",
        "https://generativelanguage.googleapis.com/v1beta",
        "https://api.openai.com/v1",
    ];
    assert_eq!(targets, home);
}

#[test]
fn capabilities_replace_those_of_the_dialect() {
    let nodes = parse(r#"[{"url":"http://a"},{"url":"http://b","capabilities":["tools","top_k"]}]"#).unwrap();
    assert!(nodes[0].can(Capability::Vision) && !nodes[0].can(Capability::TopK));
    assert!(!nodes[1].can(Capability::Vision) && nodes[1].can(Capability::TopK));
}

#[test]
fn a_key_is_never_printed() {
    let node = &parse(r#"[{"url":"http://a","api_key":"sk-123"}]"#).unwrap()[0];
    assert!(!format!("{node:?}").contains("sk-123"));
}
