//! Answers every request with a constant: the floor under every measured HTTP time.
//!
//! What Gusset costs is the difference between its answer and this one on the same host, or on bare `wasmtime serve`.

use spin_sdk::http::{IntoResponse, Request};
use spin_sdk::http_service;

#[http_service]
async fn handle(_request: Request) -> impl IntoResponse {
    "constant\n"
}
