//! Which targets serve a request, in which order.

use gusset_generate::{Asked, Error, Model, Node, Plan, Request, needs_listings, plan, targets};
use gusset_types::{Controls, Sampling};

fn node(url: &str, model: Option<&str>) -> Node {
    let mut node = Node::new(url);
    node.model = model.map(str::to_owned);
    node
}

fn listing(names: &[&str]) -> Option<Vec<Model>> {
    Some(names.iter().map(|name| Model { name: (*name).to_owned(), context_tokens: None }).collect())
}

/// Targets as `node:model`.
fn planned(nodes: &[Node], listings: &[Option<Vec<Model>>], model: &str) -> Result<Vec<String>, Error> {
    let targets = plan(nodes, listings, model)?;
    Ok(targets.into_iter().map(|target| format!("{}:{}", target.node, target.model)).collect())
}

#[test]
fn those_configured_for_a_model_come_first_then_those_that_list_it_then_those_that_may_have_it() {
    let nodes = [
        node("http://a", None),
        node("http://b", None),
        node("http://c", Some("llama")),
        node("http://d", None),
    ];
    let listings = [None, listing(&["mistral", "llama"]), None, listing(&["mistral"])];
    assert_eq!(planned(&nodes, &listings, "llama").unwrap(), ["2:llama", "1:llama", "0:llama"]);
    assert_eq!(planned(&nodes, &listings, "mistral").unwrap(), ["1:mistral", "3:mistral", "0:mistral"]);
}

#[test]
fn without_a_model_every_node_is_asked_for_its_first() {
    let nodes = [
        node("http://a", None),
        node("http://b", Some("llama")),
        node("http://c", None),
        node("http://d", None),
    ];
    let listings = [None, None, listing(&["x", "y"]), listing(&[])];
    assert_eq!(planned(&nodes, &listings, "").unwrap(), ["0:", "1:llama", "2:x"]);
}

#[test]
fn a_model_that_nobody_has_is_answered_with_those_there_are() {
    let nodes = [node("http://a", Some("llama")), node("http://b", None)];
    let listings = [None, listing(&["llama", "mistral"])];
    let names = vec!["llama".to_owned(), "mistral".to_owned()];
    assert_eq!(planned(&nodes, &listings, "gpt"), Err(Error::NoTarget(names)));
    assert_eq!(planned(&[], &[], ""), Err(Error::NoTarget(Vec::new())));
}

/// Targets of a plan as `node:model`, and those of them that aren't configured.
fn chosen(nodes: &[Node], asked: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
    let listings = vec![None; nodes.len()];
    let mut request = Request { model: "ignored".to_owned(), ..blank() };
    let asked = asked.iter().map(|(node, model)| Asked { node: (*node).into(), model: (*model).into() });
    request.plan.targets = asked.collect();
    let (found, failures) = match targets(nodes, &listings, &request) {
        Ok(both) => both,
        Err(Error::Failed(failures)) => (Vec::new(), failures),
        Err(_) => Default::default(),
    };
    let found = found.into_iter().map(|target| format!("{}:{}", target.node, target.model)).collect();
    (found, failures.into_iter().map(|failure| failure.to_string()).collect())
}

fn blank() -> Request {
    Request {
        model: String::new(),
        messages: Vec::new(),
        sampling: Sampling::default(),
        controls: Controls::default(),
        plan: Plan::default(),
        trace: None,
    }
}

#[test]
fn a_plan_is_kept_to_in_its_order() {
    let nodes = [
        node("http://a/", Some("llama")),
        node("http://a/", Some("phi")),
        node("http://b", None),
        node("http://c", None),
    ];
    let none = Vec::<String>::new;
    assert_eq!(
        chosen(&nodes, &[("http://b", "x"), ("http://a", "phi"), ("http://b/", "x")]),
        (vec!["2:x".to_owned(), "1:phi".to_owned()], none())
    );
    // Left to the node, to the configuration, or to both.
    assert_eq!(chosen(&nodes, &[("http://a", "")]).0, ["0:llama"]);
    assert_eq!(chosen(&nodes, &[("", "phi")]).0, ["1:phi", "2:phi", "3:phi"]);
    assert_eq!(chosen(&nodes, &[("http://c", ""), ("", "")]).0, ["3:", "0:llama", "1:phi", "2:"]);
}

#[test]
fn a_target_that_is_not_configured_is_named_and_passed_over() {
    let nodes = [node("http://a", Some("llama"))];
    let (found, failures) =
        chosen(&nodes, &[("http://z", "llama"), ("http://a", "phi"), ("http://a", "llama")]);
    assert_eq!(found, ["0:llama"]);
    assert!(failures[0].starts_with("http://z (unknown-model)"), "{failures:?}");
    assert!(failures[1].contains("configured for `phi`"), "{failures:?}");
    assert_eq!(chosen(&nodes, &[("", "phi")]).1, ["unknown-model: no configured node serves `phi`"]);
}

#[test]
fn lists_are_only_asked_for_where_a_model_is_looked_for() {
    let mut request = blank();
    assert!(needs_listings(&request));
    request.plan.targets.push(Asked { node: "http://a".into(), model: "m".into() });
    assert!(!needs_listings(&request));
    request.plan.targets.push(Asked { node: String::new(), model: "m".into() });
    assert!(needs_listings(&request));
}
