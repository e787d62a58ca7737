//! HTTP in front of the application: accepts, bounds, drains. What a request means is the guest's business.

mod body;
mod reclaim;
mod refusal;
mod service;
mod workers;

use crate::application::Application;
use crate::config::Config;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use reclaim::Ended;
use service::Service;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinHandle;

/// How long a client may take over a request's head. Slower ones hold a connection for nothing.
const HEAD: Duration = Duration::from_secs(30);

/// How long to wait after the system refused to accept, which is for want of descriptors: some will have closed by then.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A server at work.
pub struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Somebody else listens there.
    #[error("{0} is taken by another process; stop that one, or choose another address with --listen")]
    Taken(SocketAddr),
    /// The address isn't this machine's, or its port needs rights that this process lacks.
    #[error("{address} can't be listened on: {source}; choose another address with --listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
}

// === impl Server ===

impl Server {
    /// Listens where the configuration says and serves `application`. Returns once connections are accepted.
    ///
    /// # Errors
    /// Where the address can't be listened on.
    pub async fn start(application: Application, config: &Config) -> Result<Self, Error> {
        let wanted = config.listen;
        let fault = |source: std::io::Error| match source.kind() {
            std::io::ErrorKind::AddrInUse => Error::Taken(wanted),
            _ => Error::Listen { address: wanted, source },
        };
        let listener = TcpListener::bind(wanted).await.map_err(fault)?;
        let address = listener.local_addr().map_err(fault)?;
        let (stop, stopping) = watch::channel(false);
        let (alive, ended) = mpsc::channel(1);
        let instances = Ended::at_start();
        let accept = Accept {
            connections: Arc::new(Semaphore::new(config.limits.connections as usize)),
            service: Service::new(application, config, stopping.clone(), alive, instances.clone()),
            instances,
            drain: Duration::from_secs(config.limits.drain_seconds),
        };
        let serving = tokio::spawn(accept.run(listener, stopping, ended));
        Ok(Self { address, stop, serving })
    }

    /// Where it listens; with the port that the system chose, if it was asked to.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Accepts nothing more, lets what is in progress finish within `limits.drain_seconds`, and returns.
    pub async fn stop(self) {
        // No receiver is left only where the task has ended, which is what is waited for.
        let _ = self.stop.send(true);
        if let Err(error) = self.serving.await {
            tracing::error!("the server ended by itself: {error}");
        }
    }
}

struct Accept {
    connections: Arc<Semaphore>,
    service: Service,
    instances: Ended,
    drain: Duration,
}

// === impl Accept ===

impl Accept {
    /// `ended` yields `None` once the last instance is gone: what a guest still writes after its last response, such as the
    /// request's trace, is written then.
    async fn run(
        self,
        listener: TcpListener,
        mut stopping: watch::Receiver<bool>,
        mut ended: mpsc::Receiver<()>,
    ) {
        let open = GracefulShutdown::new();
        let mut reclaim = pin!(self.instances.clone().reclaim());
        loop {
            tokio::select! {
                _ = stopping.wait_for(|stopping| *stopping) => break,
                () = self.accept(&listener, &open) => {}
                () = &mut reclaim => {}
            }
        }
        drop(listener);
        let drain = async {
            open.shutdown().await;
            drop(self.service);
            while ended.recv().await.is_some() {}
        };
        if tokio::time::timeout(self.drain, drain).await.is_err() {
            tracing::warn!("some requests took longer than limits.drain_seconds and were cut off");
        }
    }

    async fn accept(&self, listener: &TcpListener, open: &GracefulShutdown) {
        let Ok(permit) = Arc::clone(&self.connections).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let connection = self.serve(stream);
                let connection = open.watch(connection);
                tokio::spawn(async move {
                    if let Err(error) = connection.await {
                        tracing::debug!("connection: {error}");
                    }
                    drop(permit);
                });
            }
            Err(error) => {
                tracing::warn!("accept: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }

    fn serve(
        &self,
        stream: TcpStream,
    ) -> hyper::server::conn::http1::Connection<TokioIo<TcpStream>, Service> {
        // A token is a small write: none waits for the next one to fill a segment.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!("nodelay: {error}");
        }
        hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .serve_connection(TokioIo::new(stream), self.service.clone())
    }
}
