//! Bodies on their way through the host: what comes in is bounded, what goes out holds its request's place.

use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use wasmtime_wasi_http::{Error, WasiBody};

/// How long to go on reading what nobody wants. A client that is still sending when its connection closes may never see the
/// response that says why; a client slower than this has to live with that.
const LINGER: Duration = Duration::from_secs(10);

/// A request's body, up to a limit. If it's dropped before its end, the rest is read and thrown away for a while.
pub(super) struct Upload {
    body: Option<Limited<Incoming>>,
}

/// A response's body, with the permit that its request took.
pub(super) struct Held {
    body: WasiBody,
    _permit: OwnedSemaphorePermit,
}

// === impl Upload ===

impl Upload {
    pub(super) fn new(body: Incoming, cap: u64) -> Self {
        Self { body: Some(Limited::new(body, usize::try_from(cap).unwrap_or(usize::MAX))) }
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let polled =
            Pin::new(body).poll_frame(cx).map_err(|error| match error.downcast::<LengthLimitError>() {
                Ok(_) => Error::HttpRequestBodySize(None),
                Err(error) => {
                    error.downcast::<hyper::Error>().map_or(Error::ConnectionTerminated, |e| Error::Hyper(*e))
                }
            });
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            self.body = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        let unread = self.body.take().filter(|body| !body.is_end_stream());
        if let (Some(mut body), Ok(runtime)) = (unread, tokio::runtime::Handle::try_current()) {
            let rest = async move { while let Some(Ok(_)) = body.frame().await {} };
            runtime.spawn(tokio::time::timeout(LINGER, rest));
        }
    }
}

// === impl Held ===

impl Held {
    pub(super) fn new(body: WasiBody, permit: OwnedSemaphorePermit) -> Self {
        Self { body, _permit: permit }
    }
}

impl Body for Held {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
