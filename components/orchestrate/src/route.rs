//! The router, asked and understood.

use gusset_orchestrate::canonical::{self, Need};
use gusset_types::{TokenKind, Usage};

use crate::bindings::exports::gusset::orchestrate::orchestrate::Error;
use crate::bindings::gusset::generate::generate::Target;
use crate::bindings::gusset::router::router::{self, Capability, Decision, Quality, Router, Tokens};
use crate::generated::Call;
use crate::platform;

/// Whom to ask, and why.
#[derive(Default)]
pub(crate) struct Route {
    /// Name of the route; empty for none.
    pub(crate) name: String,
    /// Why the first is the first.
    pub(crate) reason: String,
    /// In order; empty: whoever serves the model.
    pub(crate) targets: Vec<Target>,
    /// By target, its name in the configuration: prices go by it.
    models: Vec<String>,
}

/// The router's view of a call.
pub(crate) fn request(call: &Call<'_>) -> Result<router::Request, Error> {
    let quality = call.quality.map(quality).transpose()?;
    let needs = canonical::needs(&call.messages, call.controls).into_iter().map(|need| match need {
        Need::Tools => Capability::Tools,
        Need::Vision => Capability::Vision,
        Need::StructuredOutput => Capability::StructuredOutput,
        Need::Reasoning => Capability::Reasoning,
    });
    Ok(router::Request {
        tenant: call.tenant.to_owned(),
        feature: call.attribution.feature.clone(),
        endpoint: call.attribution.endpoint.clone(),
        model: call.model.to_owned(),
        prompt: call.question.clone(),
        prompt_tokens: canonical::estimate_tokens(&call.messages, call.controls),
        cached_tokens: 0,
        completion_tokens: call.sampling.max_tokens,
        needs: needs.collect(),
        quality,
        draw: platform::unit_draw(),
    })
}

/// Decides.
pub(crate) fn decide(router: &Router, request: &router::Request) -> Result<Route, Error> {
    let Decision { choices, route, .. } = router.route(request)?;
    let reason =
        choices.first().map(|choice| format!("{}: {}", choice.model, choice.reason)).unwrap_or_default();
    let models = choices.iter().map(|choice| choice.model.clone()).collect();
    let target =
        |choice: router::Choice| Target { node: choice.node.unwrap_or_default(), model: choice.upstream };
    Ok(Route {
        name: route.unwrap_or_default(),
        reason,
        targets: choices.into_iter().map(target).collect(),
        models,
    })
}

impl Route {
    /// US dollars for an answer of the model that `asked` was the name of at its node; `None` where a price is unknown.
    pub(crate) fn cost(&self, router: &Router, asked: &str, usage: Usage) -> Option<f64> {
        let at = self.targets.iter().position(|target| target.model == asked);
        let model = at.and_then(|at| self.models.get(at)).map_or(asked, String::as_str);
        let of = |kind| usage.tokens(kind);
        let tokens = Tokens {
            prompt: of(TokenKind::Prompt),
            completion: of(TokenKind::Completion),
            cached_read: of(TokenKind::CachedRead),
            cached_write: of(TokenKind::CachedWrite),
            reasoning: of(TokenKind::Reasoning),
        };
        match router.price(model, tokens)? {
            router::Cost::Known(cost) => Some(cost),
            router::Cost::Unknown(_) => None,
        }
    }
}

/// A router's error in words.
pub(crate) fn message(error: &router::Error) -> String {
    match error {
        router::Error::InvalidConfiguration(message)
        | router::Error::InvalidRequest(message)
        | router::Error::Other(message) => message.clone(),
        router::Error::UnknownModel(models) => format!("no such model; there are: {}", models.join(", ")),
        router::Error::NothingAllowed(exclusions) => {
            let each: Vec<_> = exclusions
                .iter()
                .map(|exclusion| format!("{}: {}", exclusion.model, exclusion.detail))
                .collect();
            format!("every model is excluded: {}", each.join("; "))
        }
    }
}

impl From<router::Error> for Error {
    fn from(error: router::Error) -> Self {
        match error {
            router::Error::UnknownModel(models) => Self::UnknownModel(models),
            router::Error::NothingAllowed(_) => Self::NotAllowed(message(&error)),
            other => Self::InvalidRequest(message(&other)),
        }
    }
}

fn quality(text: &str) -> Result<Quality, Error> {
    let share = |share: &f64| *share > 0.0 && *share <= 1.0;
    match text.trim() {
        "best" => Ok(Quality::Best),
        "cheapest" => Ok(Quality::Cheapest),
        other => other.parse().ok().filter(share).map(Quality::Share).ok_or_else(|| {
            Error::InvalidRequest(format!(
                "`quality` is `{other}`: give `best`, `cheapest` or a number above 0 and at most 1"
            ))
        }),
    }
}
