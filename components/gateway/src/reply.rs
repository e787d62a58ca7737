//! Responses: their headers, their bodies, and the end of the trace behind them.

use gusset_gateway::Error;
use serde::Serialize;
use spin_sdk::wasip3::http::types::{ErrorCode, Fields, Response};
use spin_sdk::wasip3::http_compat::BodyWriter;
use spin_sdk::wasip3::wit_bindgen::StreamWriter;

use crate::call::Call;
use crate::endpoint::answers::Running;

/// What a request is answered with.
pub(crate) enum Reply {
    /// A body that is all there.
    Whole { content_type: &'static str, body: Vec<u8> },
    /// An answer that is being made.
    Stream(Box<Running>),
}

impl Reply {
    /// A JSON body.
    pub(crate) fn json(value: &impl Serialize) -> Result<Self, Error> {
        let body = serde_json::to_vec(value).map_err(|error| Error::Internal(error.to_string()))?;
        Ok(Self::Whole { content_type: "application/json", body })
    }
}

/// The write end of a response's body.
pub(crate) struct Sink(StreamWriter<u8>);

/// The caller has gone away.
pub(crate) struct Gone;

impl Sink {
    /// Sends bytes, and returns when the host has taken them.
    pub(crate) async fn send(&mut self, bytes: Vec<u8>) -> Result<(), Gone> {
        if self.0.write_all(bytes).await.is_empty() { Ok(()) } else { Err(Gone) }
    }
}

/// Begins the response, and leaves its body and the end of the trace to a task of their own.
pub(crate) fn send(mut call: Call, answered: Result<Reply, Error>) -> Result<Response, ErrorCode> {
    let (status, header, error, reply) = match answered {
        Ok(reply) => (200, None, None, reply),
        Err(error) => {
            let response = error.response();
            call.trace.set("error.message", response.message.as_str());
            let (status, body) = call.style.write(&response, &call.trace_id());
            let reply = Reply::Whole { content_type: "application/json", body };
            (status, response.header, Some(response.code), reply)
        }
    };
    let mut headers = vec![("x-gusset-trace-id".to_owned(), call.trace_id().into_bytes())];
    let (name, request_id) = call.style.request_id(&call.trace_id());
    headers.push((name.to_owned(), request_id.into_bytes()));
    headers.extend(call.headers.drain(..).map(|(name, value)| (name.to_owned(), value.into_bytes())));
    headers.extend(header.map(|(name, value)| (name.to_owned(), value.into_bytes())));
    match &reply {
        Reply::Whole { content_type, body } => {
            headers.push(("content-type".to_owned(), content_type.as_bytes().to_vec()));
            headers.push(("content-length".to_owned(), body.len().to_string().into_bytes()));
        }
        Reply::Stream(_) => {
            headers.push(("content-type".to_owned(), b"text/event-stream; charset=utf-8".to_vec()));
            headers.push(("cache-control".to_owned(), b"no-cache".to_vec()));
        }
    }
    let headers = Fields::from_list(&headers).map_err(|e| ErrorCode::InternalError(Some(e.to_string())))?;
    let (writer, body, trailers) = BodyWriter::new();
    // How the transmission ended shows in the writer already.
    let (response, _) = Response::new(headers, Some(body), trailers);
    response.set_status_code(status).map_err(|()| ErrorCode::InternalError(None))?;
    wit_bindgen::spawn(finish(call, reply, status, error, writer));
    Ok(response)
}

async fn finish(mut call: Call, reply: Reply, status: u16, error: Option<&'static str>, writer: BodyWriter) {
    let BodyWriter { stream_writer, result_writer, .. } = writer;
    let mut sink = Sink(stream_writer);
    let ended = match reply {
        Reply::Whole { body, .. } => sink.send(body).await.err().map(|Gone| "client_disconnected"),
        Reply::Stream(running) => running.run(&mut sink, &mut call).await,
    };
    drop(sink);
    // Fails only where nobody listens any more.
    let _ = result_writer.write(Ok(None)).await;
    call.end(status, error.or(ended)).await;
}
