//! Server-sent events (<https://html.spec.whatwg.org/multipage/server-sent-events.html>).

use serde::Serialize;

/// An event of data alone.
pub(super) fn data(data: &impl Serialize, out: &mut Vec<u8>) {
    event("", data, out);
}

/// An event with a name. JSON has no raw line ends, so that one line holds it.
pub(super) fn named(name: &str, data: &impl Serialize, out: &mut Vec<u8>) {
    event(name, data, out);
}

fn event(name: &str, data: &impl Serialize, out: &mut Vec<u8>) {
    let before = out.len();
    if !name.is_empty() {
        out.extend_from_slice(b"event: ");
        out.extend_from_slice(name.as_bytes());
        out.push(b'\n');
    }
    out.extend_from_slice(b"data: ");
    // Plain data into memory can't fail; should it all the same, no half event is sent.
    match serde_json::to_writer(&mut *out, data) {
        Ok(()) => out.extend_from_slice(b"\n\n"),
        Err(_) => out.truncate(before),
    }
}
