//! The one server of this instance, and the transport to it.

use crate::bindings::wasi::clocks::monotonic_clock;
use crate::exchange;
use crate::surroundings::{NAMES, settings};
use futures::future::{Either, select};
use gusset_engines::qdrant::{ANSWER, ANSWER_BYTES, CONNECT, Qdrant, Server};
use gusset_retrieve::engine::Engine;
use http::{Request, Response};
use std::pin::pin;
use std::sync::OnceLock;

/// Requests over `wasi:http`.
pub(crate) struct Transport;

/// The engine that the configuration names.
pub(crate) fn engine() -> Result<&'static dyn Engine, String> {
    static ENGINE: OnceLock<Result<Qdrant<Transport>, String>> = OnceLock::new();
    let open = || {
        let (url, key) = settings()?;
        Qdrant::new(Transport, &url, key.as_deref(), NAMES)
            .map_err(|error| format!("`{}`: {error}", NAMES.url))
    };
    match ENGINE.get_or_init(open) {
        Ok(qdrant) => Ok(qdrant),
        Err(problem) => Err(problem.clone()),
    }
}

impl Server for Transport {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, String> {
        let whole = async {
            let (head, mut body) = exchange::send(request, CONNECT).await?;
            let mut bytes = Vec::new();
            while let Some(piece) = body.read().await? {
                bytes.extend_from_slice(&piece);
                if bytes.len() > ANSWER_BYTES {
                    return Err(exchange::Error::Denied(format!(
                        "the answer has more than {ANSWER_BYTES} bytes"
                    )));
                }
            }
            let mut response = Response::new(bytes);
            *response.status_mut() = head.status;
            Ok(response)
        };
        let late = monotonic_clock::wait_for(u64::try_from(ANSWER.as_nanos()).unwrap_or(u64::MAX));
        match select(pin!(whole), pin!(late)).await {
            Either::Left((answer, _)) => answer.map_err(|error| error.to_string()),
            Either::Right(_) => Err(format!("no answer within {} seconds", ANSWER.as_secs())),
        }
    }
}
