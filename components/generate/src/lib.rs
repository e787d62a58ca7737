//! The `generate-http` component: the generation core over `wasi:http`, for hosts that don't fill `gusset:generate` themselves.
//!
//! A shell: WIT to core and back, sockets and the clock. What a target is asked, how long it may take and what follows a failure
//! is decided in `gusset-generate`.

mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "generate-http",
        with: {
            "gusset:types/chat@0.1.0": gusset_bindings::chat,
            "gusset:types/tracing@0.1.0": gusset_bindings::tracing,
        },
        generate_all,
    });
}

mod call;
mod catalogue;
mod clock;
mod convert;
mod exchange;
mod health;
mod relay;
mod settings;
mod tokens;
mod transport;
mod way;

use bindings::exports::gusset::generate::generate::{Breakers, Error, Guest, Model, Request, TokenCount};
use gusset_generate as core;

struct Component;

impl Guest for Component {
    async fn list_models() -> Vec<Model> {
        match settings::nodes() {
            Ok(nodes) => convert::models(nodes, &catalogue::models(nodes).await),
            Err(_) => Vec::new(),
        }
    }

    fn count_tokens(_model: String, texts: Vec<String>) -> Vec<TokenCount> {
        tokens::count(&texts).into_iter().map(TokenCount::from).collect()
    }

    fn list_breakers() -> Breakers {
        Breakers { shared: false, targets: health::report().into_iter().map(Into::into).collect() }
    }

    async fn generate(request: Request) -> Result<relay::Answer, Error> {
        let request = core::Request::from(request);
        request.validate().map_err(|failure| core::Error::Failed(vec![failure]))?;
        let nodes = settings::nodes()?;
        health::hear(&request.plan.open);
        let listings =
            if core::needs_listings(&request) { catalogue::listings(nodes).await } else { Vec::new() };
        let (targets, failures) = core::targets(nodes, &listings, &request)?;
        let first = way::first(nodes, targets, failures, &request).await?;
        Ok(relay::start(first))
    }
}

bindings::export!(Component with_types_in bindings);
