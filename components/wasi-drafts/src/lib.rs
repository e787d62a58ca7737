//! Lends hosts with older WASI drafts (`wasmtime serve`) the drafts that Gusset speaks.
//!
//! A shell without a core: it converts and decides nothing. `store` owns the host's one bucket, `atomics` emulates
//! compare-and-swap over it, `batch` and `config` rename. It must not be used on a host whose store is shared with
//! others: see `atomics` for why compare-and-swap is sound here and would not be there.

mod bindings {
    wit_bindgen::generate!({
        path: [
            "../../wit/deps/wasi-keyvalue@0.2.0-draft2",
            "../../wit/deps/wasi-config@0.2.0-draft-2024-09-27",
            "wit",
        ],
        world: "gusset:wasi-drafts/wasi-drafts",
        generate_all,
    });
}

mod atomics;
mod batch;
mod config;
mod store;

struct Drafts;

bindings::export!(Drafts with_types_in bindings);
