//! What a configuration may say, and what each fault is called.

use super::*;

fn fault(text: &str, expected: &str) {
    let error = Config::parse(text).unwrap_err().to_string();
    assert!(error.contains(expected), "{text}\n  says {error:?}\n  without {expected:?}");
}

#[test]
fn reads_what_it_writes() {
    let text = r#"{
        "models": [
            {"name": "small", "price": {"prompt": 0.1, "completion": 0.4}, "capabilities": ["tools"], "parameters": 8},
            {"name": "large", "upstream": "org/large-70b", "node": "https://node", "quality": 0.8, "context_tokens": 8192}
        ],
        "routes": [
            {"name": "r", "match": {"model": "fast", "tenant": ["a", "b*"]}, "quality": 0.95, "price_ceiling": 3,
             "targets": [{"model": "small"}, {"model": "large"}], "requires": ["tools", "structured_output"]},
            {"name": "w", "targets": [{"model": "small", "weight": 9}, {"model": "large", "weight": 0}]}
        ],
        "routing": {"quality": "cheapest", "unlisted": "pass", "completion_tokens": 100}
    }"#;
    let config = Config::parse(text).unwrap();
    assert_eq!(config.routes[0].quality, Some(Quality::Share(0.95)));
    assert_eq!(config.routing.quality, Some(Quality::Cheapest));
    assert_eq!(config.routes[0].matches.model, ["fast"]);
    assert_eq!(Config::parse(&serde_json::to_string(&config).unwrap()).unwrap(), config);
}

#[test]
fn nothing_is_a_configuration() {
    assert_eq!(Config::parse(" \n").unwrap(), Config::default());
    assert_eq!(Config::parse("{}").unwrap(), Config::default());
}

#[test]
fn faults_name_field_and_remedy() {
    let model = |fields: &str| format!(r#"{{"models": [{{"name": "m"{fields}}}]}}"#);
    let route =
        |fields: &str| format!(r#"{{"models": [{{"name": "m"}}], "routes": [{{"name": "r"{fields}}}]}}"#);
    fault("[", "write an object");
    fault(r#"{"model": []}"#, "unknown field `model`, expected one of `models`");
    fault(&model(r#", "prices": {}"#), "unknown field `prices`");
    fault(
        &model(r#", "price": {"prompt": -1}"#),
        "`models[0].price.prompt` can't be read: a price is US dollars a million tokens",
    );
    fault(&model(r#", "quality": 1.5"#), "`models[0].quality` is 1.5; write the share");
    fault(&model(r#", "parameters": 0"#), "`models[0].parameters` is 0; write billions");
    fault(&model(r#", "context_tokens": 0"#), "`models[0].context_tokens` is 0");
    fault(&model(r#", "tokens_per_second": 0"#), "`models[0].tokens_per_second` is 0");
    fault(&model(r#", "node": " ""#), "`models[0].node` is empty");
    fault(&model(r#", "capabilities": ["flight"]"#), "unknown variant `flight`, expected one of `tools`");
    fault(r#"{"models": [{"name": ""}]}"#, "`models[0].name` is empty");
    fault(r#"{"models": [{"name": "m"}, {"name": "m"}]}"#, "`models[1].name` \"m\" stands here twice");
    fault(r#"{"routes": [{"name": "r"}]}"#, "`models` is empty");
    fault(
        &route(r#", "targets": [{"model": "n"}]"#),
        "`routes[0].targets[0].model` is \"n\", which is no model",
    );
    fault(
        &route(r#", "targets": [{"model": "m"}, {"model": "m"}]"#),
        "`routes[0].targets[1].model` \"m\" stands",
    );
    fault(
        &route(r#", "targets": [{"model": "m", "weight": 0}]"#),
        "`routes[0].targets` has no weight above 0",
    );
    fault(&route(r#", "targets": [{"model": "m", "weight": -1}]"#), "`routes[0].targets[0].weight` is -1");
    fault(&route(r#", "targets": [{"model": "m", "weight": 1}], "quality": "best""#), "leave out `quality`");
    fault(&route(r#", "quality": "good""#), r#"write "best", "cheapest" or a number"#);
    fault(&route(r#", "quality": 0"#), "above 0 and at most 1");
    fault(&route(r#", "latency_ms": 0"#), "`routes[0].latency_ms` is 0");
    fault(&route(r#", "match": {"tenant": "a*b"}"#), "`routes[0].match.tenant` has the pattern \"a*b\"");
    fault(&route(r#", "match": {"model": [""]}"#), "`routes[0].match.model` has the pattern \"\"");
}

#[test]
fn qualities_are_written_by_hand_too() {
    assert_eq!(Quality::parse(" 0.9 "), Ok(Quality::Share(0.9)));
    assert_eq!(Quality::parse("best"), Ok(Quality::Best));
    assert!(Quality::parse("NaN").is_err());
    assert!(Quality::parse("2").is_err());
}
