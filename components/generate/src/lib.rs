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
mod relay;
mod settings;
mod tokens;
mod transport;

use bindings::exports::gusset::generate::generate::{Error, Guest, Model, Request, TokenCount};
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

    async fn generate(request: Request) -> Result<relay::Answer, Error> {
        let request = core::Request::from(request);
        request.validate().map_err(|failure| core::Error::Failed(vec![failure]))?;
        let nodes = settings::nodes()?;
        let listings = catalogue::listings(nodes).await;
        let mut chain = core::Chain::new(core::plan(nodes, &listings, &request.model)?);
        while let Some(target) = chain.next_target() {
            let Some(node) = nodes.get(target.node) else { continue };
            let opening = core::Opening { target: node.target().to_owned(), model: target.model.clone() };
            match call::open(node, target.model, &request).await {
                Ok(progress) => return Ok(relay::start(opening, progress, chain.into_failures())),
                Err(failure) => chain.fail(failure),
            }
        }
        Err(chain.into_error().into())
    }
}

bindings::export!(Component with_types_in bindings);
