//! One request: bounded, handed to an instance, and whatever went wrong there made a response.

use super::body::{Held, Upload};
use super::reclaim::Ended;
use super::refusal::Refusal;
use super::workers::Workers;
use crate::application::Application;
use crate::config::Config;
use futures::FutureExt;
use futures::future::BoxFuture;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, mpsc, watch};
use wasmtime::PoolConcurrencyLimitError;
use wasmtime_wasi_http::WasiBody;
use wasmtime_wasi_http::handler::{ExpirationError, InstantiationError, ProxyHandler, TrapOrPanicError};

#[derive(Clone)]
pub(super) struct Service {
    workers: ProxyHandler<Workers>,
    requests: Arc<Semaphore>,
    body_cap: u64,
    timeout: Duration,
}

// === impl Service ===

impl Service {
    pub(super) fn new(
        application: Application,
        config: &Config,
        stopping: watch::Receiver<bool>,
        alive: mpsc::Sender<()>,
        ended: Ended,
    ) -> Self {
        Self {
            workers: ProxyHandler::new(Workers::new(application, config, stopping, alive, ended)),
            requests: Arc::new(Semaphore::new(config.limits.concurrent_requests as usize)),
            body_cap: config.body_cap(),
            timeout: config.request_timeout(),
        }
    }

    async fn respond(self, request: hyper::Request<Incoming>) -> http::Response<WasiBody> {
        match self.answer(request).await {
            Ok(response) => response,
            Err(refusal) => {
                tracing::info!("refused: {refusal:?}");
                refusal.into_response()
            }
        }
    }

    /// The permit lives as long as the response's body: a stream is in progress until its last token.
    async fn answer(&self, request: hyper::Request<Incoming>) -> Result<http::Response<WasiBody>, Refusal> {
        let permit = Arc::clone(&self.requests).try_acquire_owned().map_err(|_| Refusal::Overloaded)?;
        let size = request.body().size_hint().lower();
        let request = request.map(|body| Upload::new(body, self.body_cap));
        if size > self.body_cap {
            return Err(Refusal::TooLarge(self.body_cap));
        }
        let start = Instant::now();
        let handled = self.workers.handle((), request.map(BodyExt::boxed_unsync)).await;
        let response = handled.map_err(|error| refusal(&error, start.elapsed() >= self.timeout))?;
        Ok(response.map(|body| Held::new(body, permit).boxed_unsync()))
    }
}

impl hyper::service::Service<hyper::Request<Incoming>> for Service {
    type Response = http::Response<WasiBody>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn call(&self, request: hyper::Request<Incoming>) -> Self::Future {
        self.clone().respond(request).map(Ok).boxed()
    }
}

/// The one place where what happened to an instance becomes an HTTP status.
///
/// A guest that loops is ended from outside, which its worker reports as it does a trap; only the time tells them apart.
fn refusal(error: &wasmtime::Error, out_of_time: bool) -> Refusal {
    if error.is::<ExpirationError>() || (out_of_time && error.is::<TrapOrPanicError>()) {
        return Refusal::TimedOut;
    }
    if let Some(failed) = error.downcast_ref::<InstantiationError<()>>() {
        if failed.error.is::<PoolConcurrencyLimitError>() {
            return Refusal::Overloaded;
        }
        tracing::error!("no instance could be made: {:#}", failed.error);
        return Refusal::Internal;
    }
    tracing::error!("request failed: {error:#}");
    Refusal::Internal
}
