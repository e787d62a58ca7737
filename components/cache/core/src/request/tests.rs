//! What changes a key, and what doesn't.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn turn(role: &str, content: &str) -> Turn {
    Turn { role: role.to_owned(), content: content.to_owned(), other: None }
}

fn request() -> Request {
    Request {
        tenant: "acme".to_owned(),
        route: "chat".to_owned(),
        feature: "support".to_owned(),
        model: "small".to_owned(),
        turns: vec![turn("system", "Be brief."), turn("user", "How do I reset my password?")],
        parameters: vec![
            ("temperature".to_owned(), "0.2".to_owned()),
            ("tools".to_owned(), r#"[{"name": "f", "parameters": {"a": 1, "b": [2.50, "x"]}}]"#.to_owned()),
        ],
    }
}

fn with(parameters: &[(&str, &str)]) -> Identity {
    let parameters = parameters.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    Request { parameters, ..request() }.identity().unwrap()
}

#[test]
fn spelling_makes_no_difference() {
    let tools = r#"[ {"parameters":{"b":[25e-1,"x"],"a":1.0}, "name":"f"} ]"#;
    let expected = request().identity().unwrap();
    assert_eq!(with(&[("tools", tools), ("temperature", "0.20")]), expected);
    assert_eq!(with(&[("stop", "\"a\"")]), with(&[("stop", "[\"a\"]")]));
}

#[test]
fn defaults_and_delivery_make_no_difference() {
    let bare = with(&[]);
    let defaults = [
        ("temperature", "1.0"),
        ("top_p", "1"),
        ("n", "1"),
        ("presence_penalty", "0.0"),
        ("frequency_penalty", "-0.0"),
        ("stop", "[]"),
        ("tools", " [ ]"),
        ("tool_choice", "\"auto\""),
        ("parallel_tool_calls", "true"),
        ("logprobs", "false"),
        ("logit_bias", "{}"),
        ("response_format", "{\"type\" : \"text\"}"),
        ("seed", "null"),
        ("stream", "true"),
        ("stream_options", "{\"include_usage\":true}"),
    ];
    for default in defaults {
        assert_eq!(with(&[default]), bare, "{default:?}");
    }
    assert_eq!(with(&defaults), bare);
}

#[test]
fn every_field_makes_a_difference() {
    let original = request().identity().unwrap();
    let change = |change: &dyn Fn(&mut Request)| {
        let mut request = request();
        change(&mut request);
        request.identity().unwrap()
    };
    let changed = [
        change(&|r| r.tenant = "acme2".to_owned()),
        change(&|r| r.route = "chat2".to_owned()),
        change(&|r| r.feature.clear()),
        change(&|r| r.model = "large".to_owned()),
        change(&|r| r.turns[0].content.push(' ')),
        change(&|r| r.turns[0].role = "developer".to_owned()),
        change(&|r| drop(r.turns.remove(0))),
        change(&|r| r.parameters[0].1 = "0.3".to_owned()),
        change(&|r| drop(r.parameters.pop())),
        change(&|r| r.parameters[1].1 = r#"[{"name":"f","parameters":{"a":1,"b":["x",2.5]}}]"#.to_owned()),
    ];
    for (n, identity) in changed.iter().enumerate() {
        assert_ne!(identity.exact, original.exact, "{n}");
        assert_ne!(identity.context, original.context, "{n}");
    }
    let question = change(&|r| r.turns[1].content = "Another".to_owned());
    assert_ne!(question.exact, original.exact);
    assert_eq!(question.context, original.context);
}

#[test]
fn only_a_users_text_is_a_question() {
    let last = |last: Turn| Request { turns: vec![last], ..request() }.identity().unwrap().context;
    assert!(last(turn("user", "What?")).is_some());
    assert!(last(turn("assistant", "What?")).is_none());
    assert!(last(turn("user", "  ")).is_none());
    assert!(last(Turn { other: Some("{}".to_owned()), ..turn("user", "What?") }).is_none());
}

#[test]
fn what_is_wrong_is_named() {
    let error = |request: Request| request.identity().unwrap_err().to_string();
    assert!(error(Request { tenant: "a/b".to_owned(), ..request() }).contains("request.tenant"));
    assert!(error(Request { route: String::new(), ..request() }).contains("request.route"));
    assert!(error(Request { turns: Vec::new(), ..request() }).contains("request.turns"));
    let twice = vec![("seed".to_owned(), "1".to_owned()), ("seed".to_owned(), "2".to_owned())];
    assert!(error(Request { parameters: twice, ..request() }).contains("seed twice"));
    let broken = vec![("tools".to_owned(), "[".to_owned())];
    assert!(error(Request { parameters: broken, ..request() }).contains("request.parameters.tools"));
}

/// JSON of a few levels.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        (-1e6_f64..1e6).prop_map(Value::from),
        "[a-z\"\\\\ ]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,4}", inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// The same value with its fields the other way round and white space everywhere.
fn respelled(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: Vec<_> = fields
                .iter()
                .map(|(name, value)| format!("\n {} : {}", Value::from(name.as_str()), respelled(value)))
                .rev()
                .collect();
            format!("{{ {} }}", fields.join(" ,"))
        }
        Value::Array(items) => {
            format!("[ {} ]", items.iter().map(respelled).collect::<Vec<_>>().join(" , "))
        }
        Value::Number(number) if number.is_i64() => format!("{number}.0"),
        other => other.to_string(),
    }
}

proptest! {
    #[test]
    fn keys_ignore_order_and_spelling(values in prop::collection::btree_map("[a-z_]{1,8}", value(), 0..6)) {
        let straight: Vec<_> = values.iter().map(|(name, value)| (name.clone(), value.to_string())).collect();
        let mut turned: Vec<_> = values.iter().map(|(name, value)| (name.clone(), respelled(value))).collect();
        turned.reverse();
        let straight = Request { parameters: straight, ..request() }.identity().unwrap();
        let turned = Request { parameters: turned, ..request() }.identity().unwrap();
        prop_assert_eq!(straight, turned);
    }

    #[test]
    fn different_values_have_different_keys(a in value(), b in value()) {
        let of = |value: &Value| with(&[("extra", &value.to_string())]).exact;
        // An integer and a float of the same value are the same number.
        let same = json::canonical("a", &a.to_string()).unwrap() == json::canonical("b", &b.to_string()).unwrap();
        prop_assert_eq!(of(&a) == of(&b), same);
        if a != b && !a.to_string().contains(".0") && !b.to_string().contains(".0") {
            prop_assert!(!same, "{} {}", a, b);
        }
    }
}

#[test]
fn texts_cannot_imitate_structure() {
    let of = |value: Value| with(&[("extra", &value.to_string())]).exact;
    assert_ne!(of(json!(["a,1\"b"])), of(json!(["a", "b"])));
    assert_ne!(of(json!("1")), of(json!(1)));
}
