//! The `gateway` component: HTTP to the other components and back.
//!
//! One request: [`call`] begins its trace, [`endpoint`] answers it through the components that [`bindings`] import, [`reply`]
//! sends the answer and ends the trace. What is decided on the way is decided in the core, `gusset_gateway`.
//!
//! - [`platform`]: time, random numbers and configuration, as the host has them; [`store`]: its key-value store;
//! - [`access`]: who asks, and what their key opens; [`metering`]: what a call may use and what it used;
//! - [`body`]: request bodies, within their limits;
//! - [`convert`]: WIT to the core and back.

mod access;
mod body;
mod call;
mod convert;
mod endpoint;
mod metering;
mod platform;
mod reply;
mod store;

use spin_sdk::http::Request;
use spin_sdk::http_service;
use spin_sdk::wasip3::http::types::{ErrorCode, Response};

mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "gateway-imports",
        with: {
            "gusset:types/chat@0.1.0": gusset_bindings::chat,
            "gusset:types/passages@0.1.0": gusset_bindings::passages,
            "gusset:types/tracing@0.1.0": gusset_bindings::tracing,
        },
        generate_all,
    });
}

#[http_service]
async fn handle(request: Request) -> Result<Response, ErrorCode> {
    let mut call = call::Call::begin(&request);
    let answered = endpoint::answer(&mut call, request).await;
    reply::send(call, answered)
}
