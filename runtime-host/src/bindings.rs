//! The only host `bindgen!`: what the composed application imports beyond WASI itself.

mod generated {
    wasmtime::component::bindgen!({
        path: "../wit",
        inline: "
            package gusset:host;
            world host {
                import gusset:embed/embed@0.1.0;
                import gusset:embed/tokenize@0.1.0;
                import gusset:rerank/rerank@0.1.0;
                import gusset:types/passages@0.1.0;
                import gusset:chunk/chunk@0.1.0;
                import gusset:retrieve/collections@0.1.0;
                import gusset:retrieve/retrieve@0.1.0;
                import gusset:generate/generate@0.1.0;
                import wasi:config/store@0.2.0-draft-2024-09-27;
                import wasi:keyvalue/store@0.2.0-draft2;
                import wasi:keyvalue/atomics@0.2.0-draft2;
                import wasi:keyvalue/batch@0.2.0-draft2;
            }
        ",
        world: "gusset:host/host",
        imports: {
            "wasi:keyvalue/store@0.2.0-draft2.[drop]bucket": trappable,
            "wasi:keyvalue/atomics@0.2.0-draft2.[drop]cas": trappable,
            "wasi:keyvalue": async | trappable,
            "gusset:embed/embed@0.1.0.embed": async | trappable,
            "gusset:rerank/rerank@0.1.0.begin": async | trappable,
            "gusset:rerank/rerank@0.1.0.rank": async | trappable,
            "gusset:rerank/rerank@0.1.0.[method]session.step": async | trappable,
            "gusset:rerank/rerank@0.1.0.[method]session.scores": async | trappable,
            "gusset:rerank/rerank@0.1.0.[drop]session": async | trappable,
            default: trappable,
        },
        with: {
            "wasi:keyvalue/store.bucket": crate::host::keyvalue::Bucket,
            "wasi:keyvalue/atomics.cas": crate::host::keyvalue::Cas,
            "gusset:rerank/rerank.session": crate::host::rerank::Session,
        },
    });
}

pub(crate) use generated::gusset::chunk::chunk;
pub(crate) use generated::gusset::embed::{embed, tokenize};
pub(crate) use generated::gusset::generate::generate;
pub(crate) use generated::gusset::rerank::rerank;
pub(crate) use generated::gusset::retrieve::{collections, retrieve};
pub(crate) use generated::gusset::types::{chat, passages, tracing};
pub(crate) use generated::wasi::config::store as config;
pub(crate) use generated::wasi::keyvalue;
