//! Request bodies, read within their limits and not beyond.

use gusset_gateway::Error;
use gusset_gateway::config::BodyLimit;
use http_body_util::BodyExt;
use spin_sdk::http::Request;

/// Reads the body. One that says it is too long is not read at all; one that turns out to be is not read further, and one that says how long it is
/// not beyond that: its end and its trailers, of which there are none, would be two more turns of the host.
pub(crate) async fn read(request: Request, limit: BodyLimit) -> Result<Vec<u8>, Error> {
    let declared = request.headers().get("content-length").and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| length > limit.bytes) {
        return Err(limit.exceeded());
    }
    let expected = declared.and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
    let mut content = Vec::with_capacity(expected);
    let mut body = request.into_body();
    while declared.is_none_or(|length| (content.len() as u64) < length)
        && let Some(frame) = body.frame().await
    {
        let frame = frame.map_err(|error| Error::BodyInterrupted(error.to_string()))?;
        let Ok(data) = frame.into_data() else { continue };
        if (content.len() + data.len()) as u64 > limit.bytes {
            return Err(limit.exceeded());
        }
        content.extend_from_slice(&data);
    }
    Ok(content)
}
