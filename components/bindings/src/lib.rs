//! Guest bindings of the shared WIT types, generated once, and their conversions.
//!
//! Every shell names these in the `with` of its own `generate!`, so that a passage from `retrieve` is the same Rust type
//! as a passage for `orchestrate`, and the way from WIT to `gusset-types` and back stands here alone.

#[expect(missing_docs, reason = "generated from WIT, which is documented")]
mod generated {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "vocabulary",
        additional_derives: [Clone],
        generate_all,
    });
}

mod convert;

pub use generated::gusset::types::{chat, passages, tracing};
