//! Which targets serve a request, and when the next one is tried.

use gusset_generate::{Cause, Chain, Error, Failure, Model, Node, Place, Target, plan};

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

#[test]
fn every_failure_moves_on_but_that_of_the_request() {
    let failure = |place, cause| Failure {
        target: "http://a".to_owned(),
        place,
        cause,
        message: String::new(),
        retryable: false,
        retry_after_ms: None,
        elapsed_ms: 1,
    };
    let targets = || (0..3).map(|node| Target { node, model: String::new() });

    let mut chain = Chain::new(targets());
    for cause in [Cause::Unauthorized, Cause::InvalidRequest, Cause::Unreachable] {
        assert!(chain.next_target().is_some());
        chain.fail(failure(Place::Node, cause));
    }
    assert_eq!(chain.next_target(), None);
    assert!(matches!(chain.into_error(), Error::Failed(failures) if failures.len() == 3));

    let mut chain = Chain::new(targets());
    assert!(chain.next_target().is_some());
    chain.fail(Failure::invalid_request("`messages` is empty"));
    assert_eq!(chain.next_target(), None);
}
