//! One HTTP exchange over `wasi:http`: a request with its body in memory, a response read piece by piece. Other shells that ask servers compile this file against their own
//! bindings.

use std::fmt;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use wit_bindgen::{FutureReader, StreamReader, StreamResult};

use crate::bindings::wasi::http::client;
use crate::bindings::wasi::http::types::{
    ErrorCode, Fields, Method, Request, RequestOptions, Response, Scheme, Trailers,
};
use crate::bindings::{wit_future, wit_stream};

/// Bytes asked for at once: some dozens of tokens, so that a burst costs one call.
const READ_BYTES: usize = 16 << 10;

/// Why there is no answer, or no more of it.
#[derive(Debug)]
pub(crate) enum Error {
    /// It can't be sent, or is not wanted; says why.
    Denied(String),
    /// What the host reports.
    Host(ErrorCode),
}

/// A response's head.
pub(crate) struct Head {
    pub(crate) status: StatusCode,
    #[allow(dead_code, reason = "not every shell reads it")]
    pub(crate) headers: HeaderMap,
}

/// A response's body. Dropping it closes the connection.
pub(crate) struct Body {
    bytes: StreamReader<u8>,
    trailers: Option<FutureReader<Result<Option<Trailers>, ErrorCode>>>,
}

/// Sends `request`, whose URI is whole, and waits for the response's head. The limit on connecting is the host's to keep: only it sees the connection.
pub(crate) async fn send(request: http::Request<Vec<u8>>, connect: Duration) -> Result<(Head, Body), Error> {
    let (head, body) = request.into_parts();
    let mut fields: Vec<(String, Vec<u8>)> =
        head.headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
    if !body.is_empty() {
        // Without it the body would travel in chunks, which not every small server reads.
        fields.push(("content-length".to_owned(), body.len().to_string().into_bytes()));
    }
    let fields = Fields::from_list(&fields).map_err(|error| Error::Denied(format!("{error:?}")))?;

    // A body of nothing would travel as a chunk of nothing.
    let (writer, contents) = if body.is_empty() { None } else { Some(wit_stream::new::<u8>()) }.unzip();
    let (_, no_trailers) = wit_future::new::<Result<Option<Trailers>, ErrorCode>>(|| Ok(None));
    let (request, _) = Request::new(fields, contents, no_trailers, Some(options(connect)));
    let uri = &head.uri;
    let scheme = if uri.scheme_str() == Some("https") { Scheme::Https } else { Scheme::Http };
    let method = match head.method {
        http::Method::GET => Method::Get,
        http::Method::POST => Method::Post,
        http::Method::PUT => Method::Put,
        http::Method::DELETE => Method::Delete,
        other => Method::Other(other.to_string()),
    };
    request.set_method(&method).map_err(|()| denied("the method"))?;
    request.set_scheme(Some(&scheme)).map_err(|()| denied("the URL's scheme"))?;
    let authority = uri.authority().map(http::uri::Authority::as_str);
    request.set_authority(authority).map_err(|()| denied("the URL's authority"))?;
    let path = uri.path_and_query().map(http::uri::PathAndQuery::as_str);
    request.set_path_with_query(path).map_err(|()| denied("the URL's path"))?;

    // A server may answer before it has read everything.
    if let Some(mut writer) = writer {
        wit_bindgen::spawn(async move {
            writer.write_all(body).await;
        });
    }
    let response = client::send(request).await?;
    let status = StatusCode::from_u16(response.get_status_code())
        .map_err(|_| Error::from(ErrorCode::HttpProtocolError))?;
    let headers = headers(&response);
    let (_, accepted) = wit_future::new::<Result<(), ErrorCode>>(|| Ok(()));
    let (bytes, trailers) = Response::consume_body(response, accepted);
    Ok((Head { status, headers }, Body { bytes, trailers: Some(trailers) }))
}

/// What can't be a header is none.
fn headers(response: &Response) -> HeaderMap {
    let header = |(name, value): (String, Vec<u8>)| {
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_bytes(&value).ok()?))
    };
    response.get_headers().copy_all().into_iter().filter_map(header).collect()
}

impl Body {
    /// The next bytes; `None` at the body's end.
    pub(crate) async fn read(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let (result, bytes) = self.bytes.read(Vec::with_capacity(READ_BYTES)).await;
        match result {
            StreamResult::Complete(_) => Ok(Some(bytes)),
            StreamResult::Dropped | StreamResult::Cancelled => {
                // Only the trailers tell an end from a connection that broke.
                match self.trailers.take() {
                    Some(trailers) => trailers.await.map(|_| None).map_err(Error::from),
                    None => Ok(None),
                }
            }
        }
    }
}

fn denied(what: &str) -> Error {
    Error::Denied(what.to_owned())
}

fn options(connect: Duration) -> RequestOptions {
    let options = RequestOptions::new();
    let nanos = u64::try_from(connect.as_nanos()).unwrap_or(u64::MAX);
    let _ = options.set_connect_timeout(Some(nanos));
    options
}

impl From<ErrorCode> for Error {
    fn from(code: ErrorCode) -> Self {
        Self::Host(code)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(message) => f.write_str(message),
            Self::Host(code) => f.write_str(&describe(code)),
        }
    }
}

/// A host's error code in words: `ConnectionRefused` as "connection refused", and what the host adds to it.
fn describe(code: &ErrorCode) -> String {
    let detail = match code {
        ErrorCode::DnsError(payload) => payload.rcode.clone(),
        ErrorCode::TlsAlertReceived(payload) => payload.alert_message.clone(),
        ErrorCode::InternalError(message) => message.clone(),
        _ => None,
    };
    let name = format!("{code:?}");
    let name = name.rsplit("ErrorCode::").next().unwrap_or_default();
    let mut words = String::new();
    for c in name.chars().take_while(|c| c.is_ascii_alphanumeric()) {
        if c.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(c.to_ascii_lowercase());
    }
    match detail {
        Some(detail) => format!("{words}: {detail}"),
        None => words,
    }
}
