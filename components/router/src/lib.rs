//! The `router` component: WIT to the routing core and back.
//!
//! Its one import is the embedder, asked for a prompt only where qualities decide. It has no WASI in it, so that no prompt can leave
//! through it. The predictor is part of its data (`models/gusset-router-v1`). Nothing is decided here.

mod bindings {
    wit_bindgen::generate!({ path: "../../wit", world: "router", generate_all });
}
mod convert;

use bindings::exports::gusset::router::router as wit;
use bindings::gusset::embed::embed;
use gusset_router::{Config, Router};

static PREDICTOR: &[u8] = include_bytes!("../../../models/gusset-router-v1/predictor.bin");

struct Component;

/// The imported embedder.
struct Imported;

impl gusset_router::Embedder for Imported {
    fn model(&self) -> String {
        embed::model_info().id
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, String> {
        let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
        let embed::Error::Other(error) = match embed::embed(&texts, embed::Purpose::Query) {
            Ok(vectors) => return Ok(rows(&vectors)),
            Err(error) => error,
        };
        Err(error)
    }
}

fn rows(vectors: &embed::Embeddings) -> Vec<Vec<f32>> {
    vectors.values.chunks_exact(vectors.dimension.max(1) as usize).map(<[f32]>::to_vec).collect()
}

impl wit::Guest for Component {
    type Router = Loaded;
}

/// A configuration, read.
struct Loaded(Router);

impl wit::GuestRouter for Loaded {
    fn load(config: String) -> Result<wit::Router, wit::Error> {
        let router = Router::new(Config::parse(&config)?, PREDICTOR, &Imported)?;
        Ok(wit::Router::new(Self(router)))
    }

    fn find_route(&self, request: wit::Request) -> Option<String> {
        self.0.find_route(&convert::request(&request)).map(str::to_owned)
    }

    fn route(&self, request: wit::Request) -> Result<wit::Decision, wit::Error> {
        Ok(self.0.route(&convert::request(&request), &Imported)?.into())
    }

    fn price(&self, model: String, tokens: wit::Tokens) -> Option<wit::Cost> {
        self.0.price(&model).map(|price| convert::cost(price, tokens))
    }
}

bindings::export!(Component with_types_in bindings);
