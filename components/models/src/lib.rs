//! The `models` component: the shells of `embed` and `rerank` in one memory, so that an application carries and compiles their encoder once.
//!
//! There is nothing else in it: linking the two is all it takes.

extern crate gusset_embed_component as _;
extern crate gusset_rerank_component as _;
