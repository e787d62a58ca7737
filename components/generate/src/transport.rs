//! Exchanges with nodes: the transport, and what the core makes of its failures.

use gusset_generate::{Node, Transport};

use crate::bindings::wasi::http::types::ErrorCode;
use crate::exchange;
pub(crate) use crate::exchange::Head;

/// What the transport reports, and its own word for it.
#[derive(Debug)]
pub(crate) struct Error {
    pub(crate) kind: Transport,
    pub(crate) message: String,
}

/// A response's body. Dropping it closes the connection.
pub(crate) struct Body(exchange::Body);

/// Sends `request` and waits for the response's head. Where the host can't keep the limit on connecting, the first token's holds.
pub(crate) async fn send(node: &Node, request: http::Request<Vec<u8>>) -> Result<(Head, Body), Error> {
    let (head, body) = exchange::send(request, node.connect_timeout()).await?;
    Ok((head, Body(body)))
}

impl Body {
    /// The next bytes; `None` at the body's end.
    pub(crate) async fn read(&mut self) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.0.read().await?)
    }
}

impl From<exchange::Error> for Error {
    fn from(error: exchange::Error) -> Self {
        let kind = match &error {
            exchange::Error::Denied(_) => Transport::Denied,
            exchange::Error::Host(code) => kind(code),
        };
        Self { kind, message: error.to_string() }
    }
}

fn kind(code: &ErrorCode) -> Transport {
    match code {
        ErrorCode::ConnectionTimeout | ErrorCode::DnsTimeout => Transport::ConnectTimedOut,
        ErrorCode::DnsError(_)
        | ErrorCode::DestinationNotFound
        | ErrorCode::DestinationUnavailable
        | ErrorCode::DestinationIpUnroutable
        | ErrorCode::ConnectionRefused
        | ErrorCode::ConnectionLimitReached
        | ErrorCode::TlsProtocolError
        | ErrorCode::TlsCertificateError
        | ErrorCode::TlsAlertReceived(_) => Transport::Unreachable,
        ErrorCode::DestinationIpProhibited
        | ErrorCode::HttpRequestDenied
        | ErrorCode::HttpRequestUriInvalid
        | ErrorCode::LoopDetected
        | ErrorCode::ConfigurationError => Transport::Denied,
        _ => Transport::Broken,
    }
}
