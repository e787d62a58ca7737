//! Lends hosts with older WASI drafts (`wasmtime serve`) the drafts that Gusset speaks.
