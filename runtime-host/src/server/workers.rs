//! Instances that serve one request after another: when one is made, how much it takes on, when it ends.
//!
//! The mechanics are `wasmtime-wasi-http`'s; these are its policies.

use super::reclaim::Ended;
use crate::application::Application;
use crate::config::Config;
use crate::host::Ctx;
use futures::FutureExt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio::time::{Sleep, sleep, timeout};
use wasmtime::component::GuestTaskId;
use wasmtime::{Store, StoreContextMut};
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::handler::{
    HandlerState, Instance, ShouldAccept, WorkerExpiration, WorkerState, WorkerStatus,
};

/// How long an instance waits for its next request. What it wrote in its memory since it was made is all it costs meanwhile.
const IDLE: Duration = Duration::from_secs(10);

type Wait = Pin<Box<dyn Future<Output = ()> + Send + Sync>>;

/// Makes instances.
pub(super) struct Workers {
    application: Application,
    policy: Policy,
    stopping: watch::Receiver<bool>,
    alive: mpsc::Sender<()>,
    ended: Ended,
}

#[derive(Clone, Copy)]
struct Policy {
    at_once: usize,
    in_life: usize,
    timeout: Duration,
}

/// What one instance takes on.
pub(super) struct Work {
    policy: Policy,
    ended: Ended,
    _alive: mpsc::Sender<()>,
}

/// When one instance ends: idle for long or while the host is stopping, or busy beyond its time.
///
/// A guest that loops never gives the worker's own event loop a turn, but it yields; this is polled then, outside of it.
pub(super) struct Life {
    timeout: Duration,
    clock: Pin<Box<Sleep>>,
    stopping: Wait,
    stopped: bool,
}

// === impl Workers ===

impl Workers {
    pub(super) fn new(
        application: Application,
        config: &Config,
        stopping: watch::Receiver<bool>,
        alive: mpsc::Sender<()>,
        ended: Ended,
    ) -> Self {
        let policy = Policy {
            at_once: config.limits.requests_per_instance as usize,
            in_life: config.limits.requests_per_life as usize,
            timeout: config.request_timeout(),
        };
        Self { application, policy, stopping, alive, ended }
    }
}

impl HandlerState for Workers {
    type StoreData = Ctx;
    type WorkerExpiration = Life;
    type WorkerState = Work;

    async fn instantiate(&self) -> wasmtime::Result<Instance<Ctx, Life, Work>> {
        let made = timeout(self.policy.timeout, self.application.instantiate()).await;
        let (store, proxy) =
            made.map_err(|_| wasmtime::format_err!("the guest did not finish its start"))??;
        let mut stopping = self.stopping.clone();
        // A sender that is gone means the same as one that says stop.
        let stopping = async move { drop(stopping.wait_for(|stopping| *stopping).await) };
        Ok(Instance {
            store,
            proxy,
            view: Ctx::http,
            expiration: Life {
                timeout: self.policy.timeout,
                clock: Box::pin(sleep(IDLE)),
                stopping: Box::pin(stopping),
                stopped: false,
            },
            state: Work { policy: self.policy, ended: self.ended.clone(), _alive: self.alive.clone() },
        })
    }
}

// === impl Work ===

impl WorkerState for Work {
    type StoreData = Ctx;
    type RequestData = ();

    fn should_accept_request(&self, at_once: usize, in_life: usize) -> ShouldAccept {
        if in_life >= self.policy.in_life {
            ShouldAccept::Never
        } else if at_once >= self.policy.at_once {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(&self, _: StoreContextMut<'_, Ctx>, (): (), _: GuestTaskId) -> Wait {
        Box::pin(sleep(self.policy.timeout))
    }

    fn drop(&self, store: Store<Ctx>, result: wasmtime::Result<()>) {
        if let Err(error) = result {
            tracing::error!("an instance ended: {error:#}");
        }
        drop(store);
        self.ended.count();
    }
}

// === impl Life ===

impl WorkerExpiration for Life {
    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        status: WorkerStatus,
        start: Instant,
    ) -> Poll<()> {
        let idle = status == WorkerStatus::Idle;
        if idle && !self.stopped {
            self.stopped = self.stopping.poll_unpin(cx).is_ready();
        }
        if idle && self.stopped {
            return Poll::Ready(());
        }
        let deadline = (start + if idle { IDLE } else { self.timeout }).into();
        if self.clock.deadline() != deadline {
            self.clock.as_mut().reset(deadline);
        }
        self.clock.as_mut().poll(cx)
    }
}
