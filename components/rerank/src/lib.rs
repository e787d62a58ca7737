//! The `rerank` component: WIT to the reranking core and back. Nothing is decided here.
//!
//! The encoder is that of [`gusset_embed_weights`]; the compiled head is part of the component's data, and `GUSSET_RERANK_HEAD` names its file when this
//! crate is built. The reranker is made at the first call; the build makes that call (`model-info`) and snapshots the memory.

mod wit;

use std::sync::{Arc, OnceLock};

use gusset_rerank::Reranker;

static HEAD: &[u8] = include_bytes!(env!(
    "GUSSET_RERANK_HEAD",
    "GUSSET_RERANK_HEAD must be the absolute path of a compiled head: `cargo xtask build` sets it"
));

/// Why there is no reranker.
type Unavailable = Box<dyn std::error::Error + Send + Sync>;

/// The reranker of this instance.
fn reranker() -> Result<&'static Reranker, &'static Unavailable> {
    static RERANKER: OnceLock<Result<Reranker, Unavailable>> = OnceLock::new();
    let make = || Ok(Reranker::new(Arc::clone(gusset_embed_weights::embedder()?), HEAD)?);
    RERANKER.get_or_init(make).as_ref()
}
