//! The `retrieve-qdrant` component: collections in Qdrant, over `wasi:http`, in the place of `retrieve`.
//!
//! A shell: `exchange` is one request and its answer, and the rest renames. What the server is asked and what its answers mean is decided in `gusset-engines`.

mod bindings {
    wit_bindgen::generate!({
        path: "../../../wit",
        world: "retrieve-qdrant",
        with: { "gusset:types/passages@0.1.0": gusset_bindings::passages },
        generate_all,
    });
}

#[path = "../../../retrieve/src/convert.rs"]
mod convert;
mod engine;
#[path = "../../../generate/src/exchange.rs"]
mod exchange;
#[path = "../../shell/exports.rs"]
mod exports;
#[path = "../../../retrieve/src/models.rs"]
mod models;
#[path = "../../shell/surroundings.rs"]
mod surroundings;

use engine::Transport;

struct Component;

bindings::export!(Component with_types_in bindings);
