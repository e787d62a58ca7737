//! The `retrieve-postgres` component: collections in PostgreSQL with pgvector, over `spin:postgres`, in the place of `retrieve`.
//!
//! A shell: `engine` runs statements, and the rest renames. What the statements are and what their rows mean is decided in `gusset-engines`.

mod bindings {
    wit_bindgen::generate!({
        path: "../../../wit",
        world: "retrieve-postgres",
        with: { "gusset:types/passages@0.1.0": gusset_bindings::passages },
        generate_all,
    });
}

#[path = "../../../retrieve/src/convert.rs"]
mod convert;
mod engine;
#[path = "../../shell/exports.rs"]
mod exports;
#[path = "../../../retrieve/src/models.rs"]
mod models;
#[path = "../../shell/surroundings.rs"]
mod surroundings;

use engine::Transport;

struct Component;

bindings::export!(Component with_types_in bindings);
