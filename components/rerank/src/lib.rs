//! The `rerank` component: WIT to the reranking core and back. Nothing is decided here.
//!
//! The compiled encoder and head are part of the component's data: `GUSSET_RERANK_BLOB` and `GUSSET_RERANK_HEAD` name their files when this
//! crate is built. The reranker is made at the first call; the build makes that call (`model-info`) and snapshots the memory.

mod wit;

use std::sync::OnceLock;

use gusset_embed::Embedder;
use gusset_rerank::{Error, Reranker};

static ENCODER: &Aligned<[u8]> = &Aligned(*include_bytes!(env!(
    "GUSSET_RERANK_BLOB",
    "GUSSET_RERANK_BLOB must be the absolute path of a compiled encoder: `cargo xtask build` sets it"
)));

static HEAD: &[u8] = include_bytes!(env!(
    "GUSSET_RERANK_HEAD",
    "GUSSET_RERANK_HEAD must be the absolute path of a compiled head: `cargo xtask build` sets it"
));

/// Bytes at a multiple of [`gusset_embed::format::ALIGNMENT`].
#[repr(C, align(64))]
struct Aligned<B: ?Sized>(B);

/// The reranker of this instance.
fn reranker() -> Result<&'static Reranker, &'static Error> {
    static RERANKER: OnceLock<Result<Reranker, Error>> = OnceLock::new();
    let make = || Reranker::new(Embedder::from_static(&ENCODER.0)?, HEAD);
    RERANKER.get_or_init(make).as_ref()
}
