//! Records of the contract to the core's and back, field by field.

use gusset_router::{
    Basis, Capability, Choice, Decision, Error, Exclusion, Order, Price, Quality, Request, Rule, TokenKind,
    Usage,
};

use crate::bindings::exports::gusset::router::router as wit;

/// A request, borrowing its texts.
pub(crate) fn request(request: &wit::Request) -> Request<'_> {
    Request {
        tenant: &request.tenant,
        feature: request.feature.as_deref(),
        endpoint: &request.endpoint,
        model: &request.model,
        prompt: &request.prompt,
        prompt_tokens: request.prompt_tokens,
        cached_tokens: request.cached_tokens,
        completion_tokens: request.completion_tokens,
        needs: request.needs.iter().copied().map(Capability::from).collect(),
        quality: request.quality.map(Quality::from),
        draw: request.draw,
    }
}

impl From<wit::Capability> for Capability {
    fn from(capability: wit::Capability) -> Self {
        match capability {
            wit::Capability::Tools => Self::Tools,
            wit::Capability::Vision => Self::Vision,
            wit::Capability::StructuredOutput => Self::StructuredOutput,
            wit::Capability::Reasoning => Self::Reasoning,
        }
    }
}

impl From<wit::Quality> for Quality {
    fn from(quality: wit::Quality) -> Self {
        match quality {
            wit::Quality::Best => Self::Best,
            wit::Quality::Share(share) => Self::Share(share),
            wit::Quality::Cheapest => Self::Cheapest,
        }
    }
}

impl From<Quality> for wit::Quality {
    fn from(quality: Quality) -> Self {
        match quality {
            Quality::Best => Self::Best,
            Quality::Share(share) => Self::Share(share),
            Quality::Cheapest => Self::Cheapest,
        }
    }
}

/// What a call costs at a price.
pub(crate) fn cost(price: &Price, tokens: wit::Tokens) -> wit::Cost {
    let usage = &usage(tokens);
    match price.cost(usage) {
        Some(cost) => wit::Cost::Known(cost.usd()),
        None => wit::Cost::Unknown(price.unpriced(usage).into_iter().map(wit::TokenKind::from).collect()),
    }
}

/// The same tokens as a provider counts them, those of the caches as part of the prompt and thoughts as part of the completion.
fn usage(tokens: wit::Tokens) -> Usage {
    let wit::Tokens { prompt, completion, cached_read, cached_write, reasoning } = tokens;
    Usage {
        prompt_tokens: prompt.saturating_add(cached_read).saturating_add(cached_write),
        completion_tokens: completion.saturating_add(reasoning),
        cached_read_tokens: cached_read,
        cached_write_tokens: cached_write,
        reasoning_tokens: reasoning,
    }
}

impl From<TokenKind> for wit::TokenKind {
    fn from(kind: TokenKind) -> Self {
        match kind {
            TokenKind::Prompt => Self::Prompt,
            TokenKind::Completion => Self::Completion,
            TokenKind::CachedRead => Self::CachedRead,
            TokenKind::CachedWrite => Self::CachedWrite,
            TokenKind::Reasoning => Self::Reasoning,
        }
    }
}

impl From<Decision> for wit::Decision {
    fn from(decision: Decision) -> Self {
        let Decision { choices, route, order, excluded, note } = decision;
        Self {
            choices: choices.into_iter().map(wit::Choice::from).collect(),
            route,
            order: order.into(),
            excluded: excluded.into_iter().map(wit::Exclusion::from).collect(),
            note,
        }
    }
}

impl From<Choice> for wit::Choice {
    fn from(choice: Choice) -> Self {
        let Choice { model, upstream, node, quality, basis, cost, latency_ms, reason } = choice;
        Self { model, upstream, node, quality, basis: basis.into(), cost, latency_ms, reason }
    }
}

impl From<Basis> for wit::Basis {
    fn from(basis: Basis) -> Self {
        match basis {
            Basis::None => Self::None,
            Basis::Learned => Self::Learned,
            Basis::Prior => Self::Prior,
        }
    }
}

impl From<Order> for wit::Order {
    fn from(order: Order) -> Self {
        match order {
            Order::Asked => Self::Asked,
            Order::Listed => Self::Listed,
            Order::Weighted => Self::Weighted,
            Order::Quality(quality) => Self::Quality(quality.into()),
        }
    }
}

impl From<Exclusion> for wit::Exclusion {
    fn from(exclusion: Exclusion) -> Self {
        let Exclusion { model, rule, detail } = exclusion;
        Self { model, rule: rule.into(), detail }
    }
}

impl From<Rule> for wit::Rule {
    fn from(rule: Rule) -> Self {
        match rule {
            Rule::Capability => Self::Capability,
            Rule::ContextTokens => Self::ContextTokens,
            Rule::PriceCeiling => Self::PriceCeiling,
            Rule::LatencyBudget => Self::LatencyBudget,
        }
    }
}

impl From<Error> for wit::Error {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::Configuration { .. } => Self::InvalidConfiguration(text),
            Error::Request { .. } => Self::InvalidRequest(text),
            Error::UnknownModel { known, .. } => Self::UnknownModel(known),
            Error::NothingAllowed { excluded, .. } => {
                Self::NothingAllowed(excluded.into_iter().map(wit::Exclusion::from).collect())
            }
            _ => Self::Other(text),
        }
    }
}
