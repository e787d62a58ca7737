//! The `orchestrate` component: WIT to the orchestration core and back.
//!
//! A shell: it searches, asks the cache and the router, generates, streams and keeps the time. Whom a request asks, what the prompt says, which
//! sentences answer, what may be kept and what a trace tells is decided in `gusset-orchestrate`.

mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "orchestrate",
        with: {
            "gusset:types/chat@0.1.0": gusset_bindings::chat,
            "gusset:types/passages@0.1.0": gusset_bindings::passages,
            "gusset:types/tracing@0.1.0": gusset_bindings::tracing,
        },
        generate_all,
    });
}

mod answer;
mod breakers;
mod cache;
mod convert;
mod extractive;
mod generated;
mod grounding;
mod models;
mod platform;
mod relay;
mod replay;
mod route;
mod search;
mod settings;
mod tokens;
mod trace;

use bindings::exports::gusset::orchestrate::orchestrate::{
    Breakers, Controls, Error, Groundedness, Guest, Message, Model, Request, TokenCount,
};

use gusset_bindings::tracing::TraceContext;

struct Component;

impl Guest for Component {
    fn configure(settings: String) -> Result<(), String> {
        settings::set(settings)
    }

    fn list_breakers() -> Breakers {
        breakers::list()
    }

    fn count_tokens(model: String, messages: Vec<Message>, controls: Controls) -> TokenCount {
        tokens::count(&model, messages, controls)
    }

    async fn list_models(tenant: String) -> Result<Vec<Model>, Error> {
        models::list(tenant).await
    }

    async fn answer(request: Request) -> Result<answer::Answer, Error> {
        answer::answer(request).await
    }

    async fn conclude(trace: TraceContext) -> Option<Groundedness> {
        grounding::conclude(trace).await
    }
}

bindings::export!(Component with_types_in bindings);
