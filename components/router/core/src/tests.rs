//! Requests through a whole router, with an embedder that counts.

use std::cell::Cell;

use crate::predict::{Forest, LEAF, Learned, Panel, Predictor, PriorFit, Projection, Tree, logit};
use crate::{
    Basis, Capability, Config, Cost, Decision, Embedder, Error, Order, Quality, Request, Router, Rule, Usage,
    features,
};
use proptest::prelude::*;

/// Prompts that contain "hard" point the other way.
#[derive(Default)]
struct Counting {
    asked: Cell<usize>,
    fails: bool,
    other: bool,
}

impl Embedder for Counting {
    fn model(&self) -> String {
        if self.other { "other".into() } else { "test".into() }
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, String> {
        self.asked.set(self.asked.get() + 1);
        if self.fails {
            return Err("out of order".into());
        }
        Ok(texts.iter().map(|text| vec![if text.contains("hard") { 1.0 } else { -1.0 }]).collect())
    }
}

/// Small: 0.8, but 0.4 where it is hard; large: 0.9 and 0.8.
fn predictor() -> Vec<u8> {
    let leaves = vec![204, 230, 102, 204];
    let tree = Tree {
        feature: vec![features::COUNT as u8, LEAF, LEAF],
        bin: vec![0; 3],
        right: vec![2, 0, 1],
        leaves,
    };
    let mut edges = vec![Vec::new(); features::COUNT];
    edges.push(vec![0.0]);
    let learned = |name: &str, mean| Learned {
        names: vec![name.into()],
        mean,
        level: logit(mean),
        description: vec![127],
    };
    let panel = Panel {
        name: "test".into(),
        models: vec![learned("small", 0.6), learned("large", 0.85)],
        projection: Projection { mean: vec![0.0], axes: vec![1.0] },
        forest: Forest { edges, trees: vec![tree] },
    };
    let prior = PriorFit { intercept: 0.0, slope: 0.2, follow: 0.5 };
    let (id, embedder) = ("test".into(), "test".into());
    Predictor { id, embedder, dimension: 1, panels: vec![panel], prior }.to_bytes().unwrap()
}

const MODELS: &str = r#"[
    {"name": "small", "price": {"prompt": 1, "completion": 2}, "context_tokens": 1000, "capabilities": ["tools"],
     "first_token_ms": 100, "tokens_per_second": 100},
    {"name": "large", "price": {"prompt": 10, "completion": 20}, "capabilities": ["tools", "vision"],
     "first_token_ms": 500, "tokens_per_second": 20},
    {"name": "secret", "upstream": "org/secret-1", "node": "https://node"}
]"#;

fn router(routes: &str, routing: &str) -> Router {
    let text = format!(r#"{{"models": {MODELS}, "routes": [{routes}], "routing": {{{routing}}}}}"#);
    Router::new(Config::parse(&text).unwrap(), &predictor(), &Counting::default()).unwrap()
}

fn request() -> Request<'static> {
    Request {
        tenant: "acme",
        endpoint: "/v1/chat/completions",
        prompt: "easy",
        prompt_tokens: 100,
        completion_tokens: Some(100),
        ..Request::default()
    }
}

fn names(decision: &Decision) -> Vec<&str> {
    decision.choices.iter().map(|choice| choice.model.as_str()).collect()
}

#[test]
fn without_a_configuration_a_request_goes_where_it_asks_to() {
    let embedder = Counting::default();
    let router = Router::new(Config::default(), &[], &embedder).unwrap();
    let decision = router.route(&Request { model: "gpt", ..request() }, &embedder).unwrap();
    assert_eq!(names(&decision), ["gpt"]);
    assert_eq!(decision.order, Order::Asked);
    assert!(decision.choices[0].reason.contains("no models are configured"));
    assert_eq!(embedder.asked.get(), 0);
}

#[test]
fn quality_weighs_the_prompt_against_the_price() {
    let router =
        router(r#"{"name": "r", "targets": [{"model": "small"}, {"model": "large"}], "quality": 0.85}"#, "");
    let embedder = Counting::default();
    let decide =
        |prompt, quality| router.route(&Request { prompt, quality, ..request() }, &embedder).unwrap();
    let easy = decide("easy", None);
    assert_eq!(names(&easy), ["small", "large"]);
    assert_eq!(easy.choices[0].basis, Basis::Learned);
    assert!((easy.choices[0].quality.unwrap() - 0.8).abs() < 0.01);
    assert_eq!(easy.choices[0].reason, "by value at quality 0.85; quality 0.80 of 0.90; cost 0.000300");
    assert_eq!(names(&decide("hard", None)), ["large", "small"]);
    assert_eq!(names(&decide("easy", Some(Quality::Best))), ["large", "small"]);
    let asked = embedder.asked.get();
    assert_eq!(names(&decide("hard", Some(Quality::Cheapest))), ["small", "large"]);
    assert_eq!(embedder.asked.get(), asked, "cheapest needs no prediction");
}

#[test]
fn rules_exclude_and_say_so() {
    let routes = r#"
        {"name": "ceiling", "match": {"model": "cheap"}, "price_ceiling": 1.5},
        {"name": "swift", "match": {"model": "swift"}, "latency_ms": 1100},
        {"name": "sees", "match": {"model": "sees"}, "requires": ["vision"]}"#;
    let router = router(routes, "");
    let decide = |model, prompt_tokens, needs| {
        let request = Request { model, prompt_tokens, needs, ..request() };
        router.route(&request, &Counting::default())
    };
    let none = [].into_iter().collect();
    let cheap = decide("cheap", 100, none).unwrap();
    assert_eq!(names(&cheap), ["small"]);
    assert_eq!(cheap.excluded[1].rule, Rule::PriceCeiling);
    assert!(cheap.excluded[1].detail.contains("unknown for prompt, completion"), "{:?}", cheap.excluded);
    assert_eq!(names(&decide("swift", 100, none).unwrap()), ["small", "secret"]);
    assert_eq!(names(&decide("sees", 100, none).unwrap()), ["large", "secret"]);
    assert_eq!(names(&decide("auto", 901, none).unwrap()), ["large", "secret"]);
    let needs = [Capability::Reasoning].into_iter().collect();
    let error = decide("small", 2000, needs).unwrap_err();
    let Error::NothingAllowed { excluded, .. } = &error else { panic!("{error}") };
    assert_eq!(excluded[0].rule, Rule::Capability);
    assert_eq!(error.to_string(), "no model is allowed: small (capability: it has no reasoning)");
}

#[test]
fn the_first_route_that_matches_holds() {
    let routes = r#"
        {"name": "tenant", "match": {"model": "m", "tenant": ["other", "ac*"], "feature": "chat"}, "targets": [{"model": "large"}]},
        {"name": "alias", "match": {"model": "m"}, "targets": [{"model": "small"}]},
        {"name": "embeddings", "match": {"endpoint": "/v1/embeddings"}, "targets": [{"model": "secret"}]}"#;
    let router = router(routes, "");
    let decide = |request: Request<'_>| {
        let decision = router.route(&request, &Counting::default()).unwrap();
        (decision.route.clone(), decision.choices[0].upstream.clone())
    };
    let to = |route: &str, upstream: &str| (Some(route.to_owned()), upstream.to_owned());
    let asked = Request { model: "m", ..request() };
    assert_eq!(decide(Request { feature: Some("chat"), ..asked }), to("tenant", "large"));
    assert_eq!(decide(asked), to("alias", "small"));
    assert_eq!(decide(Request { feature: Some("chat"), tenant: "zoo", ..asked }), to("alias", "small"));
    assert_eq!(decide(Request { endpoint: "/v1/embeddings", ..request() }), to("embeddings", "org/secret-1"));
    assert_eq!(decide(Request { model: "secret", ..request() }), (None, "org/secret-1".to_owned()));
}

#[test]
fn unlisted_models_are_refused_or_passed() {
    let unlisted = Request { model: "gpt", ..request() };
    let error = router("", "").route(&unlisted, &Counting::default()).unwrap_err();
    assert_eq!(error.to_string(), "there is no model \"gpt\"; there are: small, large, secret");
    let decision = router("", r#""unlisted": "pass""#).route(&unlisted, &Counting::default()).unwrap();
    assert_eq!(names(&decision), ["gpt"]);
}

#[test]
fn an_embedder_that_fails_or_differs_is_said() {
    let router_over = |embedder: &Counting| {
        let text = format!(r#"{{"models": {MODELS}, "routing": {{"quality": "best"}}}}"#);
        Router::new(Config::parse(&text).unwrap(), &predictor(), embedder).unwrap()
    };
    let broken = Counting { fails: true, ..Counting::default() };
    let decision = router_over(&broken).route(&request(), &broken).unwrap();
    assert!(decision.note.unwrap().contains("out of order"));
    let other = Counting { other: true, ..Counting::default() };
    let decision = router_over(&other).route(&request(), &other).unwrap();
    assert!(decision.note.unwrap().contains("trained over test, and other is running"));
    assert_eq!(other.asked.get(), 0);
}

#[test]
fn bad_requests_name_the_field() {
    let router = router("", "");
    let fault = |request| router.route(&request, &Counting::default()).unwrap_err().to_string();
    assert!(fault(Request { draw: 1.0, ..request() }).starts_with("`draw` is 1;"));
    assert!(fault(Request { draw: f64::NAN, ..request() }).starts_with("`draw`"));
    assert!(
        fault(Request { quality: Some(Quality::Share(0.0)), ..request() }).starts_with("`quality` is 0;")
    );
}

#[test]
fn the_price_of_a_model_is_known_by_its_name() {
    let router = router("", "");
    let usage = Usage { prompt_tokens: 500_000, ..Usage::default() };
    assert_eq!(router.price("small").and_then(|price| price.cost(&usage)), Cost::from_usd(0.5));
    assert_eq!(router.price("nobody"), None);
}

#[test]
fn weights_draw_in_proportion() {
    let routes = r#"{"name": "w", "targets": [{"model": "small", "weight": 3}, {"model": "large", "weight": 1}, {"model": "secret", "weight": 0}]}"#;
    let router = router(routes, "");
    let mut small = 0;
    for step in 0..1000 {
        let draw = f64::from(step) / 1000.0;
        let decision = router.route(&Request { draw, ..request() }, &Counting::default()).unwrap();
        assert_eq!(decision.order, Order::Weighted);
        assert_eq!(names(&decision)[2], "secret");
        small += usize::from(names(&decision)[0] == "small");
    }
    assert_eq!(small, 750);
}

fn any_request() -> impl Strategy<Value = Request<'static>> {
    let model = prop::sample::select(vec!["", "auto", "small", "large", "secret", "alias"]);
    let quality = prop_oneof![
        Just(None),
        Just(Some(Quality::Best)),
        Just(Some(Quality::Cheapest)),
        (0.01..=1.0f64).prop_map(|share| Some(Quality::Share(share)))
    ];
    let prompt = prop::sample::select(vec!["easy", "hard", ""]);
    (model, quality, prompt, 0..3000u32, prop::option::of(0..3000u32), 0.0..1.0f64).prop_map(
        |(model, quality, prompt, prompt_tokens, completion_tokens, draw)| Request {
            model,
            quality,
            prompt,
            prompt_tokens,
            completion_tokens,
            draw,
            ..request()
        },
    )
}

proptest! {
    #[test]
    fn every_candidate_is_chosen_or_excluded_once(request in any_request(), ceiling in 0.5..30.0f64) {
        let router = router(&format!(r#"{{"name": "alias", "match": {{"model": ["alias", "auto"]}}, "price_ceiling": {ceiling}}}"#), "");
        let embedder = Counting::default();
        let outcome = router.route(&request, &embedder);
        prop_assert_eq!(&outcome, &router.route(&request, &embedder), "the same twice");
        let (chosen, excluded) = match &outcome {
            Ok(decision) => (decision.choices.clone(), decision.excluded.clone()),
            Err(Error::NothingAllowed { excluded, .. }) => (Vec::new(), excluded.clone()),
            Err(error) => return Err(TestCaseError::fail(error.to_string())),
        };
        let mut all: Vec<&str> = chosen.iter().map(|choice| choice.model.as_str()).collect();
        all.extend(excluded.iter().map(|exclusion| exclusion.model.as_str()));
        let expected = if matches!(request.model, "small" | "large" | "secret") { 1 } else { 3 };
        prop_assert_eq!(all.len(), expected);
        all.sort_unstable();
        all.dedup();
        prop_assert_eq!(all.len(), expected);
        for choice in &chosen {
            if request.model == "alias" || request.model == "auto" {
                let tokens = f64::from(request.prompt_tokens + request.completion_tokens.unwrap_or(400)).max(1.0);
                prop_assert!(choice.cost.unwrap() * 1e6 / tokens <= ceiling * 1.000_001);
            }
        }
    }

    #[test]
    fn a_share_bounds_the_loss(request in any_request(), share in 0.01..=1.0f64) {
        let request = Request { model: "auto", quality: Some(Quality::Share(share)), ..request };
        let decision = router("", "").route(&request, &Counting::default()).unwrap();
        let best = decision.choices.iter().filter_map(|choice| choice.quality).fold(0.0, f64::max);
        if let Some(quality) = decision.choices[0].quality {
            prop_assert!(quality >= best - (1.0 - share) - 1e-9, "{quality} of {best} at {share}");
        }
    }
}
