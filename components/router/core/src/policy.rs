//! What is allowed: which route a request takes, who is a candidate on it, and which rules exclude whom.

use gusset_types::{Cost, TokenKind, Usage};

use crate::config::{Match, Model, Route};
use crate::decision::{Exclusion, Rule};
use crate::request::Request;

/// What a request asks of every target, from itself and its route.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Demand<'a> {
    pub(crate) request: &'a Request<'a>,
    pub(crate) route: Option<&'a Route>,
    /// Expected.
    pub(crate) usage: Usage,
}

/// What a candidate is expected to take, where that is known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Expected {
    pub(crate) cost: Option<f64>,
    pub(crate) latency_ms: Option<f64>,
}

impl Match {
    /// Whether the route is for this request.
    pub(crate) fn accepts(&self, request: &Request<'_>) -> bool {
        accepts(&self.model, request.model)
            && accepts(&self.tenant, request.tenant)
            && accepts(&self.feature, request.feature.unwrap_or_default())
            && accepts(&self.endpoint, request.endpoint)
    }
}

fn accepts(patterns: &[String], value: &str) -> bool {
    let one = |pattern: &String| match pattern.strip_suffix('*') {
        Some(stem) => value.starts_with(stem),
        None => value == pattern,
    };
    patterns.is_empty() || patterns.iter().any(one)
}

impl Demand<'_> {
    /// Cost and time of the request at this model.
    pub(crate) fn expected(&self, model: &Model) -> Expected {
        let cost = model.price.cost(&self.usage).map(Cost::usd);
        let writing =
            model.tokens_per_second.map(|speed| f64::from(self.usage.completion_tokens) / speed * 1e3);
        let latency_ms = model.first_token_ms.zip(writing).map(|(first, writing)| first + writing);
        Expected { cost, latency_ms }
    }

    /// The first rule that excludes the model, if one does.
    pub(crate) fn exclusion(&self, model: &Model, expected: &Expected) -> Option<Exclusion> {
        let (rule, detail) = self
            .capability(model)
            .or_else(|| self.context(model))
            .or_else(|| self.price(model, expected))
            .or_else(|| self.latency(expected))?;
        Some(Exclusion { model: model.name.clone(), rule, detail })
    }

    /// Tokens of prompt and completion.
    fn total(&self) -> u64 {
        u64::from(self.usage.prompt_tokens) + u64::from(self.usage.completion_tokens)
    }

    fn capability(&self, model: &Model) -> Option<(Rule, String)> {
        let required = self.route.map(|route| route.requires).unwrap_or_default();
        let missing = self.request.needs.and(required).without(model.capabilities?);
        (!missing.is_empty()).then(|| (Rule::Capability, format!("it has no {missing}")))
    }

    fn context(&self, model: &Model) -> Option<(Rule, String)> {
        let window = u64::from(model.context_tokens?);
        let needed = self.total();
        (needed > window).then(|| (Rule::ContextTokens, format!("{needed} tokens needed, {window} there")))
    }

    fn price(&self, model: &Model, expected: &Expected) -> Option<(Rule, String)> {
        let ceiling = self.route?.price_ceiling?;
        let Some(cost) = expected.cost else {
            let unknown: Vec<_> =
                model.price.unpriced(&self.usage).into_iter().map(TokenKind::name).collect();
            return Some((
                Rule::PriceCeiling,
                format!("its price is unknown for {}, the ceiling is {ceiling}", unknown.join(", ")),
            ));
        };
        let price = cost / self.total().max(1) as f64 * 1e6;
        // The ceiling itself is allowed; sums of products need not meet it to the last bit.
        (price > ceiling * (1.0 + 1e-9))
            .then(|| (Rule::PriceCeiling, format!("{price:.4} a million tokens, the ceiling is {ceiling}")))
    }

    fn latency(&self, expected: &Expected) -> Option<(Rule, String)> {
        let budget = self.route?.latency_ms?;
        let latency = expected.latency_ms?;
        (latency > budget)
            .then(|| (Rule::LatencyBudget, format!("{latency:.0} ms expected, the budget is {budget}")))
    }
}
