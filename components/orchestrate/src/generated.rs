//! A model's answer: from the cache, or from whichever target the router puts first and answers.

use gusset_bindings::chat;
use gusset_orchestrate::{generated_model, spans};
use gusset_types::{Controls, Message, Passage, Sampling};

use crate::answer::Answer;
use crate::bindings::exports::gusset::orchestrate::orchestrate::{Attribution, Error, Kind, Opening};
use crate::bindings::gusset::generate::generate::{self, Failure, Plan};
use crate::cache::{self, Looked};
use crate::relay::Relay;
use crate::route::{self, Route};
use crate::trace::Tracer;
use crate::{breakers, models, replay, settings};

/// What to generate.
pub(crate) struct Call<'a> {
    pub(crate) tenant: &'a str,
    pub(crate) attribution: &'a Attribution,
    pub(crate) cache_control: &'a str,
    pub(crate) quality: Option<&'a str>,
    /// Where the passages are from; `None` if there are none.
    pub(crate) collection: Option<&'a str>,
    /// Empty for any.
    pub(crate) model: &'a str,
    /// The last turn of the user.
    pub(crate) question: String,
    pub(crate) messages: Vec<Message>,
    pub(crate) sampling: &'a Sampling,
    pub(crate) controls: &'a Controls,
    /// Those in the prompt, by number.
    pub(crate) passages: Vec<Passage>,
}

/// Why nothing was said.
pub(crate) enum Unanswered {
    /// No target is configured, or none serves the model. The models there are.
    NoTarget(Vec<String>),
    /// Every attempt failed. They are on record.
    Failed(Vec<Failure>),
    /// The request itself.
    Refused(Error),
}

impl Call<'_> {
    /// What an answer is labelled with before it is known who gives it.
    pub(crate) fn label(&self) -> String {
        generated_model(self.collection, self.model, "")
    }
}

/// Answers, and relays in the background.
///
/// # Errors
/// Nothing was said yet.
pub(crate) async fn start(call: Call<'_>, tracer: &Tracer) -> Result<Answer, Unanswered> {
    let configured = settings::get();
    let open = tracer.open();
    let asked = match &configured.router {
        Some(router) => Some((router, route::request(&call)?)),
        None => None,
    };
    let route_name =
        asked.as_ref().and_then(|(router, request)| router.find_route(request)).unwrap_or_default();
    let rule = configured.settings.cache.rule(&route_name);
    let (keeper, status) = match cache::look_up(&call, &route_name, &rule).await? {
        Looked::Hit(recording, status) => {
            return Ok(replay::start(recording, status, call.passages, tracer, &open));
        }
        Looked::Miss(keeper, status) => (keeper, status),
    };
    let route = match &asked {
        Some((router, request)) => route::decide(router, request)?,
        None => Route::default(),
    };
    let request = generate::Request {
        model: call.model.to_owned(),
        messages: call.messages.iter().cloned().map(Into::into).collect(),
        sampling: chat::Sampling::from(call.sampling.clone()),
        controls: chat::Controls::from(call.controls.clone()),
        plan: Plan {
            targets: route.targets.clone(),
            first_token_ms: configured.settings.generation.first_token_ms,
            hedge_ms: configured.settings.generation.hedge_ms,
            open: breakers::open(),
        },
        trace: Some(tracer.inside(&open)),
    };
    let answered = generate::generate(request).await;
    let decided = spans::Decided {
        route: route.name.clone(),
        reason: route.reason.clone(),
        cache: cache::header(&status),
        cost: None,
    };
    let (collection, asked_model) = (call.collection, call.model);
    let relay = Relay::new(call, tracer, open, decided);
    match answered {
        Err(generate::Error::Failed(failures)) => {
            breakers::share();
            relay.record_failure(&failures);
            Err(Unanswered::Failed(failures))
        }
        // Nobody was asked: without a node configured, no trace should look like a failure.
        Err(generate::Error::NoTarget(names)) => Err(Unanswered::NoTarget(names)),
        Ok((who, source, outcome)) => {
            let model = generated_model(collection, asked_model, &who.model);
            let opening = Opening {
                kind: Kind::Generated,
                cache: status,
                route: route.reason.clone(),
                model: model.clone(),
            };
            let (events, result) = relay.start(
                source,
                outcome,
                crate::relay::Ending { label: model, asked: who.model, keeper, route, configured },
            );
            Ok((opening, events, result))
        }
    }
}

impl Unanswered {
    /// As an error of the contract. Where no model serves, the tenant's collections are among the names there are.
    pub(crate) async fn into_error(self, tenant: String) -> Error {
        match self {
            Self::NoTarget(names) => models::unknown(tenant, names).await,
            Self::Failed(failures) => Error::GenerationFailed(failures),
            Self::Refused(error) => error,
        }
    }
}

impl From<Error> for Unanswered {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}
